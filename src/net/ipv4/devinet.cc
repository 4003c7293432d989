// IPv4 addresses of devices: adding and removing them with primaries and secondaries, and what happens to
// them as devices come, go and change. Messages go out before the routes that follow, so that listeners know
// the address when they see its routes.
#include "net/ipv4/devinet.hh"

#include <algorithm>

#include "net/ipv4/arp.hh"
#include "net/ipv4/ip_fib.hh"

namespace linnet {

namespace {

using ifa_ptr = std::unique_ptr<in_ifaddr>;

bool secondary(const in_ifaddr& a) { return a.ifa_flags & IFA_F_SECONDARY; }

bool same_subnet(const in_ifaddr& a, const in_ifaddr& of) {
  return a.ifa_mask == of.ifa_mask && inet_ifa_match(of.ifa_address, a);
}

void hash_remove(net& n, const in_ifaddr& a) {
  devinet_table& t = devinet_of(n);
  auto it = t.addrs.find(a.ifa_local.raw());
  std::erase(it->second, &a);
  if (it->second.empty()) t.addrs.erase(it);
}

size_t index_of(const in_device& in, const in_ifaddr& a) {
  auto it = std::ranges::find(in.ifa_list, &a, &ifa_ptr::get);
  return static_cast<size_t>(it - in.ifa_list.begin());
}

ifa_ptr take(in_device& in, size_t i) {
  ifa_ptr p = std::move(in.ifa_list[i]);
  in.ifa_list.erase(in.ifa_list.begin() + static_cast<std::ptrdiff_t>(i));
  hash_remove(*in.dev->nd_net, *p);
  return p;
}

void announce_deleted(in_ifaddr& a, const nl_request* rq) {
  rtmsg_ifa(RTM_DELADDR, a, rq);
  fib_inetaddr_event(a, false);
}

// The secondaries of a primary that goes: deleted with it, or, when the device promotes, the first of them is
// returned to take its place; `apart`: others stand between the two.
struct successor {
  in_ifaddr* next = nullptr;
  bool apart = false;
};

successor drop_secondaries(in_device& in, in_ifaddr& prim, bool promoting, const nl_request* rq) {
  successor r;
  for (size_t i = index_of(in, prim) + 1; i < in.ifa_list.size();) {
    in_ifaddr& a = *in.ifa_list[i];
    if (!secondary(a) || !same_subnet(a, prim)) {
      r.apart = true;
      ++i;
      continue;
    }
    if (promoting) {
      r.next = &a;
      return r;
    }
    ifa_ptr gone = take(in, i);
    announce_deleted(*gone, rq);
  }
  return r;
}

// The address behind which a promoted one goes: the last primary of no narrower scope than `prim`'s that
// follows it, or the first address.
const in_ifaddr* last_primary(const in_device& in, const in_ifaddr& prim) {
  const in_ifaddr* r = in.ifa_list.front().get();
  for (size_t i = index_of(in, prim) + 1; i < in.ifa_list.size(); ++i)
    if (const in_ifaddr& a = *in.ifa_list[i]; !secondary(a) && prim.ifa_scope <= a.ifa_scope)
      r = &a;
  return r == &prim ? nullptr : r;
}

// Makes `a` the primary in place of `old`; the other secondaries' routes are written anew with its address as
// their source.
void promote(in_device& in, in_ifaddr& a, const in_ifaddr& old, const in_ifaddr* behind, bool move,
             const nl_request* rq) {
  size_t from = index_of(in, a);
  std::vector<in_ifaddr*> rest;
  for (size_t i = from + 1; i < in.ifa_list.size(); ++i)
    if (same_subnet(*in.ifa_list[i], old)) rest.push_back(in.ifa_list[i].get());
  if (move) {
    ifa_ptr p = std::move(in.ifa_list[from]);
    in.ifa_list.erase(in.ifa_list.begin() + static_cast<std::ptrdiff_t>(from));
    size_t to = behind ? index_of(in, *behind) + 1 : 0;
    in.ifa_list.insert(in.ifa_list.begin() + static_cast<std::ptrdiff_t>(to), std::move(p));
  }
  a.ifa_flags &= ~u32{IFA_F_SECONDARY};
  rtmsg_ifa(RTM_NEWADDR, a, rq);
  fib_inetaddr_event(a, true);
  for (in_ifaddr* s : rest) fib_add_ifaddr(*s);
}

bool inetdev_valid_mtu(u32 mtu) { return mtu >= 68; }

void inetdev_destroy(in_device& in) {
  net_device& dev = *in.dev;
  net& n = *dev.nd_net;
  ref<in_device> hold(&in);
  in.dead = true;
  ip_mc_destroy_dev(in);
  while (!in.ifa_list.empty()) (void)inet_del_ifa(in, *in.ifa_list.front());
  dev.ip_ptr = nullptr;
  inet_netconf_notify_devconf(n, RTM_DELNETCONF, 0, dev.ifindex, nullptr);
  if (auto* tbl = ipv4_of(n).arp_tbl.get()) neigh_ifdown(*tbl, dev);
  in.arp_parms.reset();
  devinet_of(n).idevs.erase(&dev);
}

void gratuitous_arp(net_device& dev, const in_device& in) {
  for (const auto& a : in.ifa_list)
    arp_send(ARPOP_REQUEST, a->ifa_local, dev, a->ifa_local, nullptr, dev.dev_addr.data(), nullptr);
}

void loopback_up(in_device& in) {
  auto a = std::make_unique<in_ifaddr>();
  a->ifa_dev = &in;
  a->ifa_local = a->ifa_address = be32(0x7f000001);
  a->ifa_prefixlen = 8;
  a->ifa_mask = inet_make_mask(8);
  a->ifa_scope = RT_SCOPE_HOST;
  a->ifa_label = in.dev->name;
  set_ifa_lifetime(*a, INFINITY_LIFE_TIME, INFINITY_LIFE_TIME, in.dev->nd_net->w.now());
  ipv4_devconf_setall(in);
  (void)inet_insert_ifa(std::move(a));
}

// Labels follow the device's name: the first becomes it, the others keep what stands after the colon, or
// are numbered.
void changename(const net_device& dev, in_device& in) {
  int named = 0;
  for (auto& a : in.ifa_list) {
    std::string old = std::exchange(a->ifa_label, dev.name);
    if (named++ > 0) {
      size_t colon = old.find(':');
      std::string tail = colon == old.npos ? ":" + std::to_string(named) : old.substr(colon);
      if (a->ifa_label.size() + tail.size() >= IFNAMSIZ)
        a->ifa_label.resize(IFNAMSIZ - 1 - std::min<size_t>(tail.size(), IFNAMSIZ - 1));
      a->ifa_label += tail;
    }
    rtmsg_ifa(RTM_NEWADDR, *a, nullptr);
  }
}

void inetdev_event(net_device& dev, netdev_event e) {
  in_device* in = dev.ip_ptr;
  if (!in) {
    if (e == netdev_event::registered ||
        (e == netdev_event::changemtu && inetdev_valid_mtu(dev.mtu)))
      in = inetdev_init(dev);
    if (in && e == netdev_event::registered && (dev.flags & IFF_LOOPBACK)) {
      in->cnf.set(IPV4_DEVCONF_NOXFRM, 1);
      in->cnf.set(IPV4_DEVCONF_NOPOLICY, 1);
    }
    return;
  }
  bool notify = in_dev_maxconf(*in, IPV4_DEVCONF_ARP_NOTIFY) > 0;
  switch (e) {
    case netdev_event::up:
      if (!inetdev_valid_mtu(dev.mtu)) break;
      if (dev.flags & IFF_LOOPBACK) loopback_up(*in);
      ip_mc_up(*in);
      if (notify) gratuitous_arp(dev, *in);
      break;
    case netdev_event::down: ip_mc_down(*in); break;
    case netdev_event::changeaddr:
      if (notify && dev.up()) gratuitous_arp(dev, *in);
      break;
    case netdev_event::changemtu:
      if (!inetdev_valid_mtu(dev.mtu)) inetdev_destroy(*in);
      break;
    case netdev_event::unregister: inetdev_destroy(*in); break;
    case netdev_event::changename:
      changename(dev, *in);
      inet_netconf_notify_devconf(*dev.nd_net, RTM_DELNETCONF, 0, dev.ifindex, nullptr);
      inet_netconf_notify_devconf(*dev.nd_net, RTM_NEWNETCONF, NETCONFA_ALL, dev.ifindex, &in->cnf);
      break;
    default: break;
  }
}

}  // namespace

in_device* inetdev_init(net_device& dev) {
  if (dev.ip_ptr) return dev.ip_ptr;
  net& n = *dev.nd_net;
  if (!n.ipv4) return nullptr;
  netns_ipv4& v4 = ipv4_of(n);
  ref<in_device> in(new in_device(dev));
  in->cnf = v4.devconf_dflt;
  if (v4.arp_tbl) in->arp_parms = neigh_parms_alloc(dev, *v4.arp_tbl);
  devinet_of(n).idevs.emplace(&dev, in);
  dev.ip_ptr = in.get();
  inet_netconf_notify_devconf(n, RTM_NEWNETCONF, NETCONFA_ALL, dev.ifindex, &in->cnf);
  if (dev.up()) ip_mc_up(*in);
  return in.get();
}

status inet_insert_ifa(std::unique_ptr<in_ifaddr> ifa, const nl_request* rq) {
  if (!ifa->ifa_local) return {};
  in_device& in = *ifa->ifa_dev;
  net& n = *in.dev->nd_net;
  ifa->ifa_flags &=
      ~u32{IFA_F_SECONDARY | IFA_F_TENTATIVE | IFA_F_OPTIMISTIC | IFA_F_DADFAILED | IFA_F_NODAD |
           IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_STABLE_PRIVACY};
  size_t last_primary = 0;
  for (size_t i = 0; i < in.ifa_list.size(); ++i) {
    const in_ifaddr& a = *in.ifa_list[i];
    if (!secondary(a) && ifa->ifa_scope <= a.ifa_scope) last_primary = i + 1;
    if (!same_subnet(*ifa, a)) continue;
    if (a.ifa_local == ifa->ifa_local) return err(EEXIST);
    if (a.ifa_scope != ifa->ifa_scope) return err(EINVAL);
    ifa->ifa_flags |= IFA_F_SECONDARY;
  }
  in_ifaddr& a = *ifa;
  size_t at = secondary(a) ? in.ifa_list.size() : last_primary;
  in.ifa_list.insert(in.ifa_list.begin() + static_cast<std::ptrdiff_t>(at), std::move(ifa));
  devinet_of(n).addrs[a.ifa_local.raw()].push_back(&a);
  if (!(a.ifa_flags & IFA_F_PERMANENT)) check_lifetime_soon(n);
  rtmsg_ifa(RTM_NEWADDR, a, rq);
  fib_inetaddr_event(a, true);
  return {};
}

status inet_del_ifa(in_device& in, in_ifaddr& ifa, const nl_request* rq) {
  const bool promoting = in_dev_promote_secondaries(in);
  successor heir;
  const in_ifaddr* behind = nullptr;
  if (!in.dead && !secondary(ifa)) {
    heir = drop_secondaries(in, ifa, promoting, rq);
    behind = last_primary(in, ifa);
  }
  // Routes of the secondaries that stay go silently while all addresses are still there.
  if (heir.next)
    for (size_t i = index_of(in, *heir.next); i < in.ifa_list.size(); ++i)
      if (same_subnet(*in.ifa_list[i], ifa)) fib_del_ifaddr(*in.ifa_list[i], &ifa);
  ifa_ptr gone = take(in, index_of(in, ifa));
  announce_deleted(*gone, rq);
  if (heir.next) promote(in, *heir.next, *gone, behind, heir.apart, rq);
  return {};
}

devinet_table& devinet_of(net& n) {
  auto& p = ipv4_of(n).devinet;
  if (!p) p = pernet_ptr<devinet_table>(new devinet_table(n), [](devinet_table* t) { delete t; });
  return *p;
}

void devinet_init(world& w) {
  w.netdev_chain.push_back(inetdev_event);
  devinet_netlink_init(w);
  netconf_init(w);
  devinet_conf_init(w);
}

}  // namespace linnet
