// The way of a packet into a tunnel and out of it: the outer header, path MTU, ECN (RFC 6040), the errors that came back.
#include <linux/icmp.h>
#include <linux/in_route.h>
#include <netinet/in.h>

#include "base/checksum.hh"
#include "net/core/dev.hh"
#include "net/core/dst.hh"
#include "net/ethernet/eth.hh"
#include "net/ipv4/fib_exceptions.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/ip_tunnel.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

constexpr u8 ecn_mask = 3, ecn_ect_0 = 2, ecn_ce = 3;
constexpr ktime err_timeout = 30 * ns_per_sec;  // IPTUNNEL_ERR_TIMEO
constexpr unsigned recursion_limit = 8;         // XMIT_RECURSION_LIMIT

// What travels inside, if it is IPv4; null: something else.
const iphdr* inner_ip(const sk_buff& s) {
  if (s.protocol != be16(ETH_P_IP) || s.network() < s.data) return nullptr;
  return s.network() + sizeof(iphdr) <= s.tail ? &ip_hdr(s) : nullptr;
}

// A route for outer packets, for as long as one burst asks for the same.
struct outer_route {
  be32 daddr;
  u8 tos = 0;
  ref<rtable> rt;
  be32 saddr;
};

class outer_sender {
 public:
  // `told`: the packet says where to, not the device.
  outer_sender(ip_tunnel& t, const tunnel_parms& p, u8 protocol, u32 hlen, bool told)
      : t_(t), p_(p), protocol_(protocol), hlen_(hlen), told_(told), n_(*t.tun_net) {}

  void send(skb_ptr s);

 private:
  be32 destination(const sk_buff& s, const iphdr* inner) const;
  u8 wanted_tos(const iphdr* inner) const;
  bool find_route(be32 daddr, u8 tos, u32 mark);
  bool update_pmtu(sk_buff& s, const iphdr* inner, bool df);
  void tell_of_errors(sk_buff& s);
  void push_header(sk_buff& s, u8 tos, u8 ttl, bool df) const;

  ip_tunnel& t_;
  const tunnel_parms& p_;
  const u8 protocol_;
  const u32 hlen_;
  const bool told_;
  net& n_;
  outer_route route_;
};

// Of a tunnel to one end, that; of others the next hop of what is inside.
be32 outer_sender::destination(const sk_buff& s, const iphdr* inner) const {
  if (p_.daddr || told_) return p_.daddr;
  const rtable* rt = skb_valid_dst(s) ? skb_rtable(s) : nullptr;
  return inner && rt ? rt_nexthop(*rt, inner->daddr) : be32();
}

// Before the bits of ECN are put in.
u8 outer_sender::wanted_tos(const iphdr* inner) const {
  if (told_) return p_.tos == 1 && inner ? inner->tos : p_.tos;
  if (!(p_.tos & 1)) return p_.tos;
  return inner ? inner->tos : static_cast<u8>(p_.tos & ~1);
}

bool outer_sender::find_route(be32 daddr, u8 tos, u32 mark) {
  outer_route& r = route_;
  if (r.rt && r.daddr == daddr && r.tos == tos && rt_is_valid(*r.rt)) return true;
  flowi4 fl;
  fl.daddr = daddr;
  fl.saddr = p_.saddr;
  fl.tos = tos & IPTOS_RT_MASK;
  fl.oif = p_.link;
  fl.proto = protocol_;
  fl.mark = told_ ? mark : p_.fwmark;
  auto rt = ip_route_output_key(n_, fl);
  if (!rt) return false;
  r = {.daddr = daddr, .tos = tos, .rt = std::move(*rt), .saddr = fl.saddr};
  return true;
}

// tnl_update_pmtu: what is inside may be no larger than leaves room for the header. False: it is, and its sender knows.
bool outer_sender::update_pmtu(sk_buff& s, const iphdr* inner, bool df) {
  const u32 ethernet = t_.type == ARPHRD_ETHER ? t_.hard_header_len : 0;
  const u32 size = s.len() - hlen_ - ethernet;
  u32 mtu;
  if (df)
    mtu = rt_mtu(*route_.rt) - static_cast<u32>(sizeof(iphdr)) - hlen_ - ethernet;
  else
    mtu = skb_valid_dst(s) ? rt_mtu(*skb_rtable(s)) : t_.mtu;
  if (!inner) return true;
  if (skb_valid_dst(s) && mtu < rt_mtu(*skb_rtable(s)))
    ipv4_update_pmtu(*t_.nd_net, *inner, mtu, inner->protocol);
  if (!(inner->frag_off.host() & ip_df) || size <= mtu) return true;
  icmp_send(s, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, be32(mtu));
  return false;
}

