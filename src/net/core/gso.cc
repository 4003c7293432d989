// Cutting. All headers up to TCP's or UDP's are copied in front of each piece of the payload, then each layer's own fields
// are set: lengths, identifications and checksums of IPv4, the checksum of GRE, TCP's number, flags and pseudo-header, UDP's
// length. A datagram that is to become fragments is summed up and cut behind IPv4's header.
#include "net/core/gso.hh"

#include <linux/if_ether.h>
#include <linux/if_tunnel.h>
#include <netinet/in.h>

#include "base/checksum.hh"
#include "net/core/dst.hh"
#include "net/core/sock.hh"
#include "net/core/tracepoint.hh"
#include "net/core/vlan.hh"
#include "wire/ip.hh"
#include "wire/tcp.hh"
#include "wire/udp.hh"

namespace linnet {
namespace {

constexpr u16 gre_csum = 0x8000, gre_key = 0x2000, gre_seq = 0x1000;

// One IPv4 header, and the GRE header behind it, if that is what follows. Offsets from data.
struct layer {
  u32 ip = 0;
  u32 gre = 0;  // 0: none
  bool gre_sum = false;
};

struct layers {
  static constexpr unsigned most = 8;
  std::array<layer, most> at;
  unsigned n = 0;
  u32 l4 = 0;       // the header of TCP or UDP
  u32 headers = 0;  // bytes of all of them
  u8 protocol = 0;  // IPPROTO_TCP, IPPROTO_UDP
};

// The length of the header of TCP or UDP there; 0: neither is.
u32 l4_length(const sk_buff& s, u8 protocol, u32 at) {
  if (protocol == IPPROTO_UDP) return at + sizeof(udphdr) <= s.len() ? sizeof(udphdr) : 0;
  if (protocol != IPPROTO_TCP || at + sizeof(tcphdr) > s.len()) return 0;
  const u32 len = reinterpret_cast<const tcphdr*>(s.data + at)->header_len();
  return len >= sizeof(tcphdr) && at + len <= s.len() ? len : 0;
}

u16 word_at(const sk_buff& s, u32 at) { return be16::load(s.data + at).host(); }

// Behind GRE's header, and the Ethernet header inside it; 0: no IPv4 there.
u32 past_gre(const sk_buff& s, layer& l) {
  if (l.gre + 4 > s.len()) return 0;
  const u16 flags = word_at(s, l.gre);
  u16 proto = word_at(s, l.gre + 2);
  l.gre_sum = flags & gre_csum;
  u32 at = l.gre + 4 + (flags & gre_csum ? 4 : 0) + (flags & gre_key ? 4 : 0) +
           (flags & gre_seq ? 4 : 0);
  if (proto == ETH_P_TEB) {
    if (at + ETH_HLEN > s.len()) return 0;
    proto = word_at(s, at + 12);
    at += ETH_HLEN;
    for (int tags = 0; (proto == ETH_P_8021Q || proto == ETH_P_8021AD) && tags < 8; ++tags) {
      if (at + 4 > s.len()) return 0;
      proto = word_at(s, at + 2);
      at += 4;
    }
  }
  return proto == ETH_P_IP ? at : 0;
}

// Walks from the network header to where the checksum begins. False: not what could be cut.
bool find_layers(const sk_buff& s, layers& out) {
  if (s.summed != ip_summed::partial || s.csum_start < s.headroom() ||
      s.network_header < s.headroom())
    return false;
  out.l4 = s.csum_start - s.headroom();
  u32 at = s.network_header - s.headroom();
  while (out.n < layers::most && at + sizeof(iphdr) <= s.len()) {
    const auto& ip = *reinterpret_cast<const iphdr*>(s.data + at);
    layer& l = out.at[out.n++];
    l.ip = at;
    if (ip.version() != 4 || ip.ihl() < 5) return false;
    at += ip.header_len();
    if (at == out.l4) {
      const u32 hlen = l4_length(s, ip.protocol, at);
      out.protocol = ip.protocol;
      out.headers = at + hlen;
      return hlen != 0;
    }
    if (at > out.l4) return false;
    if (ip.protocol == IPPROTO_GRE) {
      l.gre = at;
      at = past_gre(s, l);
      if (!at) return false;
    } else if (ip.protocol != IPPROTO_IPIP) {
      return false;
    }
  }
  return false;
}

// A packet with the headers of `s` and one piece of its payload.
skb_ptr make_segment(const sk_buff& s, const layers& in, u32 offset, u32 len) {
  cpu& c = *s.home;
  skb_ptr p = alloc_skb(c, skb_default_headroom + in.headers + len);
  skb_reserve(*p, skb_default_headroom);
  // The linear part of what Linux cuts out of pages is as large as the whole's was.
  if (const skb_data& info = skb_shinfo(s); info.nr_frags) {
    skb_set_paged(*p, 1, in.headers, info.linear.truesize);
    p->truesize = info.linear.truesize + len;
  }
  std::memcpy(skb_put(*p, in.headers + len), s.data, in.headers);
  std::memcpy(p->data + in.headers, s.data + in.headers + offset, len);
  const auto moved = [&](u16 off) {  // a header that stands in front of data may have no place here
    return static_cast<u16>(
        std::max(0, off + static_cast<int>(skb_default_headroom) - static_cast<int>(s.headroom())));
  };
  p->mac_header = moved(s.mac_header);
  p->network_header = moved(s.network_header);
  p->transport_header = moved(s.transport_header);
  p->csum_start = moved(s.csum_start);
  p->csum_offset = s.csum_offset;
  p->summed = ip_summed::partial;
  p->dev = s.dev;
  p->protocol = s.protocol;
  p->pkt = s.pkt;
  p->local = s.local;
  p->vlan_present = s.vlan_present;
  p->vlan_proto = s.vlan_proto;
  p->vlan_tci = s.vlan_tci;
  p->mac_len = s.mac_len;
  p->mark = s.mark;
  p->priority = s.priority;
  p->hash = s.hash;
  p->skb_iif = s.skb_iif;
  p->tstamp = s.tstamp;
  p->cb = s.cb;
  if (s.dst) skb_dst_set(*p, s.dst);
  if (s.destructor && s.sk) {
    skb_set_owner_w(*p, *s.sk);
    p->destructor = s.destructor;
  }
  return p;
}

// Sets what differs from segment to segment in TCP's header.
void fix_tcp(sk_buff& p, const layers& in, u32 index, u32 offset, bool last) {
  auto& th = *reinterpret_cast<tcphdr*>(p.data + in.l4);
  th.seq = th.seq.host() + offset;
  if (index) th.flags &= static_cast<u8>(~TCPHDR_CWR);
  if (!last) th.flags &= static_cast<u8>(~(TCPHDR_FIN | TCPHDR_PSH));
}

// And in all; `index` counts the segments.
void fix_headers(sk_buff& p, const layers& in, u32 index, u32 offset, bool last, bool fixed_id) {
  const auto& inner = *reinterpret_cast<const iphdr*>(p.data + in.at[in.n - 1].ip);
  const u32 len = p.len() - in.l4;
  const be16 pseudo = ~csum_fold(csum_tcpudp_nofold(inner.saddr, inner.daddr, len, in.protocol, 0));
  if (in.protocol == IPPROTO_TCP) {
    fix_tcp(p, in, index, offset, last);
    reinterpret_cast<tcphdr*>(p.data + in.l4)->check = pseudo;
  } else {
    auto& uh = *reinterpret_cast<udphdr*>(p.data + in.l4);
    uh.len = static_cast<u16>(len);
    uh.check = pseudo;
  }
  for (unsigned i = in.n; i-- > 0;) {
    const layer& l = in.at[i];
    if (l.gre_sum) {
      // It covers what is inside, which must be whole then.
      skb_checksum_help(p);
      std::memset(p.data + l.gre + 4, 0, 4);
      const be16 sum = csum_fold(csum_partial(p.data + l.gre, p.len() - l.gre, 0));
      std::memcpy(p.data + l.gre + 4, &sum, sizeof sum);
    }
    auto& ip = *reinterpret_cast<iphdr*>(p.data + l.ip);
    ip.tot_len = static_cast<u16>(p.len() - l.ip);
    if (!fixed_id) ip.id = static_cast<u16>(ip.id.host() + index);
    ip.check = be16();
    ip.check = ip_fast_csum(&ip, ip.ihl());
  }
}

// Who wants to know when a message of UDP's went hears of its first segment (__udp_gso_segment).
void take_stamps_over(sk_buff& p, const sk_buff& s) {
  if (likely(!s.tx_stamp_sched && !s.tx_stamp_sw)) return;
  p.tx_stamp_sched = s.tx_stamp_sched;
  p.tx_stamp_sw = s.tx_stamp_sw;
  p.id = s.id;
}

// What Linux would charge for one of the datagrams that GRO has put together, none of which stood in pages; the first of
// those that were only listed keeps what all were charged (skb_segment_list).
void charge_datagram(sk_buff& p, const sk_buff& s, const layers& in, u32 index, u32 len) {
  const skb_data& info = skb_shinfo(s);
  if (!info.nr_frags) p.truesize = skb_linear_truesize(2 + in.headers + len);
  if (index == 0 && (info.gso_type & SKB_GSO_FRAGLIST)) p.truesize = s.truesize;
  if (index == 0) take_stamps_over(p, s);
}

void told_of(const sk_buff& p, const sk_buff& s, u32 offset, u32 len) {
  trace(*p.home, tp::skb_gso_segment, &p, s.dev, {.a = offset, .b = len, .other = s.id});
}

// Makes the fragments of one datagram: `in` has the headers up to IPv4's, and `s` is the caller's own.
void cut_into_fragments(sk_buff& s, layers in, u32 size, sk_buff_head& out) {
  const auto& ip = *reinterpret_cast<const iphdr*>(s.data + in.at[0].ip);
  auto& uh = *reinterpret_cast<udphdr*>(s.data + in.l4);
  const u32 payload = s.len() - in.l4;
  uh.check = be16();
  const u32 pseudo = csum_tcpudp_nofold(ip.saddr, ip.daddr, payload, IPPROTO_UDP, 0);
  uh.check = csum_fold(csum_partial(&uh, payload, pseudo));
  if (!uh.check) uh.check = be16(0xffff);
  in.headers = in.l4;
  for (u32 offset = 0; offset < payload; offset += size) {
    const u32 len = std::min(size, payload - offset);
    skb_ptr p = make_segment(s, in, offset, len);
    p->summed = ip_summed::unnecessary;
    auto& h = *reinterpret_cast<iphdr*>(p->data + in.at[0].ip);
    h.tot_len = static_cast<u16>(p->len() - in.at[0].ip);
    h.frag_off = static_cast<u16>(offset >> 3 | (offset + len < payload ? ip_mf : 0));
    h.check = be16();
    h.check = ip_fast_csum(&h, h.ihl());
    told_of(*p, s, offset, len);
    out.enqueue(std::move(p));
  }
}

// udp4_ufo_fragment.
bool cut_datagram(const sk_buff& s, const layers& in, u32 size, sk_buff_head& out) {
  if (in.protocol != IPPROTO_UDP || in.n != 1 || s.len() - in.l4 <= size) return false;
  skb_ptr own = skb_copy(s);
  if (s.destructor && s.sk) skb_set_owner_w(*own, *s.sk);
  cut_into_fragments(*own, in, size, out);
  consume_skb(std::move(own));
  return true;
}

// Where the IPv4 header of a frame is, from data, and the header behind it; 0: there is none.
u32 behind_ipv4(const sk_buff& s, u32& ip_at, u8& protocol) {
  be16 proto = s.protocol;
  if (eth_type_vlan(proto)) proto = vlan_get_protocol(s, proto, nullptr);
  if (proto != be16(ETH_P_IP) || s.network_header < s.headroom()) return 0;
  ip_at = s.network_header - s.headroom();
  const auto* ip = skb_header<iphdr>(s, ip_at);
  if (!ip || ip->ihl() < 5 || ip_at + ip->header_len() > s.len()) return 0;
  protocol = ip->protocol;
  return ip_at + ip->header_len();
}

}  // namespace

u32 skb_gso_network_seglen(const sk_buff& s) {
  const skb_data& info = skb_shinfo(s);
  u32 thlen = sizeof(udphdr);
  if (!(info.gso_type & SKB_GSO_UDP_L4))
    thlen = reinterpret_cast<const tcphdr*>(s.head + s.csum_start)->header_len();
  return u32{s.csum_start} - s.network_header + thlen + info.gso_size;
}

bool skb_gso_segment(const sk_buff& s, sk_buff_head& out) {
  layers in;
  const skb_data& info = skb_shinfo(s);
  const u32 size = info.gso_size;
  if (!size || !find_layers(s, in)) return false;
  if (unlikely(info.gso_type & SKB_GSO_UDP)) return cut_datagram(s, in, size, out);
  const u32 payload = s.len() - in.headers;
  const bool fixed_id = info.gso_type & SKB_GSO_TCP_FIXEDID;
  for (u32 offset = 0, index = 0; offset < payload; offset += size, ++index) {
    const u32 len = std::min(size, payload - offset);
    skb_ptr p = make_segment(s, in, offset, len);
    fix_headers(*p, in, index, offset, offset + len == payload, fixed_id);
    if (in.protocol == IPPROTO_UDP) charge_datagram(*p, s, in, index, len);
    told_of(*p, s, offset, len);
    out.enqueue(std::move(p));
  }
  return true;
}

bool skb_gso_check(sk_buff& s) {
  const u32 size = skb_shinfo(s).gso_size;
  u32 ip_at = 0;
  u8 protocol = 0;
  const u32 l4 = behind_ipv4(s, ip_at, protocol);
  const u32 hlen = l4 ? l4_length(s, protocol, l4) : 0;
  const u16 needs = protocol == IPPROTO_TCP ? SKB_GSO_TCPV4 : SKB_GSO_UDP;
  if (!hlen || !(skb_shinfo(s).gso_type & needs)) return false;
  const u32 left = s.len() - l4 - (protocol == IPPROTO_TCP ? hlen : 0);
  if (left <= size) return false;
  skb_cow_head(s, 0);
  if (s.summed != ip_summed::partial) {
    const auto& ip = *reinterpret_cast<const iphdr*>(s.data + ip_at);
    const be16 pseudo =
        ~csum_fold(csum_tcpudp_nofold(ip.saddr, ip.daddr, s.len() - l4, protocol, 0));
    s.summed = ip_summed::partial;
    s.csum_start = static_cast<u16>(s.headroom() + l4);
    s.csum_offset = protocol == IPPROTO_TCP ? offsetof(tcphdr, check) : offsetof(udphdr, check);
    std::memcpy(s.data + l4 + s.csum_offset, &pseudo, sizeof pseudo);
  } else if (s.csum_start != s.headroom() + l4) {
    return false;
  }
  (void)skb_may_pull(s, l4 + hlen);
  skb_shinfo(s).gso_segs = static_cast<u16>((left + size - 1) / size);
  return true;
}

bool netif_takes_gso(const net_device& dev, const sk_buff& s) {
  const skb_data& info = skb_shinfo(s);
  if (info.gso_segs > dev.gso_max_segs || s.len() >= dev.gso_max_size) return false;
  u64 features = dev.features;
  if (s.vlan_present || s.protocol == be16(ETH_P_8021Q) || s.protocol == be16(ETH_P_8021AD))
    features &= dev.vlan_features;
  u64 needs = info.gso_type & SKB_GSO_UDP_L4 ? NETIF_F_GSO_UDP_L4 : NETIF_F_TSO;
  if (unlikely(info.gso_type & (SKB_GSO_UDP | SKB_GSO_TCPV6))) return false;
  if (info.gso_type & SKB_GSO_FRAGLIST) needs |= NETIF_F_GSO_FRAGLIST;
  if (info.gso_type & SKB_GSO_TCP_ECN) needs |= NETIF_F_TSO_ECN;
  if (info.gso_type & SKB_GSO_TCP_FIXEDID) needs |= NETIF_F_TSO_MANGLEID;
  if (info.gso_type & SKB_GSO_GRE) needs |= NETIF_F_GSO_GRE;
  if (info.gso_type & SKB_GSO_GRE_CSUM) needs |= NETIF_F_GSO_GRE_CSUM;
  if (info.gso_type & SKB_GSO_IPXIP4) needs |= NETIF_F_GSO_IPXIP4;
  return (features & needs) == needs;
}

}  // namespace linnet
