// TCP's timers: retransmission (RFC 6298) with what shares its place (loss probe, reordering, window probe), delayed
// ack, and one that is keepalive's, or FIN_WAIT2's of an orphan.
#include <linux/tcp.h>

#include "net/core/world.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_memory.hh"
#include "net/ipv4/tcp_mtu_probe.hh"
#include "net/ipv4/tcp_pacing.hh"

namespace linnet {
namespace {

ktime now_of(const tcp_sock& sk) { return sk.ns.w.now(); }

// An orphan that still costs memory gives up sooner (tcp_out_of_resources).
bool out_of_resources(tcp_sock& sk, bool do_reset) {
  const u32 quiet_ms = tcp_jiffies(sk.ns) - sk.lsndtime_ms;
  unsigned shift = 0;
  // Who waits long for a window, or heard that something is wrong, is worth less.
  if (quiet_ms > 2 * static_cast<u32>(TCP_RTO_MAX / ns_per_ms) || !do_reset) ++shift;
  if (sk.sk_err_soft) ++shift;
  if (!tcp_check_oom(sk, shift)) return false;
  do_reset |= quiet_ms <= static_cast<u32>(TCP_TIMEWAIT_LEN / ns_per_ms) ||
              (!sk.snd_wnd && !sk.packets_out);
  if (do_reset) tcp_send_active_reset(sk);
  tcp_done(sk);
  net_inc_stats(sk.ns, LINUX_MIB_TCPABORTONMEMORY);
  return true;
}

s64 orphan_retries(const tcp_sock& sk, bool alive) {
  const s64 n = tcp_sysctl(sk).orphan_retries;
  if (sk.sk_err_soft && !alive) return 0;
  return n == 0 && alive ? 8 : n;
}

// The time that `boundary` doublings of `base` take (tcp_model_timeout), ms.
u64 model_timeout(s64 boundary, ktime base) {
  const s64 doublings = 63 - __builtin_clzll(static_cast<u64>(TCP_RTO_MAX / base));
  const ktime all = boundary <= doublings ? ((ktime{2} << boundary) - 1) * base
                                          : ((ktime{2} << doublings) - 1) * base +
                                                (boundary - doublings) * TCP_RTO_MAX;
  return static_cast<u64>(all / ns_per_ms);
}

// Whether retransmitting has gone on for longer than `boundary` doublings would (retransmits_timed_out).
bool timed_out(const tcp_sock& sk, s64 boundary, u64 timeout_ms) {
  if (!sk.retransmits) return false;
  const u32 start = sk.retrans_stamp;
  if (!start) return false;
  if (!timeout_ms)
    timeout_ms = model_timeout(boundary, TCPF(sk.state) & (TCPF(TCP_SYN_SENT) | TCPF(TCP_SYN_RECV))
                                             ? TCP_TIMEOUT_INIT
                                             : TCP_RTO_MIN);
  return static_cast<s32>(tcp_time_stamp(sk) - start - static_cast<u32>(timeout_ms)) >= 0;
}

// True: the connection is given up (tcp_write_timeout).
bool write_timeout(tcp_sock& sk) {
  const tcp_settings& set = tcp_sysctl(sk);
  bool expired;
  if (tcp_syn_state(sk.state)) {
    expired = sk.retransmits >= (sk.syn_retries ? sk.syn_retries : set.syn_retries);
  } else {
    s64 until = set.retries2;
    if (timed_out(sk, set.retries1, 0)) {
      tcp_mtu_black_hole(sk);
      sk.dst = {};  // perhaps there is another way
    }
    if (sk.orphaned) {
      const bool alive = sk.rto < TCP_RTO_MAX;
      until = orphan_retries(sk, alive);
      const bool do_reset = alive || !timed_out(sk, until, 0);
      if (out_of_resources(sk, do_reset)) return true;
    }
    expired = timed_out(sk, until, sk.user_timeout_ms);
  }
  tcp_fastopen_active_detect_blackhole(sk, expired);
  if (expired) {
    tcp_write_err(sk);
    return true;
  }
  // Another hash for another path (sk_rethink_txhash), which is counted only.
  if (sk.txrehash) net_inc_stats(sk.ns, LINUX_MIB_TCPTIMEOUTREHASH);
  return false;
}

// What the counters say of the first retransmission.
int timeout_mib(const tcp_sock& sk) {
  if (sk.ca_state == TCP_CA_Recovery)
    return sk.rx_opt.sack_ok ? LINUX_MIB_TCPSACKRECOVERYFAIL : LINUX_MIB_TCPRENORECOVERYFAIL;
  if (sk.ca_state == TCP_CA_Loss) return LINUX_MIB_TCPLOSSFAILURES;
  if (sk.ca_state == TCP_CA_Disorder || sk.sacked_out)
    return sk.rx_opt.sack_ok ? LINUX_MIB_TCPSACKFAILURES : LINUX_MIB_TCPRENOFAILURES;
  return 0;
}

// A peer whose window shut with data on its way: probed for as long as it answers (RFC 1122 §4.2.2.17).
void retransmit_into_shut_window(tcp_sock& sk) {
  const u32 quiet_ms = tcp_jiffies(sk.ns) - sk.rcv_tstamp_ms;
  if (quiet_ms > 2 * static_cast<u32>(TCP_RTO_MAX / ns_per_ms)) return tcp_write_err(sk);
  tcp_enter_loss(sk);
  tcp_retransmit_skb(sk, *tcp_rtx_head(sk), 1);
  sk.dst = {};
}

void retransmit_timer(tcp_sock& sk) {
  // Until the handshake has ended nothing but the SYN-ACK goes again.
  if (sk.fastopen_rsk) return tcp_fastopen_synack_timer(sk);
  if (!sk.packets_out || !tcp_rtx_head(sk)) return;
  sk.tlp_high_seq = 0;
  if (!sk.snd_wnd && !sk.orphaned && !tcp_syn_state(sk.state)) {
    retransmit_into_shut_window(sk);
    if (sk.state == TCP_CLOSE) return;
  } else {
    net_inc_stats(sk.ns, LINUX_MIB_TCPTIMEOUTS);
    if (write_timeout(sk)) return;
    if (!sk.retransmits)
      if (const int mib = timeout_mib(sk)) net_inc_stats(sk.ns, mib);
    tcp_enter_loss(sk);
    ++sk.retransmits;
    if (tcp_retransmit_skb(sk, *tcp_rtx_head(sk), 1) == EAGAIN) {
      // Not for the network's sake: soon again, and no backing off.
      return tcp_reset_xmit_timer(sk, icsk_time::retrans,
                                  std::min(sk.rto, TCP_RESOURCE_PROBE_INTERVAL));
    }
  }
  ++sk.backoff;
  const bool linear = sk.thin_lto || tcp_sysctl(sk).thin_linear_timeouts;
  if (sk.retransmits && linear && sk.state == TCP_ESTABLISHED && sk.packets_out < 4 &&
      sk.retransmits <= 6) {
    sk.backoff = 0;
    tcp_set_rto(sk);
  } else {
    sk.rto = std::min(sk.rto << 1, TCP_RTO_MAX);
  }
  tcp_reset_xmit_timer(sk, icsk_time::retrans, sk.rto);
  if (timed_out(sk, tcp_sysctl(sk).retries1 + 1, 0)) sk.dst = {};
}

void probe_timer(tcp_sock& sk) {
  const tcp_settings& set = tcp_sysctl(sk);
  if (sk.packets_out || sk.write_queue.empty()) {
    sk.probes_out = 0;
    sk.probes_tstamp_ms = 0;
    return;
  }
  const u32 now = tcp_jiffies(sk.ns);
  if (!sk.probes_tstamp_ms) {
    sk.probes_tstamp_ms = now ? now : 1;
  } else if (sk.user_timeout_ms &&
             static_cast<s32>(now - sk.probes_tstamp_ms) >= static_cast<s32>(sk.user_timeout_ms)) {
    return tcp_write_err(sk);
  }
  s64 most = set.retries2;
  if (sk.orphaned) {
    const bool alive = (sk.rto << sk.backoff) < TCP_RTO_MAX;
    most = orphan_retries(sk, alive);
    if (!alive && sk.backoff >= most) return tcp_write_err(sk);
    if (out_of_resources(sk, true)) return;
  }
  if (sk.probes_out >= most)
    tcp_write_err(sk);
  else
    tcp_send_probe0(sk);
}

}  // namespace

void tcp_on_retransmit_timer(timer& t) {
  tcp_sock& sk = tcp_sock::of<tcp_on_retransmit_timer>(t);
  if (TCPF(sk.state) & (TCPF(TCP_CLOSE) | TCPF(TCP_LISTEN)) || sk.pending == icsk_time::none)
    return;
  tcp_mstamp_refresh(sk);
  switch (sk.pending) {
    case icsk_time::reo_timeout: return tcp_rack_reo_timeout(sk);
    case icsk_time::loss_probe: return tcp_send_loss_probe(sk);
    case icsk_time::retrans: sk.pending = icsk_time::none; return retransmit_timer(sk);
    case icsk_time::probe0: sk.pending = icsk_time::none; return probe_timer(sk);
    default: return;
  }
}

void tcp_on_delack_timer(timer& t) {
  tcp_sock& sk = tcp_sock::of<tcp_on_delack_timer>(t);
  auto& ack = sk.ack;
  if (TCPF(sk.state) & (TCPF(TCP_CLOSE) | TCPF(TCP_LISTEN)) || !(ack.pending & ICSK_ACK_TIMER))
    return;
  ack.pending &= static_cast<u8>(~ICSK_ACK_TIMER);
  if (!(ack.pending & ICSK_ACK_SCHED)) return;
  if (!ack.pingpong) {
    ack.ato = std::min(ack.ato << 1, sk.rto);  // a delay that was in vain: wait longer next time
  } else {
    ack.pingpong = 0;
    ack.ato = TCP_ATO_MIN;
  }
  tcp_mstamp_refresh(sk);
  tcp_send_ack(sk);
  net_inc_stats(sk.ns, LINUX_MIB_DELAYEDACKS);
}

// The peer's silence, or FIN_WAIT2's of an orphan (tcp_keepalive_timer).
void tcp_on_sk_timer(timer& t) {
  tcp_sock& sk = tcp_sock::of<tcp_on_sk_timer>(t);
  tcp_mstamp_refresh(sk);
  if (sk.state == TCP_LISTEN) return;
  if (sk.state == TCP_FIN_WAIT2 && sk.orphaned) {
    if (sk.linger2 >= 0) {
      const ktime tmo = tcp_fin_time(sk) - TCP_TIMEWAIT_LEN;
      if (tmo > 0) return tcp_time_wait(sk, TCP_FIN_WAIT2, tmo);
    }
    tcp_send_active_reset(sk);
    return tcp_done(sk);
  }
  if (!sk.keepalive || TCPF(sk.state) & (TCPF(TCP_CLOSE) | TCPF(TCP_SYN_SENT))) return;
  const ktime wait = ktime{keepalive_time_when(sk)} * ns_per_ms;
  if (sk.packets_out || !sk.write_queue.empty()) return tcp_reset_keepalive_timer(sk, wait);
  const u32 now = tcp_jiffies(sk.ns);
  const u32 quiet = std::min(now - sk.ack.lrcvtime_ms, now - sk.rcv_tstamp_ms);
  if (quiet < keepalive_time_when(sk))
    return tcp_reset_keepalive_timer(sk, wait - ktime{quiet} * ns_per_ms);
  const bool given_up = sk.user_timeout_ms ? quiet >= sk.user_timeout_ms && sk.probes_out > 0
                                           : sk.probes_out >= keepalive_probes(sk);
  if (given_up) {
    tcp_send_active_reset(sk);
    return tcp_write_err(sk);
  }
  ktime next = TCP_RESOURCE_PROBE_INTERVAL;
  if (!tcp_write_wakeup(sk, LINUX_MIB_TCPKEEPALIVE)) {
    ++sk.probes_out;
    next = ktime{keepalive_intvl_when(sk)} * ns_per_ms;
  }
  tcp_reset_keepalive_timer(sk, next);
}

void tcp_clear_xmit_timers(tcp_sock& sk) {
  sk.pending = icsk_time::none;
  sk.ack.pending = 0;
  sk.compressed_ack = 0;
  for (timer* t : {&sk.retransmit_timer(), &sk.delack_timer(), &sk.sk_timer(), &sk.pacing_timer(),
                   &sk.compressed_ack_timer()})
    sk.ns.c.timers.del(*t);
}

void tcp_reset_xmit_timer(tcp_sock& sk, icsk_time what, ktime when, ktime max) {
  sk.pending = what;
  sk.ns.c.timers.mod(sk.retransmit_timer(),
                     now_of(sk) + std::min(when + tcp_pacing_delay(sk), max));
}

// The timers stay armed, for they will soon be wanted again; one that finds nothing pending does nothing.
void tcp_clear_xmit_timer(tcp_sock& sk) { sk.pending = icsk_time::none; }

void tcp_clear_delack_timer(tcp_sock& sk) {
  sk.ack.pending = 0;
  sk.ack.retry = 0;
}

void tcp_reset_keepalive_timer(tcp_sock& sk, ktime in) {
  sk.ns.c.timers.mod(sk.sk_timer(), now_of(sk) + in);
}
void tcp_delete_keepalive_timer(tcp_sock& sk) { sk.ns.c.timers.del(sk.sk_timer()); }

void tcp_set_keepalive(tcp_sock& sk, bool on) {
  if (TCPF(sk.state) & (TCPF(TCP_CLOSE) | TCPF(TCP_LISTEN))) return;
  if (on && !sk.keepalive)
    tcp_reset_keepalive_timer(sk, ktime{keepalive_time_when(sk)} * ns_per_ms);
  else if (!on)
    tcp_delete_keepalive_timer(sk);
}

// The peer is gone: ETIMEDOUT, or what ICMP said of the way to it.
void tcp_write_err(tcp_sock& sk) {
  sk.sk_err = sk.sk_err_soft ? sk.sk_err_soft : ETIMEDOUT;
  sk_error_report(sk);
  tcp_write_queue_purge(sk);
  net_inc_stats(sk.ns, LINUX_MIB_TCPABORTONTIMEOUT);
  tcp_done(sk);
}

ktime tcp_probe0_base(const tcp_sock& sk) { return std::max(sk.rto, TCP_RTO_MIN); }
ktime tcp_probe0_when(const tcp_sock& sk, ktime max) {
  const int doublings = std::min<int>(
      63 - __builtin_clzll(static_cast<u64>(TCP_RTO_MAX / TCP_RTO_MIN)) + 1, sk.backoff);
  return std::min(tcp_probe0_base(sk) << doublings, max);
}

void tcp_check_probe_timer(tcp_sock& sk) {
  if (!sk.packets_out && sk.pending == icsk_time::none)
    tcp_reset_xmit_timer(sk, icsk_time::probe0, tcp_probe0_base(sk));
}

}  // namespace linnet
