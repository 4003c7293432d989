// Changing links that exist: RTM_SETLINK, RTM_NEWLINK on one that is there, alternative names, RTM_DELLINK.
// Each step of do_setlink takes effect at once; an error stops at its step and leaves the earlier ones.
#include <algorithm>
#include <bit>

#include "net/core/rtnl_link.hh"

namespace linnet {

namespace {

// How much a change is worth telling (DO_SETLINK_*): modified alone has been told by what did it.
enum class changed : u8 { no, modified, notify };

void netdev_state_change(net_device& d) {
  if (!d.up()) return;
  call_netdevice_notifiers(d, netdev_event::change);
  rtmsg_ifinfo(RTM_NEWLINK, d, 0);
}

constexpr auto xdp_policy = [] {
  std::array<nla_policy, IFLA_XDP_MAX + 1> p{};
  p[IFLA_XDP_FD] = p[IFLA_XDP_EXPECTED_FD] = nla_of(NLA_S32);
  p[IFLA_XDP_ATTACHED] = nla_of(NLA_U8);
  p[IFLA_XDP_FLAGS] = p[IFLA_XDP_PROG_ID] = nla_of(NLA_U32);
  return p;
}();

struct setter {
  nl_request& rq;
  net& target;
  net_device& dev;
  const ifinfomsg& ifm;
  const ifla_table& tb;
  changed what = changed::no;

  void mark(changed c) { what = std::max(what, c); }
  status done(const status& s, changed c = changed::modified) {
    if (s) mark(c);
    return s;
  }

  status move() {
    if (!tb[IFLA_NET_NS_PID] && !tb[IFLA_NET_NS_FD] && !tb[IFLA_TARGET_NETNSID]) return {};
    auto to = rtnl_link_get_net(rq.from, target, tb);
    if (!to) return std::unexpected(to.error());
    std::string pattern = tb[IFLA_IFNAME] ? std::string(tb[IFLA_IFNAME].str()) : "";
    int index = tb[IFLA_NEW_IFINDEX] ? tb[IFLA_NEW_IFINDEX].get_s32() : 0;
    return done(dev_change_net_namespace(dev, **to, pattern, index));
  }

  status address() {
    if (tb[IFLA_MAP]) return err(EOPNOTSUPP);  // no device has ndo_set_config
    if (!tb[IFLA_ADDRESS]) return {};
    return done(dev_set_mac_address(dev, tb[IFLA_ADDRESS].payload()));
  }

  status mtu() {
    if (!tb[IFLA_MTU]) return {};
    return done(dev_set_mtu(dev, tb[IFLA_MTU].get_u32()));
  }

  status group() {
    if (!tb[IFLA_GROUP]) return {};
    dev.group = tb[IFLA_GROUP].get_u32();
    mark(changed::notify);
    return {};
  }

  // By index only: with a name alone, the name chose the device.
  status name() {
    if (ifm.ifi_index <= 0 || !tb[IFLA_IFNAME] || tb[IFLA_IFNAME].str().empty()) return {};
    return done(dev_change_name(dev, tb[IFLA_IFNAME].str()));
  }

  status alias() {
    if (!tb[IFLA_IFALIAS]) return {};
    return done(dev_set_alias(dev, tb[IFLA_IFALIAS].str()), changed::notify);
  }

  status broadcast() {
    if (!tb[IFLA_BROADCAST]) return {};
    auto b = tb[IFLA_BROADCAST].payload();
    std::memcpy(dev.broadcast.data(), b.data(), std::min<size_t>(b.size(), dev.addr_len));
    call_netdevice_notifiers(dev, netdev_event::changeaddr);
    return {};
  }

  status flags() {
    if (!ifm.ifi_flags && !ifm.ifi_change) return {};
    return dev_change_flags(dev, rtnl_dev_combine_flags(dev, ifm));
  }

  status master() {
    if (!tb[IFLA_MASTER]) return {};
    return done(do_set_master(dev, tb[IFLA_MASTER].get_s32()));
  }

