// Received data: in order to the reader, out of order to a queue that fills the holes (tcp_ofo.cc); the FIN behind it; and
// when all this is acknowledged.
#include <linux/tcp.h>

#include "net/core/gso.hh"
#include "net/core/tracepoint.hh"
#include "net/core/world.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_comp_sack.hh"
#include "net/ipv4/tcp_drop.hh"
#include "net/ipv4/tcp_memory.hh"
#include "net/ipv4/tcp_ofo.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

void quickack(tcp_sock& sk, u32 most) {
  u32 n = sk.ack.rcv_mss ? sk.rcv_wnd / (2 * sk.ack.rcv_mss) : 0;
  n = std::min(n ? n : 2, most);
  if (n > sk.ack.quick) sk.ack.quick = static_cast<u8>(n);
}

}  // namespace

void tcp_enter_quickack_mode(tcp_sock& sk, u32 most) {
  quickack(sk, most);
  sk.ack.pingpong = 0;
  sk.ack.ato = TCP_ATO_MIN;
}

void tcp_rcv_nxt_update(tcp_sock& sk, u32 seq) {
  sk.bytes_received += seq - sk.rcv_nxt;
  sk.rcv_nxt = seq;
}

skb_ptr tcp_queue_rcv(tcp_sock& sk, skb_ptr p) {
  tcp_rcv_nxt_update(sk, tcp_cb(*p).end_seq);
  if (p->destructor) skb_orphan(*p);  // it waited behind a hole, and is charged anew
  tcp_cb(*p).joined = false;
  if (sk_buff* tail = sk.receive_queue.last())
    if (tcp_try_coalesce(sk, *tail, *p) == tcp_coalesced::eaten) return p;
  if (unlikely(!p->tstamp && sock_wants_stamp(sk))) p->tstamp = sk.ns.w.clk->real();
  p->dev = nullptr;
  skb_dst_drop(*p);
  skb_set_owner_r(*p, sk);
  trace(sk.ns.c, tp::sock_queue_rcv_skb, p.get(), nullptr);
  sk.receive_queue.enqueue(std::move(p));
  return skb_ptr();
}

// The same segment once more after it was told of: perhaps no ack arrives, and the flow takes another path from now on, where
// paths are chosen by its hash. Here none is, and it is counted only.
void tcp_rcv_spurious_retrans(tcp_sock& sk, const sk_buff& s) {
  if (tcp_cb(s).seq == sk.duplicate_sack.start_seq && sk.txrehash)
    net_inc_stats(sk.ns, LINUX_MIB_TCPDUPLICATEDATAREHASH);
}

void tcp_data_queue(tcp_sock& sk, skb_ptr p) {
  const u32 seq = tcp_cb(*p).seq, end_seq = tcp_cb(*p).end_seq;
  if (seq == end_seq) return consume_skb(std::move(p));
  skb_pull(*p, tcp_hdr(*p).header_len());
  sk.rx_opt.dsack = false;
  const auto out_of_window = [&](skb_drop_reason why) {
    tcp_enter_quickack_mode(sk, TCP_MAX_QUICKACKS);
    sk.ack.pending |= ICSK_ACK_SCHED;
    tcp_drop(sk, std::move(p), why);
  };
  if (!after(end_seq, sk.rcv_nxt)) {
    // Sent again although it arrived: the peer is told at once.
    tcp_rcv_spurious_retrans(sk, *p);
    net_inc_stats(sk.ns, LINUX_MIB_DELAYEDACKLOST);
    tcp_dsack_set(sk, seq, end_seq);
    return out_of_window(TCP_OLD_DATA);
  }
  const u32 window = tcp_receive_window(sk);
  if (!before(seq, sk.rcv_nxt + window)) {
    if (seq == sk.rcv_nxt && window == 0) {
      net_inc_stats(sk.ns, LINUX_MIB_TCPZEROWINDOWDROP);
      return out_of_window(TCP_ZEROWINDOW);
    }
    return out_of_window(TCP_OVERWINDOW);
  }
  if (after(seq, sk.rcv_nxt)) return tcp_data_queue_ofo(sk, std::move(p));
  if (before(seq, sk.rcv_nxt)) tcp_dsack_set(sk, seq, sk.rcv_nxt);

  if (!sk.receive_queue.empty() && unlikely(!tcp_try_rmem_schedule(sk, *p))) {
    net_inc_stats(sk.ns, LINUX_MIB_TCPRCVQDROP);
    sk_data_ready(sk);
    return tcp_drop(sk, std::move(p), PROTO_MEM);
  }
  const bool fin = tcp_cb(*p).flags & TCPHDR_FIN;
  const sk_buff& queued = *p;
  const u32 truesize = p->truesize;
  skb_ptr eaten = tcp_queue_rcv(sk, std::move(p));
  if (queued.len()) tcp_event_data_recv(sk, queued, truesize);
  consume_skb(std::move(eaten));
  if (fin) tcp_fin(sk);
  if (!sk.out_of_order_queue.empty()) {
    tcp_ofo_queue(sk);
    // RFC 5681 §4.2: filling a hole is told at once.
    if (sk.out_of_order_queue.empty()) sk.ack.pending |= ICSK_ACK_NOW;
  }
  if (sk.rx_opt.num_sacks) tcp_sack_remove(sk);
  if (!sk.orphaned) sk_data_ready(sk);
}

