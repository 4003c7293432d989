// The routes that follow from addresses and devices. An address makes a local route to itself, and when its
// device is up a route to its prefix and to its broadcast addresses; secondaries share their primary's.
// Removing one takes only those that no other address implies.
#include "net/core/l3mdev.hh"
#include "net/core/neighbour.hh"
#include "net/ipv4/arp.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {

namespace {

// Adds or removes one of the kernel's own routes.
void fib_magic(int cmd, u8 type, be32 dst, u8 dst_len, const in_ifaddr& ifa, u32 priority) {
  net_device& dev = *ifa.ifa_dev->dev;
  net& n = *dev.nd_net;
  fib_config cfg;
  cfg.protocol = RTPROT_KERNEL;
  cfg.type = type;
  cfg.dst = dst;
  cfg.dst_len = dst_len;
  cfg.priority = priority;
  cfg.prefsrc = ifa.ifa_local;
  cfg.oif = dev.ifindex;
  cfg.nlflags = NLM_F_CREATE | NLM_F_APPEND;
  cfg.scope = type == RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_LINK;
  cfg.table = l3mdev_fib_table(dev);
  if (!cfg.table) cfg.table = type == RTN_UNICAST ? RT_TABLE_MAIN : RT_TABLE_LOCAL;
  fib_table& tb = fib_new_table(n, cfg.table);
  // A route that is there already (or isn't) is what was wanted.
  if (cmd == RTM_NEWROUTE)
    (void)fib_table_insert(n, tb, cfg);
  else
    (void)fib_table_delete(n, tb, cfg);
}

// The primary address of a prefix (inet_ifa_byprefix).
const in_ifaddr* primary_of(const in_device& in, be32 prefix, be32 mask) {
  for (auto& ifa : in.ifa_list)
    if (!(ifa->ifa_flags & IFA_F_SECONDARY) && ifa->ifa_mask == mask &&
        inet_ifa_match(prefix, *ifa))
      return ifa.get();
  return nullptr;
}

u8 prefix_type(const net_device& dev) { return dev.flags & IFF_LOOPBACK ? RTN_LOCAL : RTN_UNICAST; }

// Where on its subnet an address puts something: the all-ones and the all-zeros address.
struct subnet {
  explicit subnet(const in_ifaddr& ifa)
      : any(ifa.ifa_address & ifa.ifa_mask), brd(ifa.ifa_address | ~ifa.ifa_mask) {}
  be32 any, brd;
};

// What the other addresses of the device still stand for.
struct still_wanted {
  bool local = false, broadcast = false, brd = false, any = false;  // routes
  bool same_address = false;  // the address itself is still listed (it is being promoted)
};

// Looks through the addresses that stay and take their source from `prim`, as the routes of `ifa` do.
still_wanted wanted_by_others(const in_ifaddr& ifa, const in_ifaddr& prim, const in_ifaddr* iprim) {
  still_wanted w;
  subnet own(ifa);
  bool same_prefsrc = false;
  for (auto& p : ifa.ifa_dev->ifa_list) {
    const in_ifaddr& other = *p;
    if (&other == &ifa) {
      w.same_address = true;
      continue;
    }
    // What the coming primary covers is written anew with it.
    if (iprim && other.ifa_mask == iprim->ifa_mask && inet_ifa_match(other.ifa_address, *iprim))
      continue;
    const in_ifaddr* others_prim = nullptr;
    if (other.ifa_flags & IFA_F_SECONDARY) {
      if (other.ifa_mask == prim.ifa_mask && inet_ifa_match(other.ifa_address, prim)) {
        same_prefsrc = true;
        others_prim = &prim;
      } else {
        if (!same_prefsrc) continue;
        others_prim = primary_of(*ifa.ifa_dev, other.ifa_address, other.ifa_mask);
        if (!others_prim || others_prim->ifa_local != prim.ifa_local) continue;
      }
    } else {
      if (other.ifa_local != prim.ifa_local) continue;
      others_prim = &other;
      if (&other != &prim) same_prefsrc = true;
    }
    if (other.ifa_local == ifa.ifa_local) w.local = true;
    auto covers = [&](be32 a) {
      w.broadcast |= ifa.ifa_broadcast == a;
      w.brd |= own.brd == a;
      w.any |= own.any == a;
    };
    covers(other.ifa_broadcast);
    subnet theirs(other);
    if (others_prim == &other && other.ifa_prefixlen < 31 && !ipv4_is_zeronet(theirs.any)) {
      covers(theirs.brd);
      covers(theirs.any);
    }
  }
  return w;
}

// Who was looked for there before it became a broadcast address isn't any longer.
void add_broadcast(be32 addr, const in_ifaddr& ifa, const in_ifaddr& prim) {
  fib_magic(RTM_NEWROUTE, RTN_BROADCAST, addr, 32, prim, 0);
  (void)arp_invalidate(*ifa.ifa_dev->dev, addr, false);
}

void fib_disable_ip(net_device& dev, netdev_event event, bool force) {
  net& n = *dev.nd_net;
  if (fib_sync_down_dev(dev, event, force))
    fib_flush(n);
  else
    rt_cache_flush(n);
  if (n.ipv4->arp_tbl) neigh_ifdown(*n.ipv4->arp_tbl, dev);
}

}  // namespace

