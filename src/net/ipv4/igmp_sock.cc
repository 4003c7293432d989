// Memberships of sockets: groups, sources and whole filters, and which packets pass them.
#include <algorithm>

#include "net/core/net_device.hh"
#include "net/ipv4/igmp.hh"
#include "net/ipv4/ip_mc_membership.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {
namespace {

be32 group_of(const ip_mreqn& m) { return be32::from_raw(m.imr_multiaddr.s_addr); }

in_device* inetdev_by_index(const net& n, int ifindex) {
  const net_device* dev = dev_get_by_index(n, ifindex);
  return dev ? in_dev_get(*dev) : nullptr;
}

// The device that is meant: by index, by an address of ours, or by a route to the group (ip_mc_find_dev). Enters its
// index.
in_device* find_dev(net& n, ip_mreqn& m) {
  if (m.imr_ifindex) return inetdev_by_index(n, m.imr_ifindex);
  const net_device* dev = nullptr;
  if (m.imr_address.s_addr) {
    dev = ip_dev_find(n, be32::from_raw(m.imr_address.s_addr));
  } else {
    flowi4 fl;
    fl.daddr = group_of(m);
    const auto rt = ip_route_output_key(n, fl);
    dev = rt ? (*rt)->dev : nullptr;
  }
  if (!dev) return nullptr;
  m.imr_ifindex = dev->ifindex;
  return in_dev_get(*dev);
}

std::span<const be32> sources_of(const ip_mc_socklist& e) {
  return e.sflist ? std::span<const be32>(*e.sflist) : std::span<const be32>();
}

// Takes the membership's filter from the group's (ip_mc_leave_src).
void leave_src(const ip_mc_socklist& e, in_device* in) {
  if (in && in->mc) (void)ip_mc_del_src(*in->mc, group_of(e.multi), e.sfmode, sources_of(e), false);
}

}  // namespace

void igmp_net_init(net& n) {
  ipv4_of(n).mc_autojoin = {new ip_mc_memberships(n), [](ip_mc_memberships* m) { delete m; }};
}

const ip_mc_socklist* ip_mc_memberships::find(const ip_mreqn& m) const {
  const auto it = std::ranges::find_if(list_, [&](const ip_mc_socklist& e) {
    return group_of(e.multi) == group_of(m) && e.multi.imr_ifindex == m.imr_ifindex;
  });
  return it == list_.end() ? nullptr : &*it;
}

ip_mc_socklist* ip_mc_memberships::find(const ip_mreqn& m) {
  return const_cast<ip_mc_socklist*>(std::as_const(*this).find(m));
}

status ip_mc_memberships::join_group(ip_mreqn m, u32 mode) {
  if (!ipv4_is_multicast(group_of(m))) return err(EINVAL);
  in_device* in = find_dev(ns_, m);
  if (!in) return err(ENODEV);
  if (find(m)) return err(EADDRINUSE);
  const s64 most = ipv4_of(ns_).sysctl_igmp_max_memberships;
  if (std::ranges::distance(list_) >= most) return err(ENOBUFS);
  list_.push_front({.multi = m, .sfmode = mode, .sflist = {}});
  ip_mc_inc_group(*in, group_of(m), mode);
  return {};
}

status ip_mc_memberships::leave_group(ip_mreqn m) {
  const be32 group = group_of(m);
  in_device* in = find_dev(ns_, m);
  if (!m.imr_ifindex && !m.imr_address.s_addr && !in) return err(ENODEV);
  const auto meant = [&](const ip_mc_socklist& e) {
    if (group_of(e.multi) != group) return false;
    if (m.imr_ifindex) return e.multi.imr_ifindex == m.imr_ifindex;
    return !m.imr_address.s_addr || e.multi.imr_address.s_addr == m.imr_address.s_addr;
  };
  auto before = list_.before_begin(), it = list_.begin();
  while (it != list_.end() && !meant(*it)) before = it++;
  if (it == list_.end()) return err(EADDRNOTAVAIL);
  const ip_mc_socklist gone = std::move(*it);
  list_.erase_after(before);
  leave_src(gone, in);
  if (in) ip_mc_dec_group(*in, group);
  return {};
}

