// IPv4's path: input, local delivery, forwarding and output. Each step takes a burst.
#pragma once

#include "net/core/dst.hh"
#include "net/core/sk_buff.hh"
#include "net/ipv4/ip_options.hh"
#include "net/ipv4/route.hh"
#include "wire/ip.hh"

namespace linnet {

struct packet_type;

inline iphdr& ip_hdr(const sk_buff& s) { return *reinterpret_cast<iphdr*>(s.network()); }

// IPv4's private data in a packet (struct inet_skb_parm).
struct inet_skb_parm {
  int iif = 0;  // ifindex it arrived by
  ip_options opt;
  u16 flags = 0;          // IPSKB_*
  u16 frag_max_size = 0;  // of a reassembled packet's fragments, bytes; 0: it was none
};
inline constexpr u16 IPSKB_FORWARDED = 1;
inline constexpr u16 IPSKB_DOREDIRECT = 32;  // a redirect is due to its sender
inline constexpr u16 IPSKB_FRAG_PMTU = 64;   // reassembled, and the largest fragment had DF
inline constexpr u16 IPSKB_PEEKED = 0x8000;  // in a receive queue: somebody has looked at it
// There, too: somebody has looked at its checksum on the way.
inline constexpr u16 IPSKB_CSUM_RIGHT = 0x2000, IPSKB_CSUM_WRONG = 0x4000;
inline constexpr u16 IPSKB_L3SLAVE = 128;  // came by a VRF's device; iif is that below it
inline inet_skb_parm& ipcb(sk_buff& s) { return s.cb_as<inet_skb_parm>(); }
inline const inet_skb_parm& ipcb(const sk_buff& s) { return ipcb(const_cast<sk_buff&>(s)); }
// The VRF's port that a packet came by; 0: by none (inet_sdif).
inline int inet_sdif(const sk_buff& s) {
  const inet_skb_parm& p = ipcb(s);
  return p.flags & IPSKB_L3SLAVE ? p.iif : 0;
}

// ETH_P_IP's handler: validates headers, routes, dispatches.
void ip_list_rcv(sk_buff_head&&, net_device&);

// The functions that a dst points to.
void ip_local_deliver(net&, sk_buff_head&&);
void ip_forward(net&, sk_buff_head&&);
void ip_output(net&, sk_buff_head&&);
void ip_mc_output(net&, sk_buff_head&&);
void ip_rt_bug(net&, sk_buff_head&&);

// A protocol above IPv4 (struct net_protocol). handler gets packets with data at the transport header.
struct net_protocol {
  void (*handler)(sk_buff_head&&, net&);
  // ICMP errors about our packets: data stands at the quoted IP header.
  void (*err_handler)(net&, sk_buff&, u32 info) = nullptr;
  // Whether an error's quote is checked against what was sent, as ip_no_pmtu_disc 3 demands.
  bool icmp_strict_tag_validation = false;
};
const net_protocol* inet_protocol(const net&, u8 protocol);  // null: none

// Sends a packet whose IP header is complete but for total length, id and checksum and whose dst is set
// (ip_local_out). Positive errno, or 0.
int ip_local_out(net&, skb_ptr);
// Builds the header in front of the data and sends it. `ttl` 0: the default, but for multicast.
struct ip_send_params {
  be32 saddr, daddr;
  u8 protocol = 0, tos = 0, ttl = 0;
  bool df = false;
  bool ignore_df = false;  // may be cut nevertheless, so it has an id of its own
  u16 id = 0;              // of what may not be cut
  u32 mark = 0, priority = 0;
  const ip_options_data* opt = nullptr;
  be32 final_daddr;  // with `opt`: where a source route ends
};
int ip_push_header_and_send(net&, skb_ptr, const rtable&, const ip_send_params&);
// The id of the next packet to `daddr`, which will be cut into `segs` with ids of their own (ip_select_ident_segs).
// skb->priority of a packet with such a TOS (rt_tos2priority).
u32 rt_tos2priority(u8 tos);
be16 ip_select_ident(net&, be32 daddr, be32 saddr, u8 protocol, u32 segs = 1);
void ip_send_check(iphdr&);

void ip_init(world&);

}  // namespace linnet
