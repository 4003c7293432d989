// Packetization layer path MTU discovery (RFC 4821; tcp_mtu_probe.cc).
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

void tcp_mtup_init(tcp_sock&);
// Sends a longer packet than those known to arrive. 1: it went; 0: wait for more room; -1: not now.
int tcp_mtu_probe(tcp_sock&);
void tcp_mtup_probe_success(tcp_sock&);
void tcp_mtup_probe_failed(tcp_sock&);
// Nothing arrives any more: perhaps it is too long (tcp_mtu_probing).
void tcp_mtu_black_hole(tcp_sock&);

}  // namespace linnet
