// TCP's part of inet_diag: listeners by port, then connections, requests and what is left of connections in one order of
// ports and addresses. A dump takes the next names of the latter in sixteen walks of the table at most, so that its cost
// grows with the number of sockets, and holds a sixteenth of them.
#include <linux/sock_diag.h>

#include <cstring>

#include "net/core/world.hh"
#include "net/ipv4/inet_diag.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

constexpr size_t least_names = 4096;  // that are taken at a time

u32 msecs_until(const net& n, ktime when) {
  return static_cast<u32>(std::max<ktime>(0, when - n.w.now()) / ns_per_ms);
}

// What runs for a connection: idiag_timer, idiag_retrans and idiag_expires.
void fill_timer(const tcp_sock& sk, inet_diag_msg& m) {
  if (sk.pending != icsk_time::none) {
    const bool probe = sk.pending == icsk_time::probe0;
    m.idiag_timer = probe ? 4 : 1;
    m.idiag_retrans = probe ? sk.probes_out : sk.retransmits;
    m.idiag_expires = msecs_until(sk.ns, sk.retransmit_timer().expires());
  } else if (sk.sk_timer().pending()) {
    m.idiag_timer = 2;
    m.idiag_retrans = sk.probes_out;
    m.idiag_expires = msecs_until(sk.ns, sk.sk_timer().expires());
  }
}

void get_info(const inet_sock& any, inet_diag_msg& m, std::byte* info) {
  const auto& sk = static_cast<const tcp_sock&>(any);
  if (sk.state == TCP_LISTEN) {
    m.idiag_rqueue = sk.ack_backlog;
    m.idiag_wqueue = sk.max_ack_backlog;
  } else {
    m.idiag_rqueue = tcp_unread(sk);
    m.idiag_wqueue = sk.write_seq - sk.snd_una;
  }
  if (!info) return;
  tcp_info i{};
  tcp_get_info(sk, i);
  std::memcpy(info, &i, sizeof i);
}

// The keys of signatures, for who may know them (tcp_diag_put_md5sig).
bool put_md5sig(sk_buff& s, const tcp_sock& sk) {
  if (!sk.md5sig || sk.md5sig->keys.empty()) return true;
  const auto& keys = sk.md5sig->keys;
  std::byte* at = nla_reserve(s, INET_DIAG_MD5SIG, keys.size() * sizeof(tcp_diag_md5sig));
  if (!at) return false;
  for (const tcp_md5sig_key& k : keys) {
    tcp_diag_md5sig d{};
    d.tcpm_family = AF_INET;
    d.tcpm_prefixlen = k.prefixlen;
    d.tcpm_keylen = k.keylen;
    d.tcpm_addr[0] = k.addr.raw();
    std::memcpy(d.tcpm_key, k.key.data(), k.keylen);
    std::memcpy(at, &d, sizeof d);
    at += sizeof d;
  }
  return true;
}

bool put_connection(sk_buff& s, const inet_sock& any, inet_diag_msg& m,
                    const inet_diag_request& r) {
  const u8 ext = r.req.idiag_ext;
  const auto& sk = static_cast<const tcp_sock&>(any);
  fill_timer(sk, m);
  std::byte* info = nullptr;
  if (inet_diag_ext(ext, INET_DIAG_INFO)) {
    info = nla_reserve(s, INET_DIAG_INFO, sizeof(tcp_info));
    if (!info) return false;
  }
  if (inet_diag_ext(ext, INET_DIAG_CONG) && !nla_put_string(s, INET_DIAG_CONG, sk.ca_ops->name))
    return false;
  get_info(sk, m, info);
  if (info && r.net_admin && !put_md5sig(s, sk)) return false;
  // Asked for by one bit for all algorithms.
  if (sk.state < TCP_TIME_WAIT && sk.ca_ops->get_info && inet_diag_ext(ext, INET_DIAG_VEGASINFO)) {
    tcp_cc_info cc{};
    int attr;
    const size_t size = sk.ca_ops->get_info(sk, attr, cc);
    return nla_put(s, attr, std::as_bytes(std::span(&cc, 1)).first(size));
  }
  return true;
}

