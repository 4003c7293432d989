// net.ipv4.tcp_*. A line with ops is obeyed (tcp_settings.hh); one without keeps its value, with Linux's default and
// bounds. Those that Linux sizes by the machine's memory are what 16 GiB give.
#include <algorithm>
#include <array>

#include "net/core/sysctl.hh"
#include "net/core/world.hh"
#include "net/ipv4/proc.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_cong.hh"
#include "net/ipv4/tcp_memory.hh"

namespace linnet {
namespace {

using enum ctl_kind;

template <auto M>
constexpr ctl_ops field = {
    .get = [](const ctl_at& at, s64* v) { *v = tcp_of(at.ns).settings.*M; },
    .set = [](const ctl_at& at, const s64* v) -> status {
      tcp_of(at.ns).settings.*M = *v;
      return {};
    },
};

template <auto M>
constexpr ctl_ops triple = {
    .get = [](const ctl_at& at, s64* v) { std::ranges::copy(tcp_of(at.ns).settings.*M, v); },
    .set = [](const ctl_at& at, const s64* v) -> status {
      std::copy_n(v, 3, (tcp_of(at.ns).settings.*M).begin());
      return {};
    },
    .plain = true,
};

// Whoever sets it makes a new start.
constexpr ctl_ops blackhole_ops = {
    .get = [](const ctl_at& at, s64* v) { *v = tcp_of(at.ns).settings.fastopen_blackhole_timeout; },
    .set = [](const ctl_at& at, const s64* v) -> status {
      tcp_of(at.ns).settings.fastopen_blackhole_timeout = *v;
      tcp_of(at.ns).fastopen.active_disable_times = 0;
      return {};
    },
};
constexpr ctl_ops fastopen_key_ops = {
    .show = [](const ctl_at& at) { return tcp_fastopen_show_key(at.ns); },
    .store = [](const ctl_at& at, std::string_view text) -> status {
      return tcp_fastopen_store_key(at.ns, text);
    },
};

constexpr ctl_ops mem_ops = {
    .get = [](const ctl_at& at, s64* v) { std::ranges::copy(tcp_memory_of(at.ns).limits, v); },
    .set = [](const ctl_at& at, const s64* v) -> status {
      std::copy_n(v, 3, tcp_memory_of(at.ns).limits.begin());
      return {};
    },
    .plain = true,
};

// As many buckets as Linux would make for the memory. The other namespaces share the first one's, which is what the sign says.
constexpr ctl_ops ehash_ops = {.get = [](const ctl_at& at, s64* v) {
  constexpr s64 entries = 131072;
  *v = &at.ns == at.ns.w.init_net ? entries : -entries;
}};

constexpr ctl_ops congestion_ops = {
    .show = [](const ctl_at& at) { return std::string(tcp_of(at.ns).congestion_control->name); },
    .store = [](const ctl_at& at, std::string_view name) -> status {
      return tcp_set_default_congestion_control(at.ns, name.substr(0, name.find('\n')));
    },
};
constexpr ctl_ops available_ops = {
    .show = [](const ctl_at& at) { return tcp_get_available_congestion_control(at.ns); }};
constexpr ctl_ops allowed_ops = {
    .show = [](const ctl_at& at) { return tcp_get_allowed_congestion_control(at.ns); }};

constexpr ctl_table tables[] = {
    {.name = "ipv4/tcp_abort_on_overflow",
     .kind = byte,
     .ops = &field<&tcp_settings::abort_on_overflow>},
    {.name = "ipv4/tcp_adv_win_scale",
     .initial = {1},
     .min = -31,
     .max = 31,
     .ops = &field<&tcp_settings::adv_win_scale>},
    {.name = "ipv4/tcp_app_win",
     .kind = byte,
     .initial = {31},
     .max = 31,
     .ops = &field<&tcp_settings::app_win>},
    {.name = "ipv4/tcp_autocorking",
     .kind = byte,
     .initial = {1},
     .max = 1,
     .ops = &field<&tcp_settings::autocorking>},
    {.name = "ipv4/tcp_base_mss", .initial = {1024}, .ops = &field<&tcp_settings::base_mss>},
    {.name = "ipv4/tcp_challenge_ack_limit",
     .initial = {2147483647},
     .ops = &field<&tcp_settings::challenge_ack_limit>},
    {.name = "ipv4/tcp_child_ehash_entries", .kind = uint, .max = 16 * 1024 * 1024},
    {.name = "ipv4/tcp_comp_sack_delay_ns",
     .kind = ulong,
     .initial = {1000000},
     .ops = &field<&tcp_settings::comp_sack_delay_ns>},
    {.name = "ipv4/tcp_comp_sack_nr",
     .kind = byte,
     .initial = {44},
     .ops = &field<&tcp_settings::comp_sack_nr>},
    {.name = "ipv4/tcp_comp_sack_slack_ns",
     .kind = ulong,
     .initial = {100000},
     .ops = &field<&tcp_settings::comp_sack_slack_ns>},
    {.name = "ipv4/tcp_dsack", .kind = byte, .initial = {1}, .ops = &field<&tcp_settings::dsack>},
    {.name = "ipv4/tcp_early_demux",
     .kind = byte,
     .initial = {1},
     .ops = &field<&tcp_settings::early_demux>},
    {.name = "ipv4/tcp_early_retrans",
     .kind = byte,
     .initial = {3},
     .max = 4,
     .ops = &field<&tcp_settings::early_retrans>},
    {.name = "ipv4/tcp_ecn",
     .kind = byte,
     .initial = {2},
     .max = 2,
     .ops = &field<&tcp_settings::ecn>},
    {.name = "ipv4/tcp_ecn_fallback",
     .kind = byte,
     .initial = {1},
     .max = 1,
     .ops = &field<&tcp_settings::ecn_fallback>},
    {.name = "ipv4/tcp_ehash_entries", .ops = &ehash_ops, .mode = 0444},
    {.name = "ipv4/tcp_fack", .kind = byte},
    {.name = "ipv4/tcp_fastopen", .initial = {1}, .ops = &field<&tcp_settings::fastopen>},
    {.name = "ipv4/tcp_fastopen_blackhole_timeout_sec", .min = 0, .ops = &blackhole_ops},
    {.name = "ipv4/tcp_fastopen_key", .kind = text, .ops = &fastopen_key_ops, .mode = 0600},
    {.name = "ipv4/tcp_fin_timeout",
     .kind = seconds,
     .initial = {60},
     .ops = &field<&tcp_settings::fin_timeout>},
    {.name = "ipv4/tcp_frto", .kind = byte, .initial = {2}, .ops = &field<&tcp_settings::frto>},
    {.name = "ipv4/tcp_fwmark_accept", .kind = byte, .ops = &field<&tcp_settings::fwmark_accept>},
    {.name = "ipv4/tcp_invalid_ratelimit",
     .kind = ms,
     .initial = {500},
     .ops = &field<&tcp_settings::invalid_ratelimit>},
    {.name = "ipv4/tcp_keepalive_intvl",
     .kind = seconds,
     .initial = {75},
     .ops = &field<&tcp_settings::keepalive_intvl>},
    {.name = "ipv4/tcp_keepalive_probes",
     .kind = byte,
     .initial = {9},
     .ops = &field<&tcp_settings::keepalive_probes>},
    {.name = "ipv4/tcp_keepalive_time",
     .kind = seconds,
     .initial = {7200},
     .ops = &field<&tcp_settings::keepalive_time>},
    {.name = "ipv4/tcp_l3mdev_accept",
     .kind = byte,
     .max = 1,
     .ops = &field<&tcp_settings::l3mdev_accept>},
    {.name = "ipv4/tcp_limit_output_bytes",
     .initial = {1048576},
     .ops = &field<&tcp_settings::limit_output_bytes>},
    {.name = "ipv4/tcp_low_latency", .init_net_only = true},
    {.name = "ipv4/tcp_max_orphans",
     .initial = {65536},
     .ops = &field<&tcp_settings::max_orphans>,
     .init_net_only = true},
    {.name = "ipv4/tcp_max_reordering",
     .initial = {300},
     .ops = &field<&tcp_settings::max_reordering>},
    {.name = "ipv4/tcp_max_syn_backlog",
     .initial = {1024},
     .ops = &field<&tcp_settings::max_syn_backlog>},
    {.name = "ipv4/tcp_max_tw_buckets",
     .initial = {65536},
     .ops = &field<&tcp_settings::max_tw_buckets>},
    {.name = "ipv4/tcp_mem",
     .kind = ulong,
     .initial = {188460, 251283, 376920},
     .ops = &mem_ops,
     .count = 3,
     .init_net_only = true},
    {.name = "ipv4/tcp_migrate_req",
     .kind = byte,
     .max = 1,
     .ops = &field<&tcp_settings::migrate_req>},
    {.name = "ipv4/tcp_min_rtt_wlen",
     .initial = {300},
     .min = 0,
     .max = 86400,
     .ops = &field<&tcp_settings::min_rtt_wlen>},
    {.name = "ipv4/tcp_min_snd_mss",
     .initial = {48},
     .min = 48,
     .max = 65535,
     .ops = &field<&tcp_settings::min_snd_mss>},
    {.name = "ipv4/tcp_min_tso_segs",
     .kind = byte,
     .initial = {2},
     .min = 1,
     .ops = &field<&tcp_settings::min_tso_segs>},
    {.name = "ipv4/tcp_moderate_rcvbuf",
     .kind = byte,
     .initial = {1},
     .ops = &field<&tcp_settings::moderate_rcvbuf>},
    {.name = "ipv4/tcp_mtu_probe_floor",
     .initial = {48},
     .min = 48,
     .max = 65535,
     .ops = &field<&tcp_settings::mtu_probe_floor>},
    {.name = "ipv4/tcp_mtu_probing", .kind = byte, .ops = &field<&tcp_settings::mtu_probing>},
    {.name = "ipv4/tcp_no_metrics_save",
     .kind = byte,
     .ops = &field<&tcp_settings::no_metrics_save>},
    {.name = "ipv4/tcp_no_ssthresh_metrics_save",
     .kind = byte,
     .initial = {1},
     .max = 1,
     .ops = &field<&tcp_settings::no_ssthresh_metrics_save>},
    {.name = "ipv4/tcp_notsent_lowat",
     .kind = uint,
     .initial = {4294967295},
     .ops = &field<&tcp_settings::notsent_lowat>},
    {.name = "ipv4/tcp_orphan_retries", .kind = byte, .ops = &field<&tcp_settings::orphan_retries>},
    {.name = "ipv4/tcp_pacing_ca_ratio",
     .initial = {120},
     .min = 0,
     .max = 1000,
     .ops = &field<&tcp_settings::pacing_ca_ratio>},
    {.name = "ipv4/tcp_pacing_ss_ratio",
     .initial = {200},
     .min = 0,
     .max = 1000,
     .ops = &field<&tcp_settings::pacing_ss_ratio>},
    {.name = "ipv4/tcp_probe_interval",
     .kind = uint,
     .initial = {600},
     .max = UINT_MAX / 1000,
     .ops = &field<&tcp_settings::probe_interval>},
    {.name = "ipv4/tcp_probe_threshold",
     .initial = {8},
     .ops = &field<&tcp_settings::probe_threshold>},
    {.name = "ipv4/tcp_recovery",
     .kind = byte,
     .initial = {1},
     .ops = &field<&tcp_settings::recovery>},
    {.name = "ipv4/tcp_reflect_tos",
     .kind = byte,
     .max = 1,
     .ops = &field<&tcp_settings::reflect_tos>},
    {.name = "ipv4/tcp_reordering", .initial = {3}, .ops = &field<&tcp_settings::reordering>},
    {.name = "ipv4/tcp_retrans_collapse",
     .kind = byte,
     .initial = {1},
     .ops = &field<&tcp_settings::retrans_collapse>},
    {.name = "ipv4/tcp_retries1",
     .kind = byte,
     .initial = {3},
     .ops = &field<&tcp_settings::retries1>},
    {.name = "ipv4/tcp_retries2",
     .kind = byte,
     .initial = {15},
     .ops = &field<&tcp_settings::retries2>},
    {.name = "ipv4/tcp_rfc1337", .kind = byte, .ops = &field<&tcp_settings::rfc1337>},
    {.name = "ipv4/tcp_rmem",
     .initial = {4096, 131072, 6291456},
     .min = 1,
     .ops = &triple<&tcp_settings::rmem>,
     .count = 3},
    {.name = "ipv4/tcp_sack", .kind = byte, .initial = {1}, .ops = &field<&tcp_settings::sack>},
    {.name = "ipv4/tcp_shrink_window",
     .kind = byte,
     .max = 1,
     .ops = &field<&tcp_settings::shrink_window>},
    {.name = "ipv4/tcp_slow_start_after_idle",
     .kind = byte,
     .initial = {1},
     .ops = &field<&tcp_settings::slow_start_after_idle>},
    {.name = "ipv4/tcp_stdurg", .kind = byte, .ops = &field<&tcp_settings::stdurg>},
    {.name = "ipv4/tcp_syn_retries",
     .kind = byte,
     .initial = {6},
     .min = 1,
     .max = 127,
     .ops = &field<&tcp_settings::syn_retries>},
    {.name = "ipv4/tcp_synack_retries",
     .kind = byte,
     .initial = {5},
     .ops = &field<&tcp_settings::synack_retries>},
    {.name = "ipv4/tcp_syncookies",
     .kind = byte,
     .initial = {1},
     .ops = &field<&tcp_settings::syncookies>},
    {.name = "ipv4/tcp_thin_linear_timeouts",
     .kind = byte,
     .ops = &field<&tcp_settings::thin_linear_timeouts>},
    {.name = "ipv4/tcp_timestamps",
     .kind = byte,
     .initial = {1},
     .ops = &field<&tcp_settings::timestamps>},
    {.name = "ipv4/tcp_tso_rtt_log",
     .kind = byte,
     .initial = {9},
     .ops = &field<&tcp_settings::tso_rtt_log>},
    {.name = "ipv4/tcp_tso_win_divisor",
     .kind = byte,
     .initial = {3},
     .ops = &field<&tcp_settings::tso_win_divisor>},
    {.name = "ipv4/tcp_tw_reuse",
     .kind = byte,
     .initial = {2},
     .max = 2,
     .ops = &field<&tcp_settings::tw_reuse>},
    {.name = "ipv4/tcp_window_scaling",
     .kind = byte,
     .initial = {1},
     .ops = &field<&tcp_settings::window_scaling>},
    {.name = "ipv4/tcp_wmem",
     .initial = {4096, 16384, 4194304},
     .min = 1,
     .ops = &triple<&tcp_settings::wmem>,
     .count = 3},
    {.name = "ipv4/tcp_workaround_signed_windows",
     .kind = byte,
     .ops = &field<&tcp_settings::workaround_signed_windows>},
    {.name = "ipv4/tcp_congestion_control", .kind = text, .ops = &congestion_ops},
    {.name = "ipv4/tcp_allowed_congestion_control",
     .kind = text,
     .ops = &allowed_ops,
     .mode = 0444},
    {.name = "ipv4/tcp_available_congestion_control",
     .kind = text,
     .ops = &available_ops,
     .mode = 0444},
    {.name = "ipv4/tcp_available_ulp", .kind = text, .mode = 0444, .init_net_only = true},
};

}  // namespace

void sysctl_tcp_init(world& w) { sysctl_register(w, tables); }

}  // namespace linnet
