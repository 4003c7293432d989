// CUBIC (RFC 9438): W(t) = C (t - K)^3 + W_max, with C 0.4 and a multiplicative decrease of 0.7 (717/1024); slow start
// ends by HyStart.
#include <linux/tcp.h>

#include <cmath>

#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

constexpr u32 beta = 717, beta_scale = 1024;
constexpr double cubic_c = 0.4;
constexpr u32 hystart_low_window = 16, hystart_min_samples = 8;
constexpr u32 hystart_delay_min = 4000, hystart_delay_max = 16000, hystart_ack_delta_us = 2000;

struct cubic {
  u32 cnt;            // acks that open the window by one
  u32 last_max_cwnd;  // where the last loss was
  u32 last_cwnd;
  u64 last_time_us;
  u32 origin_point;
  double k_s;  // seconds from the epoch to the origin
  u32 delay_min_us;
  u64 epoch_start_us;  // 0: none
  u32 ack_cnt, tcp_cwnd;
  // HyStart.
  u8 sample_cnt;
  bool found;
  u64 round_start_us, last_ack_us;
  u32 end_seq, curr_rtt_us;
};
static_assert(sizeof(cubic) <= tcp_ca_priv_size);
cubic& cubic_of(tcp_sock& sk) { return *reinterpret_cast<cubic*>(sk.ca_priv.data()); }

void hystart_reset(tcp_sock& sk) {
  cubic& ca = cubic_of(sk);
  ca.round_start_us = ca.last_ack_us = sk.tcp_mstamp;
  ca.end_seq = sk.snd_nxt;
  ca.curr_rtt_us = ~0u;
  ca.sample_cnt = 0;
}

void cubic_reset(cubic& ca) { ca = {}; }

void cubic_init(tcp_sock& sk) {
  cubic_reset(cubic_of(sk));
  hystart_reset(sk);
}

void cubic_cwnd_event(tcp_sock& sk, tcp_ca_event e) {
  if (e != tcp_ca_event::tx_start) return;
  // Time in which nothing was sent does not count.
  cubic& ca = cubic_of(sk);
  const s64 idle_ms = static_cast<s32>(tcp_jiffies(sk.ns) - sk.lsndtime_ms);
  if (ca.epoch_start_us && idle_ms > 0) {
    ca.epoch_start_us =
        std::min(ca.epoch_start_us + static_cast<u64>(idle_ms) * 1000, tcp_clock_us(sk.ns));
  }
}

void cubic_update(tcp_sock& sk, cubic& ca, u32 cwnd, u32 acked) {
  const u64 now = tcp_clock_us(sk.ns);
  ca.ack_cnt += acked;
  if (ca.last_cwnd == cwnd && now - ca.last_time_us <= 31250) return;
  const bool same_moment = ca.epoch_start_us && now / 1000 == ca.last_time_us / 1000;
  if (!same_moment) {
    ca.last_cwnd = cwnd;
    ca.last_time_us = now;
    if (!ca.epoch_start_us) {
      ca.epoch_start_us = now;
      ca.ack_cnt = acked;
      ca.tcp_cwnd = cwnd;
      if (ca.last_max_cwnd <= cwnd) {
        ca.k_s = 0;
        ca.origin_point = cwnd;
      } else {
        ca.k_s = std::cbrt((ca.last_max_cwnd - cwnd) / cubic_c);
        ca.origin_point = ca.last_max_cwnd;
      }
    }
    const double t = static_cast<double>(now - ca.epoch_start_us + ca.delay_min_us) / 1e6 - ca.k_s;
    const double target = ca.origin_point + cubic_c * t * t * t;
    ca.cnt =
        target > cwnd ? static_cast<u32>(cwnd / std::max(target - cwnd, cwnd / 4e9)) : 100 * cwnd;
    // Where nothing is known yet, not slower than a twentieth.
    if (ca.last_max_cwnd == 0 && ca.cnt > 20) ca.cnt = 20;
  }
  // Never behind what Reno would have (the TCP-friendly region).
  const u32 delta = (cwnd * (8 * (beta_scale + beta) / 3 / (beta_scale - beta))) >> 3;
  while (delta && ca.ack_cnt > delta) {
    ca.ack_cnt -= delta;
    ++ca.tcp_cwnd;
  }
  if (ca.tcp_cwnd > cwnd) ca.cnt = std::min(ca.cnt, cwnd / (ca.tcp_cwnd - cwnd));
  ca.cnt = std::max(ca.cnt, 2u);
}

