// net.ipv4.tcp_*: what programs look for. There is no TCP yet, so nothing obeys them; the values are kept with
// Linux's defaults and bounds. Those that Linux sizes by the machine's memory are what 16 GiB give.
#include <array>

#include "net/core/sysctl.hh"
#include "net/ipv4/proc.hh"
#include "net/ipv4/tcp_cong.hh"

namespace linnet {
namespace {

using enum ctl_kind;

// Kept as the index of the algorithm.
constexpr ctl_ops congestion_ops = {
    .show =
        [](const ctl_at& at) {
          return std::string(tcp_cong_names[static_cast<size_t>(sysctl_kept(at.ns, at.table)[0])]);
        },
    .store = [](const ctl_at& at, std::string_view name) -> status {
      name = name.substr(0, name.find('\n'));
      for (s64 i = 0; i < std::ssize(tcp_cong_names); ++i)
        if (name == tcp_cong_names[static_cast<size_t>(i)]) {
          sysctl_keep(at.ns, at.table, &i);
          return {};
        }
      return err(ENOENT);
    },
};

constexpr ctl_table tables[] = {
    {.name = "ipv4/tcp_abort_on_overflow", .kind = byte},
    {.name = "ipv4/tcp_adv_win_scale", .initial = {1}, .min = -31, .max = 31},
    {.name = "ipv4/tcp_app_win", .kind = byte, .initial = {31}, .max = 31},
    {.name = "ipv4/tcp_autocorking", .kind = byte, .initial = {1}, .max = 1},
    {.name = "ipv4/tcp_base_mss", .initial = {1024}},
    {.name = "ipv4/tcp_challenge_ack_limit", .initial = {2147483647}},
    {.name = "ipv4/tcp_child_ehash_entries", .kind = uint, .max = 16 * 1024 * 1024},
    {.name = "ipv4/tcp_comp_sack_delay_ns", .kind = ulong, .initial = {1000000}},
    {.name = "ipv4/tcp_comp_sack_nr", .kind = byte, .initial = {44}},
    {.name = "ipv4/tcp_comp_sack_slack_ns", .kind = ulong, .initial = {100000}},
    {.name = "ipv4/tcp_dsack", .kind = byte, .initial = {1}},
    {.name = "ipv4/tcp_early_demux", .kind = byte, .initial = {1}},
    {.name = "ipv4/tcp_early_retrans", .kind = byte, .initial = {3}, .max = 4},
    {.name = "ipv4/tcp_ecn", .kind = byte, .initial = {2}, .max = 2},
    {.name = "ipv4/tcp_ecn_fallback", .kind = byte, .initial = {1}, .max = 1},
    {.name = "ipv4/tcp_fack", .kind = byte},
    {.name = "ipv4/tcp_fastopen", .initial = {1}},
    {.name = "ipv4/tcp_fastopen_blackhole_timeout_sec", .min = 0},
    {.name = "ipv4/tcp_fin_timeout", .kind = seconds, .initial = {60}},
    {.name = "ipv4/tcp_frto", .kind = byte, .initial = {2}},
    {.name = "ipv4/tcp_fwmark_accept", .kind = byte},
    {.name = "ipv4/tcp_invalid_ratelimit", .kind = ms, .initial = {500}},
    {.name = "ipv4/tcp_keepalive_intvl", .kind = seconds, .initial = {75}},
    {.name = "ipv4/tcp_keepalive_probes", .kind = byte, .initial = {9}},
    {.name = "ipv4/tcp_keepalive_time", .kind = seconds, .initial = {7200}},
    {.name = "ipv4/tcp_l3mdev_accept", .kind = byte, .max = 1},
    {.name = "ipv4/tcp_limit_output_bytes", .initial = {1048576}},
    {.name = "ipv4/tcp_low_latency", .init_net_only = true},
    {.name = "ipv4/tcp_max_orphans", .initial = {65536}, .init_net_only = true},
    {.name = "ipv4/tcp_max_reordering", .initial = {300}},
    {.name = "ipv4/tcp_max_syn_backlog", .initial = {1024}},
    {.name = "ipv4/tcp_max_tw_buckets", .initial = {65536}},
    {.name = "ipv4/tcp_mem",
     .kind = ulong,
     .initial = {188460, 251283, 376920},
     .count = 3,
     .init_net_only = true},
    {.name = "ipv4/tcp_migrate_req", .kind = byte, .max = 1},
    {.name = "ipv4/tcp_min_rtt_wlen", .initial = {300}, .min = 0, .max = 86400},
    {.name = "ipv4/tcp_min_snd_mss", .initial = {48}, .min = 48, .max = 65535},
    {.name = "ipv4/tcp_min_tso_segs", .kind = byte, .initial = {2}, .min = 1},
    {.name = "ipv4/tcp_moderate_rcvbuf", .kind = byte, .initial = {1}},
    {.name = "ipv4/tcp_mtu_probe_floor", .initial = {48}, .min = 48, .max = 65535},
    {.name = "ipv4/tcp_mtu_probing", .kind = byte},
    {.name = "ipv4/tcp_no_metrics_save", .kind = byte},
    {.name = "ipv4/tcp_no_ssthresh_metrics_save", .kind = byte, .initial = {1}, .max = 1},
    {.name = "ipv4/tcp_notsent_lowat", .kind = uint, .initial = {4294967295}},
    {.name = "ipv4/tcp_orphan_retries", .kind = byte},
    {.name = "ipv4/tcp_pacing_ca_ratio", .initial = {120}, .min = 0, .max = 1000},
    {.name = "ipv4/tcp_pacing_ss_ratio", .initial = {200}, .min = 0, .max = 1000},
    {.name = "ipv4/tcp_probe_interval", .kind = uint, .initial = {600}, .max = UINT_MAX / 1000},
    {.name = "ipv4/tcp_probe_threshold", .initial = {8}},
    {.name = "ipv4/tcp_recovery", .kind = byte, .initial = {1}},
    {.name = "ipv4/tcp_reflect_tos", .kind = byte, .max = 1},
    {.name = "ipv4/tcp_reordering", .initial = {3}},
    {.name = "ipv4/tcp_retrans_collapse", .kind = byte, .initial = {1}},
    {.name = "ipv4/tcp_retries1", .kind = byte, .initial = {3}},
    {.name = "ipv4/tcp_retries2", .kind = byte, .initial = {15}},
    {.name = "ipv4/tcp_rfc1337", .kind = byte},
    {.name = "ipv4/tcp_rmem", .initial = {4096, 131072, 6291456}, .min = 1, .count = 3},
    {.name = "ipv4/tcp_sack", .kind = byte, .initial = {1}},
    {.name = "ipv4/tcp_shrink_window", .kind = byte, .max = 1},
    {.name = "ipv4/tcp_slow_start_after_idle", .kind = byte, .initial = {1}},
    {.name = "ipv4/tcp_stdurg", .kind = byte},
    {.name = "ipv4/tcp_syn_retries", .kind = byte, .initial = {6}, .min = 1, .max = 127},
    {.name = "ipv4/tcp_synack_retries", .kind = byte, .initial = {5}},
    {.name = "ipv4/tcp_syncookies", .kind = byte, .initial = {1}},
    {.name = "ipv4/tcp_thin_linear_timeouts", .kind = byte},
    {.name = "ipv4/tcp_timestamps", .kind = byte, .initial = {1}},
    {.name = "ipv4/tcp_tso_rtt_log", .kind = byte, .initial = {9}},
    {.name = "ipv4/tcp_tso_win_divisor", .kind = byte, .initial = {3}},
    {.name = "ipv4/tcp_tw_reuse", .kind = byte, .initial = {2}, .max = 2},
    {.name = "ipv4/tcp_window_scaling", .kind = byte, .initial = {1}},
    {.name = "ipv4/tcp_wmem", .initial = {4096, 16384, 4194304}, .min = 1, .count = 3},
    {.name = "ipv4/tcp_workaround_signed_windows", .kind = byte},
    {.name = "ipv4/tcp_congestion_control", .kind = text, .ops = &congestion_ops},
    {.name = "ipv4/tcp_allowed_congestion_control",
     .kind = text,
     .mode = 0444,
     .initial_text = "reno cubic"},
    {.name = "ipv4/tcp_available_congestion_control",
     .kind = text,
     .mode = 0444,
     .initial_text = "reno cubic"},
    {.name = "ipv4/tcp_available_ulp", .kind = text, .mode = 0444, .init_net_only = true},
};

}  // namespace

void sysctl_tcp_init(world& w) { sysctl_register(w, tables); }

}  // namespace linnet
