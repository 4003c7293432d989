// Asking for links: RTM_GETLINK, one device or all; and how a request names a namespace.
#include <algorithm>

#include "net/core/rtnl_link.hh"

namespace linnet {

namespace {

constexpr auto policy = [] {
  std::array<nla_policy, IFLA_MAX + 1> p{};
  p[IFLA_IFNAME] = nla_of(NLA_STRING, IFNAMSIZ - 1);
  p[IFLA_ADDRESS] = nla_of(NLA_BINARY, max_addr_len);
  p[IFLA_BROADCAST] = nla_of(NLA_BINARY, max_addr_len);
  p[IFLA_MAP].len = sizeof(rtnl_link_ifmap);
  p[IFLA_IFALIAS] = nla_of(NLA_BINARY, 255);  // a string, empty to remove the alias
  for (int t : {IFLA_MTU,
                IFLA_LINK,
                IFLA_MASTER,
                IFLA_TXQLEN,
                IFLA_WEIGHT,
                IFLA_NET_NS_PID,
                IFLA_NET_NS_FD,
                IFLA_EXT_MASK,
                IFLA_PROMISCUITY,
                IFLA_NUM_TX_QUEUES,
                IFLA_NUM_RX_QUEUES,
                IFLA_GSO_MAX_SEGS,
                IFLA_CARRIER_CHANGES,
                IFLA_EVENT,
                IFLA_GROUP,
                IFLA_CARRIER_UP_COUNT,
                IFLA_CARRIER_DOWN_COUNT,
                IFLA_MIN_MTU,
                IFLA_MAX_MTU,
                IFLA_GRO_MAX_SIZE})
    p[static_cast<size_t>(t)] = nla_of(NLA_U32);
  p[IFLA_GSO_MAX_SIZE] = nla_min(NLA_U32, 320 + 1);  // more than TCP's headers (MAX_TCP_HEADER)
  for (int t : {IFLA_CARRIER, IFLA_OPERSTATE, IFLA_LINKMODE, IFLA_PROTO_DOWN})
    p[static_cast<size_t>(t)] = nla_of(NLA_U8);
  for (int t : {IFLA_LINKINFO, IFLA_VFINFO_LIST, IFLA_VF_PORTS, IFLA_PORT_SELF, IFLA_AF_SPEC,
                IFLA_XDP, IFLA_PROP_LIST, IFLA_PROTO_DOWN_REASON})
    p[static_cast<size_t>(t)] = nla_of(NLA_NESTED);
  p[IFLA_PHYS_PORT_ID] = nla_of(NLA_BINARY, 32);
  p[IFLA_PHYS_SWITCH_ID] = nla_of(NLA_BINARY, 32);
  p[IFLA_LINK_NETNSID] = nla_of(NLA_S32);
  p[IFLA_TARGET_NETNSID] = nla_of(NLA_S32);
  p[IFLA_ALT_IFNAME] = nla_of(NLA_STRING, ALTIFNAMSIZ - 1);
  p[IFLA_NEW_IFINDEX] = nla_ranged(NLA_S32, 1, INT32_MAX);
  p[IFLA_PARENT_DEV_NAME] = nla_of(NLA_NUL_STRING);
  for (int t : {IFLA_PERM_ADDRESS, IFLA_TSO_MAX_SIZE, IFLA_TSO_MAX_SEGS, IFLA_ALLMULTI})
    p[static_cast<size_t>(t)] = nla_of(NLA_REJECT);
  return p;
}();

bool header_only_index(const ifinfomsg& m) {
  return !m.__ifi_pad && !m.ifi_type && !m.ifi_flags && !m.ifi_change;
}

status valid_getlink_req(const nl_request& rq, ifla_table& tb) {
  const auto* ifm = nlmsg_header<ifinfomsg>(rq.nlh);
  if (!ifm) return err(EINVAL, "Invalid header for get link");
  if (!rq.from.strict_check) return nlmsg_parse_deprecated(rq.nlh, sizeof *ifm, tb, policy);
  if (!header_only_index(*ifm)) return err(EINVAL, "Invalid values in header for get link request");
  if (status s = nlmsg_parse_deprecated_strict(rq.nlh, sizeof *ifm, tb, policy); !s) return s;
  for (size_t i = 0; i < tb.size(); ++i)
    if (tb[i] && i != IFLA_IFNAME && i != IFLA_ALT_IFNAME && i != IFLA_EXT_MASK &&
        i != IFLA_TARGET_NETNSID)
      return err(EINVAL, "Unsupported attribute in get link request");
  return {};
}

// link_master_filtered: 0 asks for nothing, -1 for those that have none.
bool has_master(const net_device& dev, u32 wanted) {
  if (!wanted) return true;
  if (wanted == ~0u) return !dev.master;
  return dev.master && static_cast<u32>(dev.master->ifindex) == wanted;
}

struct dump_filter {
  net* tgt = nullptr;
  int netnsid = -1;
  u32 ext_mask = 0;
  u32 master = 0;
  const rtnl_link_ops* kind = nullptr;
};

status valid_dump_req(const netlink_callback& cb, ifla_table& tb) {
  const auto* ifm = nlmsg_header<ifinfomsg>(*cb.nlh);
  if (!cb.strict_check)
    return nlmsg_parse_deprecated(*cb.nlh, ifm ? sizeof *ifm : sizeof(rtgenmsg), tb, policy);
  if (!ifm) return err(EINVAL, "Invalid header for link dump");
  if (!header_only_index(*ifm))
    return err(EINVAL, "Invalid values in header for link dump request");
  if (ifm->ifi_index) return err(EINVAL, "Filter by device index not supported for link dumps");
  return nlmsg_parse_deprecated_strict(*cb.nlh, sizeof *ifm, tb, policy);
}

result<dump_filter> dump_filter_of(const netlink_callback& cb) {
  dump_filter f;
  f.tgt = &cb.ns();
  ifla_table tb;
  if (status s = valid_dump_req(cb, tb); !s) {
    if (cb.strict_check) return std::unexpected(s.error());
    return f;
  }
  for (size_t i = 0; i < tb.size(); ++i) {
    if (!tb[i]) continue;
    switch (i) {
      case IFLA_TARGET_NETNSID: {
        f.netnsid = tb[i].get_s32();
        auto n = rtnl_get_net_ns_capable(*cb.from, f.netnsid);
        if (!n) return err(n.error().code, "Invalid target network namespace id");
        f.tgt = *n;
        break;
      }
      case IFLA_EXT_MASK: f.ext_mask = tb[i].get_u32(); break;
      case IFLA_MASTER: f.master = tb[i].get_u32(); break;
      case IFLA_LINKINFO:
        if (auto info = parse_linkinfo(tb); info && !info->kind.empty())
          f.kind = rtnl_link_ops_get(cb.ns().w, info->kind);
        break;
      default:
        if (cb.strict_check) return err(EINVAL, "Unsupported attribute in link dump request");
    }
  }
  return f;
}

}  // namespace

std::span<const nla_policy> ifla_policy() { return policy; }

status rtnl_ensure_unique_netns(const ifla_table& tb, bool id_only) {
  if (id_only && (tb[IFLA_NET_NS_PID] || tb[IFLA_NET_NS_FD]))
    return err(EOPNOTSUPP, "specified netns attribute not supported");
  int given = !!tb[IFLA_NET_NS_PID] + !!tb[IFLA_NET_NS_FD] + !!tb[IFLA_TARGET_NETNSID];
  if (given > 1) return err(EINVAL, "multiple netns identifying attributes specified");
  return {};
}

net_device* rtnl_dev_get(const net& n, const ifla_table& tb) {
  nla name = tb[IFLA_IFNAME] ? tb[IFLA_IFNAME] : tb[IFLA_ALT_IFNAME];
  return name ? dev_get_by_name(n, name.str()) : nullptr;
}

result<net*> rtnl_get_net_ns_capable(const nl_requester& from, s32 netnsid) {
  net* n = get_net_ns_by_id(from.ns, netnsid);
  if (!n) return err(EINVAL);
  if (!from.who.net_admin) return err(EACCES);
  return n;
}

result<net*> rtnl_link_get_net(const nl_requester& from, net& ns, const ifla_table& tb) {
  const world& w = ns.w;
  if (nla a = tb[IFLA_NET_NS_PID]) {
    net* n = w.net_by_pid ? w.net_by_pid(from.who, a.get_u32()) : nullptr;
    if (!n) return err(ESRCH);
    return n;
  }
  if (nla a = tb[IFLA_NET_NS_FD]) {
    net* n = w.net_by_fd ? w.net_by_fd(from.who, a.get_s32()) : nullptr;
    if (!n) return err(EINVAL);
    return n;
  }
  if (nla a = tb[IFLA_TARGET_NETNSID]) {
    if (status s = rtnl_ensure_unique_netns(tb, false); !s) return std::unexpected(s.error());
    net* n = get_net_ns_by_id(from.ns, a.get_s32());
    if (!n) return err(EINVAL);
    return n;
  }
  return &ns;
}

u32 rtnl_calcit(const nl_request& rq) {
  ifla_table tb;
  size_t hdrlen = nlmsg_header<ifinfomsg>(rq.nlh) ? sizeof(ifinfomsg) : sizeof(rtgenmsg);
  if (!nlmsg_parse_deprecated(rq.nlh, hdrlen, tb, policy)) return NLMSG_GOODSIZE;
  u32 mask = tb[IFLA_EXT_MASK] ? tb[IFLA_EXT_MASK].get_u32() : 0;
  size_t most = 0;
  for (const auto& [index, dev] : rq.ns().dev_base)
    most = std::max(most, if_nlmsg_size(*dev, mask));
  return std::max(static_cast<u32>(nlmsg_total_size(most)), NLMSG_GOODSIZE);
}

status rtnl_getlink(nl_request& rq) {
  ifla_table tb;
  if (status s = valid_getlink_req(rq, tb); !s) return s;
  if (status s = rtnl_ensure_unique_netns(tb, true); !s) return s;
  net* tgt = &rq.ns();
  ifinfo_args a{.portid = rq.portid(), .seq = rq.seq()};
  if (nla id = tb[IFLA_TARGET_NETNSID]) {
    a.tgt_netnsid = id.get_s32();
    auto n = rtnl_get_net_ns_capable(rq.from, a.tgt_netnsid);
    if (!n) return std::unexpected(n.error());
    tgt = *n;
  }
  if (tb[IFLA_EXT_MASK]) a.ext_filter_mask = tb[IFLA_EXT_MASK].get_u32();
  int index = nlmsg_header<ifinfomsg>(rq.nlh)->ifi_index;
  net_device* dev = nullptr;
  if (index > 0)
    dev = dev_get_by_index(*tgt, index);
  else if (tb[IFLA_IFNAME] || tb[IFLA_ALT_IFNAME])
    dev = rtnl_dev_get(*tgt, tb);
  else
    return err(EINVAL);
  if (!dev) return err(ENODEV);
  u32 size = static_cast<u32>(nlmsg_total_size(if_nlmsg_size(*dev, a.ext_filter_mask)));
  skb_ptr s = nlmsg_new(rq.ns().c, size);
  if (!rtnl_fill_ifinfo(*s, *dev, rq.ns(), a)) {
    consume_skb(std::move(s));
    return err(EMSGSIZE);
  }
  rq.reply(std::move(s));
  return {};
}

status rtnl_dump_ifinfo(sk_buff& s, netlink_callback& cb) {
  auto f = dump_filter_of(cb);
  if (!f) return std::unexpected(f.error());
  ifinfo_args a{.portid = cb.portid(),
                .seq = cb.nlmsg_seq(),
                .flags = NLM_F_MULTI | (f->master || f->kind ? NLM_F_DUMP_FILTERED : 0),
                .ext_filter_mask = f->ext_mask,
                .tgt_netnsid = f->netnsid};
  auto& devices = f->tgt->dev_base;
  auto it = devices.upper_bound(static_cast<int>(cb.args[0]));
  status r;
  for (; it != devices.end(); ++it) {
    net_device& dev = *it->second;
    bool wanted = has_master(dev, f->master) && (!f->kind || dev.rtnl_link_ops == f->kind);
    if (wanted && !rtnl_fill_ifinfo(s, dev, cb.ns(), a)) {
      r = err(EMSGSIZE);
      break;
    }
    cb.args[0] = static_cast<u64>(dev.ifindex);
  }
  cb.seq = f->tgt->dev_base_seq;
  if (s.len()) nl_dump_check_consistent(cb, reinterpret_cast<nlmsghdr*>(s.data));
  return r;
}

}  // namespace linnet
