// Learning, finding and forgetting exceptions.
#include "net/ipv4/fib_exceptions.hh"

#include <algorithm>

#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {
namespace {

void forget(net& n, fib_exceptions& all, std::map<u32, fib_nh_exception>::iterator it) {
  // A packet of the present burst may still be on its way by the route.
  rt_cache_store(n, it->second.rth_output, nullptr);
  all.by_daddr.erase(it);
}

fib_nh_exception& make_exception(net& n, const fib_nh& nh, be32 daddr) {
  if (!nh.exceptions) nh.exceptions = {new fib_exceptions, [](fib_exceptions* e) { delete e; }};
  auto& all = nh.exceptions->by_daddr;
  if (all.size() >= fib_exceptions::fnhe_max && !all.contains(daddr.host())) {
    forget(n, *nh.exceptions,
           std::ranges::min_element(all, {}, [](auto& e) { return e.second.expires; }));
  }
  return all[daddr.host()];
}

// __ip_rt_update_pmtu: to `fl`'s destination, which now goes by `rt`.
void update_pmtu(net& n, const rtable& rt, flowi4 fl, u32 mtu) {
  const auto& v4 = ipv4_of(n);
  const u32 old = rt_mtu(rt), least = static_cast<u32>(v4.sysctl_ip_rt_min_pmtu);
  if (rt.rt_mtu_locked || old < mtu) return;
  const ktime now = n.w.now(), life = secs(v4.sysctl_ip_rt_mtu_expires);
  const bool lock = mtu < least;
  if (lock) mtu = std::min(old, least);
  if (rt.rt_pmtu == mtu && !lock && now < rt.expires - life / 2) return;
  auto res = fib_lookup(n, fl);
  if (!res) return;
  fib_select_path(n, *res, fl, nullptr);
  if (!res->nh) return;
  fib_nh_exception& e = make_exception(n, *res->nh, fl.daddr);
  e.pmtu = mtu;
  e.mtu_locked = lock;
  e.genid = v4.fnhe_genid;
  e.expires = now + life;
  rt_cache_store(n, e.rth_output, nullptr);
  rt_cache_store(n, res->nh->rth_output, nullptr);
}

void update_by(net& n, flowi4 fl, u32 mtu) {
  flowi4 asked = fl;
  if (auto rt = ip_route_output_key(n, asked)) update_pmtu(n, **rt, fl, mtu);
}

flowi4 flow_of(const iphdr& quoted, u8 protocol) {
  flowi4 fl;
  fl.iif = LOOPBACK_IFINDEX;
  fl.daddr = quoted.daddr;
  fl.saddr = quoted.saddr;
  fl.tos = quoted.tos & IPTOS_RT_MASK;
  fl.proto = protocol;
  return fl;
}

}  // namespace

fib_nh_exception* find_exception(net& n, const fib_nh& nh, be32 daddr) {
  if (likely(!nh.exceptions)) return nullptr;
  const auto it = nh.exceptions->by_daddr.find(daddr.host());
  if (it == nh.exceptions->by_daddr.end()) return nullptr;
  if (it->second.genid == ipv4_of(n).fnhe_genid && n.w.now() < it->second.expires)
    return &it->second;
  forget(n, *nh.exceptions, it);
  return nullptr;
}

void ipv4_update_pmtu(net& n, const iphdr& quoted, u32 mtu, u8 protocol) {
  update_by(n, flow_of(quoted, protocol), mtu);
}

void ipv4_sk_update_pmtu(const inet_sock& sk, const iphdr& quoted, u32 mtu) {
  flowi4 fl = flow_of(quoted, sk.hdrincl ? u8{IPPROTO_RAW} : quoted.protocol);
  fl.oif = sk.bound_dev_if;
  fl.mark = sk.mark;
  update_by(sk.ns, fl, mtu);
}

}  // namespace linnet
