// To a packet and back. What a program says is held against the frame's length, and against what its headers say.
#include "net/core/virtio_net.hh"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netinet/ip6.h>

#include <algorithm>

#include "net/core/gso.hh"
#include "net/core/vlan.hh"
#include "wire/ip.hh"
#include "wire/tcp.hh"
#include "wire/udp.hh"

namespace linnet {
namespace {

constexpr u16 gso_by_frags = 0xffff;  // GSO_BY_FRAGS

// What the kind of cutting asks for.
struct gso_kind {
  u16 type = 0;  // SKB_GSO_*; 0: it is not cut
  u8 protocol = 0;
  u32 thlen = 0;
  u32 nh_min_len = sizeof(iphdr);
};

bool kind_of(const virtio_net_hdr& h, gso_kind& k) {
  if (h.gso_type == VIRTIO_NET_HDR_GSO_NONE) return true;
  switch (h.gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
    case VIRTIO_NET_HDR_GSO_TCPV4: k = {SKB_GSO_TCPV4, IPPROTO_TCP, sizeof(tcphdr)}; break;
    case VIRTIO_NET_HDR_GSO_TCPV6:
      k = {SKB_GSO_TCPV6, IPPROTO_TCP, sizeof(tcphdr), sizeof(ip6_hdr)};
      break;
    case VIRTIO_NET_HDR_GSO_UDP: k = {SKB_GSO_UDP, IPPROTO_UDP, sizeof(udphdr)}; break;
    default: return false;
  }
  if (h.gso_type & VIRTIO_NET_HDR_GSO_ECN) k.type |= SKB_GSO_TCP_ECN;
  return h.gso_size != 0;
}

// Where the checksum is left undone; `p_off`: where the payload begins at the earliest.
bool set_partial(sk_buff& s, const virtio_net_hdr& h, const gso_kind& k, u32& p_off) {
  const u32 start = h.csum_start, off = h.csum_offset;
  if (!skb_may_pull(s, start + std::max<u32>(k.thlen, off + 2))) return false;
  if (s.headroom() + start >= 0xffff) return false;
  s.summed = ip_summed::partial;
  s.csum_start = static_cast<u16>(s.headroom() + start);
  s.csum_offset = static_cast<u16>(off);
  s.transport_header = s.csum_start;
  p_off = std::max(k.nh_min_len, start) + k.thlen;
  return skb_may_pull(s, p_off);
}

// Where the header behind IP's is, from data; 0: there is none, or it is of another protocol.
u32 find_transport(const sk_buff& s, u8 protocol) {
  be16 proto = s.protocol;
  if (eth_type_vlan(proto)) proto = vlan_get_protocol(s, proto, nullptr);
  if (s.network_header < s.headroom()) return 0;
  const u32 at = s.network_header - s.headroom();
  if (proto == be16(ETH_P_IP)) {
    const auto* ip = skb_header<iphdr>(s, at);
    return ip && ip->ihl() >= 5 && ip->protocol == protocol ? at + ip->header_len() : 0;
  }
  constexpr u32 next_header = 6;
  if (proto != be16(ETH_P_IPV6) || at + sizeof(ip6_hdr) > s.len()) return 0;
  const bool it_is = std::to_integer<u8>(s.data[at + next_header]) == protocol;
  return it_is ? at + static_cast<u32>(sizeof(ip6_hdr)) : 0;
}

// Of one that is to be cut and says nothing of a checksum.
bool probe_transport(sk_buff& s, const gso_kind& k, u32& p_off) {
  const u32 at = find_transport(s, k.protocol);
  p_off = at + k.thlen;
  if (!at || !skb_may_pull(s, p_off)) return false;
  s.transport_header = static_cast<u16>(s.headroom() + at);
  return true;
}

}  // namespace

status virtio_net_hdr_to_skb(sk_buff& s, const virtio_net_hdr& h) {
  gso_kind k;
  u32 p_off = 0;
  if (!kind_of(h, k)) return err(EINVAL);
  if (h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
    if (!set_partial(s, h, k, p_off)) return err(EINVAL);
  } else if (k.type && !probe_transport(s, k, p_off)) {
    return err(EINVAL);
  }
  if (!k.type) return {};
  const bool tcp = k.protocol == IPPROTO_TCP;
  if (tcp && s.summed == ip_summed::partial && s.csum_offset != offsetof(tcphdr, check))
    return err(EINVAL);
  if (h.gso_size == gso_by_frags) return err(EINVAL);
  // A datagram's header is part of its first fragment.
  const u32 in_front = tcp ? p_off : p_off - k.thlen;
  // What is too small is not cut.
  if (s.len() - in_front > h.gso_size) skb_gso_set(s, h.gso_size, 0, k.type | SKB_GSO_DODGY);
  return {};
}

bool virtio_net_hdr_from_skb(const sk_buff& s, virtio_net_hdr& h) {
  h = {};
  if (skb_is_gso(s)) {
    const skb_data& info = skb_shinfo(s);
    h.hdr_len = static_cast<u16>(skb_headlen(s));
    h.gso_size = info.gso_size;
    if (!(info.gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6))) return false;
    h.gso_type =
        info.gso_type & SKB_GSO_TCPV4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
    if (info.gso_type & SKB_GSO_TCP_ECN) h.gso_type |= VIRTIO_NET_HDR_GSO_ECN;
  }
  if (s.summed == ip_summed::partial) {
    h.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    h.csum_start = static_cast<u16>(s.csum_start - s.headroom());
    h.csum_offset = s.csum_offset;
  } else if (s.summed == ip_summed::unnecessary) {
    h.flags = VIRTIO_NET_HDR_F_DATA_VALID;
  }
  return true;
}

}  // namespace linnet
