// RTM_NEWLINK: changes a link that exists, makes one of a kind, or changes all of a group; and what the
// kinds' newlink functions use.
#include <algorithm>

#include "net/core/rtnl_link.hh"

namespace linnet {

namespace {

constexpr auto info_policy = [] {
  std::array<nla_policy, IFLA_INFO_MAX + 1> p{};
  p[IFLA_INFO_KIND] = nla_of(NLA_STRING);
  p[IFLA_INFO_DATA] = nla_of(NLA_NESTED);
  p[IFLA_INFO_SLAVE_KIND] = nla_of(NLA_STRING);
  p[IFLA_INFO_SLAVE_DATA] = nla_of(NLA_NESTED);
  return p;
}();

status validate_mtu(const net_device& d, u32 mtu) {
  if (static_cast<int>(mtu) < 0 || mtu < d.min_mtu)
    return err(EINVAL, "mtu less than device minimum");
  if (d.max_mtu > 0 && mtu > d.max_mtu) return err(EINVAL, "mtu greater than device maximum");
  return {};
}

// What the Ethernet kinds' validate functions ask of an address.
status validate_address(const net_device& d, nla a) {
  if (!a || d.type != ARPHRD_ETHER) return {};
  if (a.len() != 6) return err(EINVAL);
  auto b = a.payload();
  bool group = (b[0] & std::byte{1}) != std::byte{0};
  bool zero = std::ranges::all_of(b, [](std::byte x) { return x == std::byte{0}; });
  if (group || zero) return err(EADDRNOTAVAIL);
  return {};
}

status group_changelink(nl_request& rq, u32 group, const ifinfomsg& ifm, const ifla_table& tb) {
  std::vector<ref<net_device>> members;
  for (auto& [index, d] : rq.ns().dev_base)
    if (d->group == group) members.push_back(d);
  for (auto& d : members)
    if (status s = do_setlink(rq, rq.ns(), *d, ifm, tb); !s) return s;
  return {};
}

status newlink_create(nl_request& rq, const ifinfomsg& ifm, const rtnl_link_ops& ops,
                      const ifla_table& tb, nla data) {
  auto dest = rtnl_link_get_net(rq.from, rq.ns(), tb);
  if (!dest) return std::unexpected(dest.error());
  net* link_net = nullptr;
  if (nla id = tb[IFLA_LINK_NETNSID]) {
    link_net = get_net_ns_by_id(**dest, id.get_s32());
    if (!link_net) return err(EINVAL, "Unknown network namespace id");
  }
  bool named = bool(tb[IFLA_IFNAME]);
  std::string name = named ? std::string(tb[IFLA_IFNAME].str()) : std::string(ops.kind) + "%d";
  rtnl_newlink_params p{.data = data ? data.payload() : const_bytes{},
                        .request = nlmsg_attrs(rq.nlh, sizeof(ifinfomsg)),
                        .src_net = link_net ? link_net : &rq.ns(),
                        .rq = &rq,
                        .dest_net = link_net ? link_net : *dest,
                        .name = name,
                        .name_given = named,
                        .address = tb[IFLA_ADDRESS] ? tb[IFLA_ADDRESS].payload() : const_bytes{},
                        .ifindex = ifm.ifi_index};
  auto made = ops.newlink(p);
  if (!made) return std::unexpected(made.error());
  ref<net_device> dev(*made);
  status s = rtnl_configure_link(*dev, &ifm);
  if (s && link_net && link_net != *dest) s = dev_change_net_namespace(*dev, **dest, name);
  if (s && tb[IFLA_MASTER]) s = do_set_master(*dev, tb[IFLA_MASTER].get_s32());
  if (!s) {
    if (ops.dellink)
      ops.dellink(*dev);
    else
      unregister_netdevice(*dev);
  }
  return s;
}

}  // namespace

result<linkinfo> parse_linkinfo(const ifla_table& tb) {
  linkinfo i;
  if (!tb[IFLA_LINKINFO]) return i;
  nla_table<IFLA_INFO_MAX> info;
  if (status s = nla_parse_nested_deprecated(info, tb[IFLA_LINKINFO], info_policy); !s)
    return err(s.error().code);
  if (info[IFLA_INFO_KIND]) i.kind = info[IFLA_INFO_KIND].str();
  i.data = info[IFLA_INFO_DATA];
  i.slave_data = info[IFLA_INFO_SLAVE_DATA];
  return i;
}

namespace {

status slave_changelink(net_device& dev, const linkinfo& i) {
  const rtnl_link_ops* ops = dev.master ? dev.master->rtnl_link_ops : nullptr;
  if (!ops || !ops->slave_changelink) return err(EOPNOTSUPP);
  return ops->slave_changelink(*dev.master, dev, i.slave_data.payload());
}

}  // namespace

status rtnl_newlink(nl_request& rq) {
  ifla_table tb;
  if (status s = nlmsg_parse_deprecated(rq.nlh, sizeof(ifinfomsg), tb, ifla_policy()); !s) return s;
  if (status s = rtnl_ensure_unique_netns(tb, false); !s) return s;
  net& n = rq.ns();
  const auto& ifm = *nlmsg_header<ifinfomsg>(rq.nlh);
  net_device* dev = nullptr;
  bool specified = true;
  if (ifm.ifi_index > 0)
    dev = dev_get_by_index(n, ifm.ifi_index);
  else if (ifm.ifi_index < 0)
    return err(EINVAL, "ifindex can't be negative");
  else if (tb[IFLA_IFNAME] || tb[IFLA_ALT_IFNAME])
    dev = rtnl_dev_get(n, tb);
  else
    specified = false;
  if (status s = validate_linkmsg(dev, tb, n.w); !s) return s;
  auto info = parse_linkinfo(tb);
  if (!info) return std::unexpected(info.error());
  const rtnl_link_ops* ops = info->kind.empty() ? nullptr : rtnl_link_ops_get(n.w, info->kind);

  if (dev) {
    if (rq.flag(NLM_F_EXCL)) return err(EEXIST);
    if (rq.flag(NLM_F_REPLACE)) return err(EOPNOTSUPP);
    if (info->data) {
      if (!ops || ops != dev->rtnl_link_ops || !ops->changelink) return err(EOPNOTSUPP);
      if (status s = ops->changelink(*dev, info->data.payload()); !s) return s;
    }
    if (info->slave_data)
      if (status s = slave_changelink(*dev, *info); !s) return s;
    return do_setlink(rq, n, *dev, ifm, tb, bool(info->data) || bool(info->slave_data));
  }
  if (!rq.flag(NLM_F_CREATE)) {
    if (!specified && tb[IFLA_GROUP])
      return group_changelink(rq, tb[IFLA_GROUP].get_u32(), ifm, tb);
    return err(ENODEV);
  }
  if (tb[IFLA_MAP] || tb[IFLA_PROTINFO]) return err(EOPNOTSUPP);
  if (!ops) return err(EOPNOTSUPP, "Unknown device type");
  return newlink_create(rq, ifm, *ops, tb, info->data);
}

status rtnl_create_link(net_device& d, const rtnl_link_ops& ops, const ifla_table& tb) {
  auto queues = [&](int type, u32& out, const char* msg) -> status {
    if (!tb[static_cast<size_t>(type)]) return {};
    u32 v = tb[static_cast<size_t>(type)].get_u32();
    if (v < 1 || v > 4096) return err(EINVAL, msg);
    out = v;
    return {};
  };
  if (status s = queues(IFLA_NUM_TX_QUEUES, d.num_tx_queues, "Invalid number of transmit queues");
      !s)
    return s;
  if (status s = queues(IFLA_NUM_RX_QUEUES, d.num_rx_queues, "Invalid number of receive queues");
      !s)
    return s;
  if (status s = validate_address(d, tb[IFLA_ADDRESS]); !s) return s;
  d.rtnl_link_ops = &ops;
  d.rtnl_initializing = true;
  if (tb[IFLA_MTU]) {
    u32 mtu = tb[IFLA_MTU].get_u32();
    if (status s = validate_mtu(d, mtu); !s) return s;
    d.mtu = mtu;
  }
  auto copy = [&](nla a, hw_addr& to) {
    std::memcpy(to.data(), a.payload().data(), std::min(a.len(), to.size()));
  };
  if (tb[IFLA_ADDRESS]) {
    copy(tb[IFLA_ADDRESS], d.dev_addr);
    d.addr_assign_type = 3;  // NET_ADDR_SET
  }
  if (tb[IFLA_BROADCAST]) copy(tb[IFLA_BROADCAST], d.broadcast);
  if (tb[IFLA_TXQLEN]) d.tx_queue_len = tb[IFLA_TXQLEN].get_u32();
  if (tb[IFLA_LINKMODE]) d.link_mode = tb[IFLA_LINKMODE].get_u8();
  if (tb[IFLA_GROUP]) d.group = tb[IFLA_GROUP].get_u32();
  if (tb[IFLA_GSO_MAX_SIZE]) d.gso_max_size = tb[IFLA_GSO_MAX_SIZE].get_u32();
  if (tb[IFLA_GSO_MAX_SEGS]) d.gso_max_segs = tb[IFLA_GSO_MAX_SEGS].get_u32();
  if (tb[IFLA_GRO_MAX_SIZE]) d.gro_max_size = tb[IFLA_GRO_MAX_SIZE].get_u32();
  return {};
}

status rtnl_configure_link(net_device& d, const ifinfomsg* ifm, const nl_request* rq) {
  rtnl_registry& r = rtnl_of(d.nd_net->w);
  bool first = d.rtnl_initializing;
  d.rtnl_initializing = false;
  if (first) r.announcing = &d;
  status s;
  if (ifm && (ifm->ifi_flags || ifm->ifi_change))
    s = dev_change_flags(d, rtnl_dev_combine_flags(d, *ifm));
  if (!s) {
    r.announcing = nullptr;
    d.rtnl_initializing = first;  // it never was
    return s;
  }
  if (r.announcing == &d) rtmsg_ifinfo(RTM_NEWLINK, d, ~0u, rq);
  return s;
}

ifla_table rtnl_parse_request(const rtnl_newlink_params& p) {
  ifla_table tb;
  (void)nla_parse_deprecated(tb, p.request, ifla_policy());  // it was checked when the request came
  return tb;
}

result<rtnl_peer_params> rtnl_parse_peer(const rtnl_newlink_params& p, nla peer,
                                         std::string_view pattern) {
  rtnl_peer_params r;
  r.name = pattern;
  if (peer) {
    if (peer.len() < sizeof(ifinfomsg))
      return err(ERANGE, "Attribute failed policy validation", peer.raw());
    r.ifm = reinterpret_cast<const ifinfomsg*>(peer.payload().data());
    auto attrs = peer.payload().subspan(sizeof(ifinfomsg));
    if (status s = nla_parse_deprecated(r.tb, attrs, ifla_policy()); !s) return err(s.error().code);
    if (r.tb[IFLA_IFNAME]) {
      r.name = r.tb[IFLA_IFNAME].str();
      r.name_given = true;
    }
  } else {
    r.tb = rtnl_parse_request(p);
  }
  auto n = rtnl_link_get_net(p.rq->from, *p.src_net, r.tb);
  if (!n) return std::unexpected(n.error());
  r.ns = *n;
  if (peer && r.tb[IFLA_ADDRESS]) r.address = r.tb[IFLA_ADDRESS].payload();
  return r;
}

}  // namespace linnet
