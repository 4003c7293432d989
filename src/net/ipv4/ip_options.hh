// IPv4 options (RFC 791 §3.1).
#pragma once

#include "net/core/sk_buff.hh"

namespace linnet {

struct net_device;

// Checks the options of an arriving packet. A malformed one is answered with a parameter problem
// that points at the byte, counted, and dropped; source routes are refused unless accept_source_route.
skb_drop_reason ip_rcv_options(sk_buff&, net_device&);

// Offset in the header of the first byte that is wrong, or 0 (ip_options_compile's checks).
u8 ip_options_check(const_bytes header, bool& source_route);

}  // namespace linnet