// Trouble behind the tunnel is told to as many senders as there were errors, for a while.
void outer_sender::tell_of_errors(sk_buff& s) {
  if (likely(t_.err_count <= 0)) return;
  if (n_.w.now() >= t_.err_time + err_timeout) {
    t_.err_count = 0;
    return;
  }
  --t_.err_count;
  icmp_send(s, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, be32());
}

void outer_sender::push_header(sk_buff& s, u8 tos, u8 ttl, bool df) const {
  const rtable& rt = *route_.rt;
  // Another's now (skb_scrub_packet); what is left of its owner would be taken for an IPv4 socket's wishes.
  skb_orphan(s);
  s.pkt = pkt_type::host;
  s.ignore_df = 0;
  if (t_.tun_net != t_.nd_net) s.mark = 0;
  skb_dst_set(s, const_cast<rtable*>(&rt));
  skb_push(s, sizeof(iphdr));
  s.reset_network_header();
  s.transport_header = static_cast<u16>(s.network_header + sizeof(iphdr));
  iphdr& ip = ip_hdr(s);
  ip = {};
  ip.set_version_ihl(4, 5);
  ip.tos = tos;
  ip.frag_off = df && !rt.rt_mtu_locked ? ip_df : u16{0};
  ip.ttl = ttl;
  ip.protocol = protocol_;
  ip.saddr = route_.saddr;
  ip.daddr = route_.daddr;
  ip.id = ip_select_ident(n_, ip.daddr, ip.saddr, protocol_);
}

void outer_sender::send(skb_ptr s) {
  const iphdr* inner = inner_ip(*s);
  const be32 daddr = destination(*s, inner);
  if (!daddr && !told_) return tunnel_tx_error(t_, std::move(s), NOT_SPECIFIED);
  u8 tos = wanted_tos(inner);
  if (!find_route(daddr, tos, s->mark)) {
    ++t_.stats.tx_carrier_errors;
    return tunnel_tx_error(t_, std::move(s), IP_OUTNOROUTES);
  }
  if (route_.rt->dev == &t_) {
    ++t_.stats.collisions;
    return tunnel_tx_error(t_, std::move(s), NOT_SPECIFIED);
  }
  bool df = p_.df;
  if (inner && !t_.ignore_df && !told_) df |= (inner->frag_off.host() & ip_df) != 0;
  if (!update_pmtu(*s, inner, df)) return tunnel_tx_error(t_, std::move(s), PKT_TOO_BIG);
  if (!told_) tell_of_errors(*s);
  // The congestion bits are the inner packet's, but that one marked already is not marked again outside.
  const u8 inside = inner ? inner->tos & ecn_mask : 0;
  tos = static_cast<u8>((tos & ~ecn_mask) | (inside == ecn_ce ? ecn_ect_0 : inside));
  u8 ttl = p_.ttl;
  if (!ttl) ttl = inner ? inner->ttl : static_cast<u8>(ipv4_of(n_).sysctl_ip_default_ttl);
  const u32 len = static_cast<u32>(s->tail - std::max(s->network(), s->data));
  const u32 below = u32{route_.rt->dev->hard_header_len} + route_.rt->dev->needed_headroom;
  skb_cow_head(*s, static_cast<u32>(sizeof(iphdr)) + below);
  push_header(*s, tos, ttl, df);
  ip_tunnel_tables& all = tunnels_of(n_);
  int failed = ENETDOWN;
  if (likely(all.xmit_depth < recursion_limit)) {
    ++all.xmit_depth;
    failed = ip_local_out(n_, std::move(s));
    --all.xmit_depth;
  } else {
    kfree_skb_reason(std::move(s), NOT_SPECIFIED);  // tunnels inside tunnels without end
  }
  if (failed) {
    ++t_.stats.tx_dropped;
  } else {
    ++t_.stats.tx_packets;
    t_.stats.tx_bytes += len;
  }
}

