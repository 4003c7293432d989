// Generic segmentation offload: TCP, or UDP for who asks for it, hands down up to 64 KiB as one packet, and who cannot take
// it whole cuts it: the step above a device without the feature (validate_xmit), IPv4 when the segments themselves are too
// long for the path, or UDP where a socket wants single datagrams. A packet with `gso` set has its checksum left undone
// (CHECKSUM_PARTIAL): csum_start says where the header of TCP or UDP is, however many headers are around it. `skb_shinfo(s)`
// says how it is to be cut. What a program has handed down by a packet socket (SKB_GSO_DODGY) is looked through first.
#pragma once

#include "net/core/net_device.hh"
#include "net/core/skb_pool.hh"

namespace linnet {

// skb_shared_info::gso_type, as far as there is something to tell (SKB_GSO_*).
inline constexpr u16 SKB_GSO_TCPV4 = 1, SKB_GSO_TCP_ECN = 2, SKB_GSO_GRE = 4, SKB_GSO_GRE_CSUM = 8,
                     SKB_GSO_IPXIP4 = 16, SKB_GSO_TCP_FIXEDID = 32, SKB_GSO_UDP_L4 = 64,
                     SKB_GSO_DODGY = 128,  // nobody has looked at the headers
    SKB_GSO_UDP = 256,                     // one datagram, to be cut into fragments
    SKB_GSO_TCPV6 = 512,                   // what some program says is IPv6's; never cut
    SKB_GSO_FRAGLIST = 1024;               // put together only to be taken apart again

inline bool skb_is_gso(const sk_buff& s) { return s.gso; }
// Makes `s` one to be cut into pieces of `size` bytes.
inline void skb_gso_set(sk_buff& s, u16 size, u16 segs, u16 type) {
  s.gso = 1;
  skb_data& info = skb_shinfo(s);
  info.gso_size = size;
  info.gso_segs = segs;
  info.gso_type = type;
}
inline void skb_gso_reset(sk_buff& s) { s.gso = 0; }
// How many packets it stands for.
inline u32 skb_gso_segs(const sk_buff& s) { return likely(!s.gso) ? 1u : skb_shinfo(s).gso_segs; }

// The longest segment, from the network header on (skb_gso_network_seglen).
u32 skb_gso_network_seglen(const sk_buff&);
// The packet's length as the path's MTU sees it: that of its longest segment.
inline u32 skb_network_seglen(const sk_buff& s) {
  return likely(!s.gso) ? s.len() : skb_gso_network_seglen(s);
}
inline bool skb_gso_validate_network_len(const sk_buff& s, u32 mtu) {
  return skb_gso_network_seglen(s) <= mtu;
}
// Cuts it; `out` gets the segments, which share its route, tags and owner. Data stands at the network header or in front of
// it. False: it is none that could be cut; in both cases the packet itself is still the caller's.
bool skb_gso_segment(const sk_buff&, sk_buff_head& out);
// Looks through the headers of one that anybody may have made, and makes it like any other: its checksum is left undone, its
// segments are counted. False: it could not be cut.
bool skb_gso_check(sk_buff&);
// Whether the device takes it whole (net_gso_ok with what netif_skb_features takes away).
bool netif_takes_gso(const net_device&, const sk_buff&);

}  // namespace linnet
