// TCP Fast Open (RFC 7413): data in the SYN, from a client that can show a cookie the server gave it before. The server's
// part, passive, makes the connection at once and keeps the request with it until the handshake has ended; the client's,
// active, keeps cookies in the cache of metrics (tcp_metrics.hh) and stops asking for a while where a network seems to
// swallow such SYNs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/endian.hh"
#include "base/list.hh"
#include "base/result.hh"
#include "base/siphash.hh"
#include "net/core/sk_buff.hh"
#include "net/ipv4/tcp_metrics.hh"

namespace linnet {

struct net;
struct tcp_sock;
struct tcp_request_sock;
struct tcp_table;

// net.ipv4.tcp_fastopen.
inline constexpr s64 TFO_CLIENT_ENABLE = 1, TFO_SERVER_ENABLE = 2, TFO_CLIENT_NO_COOKIE = 4,
                     TFO_SERVER_COOKIE_NOT_REQD = 0x200, TFO_SERVER_WO_SOCKOPT1 = 0x400;
// tcpi_fastopen_client_fail.
inline constexpr u8 TFO_COOKIE_UNAVAILABLE = 1, TFO_DATA_NOT_ACKED = 2, TFO_SYN_RETRANSMITTED = 3;

inline constexpr u32 TCP_FASTOPEN_KEY_LENGTH = 16;

// What cookies are made with: the first key; those made with the second are still taken.
struct tcp_fastopen_context {
  std::array<siphash_key, 2> key{};
  u32 num = 0;
};

// A listener's connections whose handshake has not ended (struct fastopen_queue), and the requests that a reset has ended:
// these count for a minute, so that who sends SYNs in others' names soon reaches the limit.
struct tcp_fastopen_queue {
  u32 max_qlen = 0, qlen = 0;
  std::optional<tcp_fastopen_context> ctx;
  list<tcp_request_sock> pending, reset;
};

// What a namespace has of it: its keys, and since when and how often clients have had to do without.
struct tcp_fastopen_state {
  std::optional<tcp_fastopen_context> ctx;
  ktime active_disable_stamp = 0;
  u32 active_disable_times = 0;
};

// What is to go with the SYN (struct tcp_fastopen_request).
struct tcp_fastopen_request {
  tcp_fastopen_cookie cookie{.len = 0};
  const_bytes data;   // while the call that brought it lasts
  size_t copied = 0;  // of it, into the SYN
};

// ---- keys
void tcp_fastopen_init_key_once(tcp_table&, net&);
std::string tcp_fastopen_show_key(net&);
status tcp_fastopen_store_key(net&, std::string_view text);
status tcp_fastopen_set_key(tcp_sock&, const_bytes keys);
result<u32> tcp_fastopen_get_key(const tcp_sock&, bytes out);

// ---- passive
void tcp_fastopen_queue_tune(tcp_sock& sk, u32 backlog);
// net.ipv4.tcp_fastopen may make any listener one for Fast Open.
void tcp_fastopen_listen(tcp_sock& sk, u32 backlog);
// The listener ends: its connections stand on their own.
void tcp_fastopen_listen_stop(tcp_sock& sk);
// The connection for a SYN that may have one at once, or null. `foc`: what the option said, then what the answer's is to
// say. Takes the request over when it makes one.
tcp_sock* tcp_try_fastopen(tcp_sock& listener, const sk_buff& syn,
                           std::unique_ptr<tcp_request_sock>& req, tcp_fastopen_cookie& foc);
// Lets go of the request that stood by the connection; `reset`: the peer ended it.
void reqsk_fastopen_remove(tcp_sock& child, bool reset);
void tcp_fastopen_synack_timer(tcp_sock& sk);
// What came with a SYN or its answer goes to the reader.
void tcp_fastopen_add_skb(tcp_sock&, const sk_buff&);

// ---- active
// send(2) with MSG_FASTOPEN, or the first one after a deferred connect: connects. Returns how much went with the SYN;
// EINPROGRESS when the rest has to wait.
result<size_t> tcp_sendmsg_fastopen(tcp_sock&, const_bytes name, const_bytes data);
// connect(2) under TCP_FASTOPEN_CONNECT: true when the SYN waits for data.
bool tcp_fastopen_defer_connect(tcp_sock&);
bool tcp_fastopen_cookie_check(tcp_sock&, u16& mss, tcp_fastopen_cookie&);
// The answer to a SYN that had the option or data. True: the data has to go again.
bool tcp_rcv_fastopen_synack(tcp_sock&, const sk_buff& synack, tcp_fastopen_cookie&);
void tcp_fastopen_active_detect_blackhole(tcp_sock&, bool expired);
void tcp_fastopen_active_disable_ofo_check(tcp_sock&);

}  // namespace linnet
