// The rtnetlink switchboard: which handler takes a message, who may send it, and where notifications go.
// The handlers themselves are in rtnl_link*.cc, net_nsid.cc, neighbour_netlink.cc here and in the protocols.
#include "net/core/rtnetlink.hh"

#include "net/core/rtnl_link.hh"

namespace linnet {

namespace {

enum rtnl_kinds { RTNL_KIND_NEW, RTNL_KIND_DEL, RTNL_KIND_GET, RTNL_KIND_SET };

const rtnl_registry::handler* find(const rtnl_registry& r, unsigned family, unsigned type) {
  if (family >= rtnl_registry::families) family = PF_UNSPEC;
  const auto& table = r.handlers[family];
  return table ? &(*table)[type] : nullptr;
}

}  // namespace

rtnl_registry& rtnl_of(const world& w) {
  assert(w.rtnl && "rtnetlink_init comes first");
  return *w.rtnl;
}

void rtnl_register(world& w, int family, int msgtype, rtnl_doit_func doit, rtnl_dumpit_func dumpit,
                   unsigned flags) {
  auto& table = rtnl_of(w).handlers[static_cast<size_t>(family)];
  if (!table) table = std::make_unique<std::array<rtnl_registry::handler, rtnl_registry::types>>();
  auto& h = (*table)[static_cast<size_t>(msgtype - RTM_BASE)];
  if (doit) h.doit = doit;
  if (dumpit) h.dumpit = dumpit;
  h.flags |= flags;
}

void rtnl_af_register(world& w, const rtnl_af_ops& ops) { rtnl_of(w).af_ops.push_back(&ops); }

status rtnetlink_rcv_msg(nl_request& rq) {
  const nlmsghdr& h = rq.nlh;
  if (h.nlmsg_type < RTM_BASE || h.nlmsg_type > RTM_MAX) return err(EOPNOTSUPP);
  unsigned type = h.nlmsg_type - RTM_BASE;
  if (nlmsg_len(h) < sizeof(rtgenmsg)) return {};
  auto family = static_cast<unsigned>(*nlmsg_data(h));
  unsigned kind = type & 3;
  if (kind != RTNL_KIND_GET && !rq.from.who.net_admin) return err(EPERM);

  const rtnl_registry& r = rtnl_of(rq.ns().w);
  if (kind == RTNL_KIND_GET && (h.nlmsg_flags & NLM_F_DUMP)) {
    const auto* d = find(r, family, type);
    if (!d || !d->dumpit) d = find(r, PF_UNSPEC, type);
    if (!d || !d->dumpit) return err(EOPNOTSUPP);
    u32 size = h.nlmsg_type == RTM_GETLINK ? rtnl_calcit(rq) : 0;
    return netlink_dump_start(rq, d->dumpit, size);
  }
  const auto* d = find(r, family, type);
  if (!d || !d->doit) d = find(r, PF_UNSPEC, type);
  if (!d || !d->doit) return err(EOPNOTSUPP);
  if (kind == RTNL_KIND_DEL && (h.nlmsg_flags & NLM_F_BULK) &&
      !(d->flags & RTNL_FLAG_BULK_DEL_SUPPORTED))
    return err(EOPNOTSUPP, "Bulk delete is not supported");
  return d->doit(rq);
}

status netlink_dump_start(nl_request& rq, rtnl_dumpit_func dump, u32 min_dump_alloc) {
  auto cb = std::make_unique<netlink_callback>();
  const auto* p = reinterpret_cast<const std::byte*>(&rq.nlh);
  cb->request.assign(p, p + rq.nlh.nlmsg_len);
  cb->nlh = reinterpret_cast<const nlmsghdr*>(cb->request.data());
  cb->from = &rq.from;
  cb->dump = dump;
  cb->min_dump_alloc = min_dump_alloc;
  cb->strict_check = rq.from.strict_check;
  if (status s = rq.from.start_dump(std::move(cb)); !s) return s;
  return err(EINTR);
}

bool rtnl_has_listeners(const net& n, u32 group) {
  const rtnl_registry& r = rtnl_of(n.w);
  return r.has_listeners && r.has_listeners(n, group);
}

bool rtnl_notify_wanted(const net& n, u32 group, const nl_request* rq) {
  return (rq && rq->flag(NLM_F_ECHO)) || rtnl_has_listeners(n, group);
}

void rtnl_notify(net& n, skb_ptr s, u32 group, const nl_request* rq) {
  const rtnl_registry& r = rtnl_of(n.w);
  bool echo = rq && rq->flag(NLM_F_ECHO);
  if (echo) {  // the requester gets the message, the group a clone without him
    if (r.multicast) r.multicast(n, skb_clone(*s), rq->portid(), group);
    rq->reply(std::move(s));
  } else if (r.multicast) {
    r.multicast(n, std::move(s), 0, group);
  } else {
    consume_skb(std::move(s));
  }
}

void rtnl_set_sk_err(net& n, u32 group, int code) {
  const rtnl_registry& r = rtnl_of(n.w);
  if (r.set_err) r.set_err(n, group, code);
}

bool rtnl_put_cacheinfo(sk_buff& s, u32 id, ktime lastused, ktime now, ktime expires, u32 error,
                        u32 users) {
  rta_cacheinfo ci{};
  ci.rta_lastuse = ktime_to_clock_t(now - lastused);
  ci.rta_used = 0;
  ci.rta_clntref = users;
  ci.rta_error = error;
  ci.rta_id = id;
  if (expires) {
    ktime left = expires > now ? expires - now : now - expires;
    auto ticks = static_cast<s32>(std::min<s64>(left / ns_per_clock_tick, 0x7fffffff));
    ci.rta_expires = expires > now ? ticks : -ticks;
  }
  return nla_put_raw(s, RTA_CACHEINFO, ci);
}

namespace {

// A dump of PF_UNSPEC asks each family that dumps that type, in order; each begins a packet (rtnl_dump_all).
status dump_all(sk_buff& s, netlink_callback& cb) {
  const rtnl_registry& r = rtnl_of(cb.ns().w);
  unsigned type = cb.nlh->nlmsg_type - RTM_BASE;
  unsigned begun = std::max<unsigned>(cb.family, 1);
  for (unsigned family = begun; family < rtnl_registry::families; ++family) {
    const auto& table = r.handlers[family];
    rtnl_dumpit_func dump = table && family != PF_PACKET ? (*table)[type].dumpit : nullptr;
    if (!dump) continue;
    if (family > begun) {
      cb.args = {};
      cb.data.reset();
      cb.seq = cb.prev_seq = 0;
    }
    status st = dump(s, cb);
    cb.family = static_cast<u16>(family);
    if (!st || s.len()) return st;
  }
  cb.family = rtnl_registry::families;
  return {};
}

}  // namespace

void rtnetlink_init(world& w) {
  w.rtnl = std::unique_ptr<rtnl_registry, void (*)(rtnl_registry*)>(
      new rtnl_registry, [](rtnl_registry* r) { delete r; });
  w.netdev_chain.push_back(rtnetlink_event);
  rtnl_register(w, PF_UNSPEC, RTM_GETLINK, rtnl_getlink, rtnl_dump_ifinfo);
  rtnl_register(w, PF_UNSPEC, RTM_SETLINK, rtnl_setlink, nullptr);
  rtnl_register(w, PF_UNSPEC, RTM_NEWLINK, rtnl_newlink, nullptr);
  rtnl_register(w, PF_UNSPEC, RTM_DELLINK, rtnl_dellink, nullptr);
  rtnl_register(w, PF_UNSPEC, RTM_NEWLINKPROP, rtnl_newlinkprop, nullptr);
  rtnl_register(w, PF_UNSPEC, RTM_DELLINKPROP, rtnl_dellinkprop, nullptr);
  rtnl_register(w, PF_UNSPEC, RTM_GETSTATS, rtnl_stats_get, rtnl_stats_dump);
  rtnl_register(w, PF_UNSPEC, RTM_SETSTATS, rtnl_stats_set, nullptr);
  for (int type : {RTM_GETADDR, RTM_GETROUTE, RTM_GETNETCONF})
    rtnl_register(w, PF_UNSPEC, type, nullptr, dump_all);
}

}  // namespace linnet
