// How fast BBR sends, and how much it lets be on its way: by the model's rate and least round trip, with room for what is cut
// and put together at both ends, and for acks that come in heaps.
#include "net/ipv4/tcp_bbr.hh"

namespace linnet::bbr {
namespace {

constexpr u32 min_tso_rate = 1'200'000 / 8;  // below it, segments go alone
constexpr u32 pacing_margin_percent = 1;
constexpr u32 gso_bytes = 65536 - 1 - 320;  // of a unit, whatever the device takes
constexpr u32 extra_acked_gain = gain_unit, extra_acked_max_us = 100'000;

}  // namespace

// ---- pacing

u64 bytes_per_second(const tcp_sock& sk, u64 rate, u32 gain) {
  rate *= sk.mss_cache;
  rate *= gain;
  rate /= gain_unit;
  rate *= 1'000'000 / 100 * (100 - pacing_margin_percent);
  return rate >> bw_scale;
}

namespace {

u64 pacing_rate(const tcp_sock& sk, u32 bw, u32 gain) {
  return std::min(bytes_per_second(sk, bw, gain), sk.max_pacing_rate);
}

}  // namespace

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

u32 min_tso_segs(const tcp_sock& sk) { return sk.pacing_rate < min_tso_rate ? 1 : 2; }

namespace {

u32 tso_segs_goal(const tcp_sock& sk) {
  const u64 bytes = std::min<u64>(sk.pacing_rate >> 10, gso_bytes);
  const u32 segs = std::max(static_cast<u32>(bytes / sk.mss_cache), min_tso_segs(sk));
  return std::min(segs, 0x7fu);
}

}  // namespace

// ---- the window

void save_cwnd(tcp_sock& sk) {
  model& b = of(sk);
  if (b.prev_ca_state < TCP_CA_Recovery && b.phase != mode::probe_rtt)
    b.prior_cwnd = sk.snd_cwnd;
  else
    b.prior_cwnd = std::max(b.prior_cwnd, sk.snd_cwnd);
}

namespace {

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

}  // namespace

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

namespace {

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

}  // namespace

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

}  // namespace linnet::bbr