void fib_add_ifaddr(in_ifaddr& ifa) {
  net_device& dev = *ifa.ifa_dev->dev;
  subnet own(ifa);
  bool secondary = ifa.ifa_flags & IFA_F_SECONDARY;
  const in_ifaddr* prim = secondary ? primary_of(*ifa.ifa_dev, own.any, ifa.ifa_mask) : &ifa;
  if (!prim) return;
  fib_magic(RTM_NEWROUTE, RTN_LOCAL, ifa.ifa_local, 32, *prim, 0);
  if (!dev.up()) return;
  if (ifa.ifa_broadcast && !ipv4_is_lbcast(ifa.ifa_broadcast))
    add_broadcast(ifa.ifa_broadcast, ifa, *prim);
  bool has_subnet = own.any != ifa.ifa_local || ifa.ifa_prefixlen < 32;
  if (secondary || ipv4_is_zeronet(own.any) || !has_subnet) return;
  if (!(ifa.ifa_flags & IFA_F_NOPREFIXROUTE))
    fib_magic(RTM_NEWROUTE, prefix_type(dev), own.any, ifa.ifa_prefixlen, *prim,
              ifa.ifa_rt_priority);
  if (ifa.ifa_prefixlen < 31) add_broadcast(own.brd, ifa, *prim);
}

void fib_del_ifaddr(in_ifaddr& ifa, in_ifaddr* iprim) {
  in_device& in = *ifa.ifa_dev;
  net_device& dev = *in.dev;
  net& n = *dev.nd_net;
  subnet own(ifa);
  const in_ifaddr* prim = &ifa;
  bool had_subnet = false;
  if (ifa.ifa_flags & IFA_F_SECONDARY) {
    prim = primary_of(in, own.any, ifa.ifa_mask);
    if (!prim || (iprim && iprim != prim)) return;
  } else if (!ipv4_is_zeronet(own.any) && (own.any != ifa.ifa_local || ifa.ifa_prefixlen < 32)) {
    if (!(ifa.ifa_flags & IFA_F_NOPREFIXROUTE))
      fib_magic(RTM_DELROUTE, prefix_type(dev), own.any, ifa.ifa_prefixlen, *prim, 0);
    had_subnet = true;
  }
  still_wanted w;
  if (!in.dead) w = wanted_by_others(ifa, *prim, iprim);
  if (!w.broadcast) fib_magic(RTM_DELROUTE, RTN_BROADCAST, ifa.ifa_broadcast, 32, *prim, 0);
  if (had_subnet && ifa.ifa_prefixlen < 31) {
    if (!w.brd) fib_magic(RTM_DELROUTE, RTN_BROADCAST, own.brd, 32, *prim, 0);
    if (!w.any) fib_magic(RTM_DELROUTE, RTN_BROADCAST, own.any, 32, *prim, 0);
  }
  if (w.local) return;
  fib_magic(RTM_DELROUTE, RTN_LOCAL, ifa.ifa_local, 32, *prim, 0);
  // Routes that prefer this source die when it is really gone.
  if (!w.same_address && inet_addr_type_dev_table(n, dev, ifa.ifa_local) != RTN_LOCAL &&
      fib_sync_down_addr(dev, ifa.ifa_local))
    fib_flush(n);
}

void fib_modify_prefix_metric(in_ifaddr& ifa, u32 new_metric) {
  net_device& dev = *ifa.ifa_dev->dev;
  subnet own(ifa);
  if (!dev.up() || (ifa.ifa_flags & (IFA_F_SECONDARY | IFA_F_NOPREFIXROUTE)) ||
      ipv4_is_zeronet(own.any) || (own.any == ifa.ifa_local && ifa.ifa_prefixlen == 32))
    return;
  fib_magic(RTM_NEWROUTE, prefix_type(dev), own.any, ifa.ifa_prefixlen, ifa, new_metric);
  fib_magic(RTM_DELROUTE, prefix_type(dev), own.any, ifa.ifa_prefixlen, ifa, ifa.ifa_rt_priority);
}

void fib_inetaddr_event(in_ifaddr& ifa, bool add) {
  net_device& dev = *ifa.ifa_dev->dev;
  net& n = *dev.nd_net;
  if (add) {
    fib_add_ifaddr(ifa);
    fib_sync_up(dev, RTNH_F_DEAD);
    ++n.ipv4->dev_addr_genid;
    rt_cache_flush(n);
    return;
  }
  fib_del_ifaddr(ifa, nullptr);
  ++n.ipv4->dev_addr_genid;
  if (ifa.ifa_dev->ifa_list.empty())
    fib_disable_ip(dev, netdev_event::down, true);  // the last address: routing by this device ends
  else
    rt_cache_flush(n);
}

void fib_netdev_event(net_device& dev, netdev_event event) {
  net& n = *dev.nd_net;
  if (!n.ipv4 || !n.ipv4->fib) return;
  fib_rules_device_event(*fib_tables_of(n).rules, dev, event);
  if (event == netdev_event::unregister) return fib_disable_ip(dev, event, true);
  in_device* in = in_dev_get(dev);
  if (!in) return;
  switch (event) {
    case netdev_event::up:
      for (auto& ifa : in->ifa_list) fib_add_ifaddr(*ifa);
      fib_sync_up(dev, RTNH_F_DEAD);
      ++n.ipv4->dev_addr_genid;
      rt_cache_flush(n);
      break;
    case netdev_event::down: fib_disable_ip(dev, event, false); break;
    case netdev_event::change:
      if (dev_get_flags(dev) & (IFF_RUNNING | IFF_LOWER_UP))
        fib_sync_up(dev, RTNH_F_LINKDOWN);
      else
        fib_sync_down_dev(dev, event, false);
      rt_cache_flush(n);
      break;
    case netdev_event::changeupper:
      if (netif_is_l3_master(*dev.upper_changed)) fib_disable_ip(dev, netdev_event::down, true);
      break;
    case netdev_event::changemtu: rt_cache_flush(n); break;
    default: break;
  }
}

}  // namespace linnet