// A request or what is left of a connection (inet_req_diag_fill, inet_twsk_diag_fill).
bool fill_small(const inet_diag_answer& to, net& n, tcp_endpoint& e, const inet_diag_request& r) {
  nlmsghdr* h = nlmsg_put(to.skb, to.portid, to.seq, to.type, sizeof(inet_diag_msg), to.flags);
  if (!h) return false;
  auto& m = nlmsg_body<inet_diag_msg>(h);
  m.idiag_family = AF_INET;
  m.id.idiag_sport = htons(e.lport);
  m.id.idiag_dport = htons(e.rport);
  m.id.idiag_src[0] = e.laddr.raw();
  m.id.idiag_dst[0] = e.raddr.raw();
  m.id.idiag_if = static_cast<u32>(e.dif);
  sock_diag_put_cookie(tcp_endpoint_cookie(n, e), m.id.idiag_cookie);
  u32 mark;
  if (e.what == tcp_endpoint::kind::request) {
    const auto& req = static_cast<const tcp_request_sock&>(e);
    m.idiag_state = TCP_SYN_RECV;
    m.idiag_timer = 1;
    m.idiag_retrans = req.num_retrans;
    m.idiag_expires = msecs_until(n, req.expires());
    mark = req.mark;
  } else {
    const auto& tw = static_cast<const tcp_timewait_sock&>(e);
    m.idiag_state = tw.substate;
    m.idiag_timer = 3;
    m.idiag_expires = msecs_until(n, tw.expires());
    mark = tw.mark;
  }
  if (r.net_admin && !nla_put_u32(to.skb, INET_DIAG_MARK, mark)) {
    nlmsg_cancel(to.skb, h);
    return false;
  }
  nlmsg_end(to.skb, h);
  return true;
}

bool fill(const inet_diag_answer& to, net& n, tcp_endpoint& e, const inet_diag_request& r) {
  if (e.what != tcp_endpoint::kind::full) return fill_small(to, n, e, r);
  return inet_sk_diag_fill(to, static_cast<tcp_sock&>(e), r, tcp_diag_handler);
}

inet_diag_entry entry_of(const tcp_endpoint& e) {
  if (e.what == tcp_endpoint::kind::full)
    return inet_diag_entry_of(static_cast<const tcp_sock&>(e));
  const u32 mark = e.what == tcp_endpoint::kind::request
                       ? static_cast<const tcp_request_sock&>(e).mark
                       : static_cast<const tcp_timewait_sock&>(e).mark;
  return {.saddr = e.laddr,
          .daddr = e.raddr,
          .sport = e.lport,
          .dport = e.rport,
          .ifindex = static_cast<u32>(e.dif),
          .mark = mark};
}

u8 state_of(const tcp_endpoint& e) {
  switch (e.what) {
    case tcp_endpoint::kind::request: return TCP_NEW_SYN_RECV;
    case tcp_endpoint::kind::timewait: return static_cast<const tcp_timewait_sock&>(e).substate;
    default: return static_cast<const tcp_sock&>(e).state;
  }
}

// The cursor: args[0] what is being dumped, 0 listeners, 1 connections; args[1] how far: of listeners the last port and
// (args[2]) the place among its sockets, of connections the place among the names that are held in cb.data.
status dump_listeners(sk_buff& s, netlink_callback& cb, const inet_diag_request& r) {
  for (const auto& [port, sockets] : tcp_of(cb.ns()).listening) {
    if (port < cb.args[1]) continue;
    for (u64 i = port == cb.args[1] ? cb.args[2] : 0; i < sockets.size(); ++i) {
      cb.args[1] = port;
      cb.args[2] = i;
      tcp_sock& sk = *sockets[i];
      if (r.wants(inet_diag_entry_of(sk)) &&
          !inet_sk_diag_fill(inet_diag_answer_to(s, cb), sk, r, tcp_diag_handler))
        return err(EMSGSIZE);
      ++cb.args[2];
    }
  }
  return {};
}

// The names of a part of a dump.
struct name_list {
  std::vector<tcp_ehash::name> names;
  bool last;  // there are no more behind them
};

std::shared_ptr<name_list> next_names(const tcp_ehash& table, const name_list* before) {
  const size_t most = std::max(least_names, table.size() / 16 + 1);
  auto names = table.next(before ? &before->names.back() : nullptr, most);
  const bool last = names.size() < most;
  return std::make_shared<name_list>(std::move(names), last);
}

