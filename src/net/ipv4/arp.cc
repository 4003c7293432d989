// ARP: what the neighbour table asks of it. An entry gets its functions by the kind of its device and address;
// when one has to be resolved, a request goes out; when the device changes, entries go. What arrives is
// arp_rcv.cc's, programs' requests are arp_ioctl.cc's.
#include "net/ipv4/arp.hh"

#include "net/core/dev.hh"
#include "net/core/neighbour_gc.hh"
#include "net/core/tracepoint.hh"
#include "net/ethernet/eth.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/route.hh"
#include "wire/arp.hh"

namespace linnet {
namespace {

const_bytes key_of(const be32& a) { return std::as_bytes(std::span(&a, 1)); }

// The address a request is sent from (arp_announce): 0, the waiting packet's own if it is one of ours; 1, that
// only if it lies in one of the device's subnets together with the target; else, and with 2, whichever of the
// host's addresses fits the target best.
be32 source_for(const neighbour& n, const in_device& in, const sk_buff* waiting) {
  const s32 announce = in_dev_maxconf(in, IPV4_DEVCONF_ARP_ANNOUNCE);
  if (announce != 2 && waiting && waiting->protocol == be16(ETH_P_IP)) {
    const be32 saddr = ip_hdr(*waiting).saddr;
    if (inet_addr_type_dev_table(n.tbl().ns, *n.dev, saddr) == RTN_LOCAL &&
        (announce != 1 || inet_addr_onlink(in, n.key4(), saddr)))
      return saddr;
  }
  return inet_select_addr(*n.dev, n.key4(), RT_SCOPE_LINK);
}

// arp_solicit: unicast to the address known while there are such probes left, then broadcast.
void arp_solicit(neighbour& n, const sk_buff* waiting) {
  if (!n.dev->ip_ptr) return;
  const be32 saddr = source_for(n, *n.dev->ip_ptr, waiting);
  s64 probes = static_cast<s64>(n.probes) - n.parms->ucast_probes;
  const u8* dst_hw = nullptr;
  hw_addr known;
  if (probes < 0) {
    if (n.nud_state & NUD_VALID_) {
      known = n.ha;
      dst_hw = known.data();
    }
  } else {
    probes -= n.parms->app_probes;
    if (probes < 0) {
      neigh_app_ns(n);
      return;
    }
  }
  arp_send(ARPOP_REQUEST, n.key4(), *n.dev, saddr, dst_hw, nullptr, nullptr);
}

// The packet can't be delivered: its sender is told.
void arp_error_report(neighbour&, skb_ptr p) {
  ipv4_link_failure(*p);
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
  if (dev.flags & (IFF_LOOPBACK | IFF_POINTOPOINT)) n.primary_key = {};  // nothing to tell apart
  n.type = inet_addr_type_dev_table(n.tbl().ns, *n.dev, n.key4());
  if (idev->arp_parms) neigh_set_parms(n, *idev->arp_parms);
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

packet_type arp_packet_type = {.type = be16(ETH_P_ARP), .list_func = arp_list_rcv};

// Without a carrier what was learnt may be wrong when it comes back, unless told to keep it.
bool evicts(const net_device& dev) {
  return !dev.ip_ptr || in_dev_andconf(*dev.ip_ptr, IPV4_DEVCONF_ARP_EVICT_NOCARRIER);
}

void arp_netdev_event(net_device& dev, netdev_event e) {
  neigh_table& tbl = *ipv4_of(*dev.nd_net).arp_tbl;
  switch (e) {
    case netdev_event::changeaddr:
      neigh_changeaddr(tbl, dev);
      rt_cache_flush(*dev.nd_net);
      break;
    case netdev_event::change:
      if (dev.flags_changed & IFF_NOARP) neigh_changeaddr(tbl, dev);
      if (!dev.carrier_ok() && evicts(dev)) neigh_carrier_down(tbl, dev);
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

bool arp_mc_map(be32 group, const net_device& dev, hw_addr& out) {
  switch (dev.type) {
    case ARPHRD_ETHER: ip_eth_mc_map(group, out.data()); return true;
    case ARPHRD_IPGRE: {  // the tunnel's own group, or else the group itself
      const be32 peer = be32::load(dev.broadcast.data());
      const be32 to = peer ? peer : group;
      std::memcpy(out.data(), &to, sizeof to);
      return true;
    }
    default: return false;
  }
}

result<neighbour*> ip_neigh_gw4(net_device& dev, be32 key) {
  if (dev.flags & (IFF_LOOPBACK | IFF_POINTOPOINT)) key = be32();
  neigh_table& tbl = *ipv4_of(*dev.nd_net).arp_tbl;
  if (neighbour* n = neigh_lookup_noref(tbl, key_of(key), dev)) return n;
  return neigh_create(tbl, key_of(key), dev);
}

void ipv4_confirm_neigh(const rtable& rt, be32 daddr) {
  if (!rt.rt_gw_family && (rt.rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST | RTCF_LOCAL))) return;
  net_device& dev = *rt.dev;
  be32 key = rt.rt_gw_family ? rt.rt_gw4 : daddr;
  if (dev.flags & (IFF_LOOPBACK | IFF_POINTOPOINT)) key = be32();
  neigh_table& tbl = *ipv4_of(*dev.nd_net).arp_tbl;
  if (neighbour* n = neigh_lookup_noref(tbl, key_of(key), dev)) neigh_confirm(*n);
}

void arp_send(u16 op, be32 dest_ip, net_device& dev, be32 src_ip, const u8* dest_hw,
              const u8* src_hw, const u8* target_hw, dst_entry* dst) {
  if (dev.flags & IFF_NOARP) return;
  cpu& c = dev.nd_net->c;
  const u8 hln = dev.addr_len;
  const u32 body = static_cast<u32>(sizeof(arphdr)) + 2 * (hln + 4u);
  skb_ptr p = alloc_skb(c, skb_default_headroom + body);
  skb_reserve(*p, skb_default_headroom);
  p->dev = &dev;
  p->protocol = ETH_P_ARP;
  p->local = 1;
  if (dst) skb_dst_set(*p, dst);
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
  trace(c, tp::arp_send, p.get(), &dev,
        {.a = dest_ip.host(), .b = src_ip.host(), .c = op, .other = c.cause});
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
  v4.arp_tbl->proxy_redo = parp_redo;
}

}  // namespace linnet
