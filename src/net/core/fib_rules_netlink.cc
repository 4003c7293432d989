// RTM_NEWRULE, RTM_DELRULE and the dump of rules: what every family has of them. Texts, errno and the order
// of attributes are Linux's.
#include <algorithm>
#include <cstring>

#include "net/core/fib_rules.hh"
#include "net/core/net_device.hh"
#include "net/core/rtnetlink.hh"

namespace linnet {

namespace {

constexpr auto fib_rule_policy = [] {
  std::array<nla_policy, FRA_MAX + 1> p{};
  p[FRA_UNSPEC].strict_start_type = FRA_DPORT_RANGE + 1;
  p[FRA_IIFNAME] = p[FRA_OIFNAME] = nla_of(NLA_STRING, IFNAMSIZ - 1);
  for (int t : {FRA_PRIORITY, FRA_FWMARK, FRA_FLOW, FRA_FWMASK, FRA_TABLE, FRA_SUPPRESS_PREFIXLEN,
                FRA_SUPPRESS_IFGROUP, FRA_GOTO})
    p[static_cast<size_t>(t)] = nla_of(NLA_U32);
  p[FRA_TUN_ID] = nla_of(NLA_U64);
  p[FRA_L3MDEV] = p[FRA_PROTOCOL] = p[FRA_IP_PROTO] = nla_of(NLA_U8);
  p[FRA_UID_RANGE] = nla_of(NLA_UNSPEC, sizeof(fib_rule_uid_range));
  p[FRA_SPORT_RANGE] = p[FRA_DPORT_RANGE] = nla_of(NLA_UNSPEC, sizeof(fib_rule_port_range));
  return p;
}();

bool same(fib_rule_port_range a, fib_rule_port_range b) {
  return a.start == b.start && a.end == b.end;
}
bool is_set(fib_rule_port_range r) { return r.start && r.end; }
bool same(fib_rule_uid_range a, fib_rule_uid_range b) {
  return a.start == b.start && a.end == b.end;
}
bool is_set(fib_rule_uid_range r) { return r.start != 0 || r.end != ~u32{0}; }

// The priority of a rule that names none: one before the second rule's.
u32 fib_default_rule_pref(const fib_rules_ops& ops) {
  return ops.rules.size() > 1 && ops.rules[1]->pref ? ops.rules[1]->pref - 1 : 0;
}

status bind_device(const net& n, nla name, std::string& to, int& ifindex) {
  if (!name) return {};
  to = std::string(name.str());
  net_device* dev = dev_get_by_name(n, to);
  ifindex = dev ? dev->ifindex : -1;
  return {};
}

status check_prefix(unsigned len, nla addr, size_t addr_size, const char* text) {
  if (len && (!addr || len > addr_size * 8 || addr.len() != addr_size)) return err(EINVAL, text);
  return {};
}

status parse_range(nla a, fib_rule_port_range& to, const char* text) {
  if (!a) return {};
  to = a.get<fib_rule_port_range>();
  if (!to.start || to.end == 0xffff || to.end < to.start) return err(EINVAL, text);
  return {};
}

struct parsed_rule {
  nla_table<FRA_MAX> tb;
  const fib_rule_hdr* hdr;
  std::unique_ptr<fib_rule> rule;
  bool user_priority = false;
};

status parse_selectors(const net& n, parsed_rule& p) {
  auto& tb = p.tb;
  fib_rule& r = *p.rule;
  if (auto s = bind_device(n, tb[FRA_IIFNAME], r.iifname, r.iifindex); !s) return s;
  if (auto s = bind_device(n, tb[FRA_OIFNAME], r.oifname, r.oifindex); !s) return s;
  if (tb[FRA_FWMARK]) {
    r.mark = tb[FRA_FWMARK].get_u32();
    if (r.mark) r.mark_mask = ~u32{0};
  }
  if (tb[FRA_FWMASK]) r.mark_mask = tb[FRA_FWMASK].get_u32();
  if (tb[FRA_TUN_ID]) r.tun_id = tb[FRA_TUN_ID].get<be64>().host();
  if (tb[FRA_L3MDEV]) {
    r.l3mdev = tb[FRA_L3MDEV].get_u8();
    if (tb[FRA_L3MDEV].get_u8() != 1) return err(EINVAL, "Invalid l3mdev attribute");
  }
  return {};
}

status parse_rest(parsed_rule& p) {
  auto& tb = p.tb;
  fib_rule& r = *p.rule;
  if (tb[FRA_UID_RANGE]) {
    r.uid_range = tb[FRA_UID_RANGE].get<fib_rule_uid_range>();
    if (r.uid_range.start == ~u32{0} || r.uid_range.end == ~u32{0} ||
        r.uid_range.start > r.uid_range.end)
      return err(EINVAL, "Invalid uid range");
  }
  if (tb[FRA_IP_PROTO]) r.ip_proto = tb[FRA_IP_PROTO].get_u8();
  if (auto s = parse_range(tb[FRA_SPORT_RANGE], r.sport_range, "Invalid sport range"); !s) return s;
  return parse_range(tb[FRA_DPORT_RANGE], r.dport_range, "Invalid dport range");
}

// fib_nl2rule: the request as a rule. `addr_size`: bytes of the family's addresses.
result<parsed_rule> fib_nl2rule(nl_request& rq, fib_rules_ops& ops) {
  parsed_rule p;
  p.hdr = nlmsg_header<fib_rule_hdr>(rq.nlh);
  if (!p.hdr) return err(EINVAL, "Invalid msg length");
  if (auto s = nlmsg_parse_deprecated(rq.nlh, sizeof(fib_rule_hdr), p.tb, fib_rule_policy); !s)
    return err(s.error().code, "Error parsing msg", s.error().attr);
  auto& tb = p.tb;
  const fib_rule_hdr& h = *p.hdr;
  size_t addr_size = ops.family == AF_INET ? 4 : 16;
  if (auto s = check_prefix(h.src_len, tb[FRA_SRC], addr_size, "Invalid source address"); !s)
    return std::unexpected(s.error());
  if (auto s = check_prefix(h.dst_len, tb[FRA_DST], addr_size, "Invalid dst address"); !s)
    return std::unexpected(s.error());

  p.rule = ops.make();
  fib_rule& r = *p.rule;
  p.user_priority = static_cast<bool>(tb[FRA_PRIORITY]);
  r.pref = p.user_priority ? tb[FRA_PRIORITY].get_u32() : fib_default_rule_pref(ops);
  if (tb[FRA_PROTOCOL]) r.proto = tb[FRA_PROTOCOL].get_u8();
  if (auto s = parse_selectors(rq.ns(), p); !s) return std::unexpected(s.error());
  r.action = h.action;
  r.flags = h.flags;
  r.table = tb[FRA_TABLE] ? tb[FRA_TABLE].get_u32() : h.table;
  if (tb[FRA_SUPPRESS_PREFIXLEN]) r.suppress_prefixlen = tb[FRA_SUPPRESS_PREFIXLEN].get_s32();
  if (tb[FRA_SUPPRESS_IFGROUP]) r.suppress_ifgroup = tb[FRA_SUPPRESS_IFGROUP].get_s32();
  if (tb[FRA_GOTO]) {
    if (r.action != FR_ACT_GOTO) return err(EINVAL, "Unexpected goto");
    r.target = tb[FRA_GOTO].get_u32();
    if (r.target <= r.pref) return err(EINVAL, "Backward goto not supported");
  } else if (r.action == FR_ACT_GOTO) {
    return err(EINVAL, "Missing goto target for action goto");
  }
  if (r.l3mdev && r.table) return err(EINVAL, "l3mdev and table are mutually exclusive");
  if (auto s = parse_rest(p); !s) return std::unexpected(s.error());
  return p;
}

bool rule_exists(fib_rules_ops& ops, const parsed_rule& p) {
  const fib_rule& x = *p.rule;
  return std::any_of(ops.rules.begin(), ops.rules.end(), [&](auto& q) {
    const fib_rule& r = *q;
    return r.action == x.action && r.table == x.table && r.pref == x.pref && r.proto == x.proto &&
           r.iifname == x.iifname && r.oifname == x.oifname && r.mark == x.mark &&
           r.suppress_ifgroup == x.suppress_ifgroup &&
           r.suppress_prefixlen == x.suppress_prefixlen && r.mark_mask == x.mark_mask &&
           r.tun_id == x.tun_id && r.l3mdev == x.l3mdev && same(r.uid_range, x.uid_range) &&
           r.ip_proto == x.ip_proto && same(r.sport_range, x.sport_range) &&
           same(r.dport_range, x.dport_range) && ops.compare(r, *p.hdr, p.tb);
  });
}

// What a deletion names must agree; what it leaves open may be anything.
fib_rule* rule_find(fib_rules_ops& ops, const parsed_rule& p) {
  const fib_rule& x = *p.rule;
  for (auto& q : ops.rules) {
    const fib_rule& r = *q;
    if ((x.action && r.action != x.action) || (x.table && r.table != x.table) ||
        (p.user_priority && r.pref != x.pref) || (!x.iifname.empty() && r.iifname != x.iifname) ||
        (!x.oifname.empty() && r.oifname != x.oifname) || (x.mark && r.mark != x.mark) ||
        (x.suppress_ifgroup != -1 && r.suppress_ifgroup != x.suppress_ifgroup) ||
        (x.suppress_prefixlen != -1 && r.suppress_prefixlen != x.suppress_prefixlen) ||
        (x.mark_mask && r.mark_mask != x.mark_mask) || (x.tun_id && r.tun_id != x.tun_id) ||
        (x.l3mdev && r.l3mdev != x.l3mdev) || (x.proto && r.proto != x.proto) ||
        (is_set(x.uid_range) && !same(r.uid_range, x.uid_range)) ||
        (x.ip_proto && r.ip_proto != x.ip_proto) ||
        (is_set(x.sport_range) && !same(r.sport_range, x.sport_range)) ||
        (is_set(x.dport_range) && !same(r.dport_range, x.dport_range)) ||
        !ops.compare(r, *p.hdr, p.tb))
      continue;
    return q.get();
  }
  return nullptr;
}

bool put_ranges(sk_buff& skb, const fib_rule& r) {
  return (!is_set(r.uid_range) || nla_put_raw(skb, FRA_UID_RANGE, r.uid_range)) &&
         (!is_set(r.sport_range) || nla_put_raw(skb, FRA_SPORT_RANGE, r.sport_range)) &&
         (!is_set(r.dport_range) || nla_put_raw(skb, FRA_DPORT_RANGE, r.dport_range)) &&
         (!r.ip_proto || nla_put_u8(skb, FRA_IP_PROTO, r.ip_proto));
}

bool put_rule(sk_buff& skb, const fib_rules_ops& ops, const fib_rule& r, fib_rule_hdr& h) {
  h.family = static_cast<u8>(ops.family);
  h.table = static_cast<u8>(r.table < 256 ? r.table : u32{RT_TABLE_COMPAT});
  h.action = r.action;
  h.flags = r.flags;
  if (!nla_put_u32(skb, FRA_TABLE, r.table) ||
      !nla_put_s32(skb, FRA_SUPPRESS_PREFIXLEN, r.suppress_prefixlen) ||
      !nla_put_u8(skb, FRA_PROTOCOL, r.proto))
    return false;
  if (r.action == FR_ACT_GOTO && !r.ctarget) h.flags |= FIB_RULE_UNRESOLVED;
  if (r.iifindex == -1) h.flags |= FIB_RULE_IIF_DETACHED;
  if (r.oifindex == -1) h.flags |= FIB_RULE_OIF_DETACHED;
  return (r.iifname.empty() || nla_put_string(skb, FRA_IIFNAME, r.iifname)) &&
         (r.oifname.empty() || nla_put_string(skb, FRA_OIFNAME, r.oifname)) &&
         (!r.pref || nla_put_u32(skb, FRA_PRIORITY, r.pref)) &&
         (!r.mark || nla_put_u32(skb, FRA_FWMARK, r.mark)) &&
         ((!r.mark_mask && !r.mark) || nla_put_u32(skb, FRA_FWMASK, r.mark_mask)) &&
         (!r.target || nla_put_u32(skb, FRA_GOTO, r.target)) &&
         (!r.tun_id || nla_put_raw(skb, FRA_TUN_ID, be64(r.tun_id))) &&
         (!r.l3mdev || nla_put_u8(skb, FRA_L3MDEV, 1)) && put_ranges(skb, r) &&
         (r.suppress_ifgroup == -1 || nla_put_s32(skb, FRA_SUPPRESS_IFGROUP, r.suppress_ifgroup)) &&
         ops.fill(r, skb, h);
}

bool fib_nl_fill_rule(sk_buff& skb, const fib_rules_ops& ops, const fib_rule& r, u32 portid,
                      u32 seq, int type, int flags) {
  nlmsghdr* nlh = nlmsg_put(skb, portid, seq, type, sizeof(fib_rule_hdr), flags);
  if (!nlh) return false;
  if (!put_rule(skb, ops, r, nlmsg_body<fib_rule_hdr>(nlh))) {
    nlmsg_cancel(skb, nlh);
    return false;
  }
  nlmsg_end(skb, nlh);
  return true;
}

void notify_rule_change(int event, const fib_rules_ops& ops, const fib_rule& r,
                        const nl_request* rq) {
  if (!rtnl_notify_wanted(*ops.ns, ops.nlgroup, rq)) return;
  skb_ptr skb = nlmsg_new(ops.ns->c);
  if (!fib_nl_fill_rule(*skb, ops, r, rq ? rq->portid() : 0, rq ? rq->seq() : 0, event, 0))
    return consume_skb(std::move(skb));
  rtnl_notify(*ops.ns, std::move(skb), ops.nlgroup, rq);
}

}  // namespace

status fib_nl_newrule(nl_request& rq, fib_rules_ops& ops) {
  auto p = fib_nl2rule(rq, ops);
  if (!p) return std::unexpected(p.error());
  if (rq.flag(NLM_F_EXCL) && rule_exists(ops, *p)) return err(EEXIST);
  if (auto s = ops.configure(ops, *p->rule, *p->hdr, p->tb); !s) return s;
  fib_rule& r = *p->rule;
  fib_rule_insert(ops, std::move(p->rule));
  notify_rule_change(RTM_NEWRULE, ops, r, &rq);
  if (ops.flush_cache) ops.flush_cache(ops);
  return {};
}

void fib_rule_add_internal(fib_rules_ops& ops, std::unique_ptr<fib_rule> rule) {
  const fib_rule& r = *rule;
  fib_rule_insert(ops, std::move(rule));
  notify_rule_change(RTM_NEWRULE, ops, r, nullptr);
  if (ops.flush_cache) ops.flush_cache(ops);
}

status fib_nl_delrule(nl_request& rq, fib_rules_ops& ops) {
  auto p = fib_nl2rule(rq, ops);
  if (!p) return std::unexpected(p.error());
  fib_rule* r = rule_find(ops, *p);
  if (!r) return err(ENOENT);
  if (r->flags & FIB_RULE_PERMANENT) return err(EPERM);
  if (ops.deleted) ops.deleted(ops, *r);
  auto gone = fib_rule_remove(ops, *r);
  notify_rule_change(RTM_DELRULE, ops, *gone, &rq);
  if (ops.flush_cache) ops.flush_cache(ops);
  return {};
}

bool fib_rules_dump_one(sk_buff& skb, netlink_callback& cb, fib_rules_ops& ops, u64* at) {
  for (; *at < ops.rules.size(); ++*at)
    if (!fib_nl_fill_rule(skb, ops, *ops.rules[*at], cb.portid(), cb.nlmsg_seq(), RTM_NEWRULE,
                          NLM_F_MULTI))
      return false;
  return true;
}

status fib_valid_dumprule_req(const netlink_callback& cb) {
  const fib_rule_hdr* h = nlmsg_header<fib_rule_hdr>(*cb.nlh);
  if (!h) return err(EINVAL, "Invalid header for fib rule dump request");
  if (h->dst_len || h->src_len || h->tos || h->table || h->res1 || h->res2 || h->action || h->flags)
    return err(EINVAL, "Invalid values in header for fib rule dump request");
  if (!nlmsg_attrs(*cb.nlh, sizeof *h).empty())
    return err(EINVAL, "Invalid data after header in fib rule dump request");
  return {};
}

}  // namespace linnet
