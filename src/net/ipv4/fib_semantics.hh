// What routes lead to: fib_info and its next hops. Equal ones are shared by all routes that ask for them; a
// fib_info lives as long as an alias points to it. fib_config is a route as someone asked for it, already
// parsed (rtm_to_fib_config in fib_netlink.cc, fib_magic in fib_frontend.cc).
#pragma once

#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "net/core/nlattr.hh"
#include "net/ipv4/ip_fib.hh"

namespace linnet {

struct nl_request;

struct fib_config {
  u8 dst_len = 0;
  u8 tos = 0;
  u8 protocol = 0;
  u8 scope = 0;
  u8 type = 0;
  u8 gw_family = 0;
  u32 table = 0;
  be32 dst;
  be32 gw;
  int oif = 0;
  u32 flags = 0;  // rtm_flags: RTNH_F_*
  u32 priority = 0;
  be32 prefsrc;
  u32 flow = 0;  // RTA_FLOW
  u32 nh_id = 0;
  u32 nlflags = 0;  // NLM_F_CREATE, EXCL, REPLACE, APPEND
  nla mx;           // RTA_METRICS, RTA_MULTIPATH, RTA_ENCAP
  nla mp;
  nla encap;
  u16 encap_type = 0;              // LWTUNNEL_ENCAP_*
  const nl_request* rq = nullptr;  // the request it came with; null for the kernel's own routes
};

// A namespace's fib_infos, found by content, by next hop's device, and by preferred source.
struct fib_info_table {
  struct content_hash {
    using is_transparent = void;
    size_t operator()(const fib_info&) const;
    size_t operator()(const ref<fib_info>& p) const { return (*this)(*p); }
  };
  struct content_equal {
    using is_transparent = void;
    static bool same(const fib_info&, const fib_info&);
    bool operator()(const ref<fib_info>& a, const ref<fib_info>& b) const { return same(*a, *b); }
    bool operator()(const fib_info& a, const ref<fib_info>& b) const { return same(a, *b); }
    bool operator()(const ref<fib_info>& a, const fib_info& b) const { return same(*a, b); }
  };
  using nh_list = list<fib_nh, fib_nh_dev_tag>;
  using laddr_list = list<fib_info, fib_info_laddr_tag>;

  std::unordered_set<ref<fib_info>, content_hash, content_equal> by_content;
  std::unordered_map<const net_device*, nh_list> by_dev;
  std::unordered_map<u32, laddr_list> by_prefsrc;
};

// The shared fib_info for `cfg`, its user count already raised. Errors and texts are Linux's.
result<fib_info*> fib_create_info(net&, const fib_config& cfg);
// One user less; the last one takes it out of all tables.
void fib_release_info(fib_info&);

// Works out fib_info::single_nh and nh_reject: after making it, and when its nexthop object is another.
void fib_info_update_paths(fib_info&);

// A gateway as a request names it; family 0: none.
struct rtnh_gateway {
  u8 family = 0;
  be32 gw;
};
void fib_nh_init(fib_nh&, u32 flags, int oif, rtnh_gateway, int weight, u32 flow = 0);
// The next hops of RTA_MULTIPATH, not checked yet.
result<std::vector<fib_nh>> fib_get_nhs(const fib_config&);
// Whether the encapsulations that RTA_MULTIPATH's next hops name are there (lwtunnel_valid_encap_type_attr).
status fib_valid_encaps(nla multipath);
// Finds the device that a next hop leads by, and its scope; `scope`: of the route, whose table is `table`.
status fib_check_nh(net&, fib_nh&, u32 table, u8 scope);

// Whether a route to `fi` is what a deletion request means (fib_nh_match and fib_metrics_match).
bool fib_nh_match(const fib_config&, const fib_info&);
bool fib_metrics_match(const fib_config&, const fib_info&);

// The next hops of `dev` are dead (down, unregister) or without carrier (change); `force`: also those of
// local addresses. Returns how many fib_infos lost their last next hop (down: flush the tables then).
unsigned fib_sync_down_dev(net_device&, netdev_event, bool force);
// Routes with `local` as their preferred source are dead. Returns how many.
unsigned fib_sync_down_addr(net_device&, be32 local);
// The flags RTNH_F_DEAD or RTNH_F_LINKDOWN go from the next hops of `dev`. Returns how many fib_infos live again.
unsigned fib_sync_up(net_device&, u32 nh_flags);
// Lets go of the cached routes of a next hop (route.cc's slots).
void fib_nh_flush_routes(net&, const fib_nh&);
// The source address that goes with a next hop, for routes of `scope` (fib_info_update_nhc_saddr).
be32 fib_info_update_nhc_saddr(net&, const fib_nh&, u8 scope);

// Whether a next hop without carrier is to be passed over (ip_ignore_linkdown).
bool ip_ignore_linkdown(const net_device&);
// The gateway in RTA_VIA; texts and errno are Linux's.
result<be32> fib_gw_from_via(nla via, u8& family);
result<be32> fib_gw_from_attr(nla gateway);

}  // namespace linnet
