// IPv4's policy rules: source and destination prefix and TOS on top of what all families have, actions that
// look up a table or refuse. A namespace begins with Linux's three (0 local, 32766 main, 32767 default);
// the first change parts the local from the main table, and from then on lookups walk the rules.
#include "net/core/fib_rules.hh"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "net/core/l3mdev.hh"
#include "net/core/rtnetlink.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "wire/ip.hh"

namespace linnet {

namespace {

struct fib4_rule : fib_rule {
  u8 src_len = 0, dst_len = 0, tos = 0;
  u32 tclassid = 0;  // FRA_FLOW
  be32 src, srcmask, dst, dstmask;
};

bool in_range(fib_rule_port_range r, be16 port) {
  return (!r.start && !r.end) || (port.host() >= r.start && port.host() <= r.end);
}

bool fib4_rule_match(const fib_rule& rule, const void* flow, int) {
  auto& r = static_cast<const fib4_rule&>(rule);
  auto& fl = *static_cast<const flowi4*>(flow);
  if ((fl.saddr ^ r.src) & r.srcmask || (fl.daddr ^ r.dst) & r.dstmask) return false;
  if (r.tos && r.tos != fl.tos) return false;
  if (r.ip_proto && r.ip_proto != fl.proto) return false;
  return in_range(r.sport_range, fl.sport) && in_range(r.dport_range, fl.dport);
}

struct rule_answer {
  net& n;
  u32 l3mdev_table;  // what an l3mdev rule looks in
  fib_result res;
  fib_result* refused;  // null: nobody asks
};

u8 refusal_type(u8 action) {
  switch (action) {
    case FR_ACT_UNREACHABLE: return RTN_UNREACHABLE;
    case FR_ACT_PROHIBIT: return RTN_PROHIBIT;
    default: return RTN_BLACKHOLE;
  }
}

int fib4_rule_action(fib_rule& rule, const void* flow, int flags, void* arg) {
  auto& answer = *static_cast<rule_answer*>(arg);
  if (unlikely(answer.refused && rule.action != FR_ACT_TO_TBL)) {
    answer.refused->type = refusal_type(rule.action);
    answer.refused->rule_pref = rule.pref;
  }
  switch (rule.action) {
    case FR_ACT_TO_TBL: break;
    case FR_ACT_UNREACHABLE: return ENETUNREACH;
    case FR_ACT_PROHIBIT: return EACCES;
    default: return EINVAL;
  }
  fib_table* tb = fib_get_table(answer.n, rule.l3mdev ? answer.l3mdev_table : rule.table);
  if (!tb) return EAGAIN;
  auto r = fib_table_lookup(*tb, *static_cast<const flowi4*>(flow), flags, answer.refused);
  if (!r) {
    if (answer.refused) answer.refused->rule_pref = rule.pref;
    return r.error().code;
  }
  answer.res = *r;
  answer.res.rule_pref = rule.pref;
  return 0;
}

bool fib4_rule_suppress(const fib_rule& rule, void* arg) {
  const fib_result& res = static_cast<rule_answer*>(arg)->res;
  if (static_cast<s32>(res.prefixlen) <= rule.suppress_prefixlen) return true;
  return rule.suppress_ifgroup != -1 && res.dev() &&
         res.dev()->group == static_cast<u32>(rule.suppress_ifgroup);
}

fib_table* fib_empty_table(net& n) {
  for (u32 id = 1;; ++id)
    if (!fib_get_table(n, id)) return &fib_new_table(n, id);
}

// Whether only a look into an arriving packet tells if the rule is for it (fib_rule_requires_fldissect).
bool requires_fldissect(const fib_rule& r) {
  return r.iifindex != LOOPBACK_IFINDEX &&
         (r.ip_proto || r.sport_range.start || r.dport_range.start);
}

void rules_are_custom(net& n) {
  fib_unmerge(n);
  fib_tables_of(n).has_custom_rules = true;
}

status fib4_rule_configure(fib_rules_ops& ops, fib_rule& rule, const fib_rule_hdr& h,
                           std::span<const nla> tb) {
  auto& r = static_cast<fib4_rule&>(rule);
  net& n = *ops.ns;
  if (h.tos & 3) return err(EINVAL, "Invalid dsfield (tos): ECN bits must be 0");
  if (h.tos & ~0x1e) return err(EINVAL, "Invalid tos");
  r.tos = h.tos;
  rules_are_custom(n);
  if (!r.table && !r.l3mdev && r.action == FR_ACT_TO_TBL) r.table = fib_empty_table(n)->id;
  if (h.src_len) r.src = tb[FRA_SRC].get_be32();
  if (h.dst_len) r.dst = tb[FRA_DST].get_be32();
  if (tb[FRA_FLOW]) r.tclassid = tb[FRA_FLOW].get_u32();
  r.src_len = h.src_len;
  r.srcmask = inet_make_mask(h.src_len);
  r.dst_len = h.dst_len;
  r.dstmask = inet_make_mask(h.dst_len);
  fib_tables_of(n).fib_rules_require_fldissect += requires_fldissect(r);
  fib_tables_of(n).num_tclassid_users += r.tclassid != 0;
  return {};
}

bool fib4_rule_compare(const fib_rule& rule, const fib_rule_hdr& h, std::span<const nla> tb) {
  auto& r = static_cast<const fib4_rule&>(rule);
  if (h.src_len && (r.src_len != h.src_len || r.src != tb[FRA_SRC].get_be32())) return false;
  if (h.dst_len && (r.dst_len != h.dst_len || r.dst != tb[FRA_DST].get_be32())) return false;
  if (h.tos && r.tos != h.tos) return false;
  return !tb[FRA_FLOW] || r.tclassid == tb[FRA_FLOW].get_u32();
}

bool fib4_rule_fill(const fib_rule& rule, sk_buff& skb, fib_rule_hdr& h) {
  auto& r = static_cast<const fib4_rule&>(rule);
  h.dst_len = r.dst_len;
  h.src_len = r.src_len;
  h.tos = r.tos;
  return (!r.dst_len || nla_put_in_addr(skb, FRA_DST, r.dst)) &&
         (!r.src_len || nla_put_in_addr(skb, FRA_SRC, r.src)) &&
         (!r.tclassid || nla_put_u32(skb, FRA_FLOW, r.tclassid));
}

status newrule(nl_request& rq) { return fib_nl_newrule(rq, *fib_tables_of(rq.ns()).rules); }
status delrule(nl_request& rq) { return fib_nl_delrule(rq, *fib_tables_of(rq.ns()).rules); }
status no_family(nl_request&) { return err(EAFNOSUPPORT, "Rule family not supported"); }

status dump(sk_buff& skb, netlink_callback& cb) {
  if (cb.strict_check)
    if (auto s = fib_valid_dumprule_req(cb); !s) return s;
  const fib_rule_hdr* h = nlmsg_header<fib_rule_hdr>(*cb.nlh);
  if (h && h->family != AF_INET && h->family != AF_UNSPEC) return err(EAFNOSUPPORT);
  return fib_rules_dump_one(skb, cb, *fib_tables_of(cb.ns()).rules, &cb.args[1]) ? status()
                                                                                 : err(EMSGSIZE);
}

}  // namespace

result<fib_result> fib_rules_lookup4(net& n, const flowi4& asked, int flags, fib_result* refused) {
  flowi4 fl = asked;
  l3mdev_update_flow(n, fl);
  const u32 l3mdev_table = fl.l3mdev ? l3mdev_fib_table_by_index(n, fl.l3mdev) : 0;
  rule_answer answer{n, l3mdev_table, {}, refused};
  flowi_common common{.oif = fl.oif,
                      .iif = fl.iif,
                      .mark = fl.mark,
                      .uid = fl.uid,
                      .tun_id = fl.tun_id,
                      .l3mdev_table = l3mdev_table};
  const fib_rule* by = nullptr;
  int error = fib_rules_lookup(*fib_tables_of(n).rules, common, &fl, flags, &answer, &by);
  if (error) return err(error == ESRCH ? ENETUNREACH : error);
  answer.res.tclassid = static_cast<const fib4_rule*>(by)->tclassid;
  return answer.res;
}

void fib4_rules_early_flow_dissect(const net& n, const sk_buff& s, flowi4& fl) {
  if (likely(!fib_tables_of(n).fib_rules_require_fldissect) || s.protocol != be16(ETH_P_IP)) return;
  const auto* ip = reinterpret_cast<const iphdr*>(s.network());
  fl.proto = ip->protocol;
  const bool ports = ip->protocol == IPPROTO_TCP || ip->protocol == IPPROTO_UDP ||
                     ip->protocol == IPPROTO_SCTP || ip->protocol == IPPROTO_DCCP ||
                     ip->protocol == IPPROTO_UDPLITE || ip->protocol == IPPROTO_ESP;
  const std::byte* at = s.network() + ip->header_len();
  if (!ports || (ip->frag_off.host() & (ip_mf | ip_offset)) || at + 4 > s.tail) return;
  fl.sport = be16::load(at);
  fl.dport = be16::load(at + 2);
}

void l3mdev_update_flow(const net& n, flowi4& fl) {
  if (fl.oif) {
    const net_device* dev = dev_get_by_index(n, fl.oif);
    if (!dev) return;
    if (!fl.l3mdev) fl.l3mdev = l3mdev_master_ifindex(*dev);
    if (netif_is_l3_master(*dev)) fl.oif = 0;
  } else if (fl.iif > LOOPBACK_IFINDEX && !fl.l3mdev) {
    fl.l3mdev = l3mdev_master_ifindex_by_index(n, fl.iif);
  }
}

void fib4_add_l3mdev_rule(net& n, u32 pref) {
  fib_rules_ops& ops = *fib_tables_of(n).rules;
  for (const auto& r : ops.rules)
    if (r->l3mdev && r->pref == pref) return;
  auto r = ops.make();
  r->action = FR_ACT_TO_TBL;
  r->proto = RTPROT_KERNEL;
  r->pref = pref;
  r->l3mdev = true;
  rules_are_custom(n);
  fib_rule_add_internal(ops, std::move(r));
}

std::unique_ptr<fib_rules_ops> fib4_rules_init(net& n) {
  auto ops = std::make_unique<fib_rules_ops>();
  ops->ns = &n;
  ops->family = AF_INET;
  ops->nlgroup = RTNLGRP_IPV4_RULE;
  ops->make = []() -> std::unique_ptr<fib_rule> { return std::make_unique<fib4_rule>(); };
  ops->match = fib4_rule_match;
  ops->act = fib4_rule_action;
  ops->suppress = fib4_rule_suppress;
  ops->configure = fib4_rule_configure;
  ops->deleted = [](fib_rules_ops& o, fib_rule& r) {
    rules_are_custom(*o.ns);
    fib_tables_of(*o.ns).fib_rules_require_fldissect -= requires_fldissect(r);
    fib_tables_of(*o.ns).num_tclassid_users -= static_cast<fib4_rule&>(r).tclassid != 0;
  };
  ops->compare = fib4_rule_compare;
  ops->fill = fib4_rule_fill;
  ops->flush_cache = [](fib_rules_ops& o) { rt_cache_flush(*o.ns); };
  fib_default_rule_add(*ops, 0, RT_TABLE_LOCAL, 0);
  fib_default_rule_add(*ops, 0x7ffe, RT_TABLE_MAIN, 0);
  fib_default_rule_add(*ops, 0x7fff, RT_TABLE_DEFAULT, 0);
  return ops;
}

void fib4_rules_netlink_init(world& w) {
  rtnl_register(w, PF_INET, RTM_NEWRULE, newrule, nullptr);
  rtnl_register(w, PF_INET, RTM_DELRULE, delrule, nullptr);
  rtnl_register(w, PF_INET, RTM_GETRULE, nullptr, dump);
  rtnl_register(w, PF_UNSPEC, RTM_NEWRULE, no_family, nullptr);
  rtnl_register(w, PF_UNSPEC, RTM_DELRULE, no_family, nullptr);
  rtnl_register(w, PF_UNSPEC, RTM_GETRULE, nullptr, dump);
}

}  // namespace linnet
