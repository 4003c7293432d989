// What the parts of GRE share: its header, and the kinds that rtnetlink makes (ip_gre_netlink.cc).
#pragma once

#include "net/ipv4/ip_tunnel.hh"

namespace linnet {

u32 gre_calc_hlen(u16 flags);  // bytes of a header with these flags
// Reads the header `at` bytes from data. False: too short, of a kind that isn't understood, or (asked) wrongly summed.
bool gre_parse_header(const sk_buff&, u32 at, bool check_sum, tunnel_arrival&);

extern const rtnl_link_ops gre_link_ops, gretap_link_ops, erspan_link_ops;

}  // namespace linnet
