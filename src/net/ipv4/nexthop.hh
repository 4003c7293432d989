// Nexthop objects (`ip nexthop`, RTM_*NEXTHOP): next hops and groups of them that have an id and a life of their own,
// and that routes name by it (RTA_NH_ID). A replacement changes what an object is and leaves who uses it, so all its
// routes go another way at once; when it is deleted its routes go with it, and groups lose a member.
//
// A group shares flows out in one of two ways. Hash-threshold (mpath): each member has the part of the hash's range
// that is its share of the weight. Resilient: the hash picks one of a fixed number of buckets, and buckets change
// members only while they are idle or have to, so flows stay where they are (nexthop_res.cc).
#pragma once

#include <linux/nexthop.h>

#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "net/core/nlattr.hh"
#include "net/ipv4/ip_fib.hh"
#include "time/timer.hh"

namespace linnet {

struct netlink_callback;
struct nexthop;
struct nh_group;
struct nl_request;

// A nexthop that is no group (struct nh_info).
struct nh_info : list_node<struct nh_dev_tag> {
  nexthop* nh_parent = nullptr;
  u8 family = 0;
  bool reject_nh = false;  // blackhole
  bool fdb_nh = false;     // for forwarding tables of bridges only: no device, no routes
  linnet::fib_nh fib_nh;
};

struct nh_grp_entry : list_node<struct nh_grp_tag>, list_node<struct nh_uw_tag> {
  ref<nexthop> nh;
  nexthop* nh_parent = nullptr;  // the group
  u8 weight = 0;
  s32 upper_bound = 0;                       // hash-threshold: of its share of the 31-bit hash
  u16 count_buckets = 0, wants_buckets = 0;  // resilient
  bool is_underweight() const { return count_buckets < wants_buckets; }
  bool is_overweight() const { return count_buckets > wants_buckets; }
};

struct nexthop : refcounted {
  explicit nexthop(net&);
  ~nexthop() override;

  net& ns;
  u32 id = 0;
  u8 protocol = 0, nh_flags = 0;
  // Who uses it.
  list<fib_info, fib_info_nexthop_tag> fi_list;
  list<nh_grp_entry, nh_grp_tag> grp_list;  // the groups that it is in, the latest first
  // What it is: one of the two.
  std::unique_ptr<nh_info> info;
  std::unique_ptr<nh_group> group;

  bool is_group() const { return group != nullptr; }
};

struct nh_res_bucket {
  nh_grp_entry* nh_entry = nullptr;
  ktime used_time = 0, migrated_time = 0;
  bool occupied = false;  // false: what it points to is no member any more
};

// The buckets of a resilient group (struct nh_res_table). It survives the group's replacement.
struct nh_res_table : timer {
  nh_res_table(net&, u32 id, u16 num_buckets);
  ~nh_res_table();

  net& ns;
  const u32 nhg_id;
  u8 protocol = 0;  // for notifications
  ktime idle_timer = 0, unbalanced_timer = 0, unbalanced_since = 0;
  list<nh_grp_entry, nh_uw_tag> uw_nh_entries;  // members that want more buckets than they have
  std::vector<nh_res_bucket> buckets;

  bool is_balanced() const { return uw_nh_entries.empty(); }
  // How long it has been out of balance; 0 while it isn't.
  ktime unbalanced_time() const;
};

struct nh_group {
  bool fdb_nh = false;
  std::unique_ptr<nh_res_table> res_table;  // null: hash-threshold
  std::vector<nh_grp_entry> entries;        // never resized: lists run through them

  bool resilient() const { return res_table != nullptr; }
};

// A namespace's objects (struct netns_nexthop).
struct nexthop_table {
  std::map<u32, ref<nexthop>> by_id;
  std::unordered_map<const net_device*, list<nh_info, nh_dev_tag>> by_dev;
  u32 last_id_allocated = 0;
  u32 seq = 1;  // changes with every change: NLM_F_DUMP_INTR
};

// An object as someone asked for it (struct nh_config).
struct nh_config {
  u32 nlflags = 0;
  u32 nh_id = 0;
  u8 nh_family = 0, nh_protocol = 0;
  u32 nh_flags = 0;
  bool nh_blackhole = false, nh_fdb = false;
  int nh_ifindex = 0;
  net_device* dev = nullptr;
  be32 gw;
  nla nh_grp;
  u16 nh_grp_type = 0;
  ref<lwtunnel_state> encap;
  struct {
    bool has_num_buckets = false, has_idle_timer = false, has_unbalanced_timer = false;
    u16 num_buckets = 0;
    ktime idle_timer = 120 * ns_per_sec, unbalanced_timer = 0;
  } res;
  const nl_request* rq = nullptr;
};

nexthop_table& nexthops_of(const net&);
nexthop* nexthop_find_by_id(const net&, u32 id);  // null: none
// Makes an object, or with NLM_F_REPLACE changes one. Errno and texts are Linux's.
status nexthop_add(net&, nh_config&);
// Takes it out of the table, of groups and of routes. `rq`: the request to delete it, which listeners hear of; null:
// its device went, and they don't.
void remove_nexthop(nexthop&, const nl_request* rq);

// ---- as routes see them

size_t nexthop_num_path(const nexthop&);
const fib_nh& nexthop_fib_nh(const nexthop&, size_t i);
// The i-th way's weight.
int fib_info_weight(const fib_info&, size_t i);
bool nexthop_is_blackhole(const nexthop&);  // also: a group of nothing but one
bool nexthop_is_fdb(const nexthop&);
// Whether a route of `scope` may use it.
status fib_check_nexthop(const nexthop&, u8 scope);
// The member that a group's flow goes by. Marks a resilient group's bucket as used.
const nexthop& nexthop_select_path(const nexthop&, u32 hash);
// Whether the neighbour behind a next hop is there, as far as is known (ipv4_good_nh).
bool ipv4_good_nh(const fib_nh&);

// ---- resilient groups (nexthop_res.cc)

// Says how many buckets each member of `g` wants from `t`.
void nh_res_group_rebalance(nh_group& g, nh_res_table& t);
// The buckets of `t` go from the members of a group that was to those of `g` with the same ids.
void replace_nexthop_grp_res(nh_res_table& t, nh_group& g);
// Moves buckets to members that want more, as far as they may; `notify`: telling each. Arms the timer while there is
// more to do.
void nh_res_table_upkeep(nh_res_table&, bool notify);

// ---- messages (nexthop_netlink.cc, nexthop_bucket.cc)

void nexthop_notify(int event, const nexthop&, const nl_request* rq);
void nexthop_bucket_notify(const nh_res_table&, u16 index);
void nexthop_bucket_init(world&);
// Which objects a dump is about.
struct nh_dump_filter {
  u32 nh_id = 0;
  int dev_idx = 0, master_idx = 0;
  bool group_filter = false;
  u32 res_bucket_nh_id = 0;
};
// The attributes that both dumps know, and the header, checked.
result<nh_dump_filter> nh_dump_filter_of(const nlmsghdr&, std::span<const nla> tb);
bool nh_dump_filtered(const nexthop&, const nh_dump_filter&, u8 family);
// RTM_GETNEXTHOP's and RTM_DELNEXTHOP's id (__nh_valid_get_del_req).
result<u32> nh_valid_get_del_req(const nlmsghdr&, std::span<const nla> tb);

void nexthop_init(world&);
void nexthop_netdev_init(
    world&);  // before ip_rt_init: nexthops go before the routes of a device do
void nexthop_netlink_init(world&);

}  // namespace linnet
