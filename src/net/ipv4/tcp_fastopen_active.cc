// The client's part of Fast Open: what it knows of the server, data with the SYN, and when it had better not.
#include <cstring>

#include "net/core/net_device.hh"
#include "net/core/world.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_recover.hh"
#include "net/ipv4/tcp_stream.hh"

namespace linnet {
namespace {

bool cookie_not_needed(const tcp_sock& sk) {
  if (tcp_sysctl(sk).fastopen & TFO_CLIENT_NO_COOKIE || sk.fastopen_no_cookie) return true;
  return sk.dst && sk.dst->from && sk.dst->from->metric(RTAX_FASTOPEN_NO_COOKIE);
}

// ---- networks that swallow SYNs with data: the whole namespace does without for a while, longer each time

void active_disable(tcp_sock& sk) {
  tcp_table& t = tcp_of(sk.ns);
  if (!t.settings.fastopen_blackhole_timeout) return;
  t.fastopen.active_disable_stamp = sk.ns.w.now();
  ++t.fastopen.active_disable_times;
  net_inc_stats(sk.ns, LINUX_MIB_TCPFASTOPENBLACKHOLE);
}

bool active_should_disable(tcp_sock& sk) {
  const tcp_table& t = tcp_of(sk.ns);
  const ktime base = t.settings.fastopen_blackhole_timeout * ns_per_sec;
  if (!base || !t.fastopen.active_disable_times) return false;
  const ktime pause = base << std::min(t.fastopen.active_disable_times - 1, 6u);
  if (sk.ns.w.now() < t.fastopen.active_disable_stamp + pause) return true;
  sk.syn_fastopen_ch = true;  // if this one goes well, all is well again
  return false;
}

// ---- the answer to the SYN

// The peer's own limit where the socket's is lower.
u16 synack_mss(const tcp_sock& sk, const sk_buff& synack) {
  if (sk.rx_opt.mss_clamp != sk.rx_opt.user_mss) return sk.rx_opt.mss_clamp;
  tcp_options_received o;
  tcp_parse_options(tcp_hdr(synack), o, false, tcp_sysctl(sk));
  return o.mss_clamp;
}

// The data that went with the SYN was not taken: as good as lost, though nothing is congested
// (tcp_non_congestion_loss_retransmit).
void retransmit_syn_data(tcp_sock& sk, tcp_segment* data) {
  sk.fastopen_client_fail = sk.total_retrans ? TFO_SYN_RETRANSMITTED : TFO_DATA_NOT_ACKED;
  for (; data; data = tcp_next_in_rtx(sk, *data)) tcp_mark_skb_lost(sk, *data);
  tcp_non_congestion_loss_retransmit(sk);
  net_inc_stats(sk.ns, LINUX_MIB_TCPFASTOPENACTIVEFAIL);
}

// ---- connecting by sending: inet_stream_connect for the first data

status connect_for(tcp_sock& sk, const_bytes name) {
  if (sk.defer_connect) {
    if (const int e = tcp_connect(sk)) {
      tcp_set_state(sk, TCP_CLOSE);
      sk.inet_dport = 0;
      return err(e);
    }
    return {};
  }
  if (sk.state == TCP_SYN_SENT || sk.state == TCP_SYN_RECV) return err(EALREADY);
  if (sk.state != TCP_CLOSE || tcp_was_connected(sk)) return err(EISCONN);
  sockaddr_in a{};
  if (name.size() < sizeof a) return err(EINVAL);
  std::memcpy(&a, name.data(), sizeof a);
  if (a.sin_family != AF_INET) return err(EAFNOSUPPORT);
  if (status c = tcp_v4_connect(sk, be32::from_raw(a.sin_addr.s_addr), ntohs(a.sin_port)); !c)
    return c;
  sk.connecting = true;
  return {};
}

}  // namespace

result<size_t> tcp_sendmsg_fastopen(tcp_sock& sk, const_bytes name, const_bytes data) {
  sa_family_t family = AF_INET;
  if (name.size() >= sizeof family) std::memcpy(&family, name.data(), sizeof family);
  if (!(tcp_sysctl(sk).fastopen & TFO_CLIENT_ENABLE) || family == AF_UNSPEC) return err(EOPNOTSUPP);
  if (sk.fastopen_req) return err(EALREADY);
  sk.fastopen_req = std::make_unique<tcp_fastopen_request>();
  sk.fastopen_req->data = data;
  const status connected = connect_for(sk, name);
  const size_t copied = sk.fastopen_req ? sk.fastopen_req->copied : 0;
  sk.fastopen_req.reset();
  if (!connected) return std::unexpected(connected.error());
  sk.defer_connect = false;
  if (!copied) return err(EINPROGRESS);
  return copied;
}

bool tcp_fastopen_cookie_check(tcp_sock& sk, u16& mss, tcp_fastopen_cookie& cookie) {
  tcp_fastopen_cache_get(sk, mss, cookie);
  if (active_should_disable(sk)) {
    cookie.len = -1;
    return false;
  }
  if (cookie_not_needed(sk)) {
    cookie.len = -1;
    return true;
  }
  if (cookie.len > 0) return true;
  sk.fastopen_client_fail = TFO_COOKIE_UNAVAILABLE;
  return false;
}

bool tcp_fastopen_defer_connect(tcp_sock& sk) {
  if (!sk.fastopen_connect || sk.fastopen_req) return false;
  tcp_fastopen_cookie cookie{.len = 0};
  u16 mss = 0;
  if (tcp_fastopen_cookie_check(sk, mss, cookie)) {
    sk.defer_connect = true;
    return true;
  }
  sk.fastopen_req = std::make_unique<tcp_fastopen_request>();  // so that the SYN asks for one
  sk.fastopen_req->cookie = cookie;
  return false;
}

bool tcp_rcv_fastopen_synack(tcp_sock& sk, const sk_buff& synack, tcp_fastopen_cookie& cookie) {
  tcp_segment* data = sk.syn_data ? tcp_rtx_head(sk) : nullptr;
  bool syn_drop = false;
  u8 try_exp = 0;
  if (!sk.syn_fastopen) {
    cookie.len = -1;  // nobody asked
  } else if (sk.total_retrans) {
    // Only the SYN without data has arrived, it seems.
    syn_drop = cookie.len < 0 && data;
  } else if (cookie.len < 0 && !sk.syn_data) {
    // Asked for, but not given: perhaps it knows the other option.
    try_exp = sk.syn_fastopen_exp ? 2 : 1;
  }
  tcp_fastopen_cache_set(sk, synack_mss(sk, synack), &cookie, syn_drop, try_exp);
  if (data) {
    retransmit_syn_data(sk, data);
    return true;
  }
  sk.syn_data_acked = sk.syn_data;
  if (sk.syn_data_acked) {
    net_inc_stats(sk.ns, LINUX_MIB_TCPFASTOPENACTIVE);
    if (sk.delivered > 1) --sk.delivered;  // SYN and data were one packet
  }
  tcp_fastopen_add_skb(sk, synack);
  return false;
}

void tcp_fastopen_active_detect_blackhole(tcp_sock& sk, bool expired) {
  if (!sk.syn_fastopen && !sk.syn_data && !sk.syn_data_acked) return;
  if (sk.retransmits == 2 || (sk.retransmits < 2 && expired)) {
    active_disable(sk);
    net_inc_stats(sk.ns, LINUX_MIB_TCPFASTOPENACTIVEFAIL);
  }
}

// As a connection ends: only its FIN has come, out of order, so what was before it has been swallowed. Or data has come.
void tcp_fastopen_active_disable_ofo_check(tcp_sock& sk) {
  if (!sk.syn_fastopen) return;
  tcp_table& t = tcp_of(sk.ns);
  if (!sk.data_segs_in) {
    if (sk.out_of_order_queue.size() == 1 &&
        (tcp_cb(*sk.out_of_order_queue.begin()->second.last()).flags & TCPHDR_FIN))
      active_disable(sk);
  } else if (sk.syn_fastopen_ch && t.fastopen.active_disable_times) {
    if (!(sk.dst && sk.dst->dev->flags & IFF_LOOPBACK)) t.fastopen.active_disable_times = 0;
  }
}

}  // namespace linnet
