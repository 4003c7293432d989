// Congestion control: what TCP tells an algorithm, what the algorithm decides, and the algorithms by name, as sockets
// (TCP_CONGESTION), routes (RTAX_CC_ALGO) and settings refer to them. Rates are bytes a second, times microseconds,
// windows segments.
//
// An algorithm is one table of functions and a few words of state in the socket. Those that shrink and grow the window
// have ssthresh and cong_avoid; one that steers by its own model has cong_control, and is then alone with it.
#pragma once

#include <linux/inet_diag.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "base/types.hh"

namespace linnet {

struct net;
struct tcp_sock;

// What one ack delivered (struct rate_sample).
struct rate_sample {
  u64 prior_mstamp = 0;  // start of the interval
  u32 prior_delivered = 0, prior_delivered_ce = 0;
  s32 delivered = -1, delivered_ce = 0;
  s64 interval_us = -1;
  u32 snd_interval_us = 0, rcv_interval_us = 0;
  s64 rtt_us = -1;
  s32 losses = 0;
  u32 acked_sacked = 0, prior_in_flight = 0, last_end_seq = 0;
  bool is_app_limited = false, is_retrans = false, is_ack_delayed = false;
};

enum tcp_ca_state : u8 { TCP_CA_Open, TCP_CA_Disorder, TCP_CA_CWR, TCP_CA_Recovery, TCP_CA_Loss };
enum class tcp_ca_event : u8 { tx_start, cwnd_restart, complete_cwr, loss, ecn_no_ce, ecn_is_ce };

// struct tcp_congestion_ops. State lives in tcp_sock::ca_priv. Null where an algorithm has nothing to say.
struct tcp_congestion_ops {
  const char* name;
  bool restricted = false;  // for who has CAP_NET_ADMIN
  bool needs_ecn = false;   // all its packets are ECN capable
  u32 (*ssthresh)(tcp_sock&);
  void (*cong_avoid)(tcp_sock&, u32 ack, u32 acked) = nullptr;
  u32 (*undo_cwnd)(tcp_sock&);
  void (*init)(tcp_sock&) = nullptr;
  void (*set_state)(tcp_sock&, tcp_ca_state) = nullptr;
  void (*cwnd_event)(tcp_sock&, tcp_ca_event) = nullptr;
  void (*pkts_acked)(tcp_sock&, u32 pkts, s64 rtt_us) = nullptr;
  void (*in_ack_event)(tcp_sock&) = nullptr;  // of each ack, after what it takes off the queue
  void (*cong_control)(tcp_sock&,
                       const rate_sample&) = nullptr;  // decides window and pacing rate by itself
  u32 (*min_tso_segs)(const tcp_sock&) = nullptr;
  u32 sndbuf_expand = 2;  // windows that the send buffer has room for
  // What INET_DIAG and TCP_CC_INFO tell: its length, and which attribute it goes in.
  size_t (*get_info)(const tcp_sock&, int& attr, tcp_cc_info&) = nullptr;
};
inline constexpr size_t tcp_ca_priv_size = 128;

extern const tcp_congestion_ops tcp_reno, cubictcp, tcp_bbr_cong_ops, dctcp, dctcp_reno;

// ---- by name. Reno and CUBIC are there from the start; others come when they are asked for, as modules do.

inline constexpr u32 TCP_CA_UNSPEC = 0;
// The algorithms of a world, in the order in which they came.
struct tcp_ca_registry {
  struct entry {
    const tcp_congestion_ops* ops;
    bool restricted;
  };
  std::vector<entry> all;
  tcp_ca_registry();
};
// Null when there is none of that name.
const tcp_congestion_ops* tcp_ca_find_autoload(const net&, std::string_view name);
// What a route keeps for a name: TCP_CA_UNSPEC when there is no such algorithm.
u32 tcp_ca_get_key_by_name(const net&, std::string_view name);
std::string_view tcp_ca_get_name_by_key(u32 key);
const tcp_congestion_ops* tcp_ca_find_key(u32 key);
// ENOENT; EPERM for a restricted one elsewhere than in the first namespace, whose choice makes it everybody's.
status tcp_set_default_congestion_control(net&, std::string_view name);
std::string tcp_get_available_congestion_control(const net&);
std::string tcp_get_allowed_congestion_control(const net&);

// ---- for a socket
void tcp_assign_congestion_control(tcp_sock&);
void tcp_init_congestion_control(tcp_sock&);
// What the route to the peer asks for (tcp_ca_dst_init). True when it asked for one.
bool tcp_ca_dst_init(tcp_sock&);
status tcp_set_congestion_control(tcp_sock&, std::string_view name);

// ---- for the algorithms (RFC 5681)
bool tcp_is_cwnd_limited(const tcp_sock&);
u32 tcp_slow_start(tcp_sock&, u32 acked);  // returns what goes past the threshold
void tcp_cong_avoid_ai(tcp_sock&, u32 w, u32 acked);
void tcp_reno_cong_avoid(tcp_sock&, u32 ack, u32 acked);
u32 tcp_reno_ssthresh(tcp_sock&);
u32 tcp_reno_undo_cwnd(tcp_sock&);

}  // namespace linnet
