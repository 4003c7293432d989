// The long-term rate, of a policer that drops what is above it: two intervals in a row with many losses and the same rate say
// that one is at work, and for some round trips BBR sends at that rate and no faster.
#include "net/ipv4/tcp_bbr.hh"

namespace linnet::bbr {
namespace {

constexpr u32 lt_interval_min_rounds = 4, lt_loss_threshold = 50, lt_bw_ratio = gain_unit / 8,
              lt_bw_diff = 4000 / 8, lt_bw_max_rounds = 48;

void reset_lt_interval(tcp_sock& sk) {
  model& b = of(sk);
  b.lt_last_stamp_ms = static_cast<u32>(sk.delivered_mstamp / 1000);
  b.lt_last_delivered = sk.delivered;
  b.lt_last_lost = sk.lost;
  b.lt_rounds = 0;
}

}  // namespace

void reset_lt_sampling(tcp_sock& sk) {
  model& b = of(sk);
  b.lt_bw = 0;
  b.lt_use_bw = b.lt_is_sampling = false;
  reset_lt_interval(sk);
}

namespace {

// Two intervals in a row with the same rate and many losses: a policer is at work.
void lt_interval_done(tcp_sock& sk, u32 bw) {
  model& b = of(sk);
  if (b.lt_bw) {
    const u32 diff = bw > b.lt_bw ? bw - b.lt_bw : b.lt_bw - bw;
    if (diff * gain_unit <= lt_bw_ratio * b.lt_bw ||
        bytes_per_second(sk, diff, gain_unit) <= lt_bw_diff) {
      b.lt_bw = (bw + b.lt_bw) >> 1;
      b.lt_use_bw = true;
      b.pacing_gain = gain_unit;
      b.lt_rounds = 0;
      return;
    }
  }
  b.lt_bw = bw;
  reset_lt_interval(sk);
}

}  // namespace

void lt_sampling(tcp_sock& sk, const rate_sample& rs) {
  model& b = of(sk);
  if (b.lt_use_bw) {
    if (b.phase == mode::probe_bw && b.round_start && ++b.lt_rounds >= lt_bw_max_rounds) {
      reset_lt_sampling(sk);
      b.phase = mode::startup;
      reset_mode(sk);
    }
    return;
  }
  if (!b.lt_is_sampling) {
    if (!rs.losses) return;
    reset_lt_interval(sk);
    b.lt_is_sampling = true;
  }
  if (rs.is_app_limited) return reset_lt_sampling(sk);
  if (b.round_start) ++b.lt_rounds;
  if (b.lt_rounds < lt_interval_min_rounds) return;
  if (b.lt_rounds > 4 * lt_interval_min_rounds) return reset_lt_sampling(sk);
  if (!rs.losses) return;  // an interval ends with a loss
  const u32 lost = sk.lost - b.lt_last_lost, delivered = sk.delivered - b.lt_last_delivered;
  if (!delivered || (lost << 8) < lt_loss_threshold * delivered) return;
  const u32 ms = static_cast<u32>(sk.delivered_mstamp / 1000) - b.lt_last_stamp_ms;
  if (static_cast<s32>(ms) < 1) return;
  if (ms >= ~0u / 1000) return reset_lt_sampling(sk);
  lt_interval_done(sk, static_cast<u32>(u64{delivered} * bw_unit / (u64{ms} * 1000)));
}

}  // namespace linnet::bbr
