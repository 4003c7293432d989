// IPv4 forwarding information: tables of prefixes (fib_trie.cc), what they lead to (fib_info with its
// next hops, shared by equal routes; fib_semantics.cc), and the rules that pick a table (fib_rules.cc).
#pragma once

#include <linux/rtnetlink.h>

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "base/endian.hh"
#include "base/ref.hh"
#include "base/result.hh"
#include "net/core/net_device.hh"

namespace linnet {

struct rtable;

// What is asked of the tables (struct flowi4). Addresses in network order.
struct flowi4 {
  int oif = 0;         // flowi4_oif: wanted or known output device
  int iif = 0;         // LOOPBACK_IFINDEX for packets of this host
  be32 daddr, saddr;
  u32 mark = 0;
  u8 tos = 0;          // only the bits of IPTOS_RT_MASK
  u8 scope = 0;        // RT_SCOPE_UNIVERSE
  u8 proto = 0;
  u8 flags = 0;        // FLOWI_FLAG_*
  u32 uid = 0;
  be16 sport, dport;
  u8 icmp_type = 0, icmp_code = 0;
};
inline constexpr u8 FLOWI_FLAG_ANYSRC = 1;
inline constexpr u8 FLOWI_FLAG_KNOWN_NH = 2;

struct fib_info;

struct fib_nh {
  fib_info* parent = nullptr;
  ref<net_device> dev;       // null: none (blackhole and such)
  int oif = 0;
  be32 gw;                   // with gw_family AF_INET
  u8 gw_family = 0;          // 0: on link
  u8 scope = 0;              // scope that the next hop was found with
  u32 flags = 0;             // RTNH_F_*
  int weight = 1;
  be32 saddr;                // cached source address; see fib_info_update_nhc_saddr
  u32 saddr_genid = 0;
  // Routes made by this next hop, cached (nhc_rth_input, nhc_pcpu_rth_output): owned by route.cc.
  mutable ref<dst_entry> rth_input, rth_output;
};

struct fib_info : refcounted {
  net* fib_net = nullptr;
  u8 protocol = 0;           // RTPROT_*
  u8 scope = 0;              // RT_SCOPE_*
  u8 type = 0;               // RTN_*
  u32 tb_id = 0;
  u32 flags = 0;             // RTNH_F_DEAD when every next hop is
  u32 priority = 0;          // metric
  be32 prefsrc;
  std::array<u32, RTAX_MAX> metrics{};  // by RTAX_* - 1
  u32 users = 0;             // fib_treeref: aliases that point here
  std::vector<fib_nh> nh;    // at least one unless the type has none
  bool dead = false;
};

// One route: a prefix's entry with TOS and priority.
struct fib_alias {
  ref<fib_info> info;
  u8 tos = 0;
  u8 type = 0;
  u8 state = 0;              // FA_S_ACCESSED
};

struct fib_result {
  be32 prefix;
  u8 prefixlen = 0;
  u8 type = RTN_UNSPEC;
  u8 scope = RT_SCOPE_NOWHERE;
  const fib_info* fi = nullptr;
  const fib_nh* nh = nullptr;
  u32 table = 0;
  u32 rule_pref = 0;         // the rule that matched, for `why`
};

// Resolves by rules and tables. Errors as fib_lookup: ENETUNREACH (nothing matched, or unreachable by
// rule), EINVAL (blackhole), EHOSTUNREACH (unreachable), EACCES (prohibit), EAGAIN never.
result<fib_result> fib_lookup(net&, const flowi4&);
// In one table only (FIB_TABLE lookups of fib_frontend).
result<fib_result> fib_table_lookup(net&, u32 table_id, const flowi4&);

// The type of `addr` by the local table: RTN_LOCAL, RTN_BROADCAST, RTN_MULTICAST, RTN_UNICAST
// (inet_addr_type); `dev` restricts it to routes of that device.
u8 inet_addr_type(net&, be32 addr);
u8 inet_dev_addr_type(net&, const net_device*, be32 addr);

// The source address that a result implies (fib_result_prefsrc).
be32 fib_result_prefsrc(net&, const fib_result&);

// Reverse path: whether `src` may come in by `dev` (fib_validate_source). Success: true when the sender
// is on link. Errors: EINVAL (martian: local or not routable), EXDEV (rp_filter).
result<bool> fib_validate_source(net&, be32 src, be32 dst, u8 tos, int oif, net_device& dev,
                                 in_device& idev);

// A number that changes whenever a cached route may be stale (rt_genid_ipv4).
u32 rt_genid(const net&);
void rt_cache_flush(net&);

}  // namespace linnet
