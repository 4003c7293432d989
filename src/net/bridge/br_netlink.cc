// What bridges and ports say of themselves and can be told: IFLA_INFO_DATA, IFLA_INFO_SLAVE_DATA, and links of family
// AF_BRIDGE with the same port attributes in IFLA_PROTINFO (`bridge link`). Of what isn't there (spanning tree, VLAN
// filtering, multicast snooping) the defaults are shown, and anything else is refused with EOPNOTSUPP.
#include <algorithm>

#include "net/bridge/br_private.hh"

namespace linnet {
namespace {

// A sequence of attributes in memory.
class attr_writer {
 public:
  explicit attr_writer(std::vector<std::byte>& out) : out_(out) {}
  template <class T>
  void put(int type, const T& v) {
    const nlattr h = {static_cast<u16>(sizeof h + sizeof v), static_cast<u16>(type)};
    const size_t at = out_.size();
    out_.resize(at + NLA_ALIGN(h.nla_len));
    std::memcpy(out_.data() + at, &h, sizeof h);
    std::memcpy(out_.data() + at + sizeof h, &v, sizeof v);
  }

 private:
  std::vector<std::byte>& out_;
};

u64 clock_t_of(ktime t) { return static_cast<u64>(t / (10 * ns_per_ms)); }
ktime ktime_of(u32 clock) { return ktime{clock} * 10 * ns_per_ms; }

ifla_bridge_id bridge_id(const net_bridge& br) {
  ifla_bridge_id id{};
  id.prio[0] = static_cast<u8>(br.priority >> 8);
  id.prio[1] = static_cast<u8>(br.priority);
  std::memcpy(id.addr, br.bridge_addr.data(), ETH_ALEN);
  return id;
}

u64 remaining(const net_bridge& br, ktime until) {
  const ktime now = br.nd_net->w.now();
  return until > now ? clock_t_of(until - now) : 0;
}

void put_multicast(attr_writer& a) {
  a.put(IFLA_BR_MCAST_ROUTER, u8{1});
  a.put(IFLA_BR_MCAST_SNOOPING, u8{1});
  a.put(IFLA_BR_MCAST_QUERY_USE_IFADDR, u8{0});
  a.put(IFLA_BR_MCAST_QUERIER, u8{0});
  a.put(IFLA_BR_MCAST_STATS_ENABLED, u8{0});
  a.put(IFLA_BR_MCAST_HASH_ELASTICITY, u32{16});
  a.put(IFLA_BR_MCAST_HASH_MAX, u32{4096});
  a.put(IFLA_BR_MCAST_LAST_MEMBER_CNT, u32{2});
  a.put(IFLA_BR_MCAST_STARTUP_QUERY_CNT, u32{2});
  a.put(IFLA_BR_MCAST_IGMP_VERSION, u8{2});
  a.put(IFLA_BR_MCAST_MLD_VERSION, u8{1});
  a.put(IFLA_BR_MCAST_LAST_MEMBER_INTVL, u64{100});
  a.put(IFLA_BR_MCAST_MEMBERSHIP_INTVL, u64{26000});
  a.put(IFLA_BR_MCAST_QUERIER_INTVL, u64{25500});
  a.put(IFLA_BR_MCAST_QUERY_INTVL, u64{12500});
  a.put(IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, u64{1000});
  a.put(IFLA_BR_MCAST_STARTUP_QUERY_INTVL, u64{3125});
}

// br_port_fill_attrs.
void fill_port(const net_bridge_port& p, std::vector<std::byte>& out) {
  attr_writer a(out);
  const ifla_bridge_id id = bridge_id(*p.br);
  a.put(IFLA_BRPORT_STATE, p.state);
  a.put(IFLA_BRPORT_PRIORITY, p.priority);
  a.put(IFLA_BRPORT_COST, p.path_cost);
  a.put(IFLA_BRPORT_MODE, u8{p.hairpin});
  a.put(IFLA_BRPORT_GUARD, u8{0});
  a.put(IFLA_BRPORT_PROTECT, u8{0});
  a.put(IFLA_BRPORT_FAST_LEAVE, u8{0});
  a.put(IFLA_BRPORT_MCAST_TO_UCAST, u8{0});
  a.put(IFLA_BRPORT_LEARNING, u8{p.learning});
  a.put(IFLA_BRPORT_UNICAST_FLOOD, u8{p.flood});
  a.put(IFLA_BRPORT_MCAST_FLOOD, u8{p.mcast_flood});
  a.put(IFLA_BRPORT_BCAST_FLOOD, u8{p.bcast_flood});
  a.put(IFLA_BRPORT_PROXYARP, u8{0});
  a.put(IFLA_BRPORT_PROXYARP_WIFI, u8{0});
  a.put(IFLA_BRPORT_ROOT_ID, id);
  a.put(IFLA_BRPORT_BRIDGE_ID, id);
  a.put(IFLA_BRPORT_DESIGNATED_PORT, p.port_id());
  a.put(IFLA_BRPORT_DESIGNATED_COST, u16{0});
  a.put(IFLA_BRPORT_ID, p.port_id());
  a.put(IFLA_BRPORT_NO, p.port_no);
  a.put(IFLA_BRPORT_TOPOLOGY_CHANGE_ACK, u8{0});
  a.put(IFLA_BRPORT_CONFIG_PENDING, u8{0});
  a.put(IFLA_BRPORT_VLAN_TUNNEL, u8{0});
  a.put(IFLA_BRPORT_GROUP_FWD_MASK, p.group_fwd_mask);
  a.put(IFLA_BRPORT_NEIGH_SUPPRESS, u8{0});
  a.put(IFLA_BRPORT_ISOLATED, u8{p.isolated});
  a.put(IFLA_BRPORT_LOCKED, u8{0});
  a.put(IFLA_BRPORT_MESSAGE_AGE_TIMER, u64{0});
  a.put(IFLA_BRPORT_FORWARD_DELAY_TIMER, remaining(*p.br, p.forward_delay_until));
  a.put(IFLA_BRPORT_HOLD_TIMER, u64{0});
  a.put(IFLA_BRPORT_MULTICAST_ROUTER, u8{1});
}

// The attributes of a port, by type; what a flag may be set to besides its default is its own member.
status set_port_flags(net_bridge_port& p, const nla_table<IFLA_BRPORT_MAX>& tb) {
  const std::pair<int, bool*> flags[] = {{IFLA_BRPORT_MODE, &p.hairpin},
                                         {IFLA_BRPORT_LEARNING, &p.learning},
                                         {IFLA_BRPORT_UNICAST_FLOOD, &p.flood},
                                         {IFLA_BRPORT_MCAST_FLOOD, &p.mcast_flood},
                                         {IFLA_BRPORT_BCAST_FLOOD, &p.bcast_flood},
                                         {IFLA_BRPORT_ISOLATED, &p.isolated}};
  for (int absent :
       {IFLA_BRPORT_GUARD, IFLA_BRPORT_PROTECT, IFLA_BRPORT_FAST_LEAVE, IFLA_BRPORT_MCAST_TO_UCAST,
        IFLA_BRPORT_PROXYARP, IFLA_BRPORT_PROXYARP_WIFI, IFLA_BRPORT_VLAN_TUNNEL,
        IFLA_BRPORT_NEIGH_SUPPRESS, IFLA_BRPORT_LOCKED, IFLA_BRPORT_BACKUP_PORT})
    if (nla a = tb[static_cast<size_t>(absent)]; a && a.get_u8())
      return err(EOPNOTSUPP, "This feature of bridge ports is not there yet", a.raw());
  for (auto [type, member] : flags)
    if (nla a = tb[static_cast<size_t>(type)]) *member = a.get_u8();
  return {};
}

// br_setport.
status set_port(net_bridge_port& p, const nla_table<IFLA_BRPORT_MAX>& tb) {
  if (status s = set_port_flags(p, tb); !s) return s;
  if (nla a = tb[IFLA_BRPORT_COST]) {
    const u32 cost = a.get_u32();
    if (cost < 1 || cost > 65535) return err(ERANGE);  // BR_MIN_PATH_COST, BR_MAX_PATH_COST
    p.path_cost = cost;
    p.admin_cost = true;
  }
  if (nla a = tb[IFLA_BRPORT_PRIORITY]) {
    if (a.get_u16() > 63) return err(ERANGE);  // BR_MAX_PORT_PRIORITY
    p.priority = a.get_u16();
  }
  if (nla a = tb[IFLA_BRPORT_STATE])
    if (status s = br_set_port_state(p, a.get_u8()); !s) return s;
  if (tb[IFLA_BRPORT_FLUSH]) br_fdb_delete_by_port(*p.br, p, false);
  if (nla a = tb[IFLA_BRPORT_MULTICAST_ROUTER]; a && a.get_u8() != 1)
    return err(EOPNOTSUPP, "This feature of bridge ports is not there yet", a.raw());
  if (nla a = tb[IFLA_BRPORT_GROUP_FWD_MASK]) {
    // Of a port even the first group may be forwarded, as Linux has it.
    if (a.get_u16() & 0x7 & ~0x1u & ~0x4u) return err(EINVAL);
    p.group_fwd_mask = a.get_u16();
  }
  return {};
}

status bounded_time(nla a, u32 least, u32 most, ktime& out) {
  (void)least, (void)most;  // bounds hold with a spanning tree only
  out = ktime_of(a.get_u32());
  return {};
}

status set_times(net_bridge& br, const nla_table<IFLA_BR_MAX>& tb) {
  if (nla a = tb[IFLA_BR_FORWARD_DELAY])
    if (status s = bounded_time(a, 200, 3000, br.forward_delay); !s) return s;
  if (nla a = tb[IFLA_BR_HELLO_TIME]) {
    if (a.get_u32() < 100 || a.get_u32() > 1000) return err(ERANGE);
    br.hello_time = ktime_of(a.get_u32());
  }
  if (nla a = tb[IFLA_BR_MAX_AGE]) {
    if (a.get_u32() < 600 || a.get_u32() > 4000) return err(ERANGE);
    br.max_age = ktime_of(a.get_u32());
  }
  if (nla a = tb[IFLA_BR_AGEING_TIME]) {
    br.ageing_time = ktime_of(a.get_u32());
    br_fdb_rearm(br);
  }
  return {};
}

status refuse_absent(const nla_table<IFLA_BR_MAX>& tb) {
  const std::pair<int, u32> defaults[] = {
      {IFLA_BR_STP_STATE, 0},           {IFLA_BR_VLAN_FILTERING, 0},
      {IFLA_BR_VLAN_DEFAULT_PVID, 1},   {IFLA_BR_VLAN_STATS_ENABLED, 0},
      {IFLA_BR_VLAN_STATS_PER_PORT, 0}, {IFLA_BR_MCAST_ROUTER, 1},
      {IFLA_BR_MCAST_QUERIER, 0},       {IFLA_BR_MCAST_QUERY_USE_IFADDR, 0},
      {IFLA_BR_MCAST_STATS_ENABLED, 0}, {IFLA_BR_NF_CALL_IPTABLES, 0},
      {IFLA_BR_NF_CALL_IP6TABLES, 0},   {IFLA_BR_NF_CALL_ARPTABLES, 0}};
  for (auto [type, value] : defaults)
    if (nla a = tb[static_cast<size_t>(type)]; a && a.get_u32() != value)
      return err(EOPNOTSUPP, "This feature of bridges is not there yet", a.raw());
  if (nla a = tb[IFLA_BR_VLAN_PROTOCOL]; a && a.get<u16>() != be16(ETH_P_8021Q).raw())
    return err(EOPNOTSUPP, "This feature of bridges is not there yet", a.raw());
  return {};
}

status set_groups(net_bridge& br, const nla_table<IFLA_BR_MAX>& tb) {
  if (nla a = tb[IFLA_BR_GROUP_FWD_MASK]) {
    if (a.get_u16() & BR_GROUPFWD_RESTRICTED_) return err(EINVAL);
    br.group_fwd_mask = a.get_u16();
  }
  if (nla a = tb[IFLA_BR_GROUP_ADDR]) {
    static constexpr u8 base[] = {0x01, 0x80, 0xc2, 0, 0};
    if (a.len() != ETH_ALEN) return err(EINVAL);
    std::array<u8, ETH_ALEN> v;
    std::memcpy(v.data(), a.payload().data(), ETH_ALEN);
    if (std::memcmp(v.data(), base, sizeof base) != 0 || v[5] > 0xf) return err(EINVAL);
    if (v[5] >= 1 && v[5] <= 3) return err(EINVAL);  // pause, 802.3ad, 802.1X
    br.group_addr = v;
  }
  if (nla a = tb[IFLA_BR_MULTI_BOOLOPT]) {
    const auto opts = a.get<br_boolopt_multi>();
    if (opts.optmask & 1u << BR_BOOLOPT_NO_LL_LEARN)
      br.no_linklocal_learn = opts.optval & 1u << BR_BOOLOPT_NO_LL_LEARN;
    if (opts.optmask & opts.optval & ~(1u << BR_BOOLOPT_NO_LL_LEARN))
      return err(EOPNOTSUPP, "This feature of bridges is not there yet", a.raw());
  }
  return {};
}

// A link of family AF_BRIDGE (br_fill_ifinfo).
bool fill_ifinfo(sk_buff& s, const net_bridge_port& p, int type, u32 portid, u32 seq, int flags) {
  const net_device& d = *p.dev;
  nlmsghdr* h = nlmsg_put(s, portid, seq, type, sizeof(ifinfomsg), flags);
  if (!h) return false;
  auto& ifm = nlmsg_body<ifinfomsg>(h);
  ifm.ifi_family = AF_BRIDGE;
  ifm.ifi_type = d.type;
  ifm.ifi_index = d.ifindex;
  ifm.ifi_flags = dev_get_flags(d);
  const int iflink = d.ops->ndo_get_iflink ? d.ops->ndo_get_iflink(d) : d.ifindex;
  std::vector<std::byte> port;
  if (type == RTM_NEWLINK) fill_port(p, port);
  const bool ok = nla_put_string(s, IFLA_IFNAME, d.name) &&
                  nla_put_u32(s, IFLA_MASTER, static_cast<u32>(p.br->ifindex)) &&
                  nla_put_u32(s, IFLA_MTU, d.mtu) &&
                  nla_put_u8(s, IFLA_OPERSTATE, d.up() ? d.operstate : u8{IF_OPER_DOWN}) &&
                  nla_put(s, IFLA_ADDRESS, d.addr()) &&
                  (iflink == d.ifindex || nla_put_u32(s, IFLA_LINK, static_cast<u32>(iflink))) &&
                  (port.empty() || nla_put(s, IFLA_PROTINFO | NLA_F_NESTED, port));
  if (!ok) {
    nlmsg_cancel(s, h);
    return false;
  }
  nlmsg_end(s, h);
  return true;
}

status bridge_getlink_dump(sk_buff& s, netlink_callback& cb) {
  auto& devices = cb.ns().dev_base;
  auto it = devices.upper_bound(static_cast<int>(cb.args[0]));
  for (; it != devices.end(); ++it) {
    const net_bridge_port* p = it->second->br_port;
    if (p && !fill_ifinfo(s, *p, RTM_NEWLINK, cb.portid(), cb.nlmsg_seq(), NLM_F_MULTI))
      return err(EMSGSIZE);
    cb.args[0] = static_cast<u64>(it->first);
  }
  return {};
}

// rtnl_bridge_setlink and br_setlink: to the master unless IFLA_BRIDGE_FLAGS says to the device itself.
status bridge_setlink(nl_request& rq) {
  const auto* ifm = nlmsg_header<ifinfomsg>(rq.nlh);
  if (!ifm) return err(EINVAL);
  if (ifm->ifi_family != AF_BRIDGE) return err(EPFNOSUPPORT);
  net_device* dev = dev_get_by_index(rq.ns(), ifm->ifi_index);
  if (!dev) return err(ENODEV, "unknown ifindex");
  nla protinfo, spec;
  for (nla a : nla_range(nlmsg_attrs(rq.nlh, sizeof *ifm))) {
    if (a.type() == IFLA_PROTINFO) protinfo = a;
    if (a.type() == IFLA_AF_SPEC) spec = a;
  }
  u16 flags = 0;
  if (spec)
    for (nla a : nla_range(spec.payload())) {
      if (a.type() == IFLA_BRIDGE_FLAGS) flags = a.get_u16();
      if (a.type() == IFLA_BRIDGE_MODE || a.type() == IFLA_BRIDGE_VLAN_INFO) return err(EOPNOTSUPP);
    }
  if (flags & BRIDGE_FLAGS_SELF && !(flags & BRIDGE_FLAGS_MASTER) && is_bridge(*dev)) return {};
  if (!dev->br_port) return err(EOPNOTSUPP);
  if (!protinfo) return {};
  nla_table<IFLA_BRPORT_MAX> tb;
  if (protinfo.nested()) {
    if (status s = nla_parse_nested_deprecated(tb, protinfo, {}); !s) return s;
    if (status s = set_port(*dev->br_port, tb); !s) return s;
  } else {  // of old: the state alone
    if (protinfo.len() < 1) return err(EINVAL);
    if (status s = br_set_port_state(*dev->br_port, protinfo.get_u8()); !s) return s;
  }
  br_ifinfo_notify(RTM_NEWLINK, *dev->br_port);
  return {};
}

}  // namespace

void br_ifinfo_notify(int event, const net_bridge_port& p) {
  net& n = *p.dev->nd_net;
  if (!rtnl_has_listeners(n, RTNLGRP_LINK)) return;
  skb_ptr s = nlmsg_new(n.c, 1024);
  fill_ifinfo(*s, p, event, 0, 0, 0);
  rtnl_notify(n, std::move(s), RTNLGRP_LINK);
}

void br_fill_info(const net_device& dev, std::vector<std::byte>& out) {
  const auto& br = static_cast<const net_bridge&>(dev);
  attr_writer a(out);
  const ifla_bridge_id id = bridge_id(br);
  for (int t : {IFLA_BR_HELLO_TIMER, IFLA_BR_TCN_TIMER, IFLA_BR_TOPOLOGY_CHANGE_TIMER})
    a.put(t, u64{0});
  a.put(IFLA_BR_GC_TIMER, br.gc.pending() ? remaining(br, br.gc.expires()) : u64{0});
  a.put(IFLA_BR_FORWARD_DELAY, static_cast<u32>(clock_t_of(br.forward_delay)));
  a.put(IFLA_BR_HELLO_TIME, static_cast<u32>(clock_t_of(br.hello_time)));
  a.put(IFLA_BR_MAX_AGE, static_cast<u32>(clock_t_of(br.max_age)));
  a.put(IFLA_BR_AGEING_TIME, static_cast<u32>(clock_t_of(br.ageing_time)));
  a.put(IFLA_BR_STP_STATE, u32{0});
  a.put(IFLA_BR_PRIORITY, br.priority);
  a.put(IFLA_BR_VLAN_FILTERING, u8{0});
  a.put(IFLA_BR_GROUP_FWD_MASK, br.group_fwd_mask);
  a.put(IFLA_BR_BRIDGE_ID, id);
  a.put(IFLA_BR_ROOT_ID, id);
  a.put(IFLA_BR_ROOT_PORT, u16{0});
  a.put(IFLA_BR_ROOT_PATH_COST, u32{0});
  a.put(IFLA_BR_TOPOLOGY_CHANGE, u8{0});
  a.put(IFLA_BR_TOPOLOGY_CHANGE_DETECTED, u8{0});
  a.put(IFLA_BR_GROUP_ADDR, br.group_addr);
  br_boolopt_multi opts{};
  opts.optmask = 1u << BR_BOOLOPT_NO_LL_LEARN | 1u << BR_BOOLOPT_MCAST_VLAN_SNOOPING;
  opts.optval = br.no_linklocal_learn ? 1u << BR_BOOLOPT_NO_LL_LEARN : 0;
  a.put(IFLA_BR_MULTI_BOOLOPT, opts);
  a.put(IFLA_BR_VLAN_PROTOCOL, be16(ETH_P_8021Q).raw());
  a.put(IFLA_BR_VLAN_DEFAULT_PVID, u16{br_default_pvid});
  a.put(IFLA_BR_VLAN_STATS_ENABLED, u8{0});
  a.put(IFLA_BR_VLAN_STATS_PER_PORT, u8{0});
  put_multicast(a);
  for (int t : {IFLA_BR_NF_CALL_IPTABLES, IFLA_BR_NF_CALL_IP6TABLES, IFLA_BR_NF_CALL_ARPTABLES})
    a.put(t, u8{0});
}

status br_changelink(net_bridge& br, const_bytes data) {
  nla_table<IFLA_BR_MAX> tb;
  if (status s = nla_parse_deprecated(tb, data, {}); !s) return s;
  if (status s = refuse_absent(tb); !s) return s;
  if (status s = set_times(br, tb); !s) return s;
  if (nla a = tb[IFLA_BR_PRIORITY]) br.priority = a.get_u16();
  if (tb[IFLA_BR_FDB_FLUSH]) br_fdb_flush(br, false);
  return set_groups(br, tb);
}

void br_port_fill_slave_info(const net_device&, const net_device& slave,
                             std::vector<std::byte>& out) {
  fill_port(*slave.br_port, out);
}

status br_port_slave_changelink(net_device&, net_device& slave, const_bytes data) {
  nla_table<IFLA_BRPORT_MAX> tb;
  if (status s = nla_parse_deprecated(tb, data, {}); !s) return s;
  return set_port(*slave.br_port, tb);
}

void br_netlink_init(world& w) {
  rtnl_register(w, PF_BRIDGE, RTM_GETLINK, nullptr, bridge_getlink_dump);
  rtnl_register(w, PF_BRIDGE, RTM_SETLINK, bridge_setlink, nullptr);
}

}  // namespace linnet
