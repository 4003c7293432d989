// RTM_GETSTATS: a device's counters without the rest of a link message (ifstat, ip stats).
#include "net/core/rtnl_link.hh"

namespace linnet {

namespace {

bool fill(sk_buff& s, const net_device& d, u32 portid, u32 seq, int flags, u32 mask) {
  nlmsghdr* h = nlmsg_put(s, portid, seq, RTM_NEWSTATS, sizeof(if_stats_msg), flags);
  if (!h) return false;
  auto& m = nlmsg_body<if_stats_msg>(h);
  m.ifindex = static_cast<u32>(d.ifindex);
  m.filter_mask = mask;
  if ((mask & IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64)) &&
      !nla_put_raw(s, IFLA_STATS_LINK_64, dev_get_stats(d))) {
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

}  // namespace

status rtnl_stats_get(nl_request& rq) {
  if (status s = valid_req(rq.nlh, rq.from.strict_check, false); !s) return s;
  const auto& m = *nlmsg_header<if_stats_msg>(rq.nlh);
  net_device* d = m.ifindex ? dev_get_by_index(rq.ns(), static_cast<int>(m.ifindex)) : nullptr;
  if (!m.ifindex) return err(EINVAL);
  if (!d) return err(ENODEV);
  if (!m.filter_mask) return err(EINVAL, "Filter mask must be set for stats get");
  skb_ptr s = nlmsg_new(rq.ns().c);
  fill(*s, *d, rq.portid(), rq.seq(), 0, m.filter_mask);
  rq.reply(std::move(s));
  return {};
}

status rtnl_stats_dump(sk_buff& s, netlink_callback& cb) {
  if (status r = valid_req(*cb.nlh, cb.strict_check, true); !r) return r;
  u32 mask = nlmsg_header<if_stats_msg>(*cb.nlh)->filter_mask;
  if (!mask) return err(EINVAL, "Filter mask must be set for stats dump");
  auto& devices = cb.ns().dev_base;
  cb.seq = cb.ns().dev_base_seq;
  for (auto it = devices.upper_bound(static_cast<int>(cb.args[0])); it != devices.end(); ++it) {
    if (!fill(s, *it->second, cb.portid(), cb.nlmsg_seq(), NLM_F_MULTI, mask)) return err(EMSGSIZE);
    cb.args[0] = static_cast<u64>(it->first);
  }
  if (s.len()) nl_dump_check_consistent(cb, reinterpret_cast<nlmsghdr*>(s.data));
  return {};
}

}  // namespace linnet
