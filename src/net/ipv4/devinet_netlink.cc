// RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR for IPv4.
#include "net/ipv4/devinet.hh"
#include "net/ipv4/ip_fib.hh"
#include "net/ipv4/ip_mc_membership.hh"

namespace linnet {

namespace {

constexpr auto policy = [] {
  std::array<nla_policy, IFA_MAX + 1> p{};
  p[IFA_LOCAL] = nla_of(NLA_U32);
  p[IFA_ADDRESS] = nla_of(NLA_U32);
  p[IFA_BROADCAST] = nla_of(NLA_U32);
  p[IFA_LABEL] = nla_of(NLA_STRING, IFNAMSIZ - 1);
  p[IFA_CACHEINFO].len = sizeof(ifa_cacheinfo);
  p[IFA_FLAGS] = nla_of(NLA_U32);
  p[IFA_RT_PRIORITY] = nla_of(NLA_U32);
  p[IFA_TARGET_NETNSID] = nla_of(NLA_S32);
  p[IFA_PROTO] = nla_of(NLA_U8);
  return p;
}();
using ifa_table = nla_table<IFA_MAX>;

struct fill_args {
  u32 portid = 0, seq = 0;
  int event = RTM_NEWADDR;
  int flags = 0;
  int netnsid = -1;
};

bool put_cacheinfo(sk_buff& s, const in_ifaddr& a) {
  ifa_cacheinfo ci{};
  ci.ifa_prefered = ci.ifa_valid = INFINITY_LIFE_TIME;
  if (!(a.ifa_flags & IFA_F_PERMANENT)) {
    ci.ifa_prefered = a.ifa_preferred_lft;
    ci.ifa_valid = a.ifa_valid_lft;
    if (ci.ifa_prefered != INFINITY_LIFE_TIME) {
      auto age = static_cast<u64>((a.ifa_dev->dev->nd_net->w.now() - a.ifa_tstamp) / ns_per_sec);
      auto left = [&](u32 lft) { return lft > age ? static_cast<u32>(lft - age) : 0; };
      ci.ifa_prefered = left(ci.ifa_prefered);
      if (ci.ifa_valid != INFINITY_LIFE_TIME) ci.ifa_valid = left(ci.ifa_valid);
    }
  }
  ci.cstamp = ktime_to_clock_t(a.ifa_cstamp);
  ci.tstamp = ktime_to_clock_t(a.ifa_tstamp);
  return nla_put_raw(s, IFA_CACHEINFO, ci);
}

bool fill_ifaddr(sk_buff& s, const in_ifaddr& a, const fill_args& f) {
  nlmsghdr* h = nlmsg_put(s, f.portid, f.seq, f.event, sizeof(ifaddrmsg), f.flags);
  if (!h) return false;
  auto& m = nlmsg_body<ifaddrmsg>(h);
  m.ifa_family = AF_INET;
  m.ifa_prefixlen = a.ifa_prefixlen;
  m.ifa_flags = static_cast<u8>(a.ifa_flags);
  m.ifa_scope = a.ifa_scope;
  m.ifa_index = static_cast<u32>(a.ifa_dev->dev->ifindex);
  bool ok = (f.netnsid < 0 || nla_put_s32(s, IFA_TARGET_NETNSID, f.netnsid)) &&
            (!a.ifa_address || nla_put_in_addr(s, IFA_ADDRESS, a.ifa_address)) &&
            (!a.ifa_local || nla_put_in_addr(s, IFA_LOCAL, a.ifa_local)) &&
            (!a.ifa_broadcast || nla_put_in_addr(s, IFA_BROADCAST, a.ifa_broadcast)) &&
            (a.ifa_label.empty() || nla_put_string(s, IFA_LABEL, a.ifa_label)) &&
            (!a.ifa_proto || nla_put_u8(s, IFA_PROTO, a.ifa_proto)) &&
            nla_put_u32(s, IFA_FLAGS, a.ifa_flags) &&
            (!a.ifa_rt_priority || nla_put_u32(s, IFA_RT_PRIORITY, a.ifa_rt_priority)) &&
            put_cacheinfo(s, a);
  if (!ok) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

struct new_address {
  std::unique_ptr<in_ifaddr> ifa;
  u32 valid = INFINITY_LIFE_TIME, preferred = INFINITY_LIFE_TIME;
};

result<new_address> rtm_to_ifaddr(const nl_request& rq) {
  ifa_table tb;
  if (status s = nlmsg_parse_deprecated(rq.nlh, sizeof(ifaddrmsg), tb, policy); !s)
    return std::unexpected(s.error());
  const auto& m = *nlmsg_header<ifaddrmsg>(rq.nlh);
  if (m.ifa_prefixlen > 32 || !tb[IFA_LOCAL]) return err(EINVAL);
  net_device* dev = dev_get_by_index(rq.ns(), static_cast<int>(m.ifa_index));
  if (!dev) return err(ENODEV);
  in_device* in = in_dev_get(*dev);
  if (!in) return err(ENOBUFS);
  ipv4_devconf_setall(*in);

  new_address r;
  r.ifa = std::make_unique<in_ifaddr>();
  in_ifaddr& a = *r.ifa;
  a.ifa_dev = in;
  a.ifa_prefixlen = m.ifa_prefixlen;
  a.ifa_mask = inet_make_mask(m.ifa_prefixlen);
  a.ifa_flags = tb[IFA_FLAGS] ? tb[IFA_FLAGS].get_u32() : m.ifa_flags;
  a.ifa_scope = m.ifa_scope;
  a.ifa_local = tb[IFA_LOCAL].get_be32();
  a.ifa_address = (tb[IFA_ADDRESS] ? tb[IFA_ADDRESS] : tb[IFA_LOCAL]).get_be32();
  if (tb[IFA_BROADCAST]) a.ifa_broadcast = tb[IFA_BROADCAST].get_be32();
  a.ifa_label = tb[IFA_LABEL] ? tb[IFA_LABEL].str() : std::string_view(dev->name);
  if (tb[IFA_RT_PRIORITY]) a.ifa_rt_priority = tb[IFA_RT_PRIORITY].get_u32();
  if (tb[IFA_PROTO]) a.ifa_proto = tb[IFA_PROTO].get_u8();
  if (tb[IFA_CACHEINFO]) {
    auto ci = tb[IFA_CACHEINFO].get<ifa_cacheinfo>();
    if (!ci.ifa_valid || ci.ifa_prefered > ci.ifa_valid) return err(EINVAL);
    r.valid = ci.ifa_valid;
    r.preferred = ci.ifa_prefered;
  }
  return r;
}

in_ifaddr* find_matching(const in_ifaddr& a) {
  for (auto& p : a.ifa_dev->ifa_list)
    if (p->ifa_mask == a.ifa_mask && inet_ifa_match(p->ifa_address, a) &&
        p->ifa_local == a.ifa_local)
      return p.get();
  return nullptr;
}

// An address that is a group's makes the host a member of it, if so wished (ip_mc_autojoin_config).
status autojoin(const in_ifaddr& a, bool join) {
  const net_device& dev = *a.ifa_dev->dev;
  const ip_mreqn m = {{a.ifa_address.raw()}, {}, dev.ifindex};
  ip_mc_memberships& all = *ipv4_of(*dev.nd_net).mc_autojoin;
  return join ? all.join_group(m, MCAST_EXCLUDE) : all.leave_group(m);
}

status inet_rtm_newaddr(nl_request& rq) {
  auto got = rtm_to_ifaddr(rq);
  if (!got) return std::unexpected(got.error());
  const ktime now = rq.ns().w.now();
  in_ifaddr* have = find_matching(*got->ifa);
  if (!have) {
    if (got->ifa->ifa_flags & IFA_F_MCAUTOJOIN)
      if (status s = autojoin(*got->ifa, true); !s) return s;
    set_ifa_lifetime(*got->ifa, got->valid, got->preferred, now);
    return inet_insert_ifa(std::move(got->ifa), &rq);
  }
  if (rq.flag(NLM_F_EXCL) || !rq.flag(NLM_F_REPLACE)) return err(EEXIST);
  if (have->ifa_rt_priority != got->ifa->ifa_rt_priority) {
    fib_modify_prefix_metric(*have, got->ifa->ifa_rt_priority);
    have->ifa_rt_priority = got->ifa->ifa_rt_priority;
  }
  have->ifa_proto = got->ifa->ifa_proto;
  set_ifa_lifetime(*have, got->valid, got->preferred, now);
  check_lifetime_soon(rq.ns());
  rtmsg_ifa(RTM_NEWADDR, *have, &rq);
  return {};
}

status inet_rtm_deladdr(nl_request& rq) {
  ifa_table tb;
  if (status s = nlmsg_parse_deprecated(rq.nlh, sizeof(ifaddrmsg), tb, policy); !s) return s;
  const auto& m = *nlmsg_header<ifaddrmsg>(rq.nlh);
  net_device* dev = dev_get_by_index(rq.ns(), static_cast<int>(m.ifa_index));
  in_device* in = dev ? in_dev_get(*dev) : nullptr;
  if (!in) return err(ENODEV);
  for (auto& p : in->ifa_list) {
    if (tb[IFA_LOCAL] && p->ifa_local != tb[IFA_LOCAL].get_be32()) continue;
    if (tb[IFA_LABEL] && p->ifa_label != tb[IFA_LABEL].str()) continue;
    if (tb[IFA_ADDRESS] &&
        (m.ifa_prefixlen != p->ifa_prefixlen || !inet_ifa_match(tb[IFA_ADDRESS].get_be32(), *p)))
      continue;
    if (ipv4_is_multicast(p->ifa_address)) (void)autojoin(*p, false);
    return inet_del_ifa(*in, *p, &rq);
  }
  return err(EADDRNOTAVAIL);
}

struct dump_filter {
  net* tgt = nullptr;
  int netnsid = -1;
  int ifindex = 0;
};

status valid_dump_req(netlink_callback& cb, dump_filter& f) {
  if (!cb.strict_check) return {};
  const auto* m = nlmsg_header<ifaddrmsg>(*cb.nlh);
  if (!m) return err(EINVAL, "ipv4: Invalid header for address dump request");
  if (m->ifa_prefixlen || m->ifa_flags || m->ifa_scope)
    return err(EINVAL, "ipv4: Invalid values in header for address dump request");
  f.ifindex = static_cast<int>(m->ifa_index);
  if (f.ifindex) cb.answer_flags |= NLM_F_DUMP_FILTERED;
  ifa_table tb;
  if (status s = nlmsg_parse_deprecated_strict(*cb.nlh, sizeof *m, tb, policy); !s) return s;
  for (size_t i = 0; i < tb.size(); ++i) {
    if (!tb[i]) continue;
    if (i != IFA_TARGET_NETNSID) return err(EINVAL, "ipv4: Unsupported attribute in dump request");
    f.netnsid = tb[i].get_s32();
    auto n = rtnl_get_net_ns_capable(*cb.from, f.netnsid);
    if (!n) return err(n.error().code, "ipv4: Invalid target network namespace id");
    f.tgt = *n;
  }
  return {};
}

// The cursor: args[0] the last device done with, args[1] how many addresses of the next one are.
status inet_dump_ifaddr(sk_buff& s, netlink_callback& cb) {
  dump_filter f;
  f.tgt = &cb.ns();
  if (status r = valid_dump_req(cb, f); !r) return r;
  if (f.ifindex && !dev_get_by_index(*f.tgt, f.ifindex)) return err(ENODEV);
  fill_args a{.portid = cb.portid(),
              .seq = cb.nlmsg_seq(),
              .flags = NLM_F_MULTI | (f.ifindex ? NLM_F_DUMP_FILTERED : 0),
              .netnsid = f.netnsid};
  cb.seq = ipv4_of(*f.tgt).dev_addr_genid ^ f.tgt->dev_base_seq;
  auto& devices = f.tgt->dev_base;
  for (auto it = devices.upper_bound(static_cast<int>(cb.args[0])); it != devices.end(); ++it) {
    const in_device* in = in_dev_get(*it->second);
    bool wanted = in && (!f.ifindex || f.ifindex == it->first);
    for (; wanted && cb.args[1] < in->ifa_list.size(); ++cb.args[1]) {
      auto* h = reinterpret_cast<nlmsghdr*>(s.tail);
      if (!fill_ifaddr(s, *in->ifa_list[cb.args[1]], a)) return err(EMSGSIZE);
      nl_dump_check_consistent(cb, h);
    }
    cb.args[0] = static_cast<u64>(it->first);
    cb.args[1] = 0;
  }
  return {};
}

}  // namespace

void rtmsg_ifa(int event, const in_ifaddr& a, const nl_request* rq) {
  net& n = *a.ifa_dev->dev->nd_net;
  if (!rtnl_notify_wanted(n, RTNLGRP_IPV4_IFADDR, rq)) return;
  skb_ptr s = nlmsg_new(n.c, 256);
  fill_ifaddr(*s, a, {.portid = rq ? rq->portid() : 0, .seq = rq ? rq->seq() : 0, .event = event});
  rtnl_notify(n, std::move(s), RTNLGRP_IPV4_IFADDR, rq);
}

void devinet_netlink_init(world& w) {
  rtnl_register(w, PF_INET, RTM_NEWADDR, inet_rtm_newaddr, nullptr);
  rtnl_register(w, PF_INET, RTM_DELADDR, inet_rtm_deladdr, nullptr);
  rtnl_register(w, PF_INET, RTM_GETADDR, nullptr, inet_dump_ifaddr);
}

}  // namespace linnet
