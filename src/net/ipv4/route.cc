// Routes for packets of this host, and the caching of routes in next hops. A flow goes in with what its
// sender knows (destination, perhaps source, device, mark); out come the route and, in the flow, the source
// address and device that it implies.
#include "net/ipv4/route.hh"

#include <netinet/in.h>

#include "net/core/l3mdev.hh"
#include "net/ipv4/fib_exceptions.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {

bool rt_is_valid(const rtable& rt) {
  return !rt.obsolete && rt.rt_genid == rt.ns->ipv4->rt_genid && rt.ns->alive;
}

bool ip_mtu_locked(const rtable& rt) {
  return rt.rt_mtu_locked || (rt.from && (rt.from->metric(RTAX_LOCK) & 1u << RTAX_MTU));
}

namespace {

// Of the route itself, or else of the device; through a gateway a locked one is what all must take (RFC 791).
u32 configured_mtu(const rtable& rt) {
  u32 mtu = rt.mtu_metric;
  if (!mtu) {
    mtu = rt.dev->mtu;
    if (unlikely(rt.rt_mtu_locked) && rt.rt_gw_family && mtu > 576) mtu = 576;
  }
  return std::min(mtu, 0xffffu);
}

bool has_path_mtu(const rtable& rt) { return rt.rt_pmtu && rt.ns->w.now() < rt.expires; }

}  // namespace

u32 rt_mtu_learnt(const rtable& rt) {
  if (unlikely(rt.rt_pmtu) && has_path_mtu(rt)) return std::min(rt.rt_pmtu, 0xffffu);
  return configured_mtu(rt);
}

u32 rt_mtu_forward_learnt(const rtable& rt) {
  if (unlikely(rt.rt_pmtu) && (ipv4_of(*rt.ns).sysctl_ip_fwd_use_pmtu || ip_mtu_locked(rt)))
    return rt_mtu(rt);
  return configured_mtu(rt);
}

u32 dst_metric_advmss(const rtable& rt) {
  constexpr u32 headers = 40, most = 0xffff - headers;
  if (const u32 own = rt.from ? rt.from->metric(RTAX_ADVMSS) : 0) return own;
  // Unsigned, so that a negative setting is a large one.
  const u32 least = static_cast<u32>(ipv4_of(*rt.ns).sysctl_ip_rt_min_advmss);
  return std::min(std::max(rt_mtu(rt) - headers, least), most);
}

// ---- caches

route_caches::route_caches(net& n)
    : work([](work& w) { static_cast<route_caches&>(w).retired.clear(); }), ns(n) {}

rtable* rt_cached(const net& n, const ref<dst_entry>& slot) {
  auto* rt = static_cast<rtable*>(slot.get());
  return rt && !rt->obsolete && rt->rt_genid == n.ipv4->rt_genid ? rt : nullptr;
}

void rt_cache_store(net& n, ref<dst_entry>& slot, dst_entry* fresh) {
  if (slot) {
    route_caches& c = *fib_tables_of(n).routes;
    c.retired.push_back(std::move(slot));
    n.c.schedule(c);
  }
  slot = ref<dst_entry>(fresh);
}

ref<rtable> rt_dst_alloc(net& n, net_device& dev, u32 flags, u8 type) {
  ref<rtable> rt(new rtable);
  rt->ns = &n;
  rt->dev = &dev;
  rt->dev_ref = ref<net_device>(&dev);
  rt->rt_genid = n.ipv4->rt_genid;
  rt->lastuse = n.w.now();
  rt->rt_flags = flags;
  rt->rt_type = type;
  rt->output = ip_output;
  rt->input = flags & RTCF_LOCAL ? ip_local_deliver : dst_discard;
  return rt;
}

void rt_set_nexthop(rtable& rt, const fib_result& res, ref<dst_entry>* slot) {
  const fib_nh& nh = *res.nh;
  if (nh.gw_family && nh.scope == RT_SCOPE_LINK) {
    rt.rt_gw_family = nh.gw_family;
    rt.rt_gw4 = nh.gw;
  }
  rt.table_id = res.table;
  rt.mtu_metric = res.fi->metric(RTAX_MTU);
  if (res.fi->metrics) rt.from = ref<fib_info>(const_cast<fib_info*>(res.fi));
  rt.tclassid = nh.tclassid;
  rt.lwtstate = nh.lwtstate;
  set_class_tag(rt, res.tclassid);
  if (slot) rt_cache_store(*rt.ns, *slot, &rt);
}

