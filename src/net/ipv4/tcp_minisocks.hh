// What there is of a connection before it has a sock, and when it has none any more (tcp_minisocks.cc).
#pragma once

#include <cassert>
#include <memory>
#include <vector>

#include "base/list.hh"
#include "net/ipv4/tcp_ehash.hh"
#include "net/ipv4/tcp_md5.hh"
#include "time/timer.hh"

namespace linnet {

struct net;
struct tcp_sock;
struct tcp_accept_tag;

// A connection that a listener has heard of and answered (struct tcp_request_sock).
struct tcp_request_sock : tcp_endpoint, timer, list_node<> {
  explicit tcp_request_sock(tcp_sock& l);
  ~tcp_request_sock() { assert(!hashed); }

  tcp_sock* listener;         // null when it is no more and the connection lives on (Fast Open)
  tcp_sock* child = nullptr;  // Fast Open's connection, which then has this
  tcp_sock& sk() const;       // whose settings hold for it
  u32 rcv_isn = 0, snt_isn = 0, rcv_nxt = 0;
  u32 ts_off = 0, ts_recent = 0, snt_synack_ms = 0;
  u64 snt_synack = 0;  // us
  u32 rcv_wnd = 0, window_clamp = 0;
  u16 mss = 0, iif = 0;
  u8 snd_wscale = 0, rcv_wscale = 0, tos = 0;
  bool tstamp_ok = false, sack_ok = false, wscale_ok = false, ecn_ok = false, acked = false;
  u8 num_retrans = 0, num_timeout = 0;
  ktime timeout = ns_per_sec, last_oow_ack = 0;  // TCP_TIMEOUT_INIT to begin with
  u32 mark = 0;
  u64 cookie = 0;          // the connection will have it, too
  ktime counts_until = 0;  // on tcp_fastopen_queue::reset
  std::vector<std::byte> saved_syn{};
};

// What is left of a connection that might still be spoken to (struct tcp_timewait_sock).
struct tcp_timewait_sock : tcp_endpoint, timer, list_node<> {
  tcp_timewait_sock(net& n);
  net& ns;
  u8 substate = 0;  // TCP_FIN_WAIT2 or TCP_TIME_WAIT
  u32 rcv_nxt = 0, snd_nxt = 0, rcv_wnd = 0, ts_offset = 0, ts_recent = 0, ts_recent_stamp = 0,
      mark = 0;
  u32 uid = 0;
  u64 cookie = 0;  // the connection's
  ktime last_oow_ack = 0;
  std::unique_ptr<const tcp_md5sig_key> md5;
  u8 rcv_wscale = 0, tos = 0;
  bool tstamp_ok = false, transparent = false;
  bool reuseport = false;
};

// A listener's connections on their way to it.
struct request_sock_queue {
  list<tcp_sock, tcp_accept_tag> accepted;  // made, and nobody took them yet
  list<tcp_request_sock> requests;
  u32 qlen = 0;           // requests
  u32 young = 0;          // those whose answer was sent once
  u64 synq_overflow = 0;  // when cookies were last sent, ns
};

}  // namespace linnet
