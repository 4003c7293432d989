// Fewer selective acks of a hole that the peer knows of (tcp_comp_sack.cc).
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

// Puts the ack of something out of order off. False: it goes now.
bool tcp_compress_ack(tcp_sock&);
// What was put off goes out with this ack.
void tcp_compressed_ack_sent(tcp_sock&);
// More is to be said than fits into one ack: what was put off goes now (tcp_sack_compress_send_ack).
void tcp_sack_compress_send_ack(tcp_sock&);

}  // namespace linnet
