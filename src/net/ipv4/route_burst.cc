// What is decided for a burst (route_burst.hh): each check below is one of ip_route_input's, and any that doesn't pass
// sends the packet there.
#include "net/ipv4/route_burst.hh"

#include "net/core/cpu.hh"
#include "net/core/l3mdev.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/route.hh"

namespace linnet {

route_burst::route_burst(net_device& dev) : net_(*dev.nd_net), dev_(dev) {
  const in_device* in = in_dev_get(dev);
  const fib_tables& t = fib_tables_of(net_);
  // Whoever traces wants to see each packet's own lookup.
  if (!in || net_.c.trace || l3mdev_master_dev(dev)) return;
  if (t.has_custom_rules || t.has_custom_local_routes || t.num_tclassid_users || !t.main) return;
  if (!in_dev_forward(*in) || in_dev_maxconf(*in, IPV4_DEVCONF_RP_FILTER)) return;
  accept_local_ = in_dev_orconf(*in, IPV4_DEVCONF_ACCEPT_LOCAL);
  index_ = t.main->trie->index();
}

// Whether ip_route_input would take any packet of this sender's, as far as its address goes.
bool route_burst::believes(be32 saddr) {
  if (saddr == saddr_) return believed_;
  saddr_ = saddr;
  believed_ = !ipv4_is_zeronet(saddr) && !ipv4_is_loopback(saddr) && !ipv4_is_multicast(saddr) &&
              !ipv4_is_lbcast(saddr) && (accept_local_ || !inet_lookup_ifaddr(net_, saddr));
  return believed_;
}

bool route_burst::route(sk_buff& s, const iphdr& ip) {
  if (!index_) return false;
  const fib_answer* a = answers_[next_++];
  if (unlikely(!a || !a->info || a->type != RTN_UNICAST || !believes(ip.saddr))) return false;
  const fib_info& fi = *a->info;
  const fib_nh* nh = fi.single_nh;
  constexpr u32 doubtful = RTNH_F_DEAD | RTNH_F_LINKDOWN;
  if (unlikely(!nh || fi.dead || ((fi.flags | nh->flags) & doubtful) || nh->exceptions))
    return false;
  if (unlikely(!nh->dev || nh->dev == &dev_ || !nh->dev->ip_ptr)) return false;
  const be32 daddr = ip.daddr;
  if (unlikely(ipv4_is_zeronet(daddr) || ipv4_is_loopback(daddr) || ipv4_is_multicast(daddr)))
    return false;
  rtable* rt = rt_cached(net_, nh->rth_input);
  if (unlikely(!rt)) return false;
  skb_dst_set_noref(s, rt);
  return true;
}

}  // namespace linnet