// IP_ECN_decapsulate: the mark of a congested path goes on inside. False: the inner packet knows no marks, and would
// lose this one.
bool ecn_decapsulate(u8 outer_tos, sk_buff& s) {
  const iphdr* inner = inner_ip(s);
  if (!inner || (outer_tos & ecn_mask) != ecn_ce) return true;
  const u8 inside = inner->tos & ecn_mask;
  if (inside == 0) return false;
  if (inside == ecn_ce) return true;
  skb_unshare(s);
  ip_hdr(s).tos |= ecn_ce;
  ip_send_check(ip_hdr(s));
  return true;
}

// ip_tun_rx_dst: what the outside said, for rules and for answers. Packets of one sender share it.
ref<metadata_dst> rx_metadata(ip_tunnel& t, const iphdr& outer, const tunnel_arrival& a) {
  ip_tunnel_key key = {.src = outer.saddr, .dst = outer.daddr, .tos = outer.tos, .ttl = outer.ttl};
  if (a.flags & gre_csum) key.tun_flags |= tunnel_csum;
  if (a.flags & gre_key) {
    key.tun_flags |= tunnel_key_present;
    key.tun_id = a.key.host();
  }
  if (!t.rx_dst || t.rx_dst->key != key) {
    t.rx_dst = ref<metadata_dst>(new metadata_dst);
    t.rx_dst->metadata = true;
    t.rx_dst->key = key;
  }
  return t.rx_dst;
}

void rx_error(ip_tunnel& t, u64& counter, skb_ptr p) {
  ++counter;
  ++t.stats.rx_errors;
  kfree_skb_reason(std::move(p), NOT_SPECIFIED);
}

}  // namespace

void ip_tunnel_xmit(ip_tunnel& t, sk_buff_head&& list, const tunnel_parms& p, u8 protocol) {
  outer_sender out(t, p, protocol, t.hlen, false);
  while (skb_ptr s = list.dequeue()) out.send(std::move(s));
}

void ip_md_tunnel_xmit(ip_tunnel& t, skb_ptr s, const ip_tunnel_key& key, u8 protocol, u32 hlen) {
  const tunnel_parms p = {.saddr = key.src,
                          .daddr = key.dst,
                          .ttl = key.ttl,
                          .tos = key.tos,
                          .df = (key.tun_flags & tunnel_dont_fragment) != 0};
  outer_sender(t, p, protocol, hlen, true).send(std::move(s));
}

void ip_tunnel_rcv(ip_tunnel& t, skb_ptr p, const tunnel_arrival& a, sk_buff_head& in) {
  const u8 outer_tos = ip_hdr(*p).tos;
  ref<metadata_dst> said = t.collect_md ? rx_metadata(t, ip_hdr(*p), a) : nullptr;
  if (ipv4_is_multicast(ip_hdr(*p).daddr)) {
    ++t.stats.multicast;
    p->pkt = pkt_type::broadcast;
  } else {
    p->pkt = pkt_type::host;
  }
  if ((a.flags ^ t.parms.i_flags) & gre_csum)
    return rx_error(t, t.stats.rx_crc_errors, std::move(p));
  if (t.parms.i_flags & gre_seq) {
    const bool late = t.i_seqno && static_cast<s32>(a.seq - t.i_seqno) < 0;
    if (!(a.flags & gre_seq) || late) return rx_error(t, t.stats.rx_fifo_errors, std::move(p));
    t.i_seqno = a.seq + 1;
  }
  const bool ethernet = t.type == ARPHRD_ETHER;
  p->network_header = static_cast<u16>(p->headroom() + (ethernet ? u32{ETH_HLEN} : 0));
  if (!ecn_decapsulate(outer_tos, *p)) return rx_error(t, t.stats.rx_frame_errors, std::move(p));
  ++t.stats.rx_packets;
  t.stats.rx_bytes += p->len();
  skb_orphan(*p);
  skb_dst_set(*p, said.get());
  p->vlan_present = 0;
  if (t.nd_net != t.tun_net) p->mark = 0;
  // What is known of a checksum was known of the outer one, unless it is yet to be made, farther in.
  if (p->summed != ip_summed::partial || p->csum_start < p->headroom()) p->summed = ip_summed::none;
  if (ethernet) {
    if (!eth_type_trans(*p, t)) return kfree_skb_reason(std::move(p), HDR_TRUNC);
  } else {
    p->dev = &t;
  }
  in.enqueue(std::move(p));
}

void ip_tunnel_note_error(ip_tunnel& t) {
  const ktime now = t.tun_net->w.now();
  t.err_count = now < t.err_time + err_timeout && t.err_time ? t.err_count + 1 : 1;
  t.err_time = now;
}

}  // namespace linnet
