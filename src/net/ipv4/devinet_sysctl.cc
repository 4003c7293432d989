// net.ipv4.conf.{all,default,DEV} and net.ipv4.neigh.{default,DEV}. What a write implies is devinet_conf_write's
// and neighbour_sysctl.cc's business.
#include "net/core/neighbour_sysctl.hh"
#include "net/core/world.hh"
#include "net/ipv4/devinet.hh"
#include "net/ipv4/proc.hh"

namespace linnet {
namespace {

in_device* find_idev(const net& n, std::string_view name) {
  const net_device* dev = dev_get_by_name(n, name);
  return dev && dev->name == name ? in_dev_get(*dev) : nullptr;  // not by an alternative name
}

std::vector<std::string> devices(const net& n) {
  std::vector<std::string> names;
  for (auto& [index, dev] : n.dev_base)
    if (in_dev_get(*dev)) names.push_back(dev->name);
  return names;
}

// ---- conf: what a directory stands for is its ipv4_devconf, or the in_device around it.

std::vector<std::string> conf_instances(net& n) {
  auto names = devices(n);
  names.insert(names.end(), {"all", "default"});
  return names;
}

void* conf_find(net& n, std::string_view name) {
  if (name == "all") return &ipv4_of(n).devconf_all;
  if (name == "default") return &ipv4_of(n).devconf_dflt;
  return find_idev(n, name);
}

devconf_target target_of(const ctl_at& at) {
  using which = devconf_target::which;
  netns_ipv4& p = ipv4_of(at.ns);
  if (at.object == &p.devconf_all) return {which::all};
  if (at.object == &p.devconf_dflt) return {which::dflt};
  return {which::device, static_cast<in_device*>(at.object)};
}

const ctl_ops conf_ops = {
    .get =
        [](const ctl_at& at, s64* v) {
          const devconf_target to = target_of(at);
          *v = (to.dev ? to.dev->cnf : *static_cast<ipv4_devconf*>(at.object)).get(at.table.id);
        },
    .set = [](const ctl_at& at, const s64* v) -> status {
      devinet_conf_write(at.ns, target_of(at), at.table.id, static_cast<s32>(*v));
      return {};
    },
};

constexpr ctl_table conf(const char* name, int id, u16 mode = 0644) {
  return {.name = name, .ops = &conf_ops, .mode = mode, .id = id};
}

// All are kept and shown to netlink; those marked "-" nothing obeys yet, and those marked "=" nothing does on Linux either.
constexpr ctl_table conf_files[] = {
    conf("accept_local", IPV4_DEVCONF_ACCEPT_LOCAL),
    conf("accept_redirects", IPV4_DEVCONF_ACCEPT_REDIRECTS),
    conf("accept_source_route", IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE),
    conf("arp_accept", IPV4_DEVCONF_ARP_ACCEPT),
    conf("arp_announce", IPV4_DEVCONF_ARP_ANNOUNCE),
    conf("arp_evict_nocarrier", IPV4_DEVCONF_ARP_EVICT_NOCARRIER),
    conf("arp_filter", IPV4_DEVCONF_ARPFILTER),
    conf("arp_ignore", IPV4_DEVCONF_ARP_IGNORE),
    conf("arp_notify", IPV4_DEVCONF_ARP_NOTIFY),
    conf("bc_forwarding", IPV4_DEVCONF_BC_FORWARDING),
    conf("bootp_relay", IPV4_DEVCONF_BOOTP_RELAY),  // =
    conf("disable_policy", IPV4_DEVCONF_NOPOLICY),  // -
    conf("disable_xfrm", IPV4_DEVCONF_NOXFRM),      // -
    conf("drop_gratuitous_arp", IPV4_DEVCONF_DROP_GRATUITOUS_ARP),
    conf("drop_unicast_in_l2_multicast", IPV4_DEVCONF_DROP_UNICAST_IN_L2_MULTICAST),
    conf("force_igmp_version", IPV4_DEVCONF_FORCE_IGMP_VERSION),
    conf("forwarding", IPV4_DEVCONF_FORWARDING),
    conf("igmpv2_unsolicited_report_interval", IPV4_DEVCONF_IGMPV2_UNSOLICITED_REPORT_INTERVAL),
    conf("igmpv3_unsolicited_report_interval", IPV4_DEVCONF_IGMPV3_UNSOLICITED_REPORT_INTERVAL),
    conf("ignore_routes_with_linkdown", IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN),
    conf("log_martians", IPV4_DEVCONF_LOG_MARTIANS),
    conf("mc_forwarding", IPV4_DEVCONF_MC_FORWARDING, 0444),  // -
    conf("medium_id", IPV4_DEVCONF_MEDIUM_ID),
    conf("promote_secondaries", IPV4_DEVCONF_PROMOTE_SECONDARIES),
    conf("proxy_arp", IPV4_DEVCONF_PROXY_ARP),
    conf("proxy_arp_pvlan", IPV4_DEVCONF_PROXY_ARP_PVLAN),
    conf("route_localnet", IPV4_DEVCONF_ROUTE_LOCALNET),
    conf("rp_filter", IPV4_DEVCONF_RP_FILTER),
    conf("secure_redirects", IPV4_DEVCONF_SECURE_REDIRECTS),
    conf("send_redirects", IPV4_DEVCONF_SEND_REDIRECTS),
    conf("shared_media", IPV4_DEVCONF_SHARED_MEDIA),
    conf("src_valid_mark", IPV4_DEVCONF_SRC_VMARK),
    conf("tag", IPV4_DEVCONF_TAG),  // =
};

// ---- neigh

std::vector<std::string> neigh_instances(net& n) {
  auto names = devices(n);
  if (&n == n.w.init_net) names.push_back("default");
  return names;
}

void* neigh_find(net& n, std::string_view name) {
  if (name == "default") return &n == n.w.init_net ? &ipv4_of(n).arp_tbl->parms : nullptr;
  const in_device* in = find_idev(n, name);
  return in ? in->arp_parms.get() : nullptr;
}

}  // namespace

void devinet_sysctl_init(world& w) {
  sysctl_register_dir(w, {"ipv4/conf", conf_instances, conf_find, conf_files});
  neigh_sysctl_register(w, "ipv4/neigh", neigh_instances, neigh_find);
}

}  // namespace linnet
