// What is lost: RACK (RFC 8985), which goes by time, and for peers without SACK, NewReno's guess (RFC 6582).
#include <linux/tcp.h>

#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

bool sent_after(u64 t1, u64 t2, u32 seq1, u32 seq2) {
  return t1 > t2 || (t1 == t2 && after(seq1, seq2));
}

// How long after a later segment's delivery an earlier one may still come.
u32 reo_wnd(const tcp_sock& sk) {
  if (!sk.reord_seen) {
    if (sk.ca_state >= TCP_CA_Recovery) return 0;
    if (sk.sacked_out >= sk.reordering && !(tcp_sysctl(sk).recovery & 4)) return 0;
  }
  return std::min((tcp_min_rtt(sk) >> 2) * sk.rack.reo_wnd_steps, sk.srtt_us >> 3);
}

// Marks what must be lost; the longest time (us) that another segment may still take, 0: none.
u32 detect_loss(tcp_sock& sk) {
  const u32 wnd = reo_wnd(sk);
  s64 timeout = 0;
  auto it = sk.tsorted_sent_queue.begin();
  while (it != sk.tsorted_sent_queue.end()) {
    tcp_segment& s = *it;
    ++it;
    if ((s.sacked & TCPCB_LOST) && !(s.sacked & TCPCB_SACKED_RETRANS)) continue;
    if (!sent_after(sk.rack.mstamp, s.mstamp_us, sk.rack.end_seq, s.end_seq)) break;
    const s64 remaining = tcp_rack_skb_timeout(sk, s, wnd);
    if (remaining <= 0) {
      tcp_mark_skb_lost(sk, s);
      list<tcp_segment, tcp_tsorted_tag>::remove(s);
    } else {
      timeout = std::max(timeout, remaining);
    }
  }
  return static_cast<u32>(timeout);
}

}  // namespace

s64 tcp_rack_skb_timeout(const tcp_sock& sk, const tcp_segment& s, u32 wnd) {
  return s64{sk.rack.rtt_us} + wnd - tcp_stamp_us_delta(sk.tcp_mstamp, s.mstamp_us);
}

void tcp_mark_skb_lost(tcp_sock& sk, tcp_segment& s) {
  if (s.sacked & TCPCB_SACKED_ACKED) return;
  if (!sk.retransmit_hint || before(s.seq, sk.retransmit_hint->seq)) sk.retransmit_hint = &s;
  if (s.sacked & TCPCB_LOST) {
    if (!(s.sacked & TCPCB_SACKED_RETRANS)) return;
    // The retransmission is lost as well.
    s.sacked &= static_cast<u8>(~TCPCB_SACKED_RETRANS);
    sk.retrans_out -= s.pcount;
    net_inc_stats(sk.ns, LINUX_MIB_TCPLOSTRETRANSMIT, s.pcount);
    sk.lost += s.pcount;
    return;
  }
  sk.lost_out += s.pcount;
  s.sacked |= TCPCB_LOST;
  sk.lost += s.pcount;
  if (s.sacked & TCPCB_SACKED_RETRANS) {
    s.sacked &= static_cast<u8>(~TCPCB_SACKED_RETRANS);
    sk.retrans_out -= s.pcount;
    net_inc_stats(sk.ns, LINUX_MIB_TCPLOSTRETRANSMIT, s.pcount);
  }
}

bool tcp_rack_mark_lost(tcp_sock& sk) {
  if (!sk.rack.advanced) return false;
  sk.rack.advanced = false;
  const u32 timeout = detect_loss(sk);
  if (timeout)
    tcp_reset_xmit_timer(sk, icsk_time::reo_timeout, ktime{timeout} * 1000 + TCP_TIMEOUT_MIN,
                         sk.rto);
  return timeout != 0;
}

// A segment sent at `xmit_time` was delivered: what was sent before it has had its time.
void tcp_rack_advance(tcp_sock& sk, u8 sacked, u32 end_seq, u64 xmit_time) {
  const u32 rtt = tcp_stamp_us_delta(sk.tcp_mstamp, xmit_time);
  // Too early for the retransmission: the ack is the original's.
  if (rtt < tcp_min_rtt(sk) && (sacked & TCPCB_EVER_RETRANS)) return;
  sk.rack.advanced = true;
  sk.rack.rtt_us = rtt;
  if (sent_after(xmit_time, sk.rack.mstamp, end_seq, sk.rack.end_seq)) {
    sk.rack.mstamp = xmit_time;
    sk.rack.end_seq = end_seq;
  }
}

void tcp_rack_reo_timeout(tcp_sock& sk) {
  const u32 prior = tcp_packets_in_flight(sk), lost = sk.lost;
  const u32 timeout = detect_loss(sk);
  if (prior != tcp_packets_in_flight(sk)) {
    if (sk.ca_state != TCP_CA_Recovery) {
      tcp_enter_recovery(sk, false);
      tcp_cwnd_reduction(sk, 1, static_cast<int>(sk.lost - lost), 0);
    }
    tcp_xmit_retransmit_queue(sk);
  }
  if (timeout)
    tcp_reset_xmit_timer(sk, icsk_time::reo_timeout, ktime{timeout} * 1000 + TCP_TIMEOUT_MIN,
                         sk.rto);
  if (sk.pending != icsk_time::retrans) tcp_rearm_rto(sk);
}

// A duplicate that the peer got shows that the window was too short; sixteen recoveries without one, that it is too
// long.
void tcp_rack_update_reo_wnd(tcp_sock& sk, const rate_sample& rs) {
  if ((tcp_sysctl(sk).recovery & 2) || !rs.prior_delivered) return;
  if (before(rs.prior_delivered, sk.rack.last_delivered)) sk.rack.dsack_seen = false;
  if (sk.rack.dsack_seen) {
    sk.rack.reo_wnd_steps = static_cast<u8>(std::min(255, sk.rack.reo_wnd_steps + 1));
    sk.rack.dsack_seen = false;
    sk.rack.last_delivered = sk.delivered;
    sk.rack.reo_wnd_persist = TCP_RACK_RECOVERY_THRESH;
  } else if (!sk.rack.reo_wnd_persist) {
    sk.rack.reo_wnd_steps = 1;
  }
}

void tcp_newreno_mark_lost(tcp_sock& sk, bool snd_una_advanced) {
  if ((sk.ca_state < TCP_CA_Recovery && sk.sacked_out >= sk.reordering) ||
      (sk.ca_state == TCP_CA_Recovery && snd_una_advanced)) {
    tcp_segment* s = tcp_rtx_head(sk);
    if (!s || (s->sacked & TCPCB_LOST)) return;
    if (s->pcount > 1 && s->len() > sk.mss_cache &&
        !tcp_fragment(sk, *s, sk.mss_cache, sk.mss_cache))
      return;
    tcp_mark_skb_lost(sk, *s);
  }
}

}  // namespace linnet
