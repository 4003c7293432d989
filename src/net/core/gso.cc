// Cutting. All headers up to TCP's are copied in front of each piece of the payload, then each layer's own fields are
// set: lengths, identifications and checksums of IPv4, the checksum of GRE, and TCP's number, flags and pseudo-header.
#include "net/core/gso.hh"

#include <linux/if_ether.h>
#include <linux/if_tunnel.h>
#include <netinet/in.h>

#include "base/checksum.hh"
#include "net/core/dst.hh"
#include "net/core/sock.hh"
#include "net/core/tracepoint.hh"
#include "wire/ip.hh"
#include "wire/tcp.hh"

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
  u32 tcp = 0;      // TCP's header
  u32 headers = 0;  // bytes of all of them
};

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
  out.tcp = s.csum_start - s.headroom();
  u32 at = s.network_header - s.headroom();
  while (out.n < layers::most && at + sizeof(iphdr) <= s.len()) {
    const auto& ip = *reinterpret_cast<const iphdr*>(s.data + at);
    layer& l = out.at[out.n++];
    l.ip = at;
    if (ip.version() != 4 || ip.ihl() < 5) return false;
    at += ip.header_len();
    if (at == out.tcp) {
      if (ip.protocol != IPPROTO_TCP || at + sizeof(tcphdr) > s.len()) return false;
      const u32 hlen = reinterpret_cast<const tcphdr*>(s.data + at)->header_len();
      out.headers = at + hlen;
      return hlen >= sizeof(tcphdr) && out.headers <= s.len();
    }
    if (at > out.tcp) return false;
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
  // The linear part of what Linux cuts out of pages is as large as the whole's was.
  if (skb_shinfo(s).nr_frags) {
    skb_shinfo(*p).nr_frags = 1;
    p->truesize = skb_head_truesize + len;
  }
  skb_reserve(*p, skb_default_headroom);
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
  if (s.destructor && s.sk) skb_set_owner_w(*p, *s.sk);
  return p;
}

// Sets what differs from segment to segment: `index` counts them.
void fix_headers(sk_buff& p, const layers& in, u32 index, u32 offset, bool last, bool fixed_id) {
  auto& th = *reinterpret_cast<tcphdr*>(p.data + in.tcp);
  th.seq = th.seq.host() + offset;
  if (index) th.flags &= static_cast<u8>(~TCPHDR_CWR);
  if (!last) th.flags &= static_cast<u8>(~(TCPHDR_FIN | TCPHDR_PSH));
  const auto& inner = *reinterpret_cast<const iphdr*>(p.data + in.at[in.n - 1].ip);
  th.check =
      ~csum_fold(csum_tcpudp_nofold(inner.saddr, inner.daddr, p.len() - in.tcp, IPPROTO_TCP, 0));
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

}  // namespace

u32 skb_gso_network_seglen(const sk_buff& s) {
  const auto& th = *reinterpret_cast<const tcphdr*>(s.head + s.csum_start);
  return u32{s.csum_start} - s.network_header + th.header_len() + skb_shinfo(s).gso_size;
}

bool skb_gso_segment(const sk_buff& s, sk_buff_head& out) {
  layers in;
  const u32 size = skb_shinfo(s).gso_size;
  if (!size || !find_layers(s, in)) return false;
  const u32 payload = s.len() - in.headers;
  const bool fixed_id = skb_shinfo(s).gso_type & SKB_GSO_TCP_FIXEDID;
  for (u32 offset = 0, index = 0; offset < payload; offset += size, ++index) {
    const u32 len = std::min(size, payload - offset);
    skb_ptr p = make_segment(s, in, offset, len);
    fix_headers(*p, in, index, offset, offset + len == payload, fixed_id);
    trace(*p->home, tp::skb_gso_segment, p.get(), s.dev, {.a = offset, .b = len, .other = s.id});
    out.enqueue(std::move(p));
  }
  return true;
}

bool netif_takes_gso(const net_device& dev, const sk_buff& s) {
  const skb_data& info = skb_shinfo(s);
  if (info.gso_segs > dev.gso_max_segs || s.len() >= dev.gso_max_size) return false;
  u64 features = dev.features;
  if (s.vlan_present || s.protocol == be16(ETH_P_8021Q) || s.protocol == be16(ETH_P_8021AD))
    features &= dev.vlan_features;
  u64 needs = NETIF_F_TSO;
  if (info.gso_type & SKB_GSO_TCP_ECN) needs |= NETIF_F_TSO_ECN;
  if (info.gso_type & SKB_GSO_TCP_FIXEDID) needs |= NETIF_F_TSO_MANGLEID;
  if (info.gso_type & SKB_GSO_GRE) needs |= NETIF_F_GSO_GRE;
  if (info.gso_type & SKB_GSO_GRE_CSUM) needs |= NETIF_F_GSO_GRE_CSUM;
  if (info.gso_type & SKB_GSO_IPXIP4) needs |= NETIF_F_GSO_IPXIP4;
  return (features & needs) == needs;
}

}  // namespace linnet
