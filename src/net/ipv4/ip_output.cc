// IPv4 output: completing the header, fragmentation when the route's MTU asks for it, the neighbour. A burst may hold
// packets of different routes: each gets its own neighbour's header, and those for one device go to it together.
#include <linux/in_route.h>

#include "base/checksum.hh"
#include "net/core/dev.hh"
#include "net/core/gso.hh"
#include "net/core/l3mdev.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/arp.hh"
#include "net/ipv4/fib_trace.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/ip_fragment.hh"
#include "net/ipv4/snmp.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

// The neighbour of a route's next hop; null when none could be made, which a local sender hears of (ip_local_out).
neighbour* neigh_of(const rtable& rt, net_device& dev, be32 nexthop) {
  auto n = ip_neigh_gw4(dev, nexthop);
  if (!n) {
    dev.nd_net->c.xmit_error = n.error().code;
    return nullptr;
  }
  if (rt.rt_gw_family) const_cast<rtable&>(rt).neigh = ref<neighbour>(*n);
  return *n;
}

// What goes to many is counted once more.
void count_group(const rtable& rt, const sk_buff& s) {
  const bool multicast = rt.rt_type == RTN_MULTICAST;
  ip_inc_stats(*rt.ns, multicast ? IPSTATS_MIB_OUTMCASTPKTS : IPSTATS_MIB_OUTBCASTPKTS);
  ip_inc_stats(*rt.ns, multicast ? IPSTATS_MIB_OUTMCASTOCTETS : IPSTATS_MIB_OUTBCASTOCTETS,
               s.len());
}

// Packets on their way to neighbours: those whose header is known wait for others to the same device.
class neighbour_burst {
 public:
  ~neighbour_burst() { flush(); }
  void add(neighbour& n, skb_ptr p) {
    if (unlikely(p->dst_pending_confirm)) {
      p->dst_pending_confirm = 0;
      neigh_confirm(n);
    }
    if (unlikely(!neigh_use_header(n))) {
      flush();
      sk_buff_head one;
      one.enqueue(std::move(p));
      ref<neighbour> hold(&n);
      neigh_output(n, std::move(one));
      return;
    }
    if (dev_ != n.dev.get()) flush();
    dev_ = n.dev.get();
    neigh_hh_output(n, *p);
    ready_.enqueue(std::move(p));
  }
  void flush() {
    if (!ready_.empty()) dev_queue_xmit(*dev_, std::move(ready_));
  }

 private:
  sk_buff_head ready_;
  net_device* dev_ = nullptr;
};

void ip_finish_output2(net& n, sk_buff_head&& list) {
  for (const sk_buff* s = n.c.trace ? list.peek() : nullptr; s; s = s->next)
    trace(n.c, tp::ip_finish_output, s, s->dev);
  neighbour_burst burst;
  // On a link without gateway the address is the next hop: asked once for packets to the same.
  neighbour* last = nullptr;
  const rtable* last_route = nullptr;
  be32 last_nexthop;
  while (skb_ptr p = list.dequeue()) {
    const rtable& rt = *skb_rtable(*p);
    if (unlikely(rt.rt_type == RTN_MULTICAST || rt.rt_type == RTN_BROADCAST)) count_group(rt, *p);
    neighbour* to;
    if (likely(rt.rt_gw_family != 0)) {
      to = rt.neigh && !rt.neigh->dead ? rt.neigh.get() : neigh_of(rt, *rt.dev, rt.rt_gw4);
    } else {
      const be32 nexthop = ip_hdr(*p).daddr;
      to = last && last_route == &rt && last_nexthop == nexthop && !last->dead
               ? last
               : neigh_of(rt, *rt.dev, nexthop);
      last = to;
      last_route = &rt;
      last_nexthop = nexthop;
    }
    if (likely(to != nullptr))
      burst.add(*to, std::move(p));
    else
      kfree_skb_reason(std::move(p), NEIGH_CREATEFAIL);
  }
}

// What may go in one piece (ip_skb_dst_mtu): the path's MTU, but for sockets that probe it and what is forwarded.
u32 skb_mtu(const sk_buff& s, const rtable& rt) {
  if (ipcb(s).flags & IPSKB_FORWARDED) return rt_mtu_forward(rt);
  const bool probes = s.sk && static_cast<const inet_sock*>(s.sk)->pmtudisc >= IP_PMTUDISC_PROBE;
  return probes ? std::min(rt.dev->mtu, 0xffffu) : rt_mtu(rt);
}

// Pieces of what this host sends go one after the other: behind one that is refused none is sent, and the sender hears of it
// (ip_do_fragment).
void send_pieces(net& n, sk_buff_head&& pieces) {
  const int before = std::exchange(n.c.xmit_error, 0);
  while (skb_ptr p = pieces.dequeue()) {
    sk_buff_head one;
    one.enqueue(std::move(p));
    ip_finish_output2(n, std::move(one));
    if (unlikely(n.c.xmit_error)) {
      ip_inc_stats(n, IPSTATS_MIB_FRAGFAILS);
      return pieces.purge(NOT_SPECIFIED);
    }
    ip_inc_stats(n, IPSTATS_MIB_FRAGCREATES);
  }
  ip_inc_stats(n, IPSTATS_MIB_FRAGOKS);
  n.c.xmit_error = before;
}

