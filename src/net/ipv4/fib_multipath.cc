// Choosing among the next hops of a route: by the flow's hash among those that share its traffic, and among several
// default routes by what ARP knows of their gateways.
#include <algorithm>

#include "net/core/neighbour.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/nexthop.hh"

namespace linnet {

u32 fib_multipath_hash(net& n, const flowi4* fl, const sk_buff* skb) {
  be32 saddr, daddr;
  if (skb) {
    saddr = ip_hdr(*skb).saddr;
    daddr = ip_hdr(*skb).daddr;
  } else {
    saddr = fl->saddr;
    daddr = fl->daddr;
  }
  if (daddr.host() < saddr.host()) std::swap(saddr, daddr);
  u64 h = (u64{saddr.host()} << 32 | daddr.host()) ^ (n.w.seed * 0x9e3779b97f4a7c15);
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9;
  h = (h ^ (h >> 27)) * 0x94d049bb133111eb;
  return static_cast<u32>(h >> 33);
}

namespace {

const neighbour* neigh_of(const fib_nh& nh) {
  if (!nh.dev) return nullptr;
  const be32 gw = nh.gw;
  return neigh_lookup_noref(*ipv4_of(*nh.dev->nd_net).arp_tbl, std::as_bytes(std::span(&gw, 1)),
                            *nh.dev);
}

// Own next hops: those on link are always good (fib_good_nh).
bool fib_good_nh(const fib_nh& nh) { return nh.scope != RT_SCOPE_LINK || ipv4_good_nh(nh); }

}  // namespace

bool ipv4_good_nh(const fib_nh& nh) {
  const neighbour* neigh = neigh_of(nh);
  return !neigh || (neigh->nud_state & NUD_VALID_);
}

void fib_select_multipath(net& n, fib_result& res, u32 hash) {
  const fib_info& fi = *res.fi;
  if (fi.nh_obj) {
    res.nh = &nexthop_select_path(*fi.nh_obj, hash).info->fib_nh;
    return;
  }
  const bool use_neigh = ipv4_of(n).sysctl_fib_multipath_use_neigh;
  bool first = true;
  for (const fib_nh& nh : fi.nh) {
    if (use_neigh) {
      if (!fib_good_nh(nh)) continue;
      if (first) res.nh = &nh;
      first = false;
    }
    if (static_cast<s32>(hash) > nh.upper_bound) continue;
    res.nh = &nh;
    return;
  }
}

void fib_select_path(net& n, fib_result& res, flowi4& fl, const sk_buff* skb) {
  if (!fl.oif && fib_info_num_path(*res.fi) > 1)
    fib_select_multipath(n, res, fib_multipath_hash(n, &fl, skb));
  if (!fl.saddr) fl.saddr = fib_result_prefsrc(n, res);
}

}  // namespace linnet
