// The cache of TCP's experience as a generic netlink family, for `ip tcp_metrics`. Dumps go by address, first the peer's.
#include "net/core/world.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_metrics.hh"
#include "net/netlink/genetlink.hh"

namespace linnet {
namespace {

constexpr auto policy = [] {
  std::array<nla_policy, TCP_METRICS_ATTR_MAX + 1> p{};
  p[TCP_METRICS_ATTR_ADDR_IPV4] = nla_of(NLA_U32);
  p[TCP_METRICS_ATTR_ADDR_IPV6] = nla_exact_len(16);
  p[TCP_METRICS_ATTR_SADDR_IPV4] = nla_of(NLA_U32);
  p[TCP_METRICS_ATTR_SADDR_IPV6] = nla_exact_len(16);
  return p;
}();

status get_cmd(nl_request&);
status del_cmd(nl_request&);
status dump(sk_buff&, netlink_callback&);
constexpr genl_ops ops[] = {
    {.cmd = TCP_METRICS_CMD_GET, .doit = get_cmd, .dumpit = dump},
    {.cmd = TCP_METRICS_CMD_DEL, .flags = GENL_ADMIN_PERM, .doit = del_cmd}};
constexpr genl_family family = {.name = TCP_METRICS_GENL_NAME,
                                .version = TCP_METRICS_GENL_VERSION,
                                .maxattr = TCP_METRICS_ATTR_MAX,
                                .policy = policy,
                                .ops = ops};

// Times in milliseconds stand for older readers; the same in microseconds stands beside them.
bool put_vals(sk_buff& s, const tcp_metrics_block& b) {
  nlattr* nest = nla_nest_start_noflag(s, TCP_METRICS_ATTR_VALS);
  if (!nest) return false;
  bool any = false;
  for (size_t i = 0; i < tcp_metrics_kept; ++i) {
    u32 v = b.vals[i];
    if (!v) continue;
    any = true;
    const int us = i == TCP_METRIC_RTT      ? TCP_METRIC_RTT_US
                   : i == TCP_METRIC_RTTVAR ? TCP_METRIC_RTTVAR_US
                                            : 0;
    if (us) {
      if (!nla_put_u32(s, us + 1, v)) return false;
      v = std::max(v / 1000, 1u);
    }
    if (!nla_put_u32(s, static_cast<int>(i) + 1, v)) return false;
  }
  if (any)
    nla_nest_end(s, nest);
  else
    nla_nest_cancel(s, nest);
  return true;
}

bool put_fastopen(sk_buff& s, const tcp_fastopen_metrics& f, ktime now) {
  if (f.mss && !nla_put_u16(s, TCP_METRICS_ATTR_FOPEN_MSS, f.mss)) return false;
  if (f.syn_loss && (!nla_put_u16(s, TCP_METRICS_ATTR_FOPEN_SYN_DROPS, f.syn_loss) ||
                     !nla_put_msecs(s, TCP_METRICS_ATTR_FOPEN_SYN_DROP_TS, now - f.last_syn_loss)))
    return false;
  return f.cookie.len <= 0 ||
         nla_put(s, TCP_METRICS_ATTR_FOPEN_COOKIE,
                 const_bytes(f.cookie.val).first(static_cast<size_t>(f.cookie.len)));
}

bool fill(sk_buff& s, const tcp_metrics_block& b, ktime now) {
  return nla_put_in_addr(s, TCP_METRICS_ATTR_ADDR_IPV4, b.ends.daddr) &&
         nla_put_in_addr(s, TCP_METRICS_ATTR_SADDR_IPV4, b.ends.saddr) &&
         nla_put_msecs(s, TCP_METRICS_ATTR_AGE, now - b.stamp) && put_vals(s, b) &&
         put_fastopen(s, b.fastopen, now);
}

bool fill_message(sk_buff& s, u32 portid, u32 seq, u16 type, int flags, const tcp_metrics_block& b,
                  ktime now) {
  nlmsghdr* h = genlmsg_put(s, portid, seq, type, family, flags, TCP_METRICS_CMD_GET);
  if (!h) return false;
  if (!fill(s, b, now)) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

struct wanted {
  bool dst = false, src = false;
  tcp_metrics_key ends;
  bool ipv6 = false;  // of which there are none

  bool matches(const tcp_metrics_key& k) const {
    return !ipv6 && k.daddr == ends.daddr && (!src || k.saddr == ends.saddr);
  }
};

result<wanted> parse(const nl_request& rq) {
  nla_table<TCP_METRICS_ATTR_MAX> tb;
  if (status s = genlmsg_parse(rq.nlh, tb, family); !s) return std::unexpected(s.error());
  wanted w;
  if (const nla a = tb[TCP_METRICS_ATTR_ADDR_IPV4]) {
    w.dst = true;
    w.ends.daddr = a.get_be32();
  } else if (tb[TCP_METRICS_ATTR_ADDR_IPV6]) {
    w.dst = w.ipv6 = true;
  }
  if (const nla a = tb[TCP_METRICS_ATTR_SADDR_IPV4]) {
    w.src = true;
    w.ends.saddr = a.get_be32();
  } else if (tb[TCP_METRICS_ATTR_SADDR_IPV6]) {
    w.src = true;
  }
  return w;
}

status get_cmd(nl_request& rq) {
  const auto w = parse(rq);
  if (!w) return std::unexpected(w.error());
  if (!w->dst) return err(EAFNOSUPPORT);
  for (const auto& [ends, b] : tcp_of(rq.ns()).metrics.all()) {
    if (!w->matches(ends)) continue;
    skb_ptr s = nlmsg_new(rq.ns().c);
    fill_message(*s, rq.portid(), rq.seq(), rq.nlh.nlmsg_type, 0, b, rq.ns().w.now());
    rq.reply(std::move(s));
    return {};
  }
  return err(ESRCH);
}

status del_cmd(nl_request& rq) {
  const auto w = parse(rq);
  if (!w) return std::unexpected(w.error());
  tcp_metrics_table& t = tcp_of(rq.ns()).metrics;
  if (!w->dst) {
    t.clear();
    return {};
  }
  bool found = false;
  for (auto i = t.all().begin(); i != t.all().end();) {
    if (w->matches(i->first)) {
      i = t.erase(i);
      found = true;
    } else {
      ++i;
    }
  }
  return found ? status() : status(err(ESRCH));
}

// The cursor: args[0] whether something was told, args[1] and args[2] the addresses of the last.
status dump(sk_buff& s, netlink_callback& cb) {
  const auto& all = tcp_of(cb.ns()).metrics.all();
  auto i = all.begin();
  if (cb.args[0])
    i = all.upper_bound({be32(static_cast<u32>(cb.args[1])), be32(static_cast<u32>(cb.args[2]))});
  for (; i != all.end(); ++i) {
    if (!fill_message(s, cb.portid(), cb.nlmsg_seq(), cb.nlh->nlmsg_type, NLM_F_MULTI, i->second,
                      cb.ns().w.now()))
      return err(EMSGSIZE);
    cb.args = {1, i->first.daddr.host(), i->first.saddr.host()};
  }
  return {};
}

}  // namespace

void tcp_metrics_init(world& w) { genl_register_family(w, family); }

}  // namespace linnet
