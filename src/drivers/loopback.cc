// The loopback device: what is sent on it is received on it, through the backlog. Checksums stay undone,
// for the packet never leaves memory.
#include "drivers/drivers.hh"
#include "net/core/dev.hh"
#include "net/core/dst.hh"
#include "net/core/sock.hh"
#include "net/ethernet/eth.hh"

namespace linnet {
namespace {

void loopback_xmit(net_device& dev, sk_buff_head&& list) {
  list.filter([&](sk_buff& s) {
    skb_tx_timestamp(s);
    skb_orphan(s);
    skb_dst_force(s);
    if (!eth_type_trans(s, dev)) return skb_drop_reason::PKT_TOO_SMALL;
    const u32 len = s.len();  // without the Ethernet header
    ++dev.stats.tx_packets;
    ++dev.stats.rx_packets;
    dev.stats.tx_bytes += len;
    dev.stats.rx_bytes += len;
    return skb_drop_reason::not_dropped_yet;
  });
  netif_rx(std::move(list));
}

constexpr net_device_ops loopback_ops = {.ndo_start_xmit = loopback_xmit,
                                         .ndo_set_mac_address = eth_mac_addr};

}  // namespace

void loopback_net_init(net& n) {
  ref<net_device> dev(new net_device);
  dev->ops = &loopback_ops;
  dev->header_ops = &eth_header_ops;
  dev->type = ARPHRD_LOOPBACK;
  dev->flags = IFF_LOOPBACK;
  dev->mtu = 64 * 1024;
  dev->min_mtu = dev->max_mtu = 0;
  dev->hard_header_len = ETH_HLEN;
  dev->broadcast.fill(0);
  dev->hw_features = NETIF_F_GSO_SOFTWARE;
  dev->features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_GSO_SOFTWARE | NETIF_F_HW_CSUM |
                  NETIF_F_RXCSUM | NETIF_F_SCTP_CRC | NETIF_F_HIGHDMA | NETIF_F_LLTX |
                  NETIF_F_NETNS_LOCAL | NETIF_F_VLAN_CHALLENGED | NETIF_F_LOOPBACK;
  dev->netns_local = true;
  dev->noqueue = true;
  dev->tso_max_size = gso_max;
  n.loopback_dev = dev.get();
  [[maybe_unused]] const status s = register_netdevice(n, dev, "lo");
  assert(s);
}

}  // namespace linnet
