// Recovery from loss: the states Open, Disorder, CWR, Recovery and Loss, proportional rate reduction (RFC 6937),
// F-RTO (RFC 5682), and undoing what turned out to be no loss (Eifel, D-SACK).
#include "net/ipv4/tcp_recover.hh"
#include "net/ipv4/tcp_mtu_probe.hh"

#include <linux/tcp.h>

#include "net/ipv4/snmp.hh"

namespace linnet {

u32 tcp_current_ssthresh(const tcp_sock& sk) {
  if (tcp_in_cwnd_reduction(sk)) return sk.snd_ssthresh;
  return std::max(sk.snd_ssthresh, (sk.snd_cwnd >> 1) + (sk.snd_cwnd >> 2));
}

void tcp_clear_retrans(tcp_sock& sk) {
  sk.retrans_out = sk.lost_out = sk.undo_marker = 0;
  sk.undo_retrans = ~0u;
  sk.sacked_out = 0;
  sk.total_retrans = 0;
  sk.bytes_retrans = 0;
}

void tcp_init_undo(tcp_sock& sk) {
  sk.undo_marker = sk.snd_una;
  // Without anything on its way again there would be nothing to undo by.
  sk.undo_retrans = sk.retrans_out ? sk.retrans_out : ~0u;
}

namespace {

void ecn_queue_cwr(tcp_sock& sk) {
  if (sk.ecn_flags & TCP_ECN_OK) sk.ecn_flags |= TCP_ECN_QUEUE_CWR;
}

void init_cwnd_reduction(tcp_sock& sk) {
  sk.high_seq = sk.snd_nxt;
  sk.tlp_high_seq = 0;
  sk.snd_cwnd_cnt = 0;
  sk.prior_cwnd = sk.snd_cwnd;
  sk.prr_delivered = sk.prr_out = 0;
  sk.snd_ssthresh = sk.ca_ops->ssthresh(sk);
  ecn_queue_cwr(sk);
}

void end_cwnd_reduction(tcp_sock& sk) {
  if (sk.ca_ops->cong_control) return;
  if (sk.snd_ssthresh < TCP_INFINITE_SSTHRESH && (sk.ca_state == TCP_CA_CWR || sk.undo_marker)) {
    sk.snd_cwnd = sk.snd_ssthresh;
    sk.snd_cwnd_stamp_ms = tcp_jiffies(sk.ns);
  }
  if (sk.ca_ops->cwnd_event) sk.ca_ops->cwnd_event(sk, tcp_ca_event::complete_cwr);
}

bool any_retrans_done(const tcp_sock& sk) {
  if (sk.retrans_out) return true;
  const tcp_segment* head = tcp_rtx_head(sk);
  return head && (head->sacked & TCPCB_EVER_RETRANS);
}

// Whether the ack answers the original rather than what was sent again (Eifel, RFC 3522).
bool packet_delayed(const tcp_sock& sk) {
  if (!sk.retrans_stamp || !sk.rx_opt.saw_tstamp || !sk.rx_opt.rcv_tsecr) return false;
  return before(sk.rx_opt.rcv_tsecr, sk.retrans_stamp);
}

bool may_undo(const tcp_sock& sk) {
  return sk.undo_marker && (!sk.undo_retrans || packet_delayed(sk));
}

void undo_cwnd_reduction(tcp_sock& sk, bool unmark_loss) {
  if (unmark_loss) {
    for (tcp_segment& s : sk.rtx_queue) s.sacked &= static_cast<u8>(~TCPCB_LOST);
    sk.lost_out = 0;
    sk.retransmit_hint = nullptr;
  }
  if (sk.prior_ssthresh) {
    sk.snd_cwnd = sk.ca_ops->undo_cwnd(sk);
    if (sk.prior_ssthresh > sk.snd_ssthresh) {
      sk.snd_ssthresh = sk.prior_ssthresh;
      sk.ecn_flags &= static_cast<u16>(~TCP_ECN_QUEUE_CWR);
    }
  }
  sk.snd_cwnd_stamp_ms = tcp_jiffies(sk.ns);
  sk.undo_marker = 0;
  sk.rack.advanced = true;  // RACK looks again
}

void try_keep_open(tcp_sock& sk) {
  const tcp_ca_state state =
      tcp_left_out(sk) || any_retrans_done(sk) ? TCP_CA_Disorder : TCP_CA_Open;
  if (sk.ca_state == state) return;
  tcp_set_ca_state(sk, state);
  sk.high_seq = sk.snd_nxt;
}

void try_to_open(tcp_sock& sk, int flag) {
  if (!any_retrans_done(sk)) sk.retrans_stamp = 0;
  if (flag & FLAG_ECE) tcp_enter_cwr(sk);
  if (sk.ca_state != TCP_CA_CWR) try_keep_open(sk);
}

// Without SACK, a duplicate ack right at the end of a recovery could start a false one: the state stays until
// something above high_seq is acknowledged (RFC 6582 §3.2).
bool hold_in_newreno(tcp_sock& sk) {
  if (sk.snd_una != sk.high_seq || !tcp_is_reno(sk)) return false;
  if (!any_retrans_done(sk)) sk.retrans_stamp = 0;
  return true;
}

}  // namespace

bool tcp_try_undo_recovery(tcp_sock& sk) {
  if (may_undo(sk)) {
    const int mib = sk.ca_state == TCP_CA_Loss ? LINUX_MIB_TCPLOSSUNDO : LINUX_MIB_TCPFULLUNDO;
    undo_cwnd_reduction(sk, false);
    net_inc_stats(sk.ns, mib);
  } else if (sk.rack.reo_wnd_persist) {
    --sk.rack.reo_wnd_persist;
  }
  if (hold_in_newreno(sk)) return true;
  tcp_set_ca_state(sk, TCP_CA_Open);
  sk.frto = false;
  return false;
}

namespace {

bool try_undo_dsack(tcp_sock& sk) {
  if (!sk.undo_marker || sk.undo_retrans) return false;
  sk.rack.reo_wnd_persist =
      static_cast<u8>(std::min<u32>(TCP_RACK_RECOVERY_THRESH, sk.rack.reo_wnd_persist + 1u));
  undo_cwnd_reduction(sk, false);
  net_inc_stats(sk.ns, LINUX_MIB_TCPDSACKUNDO);
  return true;
}

bool try_undo_loss(tcp_sock& sk, bool frto_undo) {
  if (!frto_undo && !may_undo(sk)) return false;
  undo_cwnd_reduction(sk, true);
  net_inc_stats(sk.ns, LINUX_MIB_TCPLOSSUNDO);
  if (frto_undo) net_inc_stats(sk.ns, LINUX_MIB_TCPSPURIOUSRTOS);
  sk.retransmits = 0;
  if (hold_in_newreno(sk)) return true;
  if (frto_undo || !tcp_is_reno(sk)) {
    tcp_set_ca_state(sk, TCP_CA_Open);
    sk.frto = false;
  }
  return true;
}

// A partial ack in recovery that answers an original: the network was slow, not lossy.
bool try_undo_partial(tcp_sock& sk, u32 prior_snd_una, bool& do_lost) {
  if (!sk.undo_marker || !packet_delayed(sk)) return false;
  tcp_check_sack_reordering(sk, prior_snd_una, 1);
  if (sk.retrans_out) return true;
  if (!any_retrans_done(sk)) sk.retrans_stamp = 0;
  undo_cwnd_reduction(sk, true);
  net_inc_stats(sk.ns, LINUX_MIB_TCPPARTIALUNDO);
  try_keep_open(sk);
  do_lost = false;
  return true;
}

bool check_sack_reneging(tcp_sock& sk, int& flag) {
  if (!(flag & FLAG_SACK_RENEGING) || !(flag & FLAG_SND_UNA_ADVANCED)) return false;
  // The peer may only be late to say so: a moment's grace.
  const ktime delay = std::max<ktime>(ktime{sk.srtt_us >> 4} * 1000, 10 * ns_per_ms);
  tcp_reset_xmit_timer(sk, icsk_time::retrans, delay);
  flag &= ~FLAG_SET_XMIT_TIMER;
  return true;
}

void identify_packet_loss(tcp_sock& sk, int& flag) {
  if (tcp_rtx_head(sk) == nullptr) return;
  if (tcp_is_reno(sk)) {
    tcp_newreno_mark_lost(sk, flag & FLAG_SND_UNA_ADVANCED);
  } else if (tcp_sysctl(sk).recovery & 1) {
    const u32 prior = sk.retrans_out;
    if (tcp_rack_mark_lost(sk)) flag &= ~FLAG_SET_XMIT_TIMER;
    if (prior > sk.retrans_out) flag |= FLAG_LOST_RETRANS;
  }
}

bool force_fast_retransmit(const tcp_sock& sk) {
  return after(tcp_highest_sack_seq(sk), sk.snd_una + sk.reordering * sk.mss_cache);
}

// With RACK switched off: all but the last `reordering` segments below what was selectively acked are lost.
void update_scoreboard(tcp_sock& sk) {
  if (tcp_is_reno(sk) || !force_fast_retransmit(sk)) return;
  u32 above = sk.sacked_out;
  for (tcp_segment& s : sk.rtx_queue) {
    if (above < sk.reordering || !before(s.seq, tcp_highest_sack_seq(sk))) break;
    if (s.sacked & TCPCB_SACKED_ACKED)
      above -= s.pcount;
    else if (!(s.sacked & TCPCB_LOST))
      tcp_mark_skb_lost(sk, s);
  }
}

bool time_to_recover(const tcp_sock& sk) {
  if (sk.lost_out) return true;
  return !(tcp_sysctl(sk).recovery & 1) && !tcp_is_reno(sk) && sk.sacked_out >= sk.reordering;
}

// An ack in state Loss (tcp_process_loss). True when it is dealt with.
void process_loss(tcp_sock& sk, int flag, int num_dupack, int& rexmit) {
  const bool recovered = !before(sk.snd_una, sk.high_seq);
  if ((flag & FLAG_SND_UNA_ADVANCED) && try_undo_loss(sk, false)) return;
  if (sk.frto) {
    // F-RTO: after the first retransmission new data goes out; if that is acknowledged, the timeout was spurious.
    if ((flag & FLAG_ORIG_SACK_ACKED) && try_undo_loss(sk, true)) return;
    if (after(sk.snd_nxt, sk.high_seq)) {
      if ((flag & FLAG_DATA_SACKED) || num_dupack) sk.frto = false;
    } else if ((flag & FLAG_SND_UNA_ADVANCED) && !recovered) {
      sk.high_seq = sk.snd_nxt;
      if (tcp_send_head(sk) && after(tcp_wnd_end(sk), sk.snd_nxt)) {
        rexmit = REXMIT_NEW;
        return;
      }
      sk.frto = false;
    }
  }
  if (recovered) {
    tcp_try_undo_recovery(sk);
    return;
  }
  if (tcp_is_reno(sk)) {
    if (after(sk.snd_nxt, sk.high_seq) && num_dupack)
      tcp_add_reno_sack(sk, num_dupack, flag & FLAG_ECE);
    else if (flag & FLAG_SND_UNA_ADVANCED)
      tcp_reset_reno_sack(sk);
  }
  rexmit = REXMIT_LOST;
}

}  // namespace

void tcp_fastretrans_alert(tcp_sock& sk, u32 prior_snd_una, int num_dupack, int& flag,
                           int& rexmit) {
  bool do_lost = num_dupack || ((flag & FLAG_DATA_SACKED) && force_fast_retransmit(sk));
  if (!sk.packets_out && sk.sacked_out) sk.sacked_out = 0;
  if (flag & FLAG_ECE) sk.prior_ssthresh = 0;
  if (check_sack_reneging(sk, flag)) return;
  if (sk.ca_state == TCP_CA_Open) {
    sk.retrans_stamp = 0;
  } else if (!before(sk.snd_una, sk.high_seq)) {
    if (sk.ca_state == TCP_CA_CWR && sk.snd_una != sk.high_seq) {
      end_cwnd_reduction(sk);
      tcp_set_ca_state(sk, TCP_CA_Open);
    } else if (sk.ca_state == TCP_CA_Recovery) {
      if (tcp_is_reno(sk)) tcp_reset_reno_sack(sk);
      if (tcp_try_undo_recovery(sk)) return;
      end_cwnd_reduction(sk);
    }
  }
  switch (sk.ca_state) {
    case TCP_CA_Recovery:
      if (!(flag & FLAG_SND_UNA_ADVANCED)) {
        if (tcp_is_reno(sk)) tcp_add_reno_sack(sk, num_dupack, flag & FLAG_ECE);
      } else if (try_undo_partial(sk, prior_snd_una, do_lost)) {
        return;
      } else {
        do_lost = tcp_is_reno(sk) || force_fast_retransmit(sk);
      }
      if (try_undo_dsack(sk)) try_to_open(sk, flag);
      identify_packet_loss(sk, flag);
      if (sk.ca_state != TCP_CA_Recovery) {
        if (!time_to_recover(sk)) return;
        tcp_enter_recovery(sk, flag & FLAG_ECE);
      }
      break;
    case TCP_CA_Loss:
      process_loss(sk, flag, num_dupack, rexmit);
      identify_packet_loss(sk, flag);
      if (sk.ca_state != TCP_CA_Open && !(flag & FLAG_LOST_RETRANS)) return;
      [[fallthrough]];
    default:
      if (tcp_is_reno(sk)) {
        if (flag & FLAG_SND_UNA_ADVANCED) tcp_reset_reno_sack(sk);
        tcp_add_reno_sack(sk, num_dupack, flag & FLAG_ECE);
      }
      if (sk.ca_state <= TCP_CA_Disorder) try_undo_dsack(sk);
      identify_packet_loss(sk, flag);
      if (!time_to_recover(sk)) return try_to_open(sk, flag);
      // A probe of the path's MTU that is lost says nothing else.
      if (sk.ca_state < TCP_CA_CWR && unlikely(sk.mtup.probe_size) &&
          sk.snd_una == sk.mtup.probe_seq_start)
        return tcp_mtup_probe_failed(sk);
      tcp_enter_recovery(sk, flag & FLAG_ECE);
  }
  if (!(tcp_sysctl(sk).recovery & 1) && do_lost) update_scoreboard(sk);
  rexmit = REXMIT_LOST;
}

// Sends as many as were delivered while more is on its way than the new threshold, and then up to it.
void tcp_cwnd_reduction(tcp_sock& sk, u32 newly_acked_sacked, int newly_lost, int flag) {
  const s64 in_flight = tcp_packets_in_flight(sk), delta = s64{sk.snd_ssthresh} - in_flight;
  if (static_cast<s32>(newly_acked_sacked) <= 0 || !sk.prior_cwnd) return;
  sk.prr_delivered += newly_acked_sacked;
  s64 sndcnt;
  if (delta < 0) {
    sndcnt =
        (s64{sk.snd_ssthresh} * sk.prr_delivered + sk.prior_cwnd - 1) / sk.prior_cwnd - sk.prr_out;
  } else {
    sndcnt = std::max<s64>(s64{sk.prr_delivered} - sk.prr_out, newly_acked_sacked);
    if ((flag & FLAG_SND_UNA_ADVANCED) && !newly_lost) ++sndcnt;
    sndcnt = std::min(delta, sndcnt);
  }
  sndcnt = std::max<s64>(sndcnt, sk.prr_out ? 0 : 1);  // the first retransmission goes in any case
  sk.snd_cwnd = static_cast<u32>(in_flight + sndcnt);
}

void tcp_enter_cwr(tcp_sock& sk) {
  sk.prior_ssthresh = 0;
  if (sk.ca_state >= TCP_CA_CWR) return;
  sk.undo_marker = 0;
  init_cwnd_reduction(sk);
  tcp_set_ca_state(sk, TCP_CA_CWR);
}

void tcp_enter_recovery(tcp_sock& sk, bool ece_ack) {
  net_inc_stats(sk.ns, tcp_is_reno(sk) ? LINUX_MIB_TCPRENORECOVERY : LINUX_MIB_TCPSACKRECOVERY);
  sk.prior_ssthresh = 0;
  tcp_init_undo(sk);
  if (!tcp_in_cwnd_reduction(sk)) {
    if (!ece_ack) sk.prior_ssthresh = tcp_current_ssthresh(sk);
    init_cwnd_reduction(sk);
  }
  tcp_set_ca_state(sk, TCP_CA_Recovery);
}

namespace {

// The timer ran out: everything that is not known to have arrived is lost (tcp_timeout_mark_lost).
void timeout_mark_lost(tcp_sock& sk) {
  tcp_segment* head = tcp_rtx_head(sk);
  const bool reneg = head && (head->sacked & TCPCB_SACKED_ACKED);
  if (reneg) {
    net_inc_stats(sk.ns, LINUX_MIB_TCPSACKRENEGING);
    sk.sacked_out = 0;
  } else if (tcp_is_reno(sk)) {
    tcp_reset_reno_sack(sk);
  }
  for (tcp_segment& s : sk.rtx_queue) {
    if (reneg) s.sacked &= static_cast<u8>(~TCPCB_SACKED_ACKED);
    // RACK gives what was sent lately its time.
    if ((tcp_sysctl(sk).recovery & 1) && !tcp_is_reno(sk) && &s != head &&
        tcp_rack_skb_timeout(sk, s, 0) > 0)
      continue;
    tcp_mark_skb_lost(sk, s);
  }
}

}  // namespace

void tcp_enter_loss(tcp_sock& sk) {
  const bool new_recovery = sk.ca_state < TCP_CA_Recovery;
  timeout_mark_lost(sk);
  if (sk.ca_state <= TCP_CA_Disorder || !after(sk.high_seq, sk.snd_una) ||
      (sk.ca_state == TCP_CA_Loss && !sk.retransmits)) {
    sk.prior_ssthresh = tcp_current_ssthresh(sk);
    sk.prior_cwnd = sk.snd_cwnd;
    sk.snd_ssthresh = sk.ca_ops->ssthresh(sk);
    if (sk.ca_ops->cwnd_event) sk.ca_ops->cwnd_event(sk, tcp_ca_event::loss);
    tcp_init_undo(sk);
  }
  sk.snd_cwnd = tcp_packets_in_flight(sk) + 1;
  sk.snd_cwnd_cnt = 0;
  sk.snd_cwnd_stamp_ms = tcp_jiffies(sk.ns);
  const u32 usual = static_cast<u32>(tcp_sysctl(sk).reordering);
  if (sk.ca_state <= TCP_CA_Disorder && sk.sacked_out >= usual)
    sk.reordering = std::min(sk.reordering, usual);
  tcp_set_ca_state(sk, TCP_CA_Loss);
  sk.high_seq = sk.snd_nxt;
  ecn_queue_cwr(sk);
  sk.frto = tcp_sysctl(sk).frto && (new_recovery || sk.retransmits);
}

void tcp_xmit_recovery(tcp_sock& sk, int rexmit) {
  if (rexmit == REXMIT_NONE || sk.state == TCP_SYN_SENT) return;
  if (rexmit == REXMIT_NEW) {
    tcp_write_xmit(sk, tcp_current_mss(sk), TCP_NAGLE_OFF, 0);
    if (after(sk.snd_nxt, sk.high_seq)) return;
    sk.frto = false;
  }
  tcp_xmit_retransmit_queue(sk);
}

// The path's MTU shrank: what is too long for it goes again, cut, and is no sign of congestion.
void tcp_simple_retransmit(tcp_sock& sk) {
  const u32 mss = tcp_current_mss(sk);
  for (tcp_segment& s : sk.rtx_queue)
    if (s.seglen() > mss) tcp_mark_skb_lost(sk, s);
  if (!sk.lost_out) return;
  if (tcp_is_reno(sk)) {
    const u32 holes = std::clamp(sk.lost_out, 1u, std::max(sk.packets_out, 1u));
    if (sk.sacked_out + holes > sk.packets_out) sk.sacked_out = sk.packets_out - holes;
  }
  tcp_non_congestion_loss_retransmit(sk);
}

// What was lost for another reason than congestion goes again, with the window as it was.
void tcp_non_congestion_loss_retransmit(tcp_sock& sk) {
  if (sk.ca_state != TCP_CA_Loss) {
    sk.high_seq = sk.snd_nxt;
    sk.snd_ssthresh = tcp_current_ssthresh(sk);
    sk.prior_ssthresh = 0;
    sk.undo_marker = 0;
    tcp_set_ca_state(sk, TCP_CA_Loss);
  }
  tcp_xmit_retransmit_queue(sk);
}

void tcp_process_tlp_ack(tcp_sock& sk, u32 ack, int flag) {
  if (before(ack, sk.tlp_high_seq)) return;
  if (!sk.tlp_retrans || (flag & FLAG_DSACK_TLP)) {
    sk.tlp_high_seq = 0;  // new data, or both copies arrived: nothing was lost
  } else if (after(ack, sk.tlp_high_seq)) {
    // The probe mended a loss.
    init_cwnd_reduction(sk);
    tcp_set_ca_state(sk, TCP_CA_CWR);
    end_cwnd_reduction(sk);
    try_keep_open(sk);
    net_inc_stats(sk.ns, LINUX_MIB_TCPLOSSPROBERECOVERY);
    sk.tlp_high_seq = 0;
  } else if (!(flag & (FLAG_SND_UNA_ADVANCED | FLAG_NOT_DUP | FLAG_DATA_SACKED))) {
    sk.tlp_high_seq = 0;
  }
}

}  // namespace linnet
