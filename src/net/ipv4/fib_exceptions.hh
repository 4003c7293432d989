// What has been learnt about single destinations behind a next hop (struct fib_nh_exception): their path MTU, from
// ICMP's "fragmentation needed" (RFC 1191), and a nearer gateway, from redirects. Routes to such a destination are made
// with it, and cached in it. It is forgotten in time (route/mtu_expires, route/gc_timeout), with its next hop, or when
// route/flush is written: an exception of an older fnhe_genid says nothing.
#pragma once

#include <map>

#include "net/ipv4/ip_fib.hh"
#include "net/ipv4/route.hh"
#include "wire/ip.hh"

namespace linnet {

struct inet_sock;

struct fib_nh_exception {
  be32 daddr;
  be32 gw;                  // 0: the next hop's own
  u32 pmtu = 0;             // bytes, 0: not known
  bool mtu_locked = false;  // too small to be believed: nothing is sent with DF (RFC 1191's floor)
  u32 genid = 0;            // netns_ipv4::fnhe_genid when it was learnt
  ktime expires = 0;        // 0: never
  ktime stamp = 0;          // when a route was last made with it
  ref<dst_entry> rth_input, rth_output;
};

// By a hash of the destination and the destination, so that all walks go in one order. A bucket holds few: the one
// whose route is oldest makes room.
struct fib_exceptions {
  static constexpr u32 buckets = 2048;
  static constexpr size_t reclaim_depth = 5;  // and as many more, by chance
  std::map<std::pair<u32, u32>, fib_nh_exception> by_bucket;
};

// What holds for `daddr`, or null (find_exception).
fib_nh_exception* find_exception(net&, const fib_nh&, be32 daddr);
// Makes `rt` what the exception says; with `cache`, it is the exception's route from now on (rt_bind_exception).
void rt_bind_exception(net&, rtable& rt, fib_nh_exception&, bool cache);
// Learns `gw` and `pmtu`, each unless 0 (update_or_create_fnhe).
void update_or_create_fnhe(net&, const fib_nh&, be32 daddr, be32 gw, u32 pmtu, bool lock,
                           ktime expires);

// The flow of a packet of ours that an ICMP error quotes; with a socket, as that would ask for a route.
flowi4 flow_of_quoted(const iphdr& quoted, u8 protocol);
flowi4 flow_of_quoted(const inet_sock&, const iphdr& quoted);

// ICMP says that packets like `quoted`, which this host sent, may be no larger than `mtu` bytes (ipv4_update_pmtu, and
// ipv4_sk_update_pmtu with what the socket would ask of a route). The caller knows that there was such a packet.
void ipv4_update_pmtu(net&, const iphdr& quoted, u32 mtu, u8 protocol);
void ipv4_sk_update_pmtu(const inet_sock&, const iphdr& quoted, u32 mtu);

// The ICMP redirect `skb` says that packets like the one it quotes, where its data stands, have a nearer gateway
// (ipv4_redirect, ipv4_sk_redirect).
void ipv4_redirect(net&, const sk_buff& skb, u8 protocol);
void ipv4_sk_redirect(const inet_sock&, const sk_buff& skb);
// A packet that is forwarded goes out by the device it came in by: tells its sender of the next hop, unless it has
// been told often enough (ip_rt_send_redirect).
void ip_rt_send_redirect(net&, sk_buff&);

}  // namespace linnet
