// RTM_NEWNEXTHOP, RTM_DELNEXTHOP, RTM_GETNEXTHOP and the dump of objects, which goes by id. The order of the checks
// is Linux's, for it decides which of several mistakes is told of.
#include <algorithm>
#include <climits>

#include "net/core/rtnetlink.hh"
#include "net/ipv4/ip_tunnel_core.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/nexthop_group.hh"

namespace linnet {

namespace {

constexpr auto policy_new = [] {
  std::array<nla_policy, NHA_RES_GROUP + 1> p{};
  p[NHA_ID] = p[NHA_OIF] = nla_of(NLA_U32);
  p[NHA_GROUP] = p[NHA_GATEWAY] = nla_of(NLA_BINARY);
  p[NHA_GROUP_TYPE] = p[NHA_ENCAP_TYPE] = nla_of(NLA_U16);
  p[NHA_BLACKHOLE] = p[NHA_FDB] = nla_of(NLA_FLAG);
  p[NHA_ENCAP] = p[NHA_RES_GROUP] = nla_of(NLA_NESTED);
  return p;
}();

constexpr auto policy_res = [] {
  std::array<nla_policy, NHA_RES_GROUP_UNBALANCED_TIMER + 1> p{};
  p[NHA_RES_GROUP_BUCKETS] = nla_of(NLA_U16);
  p[NHA_RES_GROUP_IDLE_TIMER] = p[NHA_RES_GROUP_UNBALANCED_TIMER] = nla_of(NLA_U32);
  return p;
}();

constexpr std::array<nla_policy, NHA_ID + 1> policy_get = {nla_policy{}, nla_of(NLA_U32)};

constexpr auto policy_dump = [] {
  std::array<nla_policy, NHA_FDB + 1> p{};
  p[NHA_OIF] = p[NHA_MASTER] = nla_of(NLA_U32);
  p[NHA_GROUPS] = p[NHA_FDB] = nla_of(NLA_FLAG);
  return p;
}();

using new_table = nla_table<NHA_RES_GROUP>;

// ---- what a request says

status parse_header(const nl_request& rq, const new_table& tb, nh_config& cfg) {
  const nhmsg& h = *nlmsg_header<nhmsg>(rq.nlh);
  if (h.resvd || h.nh_scope) return err(EINVAL, "Invalid values in ancillary header");
  if (h.nh_flags & ~u32{RTNH_F_ONLINK})
    return err(EINVAL, "Invalid nexthop flags in ancillary header");
  const bool known = h.nh_family == AF_INET || h.nh_family == AF_INET6 ||
                     (h.nh_family == AF_UNSPEC && tb[NHA_GROUP]);
  if (!known) return err(EINVAL, "Invalid address family");
  cfg.nh_family = h.nh_family;
  cfg.nh_protocol = h.nh_protocol;
  cfg.nh_flags = h.nh_flags;
  cfg.nlflags = rq.nlh.nlmsg_flags;
  cfg.rq = &rq;
  if (tb[NHA_ID]) cfg.nh_id = tb[NHA_ID].get_u32();
  if (!tb[NHA_FDB]) return {};
  if (tb[NHA_OIF] || tb[NHA_BLACKHOLE] || tb[NHA_ENCAP] || tb[NHA_ENCAP_TYPE])
    return err(EINVAL, "Fdb attribute can not be used with encap, oif or blackhole");
  if (h.nh_flags) return err(EINVAL, "Unsupported nexthop flags in ancillary header");
  cfg.nh_fdb = true;
  return {};
}

status parse_res_group(nla res, nh_config& cfg) {
  if (!res) return {};
  nla_table<NHA_RES_GROUP_UNBALANCED_TIMER> tb;
  if (auto s = nla_parse_nested(tb, res, policy_res, NL_VALIDATE_STRICT); !s) return s;
  if (nla a = tb[NHA_RES_GROUP_BUCKETS]) {
    cfg.res.num_buckets = a.get_u16();
    if (!cfg.res.num_buckets) return err(EINVAL, "Number of buckets needs to be non-0");
    cfg.res.has_num_buckets = true;
  }
  if (nla a = tb[NHA_RES_GROUP_IDLE_TIMER]) {
    cfg.res.idle_timer = a.get_u32() * ns_per_clock_tick;
    cfg.res.has_idle_timer = true;
  }
  if (nla a = tb[NHA_RES_GROUP_UNBALANCED_TIMER]) {
    cfg.res.unbalanced_timer = a.get_u32() * ns_per_clock_tick;
    cfg.res.has_unbalanced_timer = true;
  }
  return {};
}

status parse_group(const nl_request& rq, const new_table& tb, nh_config& cfg) {
  if (cfg.nh_family != AF_UNSPEC) return err(EINVAL, "Invalid family for group");
  cfg.nh_grp = tb[NHA_GROUP];
  cfg.nh_grp_type = NEXTHOP_GRP_TYPE_MPATH;
  if (tb[NHA_GROUP_TYPE]) cfg.nh_grp_type = tb[NHA_GROUP_TYPE].get_u16();
  if (cfg.nh_grp_type > NEXTHOP_GRP_TYPE_MAX) return err(EINVAL, "Invalid group type");
  if (auto s = nh_check_attr_group(rq.ns(), cfg.nh_grp, cfg.nh_fdb); !s) return s;
  const bool res = cfg.nh_grp_type == NEXTHOP_GRP_TYPE_RES;
  for (size_t i = NHA_GROUP_TYPE + 1; i < tb.size(); ++i)
    if (tb[i] && i != NHA_FDB && !(i == NHA_RES_GROUP && res))
      return err(EINVAL, "No other attributes can be set in nexthop groups");
  return res ? parse_res_group(tb[NHA_RES_GROUP], cfg) : status();
}

status parse_device(net& n, const new_table& tb, nh_config& cfg) {
  if (cfg.nh_fdb) return {};
  if (!tb[NHA_OIF])
    return err(EINVAL, "Device attribute required for non-blackhole and non-fdb nexthops");
  cfg.nh_ifindex = tb[NHA_OIF].get_s32();
  cfg.dev = cfg.nh_ifindex ? dev_get_by_index(n, cfg.nh_ifindex) : nullptr;
  if (!cfg.dev) return err(EINVAL, "Invalid device index");
  if (!cfg.dev->up()) return err(ENETDOWN, "Nexthop device is not up");
  if (!cfg.dev->carrier_ok()) return err(ENETDOWN, "Carrier for nexthop device is down");
  return {};
}

status parse_gateway(const new_table& tb, nh_config& cfg) {
  const nla gw = tb[NHA_GATEWAY];
  if (!gw) {
    if (cfg.nh_flags & RTNH_F_ONLINK)
      return err(EINVAL, "ONLINK flag can not be set for nexthop without a gateway");
    return {};
  }
  if (gw.len() != (cfg.nh_family == AF_INET ? sizeof(be32) : size_t{16}))
    return err(EINVAL, "Invalid gateway");
  if (cfg.nh_family == AF_INET) cfg.gw = gw.get_be32();
  return {};
}

status parse_encap(const new_table& tb, nh_config& cfg) {
  if (tb[NHA_ENCAP] && !tb[NHA_ENCAP_TYPE]) return err(EINVAL, "LWT encapsulation type is missing");
  if (!tb[NHA_ENCAP] && tb[NHA_ENCAP_TYPE])
    return err(EINVAL, "LWT encapsulation attribute is missing");
  if (!tb[NHA_ENCAP]) return {};
  const u16 type = tb[NHA_ENCAP_TYPE].get_u16();
  if (status s = lwtunnel_valid_encap_type(type); !s) return s;
  auto state = lwtunnel_build_state(type, tb[NHA_ENCAP]);
  if (!state) return std::unexpected(state.error());
  cfg.encap = std::move(*state);
  return {};
}

status rtm_to_nh_config(nl_request& rq, nh_config& cfg) {
  new_table tb;
  if (auto s = nlmsg_parse(rq.nlh, sizeof(nhmsg), tb, policy_new); !s) return s;
  if (auto s = parse_header(rq, tb, cfg); !s) return s;
  if (tb[NHA_GROUP]) return parse_group(rq, tb, cfg);
  if (tb[NHA_BLACKHOLE]) {
    if (tb[NHA_GATEWAY] || tb[NHA_OIF] || tb[NHA_ENCAP] || tb[NHA_ENCAP_TYPE])
      return err(EINVAL, "Blackhole attribute can not be used with gateway, oif, encap or fdb");
    cfg.nh_blackhole = true;
    return {};
  }
  if (auto s = parse_device(rq.ns(), tb, cfg); !s) return s;
  if (auto s = parse_gateway(tb, cfg); !s) return s;
  return parse_encap(tb, cfg);
}

// ---- writing

bool put_res_group(sk_buff& skb, const nh_res_table& t) {
  nlattr* nest = nla_nest_start(skb, NHA_RES_GROUP);
  if (!nest || !nla_put_u16(skb, NHA_RES_GROUP_BUCKETS, static_cast<u16>(t.buckets.size())) ||
      !nla_put_u32(skb, NHA_RES_GROUP_IDLE_TIMER, ktime_to_clock_t(t.idle_timer)) ||
      !nla_put_u32(skb, NHA_RES_GROUP_UNBALANCED_TIMER, ktime_to_clock_t(t.unbalanced_timer)) ||
      !nla_put_u64(skb, NHA_RES_GROUP_UNBALANCED_TIME, ktime_to_clock_t(t.unbalanced_time())))
    return false;
  nla_nest_end(skb, nest);
  return true;
}

bool put_group(sk_buff& skb, const nh_group& g) {
  if (g.fdb_nh && !nla_put_flag(skb, NHA_FDB)) return false;
  const u16 type = g.resilient() ? NEXTHOP_GRP_TYPE_RES : NEXTHOP_GRP_TYPE_MPATH;
  if (!nla_put_u16(skb, NHA_GROUP_TYPE, type)) return false;
  std::byte* at = nla_reserve(skb, NHA_GROUP, g.entries.size() * sizeof(nexthop_grp));
  if (!at) return false;
  for (const nh_grp_entry& e : g.entries) {
    nexthop_grp out{};
    out.id = e.nh->id;
    out.weight = static_cast<u8>(e.weight - 1);
    std::memcpy(at, &out, sizeof out);
    at += sizeof out;
  }
  return !g.resilient() || put_res_group(skb, *g.res_table);
}

bool put_single(sk_buff& skb, nhmsg& h, const nh_info& info) {
  h.nh_family = info.family;
  if (info.reject_nh) return nla_put_flag(skb, NHA_BLACKHOLE);
  const fib_nh& nh = info.fib_nh;
  if (info.fdb_nh && !nla_put_flag(skb, NHA_FDB)) return false;
  if (nh.dev && !nla_put_u32(skb, NHA_OIF, static_cast<u32>(nh.dev->ifindex))) return false;
  h.nh_scope = nh.scope;
  if (nh.gw_family && !nla_put_in_addr(skb, NHA_GATEWAY, nh.gw)) return false;
  return lwtunnel_fill_encap(skb, nh.lwtstate.get(), NHA_ENCAP, NHA_ENCAP_TYPE);
}

// One object as a message; null: the packet is full, and as it was.
nlmsghdr* nh_fill_node(sk_buff& skb, const nexthop& nh, int event, u32 portid, u32 seq,
                       int nlflags) {
  nlmsghdr* nlh = nlmsg_put(skb, portid, seq, event, sizeof(nhmsg), nlflags);
  if (!nlh) return nullptr;
  auto& h = nlmsg_body<nhmsg>(nlh);
  h.nh_flags = nh.nh_flags;
  h.nh_protocol = nh.protocol;
  if (!nla_put_u32(skb, NHA_ID, nh.id) ||
      !(nh.is_group() ? put_group(skb, *nh.group) : put_single(skb, h, *nh.info))) {
    nlmsg_cancel(skb, nlh);
    return nullptr;
  }
  nlmsg_end(skb, nlh);
  return nlh;
}

u32 message_size(const nexthop& nh) {
  return static_cast<u32>(256 +
                          (nh.is_group() ? nh.group->entries.size() * sizeof(nexthop_grp) : 0));
}

// ---- requests

status rtm_new_nexthop(nl_request& rq) {
  nh_config cfg;
  if (auto s = rtm_to_nh_config(rq, cfg); !s) return s;
  return nexthop_add(rq.ns(), cfg);
}

result<nexthop*> named_nexthop(nl_request& rq) {
  nla_table<NHA_ID> tb;
  if (auto s = nlmsg_parse(rq.nlh, sizeof(nhmsg), tb, policy_get); !s)
    return std::unexpected(s.error());
  auto id = nh_valid_get_del_req(rq.nlh, tb);
  if (!id) return std::unexpected(id.error());
  nexthop* nh = nexthop_find_by_id(rq.ns(), *id);
  if (!nh) return err(ENOENT);
  return nh;
}

status rtm_del_nexthop(nl_request& rq) {
  auto nh = named_nexthop(rq);
  if (!nh) return std::unexpected(nh.error());
  remove_nexthop(**nh, &rq);
  return {};
}

status rtm_get_nexthop(nl_request& rq) {
  auto nh = named_nexthop(rq);
  if (!nh) return std::unexpected(nh.error());
  skb_ptr skb = nlmsg_new(rq.ns().c, message_size(**nh));
  if (!nh_fill_node(*skb, **nh, RTM_NEWNEXTHOP, rq.portid(), rq.seq(), 0)) {
    consume_skb(std::move(skb));
    return err(EMSGSIZE);
  }
  rq.reply(std::move(skb));
  return {};
}

result<nh_dump_filter> nh_valid_dump_req(const nlmsghdr& nlh) {
  nla_table<NHA_FDB> tb;
  if (auto s = nlmsg_parse(nlh, sizeof(nhmsg), tb, policy_dump); !s)
    return std::unexpected(s.error());
  return nh_dump_filter_of(nlh, tb);
}

// args[0]: the least id not shown yet.
status rtm_dump_nexthop(sk_buff& skb, netlink_callback& cb) {
  auto filter = nh_valid_dump_req(*cb.nlh);
  if (!filter) return std::unexpected(filter.error());
  const u8 family = nlmsg_header<nhmsg>(*cb.nlh)->nh_family;
  nexthop_table& t = nexthops_of(cb.ns());
  cb.seq = t.seq;
  if (cb.args[0] > UINT_MAX) return {};
  for (auto it = t.by_id.lower_bound(static_cast<u32>(cb.args[0])); it != t.by_id.end(); ++it) {
    cb.args[0] = it->first;
    if (nh_dump_filtered(*it->second, *filter, family)) continue;
    nlmsghdr* h =
        nh_fill_node(skb, *it->second, RTM_NEWNEXTHOP, cb.portid(), cb.nlmsg_seq(), NLM_F_MULTI);
    if (!h) return err(EMSGSIZE);
    nl_dump_check_consistent(cb, h);
  }
  cb.args[0] = u64{UINT_MAX} + 1;
  return {};
}

}  // namespace

result<nh_dump_filter> nh_dump_filter_of(const nlmsghdr& nlh, std::span<const nla> tb) {
  nh_dump_filter f;
  if (tb[NHA_OIF]) {
    if (tb[NHA_OIF].get_u32() > INT_MAX) return err(EINVAL, "Invalid device index");
    f.dev_idx = tb[NHA_OIF].get_s32();
  }
  if (tb[NHA_MASTER]) {
    if (tb[NHA_MASTER].get_u32() > INT_MAX) return err(EINVAL, "Invalid master device index");
    f.master_idx = tb[NHA_MASTER].get_s32();
  }
  f.group_filter = static_cast<bool>(tb[NHA_GROUPS]);
  const nhmsg& h = *nlmsg_header<nhmsg>(nlh);
  if (h.nh_protocol || h.resvd || h.nh_scope || h.nh_flags)
    return err(EINVAL, "Invalid values in header for nexthop dump request");
  return f;
}

bool nh_dump_filtered(const nexthop& nh, const nh_dump_filter& f, u8 family) {
  if (f.group_filter && !nh.is_group()) return true;
  if (!f.dev_idx && !f.master_idx && !family) return false;
  if (nh.is_group()) return true;
  if (family && nh.info->family != family) return true;
  const net_device* dev = nh.info->fib_nh.dev.get();
  if (f.dev_idx && (!dev || dev->ifindex != f.dev_idx)) return true;
  return f.master_idx && (!dev || !dev->master || dev->master->ifindex != f.master_idx);
}

result<u32> nh_valid_get_del_req(const nlmsghdr& nlh, std::span<const nla> tb) {
  const nhmsg& h = *nlmsg_header<nhmsg>(nlh);
  if (h.nh_protocol || h.resvd || h.nh_scope || h.nh_flags)
    return err(EINVAL, "Invalid values in header");
  if (!tb[NHA_ID]) return err(EINVAL, "Nexthop id is missing");
  const u32 id = tb[NHA_ID].get_u32();
  if (!id) return err(EINVAL, "Invalid nexthop id");
  return id;
}

void nexthop_notify(int event, const nexthop& nh, const nl_request* rq) {
  if (!rtnl_notify_wanted(nh.ns, RTNLGRP_NEXTHOP, rq)) return;
  skb_ptr skb = nlmsg_new(nh.ns.c, message_size(nh));
  if (!nh_fill_node(*skb, nh, event, rq ? rq->portid() : 0, rq ? rq->seq() : 0,
                    rq ? rq->nlh.nlmsg_flags : 0))
    return consume_skb(std::move(skb));
  rtnl_notify(nh.ns, std::move(skb), RTNLGRP_NEXTHOP, rq);
}

void nexthop_netlink_init(world& w) {
  for (int family : {PF_UNSPEC, PF_INET}) {
    rtnl_register(w, family, RTM_NEWNEXTHOP, rtm_new_nexthop, nullptr);
    rtnl_register(w, family, RTM_GETNEXTHOP, family == PF_UNSPEC ? rtm_get_nexthop : nullptr,
                  rtm_dump_nexthop);
  }
  rtnl_register(w, PF_UNSPEC, RTM_DELNEXTHOP, rtm_del_nexthop, nullptr);
  nexthop_bucket_init(w);
}

}  // namespace linnet
