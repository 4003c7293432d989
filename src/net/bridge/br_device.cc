// The bridge as a device: up and down, address and MTU, `ip link add type bridge`.
#include <linux/in.h>

#include "net/bridge/br_private.hh"
#include "net/bridge/bridge.hh"
#include "net/core/world.hh"
#include "net/ipv4/inetdevice.hh"

namespace linnet {
namespace {

// A bridge that may snoop is in the group of those that do (RFC 4286; br_multicast_join_snoopers).
void join_snoopers(const net_device& dev, bool join) {
  constexpr be32 all_snoopers = be32(INADDR_ALLSNOOPERS_GROUP);
  in_device* in = in_dev_get(dev);
  if (!in) return;
  if (join)
    ip_mc_inc_group(*in, all_snoopers);
  else
    ip_mc_dec_group(*in, all_snoopers);
}

// br_stp_enable_bridge.
status br_dev_open(net_device& dev) {
  const auto ports = of_bridge(dev).ports;
  for (net_bridge_port* p : ports) {
    const bool live = p->dev->operstate == IF_OPER_UP || p->dev->operstate == IF_OPER_UNKNOWN;
    if (p->dev->up() && live) br_stp_enable_port(*p);
  }
  join_snoopers(dev, true);
  return {};
}

void br_dev_stop(net_device& dev) {
  const auto ports = of_bridge(dev).ports;
  for (net_bridge_port* p : ports)
    if (p->state != BR_STATE_DISABLED) br_stp_disable_port(*p);
  join_snoopers(dev, false);
}

status br_set_mac_address(net_device& dev, const_bytes addr) {
  const auto* a = reinterpret_cast<const u8*>(addr.data());
  if (!is_valid_ether_addr(a)) return err(EADDRNOTAVAIL);
  br_stp_change_bridge_id(of_bridge(dev), a);
  return {};
}

status br_change_mtu(net_device& dev, u32) {
  of_bridge(dev).mtu_set_by_user = true;
  return {};
}

status br_add_slave(net_device& dev, net_device& slave) { return br_add_if(of_bridge(dev), slave); }
status br_del_slave(net_device& dev, net_device& slave) {
  if (!slave.br_port || slave.br_port->br != &dev) return err(EINVAL);
  br_del_if(of_bridge(dev), slave);
  return {};
}

void br_dev_uninit(net_device& dev) {
  net_bridge& br = of_bridge(dev);
  dev.nd_net->c.timers.del(br.gc);
}

constexpr net_device_ops br_ops = {.ndo_start_xmit = br_dev_xmit,
                                   .ndo_open = br_dev_open,
                                   .ndo_stop = br_dev_stop,
                                   .ndo_set_mac_address = br_set_mac_address,
                                   .ndo_change_mtu = br_change_mtu,
                                   .ndo_uninit = br_dev_uninit,
                                   .ndo_add_slave = br_add_slave,
                                   .ndo_del_slave = br_del_slave,
                                   .ndo_set_rx_mode = eth_set_rx_mode};

// Its ports go first, then what it knows, then it.
void br_dev_delete(net_device& dev) {
  net_bridge& br = of_bridge(dev);
  while (!br.ports.empty()) br_del_if(br, *br.ports.front()->dev);
  br_fdb_flush(br, true);
  unregister_netdevice(dev);
}

result<net_device*> br_dev_newlink(const rtnl_newlink_params& p) {
  const ifla_table tb = rtnl_parse_request(p);
  ref<net_bridge> br(new net_bridge);
  eth_hw_addr_random(*br, p.dest_net->c);
  if (status s = rtnl_create_link(*br, br_link_ops, tb); !s) return std::unexpected(s.error());
  if (status s = register_netdevice(*p.dest_net, br, p.name, p.ifindex); !s)
    return std::unexpected(s.error());
  std::memcpy(br->bridge_addr.data(), br->dev_addr.data(), ETH_ALEN);
  br_fdb_add_local(*br, nullptr, br->dev_addr.data());
  if (!p.address.empty()) br_fdb_change_mac_address(*br, br->dev_addr.data());
  if (status s = br_changelink(*br, p.data); !s) {
    br_dev_delete(*br);
    return std::unexpected(s.error());
  }
  return br.get();
}

status br_dev_changelink(net_device& dev, const_bytes data) {
  return br_changelink(of_bridge(dev), data);
}

// A bridge that goes with its namespace gives its ports up. Notifiers run before it is freed.
void bridge_netdev_event(net_device& dev, netdev_event e) {
  if (is_bridge(dev) && e == netdev_event::unregister) {
    net_bridge& br = of_bridge(dev);
    while (!br.ports.empty()) br_del_if(br, *br.ports.front()->dev);
    return;
  }
  br_netdev_event(dev, e);
}

}  // namespace

net_bridge::net_bridge() : gc(*this) {
  ether_setup(*this);
  ops = &br_ops;
  max_mtu = ETH_MAX_MTU;
  // All of GSO (NETIF_F_GSO_MASK).
  constexpr u64 gso = (u64{2} << NETIF_F_GSO_FRAGLIST_BIT) - NETIF_F_TSO;
  vlan_features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA | gso | NETIF_F_HW_CSUM;
  hw_features = vlan_features | NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_STAG_TX;
  features = hw_features | NETIF_F_LLTX | NETIF_F_NETNS_LOCAL;
  noqueue = true;
  live_addr_change = true;
  netns_local = true;
  carrier = false;
}

bool is_bridge(const net_device& d) { return d.ops == &br_ops; }

const rtnl_link_ops br_link_ops = {.kind = "bridge",
                                   .newlink = br_dev_newlink,
                                   .dellink = br_dev_delete,
                                   .fill_info = br_fill_info,
                                   .changelink = br_dev_changelink,
                                   .fill_slave_info = br_port_fill_slave_info,
                                   .slave_changelink = br_port_slave_changelink};

void bridge_init(world& w) {
  w.link_ops.push_back(&br_link_ops);
  w.netdev_chain.push_back(bridge_netdev_event);
  br_netlink_init(w);
  br_netlink_fdb_init(w);
}

}  // namespace linnet
