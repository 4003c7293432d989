// net.ipv4.tcp_*: the settings of a namespace that TCP obeys, with Linux's defaults.
#pragma once

#include <array>

#include "base/types.hh"

namespace linnet {

struct tcp_settings {
  s64 abort_on_overflow = 0;
  s64 adv_win_scale = 1;
  s64 app_win = 31;
  s64 autocorking = 1;
  s64 base_mss = 1024;
  s64 challenge_ack_limit = 2147483647;
  s64 comp_sack_delay_ns = 1000000, comp_sack_slack_ns = 100000;
  s64 comp_sack_nr = 44;
  s64 dsack = 1;
  s64 early_retrans = 3;
  s64 ecn = 2;
  s64 ecn_fallback = 1;
  s64 fastopen = 1, fastopen_blackhole_timeout = 0;  // TFO_* bits; s
  s64 fin_timeout = 60;                              // s
  s64 fwmark_accept = 0;
  s64 invalid_ratelimit = 500;  // ms
  s64 keepalive_intvl = 75;     // s
  s64 keepalive_probes = 9;
  s64 keepalive_time = 7200;  // s
  s64 early_demux = 1;
  s64 l3mdev_accept = 0;
  s64 limit_output_bytes = 1048576;
  s64 max_orphans = 65536;
  s64 max_reordering = 300;
  s64 max_syn_backlog = 1024;
  s64 max_tw_buckets = 65536;
  s64 migrate_req = 0;
  s64 min_rtt_wlen = 300;  // s
  s64 min_snd_mss = 48;
  s64 min_tso_segs = 2;
  s64 moderate_rcvbuf = 1;
  s64 no_metrics_save = 0, no_ssthresh_metrics_save = 1;
  s64 mtu_probe_floor = 48;
  s64 mtu_probing = 0;
  s64 notsent_lowat = 4294967295;
  s64 orphan_retries = 0;
  s64 pacing_ca_ratio = 120, pacing_ss_ratio = 200;  // per cent
  s64 probe_interval = 600;                          // s
  s64 probe_threshold = 8;
  s64 recovery = 1;
  s64 reflect_tos = 0;
  s64 reordering = 3;
  s64 retrans_collapse = 1;
  s64 retries1 = 3, retries2 = 15;
  s64 rfc1337 = 0;
  std::array<s64, 3> rmem = {4096, 131072, 6291456};
  s64 sack = 1;
  s64 shrink_window = 0;
  s64 slow_start_after_idle = 1;
  s64 stdurg = 0;
  s64 syn_retries = 6;
  s64 synack_retries = 5;
  s64 syncookies = 1;
  s64 tso_rtt_log = 9, tso_win_divisor = 3;
  s64 thin_linear_timeouts = 0;
  s64 timestamps = 1;
  s64 tw_reuse = 2;
  s64 window_scaling = 1;
  std::array<s64, 3> wmem = {4096, 16384, 4194304};
  s64 workaround_signed_windows = 0;
  s64 frto = 2;
};

}  // namespace linnet
