// What the parts of BBR share: its model of the path. tcp_bbr.cc keeps it and goes through the phases, tcp_bbr_cwnd.cc says how
// fast and how much is sent by it, tcp_bbr_lt.cc finds policers.
//
// Bandwidths are packets a microsecond, times 2^24; gains are of 256.
#pragma once

#include "base/win_minmax.hh"
#include "net/ipv4/tcp.hh"

namespace linnet::bbr {

inline constexpr u32 bw_scale = 24, bw_unit = 1u << bw_scale;
inline constexpr u32 gain_unit = 256;
inline constexpr u32 high_gain =
    gain_unit * 2885 / 1000 + 1;  // 2/ln 2: the least that doubles each round trip
inline constexpr u32 cwnd_min_target = 4;

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
inline model& of(tcp_sock& sk) { return *reinterpret_cast<model*>(sk.ca_priv.data()); }
inline const model& of(const tcp_sock& sk) { return of(const_cast<tcp_sock&>(sk)); }

inline u32 now_ms(const tcp_sock& sk) { return tcp_jiffies(sk.ns); }

inline u32 max_bw(const model& b) { return b.bw.get(); }
inline u32 bandwidth(const model& b) { return b.lt_use_bw ? b.lt_bw : max_bw(b); }

// ---- tcp_bbr.cc

// The phase that follows startup, drain and probe_rtt.
void reset_mode(tcp_sock&);

// ---- tcp_bbr_cwnd.cc

u64 bytes_per_second(const tcp_sock&, u64 rate, u32 gain);
void init_pacing_rate_from_rtt(tcp_sock&);
void set_pacing_rate(tcp_sock&, u32 bw, u32 gain);
u32 min_tso_segs(const tcp_sock&);
// Remembers the window from before a recovery or a probe for the round trip.
void save_cwnd(tcp_sock&);
void set_cwnd(tcp_sock&, const rate_sample&, u32 acked, u32 bw, u32 gain);
// How many packets are on their way at that rate, with what is cut and put together; how many will be when the next is
// due to leave.
u32 inflight(const tcp_sock&, u32 bw, u32 gain);
u32 packets_in_net_at_edt(const tcp_sock&, u32 inflight_now);

// ---- tcp_bbr_lt.cc

void reset_lt_sampling(tcp_sock&);
void lt_sampling(tcp_sock&, const rate_sample&);

}  // namespace linnet::bbr
