// Cached routes as messages. `ip route get` (RTM_GETROUTE without NLM_F_DUMP): the question is put to the same functions
// that route packets; the answer is the route, or with RTM_F_FIB_MATCH the table's entry that led to it. `ip route show
// cache`: the exceptions of next hops that routes were made with.
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "net/ipv4/fib_exceptions.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/fib_netlink.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/ip_tunnel_core.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/route.hh"

namespace linnet {

namespace {

using rta_table = nla_table<RTA_MAX>;

status inet_rtm_valid_getroute_req(nl_request& rq, rta_table& tb) {
  const rtmsg* rtm = nlmsg_header<rtmsg>(rq.nlh);
  if (!rtm) return err(EINVAL, "ipv4: Invalid header for route get request");
  if (!rq.from.strict_check)
    return nlmsg_parse_deprecated(rq.nlh, sizeof *rtm, tb, rtm_ipv4_policy());
  if ((rtm->rtm_src_len && rtm->rtm_src_len != 32) ||
      (rtm->rtm_dst_len && rtm->rtm_dst_len != 32) || rtm->rtm_table || rtm->rtm_protocol ||
      rtm->rtm_scope || rtm->rtm_type)
    return err(EINVAL, "ipv4: Invalid values in header for route get request");
  if (rtm->rtm_flags & ~u32{RTM_F_NOTIFY | RTM_F_LOOKUP_TABLE | RTM_F_FIB_MATCH})
    return err(EINVAL, "ipv4: Unsupported rtm_flags for route get request");
  if (auto s = nlmsg_parse_deprecated_strict(rq.nlh, sizeof *rtm, tb, rtm_ipv4_policy()); !s)
    return s;
  if ((tb[RTA_SRC] && !rtm->rtm_src_len) || (tb[RTA_DST] && !rtm->rtm_dst_len))
    return err(EINVAL, "ipv4: rtm_src_len and rtm_dst_len must be 32 for IPv4");
  for (int i = 0; i <= RTA_MAX; ++i) {
    if (!tb[static_cast<size_t>(i)]) continue;
    switch (i) {
      case RTA_IIF:
      case RTA_OIF:
      case RTA_SRC:
      case RTA_DST:
      case RTA_IP_PROTO:
      case RTA_SPORT:
      case RTA_DPORT:
      case RTA_MARK:
      case RTA_UID: break;
      default: return err(EINVAL, "ipv4: Unsupported attribute in route get request");
    }
  }
  return {};
}

struct question {
  flowi4 fl;
  be32 dst, src;
  int iif = 0;
  bool has_uid = false;
};

result<question> parse_question(nl_request& rq, const rta_table& tb, const rtmsg& rtm) {
  question q;
  if (tb[RTA_SRC]) q.src = tb[RTA_SRC].get_be32();
  if (tb[RTA_DST]) q.dst = tb[RTA_DST].get_be32();
  if (tb[RTA_IIF]) q.iif = tb[RTA_IIF].get_s32();
  if (tb[RTA_OIF]) q.fl.oif = tb[RTA_OIF].get_s32();
  if (tb[RTA_MARK]) q.fl.mark = tb[RTA_MARK].get_u32();
  q.has_uid = tb[RTA_UID] || !q.iif;
  q.fl.uid = tb[RTA_UID] ? tb[RTA_UID].get_u32() : q.iif ? ~u32{0} : rq.from.who.uid;
  if (tb[RTA_IP_PROTO]) {
    q.fl.proto = tb[RTA_IP_PROTO].get_u8();
    if (q.fl.proto != IPPROTO_TCP && q.fl.proto != IPPROTO_UDP && q.fl.proto != IPPROTO_ICMP)
      return err(EOPNOTSUPP, "Unsupported ip proto");
  }
  if (tb[RTA_SPORT]) q.fl.sport = tb[RTA_SPORT].get<be16>();
  if (tb[RTA_DPORT]) q.fl.dport = tb[RTA_DPORT].get<be16>();
  q.fl.daddr = q.dst;
  q.fl.saddr = q.src;
  q.fl.tos = rtm.rtm_tos & IPTOS_RT_MASK;
  return q;
}

struct answer {
  ref<rtable> rt;
  fib_result res;
  bool redirect = false;
};

// As if a packet with these addresses had come in by `q.iif`.
result<answer> ask_input(net& n, question& q) {
  net_device* dev = dev_get_by_index(n, q.iif);
  if (!dev) return err(ENODEV);
  q.fl.iif = q.iif;
  skb_ptr skb = alloc_skb(n.c, 256);
  skb_reserve(*skb, 64);
  constexpr u32 ports = 8;
  std::memset(skb_put(*skb, sizeof(iphdr) + ports), 0, sizeof(iphdr) + ports);
  skb->reset_network_header();
  iphdr& h = ip_hdr(*skb);
  h.set_version_ihl(4, 5);
  std::memcpy(skb->data + sizeof(iphdr), &q.fl.sport, sizeof q.fl.sport);
  std::memcpy(skb->data + sizeof(iphdr) + 2, &q.fl.dport, sizeof q.fl.dport);
  h.protocol = q.fl.proto ? q.fl.proto : u8{IPPROTO_UDP};
  h.saddr = q.src;
  h.daddr = q.dst;
  skb->protocol = be16(u16{ETH_P_IP});
  skb->dev = dev;
  skb->mark = q.fl.mark;
  ipcb(*skb) = inet_skb_parm{};
  answer a;
  auto why = ip_route_input_res(*skb, q.dst, q.src, q.fl.tos, *dev, a.res);
  int code = 0;
  if (why != skb_drop_reason::not_dropped_yet) {
    code = why == skb_drop_reason::IP_RPFILTER ? EXDEV : EINVAL;
  } else {
    a.rt = ref<rtable>(skb_rtable(*skb));
    a.redirect = ipcb(*skb).flags & IPSKB_DOREDIRECT;
    code = a.rt->error;
  }
  skb_dst_drop(*skb);
  consume_skb(std::move(skb));
  if (code) return err(code);
  return a;
}

result<answer> ask_output(net& n, question& q) {
  answer a;
  auto rt = ip_route_output_key_res(n, q.fl, a.res);
  if (!rt) return std::unexpected(rt.error());
  a.rt = *rt;
  return a;
}

// The route's own metrics, and what has been learnt over them and still holds.
bool put_metrics(sk_buff& skb, const rtable& rt, ktime now) {
  const bool holds = rt.expires > now;
  if (!rt.rt_pmtu || !holds)
    return rtnetlink_put_metrics(skb, rt.from ? rt.from->metrics.get() : nullptr);
  std::array<u32, RTAX_MAX> metrics{};
  if (rt.from && rt.from->metrics) metrics = *rt.from->metrics;
  metrics[RTAX_MTU - 1] = rt.rt_pmtu;
  if (rt.rt_mtu_locked) metrics[RTAX_LOCK - 1] |= 1u << RTAX_MTU;
  return rtnetlink_put_metrics(skb, &metrics);
}

// What there is to say of a cached route besides itself.
struct route_message {
  u32 portid, seq;
  unsigned nlm_flags;
  u32 table, rtm_flags;
  be32 dst, src;
  u8 tos;                       // of the entry that matched, not of the question
  const question* q = nullptr;  // null: nobody asked, it is dumped
};

bool rt_fill_info(sk_buff& skb, const rtable& rt, const route_message& m) {
  nlmsghdr* nlh =
      nlmsg_put(skb, m.portid, m.seq, RTM_NEWROUTE, sizeof(rtmsg), static_cast<int>(m.nlm_flags));
  if (!nlh) return false;
  auto& r = nlmsg_body<rtmsg>(nlh);
  r.rtm_family = AF_INET;
  r.rtm_dst_len = 32;
  r.rtm_src_len = m.src ? 32 : 0;
  r.rtm_tos = m.tos;
  r.rtm_table = static_cast<u8>(m.table < 256 ? m.table : u32{RT_TABLE_COMPAT});
  r.rtm_type = rt.rt_type;
  r.rtm_scope = RT_SCOPE_UNIVERSE;
  r.rtm_protocol = RTPROT_UNSPEC;
  r.rtm_flags = (rt.rt_flags & ~0xffffu) | RTM_F_CLONED | m.rtm_flags;
  if (rt.rt_flags & RTCF_NOTIFY) r.rtm_flags |= RTM_F_NOTIFY;
  const ktime now = rt.ns->w.now();
  const question* q = m.q;
  const bool prefsrc = q && !rt.rt_is_input && q->fl.saddr != m.src;
  const bool ok = nla_put_u32(skb, RTA_TABLE, m.table) && nla_put_in_addr(skb, RTA_DST, m.dst) &&
                  (!m.src || nla_put_in_addr(skb, RTA_SRC, m.src)) &&
                  nla_put_s32(skb, RTA_OIF, rt.dev->ifindex) &&
                  lwtunnel_fill_encap(skb, rt.lwtstate.get(), RTA_ENCAP, RTA_ENCAP_TYPE) &&
                  (!rt.tclassid || nla_put_u32(skb, RTA_FLOW, rt.tclassid)) &&
                  (!prefsrc || nla_put_in_addr(skb, RTA_PREFSRC, q->fl.saddr)) &&
                  (!rt.rt_gw_family || nla_put_in_addr(skb, RTA_GATEWAY, rt.rt_gw4)) &&
                  put_metrics(skb, rt, now) &&
                  (!q || !q->fl.mark || nla_put_u32(skb, RTA_MARK, q->fl.mark)) &&
                  (!q || !q->has_uid || nla_put_u32(skb, RTA_UID, q->fl.uid)) &&
                  (!q || !rt.rt_is_input || nla_put_s32(skb, RTA_IIF, q->fl.iif)) &&
                  rtnl_put_cacheinfo(skb, 0, rt.lastuse, now, rt.expires > now ? rt.expires : 0,
                                     static_cast<u32>(rt.error), rt.refs());
  if (!ok) {
    nlmsg_cancel(skb, nlh);
    return false;
  }
  nlmsg_end(skb, nlh);
  return true;
}

// One next hop's exceptions whose routes were made (fnhe_dump_bucket). `at` counts over all next hops of a route;
// those before `done` were told already.
bool dump_exceptions(sk_buff& skb, netlink_callback& cb, const fib_nh& nh, u32 table,
                     unsigned flags, u64& at, u64& done) {
  net& n = cb.ns();
  for (auto& [key, e] : nh.exceptions->by_bucket) {
    if (at++ < done) continue;
    const ref<dst_entry>& cached = e.rth_input ? e.rth_input : e.rth_output;
    const bool holds = e.genid == ipv4_of(n).fnhe_genid && (!e.expires || n.w.now() <= e.expires);
    if (cached && holds &&
        !rt_fill_info(skb, static_cast<const rtable&>(*cached),
                      {.portid = cb.portid(),
                       .seq = cb.nlmsg_seq(),
                       .nlm_flags = flags,
                       .table = table,
                       .rtm_flags = 0,
                       .dst = e.daddr,
                       .src = be32(),
                       .tos = 0}))
      return false;
    done = at;
  }
  return true;
}

}  // namespace

status inet_rtm_getroute(nl_request& rq) {
  rta_table tb;
  if (auto s = inet_rtm_valid_getroute_req(rq, tb); !s) return s;
  const rtmsg& rtm = *nlmsg_header<rtmsg>(rq.nlh);
  auto q = parse_question(rq, tb, rtm);
  if (!q) return std::unexpected(q.error());
  net& n = rq.ns();
  auto a = q->iif ? ask_input(n, *q) : ask_output(n, *q);
  if (!a) return std::unexpected(a.error());

  u32 table = rtm.rtm_flags & RTM_F_LOOKUP_TABLE ? a->res.table : u32{RT_TABLE_MAIN};
  skb_ptr skb = nlmsg_new(n.c);
  bool ok;
  if (rtm.rtm_flags & RTM_F_NOTIFY) a->rt->rt_flags |= RTCF_NOTIFY;  // stays with a cached route
  if (rtm.rtm_flags & RTM_F_FIB_MATCH) {
    if (!a->res.fi) {
      consume_skb(std::move(skb));
      int code = fib_props[a->res.type].error;
      return err(code ? code : EHOSTUNREACH);
    }
    fib_rt_info fri{a->res.fi, table, a->res.prefix, a->res.prefixlen, a->res.tos, a->rt->rt_type};
    ok = fib_dump_info(*skb, rq.portid(), rq.seq(), RTM_NEWROUTE, fri, 0);
  } else {
    ok = rt_fill_info(*skb, *a->rt,
                      {.portid = rq.portid(),
                       .seq = rq.seq(),
                       .nlm_flags = 0,
                       .table = table,
                       .rtm_flags = a->redirect ? RTCF_DOREDIRECT : 0u,
                       .dst = q->dst,
                       .src = q->src,
                       .tos = a->res.tos,
                       .q = &*q});
  }
  if (!ok) {
    consume_skb(std::move(skb));
    return err(EMSGSIZE);
  }
  rq.reply(std::move(skb));
  return {};
}

bool fib_dump_info_fnhe(sk_buff& skb, netlink_callback& cb, const fib_info& fi, u32 table,
                        unsigned flags, u64& done) {
  u64 at = 0;
  for (const fib_nh& nh : fi.nh)
    if (nh.exceptions && !(nh.flags & RTNH_F_DEAD) &&
        !dump_exceptions(skb, cb, nh, table, flags, at, done))
      return false;
  return true;
}

}  // namespace linnet
