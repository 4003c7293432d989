// Delivery rates (draft-cheng-iccrg-delivery-rate-estimation): how much was delivered between a segment's sending
// and its ack, over the longer of the two intervals that bound it.
#include "net/ipv4/tcp.hh"

namespace linnet {

void tcp_rate_skb_sent(tcp_sock& sk, tcp_segment& s) {
  if (!sk.packets_out) sk.first_tx_mstamp = sk.delivered_mstamp = s.mstamp_us;
  s.first_tx_mstamp = sk.first_tx_mstamp;
  s.delivered_mstamp = sk.delivered_mstamp;
  s.delivered = sk.delivered;
  s.app_limited = sk.app_limited != 0;
}

// Of all segments that an ack covers the one sent last counts.
void tcp_rate_skb_delivered(tcp_sock& sk, tcp_segment& s, rate_sample& rs) {
  if (!s.delivered_mstamp) return;
  if (!rs.prior_delivered || s.mstamp_us > sk.first_tx_mstamp ||
      (s.mstamp_us == sk.first_tx_mstamp && after(s.end_seq, rs.last_end_seq))) {
    rs.prior_delivered = s.delivered;
    rs.prior_mstamp = s.delivered_mstamp;
    rs.is_app_limited = s.app_limited;
    rs.is_retrans = s.sacked & TCPCB_EVER_RETRANS;
    rs.last_end_seq = s.end_seq;
    sk.first_tx_mstamp = s.mstamp_us;
    rs.snd_interval_us = tcp_stamp_us_delta(sk.first_tx_mstamp, s.first_tx_mstamp);
  }
  if (s.sacked & TCPCB_SACKED_ACKED) s.delivered_mstamp = 0;  // once only
}

void tcp_rate_gen(tcp_sock& sk, u32 delivered, u32 lost, bool is_sack_reneg, rate_sample& rs) {
  if (sk.app_limited && after(sk.delivered, sk.app_limited)) sk.app_limited = 0;
  if (delivered) sk.delivered_mstamp = sk.tcp_mstamp;
  rs.acked_sacked = delivered;
  rs.losses = static_cast<s32>(lost);
  if (!rs.prior_mstamp || is_sack_reneg) {
    rs.delivered = -1;
    rs.interval_us = -1;
    return;
  }
  rs.delivered = static_cast<s32>(sk.delivered - rs.prior_delivered);
  const u32 ack_us = tcp_stamp_us_delta(sk.tcp_mstamp, rs.prior_mstamp);
  rs.rcv_interval_us = ack_us;
  rs.interval_us = std::max(rs.snd_interval_us, ack_us);
  if (rs.interval_us < static_cast<s64>(tcp_min_rtt(sk))) {
    rs.interval_us = -1;
    return;
  }
  if (!rs.is_app_limited ||
      static_cast<u64>(rs.delivered) * sk.rate_interval_us >=
          static_cast<u64>(sk.rate_delivered) * static_cast<u64>(rs.interval_us)) {
    sk.rate_delivered = static_cast<u32>(rs.delivered);
    sk.rate_interval_us = static_cast<u32>(rs.interval_us);
    sk.rate_app_limited = rs.is_app_limited;
  }
}

// Nothing to send, nothing queued below, room in the window, nothing lost that has not gone again: the sender is slow.
void tcp_rate_check_app_limited(tcp_sock& sk) {
  if (sk.write_seq - sk.snd_nxt < sk.mss_cache && sk.wmem_alloc < static_cast<int>(1000) &&
      tcp_packets_in_flight(sk) < sk.snd_cwnd && sk.lost_out <= sk.retrans_out) {
    const u32 at = sk.delivered + tcp_packets_in_flight(sk);
    sk.app_limited = at ? at : 1;
  }
}

}  // namespace linnet