status ip_mc_memberships::source(bool add, u32 omode, ip_mreqn m, be32 addr) {
  const be32 group = group_of(m);
  if (!ipv4_is_multicast(group)) return err(EINVAL);
  const in_device* in = find_dev(ns_, m);
  if (!in) return err(ENODEV);
  ip_mc_socklist* e = find(m);
  if (!e || !in->mc) return err(EINVAL);
  ip_mc_device& d = *in->mc;
  if (e->sfmode != omode) {
    if (e->sflist) return err(EINVAL);
    // An empty filter may change its kind.
    (void)ip_mc_add_src(d, group, omode, {}, false);
    (void)ip_mc_del_src(d, group, e->sfmode, {}, false);
    e->sfmode = omode;
  }
  const std::span one(&addr, 1);
  if (!add) {
    if (!e->sflist) return err(EADDRNOTAVAIL);
    const auto it = std::ranges::find(*e->sflist, addr);
    if (it == e->sflist->end()) return err(EADDRNOTAVAIL);
    // To include nothing is to leave.
    if (e->sflist->size() == 1 && omode == MCAST_INCLUDE) return leave_group(m);
    (void)ip_mc_del_src(d, group, omode, one, true);
    e->sflist->erase(it);
    return {};
  }
  const s64 most = ipv4_of(ns_).sysctl_igmp_max_msf;
  if (e->sflist && static_cast<s64>(e->sflist->size()) >= most) return err(ENOBUFS);
  if (!e->sflist) e->sflist.emplace();
  if (std::ranges::count(*e->sflist, addr)) return err(EADDRNOTAVAIL);
  e->sflist->push_back(addr);
  (void)ip_mc_add_src(d, group, omode, one, true);
  return {};
}

status ip_mc_memberships::msfilter(ip_mreqn m, u32 fmode, std::vector<be32> sources) {
  if (!ipv4_is_multicast(group_of(m))) return err(EINVAL);
  if (fmode != MCAST_INCLUDE && fmode != MCAST_EXCLUDE) return err(EINVAL);
  in_device* in = find_dev(ns_, m);
  if (!in) return err(ENODEV);
  if (fmode == MCAST_INCLUDE && sources.empty()) return leave_group(m);
  ip_mc_socklist* e = find(m);
  if (!e || !in->mc) return err(EINVAL);
  if (status s = ip_mc_add_src(*in->mc, group_of(m), fmode, sources, false); !s) return s;
  leave_src(*e, in);
  e->sflist.reset();
  if (!sources.empty()) e->sflist = std::move(sources);
  e->sfmode = fmode;
  return {};
}

result<const ip_mc_socklist*> ip_mc_memberships::find_filter(ip_mreqn m) const {
  if (!ipv4_is_multicast(group_of(m))) return err(EINVAL);
  if (!find_dev(ns_, m)) return err(ENODEV);
  const ip_mc_socklist* e = find(m);
  if (!e) return err(EADDRNOTAVAIL);
  return e;
}

result<const ip_mc_socklist*> ip_mc_memberships::find_filter_on(be32 group, int ifindex) const {
  if (!ipv4_is_multicast(group)) return err(EINVAL);
  const ip_mc_socklist* e =
      find({.imr_multiaddr = {group.raw()}, .imr_address = {}, .imr_ifindex = ifindex});
  if (!e) return err(EADDRNOTAVAIL);
  return e;
}

void ip_mc_memberships::drop() {
  while (!list_.empty()) {
    const ip_mc_socklist gone = std::move(list_.front());
    list_.pop_front();
    in_device* in = inetdev_by_index(ns_, gone.multi.imr_ifindex);
    leave_src(gone, in);
    if (in) ip_mc_dec_group(*in, group_of(gone.multi));
  }
}

bool ip_mc_memberships::sf_allow(be32 daddr, be32 saddr, int dif, int sdif, bool otherwise) const {
  if (!ipv4_is_multicast(daddr)) return true;
  const auto it = std::ranges::find_if(list_, [&](const ip_mc_socklist& e) {
    const int on = e.multi.imr_ifindex;
    return group_of(e.multi) == daddr && (on == dif || (sdif && on == sdif));
  });
  if (it == list_.end()) return otherwise;
  const bool listed = std::ranges::count(sources_of(*it), saddr) > 0;
  return it->sflist && it->sfmode == MCAST_INCLUDE ? listed
                                                   : it->sfmode == MCAST_EXCLUDE && !listed;
}

}  // namespace linnet
