// A route's next hops as requests tell of them (RTA_GATEWAY, RTA_VIA, RTA_MULTIPATH), and what makes one of them
// usable: the device that it leads by is found, and refused with Linux's errno and text (fib_check_nh).
#include <netinet/in.h>

#include <cstring>

#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/ip_tunnel_core.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/nexthop.hh"

namespace linnet {

namespace {

// One rtnexthop of RTA_MULTIPATH, or null when what is left holds no whole one.
const rtnexthop* rtnh_at(const_bytes rest) {
  if (rest.size() < sizeof(rtnexthop)) return nullptr;
  auto* r = reinterpret_cast<const rtnexthop*>(rest.data());
  return r->rtnh_len >= sizeof(rtnexthop) && r->rtnh_len <= rest.size() ? r : nullptr;
}
const_bytes rtnh_next(const_bytes rest) {
  auto* r = reinterpret_cast<const rtnexthop*>(rest.data());
  return rest.subspan(std::min(rest.size(), static_cast<size_t>(RTNH_ALIGN(r->rtnh_len))));
}
const_bytes rtnh_attrs(const rtnexthop& r) {
  return {reinterpret_cast<const std::byte*>(&r + 1), r.rtnh_len - sizeof(rtnexthop)};
}
// What one entry says of its realms.
result<u32> rtnh_flow(const rtnexthop& r) {
  for (nla a : nla_range(rtnh_attrs(r))) {
    if (a.type() != RTA_FLOW) continue;
    if (a.len() < sizeof(u32)) return err(EINVAL, "Invalid RTA_FLOW");
    return a.get_u32();
  }
  return u32{0};
}
// What one entry says of a tunnel; null: nothing.
result<ref<lwtunnel_state>> rtnh_encap(const rtnexthop& r) {
  nla encap, type;
  for (nla a : nla_range(rtnh_attrs(r))) {
    if (a.type() == RTA_ENCAP && !encap) encap = a;
    if (a.type() == RTA_ENCAP_TYPE && !type) type = a;
  }
  if (!encap) return ref<lwtunnel_state>();
  return lwtunnel_build_state(type && type.len() >= sizeof(u16) ? type.get_u16() : u16{0}, encap);
}
// What one entry says of its gateway.
result<rtnh_gateway> rtnh_gw(const rtnexthop& r) {
  nla gateway, via;
  for (nla a : nla_range(rtnh_attrs(r))) {
    if (a.type() == RTA_GATEWAY && !gateway) gateway = a;
    if (a.type() == RTA_VIA && !via) via = a;
  }
  rtnh_gateway g;
  if (gateway && via)
    return err(EINVAL, "Nexthop configuration can not contain both GATEWAY and VIA");
  if (gateway) {
    auto gw = fib_gw_from_attr(gateway);
    if (!gw) return std::unexpected(gw.error());
    if (*gw) g = {AF_INET, *gw};
  } else if (via) {
    auto gw = fib_gw_from_via(via, g.family);
    if (!gw) return std::unexpected(gw.error());
    g.gw = *gw;
  }
  return g;
}

}  // namespace

void fib_nh_init(fib_nh& nh, u32 flags, int oif, rtnh_gateway g, int weight, u32 flow) {
  nh.flags = flags;
  nh.oif = oif;
  nh.gw_family = g.family;
  nh.gw = g.gw;
  nh.weight = weight;
  nh.tclassid = flow;
}

result<std::vector<fib_nh>> fib_get_nhs(const fib_config& cfg) {
  size_t count = 0;
  const_bytes rest = cfg.mp.payload();
  for (; rtnh_at(rest); rest = rtnh_next(rest)) ++count;
  if (!rest.empty())
    return err(EINVAL, "Invalid nexthop configuration - extra data after nexthops");
  if (!count) return err(EINVAL);
  std::vector<fib_nh> nhs(count);
  rest = cfg.mp.payload();
  for (fib_nh& nh : nhs) {
    const rtnexthop& r = *rtnh_at(rest);
    if (r.rtnh_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN))
      return err(EINVAL, "Invalid flags for nexthop - can not contain DEAD or LINKDOWN");
    auto g = rtnh_gw(r);
    if (!g) return std::unexpected(g.error());
    auto flow = rtnh_flow(r);
    if (!flow) return std::unexpected(flow.error());
    fib_nh_init(nh, (cfg.flags & ~0xffu) | r.rtnh_flags, r.rtnh_ifindex, *g, r.rtnh_hops + 1,
                *flow);
    auto state = rtnh_encap(r);
    if (!state) return std::unexpected(state.error());
    nh.lwtstate = std::move(*state);
    rest = rtnh_next(rest);
  }
  if (cfg.oif && nhs[0].oif != cfg.oif)
    return err(EINVAL, "Nexthop device index does not match RTA_OIF");
  if (cfg.gw_family && (cfg.gw_family != nhs[0].gw_family || cfg.gw != nhs[0].gw))
    return err(EINVAL, "Nexthop gateway does not match RTA_GATEWAY or RTA_VIA");
  if (cfg.flow && cfg.flow != nhs[0].tclassid)
    return err(EINVAL, "Nexthop class id does not match RTA_FLOW");
  return nhs;
}

