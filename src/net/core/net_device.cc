// Registration and the administrative life of a device. Each change follows Linux's order of notifier
// calls and link messages, for that is the order in which `ip monitor` shows routes and addresses go.
#include "net/core/net_device.hh"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <cctype>

#include "net/core/dev.hh"
#include "net/core/sch.hh"
#include "net/core/tracepoint.hh"

namespace linnet {
namespace {

constexpr unsigned volatile_flags =
    IFF_PROMISC | IFF_ALLMULTI | IFF_RUNNING | IFF_LOWER_UP | IFF_DORMANT;

int dev_new_index(net& n) {
  do {
    n.last_ifindex = n.last_ifindex == INT32_MAX ? 1 : n.last_ifindex + 1;
  } while (n.dev_base.contains(n.last_ifindex));
  return n.last_ifindex;
}

// Fills in the number of a "%d" pattern (dev_alloc_name). EINVAL, ENFILE, EEXIST.
result<std::string> dev_get_valid_name(const net& n, std::string_view pattern) {
  if (!dev_valid_name(pattern)) return err(EINVAL);
  const size_t at = pattern.find('%');
  if (at == pattern.npos) {
    if (dev_get_by_name(n, pattern)) return err(EEXIST);
    return std::string(pattern);
  }
  if (pattern.substr(at, 2) != "%d" || pattern.find('%', at + 1) != pattern.npos)
    return err(EINVAL);
  for (unsigned i = 0; i < 32768; ++i) {
    std::string name(pattern.substr(0, at));
    name += std::to_string(i);
    name += pattern.substr(at + 2);
    if (name.size() >= IFNAMSIZ) break;
    if (!dev_get_by_name(n, name)) return name;
  }
  return err(ENFILE);
}

void list_netdevice(net& n, net_device& dev) {
  n.dev_base.emplace(dev.ifindex, ref<net_device>(&dev));
  n.dev_name_head.emplace(dev.name, &dev);
  for (auto& alt : dev.altnames) n.dev_name_head.emplace(alt, &dev);
  ++n.dev_base_seq;
}

void unlist_netdevice(net& n, net_device& dev) {
  n.dev_name_head.erase(dev.name);
  for (auto& alt : dev.altnames) n.dev_name_head.erase(alt);
  n.dev_base.erase(dev.ifindex);
  ++n.dev_base_seq;
}

bool link_messages(const net_device& dev) { return !dev.rtnl_initializing; }

}  // namespace

net_device::net_device() { broadcast.fill(0xff); }

net_device::~net_device() = default;

bool dev_valid_name(std::string_view name) {
  if (name.empty() || name.size() >= IFNAMSIZ || name == "." || name == "..") return false;
  return std::ranges::none_of(name, [](char ch) {
    return ch == '/' || ch == ':' || std::isspace(static_cast<unsigned char>(ch));
  });
}

status register_netdevice(net& n, ref<net_device> dev, std::string_view name, int ifindex) {
  auto valid = dev_get_valid_name(n, name);
  if (!valid) return std::unexpected(valid.error());
  // Its settings would stand where those of all devices do (sysctl_dev_name_is_allowed). A later name may be one.
  if (*valid == "all" || *valid == "default") return err(EINVAL);
  if (ifindex > 0 && n.dev_base.contains(ifindex)) return err(EBUSY);
  dev->name = std::move(*valid);
  dev->nd_net = &n;
  dev->ifindex = ifindex > 0 ? ifindex : dev_new_index(n);
  if (dev->addr_assign_type == 0) dev->perm_addr = dev->dev_addr;  // NET_ADDR_PERM
  // What the core does for every device: on at first, as its driver left the rest.
  dev->hw_features |= NETIF_F_SOFT_FEATURES | NETIF_F_SOFT_FEATURES_OFF;
  if (!(dev->flags & IFF_LOOPBACK)) dev->hw_features |= NETIF_F_NOCACHE_COPY;
  dev->features |= NETIF_F_SOFT_FEATURES;
  dev->wanted_features = dev->features & dev->hw_features;
  dev->vlan_features |= NETIF_F_HIGHDMA;
  dev->linkwatch.dev = dev.get();
  list_netdevice(n, *dev);
  dev->registered = true;
  trace(n.c, tp::register_netdevice, nullptr, dev.get());
  linkwatch_init_dev(*dev);
  call_netdevice_notifiers(*dev, netdev_event::registered);
  if (link_messages(*dev)) rtmsg_ifinfo(RTM_NEWLINK, *dev, ~0u);
  return {};
}

void unregister_netdevice(net_device& d) {
  ref<net_device> dev(&d);
  if (!dev->registered) return;
  net& n = *dev->nd_net;
  dev_close(*dev);
  unlist_netdevice(n, *dev);
  dev->registered = false;
  dev->dismantled = true;
  dev->linkwatch.unlink();
  call_netdevice_notifiers(*dev, netdev_event::unregister);
  flush_backlog(*dev);
  if (link_messages(*dev)) rtmsg_ifinfo(RTM_DELLINK, *dev, ~0u);
  if (dev->ops->ndo_uninit) dev->ops->ndo_uninit(*dev);
  dev_shutdown(*dev);
  trace(n.c, tp::unregister_netdevice, nullptr, dev.get());
}

namespace {

void dev_set_rx_mode(net_device&);

status open_device(net_device& dev) {
  if (dev.ops->ndo_open) {
    if (status s = dev.ops->ndo_open(dev); !s) return s;
  }
  dev.flags |= IFF_UP;
  dev_set_rx_mode(dev);
  dev_activate(dev);
  return {};
}

void close_device(net_device& dev) {
  call_netdevice_notifiers(dev, netdev_event::goingdown);
  dev_deactivate(dev);
  if (dev.ops->ndo_stop) dev.ops->ndo_stop(dev);
  dev.flags &= ~static_cast<unsigned>(IFF_UP);
  dev.tx_stopped = false;
}

}  // namespace

status dev_open(net_device& dev) {
  if (dev.up()) return {};
  if (status s = open_device(dev); !s) return s;
  rtmsg_ifinfo(RTM_NEWLINK, dev, IFF_UP | IFF_RUNNING);
  call_netdevice_notifiers(dev, netdev_event::up);
  return {};
}

void dev_close(net_device& dev) {
  if (!dev.up()) return;
  close_device(dev);
  rtmsg_ifinfo(RTM_NEWLINK, dev, IFF_UP | IFF_RUNNING);
  call_netdevice_notifiers(dev, netdev_event::down);
}

unsigned dev_get_flags(const net_device& dev) {
  unsigned f = dev.flags & ~volatile_flags;
  f |= dev.gflags & (IFF_PROMISC | IFF_ALLMULTI);
  if (dev.up()) {
    if (dev.operstate == IF_OPER_UP || dev.operstate == IF_OPER_UNKNOWN) f |= IFF_RUNNING;
    if (dev.carrier_ok()) f |= IFF_LOWER_UP;
    if (dev.dormant) f |= IFF_DORMANT;
  }
  return f;
}

namespace {

void change_rx_flags(net_device& dev, unsigned old_flags) {
  const unsigned changed = (old_flags ^ dev.flags) & (IFF_PROMISC | IFF_ALLMULTI);
  if (changed && dev.ops->ndo_change_rx_flags) dev.ops->ndo_change_rx_flags(dev, changed);
}

void change_promiscuity(net_device& dev, int inc) {
  const unsigned before = dev.flags;
  dev.promiscuity += static_cast<u32>(inc);
  if (dev.promiscuity)
    dev.flags |= IFF_PROMISC;
  else
    dev.flags &= ~static_cast<unsigned>(IFF_PROMISC);
  change_rx_flags(dev, before);
}

}  // namespace

// __dev_change_flags and __dev_notify_flags.
status dev_change_flags(net_device& dev, unsigned flags) {
  const unsigned old_flags = dev.flags, old_gflags = dev.gflags;
  constexpr unsigned settable = IFF_DEBUG | IFF_NOTRAILERS | IFF_NOARP | IFF_DYNAMIC |
                                IFF_MULTICAST | IFF_PORTSEL | IFF_AUTOMEDIA;
  dev.flags = (flags & settable) | (dev.flags & ~settable);
  if ((old_flags ^ flags) & IFF_UP) {
    if (old_flags & IFF_UP) {
      close_device(dev);
    } else if (status s = open_device(dev); !s) {
      return s;
    }
  }
  if ((flags ^ dev.gflags) & IFF_PROMISC) {
    dev.gflags ^= IFF_PROMISC;
    change_promiscuity(dev, flags & IFF_PROMISC ? 1 : -1);
  }
  if ((flags ^ dev.gflags) & IFF_ALLMULTI) {
    dev.gflags ^= IFF_ALLMULTI;
    dev_set_allmulti(dev, flags & IFF_ALLMULTI ? 1 : -1);
  }
  const unsigned changes = (old_flags ^ dev.flags) | (old_gflags ^ dev.gflags);
  if (!changes) return {};
  rtmsg_ifinfo(RTM_NEWLINK, dev, changes);
  if (changes & IFF_UP) {
    call_netdevice_notifiers(dev, dev.up() ? netdev_event::up : netdev_event::down);
  }
  if (dev.up() && (changes & ~(IFF_UP | volatile_flags))) {
    dev.flags_changed = changes;
    call_netdevice_notifiers(dev, netdev_event::change);
    dev.flags_changed = 0;
  }
  return {};
}

status dev_set_mtu(net_device& dev, u32 mtu) {
  if (mtu == dev.mtu) return {};
  if (static_cast<int>(mtu) < 0 || mtu < dev.min_mtu)
    return err(EINVAL, "mtu less than device minimum");
  if (dev.max_mtu > 0 && mtu > dev.max_mtu) return err(EINVAL, "mtu greater than device maximum");
  if (dev.ops->ndo_change_mtu) {
    if (status s = dev.ops->ndo_change_mtu(dev, mtu); !s) return s;
  }
  dev.mtu = mtu;
  call_netdevice_notifiers(dev, netdev_event::changemtu);
  return {};
}

status dev_set_mac_address(net_device& dev, const_bytes addr) {
  if (!dev.ops->ndo_set_mac_address) return err(EOPNOTSUPP);
  if (addr.size() < dev.addr_len) return err(EINVAL);
  addr = addr.first(dev.addr_len);
  if (std::ranges::equal(addr, dev.addr())) return {};
  if (status s = dev.ops->ndo_set_mac_address(dev, addr); !s) return s;
  std::memcpy(dev.dev_addr.data(), addr.data(), addr.size());
  dev.addr_assign_type = 3;  // NET_ADDR_SET
  call_netdevice_notifiers(dev, netdev_event::changeaddr);
  return {};
}

status dev_change_name(net_device& dev, std::string_view name) {
  if (dev.up()) return err(EBUSY);
  if (name == dev.name) return {};
  net& n = *dev.nd_net;
  // An alternative name of the device itself counts as taken, as on Linux.
  auto valid = dev_get_valid_name(n, name);
  if (!valid) return std::unexpected(valid.error());
  n.dev_name_head.erase(dev.name);
  dev.name = std::move(*valid);
  n.dev_name_head.emplace(dev.name, &dev);
  ++n.dev_base_seq;
  call_netdevice_notifiers(dev, netdev_event::changename);
  return {};
}

status dev_set_alias(net_device& dev, std::string_view alias) {
  if (alias.size() >= 256) return err(EINVAL);  // IFALIASZ
  dev.ifalias = alias;
  return {};
}

status dev_change_net_namespace(net_device& d, net& to, std::string_view pattern, int new_ifindex) {
  ref<net_device> dev(&d);
  net& from = *dev->nd_net;
  if (dev->netns_local) return err(EINVAL);
  if (&from == &to) return {};
  std::string name = dev->name;
  if (dev_get_by_name(to, name)) {
    if (pattern.empty()) return err(EEXIST);
    auto valid = dev_get_valid_name(to, pattern);
    if (!valid) return std::unexpected(valid.error());
    name = std::move(*valid);
  }
  for (auto& alt : dev->altnames) {
    if (dev_get_by_name(to, alt)) {
      return err(EEXIST);
    }
  }
  if (new_ifindex && to.dev_base.contains(new_ifindex)) {
    return err(EBUSY);
  }
  dev_close(*dev);
  dev_shutdown(*dev);
  unlist_netdevice(from, *dev);
  dev->linkwatch.unlink();
  dev->registered = false;
  call_netdevice_notifiers(*dev, netdev_event::unregister);
  const int new_nsid = peernet2id_alloc(from, to);
  int ifindex = new_ifindex;
  if (!ifindex) ifindex = to.dev_base.contains(dev->ifindex) ? dev_new_index(to) : dev->ifindex;
  rtmsg_ifinfo_newnet(RTM_DELLINK, *dev, ~0u, new_nsid, ifindex);
  dev->mc.clear();
  dev->nd_net = &to;
  dev->ifindex = ifindex;
  dev->name = std::move(name);
  list_netdevice(to, *dev);
  dev->registered = true;
  linkwatch_init_dev(*dev);
  call_netdevice_notifiers(*dev, netdev_event::registered);
  rtmsg_ifinfo(RTM_NEWLINK, *dev, ~0u);
  return {};
}

void dev_set_promiscuity(net_device& dev, int inc) {
  change_promiscuity(dev, inc);
  if (dev.registered) rtmsg_ifinfo(RTM_NEWLINK, dev, IFF_PROMISC);
}

void dev_set_allmulti(net_device& dev, int inc) {
  const unsigned before = dev.flags;
  dev.allmulti += static_cast<u32>(inc);
  if (dev.allmulti)
    dev.flags |= IFF_ALLMULTI;
  else
    dev.flags &= ~static_cast<unsigned>(IFF_ALLMULTI);
  change_rx_flags(dev, before);
}

namespace {

using hw_addr_list = std::vector<netdev_hw_addr>;

void hw_addr_add(hw_addr_list& list, const hw_addr& addr) {
  const auto it = std::ranges::find(list, addr, &netdev_hw_addr::addr);
  if (it == list.end())
    list.push_back({addr});
  else
    ++it->refcount;
}

void hw_addr_del(hw_addr_list& list, const hw_addr& addr) {
  const auto it = std::ranges::find(list, addr, &netdev_hw_addr::addr);
  if (it != list.end() && --it->refcount == 0) list.erase(it);
}

// __dev_set_rx_mode: who can't filter by more addresses than its own has to be promiscuous for them.
void dev_set_rx_mode(net_device& dev) {
  if (!dev.up()) return;
  if (!dev.unicast_filter && dev.uc.empty() == dev.uc_promisc) {
    dev.uc_promisc = !dev.uc_promisc;
    change_promiscuity(dev, dev.uc_promisc ? 1 : -1);
  }
  if (dev.ops->ndo_set_rx_mode) dev.ops->ndo_set_rx_mode(dev);
}

}  // namespace

void dev_mc_add(net_device& dev, const hw_addr& addr) {
  hw_addr_add(dev.mc, addr);
  dev_set_rx_mode(dev);
}
void dev_mc_del(net_device& dev, const hw_addr& addr) {
  hw_addr_del(dev.mc, addr);
  dev_set_rx_mode(dev);
}
void dev_mc_add_global(net_device& dev, const hw_addr& addr) {
  const auto has = std::ranges::find(dev.mc, addr, &netdev_hw_addr::addr);
  if (has != dev.mc.end() && has->global_use) return;
  hw_addr_add(dev.mc, addr);
  std::ranges::find(dev.mc, addr, &netdev_hw_addr::addr)->global_use = true;
  dev_set_rx_mode(dev);
}
status dev_mc_del_global(net_device& dev, const hw_addr& addr) {
  const auto has = std::ranges::find(dev.mc, addr, &netdev_hw_addr::addr);
  if (has == dev.mc.end() || !has->global_use) return err(ENOENT);
  has->global_use = false;
  dev_mc_del(dev, addr);
  return {};
}
void dev_uc_add(net_device& dev, const hw_addr& addr) {
  hw_addr_add(dev.uc, addr);
  dev_set_rx_mode(dev);
}
void dev_uc_del(net_device& dev, const hw_addr& addr) {
  hw_addr_del(dev.uc, addr);
  dev_set_rx_mode(dev);
}

rtnl_link_stats64 dev_get_stats(const net_device& dev) {
  const pcpu_stats& s = dev.stats;
  rtnl_link_stats64 r{};
  r.rx_packets = s.rx_packets;
  r.tx_packets = s.tx_packets;
  r.rx_bytes = s.rx_bytes;
  r.tx_bytes = s.tx_bytes;
  r.rx_errors = s.rx_errors;
  r.tx_errors = s.tx_errors;
  r.rx_dropped = s.rx_dropped;
  r.tx_dropped = s.tx_dropped;
  r.multicast = s.multicast;
  r.rx_nohandler = s.rx_nohandler;
  r.rx_otherhost_dropped = s.rx_otherhost_dropped;
  r.rx_length_errors = s.rx_length_errors;
  r.rx_crc_errors = s.rx_crc_errors;
  r.rx_frame_errors = s.rx_frame_errors;
  r.rx_fifo_errors = s.rx_fifo_errors;
  r.tx_carrier_errors = s.tx_carrier_errors;
  r.tx_aborted_errors = s.tx_aborted_errors;
  r.collisions = s.collisions;
  return r;
}

void call_netdevice_notifiers(net_device& dev, netdev_event e) {
  for (netdev_notifier f : dev.nd_net->w.netdev_chain) f(dev, e);
}

void notify_changeupper(net_device& dev, net_device& upper) {
  dev.upper_changed = &upper;
  call_netdevice_notifiers(dev, netdev_event::changeupper);
  dev.upper_changed = nullptr;
}

void netif_stacked_transfer_operstate(const net_device& below, net_device& dev) {
  const bool dormant = below.operstate == IF_OPER_DORMANT;
  if (dev.dormant != dormant) {
    dev.dormant = dormant;
    linkwatch_fire_event(dev);
  }
  if (below.carrier_ok()) {
    netif_carrier_on(dev);
  } else {
    netif_carrier_off(dev);
  }
}

const rtnl_link_ops* rtnl_link_ops_get(const world& w, std::string_view kind) {
  for (const rtnl_link_ops* ops : w.link_ops) {
    if (kind == ops->kind) return ops;
  }
  return nullptr;
}

}  // namespace linnet
