// RTM_NEWROUTE, RTM_DELROUTE and the dump of tables. A dump keeps its place as (table, prefix, how many of
// its routes are done), so it goes on rightly whatever changes between two packets of it.
#include "net/ipv4/fib_netlink.hh"
#include "net/ipv4/tcp_cong.hh"

#include <algorithm>
#include <cstring>

#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/fib_walk.hh"
#include "net/ipv4/ip_tunnel_core.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/nexthop.hh"

namespace linnet {

namespace {

constexpr auto policy = [] {
  std::array<nla_policy, RTA_MAX + 1> p{};
  p[RTA_UNSPEC].strict_start_type = RTA_DPORT + 1;
  for (int t : {RTA_DST, RTA_SRC, RTA_IIF, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_PREFSRC,
                RTA_FLOW, RTA_UID, RTA_MARK, RTA_TABLE, RTA_NH_ID})
    p[static_cast<size_t>(t)] = nla_of(NLA_U32);
  p[RTA_METRICS] = p[RTA_ENCAP] = nla_of(NLA_NESTED);
  p[RTA_MULTIPATH] = nla_of(NLA_UNSPEC, sizeof(rtnexthop));
  p[RTA_ENCAP_TYPE] = p[RTA_SPORT] = p[RTA_DPORT] = nla_of(NLA_U16);
  p[RTA_IP_PROTO] = nla_of(NLA_U8);
  return p;
}();

status take_attr(fib_config& cfg, nla a, bool& has_gw, bool& has_via) {
  switch (a.type()) {
    case RTA_DST: cfg.dst = a.get_be32(); break;
    case RTA_OIF: cfg.oif = a.get_s32(); break;
    case RTA_GATEWAY:
      has_gw = true;
      cfg.gw = a.get_be32();
      if (cfg.gw) cfg.gw_family = AF_INET;
      break;
    case RTA_VIA: {
      has_via = true;
      auto gw = fib_gw_from_via(a, cfg.gw_family);
      if (!gw) return std::unexpected(gw.error());
      cfg.gw = *gw;
      break;
    }
    case RTA_PRIORITY: cfg.priority = a.get_u32(); break;
    case RTA_PREFSRC: cfg.prefsrc = a.get_be32(); break;
    case RTA_FLOW: cfg.flow = a.get_u32(); break;
    case RTA_METRICS: cfg.mx = a; break;
    case RTA_MULTIPATH: cfg.mp = a; return fib_valid_encaps(a);
    case RTA_TABLE: cfg.table = a.get_u32(); break;
    case RTA_ENCAP: cfg.encap = a; break;
    case RTA_ENCAP_TYPE:
      cfg.encap_type = a.get_u16();
      return lwtunnel_valid_encap_type(cfg.encap_type);
    case RTA_NH_ID: cfg.nh_id = a.get_u32(); break;
    default: break;
  }
  return {};
}

result<fib_config> rtm_to_fib_config(const nl_request& rq) {
  if (!nlmsg_header<rtmsg>(rq.nlh)) return err(EINVAL);
  nla_table<RTA_MAX> tb;
  if (auto s = nlmsg_parse_deprecated(rq.nlh, sizeof(rtmsg), tb, policy); !s)
    return std::unexpected(s.error());
  const rtmsg& rtm = *nlmsg_header<rtmsg>(rq.nlh);
  if (rtm.rtm_tos & 3) return err(EINVAL, "Invalid dsfield (tos): ECN bits must be 0");
  fib_config cfg;
  cfg.dst_len = rtm.rtm_dst_len;
  cfg.tos = rtm.rtm_tos;
  cfg.table = rtm.rtm_table;
  cfg.protocol = rtm.rtm_protocol;
  cfg.scope = rtm.rtm_scope;
  cfg.type = rtm.rtm_type;
  cfg.flags = rtm.rtm_flags;
  cfg.nlflags = rq.nlh.nlmsg_flags;
  cfg.rq = &rq;
  if (cfg.type > RTN_MAX) return err(EINVAL, "Invalid route type");
  bool has_gw = false, has_via = false;
  for (nla a : nla_range(nlmsg_attrs(rq.nlh, sizeof(rtmsg))))
    if (auto s = take_attr(cfg, a, has_gw, has_via); !s) return std::unexpected(s.error());
  if (cfg.dst_len > 32) return err(EINVAL, "Invalid prefix length");
  if (cfg.dst_len < 32 && cfg.dst.host() << cfg.dst_len)
    return err(EINVAL, "Invalid prefix for given prefix length");
  if (cfg.nh_id && (cfg.oif || cfg.gw_family || cfg.encap || cfg.mp))
    return err(EINVAL, "Nexthop specification and nexthop id are mutually exclusive");
  if (has_gw && has_via)
    return err(EINVAL, "Nexthop configuration can not contain both GATEWAY and VIA");
  if (!cfg.table) cfg.table = RT_TABLE_MAIN;
  return cfg;
}

status inet_rtm_newroute(nl_request& rq) {
  auto cfg = rtm_to_fib_config(rq);
  if (!cfg) return std::unexpected(cfg.error());
  net& n = rq.ns();
  auto s = fib_table_insert(n, fib_new_table(n, cfg->table), *cfg);
  if (s && cfg->type == RTN_LOCAL) fib_tables_of(n).has_custom_local_routes = true;
  return s;
}

status inet_rtm_delroute(nl_request& rq) {
  auto cfg = rtm_to_fib_config(rq);
  if (!cfg) return std::unexpected(cfg.error());
  if (cfg->nh_id && !nexthop_find_by_id(rq.ns(), cfg->nh_id))
    return err(EINVAL, "Nexthop id does not exist");
  fib_table* tb = fib_get_table(rq.ns(), cfg->table);
  if (!tb) return err(ESRCH, "FIB table does not exist");
  return fib_table_delete(rq.ns(), *tb, *cfg);
}

// ---- writing

// RTA_GATEWAY, RTA_OIF and RTA_ENCAP; returns the flags to show through `flags`.
bool fib_nexthop_info(sk_buff& skb, const fib_nh& nh, u32& flags, bool skip_oif) {
  flags |= nh.flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN | RTNH_F_ONLINK);
  if ((nh.flags & RTNH_F_LINKDOWN) && nh.dev && ip_ignore_linkdown(*nh.dev)) flags |= RTNH_F_DEAD;
  if (nh.gw_family == AF_INET && !nla_put_in_addr(skb, RTA_GATEWAY, nh.gw)) return false;
  if (!skip_oif && nh.dev && !nla_put_s32(skb, RTA_OIF, nh.dev->ifindex)) return false;
  return lwtunnel_fill_encap(skb, nh.lwtstate.get(), RTA_ENCAP, RTA_ENCAP_TYPE);
}

bool fib_add_multipath(sk_buff& skb, const fib_info& fi) {
  nlattr* nest = nla_nest_start_noflag(skb, RTA_MULTIPATH);
  if (!nest) return false;
  for (size_t i = 0, end = fib_info_num_path(fi); i < end; ++i) {
    const fib_nh& nh = fib_info_nh(fi, i);
    if (skb.tailroom() < sizeof(rtnexthop)) return false;
    auto* r = reinterpret_cast<rtnexthop*>(skb_put(skb, sizeof(rtnexthop)));
    u32 flags = 0;
    if (!fib_nexthop_info(skb, nh, flags, true)) return false;
    if (nh.tclassid && !nla_put_u32(skb, RTA_FLOW, nh.tclassid)) return false;
    r->rtnh_flags = static_cast<u8>(flags);
    r->rtnh_hops = static_cast<u8>(fib_info_weight(fi, i) - 1);
    r->rtnh_ifindex = nh.dev ? nh.dev->ifindex : 0;
    r->rtnh_len = static_cast<u16>(skb.tail - reinterpret_cast<std::byte*>(r));
  }
  nla_nest_end(skb, nest);
  return true;
}

bool put_route(sk_buff& skb, nlmsghdr* nlh, const fib_rt_info& fri) {
  auto& rtm = nlmsg_body<rtmsg>(nlh);
  const fib_info& fi = *fri.fi;
  rtm.rtm_family = AF_INET;
  rtm.rtm_dst_len = fri.dst_len;
  rtm.rtm_tos = fri.tos;
  rtm.rtm_table = static_cast<u8>(fri.tb_id < 256 ? fri.tb_id : u32{RT_TABLE_COMPAT});
  rtm.rtm_type = fri.type;
  rtm.rtm_flags = fi.flags;
  rtm.rtm_scope = fi.scope;
  rtm.rtm_protocol = fi.protocol;
  if (!nla_put_u32(skb, RTA_TABLE, fri.tb_id) ||
      (fri.dst_len && !nla_put_in_addr(skb, RTA_DST, fri.dst)) ||
      (fi.priority && !nla_put_u32(skb, RTA_PRIORITY, fi.priority)) ||
      !rtnetlink_put_metrics(skb, fi.metrics.get()) ||
      (fi.prefsrc && !nla_put_in_addr(skb, RTA_PREFSRC, fi.prefsrc)))
    return false;
  if (fi.nh_obj) {
    if (!nla_put_u32(skb, RTA_NH_ID, fi.nh_obj->id)) return false;
    if (fi.nh_reject) rtm.rtm_type = RTN_BLACKHOLE;
    if (!ipv4_of(*fi.fib_net).sysctl_nexthop_compat_mode) return true;
  }
  if (fib_info_num_path(fi) > 1) return fib_add_multipath(skb, fi);
  u32 flags = 0;
  const fib_nh& nh = fib_info_nh(fi, 0);
  if (!fib_nexthop_info(skb, nh, flags, false)) return false;
  if (nh.tclassid && !nla_put_u32(skb, RTA_FLOW, nh.tclassid)) return false;
  rtm.rtm_flags = flags;
  return true;
}

// ---- dumping

struct dump_filter {
  u32 table_id = 0;
  u8 protocol = 0, rt_type = 0;
  u32 flags = 0;
  const net_device* dev = nullptr;
  bool set = false, dump_routes = true, dump_exceptions = true;
};

result<dump_filter> ip_valid_fib_dump_req(netlink_callback& cb) {
  const nlmsghdr& nlh = *cb.nlh;
  const rtmsg* rtm = nlmsg_header<rtmsg>(nlh);
  if (!rtm) return err(EINVAL, "Invalid header for FIB dump request");
  if (rtm->rtm_dst_len || rtm->rtm_src_len || rtm->rtm_tos || rtm->rtm_scope)
    return err(EINVAL, "Invalid values in header for FIB dump request");
  if (rtm->rtm_flags & ~u32{RTM_F_CLONED | RTM_F_PREFIX})
    return err(EINVAL, "Invalid flags for FIB dump request");
  dump_filter f;
  f.dump_exceptions = rtm->rtm_flags & RTM_F_CLONED;
  f.dump_routes = !f.dump_exceptions;
  f.flags = rtm->rtm_flags;
  f.protocol = rtm->rtm_protocol;
  f.rt_type = rtm->rtm_type;
  f.table_id = rtm->rtm_table;
  nla_table<RTA_MAX> tb;
  if (auto s = nlmsg_parse_deprecated_strict(nlh, sizeof *rtm, tb, policy); !s)
    return std::unexpected(s.error());
  for (unsigned i = 0; i <= RTA_MAX; ++i) {
    if (!tb[i]) continue;
    if (i == RTA_TABLE) {
      f.table_id = tb[i].get_u32();
    } else if (i == RTA_OIF) {
      f.dev = dev_get_by_index(cb.ns(), tb[i].get_s32());
      if (!f.dev) return err(ENODEV);
    } else {
      return err(EINVAL, "Unsupported attribute in dump request", tb[i].raw());
    }
  }
  f.set = f.flags || f.protocol || f.rt_type || f.table_id || f.dev;
  if (f.set) cb.answer_flags = NLM_F_DUMP_FILTERED;
  return f;
}

bool wanted(const dump_filter& f, const fib_table& tb, const fib_alias& a) {
  if (a.tb_id != tb.id) return false;
  if (!f.set) return true;
  if ((f.rt_type && a.type != f.rt_type) || (f.protocol && a.info->protocol != f.protocol))
    return false;
  return !f.dev || fib_info_nh_uses_dev(*a.info, *f.dev);
}

// args[1..4]: where in the table: key, prefix length + 1 (0: at the start), routes of the prefix done, exceptions of
// the next one done + 1 (0: nor is the route itself).
bool fib_table_dump(sk_buff& skb, netlink_callback& cb, const dump_filter& f, fib_table& tb) {
  unsigned flags = NLM_F_MULTI | (f.set || cb.strict_check ? NLM_F_DUMP_FILTERED : 0);
  fib_trie::cursor c;
  std::span<fib_alias> list;
  if (cb.args[2]) {
    c = {static_cast<u32>(cb.args[1]), static_cast<u8>(cb.args[2] - 1)};
    list = tb.trie->find(c.key, c.plen);
  }
  fib_walk walk(*tb.trie, c);
  if (list.empty()) {
    cb.args[3] = 0;
    list = walk.next();
  }
  for (; !list.empty(); list = walk.next(), cb.args[3] = 0) {
    c = walk.at();
    cb.args[1] = c.key;
    cb.args[2] = c.plen + 1u;
    for (u64& i = cb.args[3]; i < list.size(); ++i) {
      const fib_alias& a = list[i];
      if (!wanted(f, tb, a)) continue;
      if (f.dump_routes && !cb.args[4] &&
          !fib_dump_info(skb, cb.portid(), cb.nlmsg_seq(), RTM_NEWROUTE,
                         {a.info, tb.id, be32(c.key), c.plen, a.tos, a.type}, flags))
        return false;
      if (f.dump_exceptions) {
        u64 done = cb.args[4] ? cb.args[4] - 1 : 0;
        const bool all = fib_dump_info_fnhe(skb, cb, *a.info, tb.id, flags, done);
        cb.args[4] = all ? 0 : done + 1;
        if (!all) return false;
      }
    }
  }
  cb.args[1] = cb.args[2] = cb.args[3] = cb.args[4] = 0;
  return true;
}

}  // namespace

