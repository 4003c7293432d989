// IPv4 routes as packets see them: struct rtable, made from a FIB lookup and cached in the next hop that
// the lookup found. A cached route is good while its generation is the namespace's (rt_genid); any change
// of routes, rules, addresses or devices moves that on.
#pragma once

#include "net/core/dst.hh"
#include "net/core/neighbour.hh"
#include "net/core/sk_buff.hh"
#include "net/ipv4/ip_fib.hh"

namespace linnet {

struct netns_ipv4;

// rt_flags that no header exports (net/route.h's and in_route.h's are used for the others).
struct rtable : dst_entry {
  u32 rt_genid = 0;
  u32 rt_flags = 0;  // RTCF_*
  u8 rt_type = 0;    // RTN_*
  bool rt_is_input = false;
  u8 rt_gw_family = 0;  // 0: on link
  int rt_iif = 0;       // of input routes: where packets came in
  be32 rt_gw4;
  u32 rt_pmtu = 0;          // 0: the device's
  u32 mtu_metric = 0;       // RTAX_MTU, 0: none
  u32 table_id = 0;         // for RTM_GETROUTE
  ref<neighbour> neigh;     // of rt_gw4 on dev, once ip_output has looked it up; check neigh->dead
  ref<net_device> dev_ref;  // keeps dev
  ref<fib_info> from;       // metrics; null when the route came from no table
};

inline rtable* skb_rtable(const sk_buff& s) { return static_cast<rtable*>(s.dst); }
// The address to resolve on rt.dev for a packet to `daddr`.
inline be32 rt_nexthop(const rtable& rt, be32 daddr) { return rt.rt_gw_family ? rt.rt_gw4 : daddr; }
// Whether the route still holds (ipv4_dst_check).
bool rt_is_valid(const rtable&);
// The largest packet that may go by it, bytes (ip_dst_mtu_maybe_forward without path MTU discovery).
u32 rt_mtu(const rtable&);

// A route for a packet of this host (ip_route_output_key): fills in the flow's source, output device and
// scope. Errors: EINVAL (source not possible), ENODEV, ENETUNREACH, EHOSTUNREACH, EACCES.
result<ref<rtable>> ip_route_output_key(net&, flowi4&);

// Routes an arriving packet and sets its dst, borrowed from its cache. Returns not_dropped_yet (0), or why it
// must be dropped (the counters are done). `tos`: as in the header.
skb_drop_reason ip_route_input_noref(sk_buff&, be32 daddr, be32 saddr, u8 tos, net_device&);

}  // namespace linnet