void tcp_fin(tcp_sock& sk) {
  sk.ack.pending |= ICSK_ACK_SCHED;
  sk.shutdown |= 1;
  switch (sk.state) {
    case TCP_SYN_RECV:
    case TCP_ESTABLISHED:
      tcp_set_state(sk, TCP_CLOSE_WAIT);
      sk.ack.pingpong = 1;
      break;
    case TCP_FIN_WAIT1:  // both closed at once
      tcp_send_ack(sk);
      tcp_set_state(sk, TCP_CLOSING);
      break;
    case TCP_FIN_WAIT2:
      tcp_send_ack(sk);
      tcp_time_wait(sk, TCP_TIME_WAIT, 0);
      break;
    default: break;  // sent again
  }
  tcp_ofo_purge(sk);
  if (!sk.orphaned) sk_data_ready(sk);
}

// ---- when to acknowledge

namespace {

// How large the peer's segments seem to be, and whether one was pushed (tcp_measure_rcv_mss).
void measure_rcv_mss(tcp_sock& sk, const sk_buff& s) {
  auto& ack = sk.ack;
  const u32 last = std::exchange(ack.last_seg_size, 0);
  u32 len = skb_is_gso(s) ? skb_shinfo(s).gso_size : s.len();
  if (len >= ack.rcv_mss) {
    ack.rcv_mss = std::min<u32>(len, sk.advmss);
    // A full one may be the end of what its writer had all the same.
    if (tcp_cb(s).flags & TCPHDR_PSH) ack.pending |= ICSK_ACK_PUSHED;
    return;
  }
  len += tcp_hdr(s).header_len();
  if (len >= TCP_MSS_DEFAULT + sizeof(tcphdr) ||
      (len >= TCP_MIN_MSS + sizeof(tcphdr) &&
       !(tcp_cb(s).flags & (TCPHDR_FIN | TCPHDR_URG | TCPHDR_SYN | TCPHDR_PSH)))) {
    len -= sk.tcp_header_len;
    ack.last_seg_size = len;
    if (len == last) {
      ack.rcv_mss = len;
      return;
    }
  }
  if (ack.pending & ICSK_ACK_PUSHED) ack.pending |= ICSK_ACK_PUSHED2;
  ack.pending |= ICSK_ACK_PUSHED;
}

// Packets that cost much memory for little data let the window grow slowly (__tcp_grow_window).
u32 grow_by(const tcp_sock& sk, const sk_buff& s, int cost) {
  int truesize = tcp_win_from_space(sk, cost) >> 1;
  int window = tcp_win_from_space(sk, static_cast<int>(tcp_sysctl(sk).rmem[2])) >> 1;
  while (static_cast<int>(sk.rcv_ssthresh) <= window) {
    if (truesize <= static_cast<int>(s.len())) return 2 * sk.ack.rcv_mss;
    truesize >>= 1;
    window >>= 1;
  }
  return 0;
}

bool in_quickack_mode(const tcp_sock& sk) {
  if (sk.dst && sk.dst->from && sk.dst->from->metric(RTAX_QUICKACK)) return true;
  return sk.ack.quick && !sk.ack.pingpong;
}

}  // namespace

