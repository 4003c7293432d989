// Peers are kept while memory is plentiful and go by age: the more there are, the sooner (net.ipv4.inet_peer_*, which
// the first namespace sets for all).
#include "net/ipv4/inetpeer.hh"

#include "net/core/world.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {
namespace {

// How long an unused peer may stay: inet_peer_maxttl when there are few, inet_peer_minttl near the threshold.
ktime ttl_of(const netns_ipv4& machine, size_t total) {
  const auto threshold = static_cast<size_t>(std::max(machine.sysctl_inet_peer_threshold, 0));
  if (total >= threshold) return 0;
  const s64 most = machine.sysctl_inet_peer_maxttl, least = machine.sysctl_inet_peer_minttl;
  return secs(most - (most - least) * static_cast<s64>(total) / static_cast<s64>(threshold));
}

void inet_peer_gc(inet_peer_base& base, ktime now, ktime ttl) {
  constexpr int at_once = 32;
  for (int i = 0; i < at_once && !base.by_use.empty(); ++i) {
    inet_peer& oldest = base.by_use.front();
    if (now - oldest.dtime < ttl) return;
    base.by_use.remove(oldest);
    base.by_key.erase(oldest.key);
  }
}

}  // namespace

inet_peer& inet_getpeer_v4(net& n, be32 daddr, int vif) {
  inet_peer_base& base = ipv4_of(n).peers;
  const ktime now = n.w.now();
  const u64 key = u64{static_cast<u32>(vif)} << 32 | daddr.host();
  const auto it = base.by_key.find(key);
  if (it != base.by_key.end()) {
    inet_peer& p = *it->second;
    p.dtime = now;
    base.by_use.remove(p);
    base.by_use.push_back(p);
    return p;
  }
  inet_peer_gc(base, now, ttl_of(ipv4_of(*n.w.init_net), base.by_key.size()));
  auto fresh = std::make_unique<inet_peer>();
  inet_peer& p = *fresh;
  p.key = key;
  p.dtime = now;
  p.rate_last = now - secs(60);  // a full bucket, for any rate in use
  base.by_use.push_back(p);
  base.by_key.emplace(key, std::move(fresh));
  return p;
}

bool inet_peer_xrlim_allow(inet_peer& p, ktime now, ktime timeout) {
  constexpr int burst = 6;
  p.rate_tokens = std::min(p.rate_tokens + (now - p.rate_last), burst * timeout);
  p.rate_last = now;
  if (p.rate_tokens < timeout) return false;
  p.rate_tokens -= timeout;
  return true;
}

}  // namespace linnet
