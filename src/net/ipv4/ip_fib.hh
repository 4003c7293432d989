// IPv4 forwarding information: tables of prefixes (fib_trie.cc, fib_table.cc), what they lead to (fib_info
// with its next hops, shared by equal routes; fib_semantics.cc), and the rules that pick a table
// (fib_rules.cc). This header has the questions one may ask; how it is kept is in fib_semantics.hh and
// fib_frontend.hh.
#pragma once

#include <linux/rtnetlink.h>

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "base/endian.hh"
#include "base/list.hh"
#include "base/ref.hh"
#include "base/result.hh"
#include "net/core/lwtunnel.hh"
#include "net/core/net_device.hh"

namespace linnet {

struct in_ifaddr;
struct rtable;

// What is asked of the tables (struct flowi4). Addresses in network order.
struct flowi4 {
  int oif = 0;  // flowi4_oif: wanted or known output device
  int iif = 0;  // LOOPBACK_IFINDEX for packets of this host
  be32 daddr, saddr;
  u32 mark = 0;
  u8 tos = 0;    // only the bits of IPTOS_RT_MASK
  u8 scope = 0;  // RT_SCOPE_UNIVERSE
  u8 proto = 0;
  u8 flags = 0;  // FLOWI_FLAG_*
  u32 uid = 0;
  be16 sport, dport;
  u8 icmp_type = 0, icmp_code = 0;
  u32 multipath_hash = 0;
  int l3mdev =
      0;  // flowi4_l3mdev: the VRF whose table is asked first; filled in from oif and iif when 0
  u64 tun_id = 0;  // the tunnel's key that the packet came with
};
inline constexpr u8 FLOWI_FLAG_ANYSRC = 1;
inline constexpr u8 FLOWI_FLAG_KNOWN_NH = 2;

inline constexpr int LOOPBACK_IFINDEX = 1;
inline constexpr u8 IPTOS_RT_MASK = 0x1c;  // IPTOS_TOS_MASK without the bits that ECN took

struct fib_info;
struct fib_exceptions;
struct nexthop;

struct fib_nh : list_node<struct fib_nh_dev_tag> {
  fib_info* parent = nullptr;  // null: it belongs to a nexthop object (nexthop.hh)
  ref<net_device> dev;         // null: none (blackhole and such)
  int oif = 0;
  be32 gw;           // with gw_family AF_INET
  u8 gw_family = 0;  // 0: on link
  u8 scope = 0;      // scope that the next hop was found with
  u32 flags = 0;     // RTNH_F_*
  int weight = 1;
  u32 tclassid = 0;              // RTA_FLOW: realms, source in the upper half
  ref<lwtunnel_state> lwtstate;  // RTA_ENCAP; null: none
  s32 upper_bound = 0;           // of this next hop's share of the 31-bit flow hash; -1: none
  // Cached source address (fib_info_update_nhc_saddr); read through fib_result_prefsrc.
  mutable be32 saddr;
  mutable u32 saddr_genid = 0;
  // Routes made by this next hop, cached (nhc_rth_input, nhc_pcpu_rth_output): owned by route.cc.
  mutable ref<dst_entry> rth_input, rth_output;
  // What is known of single destinations (nhc_exceptions); null: nothing.
  mutable std::unique_ptr<fib_exceptions, void (*)(fib_exceptions*)> exceptions{nullptr, nullptr};
};

struct fib_info : refcounted,
                  list_node<struct fib_info_laddr_tag>,
                  list_node<struct fib_info_nexthop_tag> {
  fib_info();
  ~fib_info() override;

  net* fib_net = nullptr;
  u8 protocol = 0;  // RTPROT_*
  u8 scope = 0;     // RT_SCOPE_*
  u8 type = 0;      // RTN_*
  bool dead = false;
  bool pfsrc_removed = false;  // RTNH_F_DEAD because prefsrc is no address of ours any more
  bool nh_reject = false;      // its nexthop object is a blackhole, whatever the route's own type
  bool nh_updated = false;     // its routes are about to be told of anew (fib_info_notify_update)
  u32 tb_id = 0;
  u32 flags = 0;     // RTNH_F_DEAD when every next hop is
  u32 priority = 0;  // metric
  be32 prefsrc;
  u32 users = 0;  // fib_treeref: aliases that point here
  // The way, of routes that have just one and are not refused: what lookups look at first. Null: see below.
  const fib_nh* single_nh = nullptr;
  // Its next hops, one at least, also where the type has none to show; or none, and a nexthop object instead.
  // Both are reached by fib_info_num_path and fib_info_nh.
  std::vector<fib_nh> nh;
  ref<nexthop> nh_obj;
  // By RTAX_* - 1; null when all are zero.
  std::unique_ptr<std::array<u32, RTAX_MAX>> metrics;

  u32 metric(int rtax) const { return metrics ? (*metrics)[static_cast<size_t>(rtax - 1)] : 0; }
};

// How many ways a route has, and the i-th of them (fib_info_num_path, fib_info_nhc).
size_t fib_info_num_path_slow(const fib_info&);
inline size_t fib_info_num_path(const fib_info& fi) {
  return likely(fi.single_nh != nullptr) ? 1 : fib_info_num_path_slow(fi);
}
const fib_nh& fib_info_nh(const fib_info&, size_t i);
// Whether any of them leads out of `dev`, or of a device of the VRF `dev`.
bool fib_info_nh_uses_dev(const fib_info&, const net_device& dev);

// How each RTN_* type answers: the errno that lookups fail with (0: they succeed) and its widest scope.
struct fib_prop {
  int error;
  u8 scope;
};
extern const std::array<fib_prop, RTN_MAX + 1> fib_props;

struct fib_result {
  be32 prefix;
  u8 prefixlen = 0;
  u8 type = RTN_UNSPEC;
  u8 tos = 0;
  u8 scope = RT_SCOPE_NOWHERE;
  const fib_info* fi = nullptr;
  const fib_nh* nh = nullptr;
  u32 table = 0;
  u32 rule_pref = 0;  // the rule that matched, for `why`
  u32 tclassid = 0;   // its realms

