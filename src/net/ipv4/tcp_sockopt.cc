// IPPROTO_TCP's options (tcp(7)) and TCP_INFO.
#include <linux/tcp.h>

#include <cstddef>
#include <cstring>

#include "net/core/world.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_cong.hh"

namespace linnet {
namespace {

constexpr int max_keepidle = 32767, max_keepintvl = 32767, max_keepcnt = 127, max_syncnt = 127;
constexpr int max_linger2 = 120;  // TCP_FIN_TIMEOUT_MAX, seconds

// TCP_DEFER_ACCEPT counts in retransmissions of the SYN-ACK (secs_to_retrans, retrans_to_secs).
u8 secs_to_retrans(int seconds) {
  if (seconds <= 0) return 0;
  int period = 1, timeout = 1;
  u8 n = 1;
  while (seconds > period && n < 255) {
    ++n;
    timeout = std::min(timeout << 1, 120);
    period += timeout;
  }
  return n;
}
int retrans_to_secs(u8 n) {
  if (!n) return 0;
  int period = 1, timeout = 1;
  while (--n) {
    timeout = std::min(timeout << 1, 120);
    period += timeout;
  }
  return period;
}

void set_nodelay(tcp_sock& sk, bool on) {
  if (on) {
    sk.nonagle |= TCP_NAGLE_OFF | TCP_NAGLE_PUSH;
    tcp_push_pending_frames(sk);
  } else {
    sk.nonagle &= static_cast<u8>(~TCP_NAGLE_OFF);
  }
}

void set_cork(tcp_sock& sk, bool on) {
  if (on) {
    sk.nonagle |= TCP_NAGLE_CORK;
    if (sk.nonagle & TCP_NAGLE_OFF) sk.nonagle |= TCP_NAGLE_PUSH;
  } else {
    sk.nonagle &= static_cast<u8>(~TCP_NAGLE_CORK);
    if (sk.nonagle & TCP_NAGLE_OFF) sk.nonagle |= TCP_NAGLE_PUSH;
    tcp_push_pending_frames(sk);
  }
}

void set_quickack(tcp_sock& sk, int v) {
  if (!v) {
    sk.ack.pingpong = 1;
    return;
  }
  sk.ack.pingpong = 0;
  if ((TCPF(sk.state) & (TCPF(TCP_ESTABLISHED) | TCPF(TCP_CLOSE_WAIT))) &&
      (sk.ack.pending & ICSK_ACK_SCHED)) {
    sk.ack.pending |= ICSK_ACK_PUSHED;
    tcp_mstamp_refresh(sk);
    tcp_send_ack(sk);
    if (!(v & 1)) sk.ack.pingpong = 1;
  }
}

status set_keepidle(tcp_sock& sk, int v) {
  if (v < 1 || v > max_keepidle) return err(EINVAL);
  sk.keepalive_time_ms = static_cast<u32>(v) * 1000;
  if (sk.keepalive && !(TCPF(sk.state) & (TCPF(TCP_CLOSE) | TCPF(TCP_LISTEN)))) {
    const u32 now = tcp_jiffies(sk.ns);
    const u32 quiet = std::min(now - sk.ack.lrcvtime_ms, now - sk.rcv_tstamp_ms);
    const u32 left = sk.keepalive_time_ms > quiet ? sk.keepalive_time_ms - quiet : 0;
    tcp_reset_keepalive_timer(sk, ktime{left} * ns_per_ms);
  }
  return {};
}

status set_flag(bool& flag, int v) {
  if (v < 0 || v > 1) return err(EINVAL);
  flag = v;
  return {};
}

// TCP_SAVED_SYN gives it once.
result<u32> take_saved_syn(tcp_sock& sk, bytes out) {
  if (!sk.saved_syn) return sockopt_put(out, nullptr, 0);
  if (out.size() < sk.saved_syn->size()) return err(EINVAL);
  const auto syn = std::exchange(sk.saved_syn, nullptr);
  return sockopt_put(out, syn->data(), syn->size());
}

// TCP_ZEROCOPY_RECEIVE into memory that was mapped from the socket: nothing can be, so that a caller is told to read what
// there is, and a page or more of it finds no mapping (tcp_zerocopy_receive).
result<u32> zerocopy_receive(const tcp_sock& sk, bytes out) {
  constexpr size_t least = offsetof(tcp_zerocopy_receive, recv_skip_hint);
  constexpr u32 page = 4096;
  tcp_zerocopy_receive z{};
  if (out.size() < least) return err(EINVAL);
  std::memcpy(&z, out.data(), std::min(out.size(), sizeof z));
  if (z.address % page) return err(EINVAL);
  if (sk.state == TCP_LISTEN) return err(ENOTCONN);
  u32 inq = tcp_syn_state(sk.state) ? 0 : tcp_unread(sk);
  if (inq && tcp_stream_ended(sk)) --inq;  // the end is no byte
  if (inq >= page) return err(EINVAL);
  if (!inq && tcp_stream_ended(sk)) return err(EIO);
  z.length = 0;
  z.recv_skip_hint = inq;
  z.inq = static_cast<s32>(inq);
  z.err = 0;
  return sockopt_put(out, &z, std::min(out.size(), sizeof z));
}

status set_congestion(tcp_sock& sk, const_bytes value) {
  if (value.empty()) return err(EINVAL);
  std::string name(reinterpret_cast<const char*>(value.data()), std::min<size_t>(value.size(), 15));
  name.resize(std::strlen(name.c_str()));
  return tcp_set_congestion_control(sk, name);
}

}  // namespace

status tcp_sock::setsockopt(int level, int name, const_bytes value) {
  if (level != IPPROTO_TCP) return err(ENOPROTOOPT);
  if (name == TCP_CONGESTION) return set_congestion(*this, value);
  if (name == TCP_ULP) return err(ENOENT);
  if (name == TCP_MD5SIG || name == TCP_MD5SIG_EXT) return tcp_parse_md5_keys(*this, name, value);
  if (name == TCP_FASTOPEN_KEY) return tcp_fastopen_set_key(*this, value);
  const auto iv = sockopt_int(value);
  if (!iv) return std::unexpected(iv.error());
  const int v = *iv;
  const auto flag = [&](auto&& set) -> status {
    set();
    return {};
  };
  switch (name) {
    case TCP_MAXSEG:
      if (v && (v < static_cast<int>(TCP_MIN_MSS) || v > static_cast<int>(MAX_TCP_WINDOW)))
        return err(EINVAL);
      rx_opt.user_mss = static_cast<u16>(v);
      return {};
    case TCP_NODELAY: return flag([&] { set_nodelay(*this, v); });
    case TCP_CORK: return flag([&] { set_cork(*this, v); });
    case TCP_KEEPIDLE: return set_keepidle(*this, v);
    case TCP_KEEPINTVL:
      if (v < 1 || v > max_keepintvl) return err(EINVAL);
      keepalive_intvl_ms = static_cast<u32>(v) * 1000;
      return {};
    case TCP_KEEPCNT:
      if (v < 1 || v > max_keepcnt) return err(EINVAL);
      keepalive_probes = static_cast<u8>(v);
      return {};
    case TCP_SYNCNT:
      if (v < 1 || v > max_syncnt) return err(EINVAL);
      syn_retries = static_cast<u8>(v);
      return {};
    case TCP_LINGER2: linger2 = v < 0 ? -1 : v > max_linger2 ? max_linger2 : v; return {};
    case TCP_DEFER_ACCEPT: defer_accept = secs_to_retrans(v); return {};
    case TCP_WINDOW_CLAMP:
      if (!v) {
        if (state != TCP_CLOSE) return err(EINVAL);
        window_clamp = 0;
      } else {
        window_clamp = std::max<u32>(static_cast<u32>(v), sk_min_rcvbuf / 2);
        rcv_ssthresh = std::min(rcv_wnd, window_clamp);
      }
      return {};
    case TCP_QUICKACK: return flag([&] { set_quickack(*this, v); });
    case TCP_USER_TIMEOUT:
      if (v < 0) return err(EINVAL);
      user_timeout_ms = static_cast<u32>(v);
      return {};
    case TCP_NOTSENT_LOWAT:
      return flag([&] {
        notsent_lowat = static_cast<u32>(v);
        sk_write_space(*this);
      });
    case TCP_FASTOPEN:
      if (v < 0 || !(TCPF(state) & (TCPF(TCP_CLOSE) | TCPF(TCP_LISTEN)))) return err(EINVAL);
      return flag([&] { tcp_fastopen_queue_tune(*this, static_cast<u32>(v)); });
    case TCP_FASTOPEN_CONNECT:
      if (v < 0 || v > 1) return err(EINVAL);
      if (!(tcp_sysctl(*this).fastopen & TFO_CLIENT_ENABLE)) return err(EOPNOTSUPP);
      if (state != TCP_CLOSE) return err(EINVAL);
      return flag([&] { fastopen_connect = v; });
    case TCP_FASTOPEN_NO_COOKIE:
      if (v < 0 || v > 1 || !(TCPF(state) & (TCPF(TCP_CLOSE) | TCPF(TCP_LISTEN))))
        return err(EINVAL);
      return flag([&] { fastopen_no_cookie = v; });
    case TCP_THIN_LINEAR_TIMEOUTS: return set_flag(thin_lto, v);
    case TCP_THIN_DUPACK: return v < 0 || v > 1 ? status(err(EINVAL)) : status();
    case TCP_SAVE_SYN:
      if (v < 0 || v > 2) return err(EINVAL);
      save_syn = static_cast<u8>(v);
      return {};
    case TCP_INQ: return set_flag(recvmsg_inq, v);
    case TCP_TX_DELAY: tx_delay_us = static_cast<u32>(v); return {};
    case TCP_REPAIR:
    case TCP_REPAIR_QUEUE:
    case TCP_TIMESTAMP:
    case TCP_REPAIR_WINDOW: return err(EPERM);
    case TCP_QUEUE_SEQ: return err(state == TCP_CLOSE ? EINVAL : EPERM);
    case TCP_REPAIR_OPTIONS: return err(EINVAL);
    default: return err(ENOPROTOOPT);
  }
}

result<u32> tcp_sock::getsockopt(int level, int name, bytes out) {
  if (level != IPPROTO_TCP) return err(ENOPROTOOPT);
  switch (name) {
    case TCP_MAXSEG: {
      u32 v = mss_cache;
      if (!v || (TCPF(state) & (TCPF(TCP_CLOSE) | TCPF(TCP_LISTEN))))
        v = rx_opt.user_mss ? rx_opt.user_mss : v;
      return sockopt_put_int(out, static_cast<int>(v));
    }
    case TCP_NODELAY: return sockopt_put_int(out, (nonagle & TCP_NAGLE_OFF) != 0);
    case TCP_CORK: return sockopt_put_int(out, (nonagle & TCP_NAGLE_CORK) != 0);
    case TCP_KEEPIDLE:
      return sockopt_put_int(out, static_cast<int>(keepalive_time_when(*this) / 1000));
    case TCP_KEEPINTVL:
      return sockopt_put_int(out, static_cast<int>(keepalive_intvl_when(*this) / 1000));
    case TCP_KEEPCNT:
      return sockopt_put_int(out, static_cast<int>(linnet::keepalive_probes(*this)));
    case TCP_SYNCNT:
      return sockopt_put_int(
          out, syn_retries ? syn_retries : static_cast<int>(tcp_sysctl(*this).syn_retries));
    case TCP_LINGER2: {
      const int v = linger2 < 0 ? linger2
                    : linger2   ? linger2
                                : static_cast<int>(tcp_sysctl(*this).fin_timeout);
      return sockopt_put_int(out, v);
    }
    case TCP_DEFER_ACCEPT: return sockopt_put_int(out, retrans_to_secs(defer_accept));
    case TCP_WINDOW_CLAMP: return sockopt_put_int(out, static_cast<int>(window_clamp));
    case TCP_INFO: {
      tcp_info info{};
      tcp_get_info(*this, info);
      return sockopt_put(out, &info, sizeof info);
    }
    case TCP_QUICKACK: return sockopt_put_int(out, !ack.pingpong);
    case TCP_CONGESTION: {
      char text[16] = {};
      std::strncpy(text, ca_ops->name, sizeof text - 1);
      return sockopt_put(out, text, sizeof text);
    }
    case TCP_CC_INFO: {
      tcp_cc_info info{};
      int attr;
      const size_t size = ca_ops->get_info ? ca_ops->get_info(*this, attr, info) : 0;
      return sockopt_put(out, &info, size);
    }
    case TCP_ULP: return u32{0};
    case TCP_USER_TIMEOUT: return sockopt_put_int(out, static_cast<int>(user_timeout_ms));
    case TCP_NOTSENT_LOWAT: return sockopt_put_int(out, static_cast<int>(notsent_lowat));
    case TCP_FASTOPEN:
      return sockopt_put_int(out, fastopenq ? static_cast<int>(fastopenq->max_qlen) : 0);
    case TCP_FASTOPEN_KEY: return tcp_fastopen_get_key(*this, out);
    case TCP_FASTOPEN_CONNECT: return sockopt_put_int(out, fastopen_connect);
    case TCP_FASTOPEN_NO_COOKIE: return sockopt_put_int(out, fastopen_no_cookie);
    case TCP_THIN_LINEAR_TIMEOUTS: return sockopt_put_int(out, thin_lto);
    case TCP_THIN_DUPACK: return sockopt_put_int(out, 0);
    case TCP_REPAIR: return sockopt_put_int(out, repair);
    case TCP_REPAIR_QUEUE:
    case TCP_QUEUE_SEQ: return err(EINVAL);
    case TCP_REPAIR_WINDOW: return err(out.size() == sizeof(tcp_repair_window) ? EPERM : EINVAL);
    case TCP_SAVE_SYN: return sockopt_put_int(out, save_syn);
    case TCP_SAVED_SYN: return take_saved_syn(*this, out);
    case TCP_ZEROCOPY_RECEIVE: return zerocopy_receive(*this, out);
    case TCP_TX_DELAY: return sockopt_put_int(out, static_cast<int>(tx_delay_us));
    case TCP_TIMESTAMP:
      return sockopt_put_int(
          out, static_cast<int>(static_cast<u32>(tcp_clock_us(ns) / 1000) + tsoffset));
    case TCP_INQ: return sockopt_put_int(out, recvmsg_inq);
    default: return err(ENOPROTOOPT);
  }
}

void tcp_get_info(const tcp_sock& sk, tcp_info& i) {
  i.tcpi_state = sk.state;
  i.tcpi_ca_state = sk.ca_state;
  i.tcpi_snd_cwnd = sk.snd_cwnd;
  i.tcpi_reordering = sk.reordering;
  if (sk.state == TCP_LISTEN) {
    i.tcpi_unacked = sk.ack_backlog;
    i.tcpi_sacked = sk.max_ack_backlog;
    return;
  }
  const u32 now = tcp_jiffies(sk.ns);
  i.tcpi_retransmits = sk.retransmits;
  i.tcpi_probes = sk.probes_out;
  i.tcpi_backoff = sk.backoff;
  if (sk.rx_opt.tstamp_ok) i.tcpi_options |= TCPI_OPT_TIMESTAMPS;
  if (sk.rx_opt.sack_ok) i.tcpi_options |= TCPI_OPT_SACK;
  if (sk.rx_opt.wscale_ok) {
    i.tcpi_options |= TCPI_OPT_WSCALE;
    i.tcpi_snd_wscale = sk.rx_opt.snd_wscale & 0xf;
    i.tcpi_rcv_wscale = sk.rx_opt.rcv_wscale & 0xf;
  }
  if (sk.ecn_flags & TCP_ECN_OK) i.tcpi_options |= TCPI_OPT_ECN;
  if (sk.ecn_flags & TCP_ECN_SEEN) i.tcpi_options |= TCPI_OPT_ECN_SEEN;
  if (sk.syn_data_acked) i.tcpi_options |= TCPI_OPT_SYN_DATA;
  i.tcpi_fastopen_client_fail = sk.fastopen_client_fail & 3;
  i.tcpi_rto = static_cast<u32>(sk.rto / 1000);
  i.tcpi_ato = static_cast<u32>(std::min(sk.ack.ato, TCP_DELACK_MAX) / 1000);
  i.tcpi_snd_mss = sk.mss_cache;
  i.tcpi_rcv_mss = sk.ack.rcv_mss;
  i.tcpi_unacked = sk.packets_out;
  i.tcpi_sacked = sk.sacked_out;
  i.tcpi_lost = sk.lost_out;
  i.tcpi_retrans = sk.retrans_out;
  i.tcpi_last_data_sent = now - sk.lsndtime_ms;
  i.tcpi_last_data_recv = now - sk.ack.lrcvtime_ms;
  i.tcpi_last_ack_recv = now - sk.rcv_tstamp_ms;
  i.tcpi_pmtu = sk.pmtu_cookie;
  i.tcpi_rcv_ssthresh = sk.rcv_ssthresh;
  i.tcpi_rtt = sk.srtt_us >> 3;
  i.tcpi_rttvar = sk.mdev_us >> 2;
  i.tcpi_snd_ssthresh = sk.snd_ssthresh;
  i.tcpi_advmss = sk.advmss;
  i.tcpi_rcv_rtt = sk.rcv_rtt_est.rtt_us >> 3;
  i.tcpi_rcv_space = sk.rcvq_space.space;
  i.tcpi_total_retrans = sk.total_retrans;
  i.tcpi_pacing_rate = std::min(sk.pacing_rate, sk.max_pacing_rate);
  i.tcpi_max_pacing_rate = sk.max_pacing_rate;
  i.tcpi_bytes_acked = sk.bytes_acked;
  i.tcpi_bytes_received = sk.bytes_received;
  i.tcpi_notsent_bytes =
      static_cast<u32>(std::max<s32>(0, static_cast<s32>(sk.write_seq - sk.snd_nxt)));
  i.tcpi_segs_out = sk.segs_out;
  i.tcpi_segs_in = sk.segs_in;
  i.tcpi_min_rtt = tcp_min_rtt(sk);
  i.tcpi_data_segs_in = sk.data_segs_in;
  i.tcpi_data_segs_out = sk.data_segs_out;
  i.tcpi_delivery_rate_app_limited = sk.rate_app_limited;
  if (sk.rate_delivered && sk.rate_interval_us)
    i.tcpi_delivery_rate = u64{sk.rate_delivered} * sk.mss_cache * 1000000 / sk.rate_interval_us;
  auto us = sk.chrono.us;
  if (sk.chrono.type) us[sk.chrono.type - 1u] += tcp_clock_us(sk.ns) - sk.chrono.start;
  i.tcpi_busy_time = us[0] + us[1] + us[2];
  i.tcpi_rwnd_limited = us[1];
  i.tcpi_sndbuf_limited = us[2];
  i.tcpi_delivered = sk.delivered;
  i.tcpi_delivered_ce = sk.delivered_ce;
  i.tcpi_bytes_sent = sk.bytes_sent;
  i.tcpi_bytes_retrans = sk.bytes_retrans;
  i.tcpi_dsack_dups = sk.dsack_dups;
  i.tcpi_reord_seen = sk.reord_seen;
  i.tcpi_rcv_ooopack = sk.rcv_ooopack;
  i.tcpi_snd_wnd = sk.snd_wnd;
}

}  // namespace linnet