status dump_connections(sk_buff& s, netlink_callback& cb, const inet_diag_request& r, u32 states) {
  const tcp_ehash& table = tcp_of(cb.ns()).ehash;
  while (true) {
    auto* part = static_cast<name_list*>(cb.data.get());
    if (!part || cb.args[1] == part->names.size()) {
      if (part && part->last) return {};
      auto next = next_names(table, part);
      part = next.get();
      cb.data = std::move(next);
      cb.args[1] = 0;
    }
    for (; cb.args[1] < part->names.size(); ++cb.args[1]) {
      tcp_endpoint* e = table.get(cb.ns(), part->names[cb.args[1]]);
      if (!e || !(states >> state_of(*e) & 1) || !r.wants(entry_of(*e))) continue;
      if (!fill(inet_diag_answer_to(s, cb), cb.ns(), *e, r)) return err(EMSGSIZE);
    }
  }
}

// inet_diag_dump_icsk.
status dump(sk_buff& s, netlink_callback& cb, const inet_diag_request& r) {
  u32 states = r.req.idiag_states;
  if (states & TCPF(TCP_SYN_RECV)) states |= TCPF(TCP_NEW_SYN_RECV);
  if (cb.args[0] == 0) {
    if ((states & TCPF(TCP_LISTEN)) && !r.dport())
      if (status full = dump_listeners(s, cb, r); !full) return full;
    cb.args = {1};
  }
  if (!(states & ~TCPF(TCP_LISTEN))) return {};
  return dump_connections(s, cb, r, states);
}

// inet_diag_find_one_icsk. ENOENT; also for IPv6's, of which there are none, EINVAL for other families.
result<tcp_endpoint*> find_one(net& n, const inet_diag_request& r) {
  if (r.req.sdiag_family == AF_INET6) return err(ENOENT);
  if (r.req.sdiag_family != AF_INET) return err(EINVAL);
  tcp_endpoint* e = tcp_lookup_established(n, r.dst(), r.dport(), r.src(), r.sport(), r.dif(), 0);
  if (!e) e = tcp_lookup_listener(n, r.dst(), r.dport(), r.src(), r.sport(), r.dif(), 0);
  if (!e || !sock_diag_check_cookie(tcp_endpoint_cookie(n, *e), r.req.id.idiag_cookie))
    return err(ENOENT);
  return e;
}

status dump_one(net& n, const inet_diag_answer& to, const inet_diag_request& r) {
  auto e = find_one(n, r);
  if (!e) return std::unexpected(e.error());
  return fill(to, n, **e, r) ? status() : status(err(EMSGSIZE));
}

status destroy(net& n, const cred& who, const inet_diag_request& r) {
  auto e = find_one(n, r);
  if (!e) return std::unexpected(e.error());
  if (!who.net_admin) return err(EPERM);
  switch ((*e)->what) {
    case tcp_endpoint::kind::request:
      tcp_request_drop(static_cast<tcp_request_sock&>(**e));
      return {};
    case tcp_endpoint::kind::timewait:
      tcp_timewait_kill(static_cast<tcp_timewait_sock&>(**e));
      return {};
    default: return sock_diag_destroy(who, static_cast<tcp_sock&>(**e), ECONNABORTED);
  }
}

}  // namespace

const inet_diag_handler tcp_diag_handler = {.dump = dump,
                                            .dump_one = dump_one,
                                            .destroy = destroy,
                                            .get_info = get_info,
                                            .info_size = sizeof(tcp_info),
                                            .put_connection = put_connection};

u64 tcp_endpoint_cookie(net& n, tcp_endpoint& e) {
  const auto of = [&](u64& cookie) { return cookie ? cookie : cookie = ++n.w.last_cookie; };
  switch (e.what) {
    case tcp_endpoint::kind::request: return of(static_cast<tcp_request_sock&>(e).cookie);
    case tcp_endpoint::kind::timewait: return of(static_cast<tcp_timewait_sock&>(e).cookie);
    default: return sock_gen_cookie(static_cast<tcp_sock&>(e));
  }
}

}  // namespace linnet
