// What an acknowledgement does: frees what the peer has, measures the round trip, moves the window, and asks
// tcp_recover.cc what must be lost.
#include <linux/tcp.h>

#include "net/ipv4/arp.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_memory.hh"
#include "net/ipv4/tcp_mtu_probe.hh"
#include "net/ipv4/tcp_pacing.hh"
#include "net/ipv4/tcp_recover.hh"
#include "net/ipv4/tcp_units.hh"

namespace linnet {

// ---- round trips (RFC 6298, with Linux's asymmetric variance)

void tcp_rtt_estimator(tcp_sock& sk, s64 mrtt_us) {
  s64 m = mrtt_us;
  u32 srtt = sk.srtt_us;
  if (srtt != 0) {
    m -= srtt >> 3;
    srtt = static_cast<u32>(srtt + m);  // 7/8 old + 1/8 new
    if (m < 0) {
      m = -m;
      m -= sk.mdev_us >> 2;
      // A shorter round trip says little about variance: let it in slowly.
      if (m > 0) m >>= 3;
    } else {
      m -= sk.mdev_us >> 2;
    }
    sk.mdev_us = static_cast<u32>(sk.mdev_us + m);  // 3/4 old + 1/4 new
    if (sk.mdev_us > sk.mdev_max_us) {
      sk.mdev_max_us = sk.mdev_us;
      sk.rttvar_us = std::max(sk.rttvar_us, sk.mdev_max_us);
    }
    if (after(sk.snd_una, sk.rtt_seq)) {
      if (sk.mdev_max_us < sk.rttvar_us) sk.rttvar_us -= (sk.rttvar_us - sk.mdev_max_us) >> 2;
      sk.rtt_seq = sk.snd_nxt;
      sk.mdev_max_us = static_cast<u32>(sk.rto_min / 1000);
    }
  } else {
    srtt = static_cast<u32>(m << 3);
    sk.mdev_us = static_cast<u32>(m << 1);
    sk.rttvar_us = std::max<u32>(sk.mdev_us, static_cast<u32>(sk.rto_min / 1000));
    sk.mdev_max_us = sk.rttvar_us;
    sk.rtt_seq = sk.snd_nxt;
  }
  sk.srtt_us = std::max(1u, srtt);
}

void tcp_set_rto(tcp_sock& sk) {
  sk.rto = std::min(ktime{(sk.srtt_us >> 3) + sk.rttvar_us} * 1000, TCP_RTO_MAX);
}

namespace {

// The least round trip of the last minutes.
void update_rtt_min(tcp_sock& sk, s64 rtt_us, int flag) {
  if ((flag & FLAG_ACK_MAYBE_DELAYED) && rtt_us > tcp_min_rtt(sk)) return;
  const u32 window = static_cast<u32>(tcp_sysctl(sk).min_rtt_wlen) * 1000;
  sk.rtt_min.update(window, tcp_jiffies(sk.ns), rtt_us ? static_cast<u32>(rtt_us) : 1000);
}

}  // namespace

bool tcp_ack_update_rtt(tcp_sock& sk, int flag, s64 seq_rtt_us, s64 sack_rtt_us, s64 ca_rtt_us,
                        rate_sample& rs) {
  if (seq_rtt_us < 0) seq_rtt_us = sack_rtt_us;
  // Time stamps tell even what was sent twice (RFC 7323 §4.1).
  if (seq_rtt_us < 0 && sk.rx_opt.saw_tstamp && sk.rx_opt.rcv_tsecr && (flag & FLAG_ACKED)) {
    const u32 delta = tcp_time_stamp(sk) - sk.rx_opt.rcv_tsecr;
    if (delta < 0x7fffffff / 1000) seq_rtt_us = ca_rtt_us = std::max<s64>(delta, 1) * 1000;
  }
  rs.rtt_us = ca_rtt_us;
  if (seq_rtt_us < 0) return false;
  update_rtt_min(sk, ca_rtt_us, flag);
  tcp_rtt_estimator(sk, seq_rtt_us);
  tcp_set_rto(sk);
  sk.backoff = 0;
  return true;
}

void tcp_synack_rtt_meas(tcp_sock& sk, u64 sent_us) {
  rate_sample rs;
  const s64 rtt = sent_us ? s64{tcp_stamp_us_delta(tcp_clock_us(sk.ns), sent_us)} : s64{-1};
  tcp_ack_update_rtt(sk, FLAG_SYN_ACKED, rtt, -1, rtt, rs);
}

void tcp_rearm_rto(tcp_sock& sk) {
  if (sk.fastopen_rsk) return;  // the timer is the SYN-ACK's
  if (!sk.packets_out) return tcp_clear_xmit_timer(sk);
  ktime rto = sk.rto;
  if (sk.pending == icsk_time::reo_timeout || sk.pending == icsk_time::loss_probe) {
    // What was to happen before it took its time off it.
    if (const tcp_segment* head = tcp_rtx_head(sk)) {
      const s64 left = static_cast<s64>(head->mstamp_us + static_cast<u64>(sk.rto / 1000)) -
                       static_cast<s64>(sk.tcp_mstamp);
      rto = std::max<s64>(left, 1) * 1000;
    }
  }
  tcp_reset_xmit_timer(sk, icsk_time::retrans, rto);
}

namespace {

// How many segments of `s` are acknowledged. Of one that is so in part, that part goes (tcp_tso_acked).
u32 acked_segs(tcp_sock& sk, tcp_segment& s, bool& fully) {
  if (!after(s.end_seq, sk.snd_una)) return s.pcount;
  if (s.pcount <= 1 || !after(sk.snd_una, s.seq)) return 0;
  const u32 all = s.pcount;
  tcp_trim_head(sk, s, sk.snd_una - s.seq);
  fully = false;
  return all - s.pcount;
}

// Frees what is acknowledged and learns from when it was sent (tcp_clean_rtx_queue).
int clean_rtx_queue(tcp_sock& sk, u32 prior_fack, u32 prior_snd_una, tcp_sacktag_state& st,
                    bool ece_ack) {
  u64 first_ackt = 0, last_ackt = 0;
  u32 reord = sk.snd_nxt;
  int flag = 0, pkts_acked = 0;
  const u32 prior_sacked = sk.sacked_out;
  bool fully_acked = true;
  tcp_segment* s = tcp_rtx_head(sk);
  while (s) {
    const u8 sacked = s->sacked;
    const u32 start_seq = s->seq;
    const u32 acked = acked_segs(sk, *s, fully_acked);
    if (!acked) break;
    if (sacked & (TCPCB_SACKED_RETRANS | TCPCB_EVER_RETRANS)) {
      if (sacked & TCPCB_SACKED_RETRANS) sk.retrans_out -= acked;
      flag |= FLAG_RETRANS_DATA_ACKED;
    } else if (!(sacked & TCPCB_SACKED_ACKED)) {
      last_ackt = s->mstamp_us;
      if (!first_ackt) first_ackt = last_ackt;
      if (before(start_seq, reord)) reord = start_seq;
      if (!after(s->end_seq, sk.high_seq)) flag |= FLAG_ORIG_SACK_ACKED;
    }
    if (sacked & TCPCB_SACKED_ACKED) {
      sk.sacked_out -= acked;
    } else if (!tcp_is_reno(sk)) {
      tcp_count_delivered(sk, acked, ece_ack);
      const bool spurious = (sacked & TCPCB_EVER_RETRANS) && sk.rx_opt.saw_tstamp &&
                            sk.rx_opt.rcv_tsecr &&
                            before(sk.rx_opt.rcv_tsecr, static_cast<u32>(s->mstamp_us / 1000));
      if (!spurious) tcp_rack_advance(sk, sacked, s->end_seq, s->mstamp_us);
    }
    if (sacked & TCPCB_LOST) sk.lost_out -= acked;
    sk.packets_out -= acked;
    pkts_acked += static_cast<int>(acked);
    tcp_rate_skb_delivered(sk, *s, *st.rate);
    if (s->flags & TCPHDR_SYN) {
      flag |= FLAG_SYN_ACKED;
      sk.retrans_stamp = 0;
    } else {
      flag |= FLAG_DATA_ACKED;
    }
    if (!fully_acked) break;
    tcp_segment* next = tcp_next_in_rtx(sk, *s);
    tcp_free_segment(sk, *s);
    s = next;
  }
  if (between(sk.snd_up, prior_snd_una, sk.snd_una)) sk.snd_up = sk.snd_una;
  if (!s)
    tcp_chrono_stop(sk, TCP_CHRONO_BUSY);
  else if (s->sacked & TCPCB_SACKED_ACKED)
    flag |= FLAG_SACK_RENEGING;

  s64 seq_rtt = -1, sack_rtt = -1, ca_rtt = -1;
  if (first_ackt && !(flag & FLAG_RETRANS_DATA_ACKED)) {
    seq_rtt = tcp_stamp_us_delta(sk.tcp_mstamp, first_ackt);
    ca_rtt = tcp_stamp_us_delta(sk.tcp_mstamp, last_ackt);
    // A lone short segment's ack may have waited for a second one.
    if (pkts_acked == 1 && fully_acked && !prior_sacked &&
        sk.snd_una - prior_snd_una < sk.mss_cache && st.rate->prior_delivered + 1 == sk.delivered &&
        !(flag & (FLAG_CA_ALERT | FLAG_SYN_ACKED)))
      flag |= FLAG_ACK_MAYBE_DELAYED;
  }
  if (st.first_sackt) {
    sack_rtt = tcp_stamp_us_delta(sk.tcp_mstamp, st.first_sackt);
    ca_rtt = tcp_stamp_us_delta(sk.tcp_mstamp, st.last_sackt);
  }
  const bool rtt_update = tcp_ack_update_rtt(sk, flag, seq_rtt, sack_rtt, ca_rtt, *st.rate);
  if (flag & FLAG_ACKED) {
    flag |= FLAG_SET_XMIT_TIMER;
    if (unlikely(sk.mtup.probe_size) && !after(sk.mtup.probe_seq_end, sk.snd_una))
      tcp_mtup_probe_success(sk);
    if (tcp_is_reno(sk)) {
      tcp_remove_reno_sacks(sk, pkts_acked, ece_ack);
      if (flag & FLAG_RETRANS_DATA_ACKED) flag &= ~FLAG_ORIG_SACK_ACKED;
    } else if (before(reord, prior_fack)) {
      tcp_check_sack_reordering(sk, reord, 0);
    }
  } else if (s && rtt_update && sack_rtt >= 0 &&
             sack_rtt > tcp_stamp_us_delta(sk.tcp_mstamp, s->mstamp_us)) {
    // Known to be faster than thought: the timer of the first one starts anew.
    flag |= FLAG_SET_XMIT_TIMER;
  }
  tcp_mem_update(sk);
  if (sk.ca_ops->pkts_acked)
    sk.ca_ops->pkts_acked(sk, static_cast<u32>(pkts_acked), st.rate->rtt_us);
  return flag;
}

void snd_una_update(tcp_sock& sk, u32 ack) {
  sk.bytes_acked += ack - sk.snd_una;
  sk.snd_una = ack;
}

// The peer's window, if this segment is newer than the one that set it (RFC 9293 §3.10.7.4).
int update_window(tcp_sock& sk, const tcphdr& th, u32 ack, u32 ack_seq) {
  int flag = 0;
  u32 win = th.window.host();
  if (!th.has(TCPHDR_SYN)) win <<= sk.rx_opt.snd_wscale;
  if (after(ack, sk.snd_una) || after(ack_seq, sk.snd_wl1) ||
      (ack_seq == sk.snd_wl1 && (win > sk.snd_wnd || !win))) {
    flag |= FLAG_WIN_UPDATE;
    sk.snd_wl1 = ack_seq;
    if (sk.snd_wnd != win) {
      sk.snd_wnd = win;
      if (tcp_send_head(sk)) tcp_slow_start_after_idle_check(sk);
      if (win > sk.max_window) {
        sk.max_window = win;
        tcp_sync_mss(sk, sk.pmtu_cookie);
      }
    }
  }
  snd_una_update(sk, ack);
  return flag;
}

// Nothing is on its way: is the window that was shut open again (tcp_ack_probe)?
void ack_probe(tcp_sock& sk) {
  const tcp_segment* head = tcp_send_head(sk);
  if (!head) return;
  if (!after(head->end_seq, tcp_wnd_end(sk))) {
    sk.backoff = 0;
    sk.probes_tstamp_ms = 0;
    tcp_clear_xmit_timer(sk);
  } else {
    tcp_reset_xmit_timer(sk, icsk_time::probe0, tcp_probe0_when(sk, TCP_RTO_MAX));
  }
}

// RFC 7323 §4.3: the stamp to echo is the one of the earliest segment that is not acknowledged yet.
void replace_ts_recent(tcp_sock& sk, u32 seq) {
  if (!sk.rx_opt.saw_tstamp || after(seq, sk.rcv_wup)) return;
  if (static_cast<s32>(sk.rx_opt.ts_recent - sk.rx_opt.rcv_tsval) <=
          static_cast<s32>(TCP_PAWS_WINDOW) ||
      tcp_jiffies(sk.ns) / 1000 >= sk.rx_opt.ts_recent_stamp + TCP_PAWS_WRAP ||
      !sk.rx_opt.ts_recent)
    tcp_store_ts_recent(sk);
}

// Opens the window, or lets recovery shrink it.
void change_cwnd(tcp_sock& sk, u32 ack, u32 acked_sacked, int flag, const rate_sample& rs) {
  if (tcp_in_cwnd_reduction(sk)) {
    tcp_cwnd_reduction(sk, acked_sacked, rs.losses, flag);
    return;
  }
  const bool may_raise = sk.reordering > static_cast<u32>(tcp_sysctl(sk).reordering)
                             ? flag & FLAG_FORWARD_PROGRESS
                             : flag & FLAG_DATA_ACKED;
  if (may_raise) {
    sk.ca_ops->cong_avoid(sk, ack, acked_sacked);
    sk.snd_cwnd_stamp_ms = tcp_jiffies(sk.ns);
  }
}

void cong_control(tcp_sock& sk, u32 ack, u32 acked_sacked, int flag, const rate_sample& rs) {
  if (sk.ca_ops->cong_control) return sk.ca_ops->cong_control(sk, rs);
  change_cwnd(sk, ack, acked_sacked, flag, rs);
  tcp_update_pacing_rate(sk);
}

bool is_dubious(const tcp_sock& sk, int flag) {
  return !(flag & FLAG_NOT_DUP) || (flag & FLAG_CA_ALERT) || sk.ca_state != TCP_CA_Open;
}

u32 newly_delivered(tcp_sock& sk, u32 prior, int flag) {
  const u32 delivered = sk.delivered - prior;
  net_inc_stats(sk.ns, LINUX_MIB_TCPDELIVERED, delivered);
  if (flag & FLAG_ECE) net_inc_stats(sk.ns, LINUX_MIB_TCPDELIVEREDCE, delivered);
  return delivered;
}

bool ece_of(const tcp_sock& sk, const tcphdr& th) {
  return th.has(TCPHDR_ECE) && !th.has(TCPHDR_SYN) && (sk.ecn_flags & TCP_ECN_OK);
}

bool has_sack(const tcp_sock& sk, const tcphdr& th) {
  const u32 plain =
      static_cast<u32>(sizeof(tcphdr)) + (sk.rx_opt.saw_tstamp ? TCPOLEN_TSTAMP_ALIGNED : 0);
  return sk.rx_opt.sack_ok && th.header_len() > plain && !th.has(TCPHDR_SYN);
}

}  // namespace

void tcp_store_ts_recent(tcp_sock& sk) {
  sk.rx_opt.ts_recent = sk.rx_opt.rcv_tsval;
  sk.rx_opt.ts_recent_stamp = static_cast<u32>(tcp_jiffies(sk.ns) / 1000) + 1;
}

void tcp_slow_start_after_idle_check(tcp_sock& sk) {
  if (!tcp_sysctl(sk).slow_start_after_idle || sk.packets_out || sk.ca_ops->cong_control) return;
  const ktime idle = ktime{static_cast<s32>(tcp_jiffies(sk.ns) - sk.lsndtime_ms)} * ns_per_ms;
  if (idle > sk.rto) tcp_cwnd_restart(sk, idle);
}

void tcp_cwnd_restart(tcp_sock& sk, ktime delta) {
  const u32 restart = std::min(tcp_init_cwnd(sk), sk.snd_cwnd);
  u32 cwnd = sk.snd_cwnd;
  if (sk.ca_ops->cwnd_event) sk.ca_ops->cwnd_event(sk, tcp_ca_event::cwnd_restart);
  sk.snd_ssthresh = tcp_current_ssthresh(sk);
  while ((delta -= sk.rto) > 0 && cwnd > restart) cwnd >>= 1;
  sk.snd_cwnd = std::max(cwnd, restart);
  sk.snd_cwnd_stamp_ms = tcp_jiffies(sk.ns);
  sk.snd_cwnd_used = 0;
}

int tcp_ack(tcp_sock& sk, const sk_buff& skb, int flag, skb_drop_reason* why) {
  const tcphdr& th = tcp_hdr(skb);
  const u32 ack = tcp_cb(skb).ack_seq, ack_seq = tcp_cb(skb).seq;
  const u32 prior_snd_una = sk.snd_una, prior_packets = sk.packets_out,
            prior_delivered = sk.delivered, prior_lost = sk.lost;
  rate_sample rs;
  tcp_sacktag_state st;
  st.rate = &rs;
  int rexmit = REXMIT_NONE;
  const auto refuse = [&](skb_drop_reason r) {
    if (why) *why = r;
    return -1;
  };
  if (before(ack, prior_snd_una)) {
    // RFC 5961 §5.2: neither believed nor ignored.
    if (before(ack, prior_snd_una - sk.max_window)) {
      if (!(flag & FLAG_NO_CHALLENGE_ACK)) tcp_send_challenge_ack(sk);
      return refuse(skb_drop_reason::TCP_TOO_OLD_ACK);
    }
    if (has_sack(sk, th)) {
      flag |= tcp_sacktag_write_queue(sk, skb, prior_snd_una, st);
      tcp_fastretrans_alert(sk, prior_snd_una, 0, flag, rexmit);
      newly_delivered(sk, prior_delivered, flag);
      tcp_xmit_recovery(sk, rexmit);
    }
    if (why) *why = skb_drop_reason::TCP_OLD_ACK;
    return 0;
  }
  if (after(ack, sk.snd_nxt)) return refuse(skb_drop_reason::TCP_ACK_UNSENT_DATA);
  if (after(ack, prior_snd_una)) {
    flag |= FLAG_SND_UNA_ADVANCED;
    sk.retransmits = 0;
  }
  const u32 prior_fack = tcp_highest_sack_seq(sk);
  rs.prior_in_flight = tcp_packets_in_flight(sk);
  if (flag & FLAG_UPDATE_TS_RECENT) replace_ts_recent(sk, ack_seq);

  if ((flag & (FLAG_SLOWPATH | FLAG_SND_UNA_ADVANCED)) == FLAG_SND_UNA_ADVANCED) {
    // The window did not change, and there is nothing else to it.
    sk.snd_wl1 = ack_seq;
    snd_una_update(sk, ack);
    flag |= FLAG_WIN_UPDATE;
    net_inc_stats(sk.ns, LINUX_MIB_TCPHPACKS);
  } else {
    if (ack_seq != tcp_cb(skb).end_seq)
      flag |= FLAG_DATA;
    else
      net_inc_stats(sk.ns, LINUX_MIB_TCPPUREACKS);
    flag |= update_window(sk, th, ack, ack_seq);
    if (has_sack(sk, th)) flag |= tcp_sacktag_write_queue(sk, skb, prior_snd_una, st);
    if (ece_of(sk, th)) flag |= FLAG_ECE;
    if (st.sack_delivered) tcp_count_delivered(sk, st.sack_delivered, flag & FLAG_ECE);
  }
  sk.sk_err_soft = 0;
  sk.probes_out = 0;
  sk.rcv_tstamp_ms = tcp_jiffies(sk.ns);
  const auto in_ack_event = [&] {
    if (sk.ca_ops->in_ack_event) sk.ca_ops->in_ack_event(sk);
  };
  if (!prior_packets) {
    in_ack_event();
    if (flag & FLAG_DSACKING_ACK) tcp_fastretrans_alert(sk, prior_snd_una, 0, flag, rexmit);
    ack_probe(sk);
    if (sk.tlp_high_seq) tcp_process_tlp_ack(sk, ack, flag);
    return 1;
  }
  flag |= clean_rtx_queue(sk, prior_fack, prior_snd_una, st, flag & FLAG_ECE);
  tcp_rack_update_reo_wnd(sk, rs);
  in_ack_event();
  if (sk.tlp_high_seq) tcp_process_tlp_ack(sk, ack, flag);
  if (is_dubious(sk, flag)) {
    const int num_dupack =
        flag & (FLAG_SND_UNA_ADVANCED | FLAG_NOT_DUP | FLAG_DSACKING_ACK) ? 0 : 1;
    tcp_fastretrans_alert(sk, prior_snd_una, num_dupack, flag, rexmit);
  }
  if ((flag & FLAG_SET_XMIT_TIMER) && !tcp_schedule_loss_probe(sk, true)) tcp_rearm_rto(sk);
  if ((flag & FLAG_FORWARD_PROGRESS) || !(flag & FLAG_NOT_DUP)) sk.dst_pending_confirm = true;
  const u32 delivered = newly_delivered(sk, prior_delivered, flag);
  rs.is_ack_delayed = flag & FLAG_ACK_MAYBE_DELAYED;
  tcp_rate_gen(sk, delivered, sk.lost - prior_lost, false, rs);
  cong_control(sk, ack, delivered, flag, rs);
  tcp_xmit_recovery(sk, rexmit);
  return 1;
}

}  // namespace linnet
