// The send queue: when its segments go out (Nagle, the peer's window, the congestion window), how they are cut.
#include <linux/tcp.h>

#include "net/core/skb_pool.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_memory.hh"
#include "net/ipv4/tcp_mtu_probe.hh"
#include "net/ipv4/tcp_pacing.hh"
#include "net/ipv4/tcp_tsq.hh"
#include "net/ipv4/tcp_units.hh"

namespace linnet {

tcp_segment* tcp_send_head(const tcp_sock& sk) {
  return sk.write_queue.empty() ? nullptr : &sk.write_queue.front();
}
tcp_segment* tcp_rtx_head(const tcp_sock& sk) {
  return sk.rtx_queue.empty() ? nullptr : &sk.rtx_queue.front();
}

void tcp_write_queue_purge(tcp_sock& sk) {
  for (tcp_segment_list* q : {&sk.write_queue, &sk.rtx_queue})
    while (!q->empty()) tcp_free_segment(sk, q->front());
  sk.packets_out = sk.sacked_out = sk.lost_out = sk.retrans_out = 0;
  sk.backoff = 0;
  sk.retransmit_hint = nullptr;
  tcp_chrono_stop(sk, TCP_CHRONO_BUSY);
}

// ---- what held the sender up (tcp_chrono)

namespace {

void chrono_set(tcp_sock& sk, u8 type) {
  const u64 now = tcp_clock_us(sk.ns);
  if (sk.chrono.type) sk.chrono.us[sk.chrono.type - 1u] += now - sk.chrono.start;
  sk.chrono.start = now;
  sk.chrono.type = type;
}

}  // namespace

void tcp_chrono_start(tcp_sock& sk, u8 type) {
  if (type > sk.chrono.type) chrono_set(sk, type);
}

void tcp_chrono_stop(tcp_sock& sk, u8 type) {
  const bool idle = sk.rtx_queue.empty() && sk.write_queue.empty();
  if (idle)
    chrono_set(sk, 0);
  else if (type == sk.chrono.type)
    chrono_set(sk, TCP_CHRONO_BUSY);
}

// ---- when to send

namespace {

bool minshall_check(const tcp_sock& sk) {
  return after(sk.snd_sml, sk.snd_una) && !after(sk.snd_sml, sk.snd_nxt);
}

// Whether Nagle's rule, as Minshall amended it, holds a part of a segment back: no small one while a small one is
// unanswered.
bool nagle_check(const tcp_sock& sk, bool partial, int nonagle) {
  return partial &&
         ((nonagle & TCP_NAGLE_CORK) || (!nonagle && sk.packets_out && minshall_check(sk)));
}

// Whether that rule lets the segment go.
bool nagle_test(const tcp_sock& sk, const tcp_segment& s, u32 mss_now, int nonagle) {
  if (nonagle & TCP_NAGLE_PUSH) return true;
  if (sk.urg_mode() || (s.flags & TCPHDR_FIN)) return true;
  return !nagle_check(sk, s.len() < mss_now, nonagle);
}

// Waits for more to come while what was sent is still in a queue below (tcp_should_autocork).
bool should_autocork(const tcp_sock& sk, const tcp_segment& s, u32 size_goal) {
  return s.len() < size_goal && tcp_sysctl(sk).autocorking && !sk.rtx_queue.empty() &&
         sk.wmem_alloc >= s.charged;
}

void cwnd_application_limited(tcp_sock& sk) {
  if (sk.ca_state == TCP_CA_Open && !sk.nospace) {
    const u32 init = tcp_init_cwnd(sk), used = std::max(sk.snd_cwnd_used, init);
    if (used < sk.snd_cwnd) {
      sk.snd_ssthresh = tcp_in_cwnd_reduction(sk)
                            ? sk.snd_ssthresh
                            : std::max(sk.snd_ssthresh, (sk.snd_cwnd >> 1) + (sk.snd_cwnd >> 2));
      sk.snd_cwnd = (sk.snd_cwnd + used) >> 1;
    }
    sk.snd_cwnd_used = 0;
  }
  sk.snd_cwnd_stamp_ms = tcp_jiffies(sk.ns);
}

// tcp_cwnd_validate (RFC 2861, 7661): a window that nobody fills says nothing about the path.
void cwnd_validate(tcp_sock& sk, bool is_cwnd_limited) {
  if (!before(sk.snd_una, sk.cwnd_usage_seq) || is_cwnd_limited ||
      (!sk.is_cwnd_limited && sk.packets_out > sk.max_packets_out)) {
    sk.is_cwnd_limited = is_cwnd_limited;
    sk.max_packets_out = sk.packets_out;
    sk.cwnd_usage_seq = sk.snd_nxt;
  }
  const u32 now = tcp_jiffies(sk.ns);
  const bool limited =
      sk.is_cwnd_limited || (tcp_in_slow_start(sk) && sk.snd_cwnd < 2 * sk.max_packets_out);
  if (limited) {
    sk.snd_cwnd_used = 0;
    sk.snd_cwnd_stamp_ms = now;
    return;
  }
  if (sk.packets_out > sk.snd_cwnd_used) sk.snd_cwnd_used = sk.packets_out;
  if (tcp_sysctl(sk).slow_start_after_idle && !sk.ca_ops->cong_control &&
      now - sk.snd_cwnd_stamp_ms >= static_cast<u32>(sk.rto / ns_per_ms))
    cwnd_application_limited(sk);
  // Too slow for its socket buffer, then, not for its network.
  if (sk.write_queue.empty() && sk.nospace &&
      (TCPF(sk.state) & (TCPF(TCP_ESTABLISHED) | TCPF(TCP_CLOSE_WAIT))))
    tcp_chrono_start(sk, TCP_CHRONO_SNDBUF_LIMITED);
}

// What the congestion window lets go at once: not more than half of it. The last segment, when it is a FIN, does not
// wait for the network (tcp_cwnd_test).
u32 cwnd_quota(const tcp_sock& sk, const tcp_segment& s) {
  if (s.flags & TCPHDR_FIN && s.pcount == 1) return 1;
  const u32 in_flight = tcp_packets_in_flight(sk);
  if (in_flight >= sk.snd_cwnd) return 0;
  return std::min(std::max(sk.snd_cwnd >> 1, 1u), sk.snd_cwnd - in_flight);
}

bool is_last(const tcp_sock& sk, const tcp_segment& s) { return &sk.write_queue.back() == &s; }

enum class held_by : u8 { nothing, cwnd, rwnd };

// Waits for an ack that will let more go together, if one is near (tcp_tso_should_defer).
bool should_defer(const tcp_sock& sk, const tcp_segment& s, u32 max_segs, held_by& by) {
  if (sk.ca_state >= TCP_CA_Recovery || sk.clock_ns > sk.wstamp_ns + ns_per_ms) return false;
  const u32 send_win = tcp_wnd_end(sk) - s.seq,
            cong_win = (sk.snd_cwnd - tcp_packets_in_flight(sk)) * sk.mss_cache,
            limit = std::min(send_win, cong_win);
  if (limit >= max_segs * sk.mss_cache || (!is_last(sk, s) && limit >= s.len())) return false;
  if (const s64 divisor = tcp_sysctl(sk).tso_win_divisor) {
    const u32 chunk = std::min(sk.snd_wnd, sk.snd_cwnd * sk.mss_cache) / static_cast<u32>(divisor);
    if (limit >= chunk) return false;
  } else if (limit > 3 * sk.mss_cache) {
    return false;
  }
  const tcp_segment* head = tcp_rtx_head(sk);
  if (!head || sk.tcp_mstamp - head->mstamp_us < sk.srtt_us >> 4)
    return false;  // half a round trip
  if (cong_win < send_win) {
    if (cong_win <= s.len()) {
      by = held_by::cwnd;
      return true;
    }
  } else if (send_win <= s.len()) {
    by = held_by::rwnd;
    return true;
  }
  return !(s.flags & TCPHDR_FIN) && !s.eor;
}

// How much of a piece of several segments goes now: whole ones, and the part of one when Nagle lets it
// (tcp_mss_split_point).
u32 split_point(const tcp_sock& sk, const tcp_segment& s, u32 mss_now, u32 segs, int nonagle) {
  const u32 window = tcp_wnd_end(sk) - s.seq, most = mss_now * segs;
  if (most <= window && !is_last(sk, s)) return most;
  const u32 needed = std::min(s.len(), window);
  if (most <= needed) return most;
  const u32 part = needed % mss_now;
  return nagle_check(sk, part != 0, nonagle) ? needed - part : needed;
}

// What is sent of `s` at once: less than all of it when windows, Nagle or the device say so. 0: nothing goes now.
u32 unit_limit(tcp_sock& sk, tcp_segment& s, u32 mss_now, int nonagle, int push_one, u32 max_segs,
               held_by& held) {
  const u32 tso_segs = tcp_init_tso_segs(s, mss_now);
  u32 quota = cwnd_quota(sk, s);
  if (!quota) {
    if (push_one != 2) return 0;
    quota = 1;
  }
  if (!tcp_snd_wnd_test(sk, s, mss_now)) {
    held = held_by::rwnd;
    return 0;
  }
  if (tso_segs == 1)
    return nagle_test(sk, s, mss_now, is_last(sk, s) ? nonagle : TCP_NAGLE_PUSH) ? mss_now : 0;
  if (!push_one && should_defer(sk, s, max_segs, held)) return 0;
  return sk.urg_mode() ? mss_now : split_point(sk, s, mss_now, std::min(quota, max_segs), nonagle);
}

}  // namespace

bool tcp_snd_wnd_test(const tcp_sock& sk, const tcp_segment& s, u32 mss_now) {
  const u32 end = s.len() > mss_now ? s.seq + mss_now : s.end_seq;
  return !after(end, tcp_wnd_end(sk));
}

// As many segments as a millisecond's worth of data has, more to a near peer (tcp_tso_autosize).
u32 tcp_tso_segs(const tcp_sock& sk, u32 mss_now) {
  const tcp_settings& set = tcp_sysctl(sk);
  u64 size = std::min(sk.pacing_rate, sk.max_pacing_rate) >> 10;
  if (const u32 r = tcp_min_rtt(sk) >> set.tso_rtt_log; r < 32) size += sk.gso_max_size >> r;
  const u32 segs = static_cast<u32>(std::min<u64>(size, sk.gso_max_size)) / mss_now;
  const u32 least =
      sk.ca_ops->min_tso_segs ? sk.ca_ops->min_tso_segs(sk) : static_cast<u32>(set.min_tso_segs);
  return std::min<u32>(std::max(segs, least), sk.gso_max_segs);
}

void tcp_event_new_data_sent(tcp_sock& sk, tcp_segment& s) {
  const u32 prior = sk.packets_out;
  sk.snd_nxt = s.end_seq;
  tcp_segment_list::remove(s);
  sk.rtx_queue.push_back(s);
  sk.packets_out += s.pcount;
  if (!prior || sk.pending == icsk_time::loss_probe) tcp_rearm_rto(sk);
  net_inc_stats(sk.ns, LINUX_MIB_TCPORIGDATASENT, s.pcount);
}

// Sends what may go. `push_one`: 1 only one piece, 2 the same, at least a segment of it, whatever the congestion window
// says (a loss probe). True: nothing went, and nothing is on its way that would make more go.
bool tcp_write_xmit(tcp_sock& sk, u32 mss_now, int nonagle, int push_one) {
  u32 sent = 0;
  held_by held = held_by::nothing;
  tcp_mstamp_refresh(sk);
  if (!push_one) {
    const int probe = tcp_mtu_probe(sk);
    if (!probe) return false;
    if (probe > 0) sent = 1;
  }
  const u32 max_segs = tcp_tso_segs(sk, mss_now);
  while (tcp_segment* s = tcp_send_head(sk)) {
    if (tcp_pacing_check(sk)) break;
    const u32 limit = unit_limit(sk, *s, mss_now, nonagle, push_one, max_segs, held);
    if (!limit) break;
    if (s->len() > limit) tcp_fragment(sk, *s, limit, mss_now);
    if (tcp_small_queue_check(sk, *s, 0)) break;
    if (s->end_seq == s->seq) break;
    if (tcp_transmit_skb(sk, *s)) break;
    list<tcp_segment, tcp_tsorted_tag>::remove(*s);
    sk.tsorted_sent_queue.push_back(*s);
    tcp_event_new_data_sent(sk, *s);
    if (s->len() < s->pcount * mss_now) sk.snd_sml = s->end_seq;  // tcp_minshall_update
    sent += s->pcount;
    if (push_one) break;
  }
  if (held == held_by::rwnd)
    tcp_chrono_start(sk, TCP_CHRONO_RWND_LIMITED);
  else
    tcp_chrono_stop(sk, TCP_CHRONO_RWND_LIMITED);
  const bool cwnd_limited = held == held_by::cwnd || tcp_packets_in_flight(sk) >= sk.snd_cwnd;
  if (sent || cwnd_limited) cwnd_validate(sk, cwnd_limited);
  if (sent) {
    if (tcp_in_cwnd_reduction(sk)) sk.prr_out += sent;
    if (push_one != 2) tcp_schedule_loss_probe(sk, false);
    return false;
  }
  return !sk.packets_out && !sk.write_queue.empty();
}

void tcp_push_pending_frames(tcp_sock& sk) {
  if (!tcp_send_head(sk) || sk.state == TCP_CLOSE) return;
  if (tcp_write_xmit(sk, tcp_current_mss(sk), sk.nonagle, 0)) tcp_check_probe_timer(sk);
}

void tcp_push_one(tcp_sock& sk, u32 mss_now) { tcp_write_xmit(sk, mss_now, TCP_NAGLE_PUSH, 1); }

void tcp_push(tcp_sock& sk, int flags, u32 mss_now, int nonagle, u32 size_goal) {
  tcp_segment* s = sk.write_queue.empty() ? nullptr : &sk.write_queue.back();
  if (!s) return;
  if (!(flags & MSG_MORE) || after(sk.write_seq, sk.pushed_seq + (sk.max_window >> 1))) {
    s->flags |= TCPHDR_PSH;
    sk.pushed_seq = sk.write_seq;
  }
  if (flags & MSG_OOB) sk.snd_up = sk.write_seq;
  if (should_autocork(sk, *s, size_goal)) {
    if (!sk.tsq_throttled) net_inc_stats(sk.ns, LINUX_MIB_TCPAUTOCORKING);
    sk.tsq_throttled = true;  // it goes when one of those below is gone
    return;
  }
  if (flags & MSG_MORE) nonagle = TCP_NAGLE_CORK;
  if (tcp_write_xmit(sk, mss_now, nonagle, 0)) tcp_check_probe_timer(sk);
}

// The buffer has room again, for a sender who found none (tcp_check_space).
void tcp_write_space(tcp_sock& sk) {
  if (!sk.nospace) return;
  if (sk.sndbuf - sk.wmem_queued < sk.wmem_queued >> 1) {
    if (!tcp_under_memory_pressure(sk)) tcp_sndbuf_expand(sk);
    if (sk.sndbuf - sk.wmem_queued < sk.wmem_queued >> 1) return;
  }
  sk.nospace = false;
  sk_write_space(sk);
  tcp_chrono_stop(sk, TCP_CHRONO_SNDBUF_LIMITED);
}

// Room for two windows' worth of segments, so that one can be filled while the other is on its way.
void tcp_sndbuf_expand(tcp_sock& sk) {
  if (sk.userlocks & 1) return;
  if (sk.packets_out >= sk.snd_cwnd && sk.snd_cwnd == 0) return;
  const u32 per_mss = static_cast<u32>(std::bit_ceil(
                          std::max<u32>(sk.rx_opt.mss_clamp, sk.mss_cache) + 60u + 128u + 320u)) +
                      256u;
  u64 nr = std::max({tcp_init_cwnd(sk), sk.snd_cwnd, sk.reordering + 1});
  const u64 want = nr * sk.ca_ops->sndbuf_expand * per_mss;
  if (static_cast<u64>(sk.sndbuf) < want)
    sk.sndbuf = static_cast<int>(std::min<u64>(want, static_cast<u64>(tcp_sysctl(sk).wmem[2])));
}

void tcp_send_fin(tcp_sock& sk) {
  tcp_segment* tail = sk.write_queue.empty() ? nullptr : &sk.write_queue.back();
  if (tail) {
    tail->flags |= TCPHDR_FIN;
    ++tail->end_seq;
    ++sk.write_seq;
  } else {
    tcp_segment& fin = tcp_new_segment(sk, 0);
    fin.pcount = 1;
    fin.flags = TCPHDR_ACK | TCPHDR_FIN;
    ++fin.end_seq;
    ++sk.write_seq;
  }
  const u32 mss = tcp_current_mss(sk);
  if (tcp_write_xmit(sk, mss, TCP_NAGLE_OFF, 0)) tcp_check_probe_timer(sk);
}

void tcp_send_active_reset(tcp_sock& sk) {
  tcp_inc_stats(sk.ns, TCP_MIB_OUTRSTS);
  tcp_mstamp_refresh(sk);
  tcp_segment s;
  s.seq = s.end_seq = before(tcp_wnd_end(sk), sk.snd_nxt) ? tcp_wnd_end(sk) : sk.snd_nxt;
  s.flags = TCPHDR_ACK | TCPHDR_RST;
  if (tcp_transmit_skb(sk, s, false)) net_inc_stats(sk.ns, LINUX_MIB_TCPABORTFAILED);
}

// ---- opening

namespace {

// tcp_connect_init: what a SYN promises.
void connect_init(tcp_sock& sk) {
  const rtable& rt = *sk.dst;
  const tcp_settings& set = tcp_sysctl(sk);
  sk.tcp_header_len =
      static_cast<u16>(sizeof(tcphdr) + (set.timestamps ? TCPOLEN_TSTAMP_ALIGNED : 0) +
                       tcp_md5_room(tcp_md5_lookup(sk, sk)));
  if (sk.rx_opt.user_mss) sk.rx_opt.mss_clamp = sk.rx_opt.user_mss;
  sk.max_window = 0;
  tcp_ca_dst_init(sk);
  tcp_mtup_init(sk);
  tcp_sync_mss(sk, rt_mtu(rt));
  const auto metric = [&](int m) { return rt.from ? rt.from->metric(m) : 0u; };
  sk.advmss = tcp_mss_clamp(sk, dst_metric_advmss(rt));
  if (!sk.window_clamp) sk.window_clamp = metric(RTAX_WINDOW);
  tcp_initialize_rcv_mss(sk);
  if ((sk.userlocks & 2) &&
      (sk.window_clamp > static_cast<u32>(tcp_full_space(sk)) || !sk.window_clamp))
    sk.window_clamp = static_cast<u32>(tcp_full_space(sk));
  const auto w = tcp_select_initial_window(
      sk.ns, tcp_full_space(sk),
      sk.advmss - (sk.rx_opt.ts_recent_stamp ? sk.tcp_header_len - 20u : 0), sk.window_clamp,
      set.window_scaling != 0, metric(RTAX_INITRWND), sk_mem_default);
  sk.rcv_wnd = w.rcv_wnd;
  sk.window_clamp = w.window_clamp;
  sk.rx_opt.rcv_wscale = w.rcv_wscale;
  sk.rcv_ssthresh = sk.rcv_wnd;
  sk.sk_err = 0;
  sk.snd_wnd = 0;
  sk.snd_wl1 = 0;
  sk.snd_una = sk.snd_sml = sk.snd_up = sk.snd_nxt = sk.write_seq;
  sk.rcv_nxt = sk.rcv_wup = sk.copied_seq = 0;
  sk.rto = TCP_TIMEOUT_INIT;
  sk.retransmits = 0;
  tcp_clear_retrans(sk);
}

// The SYN and what Fast Open may send with it (tcp_send_syn_data). The data stays in the queue as a segment of its own, so
// that a SYN that goes again goes alone.
int send_syn_data(tcp_sock& sk, tcp_segment& syn) {
  tcp_fastopen_request& fo = *sk.fastopen_req;
  const auto plain_syn = [&] {
    if (fo.cookie.len > 0) fo.cookie.len = 0;
    const int e = tcp_transmit_skb(sk, syn);
    if (e) sk.syn_fastopen = false;
    fo.cookie.len = -1;  // the option goes with the first SYN only
    return e;
  };
  sk.rx_opt.mss_clamp = sk.advmss;
  if (!tcp_fastopen_cookie_check(sk, sk.rx_opt.mss_clamp, fo.cookie)) return plain_syn();
  if (sk.rx_opt.user_mss) sk.rx_opt.mss_clamp = std::min(sk.rx_opt.mss_clamp, sk.rx_opt.user_mss);
  tcp_sync_mss(sk, sk.pmtu_cookie);
  // Options of all kinds may join on the way; and Linux sends no more than fits a page.
  const u32 mss =
      tcp_mtu_to_mss(sk, sk.pmtu_cookie) + sk.tcp_header_len - static_cast<u32>(sizeof(tcphdr));
  const size_t space = std::min<size_t>({mss - 40u, fo.data.size(), 3456u});
  auto* data = new (*tcp_of(sk.ns).segments) tcp_segment;
  if (space) {
    data->skb = alloc_skb(sk.ns.c, tcp_headroom + static_cast<u32>(space));
    skb_reserve(*data->skb, tcp_headroom);
    skb_put_data(*data->skb, fo.data.first(space));
    data->nr_frags = 1;
  }
  fo.copied = space;
  data->flags = syn.flags;
  data->seq = syn.seq;
  data->end_seq = syn.end_seq + static_cast<u32>(space);
  data->pcount = 1;
  tcp_charge(sk, *data, static_cast<int>(skb_head_truesize + space));
  sk.write_seq = data->end_seq;
  ++sk.packets_out;
  if (space) tcp_chrono_start(sk, TCP_CHRONO_BUSY);
  const int e = tcp_transmit_skb(sk, *data);
  syn.mstamp_us = data->mstamp_us;
  ++data->seq;
  data->flags = TCPHDR_ACK | TCPHDR_PSH;
  if (e) {
    sk.write_queue.push_back(*data);
    --sk.packets_out;
    return plain_syn();
  }
  sk.syn_data = fo.copied > 0;
  sk.rtx_queue.push_back(*data);
  sk.tsorted_sent_queue.push_back(*data);
  net_inc_stats(sk.ns, LINUX_MIB_TCPORIGDATASENT);
  fo.cookie.len = -1;
  return 0;
}

}  // namespace

int tcp_connect(tcp_sock& sk) {
  connect_init(sk);
  tcp_mstamp_refresh(sk);
  auto* syn = new (*tcp_of(sk.ns).segments) tcp_segment;
  syn->pcount = 1;
  syn->flags = TCPHDR_SYN;
  if (tcp_sysctl(sk).ecn == 1 || sk.ca_ops->needs_ecn || tcp_dst_wants_ecn(*sk.dst)) {
    syn->flags |= TCPHDR_ECE | TCPHDR_CWR;
    sk.ecn_flags = TCP_ECN_OK;
  }
  syn->seq = sk.write_seq++;
  syn->end_seq = sk.write_seq;
  sk.retrans_stamp = tcp_time_stamp(sk);
  sk.rtx_queue.push_back(*syn);
  sk.tsorted_sent_queue.push_back(*syn);
  ++sk.packets_out;
  const int e = sk.fastopen_req ? send_syn_data(sk, *syn) : tcp_transmit_skb(sk, *syn);
  if (e == ECONNREFUSED) return e;
  const tcp_segment* unsent = tcp_send_head(sk);
  sk.snd_nxt = sk.pushed_seq = unsent ? unsent->seq : sk.write_seq;
  tcp_inc_stats(sk.ns, TCP_MIB_ACTIVEOPENS);
  tcp_reset_xmit_timer(sk, icsk_time::retrans, sk.rto);
  return 0;
}

int tcp_send_synack(tcp_sock& sk) {
  tcp_segment* syn = tcp_rtx_head(sk);
  if (!syn || !(syn->flags & TCPHDR_SYN)) return EFAULT;
  syn->flags |= TCPHDR_ACK;
  return tcp_transmit_skb(sk, *syn);
}

}  // namespace linnet
