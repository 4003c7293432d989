// Which of the host's addresses to use, and whose an address is.
#include <algorithm>

#include "net/core/l3mdev.hh"
#include "net/ipv4/devinet.hh"
#include "net/ipv4/ip_fib.hh"

namespace linnet {

namespace {

// With route_localnet, addresses of host scope count as link-wide ones.
u8 localnet_scope(const in_device& in) {
  return in_dev_orconf(in, IPV4_DEVCONF_ROUTE_LOCALNET) ? u8{RT_SCOPE_LINK} : u8{RT_SCOPE_HOST};
}

be32 select_in_dev(const in_device& in, int scope) {
  for (const auto& a : in.ifa_list)
    if (!(a->ifa_flags & IFA_F_SECONDARY) && a->ifa_scope != RT_SCOPE_LINK && a->ifa_scope <= scope)
      return a->ifa_local;
  return {};
}

// confirm_addr_indev: `local` (or any) such that `dst` and it are in one of the device's subnets.
be32 confirm_in_dev(const in_device& in, be32 dst, be32 local, int scope) {
  const u8 limit = localnet_scope(in);
  be32 addr;
  bool same = false;
  for (const auto& a : in.ifa_list) {
    const int min_scope = std::min(a->ifa_scope, limit);
    if (!addr && (!local || local == a->ifa_local) && min_scope <= scope) {
      addr = a->ifa_local;
      if (same) break;
    }
    if (same) continue;
    same = (!local || inet_ifa_match(local, *a)) && (!dst || inet_ifa_match(dst, *a));
    if (!same || !addr) continue;
    if (local || !dst || inet_ifa_match(addr, *a)) break;
    if (min_scope <= scope) {  // another source, in the subnet of dst
      addr = a->ifa_local;
      break;
    }
    same = false;
  }
  return same ? addr : be32();
}

}  // namespace

be32 inet_select_addr(const net_device& dev, be32 dst, int scope) {
  be32 addr;
  if (const in_device* in = in_dev_get(dev)) {
    const u8 limit = localnet_scope(*in);
    for (const auto& a : in->ifa_list) {
      if ((a->ifa_flags & IFA_F_SECONDARY) || std::min(a->ifa_scope, limit) > scope) continue;
      if (!dst || inet_ifa_match(dst, *a)) return a->ifa_local;
      if (!addr) addr = a->ifa_local;
    }
  }
  if (addr) return addr;
  // None of its own: its VRF's, or any other device's of the same VRF or of none that is valid there; loopback is the
  // first.
  const net_device* master = l3mdev_master_dev(dev);
  if (const in_device* in = master ? in_dev_get(*master) : nullptr)
    if (be32 a = select_in_dev(*in, scope)) return a;
  for (const auto& [index, other] : dev.nd_net->dev_base)
    if (const in_device* in = in_dev_get(*other); in && l3mdev_master_dev(*other) == master)
      if (be32 a = select_in_dev(*in, scope)) return a;
  return {};
}

be32 inet_confirm_addr(const net& n, in_device* in, be32 dst, be32 local, int scope) {
  if (in) return confirm_in_dev(*in, dst, local, scope);
  for (const auto& [index, dev] : n.dev_base)
    if (const in_device* i = in_dev_get(*dev))
      if (be32 a = confirm_in_dev(*i, dst, local, scope)) return a;
  return {};
}

bool inet_addr_onlink(const in_device& in, be32 a, be32 b) {
  return std::any_of(in.ifa_list.begin(), in.ifa_list.end(), [&](auto& ifa) {
    return !(ifa->ifa_flags & IFA_F_SECONDARY) && inet_ifa_match(a, *ifa) &&
           (!b || inet_ifa_match(b, *ifa));
  });
}

const in_ifaddr* inet_lookup_ifaddr(const net& n, be32 addr) {
  // Of several holders the one that got the address last, as Linux's hash chain gives.
  if (const auto* t = ipv4_of(n).devinet.get())
    if (auto it = t->addrs.find(addr.raw()); it != t->addrs.end()) return it->second.back();
  return nullptr;
}

net_device* ip_dev_find(const net& n, be32 addr) {
  if (const in_ifaddr* ifa = inet_lookup_ifaddr(n, addr)) return ifa->ifa_dev->dev;
  // Not an address, but local all the same (127.0.0.2, local routes).
  flowi4 fl;
  fl.daddr = addr;
  auto r = fib_table_lookup(const_cast<net&>(n), RT_TABLE_LOCAL, fl);
  if (r && r->type == RTN_LOCAL && r->nh) return r->nh->dev.get();
  return nullptr;
}

}  // namespace linnet
