// IPv4 routes as packets see them: struct rtable, made from a FIB lookup and cached in the next hop that
// the lookup found. A cached route is good while its generation is the namespace's (rt_genid); any change
// of routes, rules, addresses or devices moves that on.
#pragma once

#include <linux/in_route.h>  // RTCF_*

#include <algorithm>
#include <array>

#include "net/core/cpu.hh"
#include "net/core/dst.hh"
#include "net/core/neighbour.hh"
#include "net/core/sk_buff.hh"
#include "net/ipv4/ip_fib.hh"

namespace linnet {

struct rtable : dst_entry {
  net* ns = nullptr;
  u32 rt_genid = 0;
  u32 rt_flags = 0;  // RTCF_*
  u8 rt_type = 0;    // RTN_*
  bool rt_is_input = false;
  u8 rt_gw_family = 0;  // 0: on link
  be32 rt_gw4;
  int rt_iif = 0;   // of output routes: the device that was asked for
  u32 rt_pmtu = 0;  // learnt, until `expires`; 0: none
  bool rt_mtu_locked = false;
  ktime expires = 0;
  ktime lastuse = 0;        // when it was made
  u32 mtu_metric = 0;       // RTAX_MTU, 0: none
  u32 table_id = 0;         // the table that it came from, 0: none
  u32 tclassid = 0;         // realms, source in the upper half (dst.tclassid)
  ref<neighbour> neigh;     // of rt_gw4 on dev, once ip_output has looked it up; check neigh->dead
  ref<net_device> dev_ref;  // keeps dev
  ref<lwtunnel_state> lwtstate;  // of the next hop; null: none
  ref<fib_info> from;            // metrics; null when the route came from no table
};

inline rtable* skb_rtable(const sk_buff& s) { return static_cast<rtable*>(s.dst); }
// The device a packet counts as having come by (inet_iif): what this host sent to itself, by the one that has the
// address, not by loopback.
inline int inet_iif(const sk_buff& s) {
  const rtable* rt = skb_rtable(s);
  return rt && rt->rt_iif ? rt->rt_iif : s.skb_iif;
}
// The address to resolve on rt.dev for a packet to `daddr`.
inline be32 rt_nexthop(const rtable& rt, be32 daddr) { return rt.rt_gw_family ? rt.rt_gw4 : daddr; }
// Whether the route still holds (ipv4_dst_check).
bool rt_is_valid(const rtable&);
// The largest packet that may go by it, bytes (ipv4_mtu).
u32 rt_mtu_learnt(const rtable&);  // the same, when the path has its say
inline bool rt_mtu_is_plain(const rtable& rt) { return likely(!rt.rt_pmtu && !rt.rt_mtu_locked); }
inline u32 rt_mtu_plain(const rtable& rt) {
  return std::min(rt.mtu_metric ? rt.mtu_metric : rt.dev->mtu, 0xffffu);
}
inline u32 rt_mtu(const rtable& rt) {
  return rt_mtu_is_plain(rt) ? rt_mtu_plain(rt) : rt_mtu_learnt(rt);
}
// The same for a packet that this host forwards: what was learnt of the path counts only with ip_forward_use_pmtu, since
// anyone may have sent the ICMP that it was learnt from (ip_dst_mtu_maybe_forward).
u32 rt_mtu_forward_learnt(const rtable&);
inline u32 rt_mtu_forward(const rtable& rt) {
  return rt_mtu_is_plain(rt) ? rt_mtu_plain(rt) : rt_mtu_forward_learnt(rt);
}
// The largest segment (bytes of TCP's data) that a host behind it is told it may send: the route's own, or what fits its MTU
// and is not below min_adv_mss (dst_metric_advmss, ipv4_default_advmss).
u32 dst_metric_advmss(const rtable&);
// Whether no ICMP may change it.
bool ip_mtu_locked(const rtable&);

// A route for a packet of this host (ip_route_output_key): fills in the flow's source, output device and
// scope. Errors: EINVAL (source not possible), ENODEV, ENETUNREACH, EHOSTUNREACH, EACCES.
// `about`: the packet that an ICMP error is about, whose own path among several the error takes; null: none.
result<ref<rtable>> ip_route_output_key(net&, flowi4&, const sk_buff* about = nullptr);
// The same, telling what the tables said (`res.fi` null: nothing).
result<ref<rtable>> ip_route_output_key_res(net&, flowi4&, fib_result& res,
                                            const sk_buff* about = nullptr);

// Routes an arriving packet and sets its dst, borrowed from its cache. Returns not_dropped_yet (0), or why it
// must be dropped (the counters are done). `tos`: as in the header. A packet that nothing routes gets a
// dst whose input is ip_error.
skb_drop_reason ip_route_input_noref(sk_buff&, be32 daddr, be32 saddr, u8 tos, net_device&);
skb_drop_reason ip_route_input_res(sk_buff&, be32 daddr, be32 saddr, u8 tos, net_device&,
                                   fib_result&);

// What such a dst does: ICMP unreachable, at a bounded rate for each sender, and the counters.
void ip_error(net&, sk_buff_head&&);

// ---- shared by route.cc, route_input.cc and the FIB

// A fresh route by `dev` (rt_dst_alloc).
ref<rtable> rt_dst_alloc(net&, net_device& dev, u32 flags, u8 type);
// Gateway and metrics of the next hop; with `slot`, cached there.
void rt_set_nexthop(rtable&, const fib_result&, ref<dst_entry>* slot);
// How packets found their routes, for the whole machine: /proc/net/stat/rt_cache (struct rt_cache_stat).
struct rt_cache_stat {
  u32 in_slow_tot = 0, in_slow_mc = 0;  // routes made, for all but and for multicast packets
  u32 in_no_route = 0, in_brd = 0, in_martian_dst = 0, in_martian_src = 0;
  u32 out_slow_tot = 0, out_slow_mc = 0;
};
rt_cache_stat& rt_stat_of(const net&);

// What came by routes of a realm, and went to one, for the whole machine: /proc/net/rt_acct (struct ip_rt_acct).
struct ip_rt_acct {
  u32 o_bytes = 0, o_packets = 0, i_bytes = 0, i_packets = 0;
};
using ip_rt_accts = std::array<ip_rt_acct, 256>;

// Realms for those halves that have none yet (set_class_tag).
void set_class_tag(rtable&, u32 tag);
// The cached route in `slot`, or null when there is none that holds.
rtable* rt_cached(const net&, const ref<dst_entry>& slot);
// Replaces what is in `slot`. Packets of the present burst may have borrowed the old route, so it goes when
// the cpu's softirq work is done.
void rt_cache_store(net&, ref<dst_entry>& slot, dst_entry*);

// The routes that belong to no next hop.
struct route_caches : work {
  explicit route_caches(net&);
  net& ns;
  ref<dst_entry> broadcast, multicast;                // input: for this host
  std::vector<std::pair<int, ref<dst_entry>>> error;  // input: ip_error, by errno
  std::vector<ref<dst_entry>> retired;
};

}  // namespace linnet
