// The calls that move bytes of a stream: tcp_sendmsg.cc, tcp_recvmsg.cc. Those with a packet hand over its bytes instead of
// copying them (net/socket.hh).
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

result<size_t> tcp_recvmsg(socket&, msg_in&, int flags);
u32 tcp_send_unit(const socket&);
result<size_t> tcp_send_skb(socket&, skb_ptr&, int flags);
result<skb_ptr> tcp_recv_skb(socket&, int flags);

}  // namespace linnet
