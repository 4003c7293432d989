// Making fib_infos: what a route asks for is checked as Linux checks it, in its order and with its texts,
// its next hops are resolved to devices, and an equal fib_info that exists already is used instead.
#include "net/ipv4/fib_semantics.hh"

#include <cstring>

#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/ip_tunnel_core.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/nexthop.hh"
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

// ---- metrics

using metrics_array = std::array<u32, RTAX_MAX>;

result<std::unique_ptr<metrics_array>> ip_metrics_convert(const net& n, nla mx) {
  std::unique_ptr<metrics_array> r;
  if (!mx) return r;
  metrics_array m{};
  for (nla a : nla_range(mx.payload())) {
    int type = a.type();
    u32 v;
    if (!type) continue;
    if (type > RTAX_MAX) return err(EINVAL, "Invalid metric type");
    if (type == RTAX_CC_ALGO) {
      v = tcp_ca_get_key_by_name(n, a.str());
      if (v == TCP_CA_UNSPEC) return err(EINVAL, "Unknown tcp congestion algorithm");
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
  if (fi.nh_obj) {
    if (auto s = fib_check_nexthop(*fi.nh_obj, cfg.scope); !s) return s;
  } else if (cfg.scope == RT_SCOPE_HOST) {
    if (auto s = check_host_scope(n, fi); !s) return s;
  } else {
    size_t linkdown = 0;
    for (fib_nh& nh : fi.nh) {
      if (auto s = fib_check_nh(n, nh, cfg.table, cfg.scope); !s) return s;
      if (nh.flags & RTNH_F_LINKDOWN) ++linkdown;
    }
    if (linkdown == fi.nh.size()) fi.flags |= RTNH_F_LINKDOWN;
  }
  if (fi.prefsrc && !fib_valid_prefsrc(n, cfg)) return err(EINVAL, "Invalid prefsrc address");
  return {};
}

status build_info(net& n, fib_info& fi, const fib_config& cfg, nexthop* nh_obj) {
  auto metrics = ip_metrics_convert(n, cfg.mx);
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
  if (nh_obj) {
    fi.nh_obj = ref<nexthop>(nh_obj);
  } else if (cfg.mp) {
    auto nhs = fib_get_nhs(cfg);
    if (!nhs) return std::unexpected(nhs.error());
    fi.nh = std::move(*nhs);
  } else {
    fi.nh = std::vector<fib_nh>(1);
    fib_nh_init(fi.nh[0], cfg.flags, cfg.oif, {cfg.gw_family, cfg.gw}, 1, cfg.flow);
    if (cfg.encap) {
      auto state = lwtunnel_build_state(cfg.encap_type, cfg.encap);
      if (!state) return std::unexpected(state.error());
      fi.nh[0].lwtstate = std::move(*state);
    }
  }
  for (fib_nh& nh : fi.nh) nh.parent = &fi;
  if (!fib_props[cfg.type].error) return check_routable(n, fi, cfg);
  if (cfg.gw_family || cfg.oif || cfg.mp)
    return err(EINVAL, "Gateway, device and multipath can not be specified for this route type");
  return {};
}

}  // namespace

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
  h = mix(h, size_t{fi.tb_id} << 32 | (fi.nh_obj ? fi.nh_obj->id : 0));
  for (const fib_nh& nh : fi.nh)
    h = mix(h, size_t{nh.gw.raw()} << 32 |
                   (static_cast<u32>(nh.oif) ^ static_cast<u32>(nh.weight) << 20));
  return h;
}

bool fib_info_table::content_equal::same(const fib_info& a, const fib_info& b) {
  if (a.protocol != b.protocol || a.scope != b.scope || a.type != b.type || a.tb_id != b.tb_id ||
      a.prefsrc != b.prefsrc || a.priority != b.priority || a.nh_obj != b.nh_obj ||
      ((a.flags ^ b.flags) & ~RTNH_COMPARE_MASK_) || a.nh.size() != b.nh.size() ||
      !a.metrics != !b.metrics || (a.metrics && *a.metrics != *b.metrics))
    return false;
  for (size_t i = 0; i < a.nh.size(); ++i) {
    const fib_nh &x = a.nh[i], &y = b.nh[i];
    if (x.oif != y.oif || x.gw_family != y.gw_family || x.gw != y.gw || x.scope != y.scope ||
        x.weight != y.weight || x.tclassid != y.tclassid ||
        !lwtunnel_same(x.lwtstate.get(), y.lwtstate.get()) ||
        ((x.flags ^ y.flags) & ~RTNH_COMPARE_MASK_))
      return false;
  }
  return true;
}

