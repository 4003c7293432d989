// Settings of devices (net.ipv4.conf): their defaults, what a write to one implies, how the value that counts
// is made of the device's and that for all, and how a link message shows them.
#include <algorithm>

#include "net/ipv4/devinet.hh"
#include "net/ipv4/ip_fib.hh"

namespace linnet {

namespace {

ipv4_devconf defaults() {
  ipv4_devconf c;
  c.set(IPV4_DEVCONF_ACCEPT_REDIRECTS, 1);
  c.set(IPV4_DEVCONF_SECURE_REDIRECTS, 1);
  c.set(IPV4_DEVCONF_SEND_REDIRECTS, 1);
  c.set(IPV4_DEVCONF_SHARED_MEDIA, 1);
  c.set(IPV4_DEVCONF_IGMPV2_UNSOLICITED_REPORT_INTERVAL, 10000);
  c.set(IPV4_DEVCONF_IGMPV3_UNSOLICITED_REPORT_INTERVAL, 1000);
  c.set(IPV4_DEVCONF_ARP_EVICT_NOCARRIER, 1);
  return c;
}

const netns_ipv4& v4(const in_device& in) { return ipv4_of(*in.dev->nd_net); }

// inet_forward_change: forwarding for all sets the default and every device.
void forward_change(net& n) {
  netns_ipv4& p = ipv4_of(n);
  s32 on = p.devconf_all.get(IPV4_DEVCONF_FORWARDING);
  p.devconf_all.set(IPV4_DEVCONF_ACCEPT_REDIRECTS, !on);
  p.devconf_dflt.set(IPV4_DEVCONF_FORWARDING, on);
  auto tell = [&](int index, const ipv4_devconf& c) {
    inet_netconf_notify_devconf(n, RTM_NEWNETCONF, NETCONFA_FORWARDING, index, &c);
  };
  tell(NETCONFA_IFINDEX_ALL, p.devconf_all);
  tell(NETCONFA_IFINDEX_DEFAULT, p.devconf_dflt);
  for (auto& [index, dev] : n.dev_base)
    if (in_device* in = in_dev_get(*dev)) {
      in->cnf.set(IPV4_DEVCONF_FORWARDING, on);
      tell(index, in->cnf);
    }
}

void copy_default(net& n, int id) {
  for (auto& [index, dev] : n.dev_base)
    if (in_device* in = in_dev_get(*dev); in && !(in->cnf_state >> (id - 1) & 1))
      in->cnf.set(id, ipv4_of(n).devconf_dflt.get(id));
}

int netconf_type(int id) {
  switch (id) {
    case IPV4_DEVCONF_RP_FILTER: return NETCONFA_RP_FILTER;
    case IPV4_DEVCONF_PROXY_ARP: return NETCONFA_PROXY_NEIGH;
    case IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN: return NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN;
    case IPV4_DEVCONF_BC_FORWARDING: return NETCONFA_BC_FORWARDING;
    default: return 0;
  }
}

// Those whose change may turn a cached route wrong.
bool flushes(int id, s32 old, s32 value) {
  switch (id) {
    case IPV4_DEVCONF_ACCEPT_LOCAL:
    case IPV4_DEVCONF_ROUTE_LOCALNET: return old && !value;
    case IPV4_DEVCONF_NOXFRM:
    case IPV4_DEVCONF_NOPOLICY:
    case IPV4_DEVCONF_PROMOTE_SECONDARIES:
    case IPV4_DEVCONF_BC_FORWARDING:
    case IPV4_DEVCONF_DROP_UNICAST_IN_L2_MULTICAST: return old != value;
    default: return false;
  }
}

bool fill_link_af(sk_buff& s, const net_device& dev, u32, bool* some) {
  const in_device* in = in_dev_get(dev);
  if (!in) return true;
  *some = true;
  return nla_put(s, IFLA_INET_CONF, std::as_bytes(std::span(in->cnf.data)));
}

constexpr auto af_policy = [] {
  std::array<nla_policy, IFLA_INET_MAX + 1> p{};
  p[IFLA_INET_CONF] = nla_of(NLA_NESTED);
  return p;
}();
using af_table = nla_table<IFLA_INET_MAX>;

status validate_link_af(const net_device* dev, nla a) {
  if (dev && !in_dev_get(*dev)) return err(EAFNOSUPPORT);
  af_table tb;
  if (status s = nla_parse_nested_deprecated(tb, a, af_policy); !s) return s;
  if (!tb[IFLA_INET_CONF]) return {};
  for (nla c : nla_range(tb[IFLA_INET_CONF].payload()))
    if (c.len() < 4 || c.type() == 0 || c.type() > IPV4_DEVCONF_MAX) return err(EINVAL);
  return {};
}

status set_link_af(net_device& dev, nla a) {
  in_device* in = in_dev_get(dev);
  if (!in) return err(EAFNOSUPPORT);
  af_table tb;
  if (status s = nla_parse_nested_deprecated(tb, a, {}); !s) return s;
  if (!tb[IFLA_INET_CONF]) return {};
  for (nla c : nla_range(tb[IFLA_INET_CONF].payload())) {
    in->cnf.set(c.type(), c.get_s32());
    in->cnf_state |= u64{1} << (c.type() - 1);
  }
  return {};
}

const rtnl_af_ops inet_af_ops = {AF_INET, fill_link_af, validate_link_af, set_link_af};

}  // namespace

s32 in_dev_conf_get(const in_device& in, int id) { return in.cnf.get(id); }
bool in_dev_orconf(const in_device& in, int id) {
  return v4(in).devconf_all.get(id) || in.cnf.get(id);
}
bool in_dev_andconf(const in_device& in, int id) {
  return v4(in).devconf_all.get(id) && in.cnf.get(id);
}
s32 in_dev_maxconf(const in_device& in, int id) {
  return std::max(v4(in).devconf_all.get(id), in.cnf.get(id));
}
bool in_dev_forward(const in_device& in) { return in.cnf.get(IPV4_DEVCONF_FORWARDING); }
bool in_dev_promote_secondaries(const in_device& in) {
  return in_dev_orconf(in, IPV4_DEVCONF_PROMOTE_SECONDARIES);
}

void ipv4_devconf_setall(in_device& in) {
  in.cnf_state = ~u64{0};
  if (in.arp_parms) in.arp_parms->set = ~u64{0};
}

void devinet_conf_write(net& n, devconf_target to, int id, s32 value) {
  using which = devconf_target::which;
  netns_ipv4& p = ipv4_of(n);
  ipv4_devconf& c = to.w == which::all    ? p.devconf_all
                    : to.w == which::dflt ? p.devconf_dflt
                                          : to.dev->cnf;
  const int index = to.w == which::all    ? NETCONFA_IFINDEX_ALL
                    : to.w == which::dflt ? NETCONFA_IFINDEX_DEFAULT
                                          : to.dev->dev->ifindex;
  const s32 old = c.get(id);
  c.set(id, value);
  if (id == IPV4_DEVCONF_FORWARDING) {
    if (old == value) return;
    if (to.w == which::all)
      forward_change(n);
    else
      inet_netconf_notify_devconf(n, RTM_NEWNETCONF, NETCONFA_FORWARDING, index, &c);
    if (to.w != which::dflt) rt_cache_flush(n);
    return;
  }
  if (to.dev) to.dev->cnf_state |= u64{1} << (id - 1);
  if (to.w == which::dflt) copy_default(n, id);
  if (flushes(id, old, value)) rt_cache_flush(n);
  if (int type = netconf_type(id); type && old != value)
    inet_netconf_notify_devconf(n, RTM_NEWNETCONF, type, index, &c);
}

void devinet_conf_init(world& w) { rtnl_af_register(w, inet_af_ops); }

void devinet_net_init(net& n) {
  netns_ipv4& p = ipv4_of(n);
  p.devconf_all = p.devconf_dflt = defaults();
  p.devconf_dflt.set(IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE, 1);
}

}  // namespace linnet