void tcp_grow_window(tcp_sock& sk, const sk_buff& s, u32 truesize, bool adjust) {
  const int room = std::min<int>(static_cast<int>(sk.window_clamp), tcp_space(sk)) -
                   static_cast<int>(sk.rcv_ssthresh);
  if (room <= 0 || tcp_under_memory_pressure(sk)) return;
  // The head of one whose data is in pages doesn't count.
  if (const u32 head = skb_shinfo(s).linear.truesize;
      adjust && skb_shinfo(s).nr_frags && truesize >= s.len() + head)
    truesize -= head;
  const int cost = static_cast<int>(truesize);
  u32 incr = tcp_win_from_space(sk, cost) <= static_cast<int>(s.len()) ? 2u * sk.advmss
                                                                       : grow_by(sk, s, cost);
  if (!incr) return;
  incr = std::max(incr, 2 * s.len());
  sk.rcv_ssthresh += std::min<u32>(static_cast<u32>(room), incr);
  sk.ack.quick |= 1;
}

void tcp_ecn_check_ce(tcp_sock& sk, const sk_buff& s) {
  if (!(sk.ecn_flags & TCP_ECN_OK)) return;
  const auto tell = [&](tcp_ca_event e) {
    if (sk.ca_ops->needs_ecn) sk.ca_ops->cwnd_event(sk, e);
  };
  switch (tcp_cb(s).ip_dsfield & 3) {
    case 0:
      // What is sent again is not ECN capable; so something may have been lost.
      if (sk.ecn_flags & TCP_ECN_SEEN) tcp_enter_quickack_mode(sk, 2);
      return;
    case 3:
      tell(tcp_ca_event::ecn_is_ce);
      if (!(sk.ecn_flags & TCP_ECN_DEMAND_CWR)) {
        tcp_enter_quickack_mode(sk, 2);  // a sender wants to know soon
        sk.ecn_flags |= TCP_ECN_DEMAND_CWR;
      }
      break;
    default: tell(tcp_ca_event::ecn_no_ce);
  }
  sk.ecn_flags |= TCP_ECN_SEEN;
}

void tcp_event_data_recv(tcp_sock& sk, const sk_buff& s, u32 truesize) {
  auto& ack = sk.ack;
  ack.pending |= ICSK_ACK_SCHED;
  measure_rcv_mss(sk, s);
  tcp_rcv_rtt_measure(sk);
  const u32 now = tcp_jiffies(sk.ns);
  if (!ack.ato) {
    // The first data: acknowledge a few at once, so that the peer gets out of slow start.
    quickack(sk, TCP_MAX_QUICKACKS);
    ack.ato = TCP_ATO_MIN;
  } else {
    const ktime m = ktime{static_cast<s32>(now - ack.lrcvtime_ms)} * ns_per_ms;
    if (m <= TCP_ATO_MIN / 2)
      ack.ato = (ack.ato >> 1) + TCP_ATO_MIN / 2;
    else if (m < ack.ato)
      ack.ato = std::min((ack.ato >> 1) + m, sk.rto);
    else if (m > sk.rto)
      quickack(sk, TCP_MAX_QUICKACKS);  // the peer may have gone to sleep over a lost ack
  }
  ack.lrcvtime_ms = now;
  if (sk.ecn_flags & TCP_ECN_OK) {
    tcp_ecn_check_ce(sk, s);
    if (tcp_cb(s).flags & TCPHDR_CWR) {
      sk.ecn_flags &= static_cast<u16>(~TCP_ECN_DEMAND_CWR);
      if (tcp_cb(s).seq != tcp_cb(s).end_seq) sk.ack.pending |= ICSK_ACK_NOW;
    }
  }
  if (s.len() >= 128) tcp_grow_window(sk, s, truesize, true);
  tcp_mem_update(sk);
}