status fib_valid_encaps(nla multipath) {
  for (const_bytes rest = multipath.payload(); rtnh_at(rest); rest = rtnh_next(rest))
    for (nla a : nla_range(rtnh_attrs(*rtnh_at(rest)))) {
      if (a.type() != RTA_ENCAP_TYPE) continue;
      if (a.len() < sizeof(u16)) return err(EINVAL, "Invalid RTA_ENCAP_TYPE");
      if (status s = lwtunnel_valid_encap_type(a.get_u16()); !s) return s;
      break;
    }
  return {};
}

// ---- next hop checks

namespace {

status found_device(fib_nh& nh, net_device& dev, u8 scope) {
  nh.dev = ref<net_device>(&dev);
  nh.oif = dev.ifindex;
  nh.scope = scope;
  if (!dev.carrier_ok()) nh.flags |= RTNH_F_LINKDOWN;
  return {};
}

status check_onlink(net& n, fib_nh& nh, u8 scope) {
  if (scope >= RT_SCOPE_LINK) return err(EINVAL, "Nexthop has invalid scope");
  net_device* dev = dev_get_by_index(n, nh.oif);
  if (!dev) return err(ENODEV, "Nexthop device required for onlink");
  if (!dev->up()) return err(ENETDOWN, "Nexthop device is not up");
  if (inet_addr_type_dev_table(n, *dev, nh.gw) != RTN_UNICAST)
    return err(EINVAL, "Nexthop has invalid gateway");
  return found_device(nh, *dev, RT_SCOPE_LINK);
}

status check_gateway(net& n, fib_nh& nh, u32 table, u8 scope) {
  if (nh.flags & RTNH_F_ONLINK) return check_onlink(n, nh, scope);
  flowi4 fl;
  fl.daddr = nh.gw;
  fl.oif = nh.oif;
  fl.iif = LOOPBACK_IFINDEX;
  // A gateway must be nearer than what it leads to, and on a link at the farthest.
  fl.scope = static_cast<u8>(std::max<unsigned>(scope + 1u, RT_SCOPE_LINK));
  result<fib_result> res = err(EAGAIN);
  if (table && table != RT_TABLE_MAIN)
    res = fib_table_lookup(n, table, fl, FIB_LOOKUP_IGNORE_LINKSTATE);
  if (!res) res = fib_lookup(n, fl, FIB_LOOKUP_IGNORE_LINKSTATE);
  if (!res) return err(res.error().code, "Nexthop has invalid gateway");
  if (res->type != RTN_UNICAST && res->type != RTN_LOCAL)
    return err(EINVAL, "Nexthop has invalid gateway");
  net_device* dev = res->dev();
  if (!dev) return err(EINVAL, "No egress device for nexthop gateway");
  if (auto s = found_device(nh, *dev, res->scope); !s) return s;
  nh.oif = res->nh->oif;
  return dev->up() ? status() : err(ENETDOWN);
}

status check_on_link(net& n, fib_nh& nh) {
  if (nh.flags & (RTNH_F_PERVASIVE | RTNH_F_ONLINK))
    return err(EINVAL, "Invalid flags for nexthop - PERVASIVE and ONLINK can not be set");
  net_device* dev = dev_get_by_index(n, nh.oif);
  if (!dev || !in_dev_get(*dev)) return err(ENODEV);
  if (!dev->up()) return err(ENETDOWN, "Device for nexthop is not up");
  return found_device(nh, *dev, RT_SCOPE_HOST);
}

}  // namespace

