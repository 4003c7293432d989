// A namespace's nexthop objects: made, replaced and removed by request, and removed with their devices. Who changes an
// object here also tells its routes (nexthop_changed), so that lookups never ask it for what it has become.
#include "net/ipv4/nexthop.hh"

#include "net/core/l3mdev.hh"
#include "net/core/rtnetlink.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/nexthop_group.hh"

namespace linnet {

nexthop::nexthop(net& n) : ns(n) {}

nexthop::~nexthop() {
  if (info) fib_nh_flush_routes(ns, info->fib_nh);
}

nexthop_table& nexthops_of(const net& n) { return *n.ipv4->nexthop; }

nexthop* nexthop_find_by_id(const net& n, u32 id) {
  const auto& all = nexthops_of(n).by_id;
  const auto it = all.find(id);
  return it == all.end() ? nullptr : it->second.get();
}

// ---- making one

namespace {

status nh_create_ipv4(net& n, nexthop& nh, const nh_config& cfg) {
  fib_nh& f = nh.info->fib_nh;
  rtnh_gateway gw;
  if (cfg.gw) gw = {AF_INET, cfg.gw};
  fib_nh_init(f, cfg.nh_flags, cfg.nh_ifindex, gw, 1);
  f.lwtstate = cfg.encap;
  f.scope = RT_SCOPE_LINK;
  if (cfg.nh_fdb) return {};
  const u32 table = cfg.dev ? l3mdev_fib_table(*cfg.dev) : u32{RT_TABLE_MAIN};
  if (auto s = fib_check_nh(n, f, table, RT_SCOPE_UNIVERSE); !s) return s;
  nh.nh_flags = static_cast<u8>(f.flags);
  fib_info_update_nhc_saddr(n, f, f.scope ? static_cast<u8>(f.scope - 1) : u8{0});
  return {};
}

result<ref<nexthop>> nexthop_create(net& n, nh_config& cfg) {
  ref<nexthop> nh(new nexthop(n));
  nh->info = std::make_unique<nh_info>();
  nh_info& info = *nh->info;
  info.nh_parent = nh.get();
  info.family = cfg.nh_family;
  info.fdb_nh = cfg.nh_fdb;
  info.reject_nh = cfg.nh_blackhole;
  if (cfg.nh_blackhole) cfg.nh_ifindex = n.loopback_dev->ifindex;
  if (cfg.nh_family == AF_INET6) return err(EAFNOSUPPORT, "IPv6 support not enabled in kernel");
  if (auto s = nh_create_ipv4(n, *nh, cfg); !s) return std::unexpected(s.error());
  return nh;
}

void hash_by_dev(nexthop_table& t, nh_info& info) {
  if (info.fib_nh.dev) t.by_dev[info.fib_nh.dev.get()].push_front(info);
}

void unhash_by_dev(nexthop_table& t, nh_info& info) {
  if (!info.linked()) return;
  info.unlink();
  const auto it = t.by_dev.find(info.fib_nh.dev.get());
  if (it != t.by_dev.end() && it->second.empty()) t.by_dev.erase(it);
}

u32 nh_find_unused_id(nexthop_table& t) {
  const u32 start = t.last_id_allocated;
  while (++t.last_id_allocated != start)
    if (t.last_id_allocated && !t.by_id.contains(t.last_id_allocated)) return t.last_id_allocated;
  return 0;
}

void update_routes(const nexthop& nh) {
  for (fib_info& fi : const_cast<nexthop&>(nh).fi_list) fib_info_update_paths(fi);
}

// The object is another one than before: to its routes, and to those of the groups that it is in.
void nexthop_changed(const nexthop& nh) {
  update_routes(nh);
  for (const nh_grp_entry& e : nh.grp_list) update_routes(*e.nh_parent);
  rt_cache_flush(nh.ns);
}

// ---- replacing

// Whether all routes of `old` may become routes of `fresh`.
status fib_check_nh_list(const nexthop& old, const nexthop& fresh) {
  for (const fib_info& fi : old.fi_list)
    if (auto s = fib_check_nexthop(fresh, fi.scope); !s) return s;
  return {};
}

status replace_nexthop_single(nexthop& old, nexthop& fresh) {
  if (fresh.is_group()) return err(EINVAL, "Can not replace a nexthop with a nexthop group.");
  if (!old.grp_list.empty() && old.info->fdb_nh != fresh.info->fdb_nh)
    return err(EINVAL, "Cannot change nexthop FDB status while in a group");
  nexthop_table& t = nexthops_of(old.ns);
  unhash_by_dev(t, *old.info);
  fib_nh_flush_routes(old.ns, old.info->fib_nh);
  old.info.swap(fresh.info);
  old.info->nh_parent = &old;
  hash_by_dev(t, *old.info);
  old.protocol = fresh.protocol;
  old.nh_flags = fresh.nh_flags;
  return {};
}

status replace_nexthop(nexthop& old, nexthop& fresh, const nh_config& cfg) {
  if (auto s = fib_check_nh_list(old, fresh); !s) return s;
  const bool reject = fresh.info && fresh.info->reject_nh;
  for (const nh_grp_entry& e : old.grp_list) {
    if (reject && nexthop_num_path(*e.nh_parent) > 1)
      return err(EINVAL,
                 "Blackhole nexthop can not be a member of a group with more than one path");
    if (auto s = fib_check_nh_list(*e.nh_parent, fresh); !s) return s;
  }
  auto s =
      old.is_group() ? replace_nexthop_grp(old, fresh, cfg) : replace_nexthop_single(old, fresh);
  if (s) nexthop_changed(old);
  return s;
}

// ---- telling

void mark_routes(const nexthop& nh, bool updated) {
  for (fib_info& fi : const_cast<nexthop&>(nh).fi_list) fi.nh_updated = updated;
}

void tell_routes(const nexthop& nh, const nl_request* rq) {
  if (nh.fi_list.empty()) return;
  mark_routes(nh, true);
  fib_info_notify_update(nh.ns, rq);
  mark_routes(nh, false);
}

// Routes are told of anew to who does not know nexthop objects (nexthop_replace_notify).
void nexthop_replace_notify(const nexthop& nh, const nl_request* rq) {
  if (!ipv4_of(nh.ns).sysctl_nexthop_compat_mode) return;
  tell_routes(nh, rq);
  for (const nh_grp_entry& e : nh.grp_list) tell_routes(*e.nh_parent, rq);
}

status insert_nexthop(net& n, const ref<nexthop>& nh, const nh_config& cfg) {
  nexthop_table& t = nexthops_of(n);
  if (nexthop* old = nexthop_find_by_id(n, nh->id)) {
    if (!(cfg.nlflags & NLM_F_REPLACE)) return err(EEXIST);
    if (auto s = replace_nexthop(*old, *nh, cfg); !s) return s;
    ++t.seq;
    nexthop_notify(RTM_NEWNEXTHOP, *old, cfg.rq);
    nexthop_replace_notify(*old, cfg.rq);
    return {};
  }
  if ((cfg.nlflags & NLM_F_REPLACE) && !(cfg.nlflags & NLM_F_CREATE))
    return err(ENOENT, "Replace specified without create and no entry exists");
  if (nh->is_group())
    if (auto s = nh_group_start(*nh, cfg); !s) return s;
  t.by_id.emplace(nh->id, nh);
  if (nh->info) hash_by_dev(t, *nh->info);
  ++t.seq;
  nexthop_notify(RTM_NEWNEXTHOP, *nh, cfg.rq);
  return {};
}

}  // namespace

status nexthop_add(net& n, nh_config& cfg) {
  if ((cfg.nlflags & NLM_F_REPLACE) && !cfg.nh_id)
    return err(EINVAL, "Replace requires nexthop id");
  if (!cfg.nh_id) {
    cfg.nh_id = nh_find_unused_id(nexthops_of(n));
    if (!cfg.nh_id) return err(EINVAL, "No unused id");
  }
  auto nh = cfg.nh_grp ? nexthop_create_group(n, cfg) : nexthop_create(n, cfg);
  if (!nh) return std::unexpected(nh.error());
  (*nh)->id = cfg.nh_id;
  (*nh)->protocol = cfg.nh_protocol;
  return insert_nexthop(n, *nh, cfg);
}

// ---- removing

namespace {

// The routes by it are dead, and go.
void remove_nexthop_fib(nexthop& nh) {
  if (nh.fi_list.empty()) return;
  for (fib_info& fi : nh.fi_list) fi.flags |= RTNH_F_DEAD;
  fib_flush(nh.ns);
}

// A member leaves its groups; one that has no other goes, too.
void remove_nexthop_from_groups(nexthop& nh, const nl_request* rq) {
  std::vector<nexthop*> parents;
  for (const nh_grp_entry& e : nh.grp_list) parents.push_back(e.nh_parent);
  for (nexthop* parent : parents) {
    if (nexthop_num_path(*parent) == 1) {
      remove_nexthop(*parent, rq);
      continue;
    }
    remove_nh_grp_entry(*parent, nh);
    update_routes(*parent);
    if (rq) nexthop_notify(RTM_NEWNEXTHOP, *parent, rq);
  }
  if (!parents.empty()) rt_cache_flush(nh.ns);
}

void flush_dev(net_device& dev, bool unregister) {
  net& n = *dev.nd_net;
  auto& by_dev = nexthops_of(n).by_dev;
  const auto it = by_dev.find(&dev);
  if (it == by_dev.end()) return;
  std::vector<nexthop*> gone;
  for (nh_info& info : it->second)
    if (unregister || !info.reject_nh) gone.push_back(info.nh_parent);
  for (nexthop* nh : gone) remove_nexthop(*nh, nullptr);
}

void nh_netdev_event(net_device& dev, netdev_event event) {
  net& n = *dev.nd_net;
  if (!n.ipv4 || !n.ipv4->nexthop) return;
  switch (event) {
    case netdev_event::unregister: flush_dev(dev, true); break;
    case netdev_event::down: flush_dev(dev, false); break;
    case netdev_event::change:
      if (!(dev_get_flags(dev) & (IFF_RUNNING | IFF_LOWER_UP))) flush_dev(dev, false);
      break;
    default: break;
  }
}

void nexthop_net_init(net& n) {
  n.ipv4->nexthop =
      pernet_ptr<nexthop_table>(new nexthop_table, [](nexthop_table* t) { delete t; });
}

void nexthop_net_exit(net& n) {
  if (!n.ipv4 || !n.ipv4->nexthop) return;
  while (!nexthops_of(n).by_id.empty())
    remove_nexthop(*nexthops_of(n).by_id.begin()->second, nullptr);
  n.ipv4->nexthop.reset();
}

}  // namespace

void remove_nexthop(nexthop& gone, const nl_request* rq) {
  nexthop_table& t = nexthops_of(gone.ns);
  const ref<nexthop> nh(&gone);
  t.by_id.erase(nh->id);
  if (rq) nexthop_notify(RTM_DELNEXTHOP, *nh, rq);
  remove_nexthop_fib(*nh);
  if (nh->is_group()) {
    remove_nexthop_group(*nh);
  } else {
    unhash_by_dev(t, *nh->info);
    remove_nexthop_from_groups(*nh, rq);
  }
  ++t.seq;
}

void nexthop_init(world& w) {
  w.pernet.push_back({nexthop_net_init, nexthop_net_exit});
  nexthop_netlink_init(w);
}

void nexthop_netdev_init(world& w) { w.netdev_chain.push_back(nh_netdev_event); }

}  // namespace linnet