rt_cache_stat& rt_stat_of(const net& n) { return ipv4_of(*n.w.init_net).rt_stat; }

void set_class_tag(rtable& rt, u32 tag) {
  for (const u32 half : {0xffffu, 0xffff0000u})
    if (!(rt.tclassid & half)) rt.tclassid |= tag & half;
}

// ---- output

namespace {

result<ref<rtable>> mkroute_output(net& n, const fib_result& res, const flowi4& fl, int orig_oif,
                                   net_device& dev, u32 flags) {
  in_device* in = in_dev_get(dev);
  if (!in) return err(EINVAL);
  bool loopback = dev.flags & IFF_LOOPBACK;
  if (ipv4_is_loopback(fl.saddr) && !loopback && !netif_is_l3_master(dev) &&
      !in_dev_orconf(*in, IPV4_DEVCONF_ROUTE_LOCALNET))
    return err(EINVAL);
  u8 type = res.type;
  if (ipv4_is_lbcast(fl.daddr))
    type = RTN_BROADCAST;
  else if (ipv4_is_multicast(fl.daddr))
    type = RTN_MULTICAST;
  else if (ipv4_is_zeronet(fl.daddr))
    return err(EINVAL);
  if (loopback) flags |= RTCF_LOCAL;

  // What is for everyone on the link has no gateway, even when a default route told the device.
  const fib_info* fi = ipv4_is_lbcast(fl.daddr) ? nullptr : res.fi;
  bool cache = true;
  if (type == RTN_BROADCAST) {
    flags |= RTCF_BROADCAST | RTCF_LOCAL;
  } else if (type == RTN_MULTICAST) {
    flags |= RTCF_MULTICAST;
    if (ip_check_mc(*in, fl.daddr, fl.saddr, fl.proto)) {
      flags |= RTCF_LOCAL;
      cache = false;
    } else {
      flags &= ~RTCF_LOCAL;
    }
    // A default route tells the device for multicast, but its gateway is not for it.
    if (fi && res.prefixlen < 4) fi = nullptr;
  } else if (type == RTN_LOCAL && orig_oif && orig_oif != dev.ifindex) {
    cache = false;
  }
  if (fi && (fl.flags & FLOWI_FLAG_KNOWN_NH) &&
      !(res.nh->gw_family && res.nh->scope == RT_SCOPE_LINK))
    cache = false;
  fib_nh_exception* known = fi ? find_exception(n, *res.nh, fl.daddr) : nullptr;
  ref<dst_entry>* slot = nullptr;
  if (fi && cache) slot = known ? &known->rth_output : &res.nh->rth_output;
  if (slot)
    if (rtable* rt = rt_cached(n, *slot)) return ref<rtable>(rt);

  ++rt_stat_of(n).out_slow_tot;
  ref<rtable> rt = rt_dst_alloc(n, dev, flags, type);
  rt->rt_iif = orig_oif;
  if ((flags & (RTCF_BROADCAST | RTCF_MULTICAST)) && (flags & RTCF_LOCAL) && !loopback) {
    rt->output = ip_mc_output;
    ++rt_stat_of(n).out_slow_mc;
  }
  if (fi) rt_set_nexthop(*rt, res, known ? nullptr : slot);
  // Whoever writes the header says by the address that it sends to where the packet goes, whatever the header says.
  if (fi && (fl.flags & FLOWI_FLAG_KNOWN_NH) && !rt->rt_gw_family) {
    rt->rt_gw_family = AF_INET;
    rt->rt_gw4 = fl.daddr;
  }
  if (known) rt_bind_exception(n, *rt, *known, cache);
  return rt;
}

// What a given source allows. Sets `dev` when it decides the device, too.
status check_source(net& n, flowi4& fl, net_device*& dev) {
  if (!fl.saddr) return {};
  if (ipv4_is_multicast(fl.saddr) || ipv4_is_lbcast(fl.saddr) || ipv4_is_zeronet(fl.saddr))
    return err(EINVAL);
  if (!fl.oif && (ipv4_is_multicast(fl.daddr) || ipv4_is_lbcast(fl.daddr))) {
    dev = ip_dev_find(n, fl.saddr);
    if (!dev) return err(ENETUNREACH);
    fl.oif = dev->ifindex;
    return {};
  }
  if (!(fl.flags & FLOWI_FLAG_ANYSRC) && !ip_dev_find(n, fl.saddr)) return err(ENETUNREACH);
  return {};
}

}  // namespace

