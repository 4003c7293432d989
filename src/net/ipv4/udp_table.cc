// Ports: who may bind where, and who gets what arrives. A socket stands in two slots, that of its port and that of its
// address and port; a lookup asks the second, for the packet's address and then for any, and so is as fast with ten
// thousand sockets on a port as with one.
#include <algorithm>

#include "net/ipv4/inet_ports.hh"
#include "net/ipv4/udp_sock.hh"

namespace linnet {
namespace {

constexpr u8 established = 1;
// From so many sockets on a port on, conflicts are looked for by address (udp_lib_get_port).
constexpr size_t many_sockets = 10;

void remove_from(udp_table::slot& s, const udp_sock* sk) { std::erase(s, sk); }

bool same_device(int a, int b) { return !a || !b || a == b; }

// inet_rcv_saddr_equal: whether two bound addresses meet.
bool addresses_meet(be32 a, be32 b) { return !a || !b || a == b; }

u32 owner_uid(const udp_sock& sk) { return sk.sk_socket ? sk.sk_socket->owner.uid : 0; }

// How well a datagram fits a socket of the slot of `daddr` (compute_score): -1 not at all.
int score(const udp_sock& sk, be32 saddr, u16 sport, int dif, int sdif) {
  int n = 2;
  if (sk.inet_daddr) {
    if (sk.inet_daddr != saddr) return -1;
    n += 4;
  }
  if (sk.inet_dport) {
    if (sk.inet_dport != sport) return -1;
    n += 4;
  }
  if (!inet_bound_dev_eq(ipv4_of(sk.ns).sysctl_udp_l3mdev_accept, sk.bound_dev_if, dif, sdif))
    return -1;
  if (sk.bound_dev_if) n += 4;
  if (sk.incoming_cpu == 0) ++n;
  return n;
}

// udp_ehashfn: by it the flow finds its socket in a group.
u32 flow_hash(be32 laddr, u16 lport, be32 faddr, u16 fport) {
  u64 h = u64{laddr.raw()} << 32 | faddr.raw();
  h ^= (u64{lport} << 16 | fport) * 0x9e3779b97f4a7c15;
  h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
  h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53;
  return static_cast<u32>(h >> 32);
}

// udp4_lib_lookup2.
udp_sock* lookup_in(const udp_table::slot& slot, be32 saddr, u16 sport, be32 daddr, u16 dport,
                    int dif, int sdif, const sk_buff* s) {
  udp_sock* result = nullptr;
  int badness = 0;
  for (auto it = slot.rbegin(); it != slot.rend(); ++it) {
    udp_sock* sk = *it;
    const int n = score(*sk, saddr, sport, dif, sdif);
    if (n <= badness) continue;
    badness = n;
    result = sk;
    if (!sk->reuseport || !sk->group || sk->state == established) continue;
    sock* chosen = sk->group->select(flow_hash(daddr, dport, saddr, sport), s, sizeof(udphdr));
    if (!chosen) continue;
    result = &udp_sk(*chosen);
    // With connected ones in the group, a better one may follow.
    if (!sk->group->has_conns) return result;
  }
  return result;
}

}  // namespace

void udp_table::insert(udp_sock& sk) {
  by_port_[sk.inet_num].push_back(&sk);
  sk.hashed_addr = sk.inet_rcv_saddr;
  by_address_[key(sk.hashed_addr, sk.inet_num)].push_back(&sk);
  ++size_;
}

void udp_table::erase(udp_sock& sk) {
  const auto drop = [&](auto& map, auto k) {
    const auto it = map.find(k);
    if (it == map.end()) return;
    remove_from(it->second, &sk);
    if (it->second.empty()) map.erase(it);
  };
  drop(by_port_, sk.inet_num);
  drop(by_address_, key(sk.hashed_addr, sk.inet_num));
  --size_;
}

void udp_table::rehash(udp_sock& sk) {
  if (sk.hashed_addr == sk.inet_rcv_saddr) return;
  const auto it = by_address_.find(key(sk.hashed_addr, sk.inet_num));
  remove_from(it->second, &sk);
  if (it->second.empty()) by_address_.erase(it);
  sk.hashed_addr = sk.inet_rcv_saddr;
  by_address_[key(sk.hashed_addr, sk.inet_num)].push_back(&sk);
}

std::vector<udp_sock*> udp_table::sorted() const {
  std::vector<u16> ports;
  ports.reserve(by_port_.size());
  for (const auto& entry : by_port_) ports.push_back(entry.first);
  std::ranges::sort(ports);
  std::vector<udp_sock*> all;
  all.reserve(size_);
  for (const u16 port : ports) {
    const slot& s = by_port(port);
    all.insert(all.end(), s.rbegin(), s.rend());
  }
  return all;
}

// udp_lib_lport_inuse. A socket of the same owner's that shares the port ends the search: it was allowed there.
bool udp_sock::conflicts(u16 port) const {
  const auto in_slot = [&](const udp_table::slot& slot, bool& decided) {
    for (auto it = slot.rbegin(); it != slot.rend(); ++it) {
      const udp_sock& o = **it;
      if (&o == this || (o.reuseaddr && reuseaddr)) continue;
      if (!same_device(bound_dev_if, o.bound_dev_if)) continue;
      if (!addresses_meet(inet_rcv_saddr, o.inet_rcv_saddr)) continue;
      decided = true;
      return !(o.reuseport && reuseport && !group && owner_uid(o) == owner_uid(*this));
    }
    return false;
  };
  bool decided = false;
  const udp_table::slot& all = table().by_port(port);
  if (all.size() <= many_sockets) return in_slot(all, decided);
  const bool own = in_slot(table().by_address(inet_rcv_saddr, port), decided);
  if (own || !inet_rcv_saddr) return own;
  return in_slot(table().by_address(be32(), port), decided);
}

status udp_sock::get_port(u16 port) {
  if (port) {
    if (conflicts(port)) return err(EADDRINUSE);
  } else {
    auto [low, high] = inet_local_port_range(*this);
    const u32 span = u32{high} - low + 1;
    const u32 start = ns.c.rand.below(span);
    for (u32 i = 0; i < span && !port; ++i) {
      const u16 p = static_cast<u16>(low + (start + i) % span);
      if (!inet_is_local_reserved_port(ns, p) && !conflicts(p)) port = p;
    }
    if (!port) return err(EADDRINUSE);
  }
  inet_num = port;
  if (reuseport) join_group();
  table().insert(*this);
  return {};
}

// udp_reuseport_add_sock: the group of a socket that shares port, address, device and owner, or a new one.
void udp_sock::join_group() {
  for (const udp_sock* o : table().by_port(inet_num)) {
    if (group || !o->reuseport || !o->group || o->bound_dev_if != bound_dev_if ||
        o->inet_rcv_saddr != inet_rcv_saddr || owner_uid(*o) != owner_uid(*this))
      continue;
    group = o->group;
    break;
  }
  if (!group) group = ref<sock_reuseport>(new sock_reuseport);
  group->join(*this);
}

void udp_sock::unbind() {
  pending.reset();
  if (!inet_num) return;
  if (group) {
    group->leave(*this);
    group = {};
  }
  table().erase(*this);
  rx_dst = {};
  inet_sport = inet_num;
  inet_num = 0;
}

void udp_sock::rehashed() {
  if (state == established && group) group->has_conns = true;
  if (inet_num) table().rehash(*this);
  if (!pending || state != established) return;
  // What is gathered goes to the new peer, on the way that was found before.
  pending->route.fl4.saddr = inet_saddr;
  pending->route.fl4.daddr = pending->route.daddr = inet_daddr;
  pending->route.dport = inet_dport;
}

udp_sock* udp_lookup(const udp_table& t, be32 saddr, u16 sport, be32 daddr, u16 dport, int dif,
                     int sdif, const sk_buff* s) {
  if (udp_sock* sk =
          lookup_in(t.by_address(daddr, dport), saddr, sport, daddr, dport, dif, sdif, s))
    return sk;
  return lookup_in(t.by_address(be32(), dport), saddr, sport, daddr, dport, dif, sdif, s);
}

}  // namespace linnet