void cubic_cong_avoid(tcp_sock& sk, u32, u32 acked) {
  if (!tcp_is_cwnd_limited(sk)) return;
  cubic& ca = cubic_of(sk);
  if (tcp_in_slow_start(sk)) {
    acked = tcp_slow_start(sk, acked);
    if (!acked) return;
  }
  cubic_update(sk, ca, sk.snd_cwnd, acked);
  tcp_cong_avoid_ai(sk, ca.cnt, acked);
}

u32 cubic_ssthresh(tcp_sock& sk) {
  cubic& ca = cubic_of(sk);
  ca.epoch_start_us = 0;
  // Fast convergence: whoever loses before it got as far as last time leaves room for a newcomer.
  ca.last_max_cwnd = sk.snd_cwnd < ca.last_max_cwnd
                         ? sk.snd_cwnd * (beta_scale + beta) / (2 * beta_scale)
                         : sk.snd_cwnd;
  return std::max(sk.snd_cwnd * beta / beta_scale, 2u);
}

void cubic_set_state(tcp_sock& sk, tcp_ca_state state) {
  if (state != TCP_CA_Loss) return;
  cubic_reset(cubic_of(sk));
  hystart_reset(sk);
}

// HyStart: slow start ends when acks spread over half a round trip, or round trips grow.
void hystart_update(tcp_sock& sk, u32 delay) {
  cubic& ca = cubic_of(sk);
  if (after(sk.snd_una, ca.end_seq)) hystart_reset(sk);
  const u64 now = sk.tcp_mstamp;
  const auto end_slow_start = [&](int detected, int at) {
    ca.found = true;
    net_inc_stats(sk.ns, detected);
    net_inc_stats(sk.ns, at, sk.snd_cwnd);
    sk.snd_ssthresh = sk.snd_cwnd;
  };
  if (now - ca.last_ack_us <= hystart_ack_delta_us) {
    ca.last_ack_us = now;
    if (now - ca.round_start_us > ca.delay_min_us / 2)
      return end_slow_start(LINUX_MIB_TCPHYSTARTTRAINDETECT, LINUX_MIB_TCPHYSTARTTRAINCWND);
  }
  ca.curr_rtt_us = std::min(ca.curr_rtt_us, delay);
  if (ca.sample_cnt < hystart_min_samples) {
    ++ca.sample_cnt;
  } else if (ca.curr_rtt_us > ca.delay_min_us + std::clamp(ca.delay_min_us >> 3, hystart_delay_min,
                                                           hystart_delay_max)) {
    end_slow_start(LINUX_MIB_TCPHYSTARTDELAYDETECT, LINUX_MIB_TCPHYSTARTDELAYCWND);
  }
}

void cubic_pkts_acked(tcp_sock& sk, u32, s64 rtt_us) {
  if (rtt_us < 0) return;
  cubic& ca = cubic_of(sk);
  const u64 now = tcp_clock_us(sk.ns);
  if (ca.epoch_start_us && now - ca.epoch_start_us < ns_per_sec / 1000)
    return;  // just after recovery
  const u32 delay = std::max<u32>(static_cast<u32>(rtt_us), 1);
  if (ca.delay_min_us == 0 || ca.delay_min_us > delay) ca.delay_min_us = delay;
  if (!ca.found && tcp_in_slow_start(sk) && sk.snd_cwnd >= hystart_low_window)
    hystart_update(sk, delay);
}

}  // namespace

const tcp_congestion_ops cubictcp = {.name = "cubic",
                                     .ssthresh = cubic_ssthresh,
                                     .cong_avoid = cubic_cong_avoid,
                                     .undo_cwnd = tcp_reno_undo_cwnd,
                                     .init = cubic_init,
                                     .set_state = cubic_set_state,
                                     .cwnd_event = cubic_cwnd_event,
                                     .pkts_acked = cubic_pkts_acked};

}  // namespace linnet
