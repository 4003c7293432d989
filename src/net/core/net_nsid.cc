// Namespace ids: the numbers by which one namespace's messages speak of others (ip netns list-id). Given
// out when first needed, or by RTM_NEWNSID; gone when the other namespace goes. RTNLGRP_NSID hears of both.
#include <linux/net_namespace.h>

#include "net/core/rtnetlink.hh"

namespace linnet {

namespace {

constexpr auto policy = [] {
  std::array<nla_policy, NETNSA_MAX + 1> p{};
  p[NETNSA_NSID] = nla_of(NLA_S32);
  p[NETNSA_PID] = nla_of(NLA_U32);
  p[NETNSA_FD] = nla_of(NLA_U32);
  p[NETNSA_TARGET_NSID] = nla_of(NLA_S32);
  return p;
}();
using netnsa_table = nla_table<NETNSA_MAX>;

struct nsid_args {
  int type = RTM_NEWNSID;
  u32 portid = 0, seq = 0;
  int flags = 0;
  int nsid = NETNSA_NSID_NOT_ASSIGNED;
  bool add_ref = false;
  int ref_nsid = 0;
};

bool fill(sk_buff& s, const nsid_args& a) {
  nlmsghdr* h = nlmsg_put(s, a.portid, a.seq, a.type, sizeof(rtgenmsg), a.flags);
  if (!h) return false;
  if (!nla_put_s32(s, NETNSA_NSID, a.nsid) ||
      (a.add_ref && !nla_put_s32(s, NETNSA_CURRENT_NSID, a.ref_nsid))) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

void notify(net& n, int type, int id, const nl_request* rq) {
  if (!n.w.rtnl || !rtnl_notify_wanted(n, RTNLGRP_NSID, rq)) return;
  nsid_args a{.type = type, .nsid = id};
  if (rq) a.portid = rq->portid(), a.seq = rq->seq();
  skb_ptr s = nlmsg_new(n.c, 64);
  fill(*s, a);
  rtnl_notify(n, std::move(s), RTNLGRP_NSID, rq);
}

int lowest_free(const net& n) {
  const auto& ids = n.netns_ids;
  if (ids.empty()) return 0;
  int next = ids.rbegin()->first + 1;
  if (static_cast<size_t>(next) == ids.size()) return next;  // no gaps
  next = 0;
  for (const auto& [id, peer] : ids) {
    if (id != next) break;
    ++next;
  }
  return next;
}

void assign(net& n, net& peer, int id) {
  n.netns_ids.emplace(id, &peer);
  n.nsid_of.emplace(&peer, id);
  peer.known_by.emplace(n.inum, &n);
}

// The namespace a request speaks of, and the attribute that says so. Null: the request says nothing.
struct peer_ref {
  net* n = nullptr;
  nla by;
  int code = 0;
};

peer_ref find_peer(const nl_request& rq, const netnsa_table& tb, bool by_id) {
  const world& w = rq.ns().w;
  if (nla a = tb[NETNSA_PID])
    return {w.net_by_pid ? w.net_by_pid(rq.from.who, a.get_u32()) : nullptr, a, ESRCH};
  if (nla a = tb[NETNSA_FD])
    return {w.net_by_fd ? w.net_by_fd(rq.from.who, a.get_s32()) : nullptr, a, EINVAL};
  if (nla a = tb[NETNSA_NSID]; a && by_id)
    return {get_net_ns_by_id(rq.ns(), a.get_s32()), a, ENOENT};
  return {};
}

status net_newid(nl_request& rq) {
  netnsa_table tb;
  if (status s = nlmsg_parse_deprecated(rq.nlh, sizeof(rtgenmsg), tb, policy); !s) return s;
  if (!tb[NETNSA_NSID]) return err(EINVAL, "nsid is missing");
  net& n = rq.ns();
  peer_ref p = find_peer(rq, tb, false);
  if (!p.by) return err(EINVAL, "Peer netns reference is missing");
  if (!p.n) return err(p.code, "Peer netns reference is invalid", p.by.raw());
  if (peernet2id(n, *p.n) >= 0)
    return err(EEXIST, "Peer netns already has a nsid assigned", p.by.raw());
  int id = tb[NETNSA_NSID].get_s32();
  if (id < 0) id = lowest_free(n);
  if (n.netns_ids.contains(id))
    return err(EEXIST, "The specified nsid is already used", tb[NETNSA_NSID].raw());
  assign(n, *p.n, id);
  notify(n, RTM_NEWNSID, id, &rq);
  return {};
}

status valid_getid_req(const nl_request& rq, netnsa_table& tb) {
  if (!rq.from.strict_check) return nlmsg_parse_deprecated(rq.nlh, sizeof(rtgenmsg), tb, policy);
  if (status s = nlmsg_parse_deprecated_strict(rq.nlh, sizeof(rtgenmsg), tb, policy); !s) return s;
  if (tb[NETNSA_CURRENT_NSID])
    return err(EINVAL, "Unsupported attribute in peer netns getid request",
               tb[NETNSA_CURRENT_NSID].raw());
  return {};
}

status net_getid(nl_request& rq) {
  netnsa_table tb;
  if (status s = valid_getid_req(rq, tb); !s) return s;
  peer_ref p = find_peer(rq, tb, true);
  if (!p.by) return err(EINVAL, "Peer netns reference is missing");
  if (!p.n) return err(p.code, "Peer netns reference is invalid", p.by.raw());
  net* n = &rq.ns();
  nsid_args a{.portid = rq.portid(), .seq = rq.seq()};
  if (nla t = tb[NETNSA_TARGET_NSID]) {
    auto target = rtnl_get_net_ns_capable(rq.from, t.get_s32());
    if (!target) return err(target.error().code, "Target netns reference is invalid", t.raw());
    a.add_ref = true;
    a.ref_nsid = peernet2id(*n, *p.n);
    n = *target;
  }
  a.nsid = peernet2id(*n, *p.n);
  skb_ptr s = nlmsg_new(rq.ns().c, 64);
  fill(*s, a);
  rq.reply(std::move(s));
  return {};
}

status net_dumpid(sk_buff& s, netlink_callback& cb) {
  net& self = cb.ns();
  net* tgt = &self;
  nsid_args a{.portid = cb.portid(), .seq = cb.nlmsg_seq(), .flags = NLM_F_MULTI};
  if (cb.strict_check) {
    netnsa_table tb;
    if (status r = nlmsg_parse_deprecated_strict(*cb.nlh, sizeof(rtgenmsg), tb, policy); !r)
      return r;
    for (size_t i = 0; i < tb.size(); ++i) {
      if (!tb[i]) continue;
      if (i != NETNSA_TARGET_NSID)
        return err(EINVAL, "Unsupported attribute in dump request", tb[i].raw());
      auto n = rtnl_get_net_ns_capable(*cb.from, tb[i].get_s32());
      if (!n) return err(n.error().code, "Invalid target network namespace id", tb[i].raw());
      tgt = *n;
      a.add_ref = true;
    }
  }
  for (auto it = tgt->netns_ids.lower_bound(static_cast<int>(cb.args[0]));
       it != tgt->netns_ids.end(); ++it) {
    a.nsid = it->first;
    if (a.add_ref) a.ref_nsid = peernet2id(self, *it->second);
    if (!fill(s, a)) return err(EMSGSIZE);
    cb.args[0] = static_cast<u64>(it->first) + 1;
  }
  return {};
}

}  // namespace

int peernet2id(const net& from, const net& other) {
  auto it = from.nsid_of.find(&other);
  return it == from.nsid_of.end() ? NETNSA_NSID_NOT_ASSIGNED : it->second;
}

int peernet2id_alloc(net& from, net& other) {
  if (int id = peernet2id(from, other); id >= 0) return id;
  if (!from.alive || !other.alive) return NETNSA_NSID_NOT_ASSIGNED;
  int id = lowest_free(from);
  assign(from, other, id);
  notify(from, RTM_NEWNSID, id, nullptr);
  return id;
}

net* get_net_ns_by_id(const net& from, int id) {
  auto it = from.netns_ids.find(id);
  return it == from.netns_ids.end() ? nullptr : it->second;
}

void net_nsid_exit(net& n) {
  auto known_by = std::move(n.known_by);
  n.known_by.clear();
  for (auto& [inum, other] : known_by) {
    auto it = other->nsid_of.find(&n);
    int id = it->second;
    other->netns_ids.erase(id);
    other->nsid_of.erase(it);
    if (other != &n) notify(*other, RTM_DELNSID, id, nullptr);
  }
  for (auto& [id, peer] : n.netns_ids) peer->known_by.erase(n.inum);
  n.netns_ids.clear();
  n.nsid_of.clear();
}

void net_nsid_init(world& w) {
  rtnl_register(w, PF_UNSPEC, RTM_NEWNSID, net_newid, nullptr);
  rtnl_register(w, PF_UNSPEC, RTM_GETNSID, net_getid, net_dumpid);
}

}  // namespace linnet
