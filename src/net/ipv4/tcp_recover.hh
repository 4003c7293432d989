// Recovery's inside: shared by tcp_ack.cc and tcp_recover.cc.
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

// What an ack asks to be sent.
inline constexpr int REXMIT_NONE = 0, REXMIT_LOST = 1, REXMIT_NEW = 2;

// An ack that may tell of a loss (tcp_fastretrans_alert). `rexmit` says what is to go out.
void tcp_fastretrans_alert(tcp_sock&, u32 prior_snd_una, int num_dupack, int& flag, int& rexmit);
// True: nothing is left to be undone (RFC 3522, 5682).
bool tcp_try_undo_recovery(tcp_sock&);
void tcp_non_congestion_loss_retransmit(tcp_sock&);
void tcp_process_tlp_ack(tcp_sock&, u32 ack, int flag);
u32 tcp_current_ssthresh(const tcp_sock&);
void tcp_slow_start_after_idle_check(tcp_sock&);
void tcp_send_challenge_ack(tcp_sock&);

}  // namespace linnet
