// The registry of congestion control algorithms, which of them a socket has, and Reno (RFC 5681), which the others lean on.
#include "net/ipv4/tcp_cong.hh"

#include <linux/tcp.h>

#include <algorithm>

#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

constexpr std::array all_algorithms = {&tcp_reno, &cubictcp, &tcp_bbr_cong_ops, &dctcp};

tcp_ca_registry& registry_of(const net& n) { return tcp_of(*n.w.init_net).ca; }

tcp_ca_registry::entry* find_loaded(const net& n, std::string_view name) {
  auto& all = registry_of(n).all;
  const auto it = std::ranges::find_if(all, [&](const auto& e) { return name == e.ops->name; });
  return it == all.end() ? nullptr : &*it;
}

tcp_ca_registry::entry* find_or_load(const net& n, std::string_view name) {
  if (auto* e = find_loaded(n, name)) return e;
  for (const tcp_congestion_ops* a : all_algorithms)
    if (name == a->name) return &registry_of(n).all.emplace_back(a, a->restricted);
  return nullptr;
}

template <class F>
std::string names_of(const net& n, F&& wanted) {
  std::string text;
  for (const auto& e : registry_of(n).all) {
    if (!wanted(e)) continue;
    if (!text.empty()) text += ' ';
    text += e.ops->name;
  }
  return text;
}

}  // namespace

tcp_ca_registry::tcp_ca_registry() : all{{&tcp_reno, false}, {&cubictcp, false}} {}

const tcp_congestion_ops* tcp_ca_find_autoload(const net& n, std::string_view name) {
  const auto* e = find_or_load(n, name);
  return e ? e->ops : nullptr;
}

u32 tcp_ca_get_key_by_name(const net& n, std::string_view name) {
  const tcp_congestion_ops* found = tcp_ca_find_autoload(n, name);
  for (u32 i = 0; found && i < all_algorithms.size(); ++i)
    if (all_algorithms[i] == found) return i + 1;
  return TCP_CA_UNSPEC;
}

const tcp_congestion_ops* tcp_ca_find_key(u32 key) {
  return key && key <= all_algorithms.size() ? all_algorithms[key - 1] : nullptr;
}

std::string_view tcp_ca_get_name_by_key(u32 key) {
  const tcp_congestion_ops* a = tcp_ca_find_key(key);
  return a ? a->name : std::string_view();
}

status tcp_set_default_congestion_control(net& n, std::string_view name) {
  auto* e = find_or_load(n, name);
  if (!e) return err(ENOENT);
  if (e->restricted && &n != n.w.init_net) return err(EPERM);
  e->restricted = false;
  tcp_of(n).congestion_control = e->ops;
  return {};
}

std::string tcp_get_available_congestion_control(const net& n) {
  return names_of(n, [](const auto&) { return true; });
}

std::string tcp_get_allowed_congestion_control(const net& n) {
  return names_of(n, [](const auto& e) { return !e.restricted; });
}

// ---- for a socket

void tcp_assign_congestion_control(tcp_sock& sk) {
  sk.ca_ops = tcp_of(sk.ns).congestion_control;
  sk.ca_priv = {};
}

void tcp_init_congestion_control(tcp_sock& sk) {
  sk.prior_ssthresh = 0;
  if (sk.ca_ops->init) sk.ca_ops->init(sk);
}

bool tcp_ca_dst_init(tcp_sock& sk) {
  if (!sk.dst || !sk.dst->from) return false;
  const fib_info& route = *sk.dst->from;
  const tcp_congestion_ops* wanted = tcp_ca_find_key(route.metric(RTAX_CC_ALGO));
  if (!wanted) return false;
  sk.ca_ops = wanted;
  sk.ca_priv = {};
  sk.ca_dst_locked = route.metric(RTAX_LOCK) >> RTAX_CC_ALGO & 1;
  return true;
}

status tcp_set_congestion_control(tcp_sock& sk, std::string_view name) {
  if (sk.ca_dst_locked) return err(EPERM);
  auto* e = find_or_load(sk.ns, name);
  if (!e) return err(ENOENT);
  if (sk.ca_ops == e->ops) {
    sk.ca_setsockopt = true;
    return {};
  }
  if (e->restricted && !sk.sk_socket->owner.net_admin) return err(EPERM);
  sk.ca_ops = e->ops;
  sk.ca_setsockopt = true;
  sk.ca_priv = {};
  if (!(TCPF(sk.state) & (TCPF(TCP_CLOSE) | TCPF(TCP_LISTEN)))) tcp_init_congestion_control(sk);
  return {};
}

bool tcp_dst_wants_ecn(const rtable& rt) {
  if (!rt.from) return false;
  if (rt.from->metric(RTAX_FEATURES) & RTAX_FEATURE_ECN) return true;
  const tcp_congestion_ops* wanted = tcp_ca_find_key(rt.from->metric(RTAX_CC_ALGO));
  return wanted && wanted->needs_ecn;
}

void tcp_set_ca_state(tcp_sock& sk, tcp_ca_state state) {
  if (sk.ca_ops->set_state) sk.ca_ops->set_state(sk, state);
  sk.ca_state = state;
}

// ---- Reno

bool tcp_is_cwnd_limited(const tcp_sock& sk) {
  if (sk.is_cwnd_limited) return true;
  return tcp_in_slow_start(sk) && sk.snd_cwnd < 2 * sk.max_packets_out;
}

u32 tcp_slow_start(tcp_sock& sk, u32 acked) {
  const u32 cwnd = std::min(sk.snd_cwnd + acked, sk.snd_ssthresh);
  acked -= cwnd - sk.snd_cwnd;
  sk.snd_cwnd = std::min(cwnd, sk.snd_cwnd_clamp);
  return acked;
}

// Congestion avoidance: a segment for every `w` acknowledged.
void tcp_cong_avoid_ai(tcp_sock& sk, u32 w, u32 acked) {
  if (sk.snd_cwnd_cnt >= w) {
    sk.snd_cwnd_cnt = 0;
    ++sk.snd_cwnd;
  }
  sk.snd_cwnd_cnt += acked;
  if (sk.snd_cwnd_cnt >= w) {
    const u32 delta = sk.snd_cwnd_cnt / w;
    sk.snd_cwnd_cnt -= delta * w;
    sk.snd_cwnd += delta;
  }
  sk.snd_cwnd = std::min(sk.snd_cwnd, sk.snd_cwnd_clamp);
}

u32 tcp_reno_ssthresh(tcp_sock& sk) { return std::max(sk.snd_cwnd >> 1, 2u); }
u32 tcp_reno_undo_cwnd(tcp_sock& sk) { return std::max(sk.snd_cwnd, sk.prior_cwnd); }
void tcp_reno_cong_avoid(tcp_sock& sk, u32, u32 acked) {
  if (!tcp_is_cwnd_limited(sk)) return;
  if (tcp_in_slow_start(sk)) {
    acked = tcp_slow_start(sk, acked);
    if (!acked) return;
  }
  tcp_cong_avoid_ai(sk, sk.snd_cwnd, acked);
}

const tcp_congestion_ops tcp_reno = {.name = "reno",
                                     .ssthresh = tcp_reno_ssthresh,
                                     .cong_avoid = tcp_reno_cong_avoid,
                                     .undo_cwnd = tcp_reno_undo_cwnd};

}  // namespace linnet
