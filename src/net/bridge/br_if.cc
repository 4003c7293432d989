// Ports come and go. Without a spanning tree a port is forwarding while it has a carrier and both it and the bridge
// are up, else disabled; the bridge has a carrier while a port is forwarding. Its address is the lowest of its
// ports' unless somebody set one, and its MTU the least of theirs likewise.
#include <algorithm>

#include "net/bridge/br_private.hh"

namespace linnet {
namespace {

bool netif_oper_up(const net_device& d) {
  return d.operstate == IF_OPER_UP || d.operstate == IF_OPER_UNKNOWN;
}
bool live(const net_device& d) { return d.up() && netif_oper_up(d); }

// port_cost: 2 for the 10 Gbit/s that a veth says it has, 100 for what says nothing.
u32 port_cost(const net_device& d) {
  return d.rtnl_link_ops && std::string_view(d.rtnl_link_ops->kind) == "veth" ? 2 : 100;
}

void br_port_state_selection(net_bridge& br) {
  bool any = false;
  for (net_bridge_port* p : br.ports) {
    if (p->state == BR_STATE_BLOCKING) {  // br_make_forwarding
      p->state = BR_STATE_FORWARDING;
      br_ifinfo_notify(RTM_NEWLINK, *p);
      p->forward_delay_until = br.nd_net->w.now() + br.forward_delay;
    }
    any |= p->state == BR_STATE_FORWARDING;
  }
  if (any) {
    netif_carrier_on(br);
  } else {
    netif_carrier_off(br);
  }
}

u32 br_mtu_min(const net_bridge& br) {
  u32 mtu = 0;
  for (const net_bridge_port* p : br.ports)
    if (!mtu || p->dev->mtu < mtu) mtu = p->dev->mtu;
  return mtu ? mtu : u32{ETH_DATA_LEN};
}

void br_mtu_auto_adjust(net_bridge& br) {
  if (br.mtu_set_by_user) return;
  (void)dev_set_mtu(br, br_mtu_min(br));
  br.mtu_set_by_user = false;
}

void br_set_gso_limits(net_bridge& br) {
  u32 size = gso_max, segs = 65535;
  for (const net_bridge_port* p : br.ports) {
    size = std::min(size, p->dev->tso_max_size);
    segs = std::min(segs, p->dev->tso_max_segs);
  }
  br.tso_max_size = size;
  br.tso_max_segs = segs;
}

// True when the bridge's address changed with its ports' (br_stp_recalculate_bridge_id).
bool recalculate_bridge_id(net_bridge& br) {
  if (br.addr_assign_type == 3) return false;  // NET_ADDR_SET
  std::array<u8, ETH_ALEN> lowest{};
  for (const net_bridge_port* p : br.ports) {
    std::array<u8, ETH_ALEN> a;
    std::memcpy(a.data(), p->dev->dev_addr.data(), ETH_ALEN);
    if (is_zero_ether_addr(lowest.data()) || a < lowest) lowest = a;
  }
  if (br.bridge_addr == lowest) return false;
  br_stp_change_bridge_id(br, lowest.data());
  return true;
}

u16 find_portno(const net_bridge& br) {
  for (u16 no = 1; no < 1 << 10; ++no)
    if (std::ranges::none_of(br.ports, [no](auto* p) { return p->port_no == no; })) return no;
  return 0;
}

void carrier_check(net_bridge_port& p, bool& told) {
  if (!p.admin_cost && live(*p.dev)) p.path_cost = port_cost(*p.dev);
  if (!p.br->up()) return;
  const bool enabled = p.state != BR_STATE_DISABLED;
  if (live(*p.dev) == enabled) return;
  told = true;
  if (enabled) {
    br_stp_disable_port(p);
  } else {
    br_stp_enable_port(p);
  }
}

}  // namespace

void br_stp_change_bridge_id(net_bridge& br, const u8* addr) {
  br_fdb_change_mac_address(br, addr);
  std::memcpy(br.bridge_addr.data(), addr, ETH_ALEN);
  std::memcpy(br.dev_addr.data(), addr, ETH_ALEN);
}

void br_stp_enable_port(net_bridge_port& p) {
  p.state = BR_STATE_BLOCKING;
  br_port_state_selection(*p.br);
  br_ifinfo_notify(RTM_NEWLINK, p);
}

void br_stp_disable_port(net_bridge_port& p) {
  p.state = BR_STATE_DISABLED;
  p.forward_delay_until = 0;
  br_ifinfo_notify(RTM_NEWLINK, p);
  br_fdb_delete_by_port(*p.br, p, false);
  br_port_state_selection(*p.br);
}

status br_set_port_state(net_bridge_port& p, u8 state) {
  if (state > BR_STATE_BLOCKING) return err(EINVAL);
  if (!p.dev->up() || (!netif_oper_up(*p.dev) && state != BR_STATE_DISABLED)) return err(ENETDOWN);
  p.state = state;
  br_port_state_selection(*p.br);
  return {};
}

status br_add_if(net_bridge& br, net_device& dev) {
  const bool ethernet = dev.type == ARPHRD_ETHER && dev.addr_len == ETH_ALEN;
  if ((dev.flags & IFF_LOOPBACK) || !ethernet || !is_valid_ether_addr(dev.dev_addr.data()))
    return err(EINVAL);
  if (is_bridge(dev)) return err(ELOOP, "Can not enslave a bridge to a bridge");
  if (dev.master) return err(EBUSY);
  const u16 no = find_portno(br);
  if (!no) return err(EXFULL);
  dev_set_allmulti(dev, 1);
  auto* p = new net_bridge_port{.br = &br, .dev = &dev, .port_no = no, .path_cost = port_cost(dev)};
  dev.br_port = p;
  dev.rx_handler = br_handle_frames;
  dev.master = &br;
  rtmsg_ifinfo(RTM_NEWLINK, dev, 0);  // NETDEV_CHANGEUPPER
  br.ports.insert(br.ports.begin(), p);
  dev_set_promiscuity(dev, 1);
  br_fdb_add_local(br, p, dev.dev_addr.data());
  const bool changed = recalculate_bridge_id(br);
  if (live(dev) && br.up()) br_stp_enable_port(*p);
  br_ifinfo_notify(RTM_NEWLINK, *p);
  if (changed) call_netdevice_notifiers(br, netdev_event::changeaddr);
  br_mtu_auto_adjust(br);
  br_set_gso_limits(br);
  return {};
}

void br_del_if(net_bridge& br, net_device& dev) {
  net_bridge_port* p = dev.br_port;
  dev_set_promiscuity(dev, -1);
  br_stp_disable_port(*p);
  br_ifinfo_notify(RTM_DELLINK, *p);
  std::erase(br.ports, p);
  br_fdb_delete_by_port(br, *p, true);
  dev.master = nullptr;
  dev.rx_handler = nullptr;
  dev.br_port = nullptr;
  dev_set_allmulti(dev, -1);
  if (dev.registered) rtmsg_ifinfo(RTM_NEWLINK, dev, 0);
  delete p;
  if (!br.registered) return;
  br_mtu_auto_adjust(br);
  br_set_gso_limits(br);
  if (recalculate_bridge_id(br)) call_netdevice_notifiers(br, netdev_event::changeaddr);
}

void br_netdev_event(net_device& dev, netdev_event e) {
  if (!dev.br_port) return;
  net_bridge_port& p = *dev.br_port;
  net_bridge& br = *p.br;
  bool told = false, changed = false;
  switch (e) {
    case netdev_event::changemtu: br_mtu_auto_adjust(br); return;
    case netdev_event::changeaddr:
      br_fdb_changeaddr(p, dev.dev_addr.data());
      changed = recalculate_bridge_id(br);
      break;
    case netdev_event::change: carrier_check(p, told); break;
    case netdev_event::down:
      if (br.up()) br_stp_disable_port(p), told = true;
      break;
    case netdev_event::up:
      if (live(dev) && br.up()) br_stp_enable_port(p), told = true;
      break;
    case netdev_event::unregister: br_del_if(br, dev); return;
    default: return;
  }
  if (changed) call_netdevice_notifiers(br, netdev_event::changeaddr);
  if (!told) br_ifinfo_notify(RTM_NEWLINK, p);
}

}  // namespace linnet
