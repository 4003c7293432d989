// Routes for arriving packets: who may have sent it, is it for us, may it go on. Every answer is a cached
// route, so a packet costs a lookup and no allocation: forwarded and local unicast in the next hop,
// broadcast, multicast and errors in the namespace's route_caches.
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <algorithm>

#include "net/core/l3mdev.hh"
#include "net/core/world.hh"
#include "net/ipv4/fib_exceptions.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/route.hh"

namespace linnet {

namespace {

using enum skb_drop_reason;

struct arrival {
  sk_buff& skb;
  net& n;
  net_device& dev;
  in_device& in;
  be32 daddr, saddr;
  u8 tos;
  bool is_ip() const { return skb.protocol == be16(u16{ETH_P_IP}); }
};

skb_drop_reason martian_source(const arrival& a, skb_drop_reason why) {
  ++rt_stat_of(a.n).in_martian_src;
  return why;
}
skb_drop_reason martian_destination(const arrival& a, skb_drop_reason why) {
  ++rt_stat_of(a.n).in_martian_dst;
  return why;
}

skb_drop_reason invalid_source(const arrival& a) {
  return inet_addr_type_dev_table(a.n, a.dev, a.saddr) == RTN_LOCAL ? IP_LOCAL_SOURCE
                                                                    : IP_INVALID_SOURCE;
}

// fib_validate_source's refusal as a drop reason.
skb_drop_reason unbelievable_source(const arrival& a, int error) {
  return martian_source(a, error == EXDEV ? IP_RPFILTER : invalid_source(a));
}

// What makes a route to this host itself.
struct local_kind {
  u32 flags;
  u8 type;
  u32 table;
  const net_device* by = nullptr;  // its VRF's loopback device is meant
  u32 itag = 0;  // realms: they depend on the sender, so the route cannot be shared
};

// Gives the packet a route to this host itself, from `slot` if one is there.
void set_local_route(const arrival& a, ref<dst_entry>& slot, const local_kind& k) {
  if (!k.itag)
    if (rtable* rt = rt_cached(a.n, slot)) return skb_dst_set_noref(a.skb, rt);
  net_device* vrf = k.by ? l3mdev_master_dev(*k.by) : nullptr;
  ref<rtable> rt = rt_dst_alloc(a.n, vrf ? *vrf : *a.n.loopback_dev, k.flags | RTCF_LOCAL, k.type);
  rt->output = ip_rt_bug;
  rt->rt_is_input = true;
  rt->table_id = k.table;
  rt->tclassid = k.itag;
  if (k.itag) return skb_dst_set(a.skb, rt.get());
  rt_cache_store(a.n, slot, rt.get());
  skb_dst_set_noref(a.skb, rt.get());
}

// Linux makes such a route for each packet unless a next hop has it.
void count_local(const arrival& a, const fib_result& res, u32 itag) {
  if (!res.fi || itag || !rt_cached(a.n, res.nh->rth_input)) ++rt_stat_of(a.n).in_slow_tot;
}

skb_drop_reason no_route(const arrival& a, int error, fib_result& res) {
  ++rt_stat_of(a.n).in_no_route;
  ++rt_stat_of(a.n).in_slow_tot;
  auto& errors = fib_tables_of(a.n).routes->error;
  auto it = std::find_if(errors.begin(), errors.end(), [&](auto& e) { return e.first == error; });
  if (it == errors.end()) it = errors.emplace(errors.end(), error, nullptr);
  rtable* rt = rt_cached(a.n, it->second);
  if (!rt) {
    ref<rtable> fresh = rt_dst_alloc(a.n, *a.n.loopback_dev, 0, RTN_UNREACHABLE);
    fresh->input = ip_error;
    fresh->output = ip_rt_bug;
    fresh->error = error;
    fresh->rt_is_input = true;
    rt_cache_store(a.n, it->second, fresh.get());
    rt = fresh.get();
  }
  skb_dst_set_noref(a.skb, rt);
  res = fib_result();
  res.type = RTN_UNREACHABLE;
  return not_dropped_yet;
}

skb_drop_reason broadcast_input(const arrival& a, fib_result& res) {
  if (!a.is_ip()) return INVALID_PROTO;
  u32 itag = 0;
  if (!ipv4_is_zeronet(a.saddr)) {
    auto ok =
        fib_validate_source(a.n, a.saddr, be32(), a.tos, 0, a.dev, a.in, a.skb.mark, &a.skb, &itag);
    if (!ok) return unbelievable_source(a, ok.error().code);
  }
  res.type = RTN_BROADCAST;
  ++rt_stat_of(a.n).in_brd;
  count_local(a, res, itag);
  auto& slot = res.fi ? res.nh->rth_input : fib_tables_of(a.n).routes->broadcast;
  set_local_route(a, slot, {RTCF_BROADCAST, RTN_BROADCAST, res.table, res.dev(), itag});
  return not_dropped_yet;
}

skb_drop_reason mkroute_input(const arrival& a, fib_result& res) {
  if (unlikely(fib_info_num_path(*res.fi) > 1)) {
    flowi4 fl;  // of an ARP request, which has none of the headers
    fl.saddr = a.saddr;
    fl.daddr = a.daddr;
    const u32 hash = fib_multipath_hash(a.n, &fl, a.is_ip() ? &a.skb : nullptr);
    fib_select_multipath(a.n, res, hash);
  }
  const fib_nh& nh = *res.nh;
  in_device* out = nh.dev ? in_dev_get(*nh.dev) : nullptr;
  if (!out) return IP_INVALID_DEST;
  u32 itag = 0;
  auto onlink = fib_validate_source(a.n, a.saddr, a.daddr, a.tos, nh.oif, a.dev, a.in, a.skb.mark,
                                    &a.skb, &itag);
  if (!onlink) return unbelievable_source(a, onlink.error().code);
  if (out == &a.in) {
    if (!a.is_ip()) {
      // An ARP request: proxying for what is on the same device is asked for explicitly.
      if (!in_dev_orconf(a.in, IPV4_DEVCONF_PROXY_ARP_PVLAN)) return IP_INVALID_DEST;
    } else if (*onlink && in_dev_orconf(*out, IPV4_DEVCONF_SEND_REDIRECTS)) {
      be32 gw = nh.gw_family == AF_INET ? nh.gw : be32();
      if (in_dev_orconf(*out, IPV4_DEVCONF_SHARED_MEDIA) || inet_addr_onlink(*out, a.saddr, gw))
        ipcb(a.skb).flags |= IPSKB_DOREDIRECT;
    }
  }
  fib_nh_exception* known = find_exception(a.n, nh, a.daddr);
  ref<dst_entry>& slot = known ? known->rth_input : nh.rth_input;
  if (rtable* rt = itag ? nullptr : rt_cached(a.n, slot)) {
    skb_dst_set_noref(a.skb, rt);
    return not_dropped_yet;
  }
  ++rt_stat_of(a.n).in_slow_tot;
  ref<rtable> fresh = rt_dst_alloc(a.n, *nh.dev, 0, res.type);
  fresh->rt_is_input = true;
  fresh->input = ip_forward;
  rt_set_nexthop(*fresh, res, known || itag ? nullptr : &slot);
  set_class_tag(*fresh, itag);
  if (known) rt_bind_exception(a.n, *fresh, *known, !itag);
  if (itag)
    skb_dst_set(a.skb, fresh.get());
  else
    skb_dst_set_noref(a.skb, fresh.get());
  return not_dropped_yet;
}

skb_drop_reason ip_route_input_mc(const arrival& a) {
  // The groups of its VRF are the port's as well.
  const net_device* vrf = l3mdev_master_dev(a.dev);
  const in_device* vrf_in = vrf ? in_dev_get(*vrf) : nullptr;
  const u8 protocol = ip_hdr(a.skb).protocol;
  if (!ip_check_mc(a.in, a.daddr, a.saddr, protocol) &&
      !(vrf_in && ip_check_mc(*vrf_in, a.daddr, a.saddr, protocol)))
    return NOT_SPECIFIED;
  if (ipv4_is_multicast(a.saddr) || ipv4_is_lbcast(a.saddr)) return IP_INVALID_SOURCE;
  if (!a.is_ip()) return INVALID_PROTO;
  if (ipv4_is_loopback(a.saddr) && !in_dev_orconf(a.in, IPV4_DEVCONF_ROUTE_LOCALNET))
    return IP_LOCALNET;
  u32 itag = 0;
  if (ipv4_is_zeronet(a.saddr)) {
    if (!ipv4_is_local_multicast(a.daddr) && ip_hdr(a.skb).protocol != IPPROTO_IGMP)
      return IP_INVALID_SOURCE;
  } else {
    auto ok =
        fib_validate_source(a.n, a.saddr, be32(), a.tos, 0, a.dev, a.in, a.skb.mark, &a.skb, &itag);
    if (!ok) return ok.error().code == EXDEV ? IP_RPFILTER : invalid_source(a);
  }
  ++rt_stat_of(a.n).in_slow_mc;
  set_local_route(a, fib_tables_of(a.n).routes->multicast,
                  {RTCF_MULTICAST, RTN_MULTICAST, 0, nullptr, itag});
  return not_dropped_yet;
}

skb_drop_reason ip_route_input_slow(const arrival& a, fib_result& res) {
  if (ipv4_is_multicast(a.saddr) || ipv4_is_lbcast(a.saddr))
    return martian_source(a, IP_INVALID_SOURCE);
  if (ipv4_is_lbcast(a.daddr) || (!a.saddr && !a.daddr)) return broadcast_input(a, res);
  if (ipv4_is_zeronet(a.saddr)) return martian_source(a, IP_INVALID_SOURCE);
  if (ipv4_is_zeronet(a.daddr)) return martian_destination(a, IP_INVALID_DEST);
  if ((ipv4_is_loopback(a.daddr) || ipv4_is_loopback(a.saddr)) &&
      !in_dev_orconf(a.in, IPV4_DEVCONF_ROUTE_LOCALNET))
    return ipv4_is_loopback(a.daddr) ? martian_destination(a, IP_LOCALNET)
                                     : martian_source(a, IP_LOCALNET);

  flowi4 fl;
  fl.iif = a.dev.ifindex;
  fl.mark = a.skb.mark;
  fl.tos = a.tos;
  fl.daddr = a.daddr;
  fl.saddr = a.saddr;
  if (const metadata_dst* md = skb_metadata_dst(a.skb); unlikely(md && !md->tx))
    fl.tun_id = md->key.tun_id;
  fib4_rules_early_flow_dissect(a.n, a.skb, fl);
  auto found = fib_lookup(a.n, fl);
  bool forward = in_dev_forward(a.in);
  if (!found) return no_route(a, forward ? found.error().code : EHOSTUNREACH, res);
  res = *found;
  if (res.type == RTN_BROADCAST) {
    if (in_dev_andconf(a.in, IPV4_DEVCONF_BC_FORWARDING)) return mkroute_input(a, res);
    return broadcast_input(a, res);
  }
  if (res.type == RTN_LOCAL) {
    u32 itag = 0;
    auto ok = fib_validate_source(a.n, a.saddr, a.daddr, a.tos, 0, a.dev, a.in, a.skb.mark, &a.skb,
                                  &itag);
    if (!ok) return unbelievable_source(a, ok.error().code);
    count_local(a, res, itag);
    set_local_route(a, res.nh->rth_input, {0, RTN_LOCAL, res.table, res.dev(), itag});
    return not_dropped_yet;
  }
  if (!forward) return no_route(a, EHOSTUNREACH, res);
  if (res.type != RTN_UNICAST) return martian_destination(a, IP_INVALID_DEST);
  return mkroute_input(a, res);
}

// Each sender has a bucket for five errors, one of which comes back every second (route/error_cost, error_burst). The
// errors' own rate limit draws on it, too.
bool error_allowed(net& n, be32 to) {
  const auto& machine = ipv4_of(*n.w.init_net);
  const ktime now = n.w.now(), cost = msecs(machine.sysctl_ip_rt_error_cost);
  inet_peer& p = inet_getpeer_v4(n, to);
  p.rate_tokens =
      std::min(p.rate_tokens + (now - p.rate_last), msecs(machine.sysctl_ip_rt_error_burst));
  p.rate_last = now;
  if (p.rate_tokens < cost) return false;
  p.rate_tokens -= cost;
  return true;
}

skb_drop_reason report_error(net& n, sk_buff& skb) {
  // Of the port, where the VRF has taken the packet's device's place.
  const net_device* dev =
      netif_is_l3_master(*skb.dev) ? dev_get_by_index(n, ipcb(skb).iif) : skb.dev;
  in_device* in = dev ? in_dev_get(*dev) : nullptr;
  int error = skb_rtable(skb)->error, code = -1;
  auto& mib = n.ipv4->mib.ip;
  if (!in) return NOT_SPECIFIED;
  skb_drop_reason why = NOT_SPECIFIED;
  bool forward = in_dev_forward(*in);
  switch (error) {
    case EHOSTUNREACH:
      code = ICMP_HOST_UNREACH;
      if (forward) break;
      ++mib[IPSTATS_MIB_INADDRERRORS];
      why = IP_INADDRERRORS;
      break;
    case ENETUNREACH:
      code = ICMP_NET_UNREACH;
      ++mib[IPSTATS_MIB_INNOROUTES];
      why = IP_INNOROUTES;
      break;
    case EACCES: code = ICMP_PKT_FILTERED; break;
    default: break;
  }
  if (forward && code >= 0 && error_allowed(n, ip_hdr(skb).saddr))
    icmp_send(skb, ICMP_DEST_UNREACH, static_cast<u8>(code), be32());
  return why;
}

}  // namespace

skb_drop_reason ip_route_input_res(sk_buff& skb, be32 daddr, be32 saddr, u8 tos, net_device& dev,
                                   fib_result& res) {
  in_device* in = in_dev_get(dev);
  if (unlikely(!in)) return NOT_SPECIFIED;
  arrival a{skb, *dev.nd_net, dev, *in, daddr, saddr, static_cast<u8>(tos & IPTOS_RT_MASK)};
  return ipv4_is_multicast(daddr) ? ip_route_input_mc(a) : ip_route_input_slow(a, res);
}

skb_drop_reason ip_route_input_noref(sk_buff& skb, be32 daddr, be32 saddr, u8 tos,
                                     net_device& dev) {
  fib_result res;
  return ip_route_input_res(skb, daddr, saddr, tos, dev, res);
}

void ip_error(net& n, sk_buff_head&& list) {
  while (skb_ptr skb = list.dequeue()) {
    skb_drop_reason why = report_error(n, *skb);
    kfree_skb_reason(std::move(skb), why);
  }
}

}  // namespace linnet