void tcp_send_delayed_ack(tcp_sock& sk) {
  auto& ack = sk.ack;
  const ktime now = sk.ns.w.now();
  ktime ato = ack.ato;
  if (ato > TCP_DELACK_MIN) {
    ktime most = ns_per_sec / 2;
    if (ack.pingpong || (ack.pending & ICSK_ACK_PUSHED)) most = TCP_DELACK_MAX;
    if (sk.srtt_us) most = std::min(most, std::max(ktime{sk.srtt_us >> 3} * 1000, TCP_DELACK_MIN));
    ato = std::min(ato, most);
  }
  ato = std::min(ato, TCP_DELACK_MAX);
  ktime at = now + ato;
  if (ack.pending & ICSK_ACK_TIMER) {
    if (ack.timeout <= now + (ato >> 2)) return tcp_send_ack(sk);  // about to go anyway
    at = std::min(at, ack.timeout);
  }
  ack.pending |= ICSK_ACK_SCHED | ICSK_ACK_TIMER;
  ack.timeout = at;
  sk.ns.c.timers.mod(sk.delack_timer(), at);
}

void tcp_ack_snd_check(tcp_sock& sk) {
  auto& ack = sk.ack;
  if (!(ack.pending & ICSK_ACK_SCHED)) return;
  const bool two_segments = sk.rcv_nxt - sk.rcv_wup > ack.rcv_mss &&
                            (sk.rcv_nxt - sk.copied_seq < static_cast<u32>(sk.rcvlowat) ||
                             tcp_select_window_space(sk) >= sk.rcv_wnd);
  if (two_segments || in_quickack_mode(sk) || (ack.pending & ICSK_ACK_NOW)) return tcp_send_ack(sk);
  if (sk.out_of_order_queue.empty()) return tcp_send_delayed_ack(sk);
  if (!tcp_compress_ack(sk)) tcp_send_ack(sk);
}

void tcp_event_ack_sent(tcp_sock& sk, u32 rcv_nxt) {
  if (unlikely(sk.compressed_ack)) tcp_compressed_ack_sent(sk);
  if (rcv_nxt != sk.rcv_nxt) return;  // of an older state
  // Only acks of something new count (tcp_dec_quickack_mode).
  if (const u8 n = sk.ack.pending & ICSK_ACK_SCHED ? 1 : 0; n && sk.ack.quick) {
    sk.ack.quick = static_cast<u8>(sk.ack.quick - n);
    if (!sk.ack.quick) sk.ack.ato = TCP_ATO_MIN;  // back to delaying
  }
  tcp_clear_delack_timer(sk);
  sk.rx_opt.dsack = false;
}

void tcp_data_snd_check(tcp_sock& sk) {
  tcp_push_pending_frames(sk);
  tcp_write_space(sk);
}

// ---- the receiver's own round trip, and how large its buffer should be (dynamic right-sizing)

namespace {

void rcv_rtt_update(tcp_sock& sk, u32 sample, bool win_dep) {
  u32 fresh = sk.rcv_rtt_est.rtt_us;
  s64 m = sample;
  if (fresh != 0) {
    if (!win_dep) {
      m -= fresh >> 3;
      fresh = static_cast<u32>(fresh + m);
    } else {
      m <<= 3;
      if (m < fresh) fresh = static_cast<u32>(m);
    }
  } else {
    fresh = static_cast<u32>(m << 3);
  }
  sk.rcv_rtt_est.rtt_us = fresh;
}

}  // namespace

void tcp_rcv_rtt_measure(tcp_sock& sk) {
  if (sk.rcv_rtt_est.time != 0) {
    if (before(sk.rcv_nxt, sk.rcv_rtt_est.seq)) return;
    const u32 delta = tcp_stamp_us_delta(sk.tcp_mstamp, sk.rcv_rtt_est.time);
    rcv_rtt_update(sk, delta ? delta : 1, true);
  }
  sk.rcv_rtt_est.seq = sk.rcv_nxt + sk.rcv_wnd;
  sk.rcv_rtt_est.time = sk.tcp_mstamp;
}

