// The ARP table as older programs speak to it: SIOCSARP, SIOCGARP, SIOCDARP with a struct arpreq (man 7 arp),
// which is what arp(8) uses. Published entries (ATF_PUBL) are proxy neighbours, or for the mask 0 the setting
// proxy_arp of a device or of all.
#include <linux/if_arp.h>
#include <linux/sockios.h>
#include <netinet/in.h>

#include <algorithm>

#include "net/ipv4/arp.hh"
#include "net/ipv4/route.hh"

namespace linnet {
namespace {

const_bytes key_of(const be32& a) { return std::as_bytes(std::span(&a, 1)); }

be32 addr_of(const sockaddr& in) {
  sockaddr_in a;
  std::memcpy(&a, &in, sizeof a);
  return be32::from_raw(a.sin_addr.s_addr);
}

neigh_table& table(net& n) { return *ipv4_of(n).arp_tbl; }

// The device that `addr` is reached by, without a gateway.
result<net_device*> onlink_device(net& n, be32 addr) {
  flowi4 fl;
  fl.daddr = addr;
  fl.scope = RT_SCOPE_LINK;
  auto rt = ip_route_output_key(n, fl);
  if (!rt) return std::unexpected(rt.error());
  return (*rt)->dev;
}

net_device* dev_getbyhwaddr(net& n, const sockaddr& ha) {
  for (auto& [index, dev] : n.dev_base)
    if (dev->type == ha.sa_family &&
        std::memcmp(dev->dev_addr.data(), ha.sa_data,
                    std::min<size_t>(dev->addr_len, sizeof ha.sa_data)) == 0)
      return dev.get();
  return nullptr;
}

status set_proxy(net& n, net_device* dev, bool on) {
  if (!dev) {
    ipv4_of(n).devconf_all.set(IPV4_DEVCONF_PROXY_ARP, on);
    return {};
  }
  in_device* in = in_dev_get(*dev);
  if (!in) return err(ENXIO);
  in->cnf.set(IPV4_DEVCONF_PROXY_ARP, on);
  in->cnf_state |= u64{1} << (IPV4_DEVCONF_PROXY_ARP - 1);
  return {};
}

bool is_host_mask(be32 m) { return m.raw() == 0xffffffff; }

status set_public(net& n, const arpreq& r, net_device* dev) {
  const be32 ip = addr_of(r.arp_pa), mask = addr_of(r.arp_netmask);
  if (mask && !is_host_mask(mask)) return err(EINVAL);
  if (!dev && (r.arp_flags & ATF_COM)) {
    dev = dev_getbyhwaddr(n, r.arp_ha);
    if (!dev) return err(ENODEV);
  }
  if (!mask) return set_proxy(n, dev, true);
  pneigh_create(table(n), key_of(ip), dev);
  return {};
}

status delete_public(net& n, const arpreq& r, net_device* dev) {
  const be32 ip = addr_of(r.arp_pa), mask = addr_of(r.arp_netmask);
  if (is_host_mask(mask)) return pneigh_delete(table(n), key_of(ip), dev);
  if (mask) return err(EINVAL);
  return set_proxy(n, dev, false);
}

status arp_req_set(net& n, const arpreq& r, net_device* dev) {
  if (r.arp_flags & ATF_PUBL) return set_public(n, r, dev);
  const be32 ip = addr_of(r.arp_pa);
  if (!dev) {
    auto by = onlink_device(n, ip);
    if (!by) return std::unexpected(by.error());
    dev = *by;
  }
  if (r.arp_ha.sa_family != dev->type) return err(EINVAL);
  neighbour* e = neigh_lookup(table(n), key_of(ip), *dev);
  if (!e) {
    auto made = neigh_create(table(n), key_of(ip), *dev);
    if (!made) return err(made.error().code);
    e = *made;
  }
  const bool perm = r.arp_flags & ATF_PERM;
  const bool complete = perm || (r.arp_flags & ATF_COM);
  return neigh_update(*e, complete ? reinterpret_cast<const u8*>(r.arp_ha.sa_data) : nullptr,
                      perm ? NUD_PERMANENT : NUD_STALE,
                      NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_ADMIN, 0);
}

status arp_req_delete(net& n, const arpreq& r, net_device* dev) {
  if (r.arp_flags & ATF_PUBL) return delete_public(n, r, dev);
  const be32 ip = addr_of(r.arp_pa);
  if (!dev) {
    auto by = onlink_device(n, ip);
    if (!by) return std::unexpected(by.error());
    dev = *by;
  }
  return arp_invalidate(*dev, ip, true);
}

int state_to_flags(const neighbour& n) {
  if (n.nud_state & NUD_PERMANENT) return ATF_PERM | ATF_COM;
  return n.nud_state & NUD_VALID_ ? ATF_COM : 0;
}

status arp_req_get(net& n, arpreq& r, net_device& dev) {
  const be32 ip = addr_of(r.arp_pa);
  const neighbour* e = neigh_lookup(table(n), key_of(ip), dev);
  if (!e || (e->nud_state & NUD_NOARP)) return err(ENXIO);
  std::memcpy(r.arp_ha.sa_data, e->ha.data(),
              std::min<size_t>(dev.addr_len, sizeof r.arp_ha.sa_data));
  r.arp_flags = state_to_flags(*e);
  r.arp_ha.sa_family = dev.type;
  std::memset(r.arp_dev, 0, sizeof r.arp_dev);
  std::copy_n(dev.name.begin(), std::min(dev.name.size(), sizeof r.arp_dev - 1), r.arp_dev);
  return {};
}

}  // namespace

status arp_invalidate(net_device& dev, be32 addr, bool force) {
  neighbour* found = neigh_lookup(table(*dev.nd_net), key_of(addr), dev);
  if (!found) return err(ENXIO);
  ref<neighbour> e(found);
  if ((e->nud_state & NUD_VALID_) && !force) return {};
  status s = err(ENXIO);
  if (e->nud_state & ~NUD_NOARP)
    s = neigh_update(*e, nullptr, NUD_FAILED, NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_ADMIN, 0);
  if (!e->dead) neigh_remove(*e);
  return s;
}

result<int> arp_ioctl(net& n, const cred& who, unsigned cmd, bytes arg) {
  arpreq r;
  if (cmd != SIOCGARP && !who.net_admin) return err(EPERM);
  if (arg.size() < sizeof r) return err(EFAULT);
  std::memcpy(&r, arg.data(), sizeof r);
  if (r.arp_pa.sa_family != AF_INET) return err(EPFNOSUPPORT);
  if (!(r.arp_flags & ATF_PUBL) && (r.arp_flags & (ATF_NETMASK | ATF_DONTPUB))) return err(EINVAL);
  if (!(r.arp_flags & ATF_NETMASK)) {
    sockaddr_in all{};
    all.sin_addr.s_addr = 0xffffffff;
    std::memcpy(&r.arp_netmask, &all, sizeof all);
  }
  net_device* dev = nullptr;
  r.arp_dev[sizeof r.arp_dev - 1] = 0;
  if (r.arp_dev[0]) {
    dev = dev_get_by_name(n, r.arp_dev);
    if (!dev) return err(ENODEV);
    if (!r.arp_ha.sa_family) r.arp_ha.sa_family = dev->type;
    if ((r.arp_flags & ATF_COM) && r.arp_ha.sa_family != dev->type) return err(EINVAL);
  } else if (cmd == SIOCGARP) {
    return err(ENODEV);
  }
  const status done = cmd == SIOCSARP   ? arp_req_set(n, r, dev)
                      : cmd == SIOCDARP ? arp_req_delete(n, r, dev)
                                        : arp_req_get(n, r, *dev);
  if (!done) return std::unexpected(done.error());
  if (cmd == SIOCGARP) std::memcpy(arg.data(), &r, sizeof r);
  return 0;
}

}  // namespace linnet
