// gre and gretap: any protocol, or Ethernet frames, in IPv4 behind GRE's header (RFC 2784, RFC 2890). A gre device with no
// or many other ends makes a link-layer header, whose addresses are IPv4's: so its neighbours say where each packet goes.
#include <linux/icmp.h>
#include <netinet/in.h>

#include <algorithm>

#include "base/checksum.hh"
#include "net/core/dev.hh"
#include "net/ethernet/eth.hh"
#include "net/ipv4/fib_exceptions.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/ip_gre.hh"
#include "net/ipv4/ip_tunnel.hh"
#include "net/ipv4/ip_tunnel_core.hh"
#include "net/ipv4/route.hh"
#include "wire/gre.hh"
#include "wire/icmp.hh"

namespace linnet {

using enum skb_drop_reason;

u32 gre_calc_hlen(u16 flags) {
  return 4 + (flags & gre_csum ? 4 : 0) + (flags & gre_key ? 4 : 0) + (flags & gre_seq ? 4 : 0);
}

namespace {

// ---- out

// Puts GRE's header in front of the packet (gre_build_header). False: it can't be summed up.
bool build_header(ip_tunnel& t, sk_buff& s, be16 proto, u16 flags, be32 key) {
  const u32 hlen = gre_calc_hlen(flags);
  // One checksum can be left to the device: the inner one is done here if there is an outer one.
  const bool undone = s.summed == ip_summed::partial;
  if ((flags & gre_csum) && !skb_checksum_help(s)) return false;
  skb_cow_head(s, std::max<u32>(t.needed_headroom, hlen));
  std::byte* at = skb_push(s, hlen);
  const gre_base_hdr base = {.flags = flags & (gre_csum | gre_key | gre_seq), .protocol = proto};
  std::memset(at, 0, hlen);
  std::memcpy(at, &base, sizeof base);
  std::byte* option = at + sizeof base + (flags & gre_csum ? 4 : 0);
  if (flags & gre_key) {
    std::memcpy(option, &key, 4);
    option += 4;
  }
  if (flags & gre_seq) {
    const be32 seq(t.o_seqno++);
    std::memcpy(option, &seq, 4);
  }
  if ((flags & gre_csum) && undone) {
    const be16 sum = csum_fold(csum_partial(s.data, s.len(), 0));
    std::memcpy(at + sizeof base, &sum, sizeof sum);
  } else if (flags & gre_csum) {
    s.summed = ip_summed::partial;
    s.csum_start = static_cast<u16>(s.headroom());
    s.csum_offset = sizeof base;
  }
  return true;
}

void not_sent(ip_tunnel& t, skb_ptr p) {
  ++t.stats.tx_dropped;
  kfree_skb_reason(std::move(p), NOT_SPECIFIED);
}

// Of a device that makes its own headers: takes the template off, whose ends and settings are the outer packet's.
bool pull_template(const ip_tunnel& t, sk_buff& s, tunnel_parms& p) {
  const auto* ip = skb_header<iphdr>(s);
  if (!ip || s.len() < sizeof *ip + t.hlen) return false;
  p = t.parms;
  p.saddr = ip->saddr;
  p.daddr = ip->daddr;
  p.ttl = ip->ttl;
  p.tos = ip->tos;
  p.df = (ip->frag_off.host() & ip_df) != 0;
  skb_pull(s, static_cast<u32>(sizeof *ip) + t.hlen);
  return true;
}

// A packet of an external tunnel, which its route tells where to go (gre_fb_xmit).
void gre_fb_xmit(ip_tunnel& t, skb_ptr p, bool frames) {
  const ip_tunnel_key* told = skb_tunnel_tx_key(*p);
  if (!told) return not_sent(t, std::move(p));
  const ip_tunnel_key key = *told;  // the packet lets go of it on the way
  u16 flags = 0;
  if (key.tun_flags & tunnel_csum) flags |= gre_csum;
  if (key.tun_flags & tunnel_key_present) flags |= gre_key;
  if (key.tun_flags & tunnel_seq) flags |= gre_seq;
  if (!build_header(t, *p, frames ? be16(ETH_P_TEB) : p->protocol, flags,
                    be32(static_cast<u32>(key.tun_id))))
    return not_sent(t, std::move(p));
  ip_md_tunnel_xmit(t, std::move(p), key, IPPROTO_GRE, gre_calc_hlen(flags));
}

void gre_xmit(net_device& dev, sk_buff_head&& list, bool frames) {
  ip_tunnel& t = tunnel_of(dev);
  sk_buff_head out;
  while (skb_ptr p = list.dequeue()) {
    if (unlikely(t.collect_md)) {
      gre_fb_xmit(t, std::move(p), frames);
      continue;
    }
    tunnel_parms own;
    const bool templated = dev.header_ops && !frames;
    const bool good =
        (!templated || pull_template(t, *p, own)) &&
        build_header(t, *p, frames ? be16(ETH_P_TEB) : p->protocol, t.parms.o_flags, t.parms.o_key);
    if (unlikely(!good)) {
      not_sent(t, std::move(p));
      continue;
    }
    out.enqueue(std::move(p));
    if (templated) ip_tunnel_xmit(t, std::exchange(out, {}), own, IPPROTO_GRE);
  }
  if (!out.empty()) ip_tunnel_xmit(t, std::move(out), t.parms, IPPROTO_GRE);
}

void ipgre_xmit(net_device& dev, sk_buff_head&& list) { gre_xmit(dev, std::move(list), false); }
void gre_tap_xmit(net_device& dev, sk_buff_head&& list) { gre_xmit(dev, std::move(list), true); }

// ipgre_header: the outer header as far as it is known; false when it isn't known where to.
bool ipgre_header(sk_buff& s, net_device& dev, u16 type, const u8* daddr, const u8* saddr) {
  const ip_tunnel& t = tunnel_of(dev);
  skb_cow_head(s, t.hlen + static_cast<u32>(sizeof(iphdr)) + 64);
  std::byte* at = skb_push(s, t.hlen + static_cast<u32>(sizeof(iphdr)));
  std::memset(at, 0, t.hlen + sizeof(iphdr));
  auto& ip = *reinterpret_cast<iphdr*>(at);
  ip.set_version_ihl(4, 5);
  ip.tos = t.parms.tos;
  ip.frag_off = t.parms.df ? ip_df : u16{0};
  ip.ttl = t.parms.ttl;
  ip.protocol = IPPROTO_GRE;
  ip.saddr = saddr ? be32::load(saddr) : t.parms.saddr;
  ip.daddr = daddr ? be32::load(daddr) : t.parms.daddr;
  const gre_base_hdr gre = {.flags = t.parms.o_flags, .protocol = type};
  std::memcpy(at + sizeof(iphdr), &gre, sizeof gre);
  s.reset_mac_header();
  return ip.daddr.raw() != 0;
}

u8 ipgre_header_parse(const sk_buff& s, hw_addr& out) {
  std::memcpy(out.data(), &reinterpret_cast<const iphdr*>(s.mac())->saddr, 4);
  return 4;
}

constexpr header_ops ipgre_header_ops = {.create = ipgre_header, .parse = ipgre_header_parse};

// ---- in

// Which tunnel: Ethernet frames are gretap's, or an external gre's that takes all.
ip_tunnel* find_tunnel(const net& n, const tunnel_arrival& a, int link, be32 remote, be32 local,
                       bool& raw) {
  const bool frames = a.proto == be16(ETH_P_TEB);
  const auto in = [&](tunnel_kind k) {
    return ip_tunnel_lookup(n, k, link, a.flags, remote, local, a.key, false);
  };
  ip_tunnel* t = in(frames ? tunnel_kind::gretap : tunnel_kind::gre);
  raw = !t && frames;
  return t || !frames ? t : in(tunnel_kind::gre);
}

be16 frame_protocol(const sk_buff& s) {
  const auto* eth = skb_header<ethhdr>(s);
  if (!eth) return be16();
  return eth->h_proto.host() >= ETH_P_802_3_MIN ? eth->h_proto : be16(ETH_P_802_2);
}

enum class outcome : u8 { done, nobodys, bad };

outcome gre_rcv(net& n, skb_ptr& p, sk_buff_head& in) {
  if (p->len() < 12) return outcome::bad;
  tunnel_arrival a;
  if (!gre_parse_header(*p, 0, true, a)) return outcome::bad;
  const iphdr& outer = ip_hdr(*p);
  bool raw = false;
  ip_tunnel* t = find_tunnel(n, a, p->skb_iif, outer.saddr, outer.daddr, raw);
  if (!t) return outcome::nobodys;
  skb_pull(*p, a.hdr_len);
  const bool frames = a.proto == be16(ETH_P_TEB);
  p->protocol = frames && !raw ? frame_protocol(*p) : a.proto;
  if (t->type == ARPHRD_NONE)
    p->reset_mac_header();
  else
    p->mac_header = p->network_header;
  p->mac_len = 0;
  ip_tunnel_rcv(*t, std::move(p), a, in);
  return outcome::done;
}

void gre_list_rcv(sk_buff_head&& list, net& n) {
  sk_buff_head in;
  while (skb_ptr p = list.dequeue()) {
    const outcome what = gre_rcv(n, p, in);
    if (what == outcome::done) continue;
    if (what == outcome::nobodys) icmp_send(*p, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, be32());
    kfree_skb_reason(std::move(p), NOT_SPECIFIED);
  }
  netif_rx(std::move(in));
}

// Whether an ICMP error says that packets don't get to the tunnel's end. Port unreachable is another's word for
// "no such tunnel", which ends nothing.
bool means_trouble(const icmphdr& icmp, const ip_tunnel& t) {
  if (!t.parms.daddr || ipv4_is_multicast(t.parms.daddr)) return false;
  if (icmp.type == ICMP_DEST_UNREACH)
    return icmp.code != ICMP_SR_FAILED && icmp.code != ICMP_PORT_UNREACH;
  return icmp.type == ICMP_TIME_EXCEEDED && icmp.code == ICMP_EXC_TTL && t.parms.ttl;
}

void gre_err(net& n, sk_buff& s, u32 info) {
  const auto& quoted = *reinterpret_cast<const iphdr*>(s.data);
  const auto& icmp = *reinterpret_cast<const icmphdr*>(s.transport());
  tunnel_arrival a;
  if (!gre_parse_header(s, quoted.header_len(), false, a)) return;
  if (icmp.type == ICMP_DEST_UNREACH && icmp.code == ICMP_FRAG_NEEDED)
    return ipv4_update_pmtu(n, quoted, info, IPPROTO_GRE);
  const auto kind = a.proto == be16(ETH_P_TEB) ? tunnel_kind::gretap : tunnel_kind::gre;
  ip_tunnel* t =
      ip_tunnel_lookup(n, kind, s.skb_iif, a.flags, quoted.daddr, quoted.saddr, a.key, false);
  if (t && means_trouble(icmp, *t)) ip_tunnel_note_error(*t);
}

const net_protocol gre_protocol_ = {.handler = gre_list_rcv, .err_handler = gre_err};

// ---- devices

status ipgre_init(ip_tunnel& t) {
  t.hlen = gre_calc_hlen(t.parms.o_flags);
  t.parms.protocol = IPPROTO_GRE;
  const bool group = ipv4_is_multicast(t.parms.daddr);
  if (t.collect_md || (t.parms.daddr && !group)) return {};
  if (group && !t.parms.saddr) return err(EINVAL);
  if (group) t.flags = IFF_BROADCAST;
  t.header_ops = &ipgre_header_ops;
  t.hard_header_len = static_cast<u16>(t.hlen + sizeof(iphdr));
  return {};
}

status gre_tap_init(ip_tunnel& t) {
  t.hlen = gre_calc_hlen(t.parms.o_flags);
  t.parms.protocol = IPPROTO_GRE;
  return {};
}

// A tunnel to a group joins it on the device that leads there.
status ipgre_open(net_device& dev) {
  ip_tunnel& t = tunnel_of(dev);
  if (!ipv4_is_multicast(t.parms.daddr)) return {};
  flowi4 fl;
  fl.daddr = t.parms.daddr;
  fl.saddr = t.parms.saddr;
  fl.tos = t.parms.tos & IPTOS_RT_MASK;
  fl.oif = t.parms.link;
  fl.proto = IPPROTO_GRE;
  auto rt = ip_route_output_key(*t.tun_net, fl);
  in_device* in = rt ? in_dev_get(*(*rt)->dev) : nullptr;
  if (!in) return err(EADDRNOTAVAIL);
  t.mlink = in->dev->ifindex;
  ip_mc_inc_group(*in, t.parms.daddr);
  return {};
}

void ipgre_close(net_device& dev) {
  ip_tunnel& t = tunnel_of(dev);
  if (!ipv4_is_multicast(t.parms.daddr) || !t.mlink) return;
  const net_device* out = dev_get_by_index(*t.tun_net, t.mlink);
  if (in_device* in = out ? in_dev_get(*out) : nullptr) ip_mc_dec_group(*in, t.parms.daddr);
}

// Without an address it can't be up: the fallback device.
status gre_tap_open(net_device& dev) {
  return is_valid_ether_addr(dev.dev_addr.data()) ? status() : err(EADDRNOTAVAIL);
}

constexpr net_device_ops ipgre_netdev_ops = {.ndo_start_xmit = ipgre_xmit,
                                             .ndo_open = ipgre_open,
                                             .ndo_stop = ipgre_close,
                                             .ndo_change_mtu = ip_tunnel_change_mtu,
                                             .ndo_uninit = ip_tunnel_uninit,
                                             .ndo_get_iflink = ip_tunnel_get_iflink,
                                             .ndo_get_link_net = ip_tunnel_get_link_net,
                                             .ndo_tunnel_ioctl = ip_tunnel_siocdevprivate};
// erspan's tunnels aren't there, but its fallback device is, which has no address and so is never up.
status erspan_init(ip_tunnel& t) {
  t.hlen = 16;  // GRE with a sequence number, ERSPAN's header
  return {};
}

constexpr net_device_ops gre_tap_netdev_ops = {.ndo_start_xmit = gre_tap_xmit,
                                               .ndo_open = gre_tap_open,
                                               .ndo_set_mac_address = eth_mac_addr,
                                               .ndo_change_mtu = ip_tunnel_change_mtu,
                                               .ndo_uninit = ip_tunnel_uninit,
                                               .ndo_get_iflink = ip_tunnel_get_iflink,
                                               .ndo_get_link_net = ip_tunnel_get_link_net};

}  // namespace

bool gre_parse_header(const sk_buff& s, u32 at, bool check_sum, tunnel_arrival& a) {
  const auto* base = skb_header<gre_base_hdr>(s, at);
  if (!base || (base->flags.host() & (gre_version | gre_routing))) return false;
  a.flags = base->flags.host() & (gre_csum | gre_key | gre_seq);
  a.proto = base->protocol;
  a.hdr_len = gre_calc_hlen(a.flags);
  if (s.len() < at + a.hdr_len) return false;
  const std::byte* option = s.data + at + sizeof *base;
  if (a.flags & gre_csum) {
    const bool whole = s.summed != ip_summed::partial;
    if (check_sum && whole && csum_fold(csum_partial(s.data + at, s.len() - at, 0)).raw() != 0)
      return false;
    option += 4;
  }
  if (a.flags & gre_key) {
    a.key = be32::load(option);
    option += 4;
  }
  if (a.flags & gre_seq) a.seq = be32::load(option).host();
  return true;
}

const tunnel_kind_ops gre_kind = {.kind = tunnel_kind::gre,
                                  .fallback_name = "gre0",
                                  .name_pattern = "gre%d",
                                  .type = ARPHRD_IPGRE,
                                  .netdev_ops = ipgre_netdev_ops,
                                  .link_ops = gre_link_ops,
                                  .init = ipgre_init};
const tunnel_kind_ops gretap_kind = {.kind = tunnel_kind::gretap,
                                     .fallback_name = "gretap0",
                                     .name_pattern = "gretap%d",
                                     .type = ARPHRD_ETHER,
                                     .netdev_ops = gre_tap_netdev_ops,
                                     .link_ops = gretap_link_ops,
                                     .init = gre_tap_init};

const tunnel_kind_ops erspan_kind = {.kind = tunnel_kind::erspan,
                                     .fallback_name = "erspan0",
                                     .name_pattern = "erspan%d",
                                     .type = ARPHRD_ETHER,
                                     .netdev_ops = gre_tap_netdev_ops,
                                     .link_ops = erspan_link_ops,
                                     .init = erspan_init};

const net_protocol& gre_protocol() { return gre_protocol_; }

}  // namespace linnet