result<ref<rtable>> ip_route_output_key_res(net& n, flowi4& fl, fib_result& res,
                                            const sk_buff* about) {
  net_device* dev = nullptr;
  int orig_oif = fl.oif;
  fl.iif = LOOPBACK_IFINDEX;
  fl.tos &= IPTOS_RT_MASK;
  res = fib_result();
  if (auto s = check_source(n, fl, dev); !s) return std::unexpected(s.error());
  if (dev) return mkroute_output(n, res, fl, orig_oif, *dev, 0);

  if (fl.oif) {
    dev = dev_get_by_index(n, fl.oif);
    if (!dev) return err(ENODEV);
    if (!dev->up() || !in_dev_get(*dev)) return err(ENETUNREACH);
    if (ipv4_is_local_multicast(fl.daddr) || ipv4_is_lbcast(fl.daddr) || fl.proto == IPPROTO_IGMP) {
      if (!fl.saddr) fl.saddr = inet_select_addr(*dev, be32(), RT_SCOPE_LINK);
      return mkroute_output(n, res, fl, orig_oif, *dev, 0);
    }
    if (!fl.saddr && ipv4_is_multicast(fl.daddr))
      fl.saddr = inet_select_addr(*dev, be32(), fl.scope);
    else if (!fl.saddr && !fl.daddr)
      fl.saddr = inet_select_addr(*dev, be32(), RT_SCOPE_HOST);
  }

  if (!fl.daddr) {  // to oneself
    if (!fl.saddr) fl.saddr = be32(INADDR_LOOPBACK);
    fl.daddr = fl.saddr;
    fl.oif = LOOPBACK_IFINDEX;
    res.type = RTN_LOCAL;
    return mkroute_output(n, res, fl, orig_oif, *n.loopback_dev, RTCF_LOCAL);
  }

  l3mdev_update_flow(n, fl);
  auto found = fib_lookup(n, fl);
  if (!found) {
    // The sender insists on the device: assume that the destination is on its link. A VRF's tables are believed.
    if (!fl.oif || netif_is_l3_master(*dev) ||
        (!ipv4_is_multicast(fl.daddr) && l3mdev_master_dev(*dev)))
      return std::unexpected(found.error());
    if (!fl.saddr) fl.saddr = inet_select_addr(*dev, be32(), RT_SCOPE_LINK);
    res.type = RTN_UNICAST;
    return mkroute_output(n, res, fl, orig_oif, *dev, 0);
  }
  res = *found;
  if (res.type == RTN_LOCAL) {
    if (!fl.saddr) fl.saddr = res.fi->prefsrc ? res.fi->prefsrc : fl.daddr;
    // A VRF is its ports' loopback device.
    net_device* master = res.dev() ? l3mdev_master_dev(*res.dev()) : nullptr;
    net_device& back = master ? *master : *n.loopback_dev;
    fl.oif = back.ifindex;
    return mkroute_output(n, res, fl, res.nh->oif, back, RTCF_LOCAL);
  }
  fib_select_path(n, res, fl, about);
  dev = res.dev();
  if (!dev) return err(ENETUNREACH);
  return mkroute_output(n, res, fl, orig_oif, *dev, 0);
}

result<ref<rtable>> ip_route_output_key(net& n, flowi4& fl, const sk_buff* about) {
  fib_result res;
  return ip_route_output_key_res(n, fl, res, about);
}

// Devinet is told of devices first: what goes with addresses is announced, the rest is flushed.
void ip_rt_init(world& w) { w.netdev_chain.push_back(fib_netdev_event); }

}  // namespace linnet