void fragment(net& n, skb_ptr p, u32 mtu, sk_buff_head& fit) {
  const bool local = p->local;
  sk_buff_head pieces;
  if (!ip_fragment(n, std::move(p), mtu, pieces)) return;
  if (local) {
    if (!fit.empty()) ip_finish_output2(n, std::move(fit));
    return send_pieces(n, std::move(pieces));
  }
  ip_inc_stats(n, IPSTATS_MIB_FRAGCREATES, pieces.qlen());
  ip_inc_stats(n, IPSTATS_MIB_FRAGOKS);
  fit.splice(std::move(pieces));
}

// Cuts what is too large for its path, or refuses it. What is left goes to `fit`.
void fit_mtu(net& n, skb_ptr p, sk_buff_head& fit) {
  const rtable& rt = *skb_rtable(*p);
  const u32 mtu = skb_mtu(*p, rt);
  if (skb_network_seglen(*p) <= mtu) {
    fit.enqueue(std::move(p));
  } else if (skb_is_gso(*p)) {
    // Its segments are too long as well: each is looked at by itself (ip_finish_output_gso).
    sk_buff_head segments;
    const bool cut = skb_gso_segment(*p, segments);
    kfree_skb_reason(std::move(p), cut ? consumed : SKB_GSO_SEG);
    while (skb_ptr s = segments.dequeue()) fit_mtu(n, std::move(s), fit);
  } else if ((ip_hdr(*p).frag_off.host() & ip_df) && !p->ignore_df) {
    ip_inc_stats(n, IPSTATS_MIB_FRAGFAILS);
    trace(n.c, tp::ip_finish_output, p.get(), rt.dev,
          {.c = mtu, .d = p->len(), .f = static_cast<u32>(rt.dev->ifindex)}, PKT_TOO_BIG);
    icmp_send(*p, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, be32(mtu));
    kfree_skb_reason(std::move(p), PKT_TOO_BIG);
  } else {
    fragment(n, std::move(p), mtu, fit);
  }
}

void ip_finish_output(net& n, sk_buff_head&& list) {
  bool all_fit = true;
  for (const sk_buff* s = list.peek(); s; s = s->next)
    all_fit &= s->len() <= rt_mtu(*skb_rtable(*s));
  if (likely(all_fit)) return ip_finish_output2(n, std::move(list));
  sk_buff_head fit;
  while (skb_ptr p = list.dequeue()) {
    if (p->len() <= rt_mtu(*skb_rtable(*p)))
      fit.enqueue(std::move(p));
    else
      fit_mtu(n, std::move(p), fit);
  }
  if (!fit.empty()) ip_finish_output2(n, std::move(fit));
}

void count_and_mark(net& n, sk_buff_head& list) {
  u64 octets = 0;
  for (sk_buff* s = list.peek(); s; s = s->next) {
    octets += s->len();
    s->dev = s->dst->dev;
    s->protocol = ETH_P_IP;
  }
  ip_inc_stats(n, IPSTATS_MIB_OUTPKTS, list.qlen());
  ip_inc_stats(n, IPSTATS_MIB_OUTOCTETS, octets);
}

// A copy of an outgoing broadcast or multicast packet for this host's own listeners (ip_mc_loopback).
void loop_back(net_device& dev, const sk_buff& s) {
  skb_ptr copy = skb_copy(s);
  copy->dev = &dev;
  copy->pkt = pkt_type::loopback;
  if (copy->summed == ip_summed::none) copy->summed = ip_summed::unnecessary;
  netif_rx(std::move(copy));
}

// Whether members on this host get a copy: unless the sender doesn't want it (sk_mc_loop, IP_MULTICAST_LOOP).
bool mc_loops(const rtable& rt, const sk_buff& s) {
  if (!(rt.rt_flags & RTCF_LOCAL)) return false;
  return !s.sk || s.sk->family != AF_INET || static_cast<const inet_sock*>(s.sk)->mc_loop;
}

}  // namespace

void ip_send_check(iphdr& ip) {
  ip.check = be16();
  ip.check = ip_fast_csum(&ip, ip.ihl());
}

// TC_PRIO_* by the four bits that RFC 1349 named: bulk for throughput, interactive for delay.
u32 rt_tos2priority(u8 tos) {
  static constexpr std::array<u8, 16> ip_tos2prio = {0, 0, 0, 0, 2, 2, 2, 2,
                                                     6, 6, 6, 6, 4, 4, 4, 4};
  return ip_tos2prio[(tos & 0x1e) >> 1];
}

