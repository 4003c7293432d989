// BBR (version 1, draft-cardwell-iccrg-bbr-congestion-control-00): the sender keeps a model of the path, its greatest delivery
// rate of late and its least round trip, and sends at that rate with about that much on its way, whatever is lost.
//
//   startup    doubles the rate each round trip, until three in a row bring no quarter more
//   drain      takes out again what startup left in the queue
//   probe_bw   the rate, but for one phase in eight a quarter faster, and after it as long a quarter slower
//   probe_rtt  four packets for 200 ms, when no shorter round trip was seen for ten seconds
#include <linux/tcp.h>

#include "net/ipv4/tcp_bbr.hh"

namespace linnet {

namespace bbr {
namespace {

constexpr u32 drain_gain = gain_unit * 1000 / 2885;
constexpr u32 cwnd_gain = gain_unit * 2;
constexpr u32 cycle_length = 8, cycle_random = 7;
constexpr std::array<u32, cycle_length> pacing_gains = {
    gain_unit * 5 / 4, gain_unit * 3 / 4, gain_unit, gain_unit,
    gain_unit,         gain_unit,         gain_unit, gain_unit};
constexpr u32 bw_rounds = cycle_length + 2;  // window of the bandwidth filter
constexpr u32 min_rtt_window_ms = 10'000, probe_rtt_ms = 200;
constexpr u32 full_bw_threshold = gain_unit * 5 / 4, full_bw_rounds = 3;
// Acks that come in heaps.
constexpr u32 extra_acked_window_rounds = 5, ack_epoch_reset_threshold = 1u << 20;

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

}  // namespace

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

namespace {

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
}  // namespace bbr

const tcp_congestion_ops tcp_bbr_cong_ops = {.name = "bbr",
                                             .ssthresh = bbr::bbr_ssthresh,
                                             .undo_cwnd = bbr::bbr_undo_cwnd,
                                             .init = bbr::bbr_init,
                                             .set_state = bbr::bbr_set_state,
                                             .cwnd_event = bbr::bbr_cwnd_event,
                                             .cong_control = bbr::bbr_main,
                                             .min_tso_segs = bbr::min_tso_segs,
                                             .sndbuf_expand = 3,
                                             .get_info = bbr::bbr_get_info};

}  // namespace linnet