std::span<const nla_policy> rtm_ipv4_policy() { return policy; }

bool rtnetlink_put_metrics(sk_buff& skb, const std::array<u32, RTAX_MAX>* metrics) {
  if (!metrics) return true;
  nlattr* nest = nla_nest_start_noflag(skb, RTA_METRICS);
  if (!nest) return false;
  for (unsigned i = 0; i < RTAX_MAX; ++i) {
    const u32 v = (*metrics)[i];
    const int type = static_cast<int>(i + 1);
    if (v && !(type == RTAX_CC_ALGO ? nla_put_string(skb, type, tcp_ca_get_name_by_key(v))
                                    : nla_put_u32(skb, type, v)))
      return false;
  }
  nla_nest_end(skb, nest);
  return true;
}

bool fib_dump_info(sk_buff& skb, u32 portid, u32 seq, int event, const fib_rt_info& fri,
                   unsigned flags) {
  nlmsghdr* nlh = nlmsg_put(skb, portid, seq, event, sizeof(rtmsg), static_cast<int>(flags));
  if (!nlh) return false;
  if (!put_route(skb, nlh, fri)) {
    nlmsg_cancel(skb, nlh);
    return false;
  }
  nlmsg_end(skb, nlh);
  return true;
}

void rtmsg_fib(int event, net& n, u32 key, const fib_alias& a, u8 plen, u32 table,
               const nl_request* rq, unsigned nlm_flags) {
  if (!rtnl_notify_wanted(n, RTNLGRP_IPV4_ROUTE, rq)) return;
  skb_ptr skb = nlmsg_new(n.c, static_cast<u32>(512 + 128 * fib_info_num_path(*a.info)));
  fib_rt_info fri{a.info, table, be32(key), plen, a.tos, a.type};
  if (!fib_dump_info(*skb, rq ? rq->portid() : 0, rq ? rq->seq() : 0, event, fri, nlm_flags))
    return consume_skb(std::move(skb));
  rtnl_notify(n, std::move(skb), RTNLGRP_IPV4_ROUTE, rq);
}

