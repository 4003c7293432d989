// Which socket listens, which connection a segment belongs to, and which port a new one gets. The table of connections is a
// chained hash that grows by doubling; listeners are few and are kept in order.
#include <algorithm>
#include <tuple>

#include "base/hash.hh"
#include "net/core/l3mdev.hh"
#include "net/core/net_device.hh"
#include "net/core/world.hh"
#include "net/ipv4/inet_ports.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

tcp_ehash::name order_of(const tcp_endpoint* e) {
  return {e->lport, e->laddr.host(), e->raddr.host(), e->rport, e->dif};
}

}  // namespace

void tcp_ehash::grow() {
  std::vector<tcp_endpoint*> old(std::max<size_t>(16, buckets_.size() * 2));
  old.swap(buckets_);
  for (tcp_endpoint* e : old) {
    while (e) {
      tcp_endpoint* next = e->hash_next;
      tcp_endpoint*& head = buckets_[e->hash & (buckets_.size() - 1)];
      e->hash_next = head;
      head = e;
      e = next;
    }
  }
}

void tcp_ehash::insert(tcp_endpoint& e, u32 hash) {
  if (count_ >= buckets_.size()) grow();
  tcp_endpoint*& head = buckets_[hash & (buckets_.size() - 1)];
  e.hash = hash;
  e.hash_next = head;
  e.hashed = true;
  head = &e;
  ++count_;
}

void tcp_ehash::erase(tcp_endpoint& e) {
  if (!e.hashed) return;
  tcp_endpoint** at = &buckets_[e.hash & (buckets_.size() - 1)];
  while (*at != &e) at = &(*at)->hash_next;
  *at = e.hash_next;
  e.hash_next = nullptr;
  e.hashed = false;
  --count_;
}

tcp_endpoint* tcp_ehash::find(u32 hash, be32 laddr, u16 lport, be32 raddr, u16 rport, int dif,
                              int sdif, bool l3mdev) const {
  if (buckets_.empty()) return nullptr;
  for (tcp_endpoint* e = buckets_[hash & (buckets_.size() - 1)]; e; e = e->hash_next)
    if (e->hash == hash && e->lport == lport && e->rport == rport && e->laddr == laddr &&
        e->raddr == raddr && inet_bound_dev_eq(l3mdev, e->dif, dif, sdif))
      return e;
  return nullptr;
}

std::vector<tcp_endpoint*> tcp_ehash::all() const {
  std::vector<tcp_endpoint*> list;
  for (tcp_endpoint* e : buckets_)
    for (; e; e = e->hash_next) list.push_back(e);
  std::ranges::sort(list, {}, order_of);
  return list;
}

std::vector<tcp_ehash::name> tcp_ehash::next(const name* after, size_t most) const {
  // Twice as many as are wanted are gathered, then the larger half goes: so each name costs the same, however many there are.
  std::vector<name> least;
  const auto keep_least = [&] {
    if (least.size() <= most) return;
    std::ranges::nth_element(least, least.begin() + static_cast<std::ptrdiff_t>(most));
    least.resize(most);
  };
  for (const tcp_endpoint* e : buckets_) {
    for (; e; e = e->hash_next) {
      const name n = order_of(e);
      if (after && n <= *after) continue;
      least.push_back(n);
      if (least.size() >= 2 * most) keep_least();
    }
  }
  keep_least();
  std::ranges::sort(least);
  return least;
}

tcp_endpoint* tcp_ehash::get(const net& n, const name& wanted) const {
  if (buckets_.empty()) return nullptr;
  const auto& [lport, laddr, raddr, rport, dif] = wanted;
  const u32 hash = tcp_hash_of(n, be32(laddr), lport, be32(raddr), rport);
  for (tcp_endpoint* e = buckets_[hash & (buckets_.size() - 1)]; e; e = e->hash_next)
    if (e->hash == hash && order_of(e) == wanted) return e;
  return nullptr;
}

u32 tcp_hash_of(const net& n, be32 laddr, u16 lport, be32 raddr, u16 rport) {
  const tcp_table& t = tcp_of(n);
  u64 h = hash_mix(t.secret[0], u64{laddr.raw()} << 32 | raddr.raw());
  h = hash_mix(h ^ t.secret[1], u64{lport} << 16 | rport);
  return static_cast<u32>(h ^ (h >> 29));
}

void tcp_hash_insert(net& n, tcp_endpoint& e) {
  tcp_of(n).ehash.insert(e, tcp_hash_of(n, e.laddr, e.lport, e.raddr, e.rport));
}

tcp_endpoint* tcp_lookup_established(net& n, be32 saddr, u16 sport, be32 daddr, u16 dport, int dif,
                                     int sdif) {
  tcp_table& t = tcp_of(n);
  return t.ehash.find(tcp_hash_of(n, daddr, dport, saddr, sport), daddr, dport, saddr, sport, dif,
                      sdif, t.settings.l3mdev_accept != 0);
}

