// BBR (version 1, draft-cardwell-iccrg-bbr-congestion-control-00): the sender keeps a model of the path, its greatest delivery
// rate of late and its least round trip, and sends at that rate with about that much on its way, whatever is lost.
//
//   startup    doubles the rate each round trip, until three in a row bring no quarter more
//   drain      takes out again what startup left in the queue
//   probe_bw   the rate, but for one phase in eight a quarter faster, and after it as long a quarter slower
//   probe_rtt  four packets for 200 ms, when no shorter round trip was seen for ten seconds
//
// Bandwidths are packets a microsecond, times 2^24; gains are of 256.
#include <linux/tcp.h>

#include "base/win_minmax.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_pacing.hh"
#include "net/ipv4/tcp_units.hh"

namespace linnet {
namespace {

constexpr u32 bw_scale = 24, bw_unit = 1u << bw_scale;
constexpr u32 gain_unit = 256;
constexpr u32 high_gain =
    gain_unit * 2885 / 1000 + 1;  // 2/ln 2: the least that doubles each round trip
constexpr u32 drain_gain = gain_unit * 1000 / 2885;
constexpr u32 cwnd_gain = gain_unit * 2;
constexpr u32 cycle_length = 8, cycle_random = 7;
constexpr std::array<u32, cycle_length> pacing_gains = {
    gain_unit * 5 / 4, gain_unit * 3 / 4, gain_unit, gain_unit,
    gain_unit,         gain_unit,         gain_unit, gain_unit};
constexpr u32 bw_rounds = cycle_length + 2;  // window of the bandwidth filter
constexpr u32 min_rtt_window_ms = 10'000, probe_rtt_ms = 200;
constexpr u32 min_tso_rate = 1'200'000 / 8;  // below it, segments go alone
constexpr u32 pacing_margin_percent = 1;
constexpr u32 gso_bytes = 65536 - 1 - 320;  // of a unit, whatever the device takes
constexpr u32 cwnd_min_target = 4;
constexpr u32 full_bw_threshold = gain_unit * 5 / 4, full_bw_rounds = 3;
// The long-term rate, of a policer that drops what is above it.
constexpr u32 lt_interval_min_rounds = 4, lt_loss_threshold = 50, lt_bw_ratio = gain_unit / 8,
              lt_bw_diff = 4000 / 8, lt_bw_max_rounds = 48;
// Acks that come in heaps.
constexpr u32 extra_acked_gain = gain_unit, extra_acked_window_rounds = 5,
              ack_epoch_reset_threshold = 1u << 20, extra_acked_max_us = 100'000;

enum class mode : u8 { startup, drain, probe_bw, probe_rtt };

struct model {
  u32 min_rtt_us, min_rtt_stamp_ms, probe_rtt_done_ms;
  win_max bw{0};
  u32 rounds, next_round_delivered;
  u64 cycle_us;
  mode phase;
  u8 prev_ca_state;
  bool packet_conservation, round_start, idle_restart, probe_rtt_round_done;
  bool lt_is_sampling, lt_use_bw, full_bw_reached, has_seen_rtt;
  u8 lt_rounds, full_bw_count, cycle_index;
  u32 lt_bw, lt_last_delivered, lt_last_stamp_ms, lt_last_lost;
  u32 pacing_gain, cwnd_gain;
  u32 prior_cwnd, full_bw;
  u64 ack_epoch_us;
  u16 extra_acked[2];
  u32 ack_epoch_acked;
  u8 extra_acked_rounds, extra_acked_index;
};
static_assert(sizeof(model) <= tcp_ca_priv_size);
model& of(tcp_sock& sk) { return *reinterpret_cast<model*>(sk.ca_priv.data()); }
const model& of(const tcp_sock& sk) { return of(const_cast<tcp_sock&>(sk)); }

u32 now_ms(const tcp_sock& sk) { return tcp_jiffies(sk.ns); }

u32 max_bw(const model& b) { return b.bw.get(); }
u32 bandwidth(const model& b) { return b.lt_use_bw ? b.lt_bw : max_bw(b); }

// ---- pacing

u64 bytes_per_second(const tcp_sock& sk, u64 rate, u32 gain) {
  rate *= sk.mss_cache;
  rate *= gain;
  rate /= gain_unit;
  rate *= 1'000'000 / 100 * (100 - pacing_margin_percent);
  return rate >> bw_scale;
}

u64 pacing_rate(const tcp_sock& sk, u32 bw, u32 gain) {
  return std::min(bytes_per_second(sk, bw, gain), sk.max_pacing_rate);
}

void init_pacing_rate_from_rtt(tcp_sock& sk) {
  u32 rtt_us = 1000;
  if (sk.srtt_us) {
    rtt_us = std::max(sk.srtt_us >> 3, 1u);
    of(sk).has_seen_rtt = true;
  }
  const u64 bw = u64{sk.snd_cwnd} * bw_unit / rtt_us;
  sk.pacing_rate = pacing_rate(sk, static_cast<u32>(bw), high_gain);
}

void set_pacing_rate(tcp_sock& sk, u32 bw, u32 gain) {
  const model& b = of(sk);
  const u64 rate = pacing_rate(sk, bw, gain);
  if (!b.has_seen_rtt && sk.srtt_us) init_pacing_rate_from_rtt(sk);
  // Until the pipe was full once, a lower rate is only a sample that was held up.
  if (b.full_bw_reached || rate > sk.pacing_rate) sk.pacing_rate = rate;
}

u32 bbr_min_tso_segs(const tcp_sock& sk) { return sk.pacing_rate < min_tso_rate ? 1 : 2; }

u32 tso_segs_goal(const tcp_sock& sk) {
  const u64 bytes = std::min<u64>(sk.pacing_rate >> 10, gso_bytes);
  const u32 segs = std::max(static_cast<u32>(bytes / sk.mss_cache), bbr_min_tso_segs(sk));
  return std::min(segs, 0x7fu);
}

// ---- the window

// Remembers the window from before a recovery or a probe for the round trip.
void save_cwnd(tcp_sock& sk) {
  model& b = of(sk);
  if (b.prev_ca_state < TCP_CA_Recovery && b.phase != mode::probe_rtt)
    b.prior_cwnd = sk.snd_cwnd;
  else
    b.prior_cwnd = std::max(b.prior_cwnd, sk.snd_cwnd);
}

// Bandwidth times least round trip, rounded up.
u32 bdp(const tcp_sock& sk, u32 bw, u32 gain) {
  const model& b = of(sk);
  if (b.min_rtt_us == ~0u) return TCP_INIT_CWND;
  const u64 w = u64{bw} * b.min_rtt_us;
  return static_cast<u32>((((w * gain) >> 8) + bw_unit - 1) / bw_unit);
}

// Room for what is cut and put together at both ends, and for acks of two packets.
u32 quantization_budget(const tcp_sock& sk, u32 cwnd) {
  const model& b = of(sk);
  cwnd += 3 * tso_segs_goal(sk);
  cwnd = (cwnd + 1) & ~1u;
  if (b.phase == mode::probe_bw && b.cycle_index == 0) cwnd += 2;
  return cwnd;
}

u32 inflight(const tcp_sock& sk, u32 bw, u32 gain) {
  return quantization_budget(sk, bdp(sk, bw, gain));
}

// What will be in the network when the next packet is due to leave.
u32 packets_in_net_at_edt(const tcp_sock& sk, u32 inflight_now) {
  const model& b = of(sk);
  const u64 edt = std::max(sk.wstamp_ns, sk.clock_ns);
  const u32 interval_us = static_cast<u32>((edt - sk.clock_ns) / 1000);
  const u32 delivered = static_cast<u32>(u64{bandwidth(b)} * interval_us >> bw_scale);
  u32 at_edt = inflight_now;
  if (b.pacing_gain > gain_unit) at_edt += tso_segs_goal(sk);
  return delivered >= at_edt ? 0 : at_edt - delivered;
}

u32 extra_acked(const model& b) { return std::max(b.extra_acked[0], b.extra_acked[1]); }

u32 ack_aggregation_cwnd(const tcp_sock& sk) {
  const model& b = of(sk);
  if (!b.full_bw_reached) return 0;
  const u32 most = static_cast<u32>(u64{bandwidth(b)} * extra_acked_max_us / bw_unit);
  return std::min(static_cast<u32>(u64{extra_acked_gain} * extra_acked(b) >> 8), most);
}

// In recovery first as many as were acknowledged, then one more for each. True: that is the window.
bool recover_or_restore_cwnd(tcp_sock& sk, const rate_sample& rs, u32 acked, u32& cwnd) {
  model& b = of(sk);
  const u8 prev = std::exchange(b.prev_ca_state, sk.ca_state);
  cwnd = sk.snd_cwnd;
  if (rs.losses > 0) cwnd = static_cast<u32>(std::max<s64>(s64{cwnd} - rs.losses, 1));
  if (sk.ca_state == TCP_CA_Recovery && prev != TCP_CA_Recovery) {
    b.packet_conservation = true;
    b.next_round_delivered = sk.delivered;  // of one round trip
    cwnd = tcp_packets_in_flight(sk) + acked;
  } else if (prev >= TCP_CA_Recovery && sk.ca_state < TCP_CA_Recovery) {
    cwnd = std::max(cwnd, b.prior_cwnd);
    b.packet_conservation = false;
  }
  if (!b.packet_conservation) return false;
  cwnd = std::max(cwnd, tcp_packets_in_flight(sk) + acked);
  return true;
}

void set_cwnd(tcp_sock& sk, const rate_sample& rs, u32 acked, u32 bw, u32 gain) {
  const model& b = of(sk);
  u32 cwnd = sk.snd_cwnd;
  if (acked && !recover_or_restore_cwnd(sk, rs, acked, cwnd)) {
    u32 target = bdp(sk, bw, gain);
    target = quantization_budget(sk, target + ack_aggregation_cwnd(sk));
    if (b.full_bw_reached)
      cwnd = std::min(cwnd + acked, target);
    else if (cwnd < target || sk.delivered < TCP_INIT_CWND)
      cwnd += acked;
    cwnd = std::max(cwnd, cwnd_min_target);
  }
  sk.snd_cwnd = std::min(cwnd, sk.snd_cwnd_clamp);
  if (b.phase == mode::probe_rtt) sk.snd_cwnd = std::min(sk.snd_cwnd, cwnd_min_target);
}

// ---- the phases

void advance_cycle(tcp_sock& sk) {
  model& b = of(sk);
  b.cycle_index = (b.cycle_index + 1) % cycle_length;
  b.cycle_us = sk.delivered_mstamp;
}

bool is_next_cycle_phase(const tcp_sock& sk, const rate_sample& rs) {
  const model& b = of(sk);
  const bool full_length = tcp_stamp_us_delta(sk.delivered_mstamp, b.cycle_us) > b.min_rtt_us;
  if (b.pacing_gain == gain_unit) return full_length;
  const u32 in_net = packets_in_net_at_edt(sk, rs.prior_in_flight), bw = max_bw(b);
  // Faster until it could make a difference, or losses say that it did; slower until the queue must be empty.
  if (b.pacing_gain > gain_unit)
    return full_length && (rs.losses || in_net >= inflight(sk, bw, b.pacing_gain));
  return full_length || in_net <= inflight(sk, bw, gain_unit);
}

void update_cycle_phase(tcp_sock& sk, const rate_sample& rs) {
  if (of(sk).phase == mode::probe_bw && is_next_cycle_phase(sk, rs)) advance_cycle(sk);
}

void reset_mode(tcp_sock& sk) {
  model& b = of(sk);
  if (!b.full_bw_reached) {
    b.phase = mode::startup;
    return;
  }
  b.phase = mode::probe_bw;
  // Anywhere in the cycle but in the slower phase, which makes up for nothing here.
  b.cycle_index = static_cast<u8>(cycle_length - 1 - sk.ns.c.rand.below(cycle_random));
  advance_cycle(sk);
}

// ---- the long-term rate

void reset_lt_interval(tcp_sock& sk) {
  model& b = of(sk);
  b.lt_last_stamp_ms = static_cast<u32>(sk.delivered_mstamp / 1000);
  b.lt_last_delivered = sk.delivered;
  b.lt_last_lost = sk.lost;
  b.lt_rounds = 0;
}

void reset_lt_sampling(tcp_sock& sk) {
  model& b = of(sk);
  b.lt_bw = 0;
  b.lt_use_bw = b.lt_is_sampling = false;
  reset_lt_interval(sk);
}

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

// ---- the model

void update_bw(tcp_sock& sk, const rate_sample& rs) {
  model& b = of(sk);
  b.round_start = false;
  if (rs.delivered < 0 || rs.interval_us <= 0) return;
  if (!before(rs.prior_delivered, b.next_round_delivered)) {
    b.next_round_delivered = sk.delivered;
    ++b.rounds;
    b.round_start = true;
    b.packet_conservation = false;
  }
  lt_sampling(sk, rs);
  const u64 bw = static_cast<u64>(rs.delivered) * bw_unit / static_cast<u64>(rs.interval_us);
  // What a sender without data did says something only when it was fast.
  if (!rs.is_app_limited || bw >= max_bw(b)) b.bw.update(bw_rounds, b.rounds, static_cast<u32>(bw));
}

// How much more than the rate's worth was acknowledged at once.
void update_ack_aggregation(tcp_sock& sk, const rate_sample& rs) {
  model& b = of(sk);
  if (!rs.acked_sacked || rs.delivered < 0 || rs.interval_us <= 0) return;
  if (b.round_start) {
    b.extra_acked_rounds = static_cast<u8>(std::min(0x1f, b.extra_acked_rounds + 1));
    if (b.extra_acked_rounds >= extra_acked_window_rounds) {
      b.extra_acked_rounds = 0;
      b.extra_acked_index ^= 1;
      b.extra_acked[b.extra_acked_index] = 0;
    }
  }
  const u32 epoch_us = tcp_stamp_us_delta(sk.delivered_mstamp, b.ack_epoch_us);
  u32 expected = static_cast<u32>(u64{bandwidth(b)} * epoch_us / bw_unit);
  if (b.ack_epoch_acked <= expected ||
      b.ack_epoch_acked + rs.acked_sacked >= ack_epoch_reset_threshold) {
    b.ack_epoch_acked = 0;
    b.ack_epoch_us = sk.delivered_mstamp;
    expected = 0;
  }
  b.ack_epoch_acked = std::min(0xfffffu, b.ack_epoch_acked + rs.acked_sacked);
  const u32 extra = std::min(b.ack_epoch_acked - expected, sk.snd_cwnd);
  u16& best = b.extra_acked[b.extra_acked_index];
  if (extra > best) best = static_cast<u16>(std::min(extra, 0xffffu));
}

void check_full_bw_reached(const tcp_sock& sk, model& b, const rate_sample& rs) {
  if (b.full_bw_reached || !b.round_start || rs.is_app_limited) return;
  const u32 enough = static_cast<u32>(u64{b.full_bw} * full_bw_threshold >> 8);
  if (max_bw(b) >= enough) {
    b.full_bw = max_bw(of(sk));
    b.full_bw_count = 0;
    return;
  }
  ++b.full_bw_count;
  b.full_bw_reached = b.full_bw_count >= full_bw_rounds;
}

void check_drain(tcp_sock& sk) {
  model& b = of(sk);
  if (b.phase == mode::startup && b.full_bw_reached) {
    b.phase = mode::drain;
    sk.snd_ssthresh = inflight(sk, max_bw(b), gain_unit);
  }
  if (b.phase == mode::drain &&
      packets_in_net_at_edt(sk, tcp_packets_in_flight(sk)) <= inflight(sk, max_bw(b), gain_unit))
    reset_mode(sk);
}

void check_probe_rtt_done(tcp_sock& sk) {
  model& b = of(sk);
  if (!b.probe_rtt_done_ms || static_cast<s32>(now_ms(sk) - b.probe_rtt_done_ms) <= 0) return;
  b.min_rtt_stamp_ms = now_ms(sk);
  sk.snd_cwnd = std::max(sk.snd_cwnd, b.prior_cwnd);
  reset_mode(sk);
}

void update_min_rtt(tcp_sock& sk, const rate_sample& rs) {
  model& b = of(sk);
  const bool expired = static_cast<s32>(now_ms(sk) - (b.min_rtt_stamp_ms + min_rtt_window_ms)) > 0;
  if (rs.rtt_us >= 0 &&
      (rs.rtt_us < static_cast<s64>(b.min_rtt_us) || (expired && !rs.is_ack_delayed))) {
    b.min_rtt_us = static_cast<u32>(rs.rtt_us);
    b.min_rtt_stamp_ms = now_ms(sk);
  }
  if (expired && !b.idle_restart && b.phase != mode::probe_rtt) {
    b.phase = mode::probe_rtt;
    save_cwnd(sk);
    b.probe_rtt_done_ms = 0;
  }
  if (b.phase == mode::probe_rtt) {
    const u32 limited =
        sk.delivered + tcp_packets_in_flight(sk);  // so little was not the path's fault
    sk.app_limited = limited ? limited : 1;
    if (!b.probe_rtt_done_ms && tcp_packets_in_flight(sk) <= cwnd_min_target) {
      b.probe_rtt_done_ms = now_ms(sk) + probe_rtt_ms;
      b.probe_rtt_round_done = false;
      b.next_round_delivered = sk.delivered;
    } else if (b.probe_rtt_done_ms) {
      if (b.round_start) b.probe_rtt_round_done = true;
      if (b.probe_rtt_round_done) check_probe_rtt_done(sk);
    }
  }
  if (rs.delivered > 0) b.idle_restart = false;
}

void update_gains(model& b) {
  switch (b.phase) {
    case mode::startup: b.pacing_gain = b.cwnd_gain = high_gain; return;
    case mode::drain:
      b.pacing_gain = drain_gain;
      b.cwnd_gain = high_gain;
      return;
    case mode::probe_bw:
      b.pacing_gain = b.lt_use_bw ? gain_unit : pacing_gains[b.cycle_index];
      b.cwnd_gain = cwnd_gain;
      return;
    case mode::probe_rtt: b.pacing_gain = b.cwnd_gain = gain_unit; return;
  }
}

// ---- what TCP calls

void bbr_main(tcp_sock& sk, const rate_sample& rs) {
  model& b = of(sk);
  update_bw(sk, rs);
  update_ack_aggregation(sk, rs);
  update_cycle_phase(sk, rs);
  check_full_bw_reached(sk, b, rs);
  check_drain(sk);
  update_min_rtt(sk, rs);
  update_gains(b);
  const u32 bw = bandwidth(b);
  set_pacing_rate(sk, bw, b.pacing_gain);
  set_cwnd(sk, rs, rs.acked_sacked, bw, b.cwnd_gain);
}

void bbr_init(tcp_sock& sk) {
  model& b = *new (sk.ca_priv.data()) model{};
  sk.snd_ssthresh = TCP_INFINITE_SSTHRESH;
  b.next_round_delivered = sk.delivered;
  b.min_rtt_us = tcp_min_rtt(sk);
  b.min_rtt_stamp_ms = now_ms(sk);
  b.bw.reset(b.rounds, 0);
  init_pacing_rate_from_rtt(sk);
  reset_lt_sampling(sk);
  b.phase = mode::startup;
  b.ack_epoch_us = sk.tcp_mstamp;
  sk.pacing_needed = true;
}

void bbr_cwnd_event(tcp_sock& sk, tcp_ca_event e) {
  model& b = of(sk);
  if (e != tcp_ca_event::tx_start || !sk.app_limited) return;
  b.idle_restart = true;
  b.ack_epoch_us = sk.tcp_mstamp;
  b.ack_epoch_acked = 0;
  // After a pause the rate is known: no burst, and no probing.
  if (b.phase == mode::probe_bw)
    set_pacing_rate(sk, bandwidth(b), gain_unit);
  else if (b.phase == mode::probe_rtt)
    check_probe_rtt_done(sk);
}

// An undone loss: the pipe may not have been full after all.
u32 bbr_undo_cwnd(tcp_sock& sk) {
  model& b = of(sk);
  b.full_bw = 0;
  b.full_bw_count = 0;
  reset_lt_sampling(sk);
  return sk.snd_cwnd;
}

u32 bbr_ssthresh(tcp_sock& sk) {
  save_cwnd(sk);
  return sk.snd_ssthresh;
}

void bbr_set_state(tcp_sock& sk, tcp_ca_state now) {
  if (now != TCP_CA_Loss) return;
  model& b = of(sk);
  b.prev_ca_state = TCP_CA_Loss;
  b.full_bw = 0;
  b.round_start = true;  // a timer that ran out is as long as a round trip
  rate_sample lost;
  lost.losses = 1;
  lt_sampling(sk, lost);
}

size_t bbr_get_info(const tcp_sock& sk, int& attr, tcp_cc_info& info) {
  const model& b = of(sk);
  const u64 bw = u64{bandwidth(b)} * sk.mss_cache * 1'000'000 >> bw_scale;
  attr = INET_DIAG_BBRINFO;
  info.bbr = {.bbr_bw_lo = static_cast<u32>(bw),
              .bbr_bw_hi = static_cast<u32>(bw >> 32),
              .bbr_min_rtt = b.min_rtt_us,
              .bbr_pacing_gain = b.pacing_gain,
              .bbr_cwnd_gain = b.cwnd_gain};
  return sizeof info.bbr;
}

}  // namespace

const tcp_congestion_ops tcp_bbr_cong_ops = {.name = "bbr",
                                             .ssthresh = bbr_ssthresh,
                                             .undo_cwnd = bbr_undo_cwnd,
                                             .init = bbr_init,
                                             .set_state = bbr_set_state,
                                             .cwnd_event = bbr_cwnd_event,
                                             .cong_control = bbr_main,
                                             .min_tso_segs = bbr_min_tso_segs,
                                             .sndbuf_expand = 3,
                                             .get_info = bbr_get_info};

}  // namespace linnet
