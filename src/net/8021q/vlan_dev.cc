// The device itself: headers, transmit and receive, and what it takes over from the device below.
#include <algorithm>

#include "net/8021q/vlan.hh"
#include "net/8021q/vlan_mrp.hh"
#include "net/core/dev.hh"
#include "net/core/dst.hh"
#include "net/ethernet/eth.hh"

namespace linnet {
namespace {

const u8* addr_of(const net_device& d) { return d.dev_addr.data(); }
bool same_addr(const u8* a, const u8* b) { return std::memcmp(a, b, ETH_ALEN) == 0; }
hw_addr hw_addr_of(const u8* a) {
  hw_addr h{};
  std::memcpy(h.data(), a, ETH_ALEN);
  return h;
}

u16 tci_of(const vlan_dev& v, u32 priority) {
  return static_cast<u16>(v.vlan_id | v.egress_qos_mask(priority));
}

// Without REORDER_HDR the tag is part of the header from the start, for who looks on here too.
bool vlan_dev_hard_header(sk_buff& s, net_device& dev, u16 type, const u8* daddr, const u8* saddr) {
  vlan_dev& v = of_vlan(dev);
  if (!v.reorders()) {
    skb_cow_head(s, VLAN_HLEN + ETH_HLEN);
    auto& h = *reinterpret_cast<vlan_hdr*>(skb_push(s, VLAN_HLEN));
    h = {.h_vlan_TCI = tci_of(v, s.priority), .h_vlan_encapsulated_proto = type};
    s.protocol = v.vlan_proto;
    type = v.vlan_proto.host();
  }
  net_device& real = *v.real_dev;
  return real.header_ops->create(s, real, type, daddr, saddr ? saddr : addr_of(dev));
}

// The lower device takes the tag beside the packet.
bool vlan_passthru_hard_header(sk_buff& s, net_device& dev, u16 type, const u8* daddr,
                               const u8* saddr) {
  net_device& real = *of_vlan(dev).real_dev;
  return real.header_ops->create(s, real, type, daddr, saddr ? saddr : addr_of(dev));
}

u8 vlan_dev_parse(const sk_buff& s, hw_addr& out) { return eth_header_ops.parse(s, out); }
be16 vlan_parse_protocol(const sk_buff& s) {
  const auto* eth = skb_header<ethhdr>(s);
  return eth ? vlan_get_protocol(s, eth->h_proto, nullptr) : be16();
}

constexpr header_ops vlan_header_ops = {
    .create = vlan_dev_hard_header, .parse = vlan_dev_parse, .parse_protocol = vlan_parse_protocol};
constexpr header_ops vlan_passthru_header_ops = {.create = vlan_passthru_hard_header,
                                                 .parse = vlan_dev_parse,
                                                 .parse_protocol = vlan_parse_protocol};

// A frame that brings its tag along (made so above, or by who sent it raw) keeps that.
void tag(const vlan_dev& v, sk_buff& s) {
  const auto* eth = skb_header<ethhdr>(s);
  if (v.reorders() || !eth || eth->h_proto != v.vlan_proto)
    vlan_hwaccel_put_tag(s, v.vlan_proto, tci_of(v, s.priority));
}

void vlan_dev_xmit(net_device& dev, sk_buff_head&& list) {
  vlan_dev& v = of_vlan(dev);
  net_device& real = *v.real_dev;
  cpu& c = real.nd_net->c;
  const u64 refused_before = real.stats.tx_dropped;
  const u64 packets = list.qlen();
  u64 len = 0;
  sk_buff_head out;
  while (skb_ptr p = list.dequeue()) {
    // A frame that has a tag beside it already (from a VLAN above) gets that into it first.
    if (unlikely(p->vlan_present)) vlan_hwaccel_push_inside(*p);
    tag(v, *p);
    len += p->len();
    p = skb_move_to(c, std::move(p));
    p->dev = &real;
    out.enqueue(std::move(p));
  }
  const int before = std::exchange(c.xmit_error, 0);
  dev_queue_xmit(real, std::move(out));
  if (unlikely(c.xmit_error != 0)) {
    const u64 refused = std::clamp<u64>(real.stats.tx_dropped - refused_before, 1, packets);
    v.stats.tx_dropped += refused;
    v.stats.tx_packets += packets - refused;
    v.stats.tx_bytes += len * (packets - refused) / packets;
    return;
  }
  c.xmit_error = before;
  v.stats.tx_packets += packets;
  v.stats.tx_bytes += len;
}

// vlan_do_receive, from where the device is known.
bool vlan_dev_rcv(net_device& dev, sk_buff& s) {
  if (unlikely(!dev.up())) return false;
  vlan_dev& v = of_vlan(dev);
  s.dev = &dev;
  // Our address may be another than the lower device's.
  if (s.pkt == pkt_type::otherhost &&
      same_addr(reinterpret_cast<const ethhdr*>(s.mac())->h_dest.data(), addr_of(dev)))
    s.pkt = pkt_type::host;
  if (unlikely(!v.reorders()) && !dev.br_port) {
    const u32 offset = static_cast<u32>(s.data - s.mac());
    skb_unshare(s);
    skb_push(s, offset);
    vlan_insert_inner_tag(s, s.vlan_proto, s.vlan_tci, s.mac_len);
    skb_pull(s, offset + VLAN_HLEN);
    s.mac_len = static_cast<u8>(s.data - s.mac());
  }
  s.priority = v.ingress_priority_map[s.vlan_tci >> VLAN_PRIO_SHIFT];
  vlan_hwaccel_clear_tag(s);
  ++v.stats.rx_packets;
  v.stats.rx_bytes += s.len();
  if (s.pkt == pkt_type::multicast) ++v.stats.multicast;
  return true;
}

// While it has no address of its own it has the lower device's (vlan_dev_inherit_address).
bool inherit_address(vlan_dev& v) {
  if (v.addr_assign_type != 2) return false;  // NET_ADDR_STOLEN
  std::memcpy(v.dev_addr.data(), addr_of(*v.real_dev), ETH_ALEN);
  call_netdevice_notifiers(v, netdev_event::changeaddr);
  return true;
}

void vlan_dev_set_rx_mode(net_device& dev) {
  vlan_dev& v = of_vlan(dev);
  for (const netdev_hw_addr& a : v.mc)
    if (std::ranges::find(v.synced, a.addr) == v.synced.end()) {
      v.synced.push_back(a.addr);
      dev_mc_add(*v.real_dev, a.addr);
    }
  std::erase_if(v.synced, [&](const hw_addr& addr) {
    if (std::ranges::find(v.mc, addr, &netdev_hw_addr::addr) != v.mc.end()) return false;
    dev_mc_del(*v.real_dev, addr);
    return true;
  });
}

status vlan_dev_open(net_device& dev) {
  vlan_dev& v = of_vlan(dev);
  net_device& real = *v.real_dev;
  if (!real.up() && !v.loose()) return err(ENETDOWN);
  if (!same_addr(addr_of(v), addr_of(real)) && !inherit_address(v)) dev_uc_add(real, v.dev_addr);
  v.real_dev_addr = hw_addr_of(addr_of(real));
  vlan_request_join(v, v.vlan_flags);
  if (real.carrier_ok() && !v.bridge_bound()) netif_carrier_on(v);
  return {};
}

void vlan_dev_stop(net_device& dev) {
  vlan_dev& v = of_vlan(dev);
  net_device& real = *v.real_dev;
  for (const hw_addr& addr : std::exchange(v.synced, {})) dev_mc_del(real, addr);
  if (!same_addr(addr_of(v), addr_of(real))) dev_uc_del(real, v.dev_addr);
  if (!v.bridge_bound()) netif_carrier_off(v);
}

status vlan_dev_set_mac_address(net_device& dev, const_bytes addr) {
  const auto* a = reinterpret_cast<const u8*>(addr.data());
  if (!is_valid_ether_addr(a)) return err(EADDRNOTAVAIL);
  if (!dev.up()) return {};
  net_device& real = *of_vlan(dev).real_dev;
  if (!same_addr(a, addr_of(real))) dev_uc_add(real, hw_addr_of(a));
  if (!same_addr(addr_of(dev), addr_of(real))) dev_uc_del(real, dev.dev_addr);
  return {};
}

status vlan_dev_change_mtu(net_device& dev, u32 mtu) {
  return mtu > of_vlan(dev).real_dev->mtu ? err(ERANGE) : status();
}

void vlan_dev_change_rx_flags(net_device& dev, unsigned changed) {
  net_device& real = *of_vlan(dev).real_dev;
  if (changed & IFF_ALLMULTI) dev_set_allmulti(real, dev.flags & IFF_ALLMULTI ? 1 : -1);
  if (changed & IFF_PROMISC) dev_set_promiscuity(real, dev.flags & IFF_PROMISC ? 1 : -1);
}

int vlan_dev_get_iflink(const net_device& dev) { return of_vlan(dev).real_dev->ifindex; }
net* vlan_get_link_net(const net_device& dev) { return of_vlan(dev).real_dev->nd_net; }

constexpr u64 fcoe_features =
    u64{1} << NETIF_F_FCOE_CRC_BIT | u64{1} << NETIF_F_FCOE_MTU_BIT | u64{1} << NETIF_F_FSO_BIT;

// What the device below can do for its VLANs, and what the core does in its place.
u64 vlan_dev_fix_features(const net_device& dev, u64 features) {
  const net_device& real = *static_cast<const vlan_dev&>(dev).real_dev;
  const u64 lower = (real.vlan_features | NETIF_F_RXCSUM) & real.features;
  return (features & lower) | (features & (NETIF_F_SOFT_FEATURES | NETIF_F_GSO_SOFTWARE)) |
         NETIF_F_LLTX;
}

constexpr net_device_ops vlan_netdev_ops = {.ndo_start_xmit = vlan_dev_xmit,
                                            .ndo_open = vlan_dev_open,
                                            .ndo_stop = vlan_dev_stop,
                                            .ndo_set_mac_address = vlan_dev_set_mac_address,
                                            .ndo_change_mtu = vlan_dev_change_mtu,
                                            .ndo_get_iflink = vlan_dev_get_iflink,
                                            .ndo_get_link_net = vlan_get_link_net,
                                            .ndo_change_rx_flags = vlan_dev_change_rx_flags,
                                            .ndo_set_rx_mode = vlan_dev_set_rx_mode,
                                            .ndo_vlan_rcv = vlan_dev_rcv,
                                            .ndo_fix_features = vlan_dev_fix_features};

}  // namespace

vlan_dev::vlan_dev() {
  ether_setup(*this);
  ops = &vlan_netdev_ops;
  min_mtu = 0;
  max_mtu = ETH_MAX_MTU;
  noqueue = true;
  unicast_filter = true;
}

bool is_vlan_dev(const net_device& d) { return d.ops == &vlan_netdev_ops; }

void vlan_dev_init(vlan_dev& v) {
  net_device& real = *v.real_dev;
  v.carrier = real.carrier && !v.bridge_bound();
  v.dormant = real.dormant;
  v.flags = real.flags & ~unsigned{IFF_UP | IFF_PROMISC | IFF_ALLMULTI | IFF_MASTER | IFF_SLAVE};
  v.hw_features = NETIF_F_HW_CSUM | NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_GSO_SOFTWARE |
                  NETIF_F_GSO_ENCAP_ALL | NETIF_F_HIGHDMA | NETIF_F_SCTP_CRC | fcoe_features;
  v.features = vlan_dev_fix_features(v, v.hw_features);
  v.vlan_features = real.vlan_features;
  v.tso_max_size = real.tso_max_size;
  v.tso_max_segs = real.tso_max_segs;
  if (is_zero_ether_addr(v.dev_addr.data())) {
    std::memcpy(v.dev_addr.data(), real.dev_addr.data(), ETH_ALEN);
    v.addr_assign_type = 2;  // NET_ADDR_STOLEN
  }
  if (is_zero_ether_addr(v.broadcast.data())) v.broadcast = real.broadcast;
  v.needed_headroom = real.needed_headroom;
  const bool offloaded = vlan_hw_offload_capable(real.features, v.vlan_proto);
  v.header_ops = offloaded ? &vlan_passthru_header_ops : &vlan_header_ops;
  v.hard_header_len = static_cast<u16>(real.hard_header_len + (offloaded ? 0 : VLAN_HLEN));
}

u16 vlan_dev::egress_qos_mask(u32 skb_priority) const {
  for (const egress_mapping& m : egress_priority_map[skb_priority & 15])
    if (m.priority == skb_priority) return m.vlan_qos;
  return 0;
}

void vlan_dev_set_ingress_priority(vlan_dev& v, u32 skb_prio, u16 vlan_prio) {
  u32& at = v.ingress_priority_map[vlan_prio & 7];
  v.nr_ingress_mappings += static_cast<unsigned>(skb_prio != 0) - static_cast<unsigned>(at != 0);
  at = skb_prio;
}

void vlan_dev_set_egress_priority(vlan_dev& v, u32 skb_prio, u16 vlan_prio) {
  const u16 qos = static_cast<u16>(vlan_prio << VLAN_PRIO_SHIFT);
  auto& list = v.egress_priority_map[skb_prio & 15];
  auto it = std::ranges::find(list, skb_prio, &vlan_dev::egress_mapping::priority);
  if (it == list.end()) it = list.insert(list.begin(), {skb_prio, 0});
  v.nr_egress_mappings +=
      static_cast<unsigned>(qos != 0) - static_cast<unsigned>(it->vlan_qos != 0);
  it->vlan_qos = qos;
}

status vlan_dev_change_flags(vlan_dev& v, u32 flags, u32 mask) {
  constexpr u32 known = VLAN_FLAG_REORDER_HDR | VLAN_FLAG_GVRP | VLAN_FLAG_LOOSE_BINDING |
                        VLAN_FLAG_MVRP | VLAN_FLAG_BRIDGE_BINDING;
  if (mask & ~known) return err(EINVAL);
  const u16 before = v.vlan_flags;
  v.vlan_flags = static_cast<u16>((v.vlan_flags & ~mask) | (flags & mask));
  if (!v.up()) return {};
  const u32 changed = before ^ v.vlan_flags;
  vlan_request_join(v, changed & v.vlan_flags);
  vlan_request_leave(v, changed & before);
  return {};
}

void vlan_sync_address(net_device& real, vlan_dev& v) {
  const u8* old = v.real_dev_addr.data();
  if (same_addr(old, addr_of(real))) return;
  if (!inherit_address(v)) {
    // It is no longer, or only now, one that the lower device has to listen to besides its own.
    if (!same_addr(addr_of(v), old) && same_addr(addr_of(v), addr_of(real)))
      dev_uc_del(real, v.dev_addr);
    if (same_addr(addr_of(v), old) && !same_addr(addr_of(v), addr_of(real)))
      dev_uc_add(real, v.dev_addr);
  }
  v.real_dev_addr = hw_addr_of(addr_of(real));
}

}  // namespace linnet
