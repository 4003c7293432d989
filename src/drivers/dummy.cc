// dummy: an interface that swallows what is sent on it; a place to hang addresses on.
#include "drivers/drivers.hh"
#include "net/core/rtnetlink.hh"
#include "net/ethernet/eth.hh"

namespace linnet {
namespace {

void dummy_xmit(net_device& dev, sk_buff_head&& list) {
  while (skb_ptr p = list.dequeue()) {
    ++dev.stats.tx_packets;
    dev.stats.tx_bytes += p->len();
    consume_skb(std::move(p));
  }
}

status dummy_change_carrier(net_device& dev, bool on) {
  if (on)
    netif_carrier_on(dev);
  else
    netif_carrier_off(dev);
  return {};
}

constexpr net_device_ops dummy_ops = {.ndo_start_xmit = dummy_xmit,
                                      .ndo_set_mac_address = eth_mac_addr,
                                      .ndo_change_carrier = dummy_change_carrier,
                                      .ndo_set_rx_mode = eth_set_rx_mode,
                                      .no_link_state = true};

result<net_device*> dummy_newlink(const rtnl_newlink_params&);

constexpr rtnl_link_ops dummy_link_ops = {
    .kind = "dummy", .newlink = dummy_newlink, .dellink = nullptr, .fill_info = nullptr};

result<net_device*> dummy_newlink(const rtnl_newlink_params& p) {
  ref<net_device> dev(new net_device);
  ether_setup(*dev);
  dev->ops = &dummy_ops;
  dev->flags |= IFF_NOARP;
  dev->flags &= ~static_cast<unsigned>(IFF_MULTICAST);
  dev->features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_GSO_SOFTWARE | NETIF_F_HW_CSUM |
                  NETIF_F_HIGHDMA | NETIF_F_LLTX | NETIF_F_GSO_ENCAP_ALL;
  dev->hw_features = dev->features & ~NETIF_F_LLTX;
  dev->min_mtu = dev->max_mtu = 0;
  dev->noqueue = true;
  dev->live_addr_change = true;
  eth_hw_addr_random(*dev, p.dest_net->c);
  const ifla_table tb = rtnl_parse_request(p);
  if (status s = rtnl_create_link(*dev, dummy_link_ops, tb); !s) return std::unexpected(s.error());
  if (status s = register_netdevice(*p.dest_net, dev, p.name, p.ifindex); !s)
    return std::unexpected(s.error());
  return dev.get();
}

}  // namespace

void dummy_init(world& w) { w.link_ops.push_back(&dummy_link_ops); }

}  // namespace linnet
