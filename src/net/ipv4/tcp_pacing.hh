// Pacing: a sender that has a rate (SO_MAX_PACING_RATE, or an algorithm that wants it) lets each unit wait until the
// one before has left the sender at that rate. `wstamp_ns` is the earliest time at which the next may go; a timer of the
// socket goes on then (Linux's internal pacing, for want of a qdisc that does it).
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

// Whether nothing may be sent yet; the timer is set then.
bool tcp_pacing_check(tcp_sock&);
// `len` bytes of data were sent; `prior` is what wstamp_ns was before (tcp_update_skb_after_send).
void tcp_pace_sent(tcp_sock&, u32 len, u64 prior);
// How long the next unit has to wait, ns.
ktime tcp_pacing_delay(const tcp_sock&);
// The rate that follows from window and round trip; after each ack, where the algorithm has no opinion.
void tcp_update_pacing_rate(tcp_sock&);

}  // namespace linnet
