// RTM_GETSTATS: a device's counters without the rest of a link message (ifstat, ip stats); RTM_SETSTATS: whether its hardware
// is to count what it forwards. No device here has such hardware, so that what is asked for is kept, and counts nothing.
#include "net/core/rtnl_link.hh"

namespace linnet {

namespace {

// Which groups of counters are asked for (the bits of IFLA_STATS_*), and which of those about hardware
// (IFLA_OFFLOAD_XSTATS_*).
struct stats_filter {
  u32 groups = 0;
  u32 offload = ~0u;
};

constexpr bool wants(u32 mask, unsigned attr) { return mask & IFLA_STATS_FILTER_BIT(attr); }

constexpr auto filter_policy = [] {
  std::array<nla_policy, IFLA_STATS_MAX + 1> p{};
  p[IFLA_STATS_LINK_OFFLOAD_XSTATS] = nla_mask(NLA_U32, (1u << (IFLA_OFFLOAD_XSTATS_MAX + 1)) - 1);
  return p;
}();
constexpr auto get_policy = [] {
  std::array<nla_policy, IFLA_STATS_GETSET_MAX + 1> p{};
  p[IFLA_STATS_GET_FILTERS] = nla_nested(filter_policy);
  return p;
}();
constexpr auto set_policy = [] {
  std::array<nla_policy, IFLA_STATS_GETSET_MAX + 1> p{};
  p[IFLA_STATS_SET_OFFLOAD_XSTATS_L3_STATS] = nla_ranged(NLA_U8, 0, 1);
  return p;
}();

bool l3_requested(const net_device& d) {
  return rtnl_of(d.nd_net->w).offload_xstats_l3.contains(&d);
}

// What hardware is to count, and whether any does.
bool put_hw_s_info(sk_buff& s, const net_device& d) {
  nlattr* all = nla_nest_start(s, IFLA_OFFLOAD_XSTATS_HW_S_INFO);
  nlattr* l3 = all ? nla_nest_start(s, IFLA_OFFLOAD_XSTATS_L3_STATS) : nullptr;
  if (!l3 || !nla_put_u8(s, IFLA_OFFLOAD_XSTATS_HW_S_INFO_REQUEST, l3_requested(d)) ||
      !nla_put_u8(s, IFLA_OFFLOAD_XSTATS_HW_S_INFO_USED, 0))
    return false;
  nla_nest_end(s, l3);
  nla_nest_end(s, all);
  return true;
}

// rtnl_offload_xstats_fill.
bool put_offload_xstats(sk_buff& s, const net_device& d, u32 mask) {
  const bool info = wants(mask, IFLA_OFFLOAD_XSTATS_HW_S_INFO);
  const bool l3 = wants(mask, IFLA_OFFLOAD_XSTATS_L3_STATS) && l3_requested(d);
  if (!info && !l3) return true;
  nlattr* nest = nla_nest_start_noflag(s, IFLA_STATS_LINK_OFFLOAD_XSTATS);
  if (!nest) return false;
  if (info && !put_hw_s_info(s, d)) return false;
  if (l3 && !nla_put_raw(s, IFLA_OFFLOAD_XSTATS_L3_STATS, rtnl_hw_stats64())) return false;
  nla_nest_end(s, nest);
  return true;
}

bool put_groups(sk_buff& s, const net_device& d, const stats_filter& f) {
  if (wants(f.groups, IFLA_STATS_LINK_64) && !nla_put_raw(s, IFLA_STATS_LINK_64, dev_get_stats(d)))
    return false;
  if (wants(f.groups, IFLA_STATS_LINK_OFFLOAD_XSTATS) && !put_offload_xstats(s, d, f.offload))
    return false;
  if (wants(f.groups, IFLA_STATS_AF_SPEC)) {  // no family here has any
    nlattr* nest = nla_nest_start_noflag(s, IFLA_STATS_AF_SPEC);
    if (!nest) return false;
    nla_nest_end(s, nest);
  }
  return true;
}

bool fill(sk_buff& s, const net_device& d, u32 portid, u32 seq, int flags, const stats_filter& f) {
  nlmsghdr* h = nlmsg_put(s, portid, seq, RTM_NEWSTATS, sizeof(if_stats_msg), flags);
  if (!h) return false;
  auto& m = nlmsg_body<if_stats_msg>(h);
  m.ifindex = static_cast<u32>(d.ifindex);
  m.filter_mask = f.groups;
  if (!put_groups(s, d, f)) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

status valid_req(const nlmsghdr& h, bool strict, bool dump) {
  const auto* m = nlmsg_header<if_stats_msg>(h);
  if (!m) return err(EINVAL, "Invalid header for stats dump");
  if (!strict) return {};
  if (m->pad1 || m->pad2 || (dump && m->ifindex))
    return err(EINVAL, "Invalid values in header for stats dump request");
  if (m->filter_mask >= IFLA_STATS_FILTER_BIT(IFLA_STATS_MAX + 1))
    return err(EINVAL, "Invalid stats requested through filter mask");
  return {};
}

// rtnl_stats_get_parse.
result<stats_filter> parse_filter(const nlmsghdr& h) {
  stats_filter f{.groups = nlmsg_header<if_stats_msg>(h)->filter_mask};
  nla_table<IFLA_STATS_GETSET_MAX> tb;
  if (status s = nlmsg_parse(h, sizeof(if_stats_msg), tb, get_policy); !s)
    return std::unexpected(s.error());
  if (!tb[IFLA_STATS_GET_FILTERS]) return f;
  nla_table<IFLA_STATS_MAX> filters;
  if (status s =
          nla_parse_nested(filters, tb[IFLA_STATS_GET_FILTERS], filter_policy, NL_VALIDATE_STRICT);
      !s)
    return std::unexpected(s.error());
  if (const nla offload = filters[IFLA_STATS_LINK_OFFLOAD_XSTATS]) {
    if (!wants(f.groups, IFLA_STATS_LINK_OFFLOAD_XSTATS))
      return err(EINVAL, "Filtered attribute not enabled in filter_mask");
    f.offload = offload.get_u32();
  }
  return f;
}

// Tells RTNLGRP_STATS what is to be counted now.
void offload_xstats_notify(net_device& d) {
  net& n = *d.nd_net;
  if (!rtnl_has_listeners(n, RTNLGRP_STATS)) return;
  skb_ptr s = nlmsg_new(n.c);
  fill(*s, d, 0, 0, 0,
       {.groups = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_OFFLOAD_XSTATS),
        .offload = IFLA_STATS_FILTER_BIT(IFLA_OFFLOAD_XSTATS_HW_S_INFO)});
  rtnl_notify(n, std::move(s), RTNLGRP_STATS);
}

}  // namespace

status rtnl_stats_get(nl_request& rq) {
  if (status s = valid_req(rq.nlh, rq.from.strict_check, false); !s) return s;
  const auto& m = *nlmsg_header<if_stats_msg>(rq.nlh);
  net_device* d = m.ifindex ? dev_get_by_index(rq.ns(), static_cast<int>(m.ifindex)) : nullptr;
  if (!m.ifindex) return err(EINVAL);
  if (!d) return err(ENODEV);
  if (!m.filter_mask) return err(EINVAL, "Filter mask must be set for stats get");
  auto f = parse_filter(rq.nlh);
  if (!f) return std::unexpected(f.error());
  skb_ptr s = nlmsg_new(rq.ns().c);
  fill(*s, *d, rq.portid(), rq.seq(), 0, *f);
  rq.reply(std::move(s));
  return {};
}

status rtnl_stats_dump(sk_buff& s, netlink_callback& cb) {
  if (status r = valid_req(*cb.nlh, cb.strict_check, true); !r) return r;
  if (!nlmsg_header<if_stats_msg>(*cb.nlh)->filter_mask)
    return err(EINVAL, "Filter mask must be set for stats dump");
  const auto f = parse_filter(*cb.nlh);
  if (!f) return std::unexpected(f.error());
  auto& devices = cb.ns().dev_base;
  cb.seq = cb.ns().dev_base_seq;
  for (auto it = devices.upper_bound(static_cast<int>(cb.args[0])); it != devices.end(); ++it) {
    if (!fill(s, *it->second, cb.portid(), cb.nlmsg_seq(), NLM_F_MULTI, *f)) return err(EMSGSIZE);
    cb.args[0] = static_cast<u64>(it->first);
  }
  if (s.len()) nl_dump_check_consistent(cb, reinterpret_cast<nlmsghdr*>(s.data));
  return {};
}

status rtnl_stats_set(nl_request& rq) {
  if (status s = valid_req(rq.nlh, rq.from.strict_check, false); !s) return s;
  const auto& m = *nlmsg_header<if_stats_msg>(rq.nlh);
  if (m.family != AF_UNSPEC) return err(EINVAL, "Address family should be AF_UNSPEC");
  if (!m.ifindex) return err(EINVAL);
  net_device* d = dev_get_by_index(rq.ns(), static_cast<int>(m.ifindex));
  if (!d) return err(ENODEV);
  if (m.filter_mask) return err(EINVAL, "Filter mask must be 0 for stats set");
  nla_table<IFLA_STATS_GETSET_MAX> tb;
  if (status s = nlmsg_parse(rq.nlh, sizeof m, tb, set_policy); !s) return s;
  const nla l3 = tb[IFLA_STATS_SET_OFFLOAD_XSTATS_L3_STATS];
  if (!l3) return {};
  auto& requested = rtnl_of(rq.ns().w).offload_xstats_l3;
  const bool changed = l3.get_u8() ? requested.insert(d).second : requested.erase(d);
  if (changed) offload_xstats_notify(*d);
  return {};
}

}  // namespace linnet
