// IPv4 input: the headers of a burst are validated, its destinations looked up together (route_burst.hh), and the packets
// go on in runs whose routes have the same input function. Within a run each packet has a route of its own.
#include <linux/in_route.h>
#include <netinet/in.h>

#include "base/checksum.hh"
#include "net/core/dev.hh"
#include "net/core/gso.hh"
#include "net/core/l3mdev.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/early_demux.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/fib_trace.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/ip_fragment.hh"
#include "net/ipv4/ip_options.hh"
#include "net/ipv4/raw.hh"
#include "net/ipv4/route_burst.hh"
#include "net/ipv4/snmp.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

// What every packet counts, for a burst at a time.
struct rcv_counts {
  u64 packets = 0, octets = 0;
  std::array<u64, 4> ecn{};  // by code point: NoECT, ECT1, ECT0, CE
  void flush(net& n) const {
    ip_inc_stats(n, IPSTATS_MIB_INPKTS, packets);
    ip_inc_stats(n, IPSTATS_MIB_INOCTETS, octets);
    for (size_t i = 0; i < ecn.size(); ++i)
      ip_inc_stats(n, IPSTATS_MIB_NOECTPKTS + static_cast<int>(i), ecn[i]);
  }
};

// ip_rcv_core: everything that the header alone decides.
skb_drop_reason ip_rcv_core(sk_buff& s, net& n, rcv_counts& counts) {
  if (s.pkt == pkt_type::otherhost) {
    ++s.dev->stats.rx_otherhost_dropped;
    return OTHERHOST;
  }
  ++counts.packets;
  counts.octets += s.len();
  const iphdr* ip = skb_header<iphdr>(s);
  if (unlikely(!ip)) {
    ip_inc_stats(n, IPSTATS_MIB_INHDRERRORS);
    return PKT_TOO_SMALL;
  }
  if (unlikely(ip->ihl() < 5 || ip->version() != 4)) {
    ip_inc_stats(n, IPSTATS_MIB_INHDRERRORS);
    return IP_INHDR;
  }
  counts.ecn[ip->tos & 3] += skb_gso_segs(s);
  const u32 hlen = ip->header_len();
  if (unlikely(s.len() < hlen)) {
    ip_inc_stats(n, IPSTATS_MIB_INHDRERRORS);
    return PKT_TOO_SMALL;
  }
  if (unlikely(ip_fast_csum(ip, ip->ihl()).raw() != 0)) {
    ip_inc_stats(n, IPSTATS_MIB_CSUMERRORS);
    ip_inc_stats(n, IPSTATS_MIB_INHDRERRORS);
    return IP_CSUM;
  }
  const u32 len = ip->tot_len.host();
  if (unlikely(s.len() < len)) {
    ip_inc_stats(n, IPSTATS_MIB_INTRUNCATEDPKTS);
    return PKT_TOO_SMALL;
  }
  if (unlikely(len < hlen)) {
    ip_inc_stats(n, IPSTATS_MIB_INHDRERRORS);
    return IP_INHDR;
  }
  if (len < s.len()) {
    skb_trim(s, len);  // link-layer padding
    if (s.summed == ip_summed::complete) s.summed = ip_summed::none;
  }
  s.transport_header = static_cast<u16>(s.network_header + hlen);
  ipcb(s) = {};
  ipcb(s).iif = s.skb_iif;
  if (unlikely(s.sk != nullptr)) skb_orphan(s);
  return not_dropped_yet;
}

// What two packets must share to take the same input route, where neither rules nor several next hops ask for more.
struct route_key {
  be32 daddr, saddr;
  u8 tos = 0;
  pkt_type pkt = pkt_type::host;
  u32 mark = 0;
  bool operator==(const route_key&) const = default;
};

void count_realms(net& n, const sk_buff& s, u32 tclassid) {
  auto& acct = ipv4_of(*n.w.init_net).rt_acct;
  if (!acct) acct = std::make_unique<ip_rt_accts>();
  ip_rt_acct &to = (*acct)[tclassid & 255], &from = (*acct)[tclassid >> 16 & 255];
  ++to.o_packets;
  to.o_bytes += s.len();
  ++from.i_packets;
  from.i_bytes += s.len();
}

// ip_rcv_finish_core: the route, unless it has one. `like`: a packet of the same burst, with the same key and still
// here, for which `res` was found.
skb_drop_reason ip_rcv_finish_core(sk_buff& s, net_device& dev, const sk_buff* like,
                                   fib_result& res) {
  net& n = *dev.nd_net;
  const iphdr& ip = ip_hdr(s);
  if (!s.dst) {
    if (like) {
      ipcb(s).flags |= ipcb(*like).flags & IPSKB_DOREDIRECT;
      if (like->dst_noref)
        skb_dst_set_noref(s, like->dst);
      else
        skb_dst_set(s, like->dst);
    } else if (auto why =
                   ip_route_input_res(s, ip.daddr, ip.saddr, ip.tos, dev, res = fib_result());
               unlikely(why != not_dropped_yet)) {
      trace(n.c, tp::ip_route_input, &s, &dev, {}, why);
      if (why == IP_RPFILTER) ++ipv4_of(n).mib.net[LINUX_MIB_IPRPFILTER];
      return why;
    }
  }
  if (unlikely(skb_rtable(s)->tclassid)) count_realms(n, s, skb_rtable(s)->tclassid);
  trace_input_route(n, s, dev, res);
  if (unlikely(ip.ihl() > 5)) {
    if (auto why = ip_rcv_options(s, dev); why != not_dropped_yet) return why;
  }
  const rtable& rt = *skb_rtable(s);
  if (unlikely(rt.rt_type == RTN_MULTICAST)) {
    ip_inc_stats(n, IPSTATS_MIB_INMCASTPKTS);
    ip_inc_stats(n, IPSTATS_MIB_INMCASTOCTETS, s.len());
  } else if (unlikely(rt.rt_type == RTN_BROADCAST)) {
    ip_inc_stats(n, IPSTATS_MIB_INBCASTPKTS);
    ip_inc_stats(n, IPSTATS_MIB_INBCASTOCTETS, s.len());
  } else if (unlikely(s.pkt == pkt_type::broadcast || s.pkt == pkt_type::multicast)) {
    // RFC 1122 §3.3.6: no unicast packet in a link-layer broadcast, if so configured.
    if (in_dev_orconf(*dev.ip_ptr, IPV4_DEVCONF_DROP_UNICAST_IN_L2_MULTICAST)) {
      return UNICAST_IN_L2_MULTICAST;
    }
  }
  return not_dropped_yet;
}

