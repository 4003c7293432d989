// What the calls of a stream share, and those that move bytes: tcp_sendmsg.cc, tcp_recvmsg.cc. Those with a packet hand over its bytes instead of
// copying them (net/socket.hh).
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

// Its connection has ended, and nobody has disconnected it since (SS_CONNECTED in TCP_CLOSE).
inline bool tcp_was_connected(const tcp_sock& sk) {
  return sk.state == TCP_CLOSE && sk.inet_dport != 0 && !sk.connecting;
}

result<size_t> tcp_recvmsg(socket&, msg_in&, int flags);
u32 tcp_send_unit(const socket&);
result<size_t> tcp_send_skb(socket&, skb_ptr&, int flags);
result<skb_ptr> tcp_recv_skb(socket&, int flags);

}  // namespace linnet
