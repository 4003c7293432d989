// RTM_GETNEXTHOPBUCKET: the buckets of resilient groups, one by one and as a dump, and the notifications of buckets that
// moved.
#include <climits>

#include "net/core/rtnetlink.hh"
#include "net/ipv4/nexthop.hh"

namespace linnet {

namespace {

constexpr auto policy_get_bucket = [] {
  std::array<nla_policy, NHA_RES_BUCKET + 1> p{};
  p[NHA_ID] = nla_of(NLA_U32);
  p[NHA_RES_BUCKET] = nla_of(NLA_NESTED);
  return p;
}();
constexpr std::array<nla_policy, NHA_RES_BUCKET_INDEX + 1> policy_index = {nla_policy{},
                                                                           nla_of(NLA_U16)};
constexpr auto policy_dump_bucket = [] {
  std::array<nla_policy, NHA_RES_BUCKET + 1> p = policy_get_bucket;
  p[NHA_OIF] = p[NHA_MASTER] = nla_of(NLA_U32);
  return p;
}();
constexpr auto policy_dump_nested = [] {
  std::array<nla_policy, NHA_RES_BUCKET_NH_ID + 1> p{};
  p[NHA_RES_BUCKET_NH_ID] = nla_of(NLA_U32);
  return p;
}();

bool put_bucket(sk_buff& skb, const nh_res_table& t, u16 index) {
  const nh_res_bucket& b = t.buckets[index];
  nlattr* nest = nla_nest_start(skb, NHA_RES_BUCKET);
  if (!nest || !nla_put_u16(skb, NHA_RES_BUCKET_INDEX, index) ||
      !nla_put_u32(skb, NHA_RES_BUCKET_NH_ID, b.nh_entry->nh->id) ||
      !nla_put_u64(skb, NHA_RES_BUCKET_IDLE_TIME, ktime_to_clock_t(t.ns.w.now() - b.used_time)))
    return false;
  nla_nest_end(skb, nest);
  return true;
}

// One bucket as a message; null: the packet is full, and as it was.
nlmsghdr* nh_fill_res_bucket(sk_buff& skb, const nh_res_table& t, u16 index, u32 portid, u32 seq,
                             int nlflags) {
  nlmsghdr* nlh = nlmsg_put(skb, portid, seq, RTM_NEWNEXTHOPBUCKET, sizeof(nhmsg), nlflags);
  if (!nlh) return nullptr;
  nlmsg_body<nhmsg>(nlh).nh_protocol = t.protocol;
  if (!nla_put_u32(skb, NHA_ID, t.nhg_id) || !put_bucket(skb, t, index)) {
    nlmsg_cancel(skb, nlh);
    return nullptr;
  }
  nlmsg_end(skb, nlh);
  return nlh;
}

result<nh_res_table*> find_group_resilient(net& n, u32 id) {
  nexthop* nh = nexthop_find_by_id(n, id);
  if (!nh) return err(ENOENT);
  if (!nh->is_group()) return err(EINVAL, "Not a nexthop group");
  if (!nh->group->resilient()) return err(EINVAL, "Nexthop group not of type resilient");
  return nh->group->res_table.get();
}

struct bucket_question {
  u32 id = 0;
  u16 index = 0;
};

result<bucket_question> nh_valid_get_bucket_req(const nlmsghdr& nlh) {
  nla_table<NHA_RES_BUCKET> tb;
  if (auto s = nlmsg_parse(nlh, sizeof(nhmsg), tb, policy_get_bucket); !s)
    return std::unexpected(s.error());
  auto id = nh_valid_get_del_req(nlh, tb);
  if (!id) return std::unexpected(id.error());
  if (!tb[NHA_RES_BUCKET]) return err(EINVAL, "Bucket information is missing");
  nla_table<NHA_RES_BUCKET_INDEX> in;
  if (auto s = nla_parse_nested(in, tb[NHA_RES_BUCKET], policy_index, NL_VALIDATE_STRICT); !s)
    return std::unexpected(s.error());
  if (!in[NHA_RES_BUCKET_INDEX]) return err(EINVAL, "Bucket index is missing");
  return bucket_question{*id, in[NHA_RES_BUCKET_INDEX].get_u16()};
}

status rtm_get_nexthop_bucket(nl_request& rq) {
  auto q = nh_valid_get_bucket_req(rq.nlh);
  if (!q) return std::unexpected(q.error());
  auto t = find_group_resilient(rq.ns(), q->id);
  if (!t) return std::unexpected(t.error());
  if (q->index >= (*t)->buckets.size()) return err(ENOENT, "Bucket index out of bounds");
  skb_ptr skb = nlmsg_new(rq.ns().c);
  nh_fill_res_bucket(*skb, **t, q->index, rq.portid(), rq.seq(), 0);
  rq.reply(std::move(skb));
  return {};
}

// Mistakes in the message's own attributes are not explained, as on Linux.
result<nh_dump_filter> nh_valid_dump_bucket_req(const nlmsghdr& nlh) {
  nla_table<NHA_RES_BUCKET> tb;
  if (auto s = nlmsg_parse(nlh, sizeof(nhmsg), tb, policy_dump_bucket); !s)
    return err(s.error().code);
  auto f = nh_dump_filter_of(nlh, tb);
  if (!f) return f;
  if (nla a = tb[NHA_ID]) {
    f->nh_id = a.get_u32();
    if (!f->nh_id) return err(EINVAL, "Invalid nexthop id");
  }
  if (nla a = tb[NHA_RES_BUCKET]) {
    nla_table<NHA_RES_BUCKET_NH_ID> in;
    if (auto s = nla_parse_nested(in, a, policy_dump_nested, NL_VALIDATE_STRICT); !s)
      return std::unexpected(s.error());
    if (nla id = in[NHA_RES_BUCKET_NH_ID]) {
      f->res_bucket_nh_id = id.get_u32();
      if (!f->res_bucket_nh_id) return err(EINVAL, "Invalid nexthop id");
    }
  }
  return f;
}

// args[0]: the group's id, args[1]: the first of its buckets that was not shown yet.
bool dump_buckets(sk_buff& skb, netlink_callback& cb, const nh_dump_filter& f,
                  const nh_res_table& t) {
  const u8 family = 0;
  for (u64& i = cb.args[1]; i < t.buckets.size(); ++i) {
    const nexthop& nh = *t.buckets[i].nh_entry->nh;
    if (nh_dump_filtered(nh, f, family)) continue;
    if (f.res_bucket_nh_id && f.res_bucket_nh_id != nh.id) continue;
    nlmsghdr* h =
        nh_fill_res_bucket(skb, t, static_cast<u16>(i), cb.portid(), cb.nlmsg_seq(), NLM_F_MULTI);
    if (!h) return false;
    nl_dump_check_consistent(cb, h);
  }
  cb.args[1] = 0;
  return true;
}

status rtm_dump_nexthop_bucket(sk_buff& skb, netlink_callback& cb) {
  auto f = nh_valid_dump_bucket_req(*cb.nlh);
  if (!f) return std::unexpected(f.error());
  nexthop_table& all = nexthops_of(cb.ns());
  cb.seq = all.seq;
  u64& id = cb.args[0];
  if (id > UINT_MAX) return {};
  if (f->nh_id) {
    auto t = find_group_resilient(cb.ns(), f->nh_id);
    if (!t) return std::unexpected(t.error());
    if (!dump_buckets(skb, cb, *f, **t)) return err(EMSGSIZE);
  } else {
    for (auto it = all.by_id.lower_bound(static_cast<u32>(id)); it != all.by_id.end(); ++it) {
      if (it->first != id) cb.args[1] = 0;
      id = it->first;
      const nexthop& nh = *it->second;
      if (nh.is_group() && nh.group->resilient() &&
          !dump_buckets(skb, cb, *f, *nh.group->res_table))
        return err(EMSGSIZE);
    }
  }
  id = u64{UINT_MAX} + 1;
  return {};
}

}  // namespace

void nexthop_bucket_notify(const nh_res_table& t, u16 index) {
  if (!rtnl_has_listeners(t.ns, RTNLGRP_NEXTHOP)) return;
  skb_ptr skb = nlmsg_new(t.ns.c);
  nh_fill_res_bucket(*skb, t, index, 0, 0, NLM_F_REPLACE);
  rtnl_notify(t.ns, std::move(skb), RTNLGRP_NEXTHOP);
}

void nexthop_bucket_init(world& w) {
  rtnl_register(w, PF_UNSPEC, RTM_GETNEXTHOPBUCKET, rtm_get_nexthop_bucket,
                rtm_dump_nexthop_bucket);
}

}  // namespace linnet
