// Counters: one line to bump each.
#pragma once

#include "net/ipv4/netns_ipv4.hh"

namespace linnet {

inline void ip_inc_stats(net& n, int field, u64 by = 1) {
  ipv4_of(n).mib.ip[static_cast<size_t>(field)] += by;
}
inline void icmp_inc_stats(net& n, int field) { ++ipv4_of(n).mib.icmp[static_cast<size_t>(field)]; }
inline void icmp_msg_in(net& n, u8 type) { ++ipv4_of(n).mib.icmpmsg[type]; }
inline void icmp_msg_out(net& n, u8 type) {
  ++ipv4_of(n).mib.icmpmsg[256u + type];
  icmp_inc_stats(n, ICMP_MIB_OUTMSGS);
}
inline void udp_inc_stats(net& n, int field) { ++ipv4_of(n).mib.udp[static_cast<size_t>(field)]; }

}  // namespace linnet
