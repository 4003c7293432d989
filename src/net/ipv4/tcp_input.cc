// A segment for a connection: is it acceptable, and what does it do in this state (RFC 9293 §3.10.7, with RFC 5961's
// and 7323's checks).
#include <linux/tcp.h>

#include "net/core/tracepoint.hh"
#include "net/core/world.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_drop.hh"
#include "net/ipv4/tcp_metrics.hh"
#include "net/ipv4/tcp_mtu_probe.hh"
#include "net/ipv4/tcp_pacing.hh"
#include "net/ipv4/tcp_recover.hh"
#include "net/ipv4/tcp_units.hh"

namespace linnet {

using enum skb_drop_reason;

void tcp_reset(tcp_sock& sk, skb_ptr p) {
  trace(sk.ns.c, tp::tcp_reset, p.get(), nullptr);
  switch (sk.state) {
    case TCP_SYN_SENT: sk.sk_err = ECONNREFUSED; break;
    case TCP_CLOSE_WAIT: sk.sk_err = EPIPE; break;
    case TCP_CLOSE: return kfree_skb_reason(std::move(p), TCP_RESET);
    default: sk.sk_err = ECONNRESET;
  }
  tcp_write_queue_purge(sk);
  tcp_done(sk);
  if (!sk.orphaned) sk_error_report(sk);
  kfree_skb_reason(std::move(p), TCP_RESET);
}

bool tcp_oow_rate_limited(net& n, const tcphdr& th, u32 len, u32& last_oow_ack_ms, int mib) {
  // Data is answered always: it may be a keepalive's or a window probe's.
  if (len && !th.has(TCPHDR_SYN)) return false;
  const u32 now = tcp_jiffies(n);
  if (last_oow_ack_ms) {
    const s32 elapsed = static_cast<s32>(now - last_oow_ack_ms);
    if (elapsed >= 0 && elapsed < tcp_of(n).settings.invalid_ratelimit) {
      net_inc_stats(n, mib);
      return true;
    }
  }
  last_oow_ack_ms = now ? now : 1;
  return false;
}

// RFC 5961 §7: so many a second and no more, and half of it at random, so that nobody learns from them.
void tcp_send_challenge_ack(tcp_sock& sk) {
  tcp_table& t = tcp_of(sk.ns);
  const u32 now = tcp_jiffies(sk.ns);
  if (sk.last_oow_ack_ms &&
      now - sk.last_oow_ack_ms < static_cast<u32>(t.settings.invalid_ratelimit)) {
    net_inc_stats(sk.ns, LINUX_MIB_TCPACKSKIPPEDCHALLENGE);
    return;
  }
  sk.last_oow_ack_ms = now ? now : 1;
  const s64 limit = t.settings.challenge_ack_limit;
  if (limit != 2147483647) {
    const u64 second = now / 1000 + 1;
    if (second != t.challenge_second) {
      t.challenge_second = second;
      const u32 half = static_cast<u32>((limit + 1) >> 1);
      t.challenge_count = half + sk.ns.c.rand.below(static_cast<u32>(limit));
    }
    if (!t.challenge_count) return;
    --t.challenge_count;
  }
  net_inc_stats(sk.ns, LINUX_MIB_TCPCHALLENGEACK);
  tcp_send_ack(sk);
}

void tcp_send_dupack(tcp_sock& sk, const sk_buff& s) {
  const tcp_skb_cb& cb = tcp_cb(s);
  if (cb.end_seq != cb.seq && before(cb.seq, sk.rcv_nxt)) {
    net_inc_stats(sk.ns, LINUX_MIB_DELAYEDACKLOST);
    tcp_enter_quickack_mode(sk, TCP_MAX_QUICKACKS);
    if (sk.rx_opt.sack_ok && tcp_sysctl(sk).dsack) {
      const u32 end = after(cb.end_seq, sk.rcv_nxt) ? sk.rcv_nxt : cb.end_seq;
      tcp_rcv_spurious_retrans(sk, s);
      net_inc_stats(sk.ns, LINUX_MIB_TCPDSACKOLDSENT);
      sk.rx_opt.dsack = true;
      sk.duplicate_sack = {cb.seq, end};
    }
  }
  tcp_send_ack(sk);
}

namespace {

// An old duplicate by its time stamp (tcp_paws_check).
bool paws_ok(const tcp_sock& sk, u32 slack) {
  const auto& o = sk.rx_opt;
  if (static_cast<s32>(o.ts_recent - o.rcv_tsval) <= static_cast<s32>(slack)) return true;
  if (tcp_jiffies(sk.ns) / 1000 >= o.ts_recent_stamp + TCP_PAWS_WRAP) return true;
  return !o.ts_recent;
}

// A pure ack that overtook others, within a round trip (tcp_disordered_ack).
bool disordered_ack(const tcp_sock& sk, const sk_buff& s) {
  const tcphdr& th = tcp_hdr(s);
  const tcp_skb_cb& cb = tcp_cb(s);
  const u32 win = u32{th.window.host()} << sk.rx_opt.snd_wscale;
  const bool new_win = after(cb.ack_seq, sk.snd_una) || after(cb.seq, sk.snd_wl1) ||
                       (cb.seq == sk.snd_wl1 && win > sk.snd_wnd);
  return th.has(TCPHDR_ACK) && cb.seq == cb.end_seq && cb.seq == sk.rcv_nxt &&
         cb.ack_seq == sk.snd_una && !new_win &&
         static_cast<s32>(sk.rx_opt.ts_recent - sk.rx_opt.rcv_tsval) <=
             static_cast<s32>(sk.rto / ns_per_ms);
}

bool in_window(const tcp_sock& sk, u32 seq, u32 end_seq) {
  return !before(end_seq, sk.rcv_wup) && !after(seq, sk.rcv_nxt + tcp_receive_window(sk));
}

// A reset just past a FIN, as macOS sends it (tcp_reset_check).
bool reset_after_fin(const tcp_sock& sk, const sk_buff& s) {
  return tcp_cb(s).seq == sk.rcv_nxt - 1 &&
         (TCPF(sk.state) & (TCPF(TCP_CLOSE_WAIT) | TCPF(TCP_LAST_ACK) | TCPF(TCP_CLOSING)));
}

// False: dealt with, and gone (tcp_validate_incoming).
bool validate_incoming(tcp_sock& sk, skb_ptr& p, bool syn_inerr) {
  const tcphdr& th = tcp_hdr(*p);
  const tcp_skb_cb& cb = tcp_cb(*p);
  const u32 len = cb.end_seq - cb.seq;
  const auto discard = [&](skb_drop_reason why) {
    tcp_drop(sk, std::move(p), why);
    return false;
  };
  const auto syn_challenge = [&] {
    if (syn_inerr) tcp_inc_stats(sk.ns, TCP_MIB_INERRS);
    net_inc_stats(sk.ns, LINUX_MIB_TCPSYNCHALLENGE);
    tcp_send_challenge_ack(sk);
    return discard(TCP_INVALID_SYN);
  };
  if (tcp_fast_parse_options(th, sk) && sk.rx_opt.saw_tstamp && sk.rx_opt.tstamp_ok &&
      !paws_ok(sk, TCP_PAWS_WINDOW) && !disordered_ack(sk, *p) && !th.has(TCPHDR_RST)) {
    net_inc_stats(sk.ns, LINUX_MIB_PAWSESTABREJECTED);
    if (!tcp_oow_rate_limited(sk.ns, th, len, sk.last_oow_ack_ms, LINUX_MIB_TCPACKSKIPPEDPAWS))
      tcp_send_dupack(sk, *p);
    return discard(TCP_RFC7323_PAWS);
  }
  if (!in_window(sk, cb.seq, cb.end_seq)) {
    if (!th.has(TCPHDR_RST)) {
      if (th.has(TCPHDR_SYN)) return syn_challenge();
      if (!tcp_oow_rate_limited(sk.ns, th, len, sk.last_oow_ack_ms, LINUX_MIB_TCPACKSKIPPEDSEQ))
        tcp_send_dupack(sk, *p);
    } else if (reset_after_fin(sk, *p)) {
      tcp_reset(sk, std::move(p));
      return false;
    }
    return discard(TCP_INVALID_SEQUENCE);
  }
  if (th.has(TCPHDR_RST)) {
    // RFC 5961 §3: exactly the next one, or it is asked back; with holes, the end of the last piece counts too.
    bool believed = cb.seq == sk.rcv_nxt || reset_after_fin(sk, *p);
    if (!believed && sk.rx_opt.sack_ok && sk.rx_opt.num_sacks) {
      u32 highest = sk.selective_acks[0].end_seq;
      for (u8 i = 1; i < sk.rx_opt.num_sacks; ++i)
        if (after(sk.selective_acks[i].end_seq, highest)) highest = sk.selective_acks[i].end_seq;
      believed = cb.seq == highest;
    }
    if (believed) {
      tcp_reset(sk, std::move(p));
      return false;
    }
    tcp_send_challenge_ack(sk);
    return discard(TCP_RESET);
  }
  if (th.has(TCPHDR_SYN)) return syn_challenge();
  return true;
}

// Whether nothing but an ack, or data in order, can be in it (header prediction).
bool predicted(const tcp_sock& sk, const sk_buff& s, const tcphdr& th) {
  if ((th.flags & ~TCPHDR_PSH) != TCPHDR_ACK) return false;
  if (tcp_cb(s).seq != sk.rcv_nxt || after(tcp_cb(s).ack_seq, sk.snd_nxt) ||
      before(tcp_cb(s).ack_seq, sk.snd_una))
    return false;
  return u32{th.window.host()} << sk.rx_opt.snd_wscale == sk.snd_wnd &&
         th.header_len() == sk.tcp_header_len && sk.out_of_order_queue.empty() && sk.rcv_wnd &&
         sk.rmem_alloc < sk.rcvbuf && !sk.urg_data;
}

// True when the segment was what was expected, and is done with.
bool fast_path(tcp_sock& sk, skb_ptr& p) {
  const tcphdr& th = tcp_hdr(*p);
  if (!predicted(sk, *p, th)) return false;
  const u32 hlen = th.header_len();
  if (hlen == sizeof(tcphdr) + TCPOLEN_TSTAMP_ALIGNED) {
    if (!tcp_fast_parse_options(th, sk) || !sk.rx_opt.saw_tstamp) return false;
    if (static_cast<s32>(sk.rx_opt.rcv_tsval - sk.rx_opt.ts_recent) < 0) return false;
  } else {
    sk.rx_opt.saw_tstamp = false;
  }
  const u32 data = p->len() - hlen;
  if (data && static_cast<s64>(data) > static_cast<s64>(tcp_receive_window(sk))) return false;
  if (sk.rx_opt.saw_tstamp && sk.rcv_nxt == sk.rcv_wup) tcp_store_ts_recent(sk);
  if (!data) {
    tcp_ack(sk, *p, 0);
    consume_skb(std::move(p));
    tcp_data_snd_check(sk);
    return true;
  }
  net_inc_stats(sk.ns, LINUX_MIB_TCPHPHITS);
  tcp_rcv_rtt_measure_ts(sk, *p);
  const bool acks = tcp_cb(*p).ack_seq != sk.snd_una;
  if (acks) tcp_ack(sk, *p, FLAG_DATA);
  skb_pull(*p, hlen);
  if (!acks) sk.snd_wl1 = tcp_cb(*p).seq;
  const sk_buff& queued = *p;
  const u32 truesize = p->truesize;
  skb_ptr eaten = tcp_queue_rcv(sk, std::move(p));
  tcp_event_data_recv(sk, queued, truesize);
  consume_skb(std::move(eaten));
  if (acks) tcp_data_snd_check(sk);
  tcp_ack_snd_check(sk);
  sk_data_ready(sk);
  return true;
}

}  // namespace

void tcp_rcv_established(tcp_sock& sk, skb_ptr p) {
  tcp_mstamp_refresh(sk);
  if (fast_path(sk, p)) return;
  const tcphdr& th = tcp_hdr(*p);
  if (!(th.flags & (TCPHDR_ACK | TCPHDR_RST | TCPHDR_SYN)))
    return tcp_drop(sk, std::move(p), TCP_FLAGS);
  if (!validate_incoming(sk, p, true)) return;
  skb_drop_reason why = TCP_OLD_ACK;
  if (tcp_ack(sk, *p, FLAG_SLOWPATH | FLAG_UPDATE_TS_RECENT, &why) < 0)
    return tcp_drop(sk, std::move(p), why);
  tcp_rcv_rtt_measure_ts(sk, *p);
  tcp_urg(sk, *p, th);
  tcp_data_queue(sk, std::move(p));
  if (sk.state == TCP_CLOSE) return;
  tcp_data_snd_check(sk);
  tcp_ack_snd_check(sk);
}

// ---- urgent data

void tcp_check_urg(tcp_sock& sk, const tcphdr& th) {
  u32 ptr = th.urg_ptr.host();
  if (ptr && !tcp_sysctl(sk).stdurg) --ptr;
  ptr += th.seq.host();
  if (after(sk.copied_seq, ptr) || before(ptr, sk.rcv_nxt)) return;
  if (sk.urg_data && !after(ptr, sk.urg_seq)) return;
  // A second mark while the first waits at the front of the queue: the first byte is ordinary data then.
  if (sk.urg_seq == sk.copied_seq && sk.urg_data && !sk.oobinline && sk.copied_seq != sk.rcv_nxt) {
    ++sk.copied_seq;
    const sk_buff* head = sk.receive_queue.peek();
    if (head && !before(sk.copied_seq, tcp_cb(*head).end_seq))
      consume_skb(sk.receive_queue.dequeue());
  }
  sk.urg_data = TCP_URG_NOTYET;
  sk.urg_seq = ptr;
}

void tcp_urg(tcp_sock& sk, sk_buff& s, const tcphdr& th) {
  if (th.has(TCPHDR_URG)) tcp_check_urg(sk, th);
  if (sk.urg_data != TCP_URG_NOTYET) return;
  const u32 ptr = sk.urg_seq - th.seq.host() + th.header_len() - (th.has(TCPHDR_SYN) ? 1 : 0);
  if (ptr < s.len()) {
    sk.urg_data = static_cast<u16>(TCP_URG_VALID | std::to_integer<u8>(s.data[ptr]));
    if (!sk.orphaned) sk_data_ready(sk);
  }
}

// ---- opening

void tcp_init_transfer(tcp_sock& sk) {
  tcp_mtup_init(sk);
  if (sk.dst && sk.dst->from)
    if (const u32 least = sk.dst->from->metric(RTAX_RTO_MIN)) sk.rto_min = ktime{least} * ns_per_ms;
  tcp_init_metrics(sk);
  if (sk.total_retrans > 1 && sk.undo_marker)
    sk.snd_cwnd = 1;
  else
    sk.snd_cwnd = tcp_init_cwnd(sk);
  sk.snd_cwnd_stamp_ms = tcp_jiffies(sk.ns);
  tcp_init_congestion_control(sk);
  tcp_init_buffer_space(sk);
}

void tcp_finish_connect(tcp_sock& sk) {
  tcp_set_state(sk, TCP_ESTABLISHED);
  sk.ack.lrcvtime_ms = tcp_jiffies(sk.ns);
  tcp_init_transfer(sk);
  // Not idle before the first data.
  sk.lsndtime_ms = tcp_jiffies(sk.ns);
  if (sk.keepalive) tcp_reset_keepalive_timer(sk, ktime{keepalive_time_when(sk)} * ns_per_ms);
}

namespace {

void take_wscale_and_tstamp(tcp_sock& sk) {
  if (sk.rx_opt.saw_tstamp) {
    sk.rx_opt.tstamp_ok = true;
    sk.tcp_header_len = sizeof(tcphdr) + TCPOLEN_TSTAMP_ALIGNED;
    sk.advmss -= TCPOLEN_TSTAMP_ALIGNED;
    tcp_store_ts_recent(sk);
  } else {
    sk.tcp_header_len = sizeof(tcphdr);
  }
}

// The peer opens at the same moment (RFC 9293 figure 7).
void simultaneous_open(tcp_sock& sk, const sk_buff& s) {
  const tcphdr& th = tcp_hdr(s);
  tcp_set_state(sk, TCP_SYN_RECV);
  take_wscale_and_tstamp(sk);
  sk.rcv_nxt = tcp_cb(s).seq + 1;
  sk.copied_seq = sk.rcv_wup = sk.rcv_nxt;
  sk.snd_wnd = th.window.host();
  sk.snd_wl1 = tcp_cb(s).seq;
  sk.max_window = sk.snd_wnd;
  tcp_mtup_init(sk);
  tcp_sync_mss(sk, sk.pmtu_cookie);
  tcp_initialize_rcv_mss(sk);
  tcp_send_synack(sk);
}

// tcp_rcv_synsent_state_process. Other than not_dropped_yet: answer with a reset.
skb_drop_reason rcv_synsent(tcp_sock& sk, skb_ptr& p) {
  const tcphdr& th = tcp_hdr(*p);
  const tcp_skb_cb& cb = tcp_cb(*p);
  const u16 saved_clamp = sk.rx_opt.mss_clamp;
  tcp_fastopen_cookie foc;
  tcp_parse_options(th, sk.rx_opt, false, tcp_sysctl(sk), &foc);
  if (sk.rx_opt.saw_tstamp && sk.rx_opt.rcv_tsecr) sk.rx_opt.rcv_tsecr -= sk.tsoffset;
  const auto undo = [&](skb_drop_reason why) {
    sk.rx_opt.mss_clamp = saved_clamp;
    return why;
  };
  const auto discard = [&](skb_drop_reason why) {
    sk.rx_opt.mss_clamp = saved_clamp;
    tcp_drop(sk, std::move(p), why);
    return not_dropped_yet;
  };
  if (!th.has(TCPHDR_ACK)) {
    if (th.has(TCPHDR_RST)) return discard(TCP_RESET);
    if (!th.has(TCPHDR_SYN)) return discard(TCP_FLAGS);
    simultaneous_open(sk, *p);
    consume_skb(std::move(p));
    return not_dropped_yet;
  }
  if (!after(cb.ack_seq, sk.snd_una) || after(cb.ack_seq, sk.snd_nxt)) {
    if (sk.retransmits == 0) tcp_reset_xmit_timer(sk, icsk_time::retrans, TCP_TIMEOUT_MIN);
    return undo(TCP_INVALID_ACK_SEQUENCE);
  }
  if (sk.rx_opt.saw_tstamp && sk.rx_opt.rcv_tsecr &&
      !between(sk.rx_opt.rcv_tsecr, sk.retrans_stamp, tcp_time_stamp(sk))) {
    net_inc_stats(sk.ns, LINUX_MIB_PAWSACTIVEREJECTED);
    return undo(TCP_RFC7323_PAWS);
  }
  if (th.has(TCPHDR_RST)) {
    tcp_reset(sk, std::move(p));
    return not_dropped_yet;
  }
  if (!th.has(TCPHDR_SYN)) return discard(TCP_FLAGS);
  if ((sk.ecn_flags & TCP_ECN_OK) && (!th.has(TCPHDR_ECE) || th.has(TCPHDR_CWR)))
    sk.ecn_flags &= static_cast<u16>(~TCP_ECN_OK);
  sk.snd_wl1 = cb.seq;
  tcp_ack(sk, *p, FLAG_SLOWPATH);
  sk.rcv_nxt = sk.rcv_wup = cb.seq + 1;
  sk.snd_wnd = th.window.host();
  if (!sk.rx_opt.wscale_ok) {
    sk.rx_opt.snd_wscale = sk.rx_opt.rcv_wscale = 0;
    sk.window_clamp = std::min(sk.window_clamp, 65535u);
  }
  take_wscale_and_tstamp(sk);
  tcp_mtup_init(sk);
  tcp_sync_mss(sk, sk.pmtu_cookie);
  tcp_initialize_rcv_mss(sk);
  sk.copied_seq = sk.rcv_nxt;
  tcp_finish_connect(sk);
  const bool syn_data_lost =
      (sk.syn_fastopen || sk.syn_data) && tcp_rcv_fastopen_synack(sk, *p, foc);
  if (!sk.orphaned) sk_data_ready(sk);
  if (syn_data_lost) {
    consume_skb(std::move(p));
    tcp_data_snd_check(sk);
    return not_dropped_yet;
  }
  if (sk.write_pending || !sk.write_queue.empty() || sk.defer_accept || sk.ack.pingpong) {
    // The ack can ride on the data that is to come.
    sk.ack.pending |= ICSK_ACK_SCHED;
    tcp_enter_quickack_mode(sk, TCP_MAX_QUICKACKS);
    sk.ack.pending |= ICSK_ACK_TIMER;
    sk.ack.timeout = sk.ns.w.now() + TCP_DELACK_MAX;
    sk.ns.c.timers.mod(sk.delack_timer(), sk.ack.timeout);
    consume_skb(std::move(p));
    tcp_data_snd_check(sk);
    return not_dropped_yet;
  }
  tcp_send_ack(sk);
  tcp_urg(sk, *p, th);
  consume_skb(std::move(p));
  tcp_data_snd_check(sk);
  return not_dropped_yet;
}

// The handshake of a connection that Fast Open made with the SYN has ended (tcp_rcv_synrecv_state_fastopen).
void fastopen_established(tcp_sock& sk) {
  if (sk.ca_state == TCP_CA_Loss && !sk.packets_out) tcp_try_undo_recovery(sk);
  sk.retrans_stamp = 0;
  sk.retransmits = 0;
  reqsk_fastopen_remove(sk, false);
  tcp_rearm_rto(sk);  // for what was sent meanwhile
}

// The third segment of the handshake is here.
void now_established(tcp_sock& sk, const sk_buff& s) {
  const tcphdr& th = tcp_hdr(s);
  ++sk.delivered;
  const tcp_request_sock* req = sk.fastopen_rsk.get();
  // What went twice tells by its time stamps.
  if (!sk.srtt_us) tcp_synack_rtt_meas(sk, req && !req->num_retrans ? req->snt_synack : 0);
  if (req) {
    fastopen_established(sk);
  } else {
    sk.retrans_stamp = 0;
    tcp_init_transfer(sk);
    sk.copied_seq = sk.rcv_nxt;
  }
  tcp_set_state(sk, TCP_ESTABLISHED);
  if (!sk.orphaned) sk_data_ready(sk);
  sk.snd_una = tcp_cb(s).ack_seq;
  sk.snd_wnd = u32{th.window.host()} << sk.rx_opt.snd_wscale;
  sk.snd_wl1 = tcp_cb(s).seq;
  if (!sk.ca_ops->cong_control) tcp_update_pacing_rate(sk);
  sk.lsndtime_ms = tcp_jiffies(sk.ns);
  tcp_initialize_rcv_mss(sk);
}

// Whether a segment means anything to a connection whose handshake has not ended; it is dealt with otherwise.
bool fastopen_acceptable(tcp_sock& sk, skb_ptr& p) {
  skb_drop_reason why = TCP_FAST_OPEN;
  bool reset = false;
  if (tcp_check_req(*sk.fastopen_rsk, *p, why, reset, &sk)) return true;
  if (!sk.fastopen_rsk) {  // ended by the peer
    tcp_reset(sk, std::move(p));
    return false;
  }
  if (reset) tcp_v4_send_reset(sk.ns, &sk, *p);
  tcp_drop(sk, std::move(p), TCP_FAST_OPEN);
  return false;
}

bool data_after_close(const tcp_sock& sk, const sk_buff& s, const tcphdr& th) {
  return tcp_cb(s).end_seq != tcp_cb(s).seq &&
         after(tcp_cb(s).end_seq - (th.has(TCPHDR_FIN) ? 1 : 0), sk.rcv_nxt);
}

// Our FIN is acknowledged. True: the segment is done with.
bool fin_acked(tcp_sock& sk, const sk_buff& s, const tcphdr& th) {
  tcp_set_state(sk, TCP_FIN_WAIT2);
  sk.shutdown |= 2;
  if (!sk.orphaned) {
    sk_data_ready(sk);
    return false;
  }
  if (sk.linger2 < 0 || data_after_close(sk, s, th)) {
    tcp_done(sk);
    net_inc_stats(sk.ns, LINUX_MIB_TCPABORTONDATA);
    return true;
  }
  const ktime tmo = tcp_fin_time(sk);
  if (tmo > TCP_TIMEWAIT_LEN) {
    tcp_reset_keepalive_timer(sk, tmo - TCP_TIMEWAIT_LEN);
  } else if (th.has(TCPHDR_FIN)) {
    tcp_reset_keepalive_timer(sk, tmo);
  } else {
    tcp_time_wait(sk, TCP_FIN_WAIT2, tmo);
    return true;
  }
  return false;
}

}  // namespace

skb_drop_reason tcp_rcv_state_process(tcp_sock& sk, skb_ptr& p) {
  tcp_mstamp_refresh(sk);
  const tcphdr& th = tcp_hdr(*p);
  const auto discard = [&](skb_drop_reason why) {
    tcp_drop(sk, std::move(p), why);
    return not_dropped_yet;
  };
  switch (sk.state) {
    case TCP_CLOSE: return discard(TCP_CLOSED);
    case TCP_LISTEN:
      if (th.has(TCPHDR_ACK)) return TCP_FLAGS;
      if (th.has(TCPHDR_RST)) return discard(TCP_RESET);
      if (!th.has(TCPHDR_SYN)) return discard(TCP_FLAGS);
      if (th.has(TCPHDR_FIN)) return discard(TCP_FLAGS);
      tcp_conn_request(sk, std::move(p));
      return not_dropped_yet;
    case TCP_SYN_SENT: sk.rx_opt.saw_tstamp = false; return rcv_synsent(sk, p);
    default: break;
  }
  sk.rx_opt.saw_tstamp = false;
  if (sk.fastopen_rsk && !fastopen_acceptable(sk, p)) return not_dropped_yet;
  if (!(th.flags & (TCPHDR_ACK | TCPHDR_RST | TCPHDR_SYN))) return discard(TCP_FLAGS);
  if (!validate_incoming(sk, p, false)) return not_dropped_yet;
  skb_drop_reason why = TCP_OLD_ACK;
  if (tcp_ack(sk, *p, FLAG_SLOWPATH | FLAG_UPDATE_TS_RECENT | FLAG_NO_CHALLENGE_ACK, &why) <= 0) {
    if (sk.state == TCP_SYN_RECV) return why;
    tcp_send_challenge_ack(sk);
    return discard(why);
  }
  switch (sk.state) {
    case TCP_SYN_RECV: now_established(sk, *p); break;
    case TCP_FIN_WAIT1:
      if (sk.fastopen_rsk) fastopen_established(sk);
      if (sk.snd_una != sk.write_seq) break;
      if (fin_acked(sk, *p, th)) {
        // Closed by its data: the peer is told, unless what is left of it is a TIME_WAIT.
        if (sk.state == TCP_CLOSE && data_after_close(sk, *p, th)) return TCP_CLOSED;
        consume_skb(std::move(p));
        return not_dropped_yet;
      }
      break;
    case TCP_CLOSING:
      if (sk.snd_una == sk.write_seq) {
        tcp_time_wait(sk, TCP_TIME_WAIT, 0);
        consume_skb(std::move(p));
        return not_dropped_yet;
      }
      break;
    case TCP_LAST_ACK:
      if (sk.snd_una == sk.write_seq) {
        tcp_update_metrics(sk);
        tcp_done(sk);
        consume_skb(std::move(p));
        return not_dropped_yet;
      }
      break;
    default: break;
  }
  tcp_urg(sk, *p, th);
  bool has_reader = false;
  switch (sk.state) {
    case TCP_CLOSE_WAIT:
    case TCP_CLOSING:
    case TCP_LAST_ACK:
      if (!before(tcp_cb(*p).seq, sk.rcv_nxt)) break;
      [[fallthrough]];
    case TCP_FIN_WAIT1:
    case TCP_FIN_WAIT2:
      if ((sk.shutdown & 1) && data_after_close(sk, *p, th)) {
        net_inc_stats(sk.ns, LINUX_MIB_TCPABORTONDATA);
        skb_ptr copy = skb_clone(*p);
        tcp_reset(sk, std::move(copy));
        return TCP_CLOSED;
      }
      [[fallthrough]];
    case TCP_ESTABLISHED: has_reader = true; break;
    default: break;
  }
  if (has_reader) {
    tcp_data_queue(sk, std::move(p));
  } else {
    ++sk.drops;
    consume_skb(std::move(p));
  }
  if (sk.state != TCP_CLOSE) {
    tcp_data_snd_check(sk);
    tcp_ack_snd_check(sk);
  }
  return not_dropped_yet;
}

}  // namespace linnet