status inet_dump_fib(sk_buff& skb, netlink_callback& cb) {
  net& n = cb.ns();
  const rtmsg* rtm = nlmsg_header<rtmsg>(*cb.nlh);
  dump_filter f;
  if (cb.strict_check) {
    auto checked = ip_valid_fib_dump_req(cb);
    if (!checked) return std::unexpected(checked.error());
    f = *checked;
  } else if (rtm) {
    f.flags = rtm->rtm_flags & (RTM_F_PREFIX | RTM_F_CLONED);
  }
  if (f.flags & RTM_F_PREFIX) return {};  // IPv6's
  fib_tables& t = fib_tables_of(n);
  if (f.table_id) {
    fib_table* tb = fib_get_table(n, f.table_id);
    if (!tb) {
      if (rtm && rtm->rtm_family != AF_INET) return {};
      return err(ENOENT, "ipv4: FIB table does not exist");
    }
    if (cb.args[0]) return {};
    if (!fib_table_dump(skb, cb, f, *tb)) return err(EMSGSIZE);
    cb.args[0] = 1;
    return {};
  }
  for (u64& i = cb.args[0]; i < t.dump_order.size(); ++i)
    if (!fib_table_dump(skb, cb, f, *t.dump_order[i])) return err(EMSGSIZE);
  return {};
}

void fib_netlink_init(world& w) {
  rtnl_register(w, PF_INET, RTM_NEWROUTE, inet_rtm_newroute, nullptr);
  rtnl_register(w, PF_INET, RTM_DELROUTE, inet_rtm_delroute, nullptr);
  rtnl_register(w, PF_INET, RTM_GETROUTE, inet_rtm_getroute, inet_dump_fib);
}

}  // namespace linnet
