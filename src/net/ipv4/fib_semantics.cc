// Making fib_infos: what a route asks for is checked as Linux checks it, in its order and with its texts,
// its next hops are resolved to devices, and an equal fib_info that exists already is used instead.
#include "net/ipv4/fib_semantics.hh"

#include <cstring>

#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/tcp_cong.hh"

namespace linnet {

constexpr std::array<fib_prop, RTN_MAX + 1> make_fib_props() {
  std::array<fib_prop, RTN_MAX + 1> p{};
  p[RTN_UNSPEC] = {0, RT_SCOPE_NOWHERE};
  p[RTN_UNICAST] = {0, RT_SCOPE_UNIVERSE};
  p[RTN_LOCAL] = {0, RT_SCOPE_HOST};
  p[RTN_BROADCAST] = {0, RT_SCOPE_LINK};
  p[RTN_ANYCAST] = {0, RT_SCOPE_LINK};
  p[RTN_MULTICAST] = {0, RT_SCOPE_UNIVERSE};
  p[RTN_BLACKHOLE] = {EINVAL, RT_SCOPE_UNIVERSE};
  p[RTN_UNREACHABLE] = {EHOSTUNREACH, RT_SCOPE_UNIVERSE};
  p[RTN_PROHIBIT] = {EACCES, RT_SCOPE_UNIVERSE};
  p[RTN_THROW] = {EAGAIN, RT_SCOPE_UNIVERSE};
  p[RTN_NAT] = {EINVAL, RT_SCOPE_NOWHERE};
  p[RTN_XRESOLVE] = {EINVAL, RT_SCOPE_NOWHERE};
  return p;
}
const std::array<fib_prop, RTN_MAX + 1> fib_props = make_fib_props();

namespace {

size_t mix(size_t h, size_t v) { return (h ^ v) * 0x9e3779b97f4a7c15 + (h >> 29); }

// ---- multipath requests

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
// What one entry says of its gateway; family 0: nothing.
struct rtnh_gateway {
  u8 family = 0;
  be32 gw;
};
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

void nh_init(fib_nh& nh, fib_info& fi, u32 flags, int oif, rtnh_gateway g, int weight) {
  nh.parent = &fi;
  nh.flags = flags;
  nh.oif = oif;
  nh.gw_family = g.family;
  nh.gw = g.gw;
  nh.weight = weight;
}

result<std::vector<fib_nh>> fib_get_nhs(fib_info& fi, const fib_config& cfg) {
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
    nh_init(nh, fi, (cfg.flags & ~0xffu) | r.rtnh_flags, r.rtnh_ifindex, *g, r.rtnh_hops + 1);
    rest = rtnh_next(rest);
  }
  if (cfg.oif && nhs[0].oif != cfg.oif)
    return err(EINVAL, "Nexthop device index does not match RTA_OIF");
  if (cfg.gw_family && (cfg.gw_family != nhs[0].gw_family || cfg.gw != nhs[0].gw))
    return err(EINVAL, "Nexthop gateway does not match RTA_GATEWAY or RTA_VIA");
  return nhs;
}

// ---- metrics

using metrics_array = std::array<u32, RTAX_MAX>;

result<std::unique_ptr<metrics_array>> ip_metrics_convert(nla mx) {
  std::unique_ptr<metrics_array> r;
  if (!mx) return r;
  metrics_array m{};
  for (nla a : nla_range(mx.payload())) {
    int type = a.type();
    u32 v;
    if (!type) continue;
    if (type > RTAX_MAX) return err(EINVAL, "Invalid metric type");
    if (type == RTAX_CC_ALGO) {
      v = tcp_ca_get_key_by_name(a.str());
      if (v == TCP_CA_UNSPEC) return err(EINVAL, "Unknown tcp congestion algorithm", a.raw());
    } else {
      if (a.len() != sizeof(u32)) return err(EINVAL, "Invalid attribute in metrics", a.raw());
      v = a.get_u32();
    }
    if (type == RTAX_ADVMSS) v = std::min(v, 65535u - 40);
    if (type == RTAX_MTU) v = std::min(v, 65535u - 15);
    if (type == RTAX_HOPLIMIT) v = std::min(v, 255u);
    if (type == RTAX_FEATURES && (v & ~u32{RTAX_FEATURE_MASK}))
      return err(EINVAL, "Unknown flag set in feature mask in metrics attribute", a.raw());
    m[static_cast<size_t>(type - 1)] = v;
  }
  if (m != metrics_array{}) r = std::make_unique<metrics_array>(m);
  return r;
}

// ---- next hop checks

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

// Addresses of this host only; a local route may name the address that it makes local.
bool fib_valid_prefsrc(net& n, const fib_config& cfg) {
  if (cfg.type == RTN_LOCAL && cfg.dst && cfg.prefsrc == cfg.dst) return true;
  u32 table = cfg.table == RT_TABLE_MAIN ? u32{RT_TABLE_LOCAL} : cfg.table;
  return inet_addr_type_table(n, cfg.prefsrc, table) == RTN_LOCAL ||
         (table != RT_TABLE_LOCAL &&
          inet_addr_type_table(n, cfg.prefsrc, RT_TABLE_LOCAL) == RTN_LOCAL);
}

status check_host_scope(net& n, fib_info& fi) {
  if (fi.nh.size() != 1) return err(EINVAL, "Route with host scope can not have multiple nexthops");
  fib_nh& nh = fi.nh[0];
  if (nh.gw_family) return err(EINVAL, "Route with host scope can not have a gateway");
  nh.scope = RT_SCOPE_NOWHERE;
  nh.dev = ref<net_device>(dev_get_by_index(n, nh.oif));
  return nh.dev ? status() : err(ENODEV);
}

// All that makes `fi` a route one can send by.
status check_routable(net& n, fib_info& fi, const fib_config& cfg) {
  switch (cfg.type) {
    case RTN_UNICAST:
    case RTN_LOCAL:
    case RTN_BROADCAST:
    case RTN_ANYCAST:
    case RTN_MULTICAST: break;
    default: return err(EINVAL, "Invalid route type");
  }
  if (cfg.scope > RT_SCOPE_HOST) return err(EINVAL, "Invalid scope");
  if (cfg.scope == RT_SCOPE_HOST) {
    if (auto s = check_host_scope(n, fi); !s) return s;
  } else {
    size_t linkdown = 0;
    for (fib_nh& nh : fi.nh) {
      auto s = nh.gw_family ? check_gateway(n, nh, cfg.table, cfg.scope) : check_on_link(n, nh);
      if (!s) return s;
      if (nh.flags & RTNH_F_LINKDOWN) ++linkdown;
    }
    if (linkdown == fi.nh.size()) fi.flags |= RTNH_F_LINKDOWN;
  }
  if (fi.prefsrc && !fib_valid_prefsrc(n, cfg)) return err(EINVAL, "Invalid prefsrc address");
  return {};
}

status build_info(net& n, fib_info& fi, const fib_config& cfg) {
  auto metrics = ip_metrics_convert(cfg.mx);
  if (!metrics) return std::unexpected(metrics.error());
  fi.fib_net = &n;
  fi.protocol = cfg.protocol;
  fi.scope = cfg.scope;
  fi.flags = cfg.flags;
  fi.priority = cfg.priority;
  fi.prefsrc = cfg.prefsrc;
  fi.type = cfg.type;
  fi.tb_id = cfg.table;
  fi.metrics = std::move(*metrics);
  if (cfg.mp) {
    auto nhs = fib_get_nhs(fi, cfg);
    if (!nhs) return std::unexpected(nhs.error());
    fi.nh = std::move(*nhs);
  } else {
    fi.nh = std::vector<fib_nh>(1);
    nh_init(fi.nh[0], fi, cfg.flags, cfg.oif, {cfg.gw_family, cfg.gw}, 1);
  }
  if (!fib_props[cfg.type].error) return check_routable(n, fi, cfg);
  if (cfg.gw_family || cfg.oif || cfg.mp)
    return err(EINVAL, "Gateway, device and multipath can not be specified for this route type");
  return {};
}

}  // namespace

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
    case AF_INET6: return err(EINVAL, "IPv6 support not enabled in kernel");
    default: return err(EINVAL, "Unsupported address family in RTA_VIA");
  }
}