be16 ip_select_ident(net& n, be32 daddr, be32 saddr, u8 protocol, u32 segs) {
  // A counter per (peer, protocol) bucket, started at random, as Linux hashes it.
  auto& v4 = ipv4_of(n);
  u32 h = (daddr.raw() * 0x9e3779b1u) ^ (saddr.raw() * 0x85ebca6bu) ^ protocol;
  h ^= h >> 15;
  u32& id = v4.ip_idents[h % v4.ip_idents.size()];
  if (!id) id = static_cast<u32>(n.c.rand.next()) | 1;
  const u16 first = static_cast<u16>(id);
  id += segs;
  return first;
}

void ip_output(net& n, sk_buff_head&& list) {
  trace_output_routes(n, list);
  count_and_mark(n, list);
  ip_finish_output(n, std::move(list));
}

void ip_mc_output(net& n, sk_buff_head&& list) {
  trace_output_routes(n, list);
  count_and_mark(n, list);
  sk_buff_head out;
  while (skb_ptr p = list.dequeue()) {
    const rtable& rt = *skb_rtable(*p);
    const bool multicast = rt.rt_flags & RTCF_MULTICAST;
    if (multicast ? mc_loops(rt, *p) : (rt.rt_flags & RTCF_BROADCAST) != 0) loop_back(*rt.dev, *p);
    // Multicasts with TTL 0 stay on this host.
    if (multicast && ip_hdr(*p).ttl == 0) {
      consume_skb(std::move(p));
      continue;
    }
    out.enqueue(std::move(p));
  }
  ip_finish_output(n, std::move(out));
}

void ip_rt_bug(net&, sk_buff_head&& list) { list.purge(NOT_SPECIFIED); }

namespace {

// ip_local_out for a packet whose private data is right already.
int local_out(net& n, skb_ptr p) {
  iphdr& ip = ip_hdr(*p);
  ip.tot_len = static_cast<u16>(p->len());
  ip_send_check(ip);
  p->protocol = ETH_P_IP;
  p->local = 1;
  if (const int e = p->dst->error) {
    kfree_skb_reason(std::move(p), IP_OUTNOROUTES);
    return e;
  }
  net_device& out = *p->dst->dev;
  if (unlikely(netif_is_l3_slave(out)) && !out.master->l3mdev_ops->l3mdev_l3_out(*out.master, p))
    return 0;
  auto* output = p->dst->output;
  sk_buff_head one;
  one.enqueue(std::move(p));
  // An answer may be on its way while a packet is: each hears only of its own.
  const int outer = std::exchange(n.c.xmit_error, 0);
  output(n, std::move(one));
  const int failed = std::exchange(n.c.xmit_error, outer);
  if (unlikely(failed)) ip_inc_stats(n, IPSTATS_MIB_OUTDISCARDS);
  return failed;
}

// The time to live that the route has, or else the namespace.
u8 ip4_dst_hoplimit(const net& n, const rtable& rt) {
  const u32 own = rt.from ? rt.from->metric(RTAX_HOPLIMIT) : 0;
  return static_cast<u8>(own ? own : static_cast<u32>(ipv4_of(n).sysctl_ip_default_ttl));
}

}  // namespace

int ip_local_out(net& n, skb_ptr p) {
  ipcb(*p) = {};
  return local_out(n, std::move(p));
}

int ip_push_header_and_send(net& n, skb_ptr p, const rtable& rt, const ip_send_params& a) {
  const u32 optlen = a.opt ? a.opt->optlen : 0;
  skb_cow_head(*p, static_cast<u32>(sizeof(iphdr)) + optlen + skb_default_headroom / 2);
  p->reset_transport_header();
  auto& ip = *reinterpret_cast<iphdr*>(skb_push(*p, static_cast<u32>(sizeof(iphdr)) + optlen));
  p->reset_network_header();
  const bool multicast = rt.rt_type == RTN_MULTICAST;
  ip = {};
  ip.set_version_ihl(4, static_cast<u8>(5 + optlen / 4));
  ip.tos = a.tos;
  ip.frag_off = a.df ? ip_df : u16{0};
  ip.ttl = a.ttl || multicast ? a.ttl : ip4_dst_hoplimit(n, rt);
  ip.protocol = a.protocol;
  ip.saddr = a.saddr;
  ip.daddr = a.daddr;
  // No id is needed where no fragment can come of it; connected sockets count nevertheless. What UDP lets others cut is
  // given one only, though each segment takes its own.
  const u32 ids = a.protocol == IPPROTO_UDP ? 1 : skb_gso_segs(*p);
  ip.id = a.df && !a.ignore_df ? be16(a.id) : ip_select_ident(n, a.daddr, a.saddr, a.protocol, ids);
  p->ignore_df = a.ignore_df;
  p->mark = a.mark;
  p->priority = a.priority;
  ipcb(*p) = {};
  if (unlikely(optlen != 0)) ip_options_build(*p, *a.opt, a.final_daddr, rt);
  skb_dst_set(*p, const_cast<rtable*>(&rt));
  return local_out(n, std::move(p));
}

}  // namespace linnet
