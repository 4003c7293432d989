// Learning, finding and forgetting exceptions; path MTUs. Redirects are in route_redirect.cc.
#include "net/ipv4/fib_exceptions.hh"

#include <algorithm>

#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {
namespace {

using exception_map = decltype(fib_exceptions::by_bucket);

std::pair<u32, u32> key_of(be32 daddr) {
  const u32 a = daddr.host();
  u32 h = a * 0x9e3779b1u;
  h ^= h >> 15;
  h *= 0x85ebca6bu;
  return {h % fib_exceptions::buckets, a};
}

void flush_routes(net& n, fib_nh_exception& e) {
  // A packet of the present burst may still be on its way by them.
  rt_cache_store(n, e.rth_input, nullptr);
  rt_cache_store(n, e.rth_output, nullptr);
}

void ip_del_fnhe(net& n, exception_map& all, exception_map::iterator it) {
  flush_routes(n, it->second);
  all.erase(it);
}

// fnhe_remove_oldest, until the bucket of `key` has room for one more.
void make_room(net& n, exception_map& all, std::pair<u32, u32> key) {
  const auto from = all.lower_bound({key.first, 0}), to = all.lower_bound({key.first + 1, 0});
  size_t depth = static_cast<size_t>(std::distance(from, to));
  if (depth <= fib_exceptions::reclaim_depth) return;
  const size_t most = fib_exceptions::reclaim_depth + n.c.rand.below(fib_exceptions::reclaim_depth);
  for (; depth > most; --depth) {
    const auto end = all.lower_bound({key.first + 1, 0});
    ip_del_fnhe(n, all,
                std::min_element(all.lower_bound({key.first, 0}), end,
                                 [](auto& a, auto& b) { return a.second.stamp < b.second.stamp; }));
  }
}

void fill_route_from_fnhe(rtable& rt, const fib_nh_exception& e) {
  rt.rt_pmtu = e.pmtu;
  rt.rt_mtu_locked = e.mtu_locked;
  rt.expires = e.expires;
  if (!e.gw) return;
  rt.rt_flags |= RTCF_REDIRECTED;
  rt.rt_gw_family = AF_INET;
  rt.rt_gw4 = e.gw;
  rt.neigh = {};
}

void mark_stale(const ref<dst_entry>& slot) {
  if (slot) slot->obsolete = true;
}

// __ip_rt_update_pmtu: to `fl`'s destination, which now goes by `rt`.
void update_pmtu(net& n, const rtable& rt, flowi4 fl, u32 mtu) {
  const auto& v4 = ipv4_of(n);
  const u32 old = rt_mtu(rt), least = static_cast<u32>(v4.sysctl_ip_rt_min_pmtu);
  if (ip_mtu_locked(rt) || old < mtu) return;
  const ktime now = n.w.now(), life = secs(v4.sysctl_ip_rt_mtu_expires);
  const bool lock = mtu < least;
  if (lock) mtu = std::min(old, least);
  if (rt.rt_pmtu == mtu && !lock && now < rt.expires - life / 2) return;
  auto res = fib_lookup(n, fl);
  if (!res) return;
  fib_select_path(n, *res, fl, nullptr);
  if (res->nh) update_or_create_fnhe(n, *res->nh, fl.daddr, be32(), mtu, lock, now + life);
}

void update_by(net& n, flowi4 fl, u32 mtu) {
  flowi4 asked = fl;
  if (auto rt = ip_route_output_key(n, asked)) update_pmtu(n, **rt, fl, mtu);
}

}  // namespace

void update_or_create_fnhe(net& n, const fib_nh& nh, be32 daddr, be32 gw, u32 pmtu, bool lock,
                           ktime expires) {
  if (!nh.exceptions) nh.exceptions = {new fib_exceptions, [](fib_exceptions* e) { delete e; }};
  auto& all = nh.exceptions->by_bucket;
  const auto key = key_of(daddr);
  auto it = all.find(key);
  const bool known = it != all.end();
  if (!known) {
    make_room(n, all, key);
    it = all.try_emplace(key).first;
  }
  fib_nh_exception& e = it->second;
  e.daddr = daddr;
  e.genid = ipv4_of(n).fnhe_genid;
  if (gw) e.gw = gw;
  if (pmtu) {
    e.pmtu = pmtu;
    e.mtu_locked = lock;
  }
  e.expires = std::max(ktime{1}, expires);
  if (known) {
    for (auto* slot : {&e.rth_input, &e.rth_output})
      if (*slot) fill_route_from_fnhe(static_cast<rtable&>(**slot), e);
  } else {
    // Who holds a route of the next hop looks again whether the exception is for him.
    mark_stale(nh.rth_input);
    mark_stale(nh.rth_output);
  }
}

fib_nh_exception* find_exception(net& n, const fib_nh& nh, be32 daddr) {
  if (likely(!nh.exceptions)) return nullptr;
  auto& all = nh.exceptions->by_bucket;
  const auto it = all.find(key_of(daddr));
  if (it == all.end()) return nullptr;
  if (!it->second.expires || n.w.now() <= it->second.expires) return &it->second;
  ip_del_fnhe(n, all, it);
  return nullptr;
}

void rt_bind_exception(net& n, rtable& rt, fib_nh_exception& e, bool cache) {
  if (const u32 genid = ipv4_of(n).fnhe_genid; e.genid != genid) {
    flush_routes(n, e);
    e.genid = genid;
    e.gw = be32();
    e.pmtu = 0;
    e.expires = 0;
    e.mtu_locked = false;
  }
  fill_route_from_fnhe(rt, e);
  if (!cache) return;
  rt_cache_store(n, rt.rt_is_input ? e.rth_input : e.rth_output, &rt);
  e.stamp = n.w.now();
}

void ipv4_update_pmtu(net& n, const iphdr& quoted, u32 mtu, u8 protocol) {
  update_by(n, flow_of_quoted(quoted, protocol), mtu);
}

void ipv4_sk_update_pmtu(const inet_sock& sk, const iphdr& quoted, u32 mtu) {
  update_by(sk.ns, flow_of_quoted(sk, quoted), mtu);
}

flowi4 flow_of_quoted(const iphdr& quoted, u8 protocol) {
  flowi4 fl;
  fl.iif = LOOPBACK_IFINDEX;
  fl.daddr = quoted.daddr;
  fl.saddr = quoted.saddr;
  fl.tos = quoted.tos & IPTOS_RT_MASK;
  fl.proto = protocol;
  return fl;
}

flowi4 flow_of_quoted(const inet_sock& sk, const iphdr& quoted) {
  flowi4 fl = flow_of_quoted(quoted, sk.hdrincl ? u8{IPPROTO_RAW} : quoted.protocol);
  fl.oif = sk.bound_dev_if;
  fl.mark = sk.mark;
  return fl;
}

}  // namespace linnet
