// How much the peer may send: the receive window from the buffer's room (tcp_output.c's tcp_select_window and kin), and
// how large a segment may be for the path and the peer.
#include <bit>

#include "net/core/net_device.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_memory.hh"
#include "net/ipv4/tcp_option_writer.hh"

namespace linnet {

int tcp_win_from_space(const tcp_sock& sk, int space) {
  const s64 scale = tcp_sysctl(sk).adv_win_scale;
  return scale <= 0 ? space >> -scale : space - (space >> scale);
}
int tcp_space(const tcp_sock& sk) { return tcp_win_from_space(sk, sk.rcvbuf - sk.rmem_alloc); }
int tcp_full_space(const tcp_sock& sk) { return tcp_win_from_space(sk, sk.rcvbuf); }

u32 tcp_receive_window(const tcp_sock& sk) {
  const s32 win = static_cast<s32>(sk.rcv_wup + sk.rcv_wnd - sk.rcv_nxt);
  return win < 0 ? 0 : static_cast<u32>(win);
}

u32 tcp_select_window_space(tcp_sock& sk) {
  s64 mss = sk.ack.rcv_mss;
  s64 free_space = tcp_space(sk);
  const s64 allowed = tcp_full_space(sk);
  const s64 full = std::min<s64>(sk.window_clamp, allowed);
  if (mss > full) {
    mss = full;
    if (mss <= 0) return 0;
  }
  const s64 unit = s64{1} << sk.rx_opt.rcv_wscale;
  const bool may_shrink = tcp_sysctl(sk).shrink_window && sk.rx_opt.rcv_wscale;
  if (may_shrink) free_space &= ~(unit - 1);
  if (free_space < full >> 1) {
    sk.ack.quick = 0;
    if (tcp_under_memory_pressure(sk)) sk.rcv_ssthresh = std::min(sk.rcv_ssthresh, 4u * sk.advmss);
    free_space &= ~(unit - 1);
    if (free_space < allowed >> 4 || free_space < mss) return 0;
    if (may_shrink && free_space < unit) return 0;
  }
  if (may_shrink && free_space <= sk.rcv_ssthresh) return static_cast<u32>(free_space);
  free_space = std::min<s64>(free_space, sk.rcv_ssthresh);
  if (sk.rx_opt.rcv_wscale) return static_cast<u32>((free_space + unit - 1) & ~(unit - 1));
  // Without scaling the window moves in segments, so that it does not creep (RFC 1122 §4.2.3.3).
  s64 window = sk.rcv_wnd;
  if (window <= free_space - mss || window > free_space)
    window = free_space / mss * mss;
  else if (mss == full && free_space > window + (full >> 1))
    window = free_space;
  return static_cast<u32>(window);
}

tcp_initial_window tcp_select_initial_window(const net& n, int wanted_space, u32 mss,
                                             u32 window_clamp, bool wscale_ok, u32 init_rcv_wnd,
                                             u32 rcvbuf_max) {
  u64 space = wanted_space < 0 ? 0 : static_cast<u64>(wanted_space);
  u64 clamp = window_clamp ? window_clamp : u64{65535} << TCP_MAX_WSCALE;
  space = std::min(clamp, space);
  if (space > mss) space = space / mss * mss;
  const tcp_settings& set = tcp_of(n).settings;
  u64 wnd = std::min<u64>(space, set.workaround_signed_windows ? MAX_TCP_WINDOW : 65535);
  if (init_rcv_wnd) wnd = std::min<u64>(wnd, u64{init_rcv_wnd} * mss);
  u8 shift = 0;
  if (wscale_ok) {
    space = std::max({space, static_cast<u64>(set.rmem[2]), u64{rcvbuf_max}});
    space = std::min(space, clamp);
    const int log = space ? static_cast<int>(std::bit_width(space)) - 1 : 0;
    shift = static_cast<u8>(std::clamp(log - 15, 0, static_cast<int>(TCP_MAX_WSCALE)));
  }
  clamp = std::min(u64{65535} << shift, clamp);
  return {static_cast<u32>(wnd), static_cast<u32>(clamp), shift};
}

// ---- segment sizes

u32 tcp_mtu_to_mss(const tcp_sock& sk, u32 pmtu) {
  const u32 optlen = sk.inet_opt ? sk.inet_opt->optlen : 0;
  s64 mss = s64{pmtu} - s64{sizeof(iphdr)} - s64{sizeof(tcphdr)};
  if (sk.rx_opt.mss_clamp) mss = std::min<s64>(mss, sk.rx_opt.mss_clamp);
  mss -= optlen;
  mss = std::max<s64>(mss, tcp_sysctl(sk).min_snd_mss);
  return static_cast<u32>(mss) - (sk.tcp_header_len - static_cast<u32>(sizeof(tcphdr)));
}

u32 tcp_mss_to_mtu(const tcp_sock& sk, u32 mss) {
  return mss + sk.tcp_header_len + (sk.inet_opt ? sk.inet_opt->optlen : 0) +
         static_cast<u32>(sizeof(iphdr));
}

u32 tcp_sync_mss(tcp_sock& sk, u32 pmtu) {
  sk.mtup.search_high = std::min(sk.mtup.search_high, pmtu);
  u32 mss = tcp_mtu_to_mss(sk, pmtu);
  // Not more than half the largest window ever seen, so that two segments fit (tcp_bound_to_half_wnd).
  const u32 half = sk.max_window > 8192 / 2 ? sk.max_window >> 1 : sk.max_window;
  if (half && mss > half) mss = std::max(half, 68u - sk.tcp_header_len);
  sk.pmtu_cookie = pmtu;
  if (sk.mtup.enabled) mss = std::min(mss, tcp_mtu_to_mss(sk, sk.mtup.search_low));
  sk.mss_cache = mss;
  return mss;
}

tcp_sack_room tcp_established_options(const tcp_sock& sk, const tcp_md5sig_key* key) {
  tcp_sack_room r;
  r.other = tcp_md5_room(key) + (sk.rx_opt.tstamp_ok ? TCPOLEN_TSTAMP_ALIGNED : 0);
  const u32 wanted = sk.rx_opt.num_sacks + (sk.rx_opt.dsack ? 1 : 0), left = 40 - r.other;
  if (wanted && left >= TCPOLEN_SACK_BASE_ALIGNED + TCPOLEN_SACK_PERBLOCK)
    r.blocks = std::min(wanted, (left - TCPOLEN_SACK_BASE_ALIGNED) / TCPOLEN_SACK_PERBLOCK);
  return r;
}

u32 tcp_current_mss(tcp_sock& sk) {
  u32 mss = sk.mss_cache;
  if (const rtable* rt = sk.dst.get(); rt && rt_is_valid(*rt)) {
    if (const u32 mtu = rt_mtu(*rt); mtu != sk.pmtu_cookie) mss = tcp_sync_mss(sk, mtu);
  }
  // Selective acks take room that mss_cache doesn't know of.
  const tcp_sack_room room =
      tcp_established_options(sk, sk.md5sig ? tcp_md5_lookup(sk, sk) : nullptr);
  const u32 header = static_cast<u32>(sizeof(tcphdr)) + room.other + room.size();
  if (header != sk.tcp_header_len) mss -= header - sk.tcp_header_len;
  return mss;
}

u32 tcp_init_cwnd(const tcp_sock& sk) {
  const rtable* rt = sk.dst.get();
  const u32 metric = rt && rt->from ? rt->from->metric(RTAX_INITCWND) : 0;
  return std::min(metric ? metric : TCP_INIT_CWND, sk.snd_cwnd_clamp);
}

}  // namespace linnet
