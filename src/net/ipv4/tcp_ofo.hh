// Data that came before what is in front of it (tcp_ofo.cc), how packets in a row are charged as one (tcp_coalesce.cc), and what
// tcp_data.cc has for both.
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

// What Linux makes one packet of: the costs of a run stand with its last packet.
enum class tcp_coalesced : u8 {
  no,
  joined,  // it follows `tail`, and has the costs of both; it is to be charged
  eaten,   // its data is in `tail` now
};
// Whether a packet that nobody is charged for goes on where `tail`, the last of its queue, ends (tcp_try_coalesce).
tcp_coalesced tcp_try_coalesce(tcp_sock&, sk_buff& tail, sk_buff& from);
// Appends a run of the out-of-order queue to the receive queue, as one more run or as a part of its last.
void tcp_queue_run(tcp_sock&, sk_buff_head&& run);

// A segment behind a hole.
void tcp_data_queue_ofo(tcp_sock&, skb_ptr);
// What was waiting behind a hole that is no more.
void tcp_ofo_queue(tcp_sock&);
// Blocks that are now below what was received go.
void tcp_sack_remove(tcp_sock&);
void tcp_dsack_set(tcp_sock&, u32 seq, u32 end_seq);

// ---- tcp_data.cc

void tcp_rcv_nxt_update(tcp_sock&, u32 seq);
// A packet's data lets the window grow that may be promised, less where it cost much. `adjust`: but for what its head
// cost (tcp_grow_window, truesize_adjust).
void tcp_grow_window(tcp_sock&, const sk_buff&, u32 truesize, bool adjust);

}  // namespace linnet
