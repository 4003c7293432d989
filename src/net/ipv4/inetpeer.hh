// What is remembered of the hosts that this one has sent errors to: how many more they may get, and how often they
// ignored a redirect (struct inet_peer). Errors, redirects and unreachable destinations draw on the same tokens.
#pragma once

#include <memory>
#include <unordered_map>

#include "base/endian.hh"
#include "base/list.hh"
#include "time/ktime.hh"

namespace linnet {

struct net;

struct inet_peer : list_node<> {
  u64 key;
  ktime rate_tokens = 0;
  ktime rate_last = 0;
  ktime dtime = 0;      // last asked for
  u32 n_redirects = 0;  // sent in a row, to no avail
  u32 rid = 0;          // fragments that came from it
};

struct inet_peer_base {
  std::unordered_map<u64, std::unique_ptr<inet_peer>> by_key;  // never walked
  list<inet_peer> by_use;                                      // the longest unused first
};

// The peer `daddr` on the l3 master device `vif` (0: none), made when it isn't known (inet_getpeer_v4). Valid until the
// next call: old ones make room.
inet_peer& inet_getpeer_v4(net&, be32 daddr, int vif = 0);

// Whether one more error may go to it, with one each `timeout` and six in a burst (inet_peer_xrlim_allow).
bool inet_peer_xrlim_allow(inet_peer&, ktime now, ktime timeout);

}  // namespace linnet