packet_type ip_packet_type = {.type = be16(ETH_P_IP), .list_func = ip_list_rcv};

}  // namespace

namespace {

// Takes the packets with believable headers off `list`, as many as are routed at a time.
sk_buff_head take_valid(net& n, sk_buff_head& list, route_burst& routes) {
  sk_buff_head valid;
  rcv_counts counts;
  while (valid.qlen() < route_burst::most) {
    skb_ptr p = list.dequeue();
    if (!p) break;
    if (const sk_buff* following = list.peek()) __builtin_prefetch(following->data);
    if (const auto why = ip_rcv_core(*p, n, counts); unlikely(why != not_dropped_yet)) {
      kfree_skb_reason(std::move(p), why);
      continue;
    }
    routes.expect(ip_hdr(*p).daddr);
    valid.enqueue(std::move(p));
  }
  counts.flush(n);
  return valid;
}

}  // namespace

void ip_list_rcv(sk_buff_head&& list, net_device& dev) {
  net& n = *dev.nd_net;
  trace_list(n.c, tp::ip_rcv, list, &dev);
  route_burst routes(dev);
  sk_buff_head run;
  net_device* const vrf = l3mdev_master_dev(dev);
  const bool demux = early_demux_wanted(n);
  route_key key;
  fib_result res;  // of the packet before, if that was looked up by itself
  bool looked_up = false;
  const auto shares_route = [&](const route_key& k) {
    return looked_up && k == key && !(res.fi && fib_info_num_path(*res.fi) > 1) &&
           !fib_tables_of(n).has_custom_rules;
  };
  auto flush = [&] {
    if (!run.empty()) run.peek()->dst->input(n, std::move(run));
  };
  while (!list.empty()) {
    sk_buff_head valid = take_valid(n, list, routes);
    routes.look_up();
    while (skb_ptr p = valid.dequeue()) {
      if (unlikely(vrf)) vrf->l3mdev_ops->l3mdev_l3_rcv(*vrf, *p);
      const iphdr& ip = ip_hdr(*p);
      const sk_buff* like = nullptr;
      if (demux && !p->dst && ip.protocol == IPPROTO_TCP) tcp_v4_early_demux(n, *p);
      if (p->dst) {
        routes.skip();
      } else if (!routes.route(*p, ip)) {
        const route_key k = {ip.daddr, ip.saddr, ip.tos, p->pkt, p->mark};
        if (!run.empty() && shares_route(k) && !ipcb(*run.last()).opt.optlen) like = run.last();
        key = k;
      }
      looked_up = !p->dst;
      const auto why = ip_rcv_finish_core(*p, dev, like, res);
      if (unlikely(why != not_dropped_yet)) {
        kfree_skb_reason(std::move(p), why);
        continue;
      }
      if (!run.empty() && run.peek()->dst->input != p->dst->input) flush();
      // The cache may lose a route while packets before this one go their way.
      skb_dst_force(*p);
      run.enqueue(std::move(p));
    }
  }
  flush();
}

// Up to the protocols: raw sockets first, each with a copy, then the protocol's handler.
void ip_local_deliver(net& n, sk_buff_head&& list) {
  trace_list(n.c, tp::ip_local_deliver, list, nullptr);
  sk_buff_head run;
  const net_protocol* handler = nullptr;
  auto flush = [&] {
    if (!run.empty()) handler->handler(std::move(run), n);
  };
  while (skb_ptr p = list.dequeue()) {
    const iphdr& ip = ip_hdr(*p);
    if (unlikely(ip.frag_off.host() & (ip_mf | ip_offset))) {
      p = ip_defrag(n, std::move(p));
      if (!p) continue;
    }
    skb_pull(*p, p->transport_offset());
    const u8 protocol = ip_hdr(*p).protocol;
    const bool raw = raw_local_deliver(n, *p, protocol);
    const net_protocol* proto = inet_protocol(n, protocol);
    if (likely(proto != nullptr)) {
      ip_inc_stats(n, IPSTATS_MIB_INDELIVERS);
      if (proto != handler) {
        flush();
        handler = proto;
      }
      run.enqueue(std::move(p));
    } else if (raw) {
      ip_inc_stats(n, IPSTATS_MIB_INDELIVERS);
      consume_skb(std::move(p));
    } else {
      ip_inc_stats(n, IPSTATS_MIB_INUNKNOWNPROTOS);
      icmp_send(*p, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, be32());
      kfree_skb_reason(std::move(p), IP_NOPROTO);
    }
  }
  flush();
}

void ip_init(world& w) { w.ptypes.push_back(&ip_packet_type); }

}  // namespace linnet
