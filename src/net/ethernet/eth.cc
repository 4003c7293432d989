// Ethernet framing: what a received frame is and for whom, headers for what is sent, and the defaults of
// Ethernet-like devices.
#include "net/ethernet/eth.hh"

#include "net/core/neighbour.hh"

namespace linnet {

bool is_zero_ether_addr(const u8* a) { return !(a[0] | a[1] | a[2] | a[3] | a[4] | a[5]); }

bool eth_type_trans(sk_buff& s, net_device& dev) {
  s.dev = &dev;
  s.reset_mac_header();
  const ethhdr* eth = skb_header<ethhdr>(s);
  if (unlikely(!eth)) return false;
  s.mac_len = ETH_HLEN;
  skb_pull(s, ETH_HLEN);
  if (likely(std::memcmp(eth->h_dest.data(), dev.dev_addr.data(), ETH_ALEN) == 0)) {
    s.pkt = pkt_type::host;
  } else if (is_multicast_ether_addr(eth->h_dest.data())) {
    s.pkt = std::memcmp(eth->h_dest.data(), dev.broadcast.data(), ETH_ALEN) == 0
                ? pkt_type::broadcast
                : pkt_type::multicast;
  } else {
    s.pkt = pkt_type::otherhost;
  }
  // Values below 1536 are an 802.3 length, and the frame is LLC.
  s.protocol = eth->h_proto.host() >= ETH_P_802_3_MIN ? eth->h_proto : be16(ETH_P_802_2);
  return true;
}

namespace {

bool eth_header(sk_buff& s, net_device& dev, u16 proto, const u8* daddr, const u8* saddr) {
  skb_cow_head(s, ETH_HLEN);
  auto* eth = reinterpret_cast<ethhdr*>(skb_push(s, ETH_HLEN));
  s.reset_mac_header();
  eth->h_proto = proto;
  std::memcpy(eth->h_source.data(), saddr ? saddr : dev.dev_addr.data(), ETH_ALEN);
  if (daddr) {
    std::memcpy(eth->h_dest.data(), daddr, ETH_ALEN);
    return true;
  }
  eth->h_dest.fill(0);
  return dev.flags & (IFF_LOOPBACK | IFF_NOARP);
}

u8 eth_header_cache(const neighbour& n, be16 proto, std::array<std::byte, 16>& out) {
  if (proto == be16(ETH_P_802_3)) return 0;
  auto* eth = reinterpret_cast<ethhdr*>(out.data());
  std::memcpy(eth->h_dest.data(), n.ha.data(), ETH_ALEN);
  std::memcpy(eth->h_source.data(), n.dev->dev_addr.data(), ETH_ALEN);
  eth->h_proto = proto;
  return ETH_HLEN;
}

u8 eth_header_parse(const sk_buff& s, hw_addr& out) {
  std::memcpy(out.data(), reinterpret_cast<const ethhdr*>(s.mac())->h_source.data(), ETH_ALEN);
  return ETH_ALEN;
}

}  // namespace

const header_ops eth_header_ops = {
    .create = eth_header, .cache = eth_header_cache, .parse = eth_header_parse};

void ether_setup(net_device& dev) {
  dev.header_ops = &eth_header_ops;
  dev.type = ARPHRD_ETHER;
  dev.hard_header_len = ETH_HLEN;
  dev.addr_len = ETH_ALEN;
  dev.mtu = ETH_DATA_LEN;
  dev.min_mtu = ETH_MIN_MTU;
  dev.max_mtu = ETH_DATA_LEN;
  dev.tx_queue_len = 1000;
  dev.flags = IFF_BROADCAST | IFF_MULTICAST;
  dev.broadcast.fill(0xff);
}

void eth_hw_addr_random(net_device& dev, cpu& c) {
  const u64 r = c.rand.next();
  std::memcpy(dev.dev_addr.data(), &r, ETH_ALEN);
  dev.dev_addr[0] &= 0xfe;   // not multicast
  dev.dev_addr[0] |= 0x02;   // locally administered
  dev.addr_assign_type = 1;  // NET_ADDR_RANDOM
}

void eth_set_rx_mode(net_device&) {}

status eth_mac_addr(net_device& dev, const_bytes addr) {
  if (dev.up() && !dev.live_addr_change) return err(EBUSY);
  if (!is_valid_ether_addr(reinterpret_cast<const u8*>(addr.data()))) return err(EADDRNOTAVAIL);
  return {};
}

}  // namespace linnet
