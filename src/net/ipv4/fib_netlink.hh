// Routes as netlink messages: what fib_netlink.cc (tables) and route_netlink.cc (`ip route get`) share.
#pragma once

#include <span>

#include "net/core/nlattr.hh"
#include "net/core/rtnetlink.hh"
#include "net/ipv4/ip_fib.hh"

namespace linnet {

// What RTM_*ROUTE's attributes must look like (rtm_ipv4_policy).
std::span<const nla_policy> rtm_ipv4_policy();

// One route of a table (struct fib_rt_info).
struct fib_rt_info {
  const fib_info* fi;
  u32 tb_id;
  be32 dst;
  u8 dst_len, tos, type;
};
// Appends it as one message (fib_dump_info). False: the packet is full, and as it was.
bool fib_dump_info(sk_buff&, u32 portid, u32 seq, int event, const fib_rt_info&, unsigned flags);
// RTA_METRICS; `metrics` by RTAX_* - 1, null for none.
bool rtnetlink_put_metrics(sk_buff&, const std::array<u32, RTAX_MAX>* metrics);

// The exceptions of a route's next hops; `done` of them are told already. False: the packet is full.
bool fib_dump_info_fnhe(sk_buff&, netlink_callback&, const fib_info&, u32 table, unsigned flags,
                        u64& done);

status inet_dump_fib(sk_buff&, netlink_callback&);
status inet_rtm_getroute(nl_request&);

}  // namespace linnet