bool ip_ignore_linkdown(const net_device& dev) {
  in_device* in = in_dev_get(dev);
  return in && in_dev_orconf(*in, IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN);
}

// ---- sharing

inline constexpr u32 RTNH_COMPARE_MASK_ =
    RTNH_F_DEAD | RTNH_F_LINKDOWN | RTNH_F_OFFLOAD | RTNH_F_TRAP;

size_t fib_info_table::content_hash::operator()(const fib_info& fi) const {
  size_t h = mix(fi.protocol, size_t{fi.scope} << 8 | fi.type);
  h = mix(h, size_t{fi.prefsrc.raw()} << 32 | fi.priority);
  h = mix(h, fi.tb_id);
  for (const fib_nh& nh : fi.nh)
    h = mix(h, size_t{nh.gw.raw()} << 32 |
                   (static_cast<u32>(nh.oif) ^ static_cast<u32>(nh.weight) << 20));
  return h;
}

bool fib_info_table::content_equal::same(const fib_info& a, const fib_info& b) {
  if (a.protocol != b.protocol || a.scope != b.scope || a.type != b.type || a.tb_id != b.tb_id ||
      a.prefsrc != b.prefsrc || a.priority != b.priority ||
      ((a.flags ^ b.flags) & ~RTNH_COMPARE_MASK_) || a.nh.size() != b.nh.size() ||
      !a.metrics != !b.metrics || (a.metrics && *a.metrics != *b.metrics))
    return false;
  for (size_t i = 0; i < a.nh.size(); ++i) {
    const fib_nh &x = a.nh[i], &y = b.nh[i];
    if (x.oif != y.oif || x.gw_family != y.gw_family || x.gw != y.gw || x.scope != y.scope ||
        x.weight != y.weight || ((x.flags ^ y.flags) & ~RTNH_COMPARE_MASK_))
      return false;
  }
  return true;
}