  status carrier() {
    if (!tb[IFLA_CARRIER]) return {};
    if (!dev.ops->ndo_change_carrier) return err(EOPNOTSUPP);
    return done(dev.ops->ndo_change_carrier(dev, tb[IFLA_CARRIER].get_u8()));
  }

  status queues() {
    if (tb[IFLA_TXQLEN]) {
      dev.tx_queue_len = tb[IFLA_TXQLEN].get_u32();
      mark(changed::notify);
    }
    if (tb[IFLA_GSO_MAX_SIZE]) {
      u32 v = tb[IFLA_GSO_MAX_SIZE].get_u32();
      if (v > dev.tso_max_size) return err(EINVAL);
      dev.gso_max_size = v;
      mark(changed::modified);
    }
    if (tb[IFLA_GSO_MAX_SEGS]) {
      u32 v = tb[IFLA_GSO_MAX_SEGS].get_u32();
      if (v > 65535 || v > dev.tso_max_segs) return err(EINVAL);
      dev.gso_max_segs = v;
      mark(changed::modified);
    }
    if (tb[IFLA_GRO_MAX_SIZE]) {
      dev.gro_max_size = tb[IFLA_GRO_MAX_SIZE].get_u32();
      mark(changed::modified);
    }
    return {};
  }

  status states() {
    if (tb[IFLA_OPERSTATE]) set_operstate(tb[IFLA_OPERSTATE].get_u8());
    if (tb[IFLA_LINKMODE]) {
      u8 v = tb[IFLA_LINKMODE].get_u8();
      if (dev.link_mode != v) mark(changed::notify);
      dev.link_mode = v;
    }
    if (tb[IFLA_VFINFO_LIST] || tb[IFLA_VF_PORTS] || tb[IFLA_PORT_SELF]) return err(EOPNOTSUPP);
    return {};
  }

  void set_operstate(u8 to) {
    u8 now = dev.operstate, next = now;
    if (to == IF_OPER_UP && !dev.dormant &&
        (now == IF_OPER_DORMANT || now == IF_OPER_TESTING || now == IF_OPER_UNKNOWN))
      next = IF_OPER_UP;
    if (to == IF_OPER_TESTING && (now == IF_OPER_UP || now == IF_OPER_UNKNOWN))
      next = IF_OPER_TESTING;
    if (to == IF_OPER_DORMANT && (now == IF_OPER_UP || now == IF_OPER_UNKNOWN))
      next = IF_OPER_DORMANT;
    netdev_set_operstate(dev, next);
  }

  status af_spec() {
    if (!tb[IFLA_AF_SPEC]) return {};
    for (nla af : nla_range(tb[IFLA_AF_SPEC].payload()))
      for (const rtnl_af_ops* ops : rtnl_of(dev.nd_net->w).af_ops)
        if (ops->family == af.type() && ops->set_link_af)
          if (status s = done(ops->set_link_af(dev, af), changed::notify); !s) return s;
    return {};
  }

  status proto() {
    if (tb[IFLA_PROTO_DOWN] || tb[IFLA_PROTO_DOWN_REASON])
      return err(EOPNOTSUPP, "Protodown not supported by device");
    return {};
  }

  // There are no programs, so that only to take one away succeeds (dev_change_xdp_fd).
  status xdp() {
    if (!tb[IFLA_XDP]) return {};
    nla_table<IFLA_XDP_MAX> x;
    if (status s = nla_parse_nested_deprecated(x, tb[IFLA_XDP], xdp_policy); !s) return s;
    if (x[IFLA_XDP_ATTACHED] || x[IFLA_XDP_PROG_ID]) return err(EINVAL);
    const u32 flags = x[IFLA_XDP_FLAGS] ? x[IFLA_XDP_FLAGS].get_u32() : 0;
    if (flags & ~XDP_FLAGS_MASK || std::popcount(flags & XDP_FLAGS_MODES) > 1) return err(EINVAL);
    if (!x[IFLA_XDP_FD]) return {};
    const bool replaces = flags & XDP_FLAGS_REPLACE;
    if (replaces && !x[IFLA_XDP_EXPECTED_FD]) return err(EINVAL);
    if (x[IFLA_XDP_FD].get_s32() >= 0) return err(EINVAL);
    if (replaces && x[IFLA_XDP_EXPECTED_FD].get_s32() >= 0) return err(EINVAL);
    mark(changed::notify);
    return {};
  }

