// Groups: checked, made, replaced, shrunk, and asked which member a flow goes by.
#include "net/ipv4/nexthop_group.hh"

#include <algorithm>

#include "net/core/l3mdev.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {

// ---- as routes see objects

size_t nexthop_num_path(const nexthop& nh) { return nh.is_group() ? nh.group->entries.size() : 1; }

const fib_nh& nexthop_fib_nh(const nexthop& nh, size_t i) {
  return nh.is_group() ? nh.group->entries[i].nh->info->fib_nh : nh.info->fib_nh;
}

bool nexthop_is_blackhole(const nexthop& nh) {
  if (!nh.is_group()) return nh.info->reject_nh;
  return nh.group->entries.size() == 1 && nh.group->entries[0].nh->info->reject_nh;
}

bool nexthop_is_fdb(const nexthop& nh) {
  return nh.is_group() ? nh.group->fdb_nh : nh.info->fdb_nh;
}

size_t fib_info_num_path_slow(const fib_info& fi) {
  return fi.nh_obj ? nexthop_num_path(*fi.nh_obj) : fi.nh.size();
}

const fib_nh& fib_info_nh(const fib_info& fi, size_t i) {
  return fi.nh_obj ? nexthop_fib_nh(*fi.nh_obj, i) : fi.nh[i];
}

int fib_info_weight(const fib_info& fi, size_t i) {
  if (!fi.nh_obj) return fi.nh[i].weight;
  return fi.nh_obj->is_group() ? fi.nh_obj->group->entries[i].weight : 1;
}

bool fib_info_nh_uses_dev(const fib_info& fi, const net_device& dev) {
  for (size_t i = 0, end = fib_info_num_path(fi); i < end; ++i) {
    const net_device* by = fib_info_nh(fi, i).dev.get();
    if (by == &dev || (by && l3mdev_master_dev(*by) == &dev)) return true;
  }
  return false;
}

void fib_info_update_paths(fib_info& fi) {
  fi.nh_reject = fi.nh_obj && nexthop_is_blackhole(*fi.nh_obj);
  fi.single_nh = nullptr;
  if (!fi.nh_reject && fib_info_num_path(fi) == 1) fi.single_nh = &fib_info_nh(fi, 0);
}

namespace {

status nexthop_check_scope(const fib_nh& nh, u8 scope) {
  if (scope == RT_SCOPE_HOST && nh.gw_family)
    return err(EINVAL, "Route with host scope can not have a gateway");
  if ((nh.flags & RTNH_F_ONLINK) && scope >= RT_SCOPE_LINK)
    return err(EINVAL, "Scope mismatch with nexthop");
  return {};
}

}  // namespace

status fib_check_nexthop(const nexthop& nh, u8 scope) {
  if (nexthop_is_fdb(nh)) return err(EINVAL, "Route cannot point to a fdb nexthop");
  if (nh.is_group() && scope == RT_SCOPE_HOST)
    return err(EINVAL, "Route with host scope can not have multiple nexthops");
  return nexthop_check_scope(nexthop_fib_nh(nh, 0), scope);
}

// ---- which member

namespace {

// A member whose neighbour is known to be gone passes its flows on to the next that is there; when all that follow are
// gone, too, it keeps them.
const nexthop& select_path_hthr(const nh_group& g, s32 hash) {
  const nexthop* own = nullptr;
  for (const nh_grp_entry& e : g.entries) {
    if (hash > e.upper_bound) continue;
    if (ipv4_good_nh(e.nh->info->fib_nh)) return *e.nh;
    if (!own) own = e.nh.get();
  }
  return own ? *own : *g.entries[0].nh;
}

const nexthop& select_path_res(const nh_group& g, u32 hash) {
  nh_res_table& t = *g.res_table;
  nh_res_bucket& b = t.buckets[hash % t.buckets.size()];
  b.used_time = t.ns.w.now();
  return *b.nh_entry->nh;
}

}  // namespace

const nexthop& nexthop_select_path(const nexthop& nh, u32 hash) {
  const nh_group& g = *nh.group;
  return g.resilient() ? select_path_res(g, hash) : select_path_hthr(g, static_cast<s32>(hash));
}

// ---- checks

namespace {

std::vector<nexthop_grp> entries_of(nla group) {
  std::vector<nexthop_grp> r(group.len() / sizeof(nexthop_grp));
  std::memcpy(r.data(), group.payload().data(), r.size() * sizeof(nexthop_grp));
  return r;
}

// Whether `nh` may be in a group of `npaths`.
status valid_group_nh(const nexthop& nh, size_t npaths) {
  if (nh.is_group())
    return err(EINVAL, nh.group->resilient()
                           ? "Resilient group can not be a nexthop within a group"
                           : "Hash-threshold group can not be a nexthop within a group");
  if (nh.info->reject_nh && npaths > 1)
    return err(EINVAL, "Blackhole nexthop can not be used in a group with more than 1 path");
  return {};
}

status check_entry(std::span<const nexthop_grp> all, size_t i) {
  if (all[i].resvd1 || all[i].resvd2)
    return err(EINVAL, "Reserved fields in nexthop_grp must be 0");
  if (all[i].weight > 254) return err(EINVAL, "Invalid value for weight");
  for (size_t j = i + 1; j < all.size(); ++j)
    if (all[i].id == all[j].id) return err(EINVAL, "Nexthop id can not be used twice in a group");
  return {};
}

status check_member(const net& n, u32 id, size_t npaths, bool fdb) {
  const nexthop* nh = nexthop_find_by_id(n, id);
  if (!nh) return err(EINVAL, "Invalid nexthop id");
  if (auto s = valid_group_nh(*nh, npaths); !s) return s;
  if (fdb && !nexthop_is_fdb(*nh))
    return err(EINVAL, "FDB nexthop group can only have fdb nexthops");
  if (!fdb && nexthop_is_fdb(*nh))
    return err(EINVAL, "Non FDB nexthop group cannot have fdb nexthops");
  return {};
}

}  // namespace

