// Who has which local port, which socket listens, which connection a segment belongs to. The table of connections
// is a chained hash that grows by doubling; ports and listeners are few and are kept in order.
#include <algorithm>
#include <tuple>

#include "net/core/l3mdev.hh"
#include "net/core/net_device.hh"
#include "net/core/world.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

u64 mix(u64 h, u64 v) {
  h = (h ^ v) * 0x9fb21c651e98df25;
  return h ^ (h >> 32);
}

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
  // A heap of the smallest so far, the largest of them on top.
  std::vector<name> least;
  for (const tcp_endpoint* e : buckets_) {
    for (; e; e = e->hash_next) {
      const name n = order_of(e);
      if (after && n <= *after) continue;
      if (least.size() == most) {
        if (n >= least.front()) continue;
        std::ranges::pop_heap(least);
        least.back() = n;
      } else {
        least.push_back(n);
      }
      std::ranges::push_heap(least);
    }
  }
  std::ranges::sort_heap(least);
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
  u64 h = mix(t.secret[0], u64{laddr.raw()} << 32 | raddr.raw());
  h = mix(h ^ t.secret[1], u64{lport} << 16 | rport);
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
                              int sdif) {
  tcp_table& t = tcp_of(n);
  const auto at = t.listening.find(dport);
  if (at == t.listening.end()) return nullptr;
  const auto score = [&](const tcp_sock& sk) {
    if (sk.inet_rcv_saddr && sk.inet_rcv_saddr != daddr) return -1;
    if (!inet_bound_dev_eq(t.settings.l3mdev_accept != 0, sk.bound_dev_if, dif, sdif)) return -1;
    return (sk.inet_rcv_saddr ? 4 : 0) + (sk.bound_dev_if ? 2 : 1);
  };
  int best = 0;
  std::vector<tcp_sock*> group;
  tcp_sock* chosen = nullptr;
  for (tcp_sock* sk : at->second) {
    const int s = score(*sk);
    if (s <= 0 || s < best) continue;
    if (s > best) group.clear();
    if (s > best || !chosen) chosen = sk;
    best = s;
    if (sk->reuseport) group.push_back(sk);
  }
  if (!chosen || !chosen->reuseport || group.size() < 2) return chosen;
  const u32 h = tcp_hash_of(n, daddr, dport, saddr, sport);
  return group[static_cast<size_t>(u64{h} * group.size() >> 32)];
}

void tcp_listen_insert(tcp_sock& sk) { tcp_of(sk.ns).listening[sk.inet_num].push_back(&sk); }

void tcp_unhash(tcp_sock& sk) {
  tcp_table& t = tcp_of(sk.ns);
  if (sk.hashed) {
    t.ehash.erase(sk);
  } else if (auto at = t.listening.find(sk.inet_num); at != t.listening.end()) {
    std::erase(at->second, &sk);
    if (at->second.empty()) t.listening.erase(at);
  }
}

