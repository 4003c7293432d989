// What goes down as one packet, to be cut below (GSO): how much that is, how segments are counted, what it costs.
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

// Room for headers in front of a segment's data. With it and the longest data, every header's offset fits its 16 bits.
inline constexpr u32 tcp_headroom = skb_default_headroom + sizeof(iphdr) + tcp_max_header;
// What a way to the peer takes at once, less the headers (sk_dst_gso_max_size). IPv4's length field ends it.
inline constexpr u32 tcp_gso_headers = 320 + 1, gso_legacy_max_size = 65536;

// What the socket promises to take in one segment of a route's advmss: TCP_MAXSEG may make it less (tcp_mss_clamp).
inline u16 tcp_mss_clamp(const tcp_sock& sk, u32 advmss) {
  const u32 own = sk.rx_opt.user_mss;
  return static_cast<u16>(own ? std::min(own, advmss) : advmss);
}

// Takes over what the device of the route can do (sk_setup_caps).
void tcp_setup_caps(tcp_sock&, const rtable&);
// Counts the segments on the wire by that size (tcp_set_skb_tso_segs); by the size it has now, unless there is a new one
// (tcp_init_tso_segs).
void tcp_set_tso_segs(tcp_segment&, u32 mss_now);
u32 tcp_init_tso_segs(tcp_segment&, u32 mss_now);
// `decr` segments on the wire became none because a segment was cut or joined otherwise (tcp_adjust_pcount).
void tcp_adjust_pcount(tcp_sock&, const tcp_segment&, int decr);

// Appends to a segment's data, in a larger block if need be, which may grow to `limit`. 0: nothing fits any more.
u32 tcp_append(tcp_sock&, tcp_segment&, const_bytes data, u32 limit);
// Makes a packet's bytes the data of an empty segment.
void tcp_take_over(tcp_sock&, tcp_segment&, skb_ptr data);
// Charges the send buffer for a segment's bytes.
void tcp_charge(tcp_sock&, tcp_segment&, int size);
// How many segments go down together at most.
u32 tcp_tso_segs(const tcp_sock&, u32 mss_now);
// Whether less than TCP_NOTSENT_LOWAT waits to be sent; `shift` doubles what counts.
bool tcp_unsent_below_limit(const tcp_sock&, int shift);
// Whether the peer's window has room for its first segment.
bool tcp_snd_wnd_test(const tcp_sock&, const tcp_segment&, u32 mss_now);
// tcp_event_new_data_sent: it is on its way now.
void tcp_event_new_data_sent(tcp_sock&, tcp_segment&);

}  // namespace linnet
