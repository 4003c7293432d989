// `ip link add link DEV type vlan`: what may be asked for, with Linux's refusals, and what is shown.
#include "net/8021q/vlan.hh"
#include "net/core/rtnetlink.hh"
#include "net/ethernet/eth.hh"

namespace linnet {
namespace {

constexpr auto vlan_policy = [] {
  std::array<nla_policy, IFLA_VLAN_MAX + 1> p{};
  p[IFLA_VLAN_ID] = p[IFLA_VLAN_PROTOCOL] = nla_of(NLA_U16);
  p[IFLA_VLAN_FLAGS] = nla_of(NLA_UNSPEC, sizeof(ifla_vlan_flags));
  p[IFLA_VLAN_EGRESS_QOS] = p[IFLA_VLAN_INGRESS_QOS] = nla_of(NLA_NESTED);
  return p;
}();
using vlan_table = nla_table<IFLA_VLAN_MAX>;

constexpr auto qos_policy = [] {
  std::array<nla_policy, IFLA_VLAN_QOS_MAX + 1> p{};
  p[IFLA_VLAN_QOS_MAPPING] = nla_of(NLA_UNSPEC, sizeof(ifla_vlan_qos_mapping));
  return p;
}();

be16 proto_of(const vlan_table& tb) {
  return tb[IFLA_VLAN_PROTOCOL] ? tb[IFLA_VLAN_PROTOCOL].get<be16>() : be16(ETH_P_8021Q);
}

status validate_qos_map(nla map, const char* text) {
  if (map && !nla_validate_all(map.payload(), IFLA_VLAN_QOS_MAX, qos_policy, NL_VALIDATE_LIBERAL))
    return err(EINVAL, text);
  return {};
}

// vlan_validate.
status parse(const_bytes data, vlan_table& tb) {
  if (!data.data()) return err(EINVAL, "8021q: VLAN properties not specified");
  if (status s = nla_parse(tb, data, vlan_policy, NL_VALIDATE_LIBERAL); !s) return s;
  if (tb[IFLA_VLAN_PROTOCOL] && !eth_type_vlan(proto_of(tb)))
    return err(EPROTONOSUPPORT, "8021q: Invalid VLAN protocol");
  if (tb[IFLA_VLAN_ID] && tb[IFLA_VLAN_ID].get_u16() >= VLAN_VID_MASK)
    return err(ERANGE, "8021q: Invalid VLAN id");
  if (tb[IFLA_VLAN_FLAGS]) {
    const auto f = tb[IFLA_VLAN_FLAGS].get<ifla_vlan_flags>();
    constexpr u32 known = VLAN_FLAG_REORDER_HDR | VLAN_FLAG_GVRP | VLAN_FLAG_LOOSE_BINDING |
                          VLAN_FLAG_MVRP | VLAN_FLAG_BRIDGE_BINDING;
    if ((f.flags & f.mask) & ~known) return err(EINVAL, "8021q: Invalid VLAN flags");
  }
  if (status s = validate_qos_map(tb[IFLA_VLAN_INGRESS_QOS], "8021q: Invalid ingress QOS map"); !s)
    return s;
  return validate_qos_map(tb[IFLA_VLAN_EGRESS_QOS], "8021q: Invalid egress QOS map");
}

status change(vlan_dev& v, const vlan_table& tb) {
  if (tb[IFLA_VLAN_FLAGS]) {
    const auto f = tb[IFLA_VLAN_FLAGS].get<ifla_vlan_flags>();
    if (status s = vlan_dev_change_flags(v, f.flags, f.mask); !s) return s;
  }
  auto each = [](nla map, auto&& f) {
    if (!map) return;
    for (nla a : nla_range(map.payload()))
      if (a.type() == IFLA_VLAN_QOS_MAPPING) f(a.get<ifla_vlan_qos_mapping>());
  };
  each(tb[IFLA_VLAN_INGRESS_QOS], [&](const ifla_vlan_qos_mapping& m) {
    vlan_dev_set_ingress_priority(v, m.to, static_cast<u16>(m.from));
  });
  each(tb[IFLA_VLAN_EGRESS_QOS], [&](const ifla_vlan_qos_mapping& m) {
    vlan_dev_set_egress_priority(v, m.from, static_cast<u16>(m.to));
  });
  return {};
}

status vlan_changelink(net_device& dev, const_bytes data) {
  vlan_table tb;
  if (status s = parse(data, tb); !s) return s;
  return change(of_vlan(dev), tb);
}

status validate_address(const_bytes a) {
  if (a.empty()) return {};
  if (a.size() != ETH_ALEN) return err(EINVAL, "8021q: Invalid link address");
  if (!is_valid_ether_addr(reinterpret_cast<const u8*>(a.data())))
    return err(EADDRNOTAVAIL, "8021q: Invalid link address");
  return {};
}

result<net_device*> vlan_newlink(const rtnl_newlink_params& p) {
  const ifla_table tb = rtnl_parse_request(p);
  vlan_table data;
  if (status s = validate_address(p.address); !s) return std::unexpected(s.error());
  if (status s = parse(p.data, data); !s) return std::unexpected(s.error());
  ref<vlan_dev> v(new vlan_dev);
  v->broadcast.fill(0);
  if (status s = rtnl_create_link(*v, vlan_link_ops, tb); !s) return std::unexpected(s.error());
  if (!data[IFLA_VLAN_ID]) return err(EINVAL, "8021q: VLAN id not specified");
  if (!tb[IFLA_LINK]) return err(EINVAL, "8021q: link not specified");
  net_device* real = dev_get_by_index(*p.src_net, tb[IFLA_LINK].get_s32());
  if (!real) return err(ENODEV, "8021q: link does not exist");
  v->vlan_proto = proto_of(data);
  v->vlan_id = data[IFLA_VLAN_ID].get_u16();
  v->real_dev = ref<net_device>(real);
  if (status s = vlan_check_real_dev(*real, v->vlan_proto, v->vlan_id); !s)
    return std::unexpected(s.error());
  if (!tb[IFLA_MTU]) {
    v->mtu = real->mtu;
  } else if (v->mtu > real->mtu) {
    return err(EINVAL);
  }
  if (status s = change(*v, data); !s) return std::unexpected(s.error());
  if (status s = register_vlan_dev(*p.dest_net, v, p.name, p.ifindex); !s)
    return std::unexpected(s.error());
  return v.get();
}

void put_mappings(const vlan_dev& v, std::vector<std::byte>& out) {
  std::vector<std::byte> maps;
  if (v.nr_ingress_mappings) {
    for (u32 i = 0; i < v.ingress_priority_map.size(); ++i)
      if (v.ingress_priority_map[i])
        nla_append_raw(maps, IFLA_VLAN_QOS_MAPPING,
                       ifla_vlan_qos_mapping{i, v.ingress_priority_map[i]});
    nla_append(out, IFLA_VLAN_INGRESS_QOS, maps);
  }
  if (v.nr_egress_mappings) {
    maps.clear();
    for (const auto& list : v.egress_priority_map)
      for (const auto& m : list)
        if (m.vlan_qos)
          nla_append_raw(maps, IFLA_VLAN_QOS_MAPPING,
                         ifla_vlan_qos_mapping{m.priority, u32{m.vlan_qos} >> VLAN_PRIO_SHIFT});
    nla_append(out, IFLA_VLAN_EGRESS_QOS, maps);
  }
}

void vlan_fill_info(const net_device& dev, std::vector<std::byte>& out) {
  const vlan_dev& v = of_vlan(dev);
  nla_append_raw(out, IFLA_VLAN_PROTOCOL, v.vlan_proto);
  nla_append_raw(out, IFLA_VLAN_ID, v.vlan_id);
  if (v.vlan_flags) nla_append_raw(out, IFLA_VLAN_FLAGS, ifla_vlan_flags{v.vlan_flags, ~u32{0}});
  put_mappings(v, out);
}

}  // namespace

const rtnl_link_ops vlan_link_ops = {.kind = "vlan",
                                     .newlink = vlan_newlink,
                                     .dellink = unregister_vlan_dev,
                                     .fill_info = vlan_fill_info,
                                     .changelink = vlan_changelink};

}  // namespace linnet