  net_device* dev() const { return nh ? nh->dev.get() : nullptr; }
};

inline constexpr int FIB_LOOKUP_IGNORE_LINKSTATE = 2;

// Resolves by rules and tables. Errors as fib_lookup: ENETUNREACH (nothing matched, or unreachable by
// rule), EINVAL (blackhole), EHOSTUNREACH (unreachable), EACCES (prohibit).
result<fib_result> fib_lookup(net&, const flowi4&, int flags = 0);
// The same without its tracepoint. `refused`, if not null, gets the route or rule that says no (type
// RTN_UNSPEC: none did).
result<fib_result> fib_lookup_untraced(net&, const flowi4&, int flags, fib_result* refused);
// Puts a flow by or from a VRF's port or the VRF itself into that VRF (l3mdev_update_flow).
void l3mdev_update_flow(const net&, flowi4&);
// In one table only. EAGAIN: nothing matched there.
result<fib_result> fib_table_lookup(net&, u32 table_id, const flowi4&, int flags = 0);
// Chooses among a result's next hops by the flow's hash, or among several default routes by what is known of
// their gateways, and sets fl4.saddr when it is open (fib_select_path; fib_multipath.cc).
// `skb`: the packet whose flow it is, null when there is only what the flow says.
void fib_select_path(net&, fib_result&, flowi4&, const sk_buff* skb);
// Among several next hops only: what an arrived packet is forwarded by.
void fib_select_multipath(net&, fib_result&, u32 hash);
// The flow of a packet, or of what a sender says, by net.ipv4.fib_multipath_hash_policy. 31 bits.
u32 fib_multipath_hash(net&, const flowi4*, const sk_buff*);

// The type of `addr` by the local table: RTN_LOCAL, RTN_BROADCAST, RTN_MULTICAST, RTN_UNICAST
// (inet_addr_type); `dev` restricts it to routes of that device.
u8 inet_addr_type(net&, be32 addr);
u8 inet_addr_type_table(net&, be32 addr, u32 table_id);
// By the table of the VRF that `dev` belongs to, else the local table (inet_addr_type_dev_table).
u8 inet_addr_type_dev_table(net&, const net_device& dev, be32 addr);
u8 inet_dev_addr_type(net&, const net_device*, be32 addr);

// The source address that a result implies (fib_result_prefsrc).
be32 fib_result_prefsrc(net&, const fib_result&);

// Reverse path: whether `src` may come in by `dev` (fib_validate_source). Success: true when the sender
// is on link. Errors: EINVAL (martian: local or not routable), EXDEV (rp_filter). `*itag` gets the realms that the way
// back to the sender has, turned round.
result<bool> fib_validate_source(net&, be32 src, be32 dst, u8 tos, int oif, net_device& dev,
                                 in_device& idev, u32 mark = 0, const sk_buff* s = nullptr,
                                 u32* itag = nullptr);

// The address of ours that the sender of an arrived, routed packet meant (fib_compute_spec_dst): what it asked for, or
// for broadcasts and multicasts the source of an answer.
be32 fib_compute_spec_dst(const sk_buff&, const net_device& arrived_by);

// ---- what devinet tells routing (fib_frontend.cc)

// The routes that an address implies come and go. At removal the address is off its device's list already
// and `add` is false (fib_inetaddr_event).
void fib_inetaddr_event(in_ifaddr&, bool add);
// During promotion of secondaries: takes the routes of `ifa` while `iprim` is about to be its subnet's primary.
void fib_del_ifaddr(in_ifaddr& ifa, in_ifaddr* iprim);
void fib_add_ifaddr(in_ifaddr&);
// A new metric for an address's prefix route (fib_modify_prefix_metric).
void fib_modify_prefix_metric(in_ifaddr&, u32 new_metric);

// A number that changes whenever a cached route may be stale (rt_genid_ipv4).
u32 rt_genid(const net&);
void rt_cache_flush(net&);

// Boot. fib_init makes the tables of each new namespace and registers the netlink handlers. ip_rt_init hears of
// devices, and must come after devinet_init, which hears of them first.
void fib_init(world&);
void ip_rt_init(world&);

}  // namespace linnet
