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
#include "net/ipv4/proc.hh"
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
  if (!skb_valid_dst(s)) {
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
  } else if (unlikely(n.c.trace != nullptr)) {
    res = fib_result();  // nothing was looked up
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

// The routing of what came by one device, a burst at a time.
class input_routes {
 public:
  explicit input_routes(net_device& dev)
      : n_(*dev.nd_net), dev_(dev), vrf_(l3mdev_master_dev(dev)), demux_(n_), routes_(dev) {}

  // Drops what has no believable header; notes where the others want to go.
  void validate(sk_buff_head& burst) {
    rcv_counts counts;
    burst.filter([&](sk_buff& s) {
      const auto why = ip_rcv_core(s, n_, counts);
      if (likely(why == not_dropped_yet)) routes_.expect(ip_hdr(s).daddr);
      return why;
    });
    counts.flush(n_);
  }
  // Gives each packet its route. Whether all that are left have the same input function.
  bool route(sk_buff_head& burst) {
    routes_.look_up();
    const sk_buff* before = nullptr;
    bool same = true;
    burst.filter([&](sk_buff& s) {
      const auto why = route_one(s, before);
      if (unlikely(why != not_dropped_yet)) return why;
      // The cache may lose a route while packets before this one go their way.
      skb_dst_force(s);
      same &= !before || before->dst->input == s.dst->input;
      before = &s;
      return why;
    });
    return same;
  }

 private:
  skb_drop_reason route_one(sk_buff& s, const sk_buff* before) {
    if (unlikely(vrf_)) vrf_->l3mdev_ops->l3mdev_l3_rcv(*vrf_, s);
    const iphdr& ip = ip_hdr(s);
    const sk_buff* like = nullptr;
    if (!s.dst) demux_.find(n_, s, ip);
    if (s.dst) {
      routes_.skip();
    } else if (!routes_.route(s, ip)) {
      const route_key k = {ip.daddr, ip.saddr, ip.tos, s.pkt, s.mark};
      if (before && shares_route(k) && !ipcb(*before).opt.optlen) like = before;
      key_ = k;
    }
    looked_up_ = !s.dst;
    return ip_rcv_finish_core(s, dev_, like, res_);
  }
  bool shares_route(const route_key& k) const {
    return looked_up_ && k == key_ && !(res_.fi && fib_info_num_path(*res_.fi) > 1) &&
           !fib_tables_of(n_).has_custom_rules;
  }

  net& n_;
  net_device& dev_;
  net_device* const vrf_;
  const early_demux demux_;
  route_burst routes_;
  // Of the packet before, if that was looked up by itself.
  route_key key_;
  fib_result res_;
  bool looked_up_ = false;
};

}  // namespace

void ip_list_rcv(sk_buff_head&& list, net_device& dev) {
  net& n = *dev.nd_net;
  trace_list(n.c, tp::ip_rcv, list, &dev);
  input_routes routes(dev);
  sk_buff_head run;
  const auto flush = [&] {
    if (!run.empty()) run.peek()->dst->input(n, std::move(run));
  };
  const auto add = [&](sk_buff_head&& same) {
    if (!run.empty() && run.peek()->dst->input != same.peek()->dst->input) flush();
    run.splice(std::move(same));
  };
  while (!list.empty()) {
    sk_buff_head burst = list.take(route_burst::most);
    routes.validate(burst);
    const bool same = routes.route(burst);
    while (!burst.empty()) add(burst.take(same ? burst.qlen() : 1));
  }
  flush();
}

namespace {

// Whole datagrams of one protocol, which no raw socket is asked about: what most bursts are.
bool all_whole_of(const sk_buff_head& list, const net& n, u8 protocol) {
  if (unlikely(raw_in_use(n))) return false;
  for (const sk_buff* s = list.peek(); s; s = s->next)
    if (ip_hdr(*s).protocol != protocol || ip_hdr(*s).frag_off.host() & (ip_mf | ip_offset))
      return false;
  return true;
}

}  // namespace

// Up to the protocols: raw sockets first, each with a copy, then the protocol's handler.
void ip_local_deliver(net& n, sk_buff_head&& list) {
  trace_list(n.c, tp::ip_local_deliver, list, nullptr);
  const u8 first = ip_hdr(*list.peek()).protocol;
  if (const net_protocol* proto = inet_protocol(n, first);
      likely(proto && all_whole_of(list, n, first))) {
    ip_inc_stats(n, IPSTATS_MIB_INDELIVERS, list.qlen());
    for (sk_buff* s = list.peek(); s; s = s->next) skb_pull(*s, s->transport_offset());
    proto->handler(std::move(list), n);
    return;
  }
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