void tcp_rcv_rtt_measure_ts(tcp_sock& sk, const sk_buff& s) {
  if (sk.rx_opt.rcv_tsecr == sk.rcv_rtt_last_tsecr) return;
  sk.rcv_rtt_last_tsecr = sk.rx_opt.rcv_tsecr;
  if (tcp_cb(s).end_seq - tcp_cb(s).seq < sk.ack.rcv_mss) return;
  const u32 delta = tcp_time_stamp(sk) - sk.rx_opt.rcv_tsecr;
  if (delta < 0x7fffffff / 1000) rcv_rtt_update(sk, std::max(delta, 1u) * 1000, false);
}

void tcp_rcv_space_adjust(tcp_sock& sk) {
  tcp_mstamp_refresh(sk);
  auto& q = sk.rcvq_space;
  const u32 time = tcp_stamp_us_delta(sk.tcp_mstamp, q.time);
  if (time < sk.rcv_rtt_est.rtt_us >> 3 || sk.rcv_rtt_est.rtt_us == 0) return;
  const u64 copied = sk.copied_seq - q.seq;
  if (copied > q.space) {
    if (tcp_sysctl(sk).moderate_rcvbuf && !(sk.userlocks & 2) && q.space && sk.advmss) {
      u64 win = (copied << 1) + 16 * sk.advmss;
      win += (win * (copied - q.space) / q.space) << 1;
      s64 mem = sk.advmss + 128 + 576;  // SKB_TRUESIZE
      while (tcp_win_from_space(sk, static_cast<int>(mem)) < sk.advmss) mem += 128;
      const s64 buf =
          std::min<s64>(static_cast<s64>(win / sk.advmss) * mem, tcp_sysctl(sk).rmem[2]);
      if (buf > sk.rcvbuf) {
        sk.rcvbuf = static_cast<int>(buf);
        sk.window_clamp = static_cast<u32>(tcp_win_from_space(sk, sk.rcvbuf));
      }
    }
    q.space = static_cast<u32>(copied);
  }
  q.seq = sk.copied_seq;
  q.time = sk.tcp_mstamp;
}

void tcp_initialize_rcv_mss(tcp_sock& sk) {
  u32 hint = std::min<u32>(sk.advmss, sk.mss_cache);
  hint = std::min(hint, sk.rcv_wnd / 2);
  hint = std::min(hint, TCP_MSS_DEFAULT);
  sk.ack.rcv_mss = std::max(hint, TCP_MIN_MSS);
}

void tcp_init_buffer_space(tcp_sock& sk) {
  if (!(sk.userlocks & 1)) tcp_sndbuf_expand(sk);
  tcp_mstamp_refresh(sk);
  sk.rcvq_space.time = sk.tcp_mstamp;
  sk.rcvq_space.seq = sk.copied_seq;
  const u32 max_win = static_cast<u32>(tcp_full_space(sk));
  if (sk.window_clamp >= max_win) {
    sk.window_clamp = max_win;
    const s64 app_win = tcp_sysctl(sk).app_win;
    if (app_win && max_win > 4u * sk.advmss)
      sk.window_clamp = std::max<u32>(max_win - (max_win >> app_win), 4u * sk.advmss);
  }
  const s64 app_win = tcp_sysctl(sk).app_win;
  if (app_win && sk.window_clamp > 2u * sk.advmss && sk.window_clamp + sk.advmss > max_win)
    sk.window_clamp = std::max<u32>(2u * sk.advmss, max_win - sk.advmss);
  sk.rcv_ssthresh = std::min(sk.rcv_ssthresh, sk.window_clamp);
  sk.snd_cwnd_stamp_ms = tcp_jiffies(sk.ns);
  sk.rcvq_space.space = std::min({sk.rcv_ssthresh, sk.rcv_wnd, TCP_INIT_CWND * sk.advmss});
}

}  // namespace linnet
