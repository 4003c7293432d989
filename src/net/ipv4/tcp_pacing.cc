// When the next segment may go, and at which rate; see tcp_pacing.hh.
#include "net/ipv4/tcp_pacing.hh"

#include <linux/tcp.h>

#include "net/core/world.hh"

namespace linnet {
namespace {

constexpr u32 unpaced_segments = 10;  // the first window goes as it comes

bool needs_pacing(tcp_sock& sk) {
  if (unlikely(sk.max_pacing_rate != ~u64{0}))
    sk.pacing_needed = true;  // from then on, as on Linux
  return sk.pacing_needed;
}

}  // namespace

bool tcp_pacing_check(tcp_sock& sk) {
  if (likely(!needs_pacing(sk)) || sk.wstamp_ns <= sk.clock_ns) return false;
  if (!sk.pacing_timer().pending())
    sk.ns.c.timers.mod(sk.pacing_timer(), sk.ns.w.now() + tcp_pacing_delay(sk));
  return true;
}

void tcp_pace_sent(tcp_sock& sk, u32 len, u64 prior) {
  if (likely(!needs_pacing(sk))) return;
  const u64 rate = std::min(sk.pacing_rate, sk.max_pacing_rate);
  if (rate == ~u64{0} || !rate || sk.data_segs_out < unpaced_segments) return;
  u64 takes = u64{len} * ns_per_sec / rate;
  // Who was late may be a little early the next time.
  takes -= std::min(takes / 2, sk.wstamp_ns - prior);
  sk.wstamp_ns += takes;
}

ktime tcp_pacing_delay(const tcp_sock& sk) {
  return sk.wstamp_ns > sk.clock_ns ? static_cast<ktime>(sk.wstamp_ns - sk.clock_ns) : 0;
}

// It may go on (tcp_pace_kick, tcp_tsq_write).
void tcp_on_pacing_timer(timer& t) {
  tcp_sock& sk = tcp_sock::of<tcp_on_pacing_timer>(t);
  constexpr u32 sending = TCPF(TCP_ESTABLISHED) | TCPF(TCP_FIN_WAIT1) | TCPF(TCP_CLOSING) |
                          TCPF(TCP_CLOSE_WAIT) | TCPF(TCP_LAST_ACK);
  if (!(TCPF(sk.state) & sending)) return;
  tcp_mstamp_refresh(sk);
  if (sk.lost_out > sk.retrans_out && sk.snd_cwnd > tcp_packets_in_flight(sk))
    tcp_xmit_retransmit_queue(sk);
  tcp_write_xmit(sk, tcp_current_mss(sk), sk.nonagle, 0);
}

// Twice the rate at which the window goes round while it still doubles, a fifth more than it from then on.
void tcp_update_pacing_rate(tcp_sock& sk) {
  const tcp_settings& set = tcp_sysctl(sk);
  const bool doubling = sk.snd_cwnd < sk.snd_ssthresh / 2;
  const auto ratio = static_cast<u64>(doubling ? set.pacing_ss_ratio : set.pacing_ca_ratio);
  u64 rate =
      u64{sk.mss_cache} * ((1'000'000 / 100) << 3) * ratio;  // srtt_us has three binary places
  rate *= std::max(sk.snd_cwnd, sk.packets_out);
  if (sk.srtt_us) rate /= sk.srtt_us;
  sk.pacing_rate = std::min(rate, sk.max_pacing_rate);
}

}  // namespace linnet
