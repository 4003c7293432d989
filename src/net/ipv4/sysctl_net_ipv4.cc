// net.ipv4 but for TCP (sysctl_tcp.cc) and the directories of devices (devinet_sysctl.cc). A line with ops is
// obeyed; one without keeps its value, with Linux's default and bounds.
#include <algorithm>

#include "net/core/sysctl.hh"
#include "net/core/world.hh"
#include "net/ipv4/devinet.hh"
#include "net/ipv4/inet_ports.hh"
#include "net/ipv4/proc.hh"
#include "net/ipv4/udp.hh"

namespace linnet {
namespace {

using enum ctl_kind;

bool fits_any(net&, s64) { return true; }
bool above_low_thresh(net&, s64);
bool below_high_thresh(net&, s64);

// A member of netns_ipv4; EINVAL for values that do not fit.
template <auto M, bool (*fits)(net&, s64) = fits_any>
constexpr ctl_ops field = {
    .get = [](const ctl_at& at, s64* v) { *v = static_cast<s64>(ipv4_of(at.ns).*M); },
    .set = [](const ctl_at& at, const s64* v) -> status {
      if (!fits(at.ns, *v)) return err(EINVAL);
      auto& value = ipv4_of(at.ns).*M;
      value = static_cast<std::remove_reference_t<decltype(value)>>(*v);
      return {};
    },
};

template <auto M>
constexpr ctl_ops icmp_limit = {
    .get = [](const ctl_at& at, s64* v) { *v = ipv4_of(at.ns).icmp_limits.*M; },
    .set = [](const ctl_at& at, const s64* v) -> status {
      ipv4_of(at.ns).icmp_limits.*M = static_cast<s32>(*v);
      return {};
    },
};

constexpr ctl_ops forward_ops = {
    .get = [](const ctl_at& at,
              s64* v) { *v = ipv4_of(at.ns).devconf_all.get(IPV4_DEVCONF_FORWARDING); },
    .set = [](const ctl_at& at, const s64* v) -> status {
      devinet_conf_write(at.ns, {devconf_target::which::all}, IPV4_DEVCONF_FORWARDING,
                         static_cast<s32>(*v));
      return {};
    },
};

// ---- ports: the local range begins above the ports that need a privilege.

s64 value_of(net& n, const char* path) { return sysctl_values(n, path).value_or(ctl_values{})[0]; }

constexpr ctl_ops port_range_ops = {
    .get = [](const ctl_at& at, s64* v) { std::ranges::copy(ipv4_of(at.ns).local_port_range, v); },
    .set = [](const ctl_at& at, const s64* v) -> status {
      if (v[1] < v[0] || v[0] < value_of(at.ns, "ipv4/ip_unprivileged_port_start"))
        return err(EINVAL);
      for (unsigned i = 0; i < 2; ++i) ipv4_of(at.ns).local_port_range[i] = static_cast<u16>(v[i]);
      return {};
    },
};

constexpr ctl_ops reserved_ports_ops = {.show = show_reserved_ports, .store = store_reserved_ports};

template <bool (*fits)(net&, s64)>
constexpr ctl_ops checked = {
    .get = [](const ctl_at& at, s64* v) { *v = sysctl_kept(at.ns, at.table)[0]; },
    .set = [](const ctl_at& at, const s64* v) -> status {
      if (!fits(at.ns, *v)) return err(EINVAL);
      sysctl_keep(at.ns, at.table, v);
      return {};
    },
};
bool below_local_ports(net& n, s64 v) { return v <= ipv4_of(n).local_port_range[0]; }
bool above_low_thresh(net& n, s64 v) { return v >= ipv4_of(n).sysctl_ipfrag_low_thresh; }
bool below_high_thresh(net& n, s64 v) { return v <= ipv4_of(n).sysctl_ipfrag_high_thresh; }

// An empty range lets nobody.
constexpr ctl_ops ping_group_ops = {
    .get = [](const ctl_at& at, s64* v) { std::ranges::copy(ipv4_of(at.ns).ping_group_range, v); },
    .set = [](const ctl_at& at, const s64* v) -> status {
      auto& range = ipv4_of(at.ns).ping_group_range;
      range[0] = v[1] < v[0] ? 1 : static_cast<u32>(v[0]);
      range[1] = v[1] < v[0] ? 0 : static_cast<u32>(v[1]);
      return {};
    },
};

constexpr ctl_ops flush_ops = {
    .store = [](const ctl_at& at, std::string_view) -> status {
      rt_cache_flush(at.ns);
      ++ipv4_of(at.ns).fnhe_genid;
      return {};
    },
};

const ctl_table& table_named(std::string_view);

// gc_min_interval and gc_min_interval_ms are one setting, in seconds and in milliseconds.
const ctl_table& gc_min_interval_ms() { return table_named("ipv4/route/gc_min_interval_ms"); }
constexpr ctl_ops gc_min_interval_ops = {
    .get = [](const ctl_at& at,
              s64* v) { *v = sysctl_kept(at.ns, gc_min_interval_ms())[0] / 1000; },
    .set = [](const ctl_at& at, const s64* v) -> status {
      const s64 ms = *v * 1000;
      sysctl_keep(at.ns, gc_min_interval_ms(), &ms);
      return {};
    },
};

constexpr ctl_ops udp_mem_ops = {
    .get = [](const ctl_at& at, s64* v) { std::ranges::copy(udp_memory_of(at.ns).limits, v); },
    .set = [](const ctl_at& at, const s64* v) -> status {
      std::copy_n(v, 3, udp_memory_of(at.ns).limits.begin());
      return {};
    },
    .plain = true,
};

constexpr ctl_table tables[] = {
    {.name = "ipv4/fib_multipath_hash_fields",
     .kind = uint,
     .min = 1,
     .max = 0xfff,
     .ops = &field<&netns_ipv4::sysctl_fib_multipath_hash_fields>},
    {.name = "ipv4/fib_multipath_hash_policy",
     .kind = byte,
     .max = 3,
     .ops = &field<&netns_ipv4::sysctl_fib_multipath_hash_policy>},
    {.name = "ipv4/fib_multipath_use_neigh",
     .kind = byte,
     .max = 1,
     .ops = &field<&netns_ipv4::sysctl_fib_multipath_use_neigh>},
    {.name = "ipv4/fib_notify_on_flag_change", .kind = byte, .max = 2},
    {.name = "ipv4/fib_sync_mem",
     .kind = uint,
     .initial = {524288},
     .min = 65536,
     .max = 67108864,
     .init_net_only = true},
    {.name = "ipv4/fwmark_reflect",
     .kind = byte,
     .ops = &field<&netns_ipv4::sysctl_fwmark_reflect>},
    {.name = "ipv4/icmp_echo_enable_probe",
     .kind = byte,
     .max = 1,
     .ops = &field<&netns_ipv4::sysctl_icmp_echo_enable_probe>},
    {.name = "ipv4/icmp_echo_ignore_all",
     .kind = byte,
     .max = 1,
     .ops = &field<&netns_ipv4::sysctl_icmp_echo_ignore_all>},
    {.name = "ipv4/icmp_echo_ignore_broadcasts",
     .kind = byte,
     .max = 1,
     .ops = &field<&netns_ipv4::sysctl_icmp_echo_ignore_broadcasts>},
    {.name = "ipv4/icmp_errors_use_inbound_ifaddr",
     .kind = byte,
     .max = 1,
     .ops = &field<&netns_ipv4::sysctl_icmp_errors_use_inbound_ifaddr>},
    {.name = "ipv4/icmp_ignore_bogus_error_responses",
     .kind = byte,
     .max = 1,
     .ops = &field<&netns_ipv4::sysctl_icmp_ignore_bogus_error_responses>},
    {.name = "ipv4/icmp_msgs_burst", .min = 0, .ops = &icmp_limit<&icmp_rate::msgs_burst>},
    {.name = "ipv4/icmp_msgs_per_sec", .min = 0, .ops = &icmp_limit<&icmp_rate::msgs_per_sec>},
    {.name = "ipv4/icmp_ratelimit", .kind = ms, .ops = &field<&netns_ipv4::sysctl_icmp_ratelimit>},
    {.name = "ipv4/icmp_ratemask", .ops = &field<&netns_ipv4::sysctl_icmp_ratemask>},
    {.name = "ipv4/igmp_link_local_mcast_reports",
     .kind = byte,
     .ops = &field<&netns_ipv4::sysctl_igmp_llm_reports>},
    {.name = "ipv4/igmp_max_memberships", .ops = &field<&netns_ipv4::sysctl_igmp_max_memberships>},
    {.name = "ipv4/igmp_max_msf", .ops = &field<&netns_ipv4::sysctl_igmp_max_msf>},
    {.name = "ipv4/igmp_qrv", .min = 1, .ops = &field<&netns_ipv4::sysctl_igmp_qrv>},
    {.name = "ipv4/inet_peer_maxttl",
     .kind = seconds,
     .ops = &field<&netns_ipv4::sysctl_inet_peer_maxttl>,
     .init_net_only = true},
    {.name = "ipv4/inet_peer_minttl",
     .kind = seconds,
     .ops = &field<&netns_ipv4::sysctl_inet_peer_minttl>,
     .init_net_only = true},
    {.name = "ipv4/inet_peer_threshold",
     .ops = &field<&netns_ipv4::sysctl_inet_peer_threshold>,
     .init_net_only = true},
    {.name = "ipv4/ip_autobind_reuse",
     .kind = byte,
     .max = 1,
     .ops = &field<&netns_ipv4::sysctl_ip_autobind_reuse>},
    {.name = "ipv4/ip_default_ttl",
     .kind = byte,
     .min = 1,
     .max = 255,
     .ops = &field<&netns_ipv4::sysctl_ip_default_ttl>},
    {.name = "ipv4/ip_dynaddr", .kind = byte, .ops = &field<&netns_ipv4::sysctl_ip_dynaddr>},
    {.name = "ipv4/ip_early_demux",
     .kind = byte,
     .initial = {1},
     .ops = &field<&netns_ipv4::sysctl_ip_early_demux>},
    {.name = "ipv4/ip_forward", .ops = &forward_ops},
    {.name = "ipv4/ip_forward_update_priority",
     .kind = byte,
     .max = 1,
     .ops = &field<&netns_ipv4::sysctl_ip_fwd_update_priority>},
    {.name = "ipv4/ip_forward_use_pmtu",
     .kind = byte,
     .ops = &field<&netns_ipv4::sysctl_ip_fwd_use_pmtu>},
    {.name = "ipv4/ip_local_port_range",
     .min = 1,
     .max = 65535,
     .ops = &port_range_ops,
     .count = 2},
    {.name = "ipv4/ip_local_reserved_ports", .kind = text, .ops = &reserved_ports_ops},
    {.name = "ipv4/ip_no_pmtu_disc",
     .kind = byte,
     .ops = &field<&netns_ipv4::sysctl_ip_no_pmtu_disc>},
    {.name = "ipv4/ip_nonlocal_bind",
     .kind = byte,
     .ops = &field<&netns_ipv4::sysctl_ip_nonlocal_bind>},
    {.name = "ipv4/ip_unprivileged_port_start",
     .initial = {1024},
     .min = 0,
     .max = 65535,
     .ops = &checked<below_local_ports>},
    {.name = "ipv4/ipfrag_high_thresh",
     .kind = ulong,
     .ops = &field<&netns_ipv4::sysctl_ipfrag_high_thresh, above_low_thresh>},
    {.name = "ipv4/ipfrag_low_thresh",
     .kind = ulong,
     .ops = &field<&netns_ipv4::sysctl_ipfrag_low_thresh, below_high_thresh>},
    {.name = "ipv4/ipfrag_max_dist", .min = 0, .ops = &field<&netns_ipv4::sysctl_ipfrag_max_dist>},
    {.name = "ipv4/ipfrag_secret_interval", .kind = seconds, .init_net_only = true},
    {.name = "ipv4/ipfrag_time", .kind = seconds, .ops = &field<&netns_ipv4::sysctl_ipfrag_time>},
    {.name = "ipv4/nexthop_compat_mode",
     .kind = byte,
     .max = 1,
     .ops = &field<&netns_ipv4::sysctl_nexthop_compat_mode>},
    {.name = "ipv4/ping_group_range",
     .kind = ulong,
     .max = 4294967294,
     .ops = &ping_group_ops,
     .count = 2},
    {.name = "ipv4/raw_l3mdev_accept",
     .kind = byte,
     .max = 1,
     .ops = &field<&netns_ipv4::sysctl_raw_l3mdev_accept>},
    {.name = "ipv4/route/flush", .kind = text, .ops = &flush_ops, .mode = 0200},
    {.name = "ipv4/route/min_adv_mss", .ops = &field<&netns_ipv4::sysctl_ip_rt_min_advmss>},
    {.name = "ipv4/route/min_pmtu", .min = 68, .ops = &field<&netns_ipv4::sysctl_ip_rt_min_pmtu>},
    {.name = "ipv4/route/mtu_expires",
     .kind = seconds,
     .ops = &field<&netns_ipv4::sysctl_ip_rt_mtu_expires>},
    {.name = "ipv4/route/error_burst",
     .ops = &field<&netns_ipv4::sysctl_ip_rt_error_burst>,
     .init_net_only = true},
    {.name = "ipv4/route/error_cost",
     .ops = &field<&netns_ipv4::sysctl_ip_rt_error_cost>,
     .init_net_only = true},
    {.name = "ipv4/route/gc_elasticity", .initial = {8}, .init_net_only = true},
    {.name = "ipv4/route/gc_interval", .kind = seconds, .initial = {60}, .init_net_only = true},
    {.name = "ipv4/route/gc_min_interval",
     .kind = seconds,
     .ops = &gc_min_interval_ops,
     .init_net_only = true},
    {.name = "ipv4/route/gc_min_interval_ms", .kind = ms, .initial = {500}, .init_net_only = true},
    {.name = "ipv4/route/gc_thresh", .initial = {-1}, .init_net_only = true},
    {.name = "ipv4/route/gc_timeout",
     .kind = seconds,
     .ops = &field<&netns_ipv4::sysctl_ip_rt_gc_timeout>,
     .init_net_only = true},
    {.name = "ipv4/route/max_size", .initial = {2147483647}, .init_net_only = true},
    {.name = "ipv4/route/redirect_load",
     .ops = &field<&netns_ipv4::sysctl_ip_rt_redirect_load>,
     .init_net_only = true},
    {.name = "ipv4/route/redirect_number",
     .ops = &field<&netns_ipv4::sysctl_ip_rt_redirect_number>,
     .init_net_only = true},
    {.name = "ipv4/route/redirect_silence",
     .ops = &field<&netns_ipv4::sysctl_ip_rt_redirect_silence>,
     .init_net_only = true},
    {.name = "ipv4/udp_early_demux",
     .kind = byte,
     .initial = {1},
     .ops = &field<&netns_ipv4::sysctl_udp_early_demux>},
    {.name = "ipv4/udp_l3mdev_accept",
     .kind = byte,
     .max = 1,
     .ops = &field<&netns_ipv4::sysctl_udp_l3mdev_accept>},
    {.name = "ipv4/udp_mem", .kind = ulong, .ops = &udp_mem_ops, .count = 3, .init_net_only = true},
    {.name = "ipv4/udp_rmem_min", .min = 1, .ops = &field<&netns_ipv4::sysctl_udp_rmem_min>},
    {.name = "ipv4/udp_wmem_min", .initial = {4096}, .min = 1},
};

const ctl_table& table_named(std::string_view name) {
  return *std::ranges::find(tables, name, &ctl_table::name);
}

}  // namespace

void sysctl_ipv4_init(world& w) {
  sysctl_register(w, tables);
  sysctl_tcp_init(w);
  devinet_sysctl_init(w);
}

}  // namespace linnet
