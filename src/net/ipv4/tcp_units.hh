// Units: what Linux hands down as one sk_buff, which the device or the step above it cuts into segments (GSO). Here each
// segment is a packet of its own from the start; what Linux decides for the whole is decided for them together.
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

// What a device takes at once, less the headers (sk_gso_max_size).
inline constexpr u32 tcp_gso_max_size = 65536 - 320 - 1;
// What a unit costs beside its bytes: SKB_TRUESIZE of the headers' room.
inline constexpr u32 tcp_unit_overhead = 1280;

// Charges the send buffer for a segment's bytes, or for the unit that it begins.
void tcp_charge(tcp_sock&, tcp_segment&, u32 size);
// How many segments go down together at most.
u32 tcp_tso_segs(const tcp_sock&, u32 mss_now);
// Whether less than TCP_NOTSENT_LOWAT waits to be sent; `shift` doubles what counts.
bool tcp_unsent_below_limit(const tcp_sock&, int shift);

}  // namespace linnet