// compute_score: an address counts more than none, then a device. Of equals the one that listens longest, or with
// reuseport, the one that the connection's hash picks.
tcp_sock* tcp_lookup_listener(net& n, be32 saddr, u16 sport, be32 daddr, u16 dport, int dif,
                              int sdif, const sk_buff* s, u32 header) {
  tcp_table& t = tcp_of(n);
  const auto at = t.listening.find(dport);
  if (at == t.listening.end()) return nullptr;
  const auto score = [&](const tcp_sock& sk) {
    if (sk.inet_rcv_saddr && sk.inet_rcv_saddr != daddr) return -1;
    if (!inet_bound_dev_eq(t.settings.l3mdev_accept != 0, sk.bound_dev_if, dif, sdif)) return -1;
    return (sk.inet_rcv_saddr ? 4 : 0) + (sk.bound_dev_if ? 2 : 1);
  };
  int best = 0;
  tcp_sock* chosen = nullptr;
  for (tcp_sock* sk : at->second) {
    const int points = score(*sk);
    if (points <= best) continue;
    chosen = sk;
    best = points;
  }
  if (!chosen || !chosen->reuseport) return chosen;
  return tcp_reuseport_select(*chosen, tcp_hash_of(n, daddr, dport, saddr, sport), s, header);
}

void tcp_listen_insert(tcp_sock& sk) {
  auto& listening = tcp_of(sk.ns).listening[sk.inet_num];
  tcp_reuseport_join(sk, listening);
  listening.push_back(&sk);
}

void tcp_unhash(tcp_sock& sk) {
  tcp_table& t = tcp_of(sk.ns);
  if (sk.hashed) {
    t.ehash.erase(sk);
  } else if (auto at = t.listening.find(sk.inet_num); at != t.listening.end()) {
    if (std::erase(at->second, &sk)) tcp_reuseport_leave(sk);
    if (at->second.empty()) t.listening.erase(at);
  }
}

namespace {

// __inet_check_established: enters the connection unless there is one between the same ends. What is left of an
// older one gives way if the new one cannot be taken for it.
bool hash_unless_taken(tcp_sock& sk, u16 port) {
  tcp_table& t = tcp_of(sk.ns);
  const u32 hash = tcp_hash_of(sk.ns, sk.inet_rcv_saddr, port, sk.inet_daddr, sk.inet_dport);
  if (tcp_endpoint* e = t.ehash.find(hash, sk.inet_rcv_saddr, port, sk.inet_daddr, sk.inet_dport,
                                     sk.bound_dev_if, 0, t.settings.l3mdev_accept != 0)) {
    if (e->what != tcp_endpoint::kind::timewait) return false;
    auto& tw = static_cast<tcp_timewait_sock&>(*e);
    if (tw.substate != TCP_TIME_WAIT || !tcp_twsk_unique(sk, tw)) return false;
    net_inc_stats(sk.ns, LINUX_MIB_TIMEWAITRECYCLED);
    tcp_timewait_kill(tw);
  }
  sk.laddr = sk.inet_rcv_saddr;
  sk.raddr = sk.inet_daddr;
  sk.lport = port;
  sk.rport = sk.inet_dport;
  sk.dif = sk.bound_dev_if;
  t.ehash.insert(sk, hash);
  return true;
}

}  // namespace

status inet_hash_connect(tcp_sock& sk) {
  if (sk.inet_num)
    return hash_unless_taken(sk, sk.inet_num) ? status() : status(err(EADDRNOTAVAIL));
  tcp_table& t = tcp_of(sk.ns);
  const auto [low, high] = inet_local_port_range(sk);
  u32 span = u32{high} + 1 - low;
  if (span > 1) span &= ~1u;
  // Ports follow each other for one destination, from a place that nobody can guess (RFC 6056, algorithm 4).
  const u32 offset =
      (static_cast<u32>(hash_mix(t.secret[1], u64{sk.inet_daddr.raw()} << 16 | sk.inet_dport)) +
       t.port_offset) %
          span &
      ~1u;
  for (const u32 parity : {0u, 1u}) {
    for (u32 i = 0; i < span; i += 2) {
      const u16 p = static_cast<u16>(low + (offset + parity + i) % span);
      if (inet_is_local_reserved_port(sk.ns, p) || tcp_port_bound_by_call(t, p) ||
          !hash_unless_taken(sk, p))
        continue;
      t.port_offset += i + 2;
      tcp_bind_to(sk, p);
      return {};
    }
  }
  return err(EADDRNOTAVAIL);
}

}  // namespace linnet