result<fib_info*> fib_create_info(net& n, const fib_config& cfg) {
  if (cfg.type > RTN_MAX) return err(EINVAL);
  if (fib_props[cfg.type].scope > cfg.scope) return err(EINVAL, "Invalid scope");
  if (cfg.flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN))
    return err(EINVAL, "Invalid rtm_flags - can not contain DEAD or LINKDOWN");
  if (cfg.nh_id) return err(EINVAL, "Nexthop id does not exist");
  if (cfg.encap) return err(EOPNOTSUPP, "lwt encapsulation type not supported");

  ref<fib_info> fi(new fib_info);
  if (auto s = build_info(n, *fi, cfg); !s) return std::unexpected(s.error());

  fib_info_table& table = fib_tables_of(n).infos;
  if (auto it = table.by_content.find(*fi); it != table.by_content.end()) {
    ++(*it)->users;
    return it->get();
  }
  fi->users = 1;
  if (fi->prefsrc) table.by_prefsrc[fi->prefsrc.raw()].push_back(*fi);
  for (fib_nh& nh : fi->nh)
    if (nh.dev) table.by_dev[nh.dev.get()].push_back(nh);
  fib_rebalance(*fi);
  fib_info* r = fi.get();
  table.by_content.insert(std::move(fi));
  return r;
}

void fib_release_info(fib_info& fi) {
  if (--fi.users) return;
  fib_info_table& table = fib_tables_of(*fi.fib_net).infos;
  if (fi.prefsrc) {
    static_cast<list_node<fib_info_laddr_tag>&>(fi).unlink();
    auto it = table.by_prefsrc.find(fi.prefsrc.raw());
    if (it != table.by_prefsrc.end() && it->second.empty()) table.by_prefsrc.erase(it);
  }
  for (fib_nh& nh : fi.nh) {
    fib_nh_flush_routes(nh);
    if (!nh.dev) continue;
    nh.unlink();
    auto it = table.by_dev.find(nh.dev.get());
    if (it != table.by_dev.end() && it->second.empty()) table.by_dev.erase(it);
  }
  fi.dead = true;
  table.by_content.erase(table.by_content.find(fi));
}

// ---- what a deletion means

bool fib_nh_match(const fib_config& cfg, const fib_info& fi) {
  if (cfg.priority && cfg.priority != fi.priority) return false;
  if (cfg.nh_id) return false;
  if (cfg.oif || cfg.gw_family) {
    const fib_nh& nh = fi.nh[0];
    return (!cfg.oif || cfg.oif == nh.oif) &&
           (!cfg.gw_family || (cfg.gw_family == nh.gw_family && cfg.gw == nh.gw));
  }
  if (!cfg.mp) return true;
  const_bytes rest = cfg.mp.payload();
  for (const fib_nh& nh : fi.nh) {
    const rtnexthop* r = rtnh_at(rest);
    if (!r || (r->rtnh_ifindex && r->rtnh_ifindex != nh.oif)) return false;
    auto g = rtnh_gw(*r);
    if (!g || (g->family && (g->family != nh.gw_family || g->gw != nh.gw))) return false;
    rest = rtnh_next(rest);
  }
  return true;
}

bool fib_metrics_match(const fib_config& cfg, const fib_info& fi) {
  if (!cfg.mx) return true;
  for (nla a : nla_range(cfg.mx.payload())) {
    int type = a.type();
    if (!type) continue;
    if (type > RTAX_MAX) return false;
    if (type != RTAX_CC_ALGO && a.len() != sizeof(u32)) return false;
    const u32 v = type == RTAX_CC_ALGO ? tcp_ca_get_key_by_name(a.str()) : a.get_u32();
    if (fi.metric(type) != v) return false;
  }
  return true;
}

}  // namespace linnet