  status all() {
    for (auto step :
         {&setter::move, &setter::address, &setter::mtu, &setter::group, &setter::name,
          &setter::alias, &setter::broadcast, &setter::flags, &setter::master, &setter::carrier,
          &setter::queues, &setter::states, &setter::af_spec, &setter::proto, &setter::xdp})
      if (status s = (this->*step)(); !s) return s;
    return {};
  }
};

status delete_link(nl_request& rq, net_device& d) {
  if (!d.rtnl_link_ops) return err(EOPNOTSUPP);
  rtnl_registry& r = rtnl_of(rq.ns().w);
  r.deleting = &rq;
  if (d.rtnl_link_ops->dellink)
    d.rtnl_link_ops->dellink(d);
  else
    unregister_netdevice(d);
  r.deleting = nullptr;
  return {};
}

status group_dellink(nl_request& rq, net& n, u32 group) {
  if (!group) return err(EPERM);
  std::vector<ref<net_device>> members;
  for (auto& [index, d] : n.dev_base)
    if (d->group == group) {
      if (!d->rtnl_link_ops) return err(EOPNOTSUPP);
      members.push_back(d);
    }
  if (members.empty()) return err(ENODEV);
  for (auto& d : members)
    if (d->registered)
      if (status s = delete_link(rq, *d); !s) return s;
  return {};
}

status alt_ifname(nl_request& rq, net_device& d, nla a, bool add) {
  nla_table<IFLA_MAX> one;
  const_bytes whole{static_cast<const std::byte*>(a.raw()), a.len() + NLA_HDRLEN};
  if (status s = nla_parse(one, whole, ifla_policy(), NL_VALIDATE_STRICT); !s) return s;
  std::string name(a.str());
  net& n = *d.nd_net;
  net_device* holder = dev_get_by_name(n, name);
  if (add) {
    if (holder) return err(EEXIST);
    d.altnames.push_back(name);
    n.dev_name_head.emplace(name, &d);
    return {};
  }
  if (!holder) return err(ENOENT);
  if (holder != &d || name == d.name) return err(EINVAL);
  n.dev_name_head.erase(name);
  std::erase(d.altnames, name);
  (void)rq;
  return {};
}

// The device by index or name. EINVAL when the request gives neither, ENODEV.
result<net_device*> find_link(const net& n, const ifinfomsg& ifm, const ifla_table& tb) {
  net_device* d = nullptr;
  if (ifm.ifi_index > 0)
    d = dev_get_by_index(n, ifm.ifi_index);
  else if (tb[IFLA_IFNAME] || tb[IFLA_ALT_IFNAME])
    d = rtnl_dev_get(n, tb);
  else
    return err(EINVAL);
  if (!d) return err(ENODEV);
  return d;
}

status linkprop(nl_request& rq, bool add) {
  ifla_table tb;
  if (status s = nlmsg_parse(rq.nlh, sizeof(ifinfomsg), tb, ifla_policy()); !s) return s;
  if (status s = rtnl_ensure_unique_netns(tb, true); !s) return s;
  auto d = find_link(rq.ns(), *nlmsg_header<ifinfomsg>(rq.nlh), tb);
  if (!d) return std::unexpected(d.error());
  if (!tb[IFLA_PROP_LIST]) return {};
  bool any = false;
  for (nla a : nla_range(tb[IFLA_PROP_LIST].payload()))
    if (a.type() == IFLA_ALT_IFNAME) {
      if (status s = alt_ifname(rq, **d, a, add); !s) return s;
      any = true;
    }
  if (any) netdev_state_change(**d);
  return {};
}

}  // namespace

// Out of the old master, into the new; the old one again is no change.
status do_set_master(net_device& dev, int index) {
  if (dev.master) {
    if (dev.master->ifindex == index) return {};
    if (!dev.master->ops->ndo_del_slave) return err(EOPNOTSUPP);
    if (status s = dev.master->ops->ndo_del_slave(*dev.master, dev); !s) return s;
  }
  if (!index) return {};
  net_device* upper = dev_get_by_index(*dev.nd_net, index);
  if (!upper) return err(EINVAL);
  if (!upper->ops->ndo_add_slave) return err(EOPNOTSUPP);
  return upper->ops->ndo_add_slave(*upper, dev);
}

unsigned rtnl_dev_combine_flags(const net_device& d, const ifinfomsg& ifm) {
  constexpr unsigned user = IFF_PROMISC | IFF_ALLMULTI;
  unsigned now = (d.flags & ~user) | (d.gflags & user);
  if (!ifm.ifi_change) return ifm.ifi_flags;  // old programs: all of them
  return (ifm.ifi_flags & ifm.ifi_change) | (now & ~ifm.ifi_change);
}

status validate_linkmsg(const net_device* d, const ifla_table& tb, const world& w) {
  if (d && tb[IFLA_ADDRESS] && tb[IFLA_ADDRESS].len() < d->addr_len) return err(EINVAL);
  if (d && tb[IFLA_BROADCAST] && tb[IFLA_BROADCAST].len() < d->addr_len) return err(EINVAL);
  if (!tb[IFLA_AF_SPEC]) return {};
  for (nla af : nla_range(tb[IFLA_AF_SPEC].payload())) {
    const auto& all = rtnl_of(w).af_ops;
    auto it = std::ranges::find(all, int{af.type()}, &rtnl_af_ops::family);
    if (it == all.end()) return err(EAFNOSUPPORT);
    if (!(*it)->set_link_af) return err(EOPNOTSUPP);
    if ((*it)->validate_link_af)
      if (status s = (*it)->validate_link_af(d, af); !s) return s;
  }
  return {};
}

status do_setlink(nl_request& rq, net& target, net_device& d, const ifinfomsg& ifm,
                  const ifla_table& tb, bool changed_already) {
  if (status s = validate_linkmsg(&d, tb, target.w); !s) return s;
  ref<net_device> hold(&d);
  setter set{rq, target, d, ifm, tb, changed_already ? changed::notify : changed::no};
  status s = set.all();
  if (set.what == changed::notify) netdev_state_change(d);
  return s;
}

status rtnl_setlink(nl_request& rq) {
  ifla_table tb;
  if (status s = nlmsg_parse_deprecated(rq.nlh, sizeof(ifinfomsg), tb, ifla_policy()); !s) return s;
  if (status s = rtnl_ensure_unique_netns(tb, false); !s) return s;
  const auto& ifm = *nlmsg_header<ifinfomsg>(rq.nlh);
  auto d = find_link(rq.ns(), ifm, tb);
  if (!d) return std::unexpected(d.error());
  return do_setlink(rq, rq.ns(), **d, ifm, tb);
}

status rtnl_dellink(nl_request& rq) {
  ifla_table tb;
  if (status s = nlmsg_parse_deprecated(rq.nlh, sizeof(ifinfomsg), tb, ifla_policy()); !s) return s;
  if (status s = rtnl_ensure_unique_netns(tb, true); !s) return s;
  net* tgt = &rq.ns();
  if (nla id = tb[IFLA_TARGET_NETNSID]) {
    auto n = rtnl_get_net_ns_capable(rq.from, id.get_s32());
    if (!n) return std::unexpected(n.error());
    tgt = *n;
  }
  const auto& ifm = *nlmsg_header<ifinfomsg>(rq.nlh);
  if (ifm.ifi_index <= 0 && !tb[IFLA_IFNAME] && !tb[IFLA_ALT_IFNAME] && tb[IFLA_GROUP])
    return group_dellink(rq, *tgt, tb[IFLA_GROUP].get_u32());
  auto d = find_link(*tgt, ifm, tb);
  if (!d) return std::unexpected(d.error());
  return delete_link(rq, **d);
}

status rtnl_newlinkprop(nl_request& rq) { return linkprop(rq, true); }
status rtnl_dellinkprop(nl_request& rq) { return linkprop(rq, false); }

}  // namespace linnet
