// Sending again, and probing: lost segments, the tail of a flight (RFC 8985 §7), a peer whose window is shut.
#include <linux/tcp.h>

#include "net/core/skb_pool.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_pacing.hh"
#include "net/ipv4/tcp_tsq.hh"
#include "net/ipv4/tcp_units.hh"

namespace linnet {
namespace {

// Puts small neighbours into one segment, since they go again anyway (tcp_retrans_try_collapse).
void try_collapse(tcp_sock& sk, tcp_segment& to, u32 space) {
  if (!tcp_sysctl(sk).retrans_collapse || (to.flags & TCPHDR_SYN) || !to.skb || to.pcount > 1)
    return;
  while (tcp_segment* next = tcp_next_in_rtx(sk, to)) {
    if (next->sacked & TCPCB_SACKED_ACKED || !next->skb || next->pcount > 1 || to.eor ||
        (next->flags & TCPHDR_SYN))
      return;
    if (to.len() + next->len() > space || after(next->end_seq, tcp_wnd_end(sk))) return;
    if (to.skb->block->refs > 1 || next->skb->block->refs > 1) return;
    if (to.zerocopy != next->zerocopy) return;
    tcp_append(sk, to, next->skb->payload(), space);
    to.pcount = 1;
    to.end_seq = next->end_seq;
    to.flags |= next->flags;
    to.eor = next->eor;
    // The clock of the older one goes: no round trip can be told from it any more.
    to.sacked |= next->sacked & TCPCB_EVER_RETRANS;
    tcp_adjust_pcount(sk, *next, next->pcount);
    if (sk.retransmit_hint == next) sk.retransmit_hint = &to;
    tcp_free_segment(sk, *next);
  }
}

// Cuts or fills what goes again so that it is no more than `segs` segments, as long as they are now. False: it may not be cut.
bool fit_for_retransmit(tcp_sock& sk, tcp_segment& s, u32 mss, u32 segs, u32 window) {
  u32 len = mss * segs;
  if (len > window) len = window < mss ? window : window / mss * mss;
  if (s.len() > len) return tcp_fragment(sk, s, len, mss);
  if (!s.skb) return true;
  const int before = s.pcount;
  tcp_set_tso_segs(s, mss);
  if (before != s.pcount) tcp_adjust_pcount(sk, s, before - s.pcount);
  if (const u32 space = std::min(window, mss); s.len() < space) try_collapse(sk, s, space);
  return true;
}

// __tcp_retransmit_skb.
int retransmit(tcp_sock& sk, tcp_segment& s, u32 segs) {
  sk.mtup.probe_size = 0;  // says nothing any more
  if (unlikely(tcp_still_in_host_queue(sk, s))) return EBUSY;
  if (before(s.seq, sk.snd_una)) {
    if (before(s.end_seq, sk.snd_una)) return EINVAL;
    if (s.skb) tcp_trim_head(sk, s, sk.snd_una - s.seq);
  }
  if (!inet_sk_rebuild_header(sk)) return EHOSTUNREACH;
  const u32 mss = tcp_current_mss(sk);
  s64 window = static_cast<s32>(tcp_wnd_end(sk) - s.seq);
  // A window that the peer took back: only the first segment, which probes it.
  if (window <= 0) {
    if (s.seq != sk.snd_una) return EAGAIN;
    window = mss;
  }
  if (!fit_for_retransmit(sk, s, mss, segs, static_cast<u32>(window))) return ENOMEM;
  if ((s.flags & (TCPHDR_SYN | TCPHDR_ECE | TCPHDR_CWR)) ==
          (TCPHDR_SYN | TCPHDR_ECE | TCPHDR_CWR) &&
      tcp_sysctl(sk).ecn_fallback) {
    s.flags &= static_cast<u8>(~(TCPHDR_ECE | TCPHDR_CWR));  // a middlebox may not like them
  }
  const u32 count = s.pcount;
  tcp_inc_stats(sk.ns, TCP_MIB_RETRANSSEGS, count);
  if (s.flags & TCPHDR_SYN) net_inc_stats(sk.ns, LINUX_MIB_TCPSYNRETRANS);
  sk.total_retrans += count;
  sk.bytes_retrans += s.len();
  const int e = tcp_transmit_skb(sk, s);
  // Sent later than all others now.
  list<tcp_segment, tcp_tsorted_tag>::remove(s);
  sk.tsorted_sent_queue.push_back(s);
  s.sacked |= TCPCB_EVER_RETRANS;
  if (e) net_inc_stats(sk.ns, LINUX_MIB_TCPRETRANSFAIL, count);
  return e;
}

}  // namespace

int tcp_retransmit_skb(tcp_sock& sk, tcp_segment& s, int segs) {
  tcp_mstamp_refresh(sk);
  const int e = retransmit(sk, s, static_cast<u32>(segs));
  if (!e && !(s.sacked & TCPCB_SACKED_RETRANS)) {
    s.sacked |= TCPCB_SACKED_RETRANS;
    sk.retrans_out += s.pcount;
  }
  if (!sk.retrans_stamp) sk.retrans_stamp = static_cast<u32>(s.mstamp_us / 1000);
  if (static_cast<s32>(sk.undo_retrans) < 0) sk.undo_retrans = 0;
  sk.undo_retrans += s.pcount;
  return e;
}

// As many lost segments as the congestion window has room for.
void tcp_xmit_retransmit_queue(tcp_sock& sk) {
  if (!sk.packets_out) return;
  bool rearm = false;
  const u32 max_segs = tcp_tso_segs(sk, tcp_current_mss(sk));
  tcp_segment* s = sk.retransmit_hint ? sk.retransmit_hint : tcp_rtx_head(sk);
  sk.retransmit_hint = nullptr;
  for (; s; s = tcp_next_in_rtx(sk, *s)) {
    const u32 in_flight = tcp_packets_in_flight(sk);
    if (tcp_pacing_check(sk) || in_flight >= sk.snd_cwnd) {
      sk.retransmit_hint = s;
      break;
    }
    if (!(s->sacked & TCPCB_LOST)) continue;
    if (s->sacked & (TCPCB_SACKED_ACKED | TCPCB_SACKED_RETRANS)) continue;
    const int mib =
        sk.ca_state == TCP_CA_Loss ? LINUX_MIB_TCPSLOWSTARTRETRANS : LINUX_MIB_TCPFASTRETRANS;
    if (tcp_small_queue_check(sk, *s, 1)) {
      sk.retransmit_hint = s;
      break;
    }
    const u32 segs = std::min(sk.snd_cwnd - in_flight, max_segs);
    if (tcp_retransmit_skb(sk, *s, static_cast<int>(segs))) {
      sk.retransmit_hint = s;
      break;
    }
    net_inc_stats(sk.ns, mib, s->pcount);
    if (tcp_in_cwnd_reduction(sk)) sk.prr_out += s->pcount;
    if (s == tcp_rtx_head(sk) && sk.pending != icsk_time::reo_timeout) rearm = true;
  }
  if (rearm) tcp_reset_xmit_timer(sk, icsk_time::retrans, sk.rto);
}

// ---- tail loss probe (RFC 8985 §7)

bool tcp_schedule_loss_probe(tcp_sock& sk, bool advancing_rto) {
  if (sk.fastopen_rsk) return false;
  if (!sk.packets_out || sk.state == TCP_SYN_SENT || sk.state == TCP_SYN_RECV) return false;
  const s64 early = tcp_sysctl(sk).early_retrans;
  if ((early != 3 && early != 4) || !sk.rx_opt.sack_ok ||
      (sk.ca_state != TCP_CA_Open && sk.ca_state != TCP_CA_CWR))
    return false;
  // Two round trips, and for a lone segment what its ack may be delayed by.
  ktime timeout = TCP_TIMEOUT_INIT;
  if (sk.srtt_us) {
    timeout = ktime{sk.srtt_us >> 2} * 1000;
    timeout += sk.packets_out == 1 ? TCP_RTO_MIN : TCP_TIMEOUT_MIN;
  }
  if (const tcp_segment* head = tcp_rtx_head(sk); head && sk.pending != icsk_time::none) {
    const s64 left = advancing_rto
                         ? sk.rto
                         : sk.rto - static_cast<s64>(tcp_clock_us(sk.ns) - head->mstamp_us) * 1000;
    if (left > 0) timeout = std::min<ktime>(timeout, left);
  }
  tcp_reset_xmit_timer(sk, icsk_time::loss_probe, timeout);
  return true;
}

void tcp_send_loss_probe(tcp_sock& sk) {
  if (sk.tlp_high_seq) return tcp_rearm_rto(sk);  // one at a time
  sk.tlp_retrans = false;
  const u32 mss = tcp_current_mss(sk);
  bool sent = false;
  if (tcp_segment* fresh = tcp_send_head(sk); fresh && tcp_snd_wnd_test(sk, *fresh, mss)) {
    const u32 before_packets = sk.packets_out;
    tcp_write_xmit(sk, mss, TCP_NAGLE_OFF, 2);
    sent = sk.packets_out > before_packets;
  } else if (!sk.rtx_queue.empty() && !tcp_still_in_host_queue(sk, sk.rtx_queue.back())) {
    tcp_segment* last = &sk.rtx_queue.back();
    // Its last segment alone.
    if (const u32 but_one = (last->pcount - 1u) * mss; last->pcount > 1 && last->len() > but_one)
      if (tcp_fragment(sk, *last, but_one, mss)) last = tcp_next_in_rtx(sk, *last);
    if (last->len() || (last->flags & TCPHDR_FIN)) {
      sent = !retransmit(sk, *last, 1);
      sk.tlp_retrans = sent;
    }
  }
  if (sent) {
    sk.tlp_high_seq = sk.snd_nxt;
    net_inc_stats(sk.ns, LINUX_MIB_TCPLOSSPROBES);
    sk.pending = icsk_time::none;
  }
  tcp_rearm_rto(sk);
}

// ---- a shut window

namespace {

// A segment that the peer cannot but answer: one byte short of what it has, or its urgent mark (tcp_xmit_probe_skb).
int xmit_probe(tcp_sock& sk, bool urgent, int mib) {
  tcp_segment s;
  s.seq = s.end_seq = sk.snd_una - (urgent ? 0 : 1);
  s.flags = TCPHDR_ACK;
  net_inc_stats(sk.ns, mib);
  tcp_mstamp_refresh(sk);
  return tcp_transmit_skb(sk, s, false);
}

}  // namespace

void tcp_send_window_probe(tcp_sock& sk) {
  if (sk.state != TCP_ESTABLISHED) return;
  sk.snd_wl1 = sk.rcv_nxt - 1;
  xmit_probe(sk, false, LINUX_MIB_TCPWINPROBE);
}

int tcp_write_wakeup(tcp_sock& sk, int mib) {
  if (sk.state == TCP_CLOSE) return ENOTCONN;
  tcp_segment* s = tcp_send_head(sk);
  if (s && before(s->seq, tcp_wnd_end(sk))) {
    const u32 mss = tcp_current_mss(sk);
    u32 room = tcp_wnd_end(sk) - s->seq;
    if (before(sk.pushed_seq, s->end_seq)) sk.pushed_seq = s->end_seq;
    if (room < s->end_seq - s->seq || s->len() > mss) {
      room = std::min(room, mss);
      s->flags |= TCPHDR_PSH;
      tcp_fragment(sk, *s, room, mss);
    }
    if (!s->pcount) tcp_set_tso_segs(*s, mss);
    s->flags |= TCPHDR_PSH;
    tcp_mstamp_refresh(sk);
    const int e = tcp_transmit_skb(sk, *s);
    if (!e) {
      sk.tsorted_sent_queue.push_back(*s);
      tcp_event_new_data_sent(sk, *s);
    }
    return e;
  }
  if (between(sk.snd_up, sk.snd_una + 1, sk.snd_una + 0xffff)) xmit_probe(sk, true, mib);
  return xmit_probe(sk, false, mib);
}

void tcp_send_probe0(tcp_sock& sk) {
  const int e = tcp_write_wakeup(sk, LINUX_MIB_TCPWINPROBE);
  if (sk.packets_out || sk.write_queue.empty()) {
    sk.probes_out = 0;
    sk.backoff = 0;
    sk.probes_tstamp_ms = 0;
    return;
  }
  ++sk.probes_out;
  ktime timeout = TCP_RESOURCE_PROBE_INTERVAL;  // where it could not even be sent
  if (!e) {
    if (sk.backoff < tcp_sysctl(sk).retries2) ++sk.backoff;
    timeout = tcp_probe0_when(sk, TCP_RTO_MAX);
  }
  tcp_reset_xmit_timer(sk, icsk_time::probe0, timeout);
}

}  // namespace linnet