namespace {

// sk_rcv_saddr_equal with ipv4_rcv_saddr_equal's wildcards.
bool addrs_meet(be32 a, be32 b) { return !a || !b || a == b; }

// inet_csk_bind_conflict: whether another holder of the port is in the way. `relax`: reusers may share it, also
// where one of them is chosen a port for.
bool bind_conflict(const tcp_sock& sk, const std::vector<tcp_bind_owner>& owners, bool relax,
                   bool reuseport_ok) {
  for (const tcp_bind_owner& o : owners) {
    if (o.sk == &sk) continue;
    const int dev = o.sk ? o.sk->bound_dev_if : o.tw->dif;
    if (sk.bound_dev_if && dev && sk.bound_dev_if != dev) continue;
    const bool reuse = o.sk ? o.sk->reuseaddr : true;
    const u8 state = o.sk ? o.sk->state : u8{TCP_TIME_WAIT};
    const bool both_port = sk.reuseport && (o.sk ? o.sk->reuseport : o.tw->reuseport);
    const u32 uid = o.sk ? o.sk->uid : o.tw->uid;
    const be32 addr = o.sk ? o.sk->inet_rcv_saddr : o.tw->laddr;
    if (sk.reuseaddr && reuse && state != TCP_LISTEN) {
      const bool shares = reuseport_ok && both_port && (state == TCP_TIME_WAIT || uid == sk.uid);
      if (!relax && !shares && addrs_meet(sk.inet_rcv_saddr, addr)) return true;
      continue;
    }
    if (reuseport_ok && both_port && (state == TCP_TIME_WAIT || uid == sk.uid)) continue;
    if (addrs_meet(sk.inet_rcv_saddr, addr)) return true;
  }
  return false;
}

void bind_to(tcp_sock& sk, u16 port) {
  sk.inet_num = port;
  sk.bound = true;
  tcp_of(sk.ns).bind[port].push_back({.sk = &sk});
}

// A free port of the parity that bind(2) prefers (connect takes the other), from a random one on
// (inet_csk_find_open_port).
u16 find_open_port(tcp_sock& sk) {
  auto& bound = tcp_of(sk.ns).bind;
  const auto& range = ipv4_of(sk.ns).local_port_range;
  u32 low = range[0], high = u32{range[1]} + 1;
  if (high - low < 4) {
    for (u32 p = low; p < high; ++p)
      if (auto at = bound.find(static_cast<u16>(p));
          at == bound.end() || !bind_conflict(sk, at->second, false, false))
        return static_cast<u16>(p);
    return 0;
  }
  const u32 span = (high - low) & ~1u;
  const u32 start = sk.ns.c.rand.below(span) | 1;
  for (const u32 parity : {0u, 1u}) {
    for (u32 i = 0; i < span; i += 2) {
      const u16 p = static_cast<u16>(low + (start - parity + i) % span);
      const auto at = bound.find(p);
      if (at == bound.end() || !bind_conflict(sk, at->second, false, false)) return p;
    }
  }
  return 0;
}

}  // namespace

status tcp_sock::get_port(u16 port) {
  auto& bind = tcp_of(ns).bind;
  bindport_lock = port != 0;
  if (!port) {
    port = find_open_port(*this);
    if (!port) return err(EADDRINUSE);
  } else if (const auto at = bind.find(port);
             at != bind.end() && bind_conflict(*this, at->second, true, true)) {
    return err(EADDRINUSE);
  }
  bind_to(*this, port);
  bound_by_call = true;
  return {};
}

void tcp_sock::unbind() {
  if (!bound) return;
  auto& bind = tcp_of(ns).bind;
  if (const auto at = bind.find(inet_num); at != bind.end()) {
    std::erase_if(at->second, [this](const tcp_bind_owner& o) { return o.sk == this; });
    if (at->second.empty()) bind.erase(at);
  }
  bound = bound_by_call = bindport_lock = false;
  inet_sport = inet_num;
  inet_num = 0;
}

void tcp_bind_child(tcp_sock& child) { bind_to(child, child.inet_num); }
void tcp_bind_timewait(tcp_timewait_sock& tw) {
  tcp_of(tw.ns).bind[tw.lport].push_back({.tw = &tw});
}
void tcp_unbind_timewait(tcp_timewait_sock& tw) {
  auto& bind = tcp_of(tw.ns).bind;
  const auto at = bind.find(tw.lport);
  if (at == bind.end()) return;
  std::erase_if(at->second, [&](const tcp_bind_owner& o) { return o.tw == &tw; });
  if (at->second.empty()) bind.erase(at);
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
  const auto& range = ipv4_of(sk.ns).local_port_range;
  u32 low = range[0], span = u32{range[1]} + 1 - low;
  if (span > 1) span &= ~1u;
  // Ports follow each other for one destination, from a place that nobody can guess (RFC 6056, algorithm 4).
  const u32 offset =
      (static_cast<u32>(mix(t.secret[1], u64{sk.inet_daddr.raw()} << 16 | sk.inet_dport)) +
       t.port_offset) %
          span &
      ~1u;
  for (const u32 parity : {0u, 1u}) {
    for (u32 i = 0; i < span; i += 2) {
      const u16 p = static_cast<u16>(low + (offset + parity + i) % span);
      const auto at = t.bind.find(p);
      // Not one that somebody has from bind(2).
      if (at != t.bind.end() && std::ranges::any_of(at->second, [](const tcp_bind_owner& o) {
            return o.sk && o.sk->bound_by_call;
          }))
        continue;
      if (!hash_unless_taken(sk, p)) continue;
      t.port_offset += i + 2;
      bind_to(sk, p);
      return {};
    }
  }
  return err(EADDRNOTAVAIL);
}

}  // namespace linnet
