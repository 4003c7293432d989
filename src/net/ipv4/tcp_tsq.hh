// TCP small queues: how much of a connection may wait in the queues of its own host, and which of its pieces do (tcp_tsq.cc).
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

// Charges a packet with a piece's data to the sender, who goes on when it has left the host (tcp_wfree).
void tcp_set_owner_w(sk_buff&, tcp_sock&);
// Whether so much waits below that the piece has to (tcp_small_queue_check). `factor` doubles what may.
bool tcp_small_queue_check(tcp_sock&, const tcp_segment&, unsigned factor);
// Whether the piece was sent, and still waits below: to send it again would be in vain (skb_still_in_host_queue). The sender
// goes on when it has left.
bool tcp_still_in_host_queue(tcp_sock&, const tcp_segment&);

}  // namespace linnet
