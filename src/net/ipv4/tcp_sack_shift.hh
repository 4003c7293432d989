// Pieces of the send queue that are selectively acked one after another, which Linux makes one (tcp_sack_shift.cc).
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

enum class tcp_shift : u8 {
  fallback,  // it is to be looked at, and marked, by itself
  noop,      // nothing of it is acked
  done,      // what the block covers of it is marked
};
// What a block from `start` to `end` means to `s` if it goes on where the piece before it was acked. `s` is the last that is marked
// then: of a piece that is covered in part, that part (tcp_shift_skb_data).
tcp_shift tcp_shift_skb_data(tcp_sock&, tcp_sacktag_state&, tcp_segment*& s, u32 start, u32 end,
                             bool dup_sack);

// Marks a piece that a block covers (tcp_sack.cc).
void tcp_sacktag_one(tcp_sock&, tcp_sacktag_state&, tcp_segment&, bool dup);

}  // namespace linnet