status nh_check_attr_group(const net& n, nla group, bool fdb) {
  if (!group.len() || group.len() % sizeof(nexthop_grp))
    return err(EINVAL, "Invalid length for nexthop group attribute");
  const auto all = entries_of(group);
  for (size_t i = 0; i < all.size(); ++i)
    if (auto s = check_entry(all, i); !s) return s;
  for (const nexthop_grp& e : all)
    if (auto s = check_member(n, e.id, all.size(), fdb); !s) return s;
  return {};
}

// ---- changes

namespace {

std::unique_ptr<nh_group> make_group(size_t size, bool fdb) {
  auto g = std::make_unique<nh_group>();
  g->fdb_nh = fdb;
  g->entries = std::vector<nh_grp_entry>(size);
  return g;
}

void set_entry(nh_grp_entry& e, nexthop& parent, nexthop& member, u8 weight) {
  e.nh = ref<nexthop>(&member);
  e.nh_parent = &parent;
  e.weight = weight;
  member.grp_list.push_front(e);
}

// Each member gets its share of the hash (nh_hthr_group_rebalance).
void nh_hthr_group_rebalance(nh_group& g) {
  u64 total = 0, so_far = 0;
  for (const nh_grp_entry& e : g.entries) total += e.weight;
  for (nh_grp_entry& e : g.entries) {
    so_far += e.weight;
    e.upper_bound = static_cast<s32>(((so_far << 31) + total / 2) / total - 1);
  }
}

}  // namespace

result<ref<nexthop>> nexthop_create_group(net& n, const nh_config& cfg) {
  const auto wanted = entries_of(cfg.nh_grp);
  ref<nexthop> nh(new nexthop(n));
  nh->group = make_group(wanted.size(), cfg.nh_fdb);
  nh_group& g = *nh->group;
  for (size_t i = 0; i < wanted.size(); ++i)
    set_entry(g.entries[i], *nh, *nexthop_find_by_id(n, wanted[i].id),
              static_cast<u8>(wanted[i].weight + 1));
  if (cfg.nh_grp_type != NEXTHOP_GRP_TYPE_RES) {
    nh_hthr_group_rebalance(g);
    return nh;
  }
  g.res_table = std::make_unique<nh_res_table>(n, cfg.nh_id, cfg.res.num_buckets);
  g.res_table->protocol = cfg.nh_protocol;
  g.res_table->idle_timer = cfg.res.idle_timer;
  g.res_table->unbalanced_timer = cfg.res.unbalanced_timer;
  return nh;
}

status nh_group_start(nexthop& nh, const nh_config& cfg) {
  nh_group& g = *nh.group;
  if (!g.resilient()) return {};
  if (!cfg.res.has_num_buckets)
    return err(EINVAL, "Number of buckets not specified for nexthop group insertion");
  nh_res_group_rebalance(g, *g.res_table);
  nh_res_table_upkeep(*g.res_table, false);
  return {};
}

status replace_nexthop_grp(nexthop& old, nexthop& fresh, const nh_config& cfg) {
  if (!fresh.is_group()) return err(EINVAL, "Can not replace a nexthop group with a nexthop.");
  nh_group &was = *old.group, &will = *fresh.group;
  if (was.resilient() != will.resilient())
    return err(EINVAL, "Can not replace a nexthop group with one of a different type.");
  if (will.resilient()) {
    nh_res_table& t = *was.res_table;
    if (cfg.res.has_num_buckets && cfg.res.num_buckets != t.buckets.size())
      return err(EINVAL, "Can not change number of buckets of a resilient nexthop group.");
    if (cfg.res.has_idle_timer) t.idle_timer = cfg.res.idle_timer;
    if (cfg.res.has_unbalanced_timer) t.unbalanced_timer = cfg.res.unbalanced_timer;
    replace_nexthop_grp_res(t, will);
    was.res_table.swap(will.res_table);
  }
  for (nh_grp_entry& e : will.entries) e.nh_parent = &old;
  old.group.swap(fresh.group);
  return {};
}

void remove_nh_grp_entry(nexthop& parent, const nexthop& member) {
  nh_group& was = *parent.group;
  auto will = make_group(was.entries.size() - 1, was.fdb_nh);
  size_t j = 0;
  for (nh_grp_entry& e : was.entries) {
    static_cast<list_node<nh_grp_tag>&>(e).unlink();
    if (e.nh.get() != &member) set_entry(will->entries[j++], parent, *e.nh, e.weight);
  }
  if (was.resilient()) {
    replace_nexthop_grp_res(*was.res_table, *will);
    will->res_table = std::move(was.res_table);
  } else {
    nh_hthr_group_rebalance(*will);
  }
  parent.group = std::move(will);
}

void remove_nexthop_group(nexthop& nh) {
  for (nh_grp_entry& e : nh.group->entries) static_cast<list_node<nh_grp_tag>&>(e).unlink();
  if (nh.group->resilient()) nh.ns.c.timers.del(*nh.group->res_table);
}

}  // namespace linnet
