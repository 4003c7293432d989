// RTM_GETNETCONF and the messages about changed settings (ip netconf): forwarding, rp_filter and their like of
// a device, of all, and of the default.
#include "net/ipv4/devinet.hh"

namespace linnet {

namespace {

struct netconf_args {
  int event = RTM_NEWNETCONF;
  int ifindex = 0;
  int type = NETCONFA_ALL;
  u32 portid = 0, seq = 0;
  int flags = 0;
};

bool fill(sk_buff& s, const ipv4_devconf* c, const netconf_args& a) {
  nlmsghdr* h = nlmsg_put(s, a.portid, a.seq, a.event, sizeof(netconfmsg), a.flags);
  if (!h) return false;
  nlmsg_body<netconfmsg>(h).ncm_family = AF_INET;
  bool ok = nla_put_s32(s, NETCONFA_IFINDEX, a.ifindex);
  auto put = [&](int type, int id) {
    if (c && (a.type == NETCONFA_ALL || a.type == type))
      ok = ok && nla_put_s32(s, type, c->get(id));
  };
  put(NETCONFA_FORWARDING, IPV4_DEVCONF_FORWARDING);
  put(NETCONFA_RP_FILTER, IPV4_DEVCONF_RP_FILTER);
  put(NETCONFA_MC_FORWARDING, IPV4_DEVCONF_MC_FORWARDING);
  put(NETCONFA_BC_FORWARDING, IPV4_DEVCONF_BC_FORWARDING);
  put(NETCONFA_PROXY_NEIGH, IPV4_DEVCONF_PROXY_ARP);
  put(NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN, IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN);
  if (!ok) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

constexpr auto policy = [] {
  std::array<nla_policy, NETCONFA_MAX + 1> p{};
  for (int t : {NETCONFA_IFINDEX, NETCONFA_FORWARDING, NETCONFA_RP_FILTER, NETCONFA_PROXY_NEIGH,
                NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN})
    p[static_cast<size_t>(t)].len = sizeof(int);
  return p;
}();
using netconf_table = nla_table<NETCONFA_MAX>;

status get_devconf(nl_request& rq) {
  netconf_table tb;
  if (!nlmsg_header<netconfmsg>(rq.nlh))
    return err(EINVAL, "ipv4: Invalid header for netconf get request");
  if (rq.from.strict_check) {
    if (status s = nlmsg_parse_deprecated_strict(rq.nlh, sizeof(netconfmsg), tb, policy); !s)
      return s;
    for (size_t i = 0; i < tb.size(); ++i)
      if (tb[i] && i != NETCONFA_IFINDEX)
        return err(EINVAL, "ipv4: Unsupported attribute in netconf get request");
  } else if (status s = nlmsg_parse_deprecated(rq.nlh, sizeof(netconfmsg), tb, policy); !s) {
    return s;
  }
  if (!tb[NETCONFA_IFINDEX]) return err(EINVAL);
  net& n = rq.ns();
  int index = tb[NETCONFA_IFINDEX].get_s32();
  const ipv4_devconf* c = nullptr;
  if (index == NETCONFA_IFINDEX_ALL) {
    c = &ipv4_of(n).devconf_all;
  } else if (index == NETCONFA_IFINDEX_DEFAULT) {
    c = &ipv4_of(n).devconf_dflt;
  } else {
    net_device* dev = dev_get_by_index(n, index);
    if (!dev || !in_dev_get(*dev)) return err(EINVAL);
    c = &in_dev_get(*dev)->cnf;
  }
  skb_ptr s = nlmsg_new(n.c, 256);
  fill(*s, c, {.ifindex = index, .portid = rq.portid(), .seq = rq.seq()});
  rq.reply(std::move(s));
  return {};
}

// Devices by index, then all, then the default. The cursor: the last device's index, and what came after.
status dump_devconf(sk_buff& s, netlink_callback& cb) {
  if (cb.strict_check) {
    if (!nlmsg_header<netconfmsg>(*cb.nlh))
      return err(EINVAL, "ipv4: Invalid header for netconf dump request");
    if (!nlmsg_attrs(*cb.nlh, sizeof(netconfmsg)).empty())
      return err(EINVAL, "ipv4: Invalid data after header in netconf dump request");
  }
  net& n = cb.ns();
  cb.seq = ipv4_of(n).dev_addr_genid ^ n.dev_base_seq;
  auto put = [&](int index, const ipv4_devconf& c) {
    auto* h = reinterpret_cast<nlmsghdr*>(s.tail);
    if (!fill(
            s, &c,
            {.ifindex = index, .portid = cb.portid(), .seq = cb.nlmsg_seq(), .flags = NLM_F_MULTI}))
      return false;
    nl_dump_check_consistent(cb, h);
    return true;
  };
  for (auto it = n.dev_base.upper_bound(static_cast<int>(cb.args[0])); it != n.dev_base.end();
       ++it) {
    const in_device* in = in_dev_get(*it->second);
    if (in && !put(it->first, in->cnf)) return err(EMSGSIZE);
    cb.args[0] = static_cast<u64>(it->first);
  }
  if (cb.args[1] == 0) {
    if (!put(NETCONFA_IFINDEX_ALL, ipv4_of(n).devconf_all)) return err(EMSGSIZE);
    cb.args[1] = 1;
  }
  if (cb.args[1] == 1) {
    if (!put(NETCONFA_IFINDEX_DEFAULT, ipv4_of(n).devconf_dflt)) return err(EMSGSIZE);
    cb.args[1] = 2;
  }
  return {};
}

}  // namespace

void inet_netconf_notify_devconf(net& n, int event, int type, int ifindex, const ipv4_devconf* c) {
  if (!rtnl_has_listeners(n, RTNLGRP_IPV4_NETCONF)) return;
  skb_ptr s = nlmsg_new(n.c, 256);
  fill(*s, c, {.event = event, .ifindex = ifindex, .type = type});
  rtnl_notify(n, std::move(s), RTNLGRP_IPV4_NETCONF);
}

void netconf_init(world& w) {
  rtnl_register(w, PF_INET, RTM_GETNETCONF, get_devconf, dump_devconf);
}

}  // namespace linnet
