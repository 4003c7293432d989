// veth: two Ethernet devices joined back to back, often across namespaces. What one sends goes on the
// backlog of the other's cpu. Carrier is up while both ends are. Deleting one end deletes the other.
#include <linux/veth.h>

#include "drivers/drivers.hh"
#include "net/core/dev.hh"
#include "net/core/dst.hh"
#include "net/core/rtnetlink.hh"
#include "net/core/sock.hh"
#include "net/ethernet/eth.hh"

namespace linnet {
namespace {

struct veth : net_device {
  veth* peer = nullptr;
};
veth& of(net_device& d) { return static_cast<veth&>(d); }

// is_skb_forwardable: fits the receiver's MTU, with room for a VLAN tag.
bool forwardable(const net_device& to, const sk_buff& s) {
  return to.up() && s.len() <= to.mtu + to.hard_header_len + 4;
}

// skb_scrub_packet: what must not cross into another host.
void scrub(sk_buff& s, bool xnet) {
  skb_orphan(s);
  skb_dst_drop(s);
  s.ignore_df = 0;
  s.local = 0;
  s.tstamp = 0;
  if (xnet) {
    s.mark = 0;
    s.priority = 0;
  }
}

void veth_xmit(net_device& dev, sk_buff_head&& list) {
  veth* peer = of(dev).peer;
  sk_buff_head in;
  while (skb_ptr p = list.dequeue()) {
    const u32 len = p->len();
    if (unlikely(!peer || !forwardable(*peer, *p))) {
      ++dev.stats.tx_dropped;
      p->home->xmit_error = ENOBUFS;
      kfree_skb_reason(std::move(p), peer && peer->up() ? skb_drop_reason::PKT_TOO_BIG
                                                        : skb_drop_reason::DEV_READY);
      continue;
    }
    skb_tx_timestamp(*p);
    scrub(*p, peer->nd_net != dev.nd_net);
    if (unlikely(!eth_type_trans(*p, *peer))) {
      ++dev.stats.tx_dropped;
      p->home->xmit_error = ENOBUFS;
      kfree_skb_reason(std::move(p), skb_drop_reason::HDR_TRUNC);
      continue;
    }
    ++dev.stats.tx_packets;
    dev.stats.tx_bytes += len;
    ++peer->stats.rx_packets;
    peer->stats.rx_bytes += len;
    in.enqueue(std::move(p));
  }
  netif_rx(std::move(in));
}

status veth_open(net_device& dev) {
  veth* peer = of(dev).peer;
  if (!peer) return err(ENOTCONN);
  if (peer->up()) {
    netif_carrier_on(dev);
    netif_carrier_on(*peer);
  }
  return {};
}

void veth_stop(net_device& dev) {
  netif_carrier_off(dev);
  if (veth* peer = of(dev).peer) netif_carrier_off(*peer);
}

int veth_get_iflink(const net_device& dev) {
  const veth* peer = static_cast<const veth&>(dev).peer;
  return peer ? peer->ifindex : 0;
}

net* veth_get_link_net(const net_device& dev) {
  const veth* peer = static_cast<const veth&>(dev).peer;
  return peer ? peer->nd_net : dev.nd_net;
}

constexpr net_device_ops veth_ops = {.ndo_start_xmit = veth_xmit,
                                     .ndo_open = veth_open,
                                     .ndo_stop = veth_stop,
                                     .ndo_set_mac_address = eth_mac_addr,
                                     .ndo_get_iflink = veth_get_iflink,
                                     .ndo_get_link_net = veth_get_link_net,
                                     .ndo_set_rx_mode = eth_set_rx_mode};

result<net_device*> veth_newlink(const rtnl_newlink_params&);
void veth_dellink(net_device&);

constexpr rtnl_link_ops veth_link_ops = {
    .kind = "veth", .newlink = veth_newlink, .dellink = veth_dellink, .fill_info = nullptr};

ref<veth> veth_alloc(cpu& c) {
  ref<veth> dev(new veth);
  ether_setup(*dev);
  dev->ops = &veth_ops;
  dev->max_mtu = ETH_MAX_MTU;
  dev->tso_max_size = gso_max;
  dev->features = NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_LLTX | NETIF_F_HW_VLAN_CTAG_TX |
                  NETIF_F_HW_VLAN_STAG_TX;
  dev->vlan_features = NETIF_F_HW_CSUM | NETIF_F_RXCSUM;
  dev->noqueue = true;
  dev->live_addr_change = true;
  eth_hw_addr_random(*dev, c);
  return dev;
}

// One end: attributes applied, registered, carrier off.
status veth_add(net& n, veth& dev, const ifla_table& tb, std::string_view name, int ifindex) {
  if (status s = rtnl_create_link(dev, veth_link_ops, tb); !s) return s;
  if (status s = register_netdevice(n, ref<net_device>(&dev), name, ifindex); !s) return s;
  netif_carrier_off(dev);
  return {};
}

result<net_device*> veth_newlink(const rtnl_newlink_params& p) {
  nla info_peer;
  for (nla a : nla_range(p.data)) {
    if (a.type() == VETH_INFO_PEER) info_peer = a;
  }
  auto pp = rtnl_parse_peer(p, info_peer, "veth%d");
  if (!pp) return std::unexpected(pp.error());
  const ifla_table tb = rtnl_parse_request(p);

  ref<veth> peer = veth_alloc(pp->ns->c);
  const int peer_index = pp->ifm ? pp->ifm->ifi_index : 0;
  if (status s = veth_add(*pp->ns, *peer, pp->tb, pp->name, peer_index); !s) {
    return std::unexpected(s.error());
  }
  status s = rtnl_configure_link(*peer, pp->ifm);
  ref<veth> dev = veth_alloc(p.dest_net->c);
  if (s) s = veth_add(*p.dest_net, *dev, tb, p.name, p.ifindex);
  if (!s) {
    unregister_netdevice(*peer);
    return std::unexpected(s.error());
  }
  dev->peer = peer.get();
  peer->peer = dev.get();
  return dev.get();
}

void veth_dellink(net_device& dev) {
  veth* peer = std::exchange(of(dev).peer, nullptr);
  if (!peer) {
    unregister_netdevice(dev);
    return;
  }
  ref<net_device> hold(peer);
  peer->peer = nullptr;
  netif_carrier_off(*peer);
  unregister_netdevice(dev);
  unregister_netdevice(*peer);
}

}  // namespace

void veth_init(world& w) { w.link_ops.push_back(&veth_link_ops); }

}  // namespace linnet
