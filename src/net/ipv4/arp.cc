// ARP. A request for an address of ours is answered and its sender entered as STALE; a reply makes the
// entry that waits for it REACHABLE; anything else may only update an entry that exists.
#include "net/ipv4/arp.hh"

#include "net/core/dev.hh"
#include "net/core/tracepoint.hh"
#include "net/ethernet/eth.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/ip.hh"
#include "wire/arp.hh"

namespace linnet {
namespace {

const_bytes key_of(const be32& a) { return std::as_bytes(std::span(&a, 1)); }

be32 source_for(neighbour& n, const sk_buff* waiting) {
  // arp_announce 0: the waiting packet's own source if it is one of ours, else any address that fits.
  if (waiting && waiting->protocol == be16(ETH_P_IP)) {
    const be32 saddr = ip_hdr(*waiting).saddr;
    if (inet_addr_type(n.tbl->ns, saddr) == RTN_LOCAL) return saddr;
  }
  return inet_select_addr(*n.dev, n.key4(), RT_SCOPE_LINK);
}

// arp_solicit: unicast to the address known while there are such probes left, then broadcast.
void arp_solicit(neighbour& n, const sk_buff* waiting) {
  if (!n.dev->ip_ptr) return;
  const be32 saddr = source_for(n, waiting);
  s64 probes = static_cast<s64>(n.probes) - n.parms->ucast_probes;
  const u8* dst_hw = nullptr;
  hw_addr known;
  if (probes < 0) {
    if (n.nud_state & NUD_VALID_) {
      known = n.ha;
      dst_hw = known.data();
    }
    ++n.tbl->stats.rcv_probes_ucast;
  } else {
    probes -= n.parms->app_probes;
    if (probes < 0) {
      neigh_app_ns(n);
      return;
    }
  }
  arp_send(ARPOP_REQUEST, n.key4(), *n.dev, saddr, dst_hw, nullptr, nullptr);
}

// The packet can't be delivered: its sender is told (ipv4_link_failure).
void arp_error_report(neighbour&, skb_ptr p) {
  icmp_send(*p, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, be32());
  kfree_skb_reason(std::move(p), skb_drop_reason::NEIGH_FAILED);
}

constexpr neigh_ops arp_hh_ops = {.family = AF_INET,
                                  .solicit = arp_solicit,
                                  .error_report = arp_error_report,
                                  .output = neigh_resolve_output,
                                  .connected_output = neigh_resolve_output};
constexpr neigh_ops arp_generic_ops = {.family = AF_INET,
                                       .solicit = arp_solicit,
                                       .error_report = arp_error_report,
                                       .output = neigh_resolve_output,
                                       .connected_output = neigh_connected_output};
constexpr neigh_ops arp_direct_ops = {.family = AF_INET,
                                      .solicit = arp_solicit,
                                      .error_report = arp_error_report,
                                      .output = neigh_direct_output,
                                      .connected_output = neigh_direct_output};

bool arp_constructor(neighbour& n) {
  net_device& dev = *n.dev;
  in_device* idev = dev.ip_ptr;
  if (!idev) return false;
  n.type = inet_dev_addr_type(n.tbl->ns, &dev, n.key4());
  if (idev->arp_parms) n.parms = idev->arp_parms.get();
  if (!dev.header_ops) {
    n.nud_state = NUD_NOARP;
    n.ops = &arp_direct_ops;
    return true;
  }
  if (n.type == RTN_MULTICAST) {
    n.nud_state = NUD_NOARP;
    if (dev.type == ARPHRD_ETHER) {
      ip_eth_mc_map(n.key4(), n.ha.data());
    } else {
      n.ha = dev.broadcast;
    }
  } else if (dev.flags & (IFF_NOARP | IFF_LOOPBACK)) {
    n.nud_state = NUD_NOARP;
    n.ha = dev.dev_addr;
  } else if (n.type == RTN_BROADCAST || (dev.flags & IFF_POINTOPOINT)) {
    n.nud_state = NUD_NOARP;
    n.ha = dev.broadcast;
  }
  n.ops = dev.header_ops->cache ? &arp_hh_ops : &arp_generic_ops;
  return true;
}

// A packet whose lengths are checked, taken apart.
struct arp_fields {
  u16 op;
  be32 sip, tip;
  const u8 *sha, *tha;
};

void arp_update_entry(net& n, net_device& dev, const arp_fields& a, pkt_type to) {
  neigh_table& tbl = *ipv4_of(n).arp_tbl;
  neighbour* e = neigh_lookup(tbl, key_of(a.sip), dev);
  if (!e) return;
  // A gratuitous packet has the same address twice, a gratuitous reply the same hardware address as well
  // (arp_is_garp): it may override at once.
  const bool garp = a.tip == a.sip &&
                    (a.op != ARPOP_REPLY || std::memcmp(a.tha, a.sha, dev.addr_len) == 0) &&
                    inet_dev_addr_type(n, &dev, a.sip) == RTN_UNICAST;
  const bool override = n.w.now() > e->updated + e->parms->locktime || garp;
  const u8 state = a.op == ARPOP_REPLY && to == pkt_type::host ? NUD_REACHABLE : NUD_STALE;
  [[maybe_unused]] auto s =
      neigh_update(*e, a.sha, state, override ? NEIGH_UPDATE_F_OVERRIDE : 0, 0);
}

// arp_process.
skb_drop_reason arp_process(sk_buff& s, net_device& dev, const arp_fields& a) {
  net& n = *dev.nd_net;
  const in_device& idev = *dev.ip_ptr;
  if (ipv4_is_multicast(a.tip) ||
      (!in_dev_orconf(idev, IPV4_DEVCONF_ROUTE_LOCALNET) && ipv4_is_loopback(a.tip))) {
    return skb_drop_reason::IP_INVALID_DEST;
  }
  if (!a.sip) {  // duplicate address detection (RFC 5227 §2.1.1): the address is ours, say so
    if (a.op == ARPOP_REQUEST && inet_addr_type(n, a.tip) == RTN_LOCAL) {
      arp_send(ARPOP_REPLY, a.sip, dev, a.tip, a.sha, nullptr, a.sha);
    }
    return skb_drop_reason::consumed;
  }
  if (a.op == ARPOP_REQUEST &&
      ip_route_input_noref(s, a.tip, a.sip, 0, dev) == skb_drop_reason::not_dropped_yet &&
      skb_rtable(s)->rt_type == RTN_LOCAL) {
    if (neigh_event_ns(*ipv4_of(n).arp_tbl, a.sha, key_of(a.sip), dev)) {
      arp_send(ARPOP_REPLY, a.sip, dev, a.tip, a.sha, nullptr, a.sha);
    }
    return skb_drop_reason::consumed;
  }
  arp_update_entry(n, dev, a, s.pkt);
  return skb_drop_reason::consumed;
}

// arp_rcv, for one packet.
skb_drop_reason arp_rcv_one(sk_buff& s, net_device& dev) {
  if ((dev.flags & IFF_NOARP) || s.pkt == pkt_type::otherhost || s.pkt == pkt_type::loopback) {
    return skb_drop_reason::consumed;
  }
  const arphdr* arp = skb_header<arphdr>(s);
  const u32 need = static_cast<u32>(sizeof(arphdr)) + 2 * (dev.addr_len + 4u);
  if (!arp || s.len() < need) return skb_drop_reason::PKT_TOO_SMALL;
  if (arp->ar_hln != dev.addr_len || arp->ar_pln != 4 || !dev.ip_ptr) {
    return skb_drop_reason::HDR_TRUNC;
  }
  // An Ethernet may say 802 too.
  const bool hw_ok = arp->ar_hrd == be16(dev.type) ||
                     (dev.type == ARPHRD_ETHER && arp->ar_hrd == be16(ARPHRD_IEEE802));
  if (!hw_ok || arp->ar_pro != be16(ETH_P_IP)) return skb_drop_reason::INVALID_PROTO;
  const u16 op = arp->ar_op.host();
  if (op != ARPOP_REQUEST && op != ARPOP_REPLY) return skb_drop_reason::INVALID_PROTO;
  auto* p = reinterpret_cast<const u8*>(arp + 1);
  const arp_fields a = {.op = op,
                        .sip = be32::load(p + dev.addr_len),
                        .tip = be32::load(p + 2 * dev.addr_len + 4),
                        .sha = p,
                        .tha = p + dev.addr_len + 4};
  return arp_process(s, dev, a);
}

void arp_list_rcv(sk_buff_head&& list, net_device& dev) {
  while (skb_ptr p = list.dequeue()) {
    trace(*p->home, tp::arp_rcv, p.get(), &dev);
    const skb_drop_reason why = arp_rcv_one(*p, dev);
    if (why == skb_drop_reason::consumed) {
      consume_skb(std::move(p));
    } else {
      kfree_skb_reason(std::move(p), why);
    }
  }
}

packet_type arp_packet_type = {.type = be16(ETH_P_ARP), .list_func = arp_list_rcv};

void arp_netdev_event(net_device& dev, netdev_event e) {
  neigh_table& tbl = *ipv4_of(*dev.nd_net).arp_tbl;
  switch (e) {
    case netdev_event::changeaddr: neigh_changeaddr(tbl, dev); break;
    case netdev_event::change:
      if (!dev.carrier_ok()) neigh_carrier_down(tbl, dev);
      break;
    case netdev_event::down:
    case netdev_event::unregister: neigh_ifdown(tbl, dev); break;
    default: break;
  }
}

}  // namespace

void ip_eth_mc_map(be32 group, u8* out) {
  const u32 g = group.host();
  out[0] = 0x01;
  out[1] = 0x00;
  out[2] = 0x5e;
  out[3] = (g >> 16) & 0x7f;
  out[4] = (g >> 8) & 0xff;
  out[5] = g & 0xff;
}

result<neighbour*> ip_neigh_gw4(net_device& dev, be32 key) {
  if (dev.flags & (IFF_LOOPBACK | IFF_POINTOPOINT)) key = be32();
  neigh_table& tbl = *ipv4_of(*dev.nd_net).arp_tbl;
  if (neighbour* n = neigh_lookup(tbl, key_of(key), dev)) return n;
  return neigh_create(tbl, key_of(key), dev);
}

void arp_send(u16 op, be32 dest_ip, net_device& dev, be32 src_ip, const u8* dest_hw,
              const u8* src_hw, const u8* target_hw) {
  if (dev.flags & IFF_NOARP) return;
  cpu& c = dev.nd_net->c;
  const u8 hln = dev.addr_len;
  const u32 body = static_cast<u32>(sizeof(arphdr)) + 2 * (hln + 4u);
  skb_ptr p = alloc_skb(c, skb_default_headroom + body);
  skb_reserve(*p, skb_default_headroom);
  p->dev = &dev;
  p->protocol = ETH_P_ARP;
  p->local = 1;
  auto* arp = reinterpret_cast<arphdr*>(skb_put(*p, body));
  p->reset_network_header();
  *arp = {.ar_hrd = dev.type, .ar_pro = u16{ETH_P_IP}, .ar_hln = hln, .ar_pln = 4, .ar_op = op};
  auto* at = reinterpret_cast<u8*>(arp + 1);
  auto put = [&](const void* from, size_t n) {
    if (from)
      std::memcpy(at, from, n);
    else
      std::memset(at, 0, n);
    at += n;
  };
  if (!src_hw) src_hw = dev.dev_addr.data();
  put(src_hw, hln);
  put(&src_ip, 4);
  put(target_hw, hln);
  put(&dest_ip, 4);
  if (!dev.header_ops->create(*p, dev, ETH_P_ARP, dest_hw ? dest_hw : dev.broadcast.data(),
                              src_hw)) {
    kfree_skb_reason(std::move(p), skb_drop_reason::DEV_HDR);
    return;
  }
  sk_buff_head one;
  one.enqueue(std::move(p));
  dev_queue_xmit(dev, std::move(one));
}

void arp_init(world& w) {
  w.ptypes.push_back(&arp_packet_type);
  w.netdev_chain.push_back(arp_netdev_event);
}

void arp_net_init(net& n) {
  auto& v4 = ipv4_of(n);
  v4.arp_tbl = std::make_unique<neigh_table>(n, AF_INET, 4, "arp_cache");
  v4.arp_tbl->constructor = arp_constructor;
}

}  // namespace linnet