namespace {

// A route like this one by the same nexthop object. Metrics are not looked at: who asks for none takes over those
// of the route that was made first, as on Linux.
fib_info* fib_find_info_nh(net& n, const fib_config& cfg) {
  const nexthop* nh = nexthop_find_by_id(n, cfg.nh_id);
  if (!nh) return nullptr;
  for (fib_info& fi : nh->fi_list)
    if (fi.protocol == cfg.protocol && fi.scope == cfg.scope && fi.prefsrc == cfg.prefsrc &&
        fi.priority == cfg.priority && fi.type == cfg.type && fi.tb_id == cfg.table &&
        !((cfg.flags ^ fi.flags) & ~RTNH_COMPARE_MASK_))
      return &fi;
  return nullptr;
}

}  // namespace

fib_info::fib_info() = default;
fib_info::~fib_info() = default;

result<fib_info*> fib_create_info(net& n, const fib_config& cfg) {
  if (cfg.type > RTN_MAX) return err(EINVAL);
  if (fib_props[cfg.type].scope > cfg.scope) return err(EINVAL, "Invalid scope");
  if (cfg.flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN))
    return err(EINVAL, "Invalid rtm_flags - can not contain DEAD or LINKDOWN");
  nexthop* nh_obj = nullptr;
  if (cfg.nh_id) {
    if (!cfg.mx)
      if (fib_info* fi = fib_find_info_nh(n, cfg)) return ++fi->users, fi;
    nh_obj = nexthop_find_by_id(n, cfg.nh_id);
    if (!nh_obj) return err(EINVAL, "Nexthop id does not exist");
  }

  ref<fib_info> fi(new fib_info);
  if (auto s = build_info(n, *fi, cfg, nh_obj); !s) return std::unexpected(s.error());

  fib_info_table& table = fib_tables_of(n).infos;
  if (auto it = table.by_content.find(*fi); it != table.by_content.end()) {
    ++(*it)->users;
    return it->get();
  }
  fi->users = 1;
  if (fi->prefsrc) table.by_prefsrc[fi->prefsrc.raw()].push_back(*fi);
  for (fib_nh& nh : fi->nh) {
    if (nh.dev) table.by_dev[nh.dev.get()].push_back(nh);
    fib_tables_of(n).num_tclassid_users += nh.tclassid != 0;
  }
  if (nh_obj) nh_obj->fi_list.push_front(*fi);
  fib_rebalance(*fi);
  fib_info_update_paths(*fi);
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
  if (fi.nh_obj) static_cast<list_node<fib_info_nexthop_tag>&>(fi).unlink();
  for (fib_nh& nh : fi.nh) {
    fib_nh_flush_routes(*fi.fib_net, nh);
    fib_tables_of(*fi.fib_net).num_tclassid_users -= nh.tclassid != 0;
    if (!nh.dev) continue;
    nh.unlink();
    auto it = table.by_dev.find(nh.dev.get());
    if (it != table.by_dev.end() && it->second.empty()) table.by_dev.erase(it);
  }
  fi.dead = true;
  table.by_content.erase(table.by_content.find(fi));
}

bool fib_metrics_match(const fib_config& cfg, const fib_info& fi) {
  if (!cfg.mx) return true;
  for (nla a : nla_range(cfg.mx.payload())) {
    int type = a.type();
    if (!type) continue;
    if (type > RTAX_MAX) return false;
    if (type != RTAX_CC_ALGO && a.len() != sizeof(u32)) return false;
    const u32 v = type == RTAX_CC_ALGO ? tcp_ca_get_key_by_name(*fi.fib_net, a.str()) : a.get_u32();
    if (fi.metric(type) != v) return false;
  }
  return true;
}

}  // namespace linnet