status fib_check_nh(net& n, fib_nh& nh, u32 table, u8 scope) {
  if (nh.gw_family == AF_INET6) return err(EAFNOSUPPORT, "IPv6 support not enabled in kernel");
  return nh.gw_family ? check_gateway(n, nh, table, scope) : check_on_link(n, nh);
}

// ---- gateways

result<be32> fib_gw_from_attr(nla gateway) {
  if (gateway.len() < sizeof(be32)) return err(EINVAL, "Invalid IPv4 address in RTA_GATEWAY");
  return gateway.get_be32();
}

result<be32> fib_gw_from_via(nla via, u8& family) {
  if (via.len() < sizeof(u16) + 1) return err(EINVAL, "Invalid attribute length for RTA_VIA");
  u16 f = via.get_u16();
  size_t alen = via.len() - sizeof(u16);
  switch (f) {
    case AF_INET:
      if (alen != sizeof(be32)) return err(EINVAL, "Invalid IPv4 address in RTA_VIA");
      family = AF_INET;
      return be32::load(via.payload().data() + sizeof(u16));
    case AF_INET6:
      if (alen != sizeof(in6_addr)) return err(EINVAL, "Invalid IPv6 address in RTA_VIA");
      family = AF_INET6;  // fib_check_nh refuses it
      return be32();
    default: return err(EINVAL, "Unsupported address family in RTA_VIA");
  }
}

// ---- what a deletion means

bool fib_nh_match(const fib_config& cfg, const fib_info& fi) {
  if (cfg.priority && cfg.priority != fi.priority) return false;
  if (cfg.nh_id) return fi.nh_obj && fi.nh_obj->id == cfg.nh_id;
  if (fi.nh_obj) return !cfg.oif && !cfg.gw_family && !cfg.mp;
  if (cfg.oif || cfg.gw_family) {
    const fib_nh& nh = fi.nh[0];
    if (cfg.encap) {
      const auto state = lwtunnel_build_state(cfg.encap_type, cfg.encap);
      if (!state || !lwtunnel_same(state->get(), nh.lwtstate.get())) return false;
    }
    return (!cfg.flow || cfg.flow == nh.tclassid) && (!cfg.oif || cfg.oif == nh.oif) &&
           (!cfg.gw_family || (cfg.gw_family == nh.gw_family && cfg.gw == nh.gw));
  }
  if (!cfg.mp) return true;
  const_bytes rest = cfg.mp.payload();
  for (const fib_nh& nh : fi.nh) {
    const rtnexthop* r = rtnh_at(rest);
    if (!r || (r->rtnh_ifindex && r->rtnh_ifindex != nh.oif)) return false;
    auto g = rtnh_gw(*r);
    if (!g || (g->family && (g->family != nh.gw_family || g->gw != nh.gw))) return false;
    auto flow = rtnh_flow(*r);
    if (!flow || (*flow && *flow != nh.tclassid)) return false;
    rest = rtnh_next(rest);
  }
  return true;
}

}  // namespace linnet
