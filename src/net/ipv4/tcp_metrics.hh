// What TCP remembers of the hosts it has spoken to, by both addresses: round trips, windows, reordering, and what Fast
// Open needs to know of a server. A connection leaves its experience here when it ends (tcp_update_metrics) and a later
// one begins with it (tcp_init_metrics); `ip tcp_metrics` shows it (tcp_metrics_netlink.cc). What a route says of the
// same things is copied in when an entry is made, and prevails where the route locks it.
#pragma once

#include <linux/tcp_metrics.h>

#include <array>
#include <map>
#include <utility>

#include "base/endian.hh"
#include "base/list.hh"
#include "time/ktime.hh"

namespace linnet {

struct rtable;
struct tcp_request_sock;
struct tcp_sock;
struct world;

// A Fast Open cookie, or what an option says instead of one.
struct tcp_fastopen_cookie {
  static constexpr u32 min_size = 4, max_size = 16;
  int len = -1;      // -1: no option; 0: asks for a cookie
  bool exp = false;  // in the experimental option
  std::array<std::byte, max_size> val{};
};

// What Fast Open knows of a server (struct tcp_fastopen_metrics).
struct tcp_fastopen_metrics {
  u16 mss = 0;
  u16 syn_loss = 0;  // SYNs with data that went unanswered, in a row
  u8 try_exp = 0;    // which option to ask with: 1 the experimental one, 2 the other after all
  ktime last_syn_loss = 0;
  tcp_fastopen_cookie cookie{.len = 0};
};

inline constexpr size_t tcp_metrics_kept = TCP_METRIC_REORDERING + 1;

// The two ends of a connection.
struct tcp_metrics_key {
  be32 daddr, saddr;
  bool operator<(const tcp_metrics_key& o) const {
    return std::pair(daddr.host(), saddr.host()) < std::pair(o.daddr.host(), o.saddr.host());
  }
};

struct tcp_metrics_block : list_node<> {
  tcp_metrics_key ends;
  ktime stamp = 0;  // of the last connection that left something
  u32 lock = 0;     // a bit per metric that the route fixes
  // Round trips are scaled as in tcp_sock: eight times, and four times for the variance; us.
  std::array<u32, tcp_metrics_kept> vals{};
  tcp_fastopen_metrics fastopen;

  bool locked(tcp_metric_index i) const { return lock >> i & 1; }
};

class tcp_metrics_table {
 public:
  using key = tcp_metrics_key;
  using map = std::map<key, tcp_metrics_block>;

  tcp_metrics_block* find(const key& k);
  // The oldest gives way when there are too many.
  tcp_metrics_block& make(const key& k);
  // A connection has left something: the entry is the newest now.
  void touch(tcp_metrics_block&, ktime now);
  map::iterator erase(map::iterator i) { return by_host_.erase(i); }
  void clear() { by_host_.clear(); }
  const map& all() const { return by_host_; }
  map& all() { return by_host_; }

 private:
  map by_host_;
  list<tcp_metrics_block> by_age_;  // the oldest first
};

void tcp_init_metrics(tcp_sock&);
void tcp_update_metrics(tcp_sock&);
// Whether the peer of a request is known to exist.
bool tcp_peer_is_proven(const tcp_request_sock&);
// What is known for Fast Open: changes only what is known.
void tcp_fastopen_cache_get(tcp_sock&, u16& mss, tcp_fastopen_cookie&);
void tcp_fastopen_cache_set(tcp_sock&, u16 mss, const tcp_fastopen_cookie*, bool syn_lost,
                            u8 try_exp);
void tcp_metrics_init(world&);  // the family tcp_metrics

}  // namespace linnet
