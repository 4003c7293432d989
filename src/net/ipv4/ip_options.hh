// IPv4 options (RFC 791 §3.1): record route, time stamps, source routes, router alert; others are carried along.
//
// A packet's options stand in its header; what was found there, as offsets from the start of the header, is kept
// beside it (ip_options). A socket's options, or those of an answer, are bytes of their own (ip_options_data), whose
// offsets are those they will have in the header.
#pragma once

#include <array>

#include "base/result.hh"
#include "net/core/sk_buff.hh"

namespace linnet {

struct net;
struct net_device;
struct rtable;

struct ip_options {
  be32 faddr;    // where a source route of ours goes first
  be32 nexthop;  // where an arrived one goes next
  u8 optlen = 0;
  u8 srr = 0, rr = 0, ts = 0;       // offsets, 0: absent
  bool is_strictroute : 1 = false;  // srr is a strict one
  bool srr_is_hit : 1 = false;      // it leads on from here
  bool is_changed : 1 = false;      // the header's checksum is stale
  bool rr_needaddr : 1 = false;     // what is filled in when the packet leaves
  bool ts_needtime : 1 = false;
  bool ts_needaddr : 1 = false;
  u8 router_alert = 0, cipso = 0;
};
inline constexpr u32 max_ipoptlen = 40;

struct ip_options_data : ip_options {
  std::array<std::byte, max_ipoptlen> data{};
  const_bytes bytes() const { return {data.data(), optlen}; }
};

// Why options are refused: the offset of the byte in the header that is wrong, 0 when nothing is.
using option_fault = u8;

// Reads the options of an arrived packet and enters this host where they ask for it (ip_options_compile). The header
// must be its own to write.
option_fault ip_options_compile(net&, sk_buff&, ip_options&);
// Checks what a program gives (ip_options_get): EINVAL. `privileged`: may use options that the stack doesn't know.
result<ip_options_data> ip_options_get(net&, const_bytes, bool privileged);
// As the program gave them: without what was filled in (ip_options_undo).
void ip_options_undo(ip_options_data&);

// An arrived packet with options: compiled, and if it is source routed, on its way. Malformed ones are answered with
// a parameter problem; source routes are refused unless accept_source_route.
skb_drop_reason ip_rcv_options(sk_buff&, net_device&);
// The options of a packet that is forwarded get the address by which it leaves.
void ip_forward_options(net&, sk_buff&, const rtable&);
// Writes options behind the fixed header, filled in for a packet to `daddr` by `rt` (ip_options_build). The header's
// addresses must be there.
void ip_options_build(sk_buff&, const ip_options_data&, be32 daddr, const rtable&);
// Those that an answer to `in`, which has `asked`, carries (ip_options_echo): EINVAL when they don't make sense.
result<ip_options_data> ip_options_echo(net&, const sk_buff& in, const ip_options& asked);
// Blanks the options that only a datagram's first fragment has.
void ip_options_fragment(sk_buff&);

}  // namespace linnet
