// What has been learnt about single destinations behind a next hop: their path MTU, from ICMP's "fragmentation needed"
// (struct fib_nh_exception; RFC 1191). Routes of this host to such a destination are made with it; it is forgotten
// after route/mtu_expires, with its route, or when route/flush is written. What is forwarded goes by the link's MTU.
#pragma once

#include <map>

#include "net/ipv4/ip_fib.hh"
#include "net/ipv4/route.hh"
#include "wire/ip.hh"

namespace linnet {

struct inet_sock;

struct fib_nh_exception {
  u32 pmtu = 0;             // bytes
  bool mtu_locked = false;  // too small to be believed: nothing is sent with DF (RFC 1191's floor)
  u32 genid = 0;            // netns_ipv4::fnhe_genid when it was learnt
  ktime expires = 0;
  ref<dst_entry> rth_output;
};

// By destination, host order. At most fnhe_max: the one that would expire first makes room.
struct fib_exceptions {
  static constexpr size_t fnhe_max = 2048;
  std::map<u32, fib_nh_exception> by_daddr;
};

// What holds for `daddr` now, or null (find_exception).
fib_nh_exception* find_exception(net&, const fib_nh&, be32 daddr);

// ICMP says that packets like `quoted`, which this host sent, may be no larger than `mtu` bytes (ipv4_update_pmtu, and
// ipv4_sk_update_pmtu with what the socket would ask of a route). The caller knows that there was such a packet.
void ipv4_update_pmtu(net&, const iphdr& quoted, u32 mtu, u8 protocol);
void ipv4_sk_update_pmtu(const inet_sock&, const iphdr& quoted, u32 mtu);

}  // namespace linnet
