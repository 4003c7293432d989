// Who has which local port. A port's holders, connections and what is left of them among these, stand in a list in the
// order in which they came; each knows its bucket, so that it leaves without a search however many there are.
#include <algorithm>

#include "net/core/world.hh"
#include "net/ipv4/inet_ports.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

const tcp_sock* sock_of(const tcp_endpoint& e) {
  return e.what == tcp_endpoint::kind::full ? static_cast<const tcp_sock*>(&e) : nullptr;
}

// What matters of a holder for those who want the port, too.
struct holder {
  const tcp_sock* sk;
  int dev;
  u8 state;
  bool reuse, reuseport;
  u32 uid;
  be32 addr;

  explicit holder(const tcp_endpoint& e) : sk(sock_of(e)) {
    if (sk) {
      dev = sk->bound_dev_if;
      state = sk->state;
      reuse = sk->reuseaddr;
      reuseport = sk->reuseport;
      uid = sk->uid;
      addr = sk->inet_rcv_saddr;
    } else {
      const auto& tw = static_cast<const tcp_timewait_sock&>(e);
      dev = tw.dif;
      state = TCP_TIME_WAIT;
      reuse = true;
      reuseport = tw.reuseport;
      uid = tw.uid;
      addr = tw.laddr;
    }
  }
};

// sk_rcv_saddr_equal with ipv4_rcv_saddr_equal's wildcards.
bool addrs_meet(be32 a, be32 b) { return !a || !b || a == b; }

// inet_csk_bind_conflict: whether another holder of the port is in the way. `relax`: those with SO_REUSEADDR may share it,
// unless both would share by SO_REUSEPORT if they asked for that port. `reuseport_ok`: they ask for it.
bool bind_conflict(const tcp_sock& sk, const tcp_bind_bucket& bucket, bool relax,
                   bool reuseport_ok) {
  for (const tcp_endpoint& e : bucket.owners) {
    const holder o(e);
    if (o.sk == &sk) continue;
    if (sk.bound_dev_if && o.dev && sk.bound_dev_if != o.dev) continue;
    if (!addrs_meet(sk.inet_rcv_saddr, o.addr)) continue;
    const bool would_share =
        sk.reuseport && o.reuseport && (o.state == TCP_TIME_WAIT || o.uid == sk.uid);
    const bool shares = reuseport_ok && would_share;
    if (sk.reuseaddr && o.reuse && o.state != TCP_LISTEN) {
      if (!shares && (!relax || would_share)) return true;
    } else if (!shares) {
      return true;
    }
  }
  return false;
}

void enter(net& n, tcp_endpoint& e, u16 port) {
  tcp_bind_bucket& bucket = tcp_of(n).bind.try_emplace(port, port).first->second;
  e.bucket = &bucket;
  bucket.owners.push_back(e);
}

void leave(net& n, tcp_endpoint& e) {
  if (!e.bucket) return;
  tcp_bind_bucket& bucket = *e.bucket;
  e.bucket = nullptr;
  list<tcp_endpoint, tcp_bind_tag>::remove(e);
  if (bucket.owners.empty()) tcp_of(n).bind.erase(bucket.port);
}

// Those with SO_REUSEADDR try the lower half of the ports first, unless there are too few.
std::pair<u32, u32> half_of(u32 low, u32 high, bool lower) {
  const u32 middle = low + (((high - low) >> 2) << 1);
  return lower ? std::pair{low, middle} : std::pair{middle, high};
}

// A port in [low, high) that `is_open`, of the parity that bind(2) prefers (connect takes the other), from a random one on; of
// an odd number of ports one may be passed over. 0: none.
template <typename F>
u16 find_port_between(cpu& c, u32 low, u32 high, F&& is_open) {
  u32 span = high - low;
  if (span > 1) span &= ~1u;
  const u32 odd = c.rand.below(span) | 1;
  for (const u32 start : {odd, odd - 1}) {
    u32 p = low + start;
    for (u32 i = 0; i < span; i += 2, p += 2) {
      if (p >= high) p -= span;
      if (is_open(p)) return static_cast<u16>(p);
    }
  }
  return 0;
}

// inet_csk_find_open_port. Once all are taken, ip_autobind_reuse lets those with SO_REUSEADDR share one.
u16 find_open_port(tcp_sock& sk) {
  auto& bound = tcp_of(sk.ns).bind;
  const auto [low, last] = inet_local_port_range(sk);
  const u32 high = u32{last} + 1;
  const bool halves = sk.reuseaddr && high - low >= 4;
  for (const bool relax : {false, true}) {
    if (relax && !ipv4_of(sk.ns).sysctl_ip_autobind_reuse) break;
    const auto is_open = [&](u32 p) {
      if (inet_is_local_reserved_port(sk.ns, static_cast<u16>(p))) return false;
      const auto at = bound.find(static_cast<u16>(p));
      return at == bound.end() || !bind_conflict(sk, at->second, relax, false);
    };
    for (const bool lower : {true, false}) {
      if (!halves && lower) continue;
      const auto [from, to] = halves ? half_of(low, high, lower) : std::pair<u32, u32>{low, high};
      if (const u16 p = find_port_between(sk.ns.c, from, to, is_open)) return p;
    }
  }
  return 0;
}

}  // namespace

bool tcp_port_bound_by_call(const tcp_table& t, u16 port) {
  const auto at = t.bind.find(port);
  if (at == t.bind.end()) return false;
  return std::ranges::any_of(at->second.owners, [](const tcp_endpoint& e) {
    const tcp_sock* sk = sock_of(e);
    return sk && sk->bound_by_call;
  });
}

void tcp_bind_to(tcp_sock& sk, u16 port) {
  sk.inet_num = port;
  enter(sk.ns, sk, port);
}
void tcp_bind_timewait(tcp_timewait_sock& tw) { enter(tw.ns, tw, tw.lport); }
void tcp_unbind_timewait(tcp_timewait_sock& tw) { leave(tw.ns, tw); }

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
  tcp_bind_to(*this, port);
  bound_by_call = true;
  return {};
}

void tcp_sock::unbind() {
  if (!bound()) return;
  leave(ns, *this);
  bound_by_call = bindport_lock = false;
  inet_sport = inet_num;
  inet_num = 0;
}

}  // namespace linnet
