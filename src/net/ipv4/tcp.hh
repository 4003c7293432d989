// TCP (RFC 9293) as Linux speaks it: what its files share. The machine is spread over
//
//   tcp.cc            the socket calls but those that move bytes: tcp_sendmsg.cc, tcp_recvmsg.cc
//   tcp_ipv4.cc       segments in and out of IPv4, ICMP errors, connecting, resets
//   tcp_hash.cc       who has which port and which connection
//   tcp_input.cc      a segment against the state machine; tcp_options.cc its options, tcp_data.cc its data, tcp_ofo.cc
//                     what came too soon, tcp_coalesce.cc what it costs
//   tcp_ack.cc        its acknowledgement; tcp_sack.cc the scoreboard, tcp_sack_shift.cc what of it Linux would join,
//                     tcp_recovery.cc what is lost
//   tcp_output.cc     segments from the send queue, tcp_window.cc windows, tcp_retransmit.cc what goes again or probes
//   tcp_timer.cc      retransmission, delayed ack, keepalive
//   tcp_comp_sack.cc  fewer selective acks, tcp_memory.cc what buffers may take, tcp_prune.cc how they give back
//   tcp_mtu_probe.cc  how large the path's packets may be when ICMP doesn't say, tcp_zerocopy.cc MSG_ZEROCOPY
//   tcp_minisocks.cc  connections that are not yet, or no more, worth a sock: requests and TIME_WAIT; tcp_synack.cc
//                     the answer to a SYN
//   tcp_fastopen.cc   data with the SYN, the server's part; tcp_fastopen_active.cc the client's
//   tcp_metrics.cc    what is remembered of hosts; tcp_md5.cc signatures
//   tcp_cong.cc       congestion control: who has which algorithm, and Reno; tcp_cubic.cc, tcp_bbr.cc, tcp_dctcp.cc;
//                     tcp_pacing.cc how fast it goes
//
// Sequence numbers are host order and compared modulo 2^32 (before, after). Times are microseconds of the world's
// clock, but for timers (ktime, ns) and time stamps on the wire (milliseconds, offset per connection). Windows
// and counters of memory are bytes; the congestion window is in segments.
#pragma once

#include <linux/tcp.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "base/list.hh"
#include "base/win_minmax.hh"
#include "net/core/cpu.hh"
#include "net/core/sock_reuseport.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/tcp_cong.hh"
#include "net/ipv4/tcp_ehash.hh"
#include "net/ipv4/tcp_fastopen.hh"
#include "net/ipv4/tcp_md5.hh"
#include "net/ipv4/tcp_metrics.hh"
#include "net/ipv4/tcp_minisocks.hh"
#include "net/ipv4/tcp_segment.hh"
#include "net/ipv4/tcp_settings.hh"
#include "time/timer.hh"
#include "wire/tcp.hh"

namespace linnet {

enum tcp_state : u8 {
  TCP_ESTABLISHED = 1,
  TCP_SYN_SENT,
  TCP_SYN_RECV,
  TCP_FIN_WAIT1,
  TCP_FIN_WAIT2,
  TCP_TIME_WAIT,
  TCP_CLOSE,
  TCP_CLOSE_WAIT,
  TCP_LAST_ACK,
  TCP_LISTEN,
  TCP_CLOSING,
  TCP_NEW_SYN_RECV,
};
constexpr u32 TCPF(u8 state) { return 1u << state; }

constexpr bool before(u32 a, u32 b) { return static_cast<s32>(a - b) < 0; }
constexpr bool after(u32 a, u32 b) { return before(b, a); }
struct tcp_seq_order {
  bool operator()(u32 a, u32 b) const { return before(a, b); }
};
// Whether s2 <= s1 <= s3.
constexpr bool between(u32 s1, u32 s2, u32 s3) { return s3 - s2 >= s1 - s2; }

// ---- times (ktime unless said otherwise)
inline constexpr ktime TCP_RTO_MAX = 120 * ns_per_sec, TCP_RTO_MIN = 200 * ns_per_ms,
                       TCP_TIMEOUT_INIT = ns_per_sec, TCP_TIMEOUT_FALLBACK = 3 * ns_per_sec,
                       TCP_TIMEWAIT_LEN = 60 * ns_per_sec, TCP_DELACK_MIN = 40 * ns_per_ms,
                       TCP_DELACK_MAX = 200 * ns_per_ms, TCP_ATO_MIN = 40 * ns_per_ms,
                       TCP_RESOURCE_PROBE_INTERVAL = ns_per_sec / 2,
                       TCP_TIMEOUT_MIN = 2 * ns_per_ms;
inline constexpr u32 TCP_PAWS_WINDOW = 1, TCP_PAWS_WRAP = 24 * 24 * 3600,
                     TCP_PAWS_MSL = 60;  // ticks; seconds
inline constexpr u32 TCP_INFINITE_SSTHRESH = 0x7fffffff, TCP_INIT_CWND = 10, TCP_MIN_MSS = 88,
                     MAX_TCP_WINDOW = 32767, TCP_MAX_WSCALE = 14, TCP_MAX_QUICKACKS = 16,
                     TCP_FASTRETRANS_THRESH = 3, TCP_RACK_RECOVERY_THRESH = 16;

struct tcp_sock;
void tcp_set_keepalive(tcp_sock&, bool on);

void tcp_on_retransmit_timer(timer&);
void tcp_on_delack_timer(timer&);
void tcp_on_sk_timer(timer&);
void tcp_on_pacing_timer(timer&);
void tcp_on_compressed_ack_timer(timer&);
// A sock's timers are bases of it, and so lead back to it.
template <void (*on_expiry)(timer&)>
struct tcp_timer : timer {
  tcp_timer() : timer(on_expiry) {}
};

// What a segment's options say (struct tcp_options_received), and what of them holds for the connection.
struct tcp_options_received {
  u32 ts_recent_stamp = 0;  // when ts_recent was stored, seconds of the world's clock
  u32 ts_recent = 0;        // the time stamp to echo
  u32 rcv_tsval = 0, rcv_tsecr = 0;
  bool saw_tstamp = false;  // the last segment had one
  bool tstamp_ok = false;
  bool dsack = false;  // the next SACK option begins with a duplicate
  bool wscale_ok = false;
  bool sack_ok = false;
  u8 snd_wscale = 0, rcv_wscale = 0;
  u8 num_sacks = 0;
  u16 user_mss = 0;   // TCP_MAXSEG
  u16 mss_clamp = 0;  // the peer's
};

struct tcp_sack_block {
  u32 start_seq = 0, end_seq = 0;
};

// A received segment's place in the stream (struct tcp_skb_cb), in its packet's private data.
struct tcp_skb_cb {
  u32 seq = 0, end_seq = 0, ack_seq = 0;
  u32 tw_isn = 0;  // the number to begin with where a TIME_WAIT was; 0: none
  u8 flags = 0;    // TCPHDR_*
  u8 ip_dsfield = 0;
  bool joined = false;  // to the packet before it: the last of such a run has its costs
};
inline tcp_skb_cb& tcp_cb(sk_buff& s) { return s.cb_as<tcp_skb_cb>(); }
inline const tcp_skb_cb& tcp_cb(const sk_buff& s) { return tcp_cb(const_cast<sk_buff&>(s)); }
inline tcphdr& tcp_hdr(const sk_buff& s) { return *reinterpret_cast<tcphdr*>(s.transport()); }

// What waits on icsk_retransmit_timer.
enum class icsk_time : u8 { none, retrans, probe0, loss_probe, reo_timeout };
// icsk_ack.pending.
inline constexpr u8 ICSK_ACK_SCHED = 1, ICSK_ACK_TIMER = 2, ICSK_ACK_PUSHED = 4,
                    ICSK_ACK_PUSHED2 = 8, ICSK_ACK_NOW = 16;
inline constexpr u8 TCP_NAGLE_OFF = 1, TCP_NAGLE_CORK = 2, TCP_NAGLE_PUSH = 4;
inline constexpr u16 TCP_URG_VALID = 0x100, TCP_URG_NOTYET = 0x200, TCP_URG_READ = 0x400;
inline constexpr u8 TCP_ECN_OK = 1, TCP_ECN_QUEUE_CWR = 2, TCP_ECN_DEMAND_CWR = 4, TCP_ECN_SEEN = 8;

struct tcp_sock final : inet_sock,
                        tcp_endpoint,
                        list_node<tcp_accept_tag>,
                        list_node<struct tcp_all_tag>,
                        work,
                        tcp_timer<tcp_on_retransmit_timer>,
                        tcp_timer<tcp_on_delack_timer>,
                        tcp_timer<tcp_on_sk_timer>,
                        tcp_timer<tcp_on_pacing_timer>,
                        tcp_timer<tcp_on_compressed_ack_timer> {
  tcp_sock(net&, socket&);
  tcp_sock(net&, const tcp_sock& listener);  // a child
  ~tcp_sock() override;

  // ---- what the peer sends
  u32 rcv_nxt = 0;       // next expected
  u32 copied_seq = 0;    // next to be read
  u32 rcv_wup = 0;       // rcv_nxt when the window was last sent
  u32 rcv_wnd = 0;       // the window last sent
  u32 rcv_ssthresh = 0;  // how far it may grow for now
  u32 window_clamp = 0;
  u32 rcv_tstamp_ms = 0;  // last ack received
  u16 advmss = 0;
  u16 urg_data = 0;  // the urgent byte and TCP_URG_*
  u32 urg_seq = 0;
  std::map<u32, sk_buff_head, tcp_seq_order> out_of_order_queue;  // of runs (tcp_ofo.cc)
  std::array<tcp_sack_block, 4> selective_acks{};
  tcp_sack_block duplicate_sack;
  struct {
    u32 rtt_us = 0, seq = 0;
    u64 time = 0;
  } rcv_rtt_est;
  u32 rcv_rtt_last_tsecr = 0;
  u32 compressed_ack_rcv_nxt = 0;              // the hole that dup_ack_counter is about
  u8 dup_ack_counter = 0, compressed_ack = 0;  // sent one by one; put off
  bool recvmsg_inq = false;                    // TCP_INQ
  struct {
    u32 space = 0, seq = 0;
    u64 time = 0;
  } rcvq_space;

  // ---- what goes to the peer
  u32 snd_una = 0, snd_nxt = 0, write_seq = 0;
  u32 pushed_seq = 0, snd_wl1 = 0, snd_wnd = 0, max_window = 0, snd_sml = 0, snd_up = 0;
  u32 mss_cache = TCP_MSS_DEFAULT;
  // What the way to the peer takes at once (sk_setup_caps): bytes without headers, segments.
  u32 gso_max_size = 65536 - 320 - 1;
  u16 gso_max_segs = 65535;
  u32 page_offset =
      0;  // where in its present page fragment the next byte would be copied (sk_page_frag)
  tcp_segment_list write_queue, rtx_queue;
  list<tcp_segment, tcp_tsorted_tag> tsorted_sent_queue;
  int wmem_queued = 0;   // truesize of both queues
  int mem_pages = 0;     // of tcp_mem, as of tcp_mem_update
  u32 zerocopy_key = 0;  // number of the next call with MSG_ZEROCOPY (sk_zckey)
  int zerocopy_mem = 0;  // bytes of optmem_max that its calls take
  u16 ecn_flags = 0;
  u16 tcp_header_len = sizeof(tcphdr);
  tcp_options_received rx_opt;
  u32 tsoffset = 0;
  u8 nonagle = 0;
  bool repair = false;
  bool urg_mode() const { return snd_una != snd_up; }

  // ---- round trips and congestion
  u64 clock_ns = 0;           // the present moment, as of tcp_mstamp_refresh
  u64 tcp_mstamp = 0;         // the same, us
  u64 wstamp_ns = 0;          // when something was sent last, or with pacing, may be sent next
  u64 pacing_rate = ~u64{0};  // bytes a second; sizes what is sent together
  bool pacing_needed = false;
  bool tsq_throttled = false;  // as much of it waits below as may (TSQ_THROTTLED)
  u32 srtt_us = 0, mdev_us = 0, mdev_max_us = 0, rttvar_us = 0, rtt_seq = 0;
  win_min rtt_min{~0u};  // us, over a window of ms
  u32 packets_out = 0, retrans_out = 0, lost_out = 0, sacked_out = 0;
  u32 max_packets_out = 0, cwnd_usage_seq = 0;
  bool is_cwnd_limited = false;
  u32 snd_ssthresh = TCP_INFINITE_SSTHRESH, snd_cwnd = TCP_INIT_CWND, snd_cwnd_cnt = 0,
      snd_cwnd_clamp = ~0u, snd_cwnd_used = 0, snd_cwnd_stamp_ms = 0, prior_cwnd = 0,
      prr_delivered = 0, prr_out = 0, prior_ssthresh = 0;
  u32 undo_marker = 0, undo_retrans = 0, retrans_stamp = 0, high_seq = 0, total_retrans = 0;
  u32 reordering = TCP_FASTRETRANS_THRESH, reord_seen = 0, lsndtime_ms = 0, last_oow_ack_ms = 0;
  u32 delivered = 0, delivered_ce = 0, lost = 0, app_limited = 0, rate_delivered = 0,
      rate_interval_us = 0;
  bool rate_app_limited = true;
  u64 first_tx_mstamp = 0, delivered_mstamp = 0;
  u32 highest_sack_end = 0;  // of what is selectively acked, if anything is
  tcp_segment* retransmit_hint =
      nullptr;  // where to look for the next one to send again; null: at the first
  u32 tlp_high_seq = 0;
  bool tlp_retrans = false;
  struct {
    u64 mstamp = 0;
    u32 rtt_us = 0, end_seq = 0, last_delivered = 0;
    u8 reo_wnd_steps = 1, reo_wnd_persist = 0;
    bool dsack_seen = false, advanced = false;
  } rack;
  bool frto = false;
  tcp_ca_state ca_state = TCP_CA_Open;
  const tcp_congestion_ops* ca_ops;
  bool ca_setsockopt = false, ca_dst_locked = false;  // who chose it
  alignas(8) std::array<std::byte, tcp_ca_priv_size> ca_priv{};

  // ---- connection (struct inet_connection_sock)
  ref<rtable> dst;                   // sk_dst_cache
  bool dst_pending_confirm = false;  // the next segment confirms the neighbour
  ref<rtable> rx_dst;  // by which segments come (early_demux.hh), and from which device
  int rx_dst_ifindex = 0;
  u32 pmtu_cookie = 0;
  struct {  // icsk_mtup: a search between two MTUs
    bool enabled = false;
    u32 search_low = 0, search_high = 0;
    u32 probe_size = 0;  // 0: none is on its way
    u32 probe_timestamp_ms = 0;
    u32 probe_seq_start = 0, probe_seq_end = 0;
  } mtup;
  timer& retransmit_timer() { return timer_of<tcp_on_retransmit_timer>(); }
  const timer& retransmit_timer() const { return timer_of<tcp_on_retransmit_timer>(); }
  timer& delack_timer() { return timer_of<tcp_on_delack_timer>(); }
  timer& sk_timer() { return timer_of<tcp_on_sk_timer>(); }
  const timer& sk_timer() const { return timer_of<tcp_on_sk_timer>(); }
  timer& pacing_timer() { return timer_of<tcp_on_pacing_timer>(); }
  timer& compressed_ack_timer() { return timer_of<tcp_on_compressed_ack_timer>(); }
  template <void (*on_expiry)(timer&)>
  static tcp_sock& of(timer& t) {
    return static_cast<tcp_sock&>(static_cast<tcp_timer<on_expiry>&>(t));
  }
  icsk_time pending = icsk_time::none;
  ktime rto = TCP_TIMEOUT_INIT, rto_min = TCP_RTO_MIN;
  u8 backoff = 0, retransmits = 0, probes_out = 0, syn_retries = 0;
  struct {
    u8 pending = 0, quick = 0, pingpong = 0, retry = 0;
    ktime ato = 0;
    u32 lrcvtime_ms = 0;
    u32 rcv_mss = 0, last_seg_size = 0;
    ktime timeout = 0;
  } ack;
  u32 user_timeout_ms = 0;
  u32 probes_tstamp_ms = 0;

  // ---- Fast Open (tcp_fastopen.hh)
  bool syn_data = false, syn_data_acked = false;        // the SYN had data; it was taken
  bool syn_fastopen = false, syn_fastopen_exp = false;  // the SYN had the option, the experimental
  bool syn_fastopen_ch = false;                         // the first after a pause
  bool fastopen_connect = false,
       defer_connect = false;  // TCP_FASTOPEN_CONNECT, which waits for data
  bool fastopen_no_cookie = false;
  u8 fastopen_client_fail = 0;
  std::unique_ptr<tcp_fastopen_request> fastopen_req;  // while the SYN is made
  std::unique_ptr<tcp_request_sock> fastopen_rsk;      // until the handshake of an early one ends
  std::unique_ptr<tcp_fastopen_queue> fastopenq;       // of a listener
  std::unique_ptr<tcp_md5sig_info> md5sig;

  // ---- listening
  tcp_sock* listener = nullptr;               // of a child that nobody accepted yet
  std::unique_ptr<request_sock_queue> queue;  // of who listens, or did
  u32 ack_backlog = 0, max_ack_backlog = 0;

  // ---- the caller's wishes, and the rest
  u32 keepalive_time_ms = 0, keepalive_intvl_ms = 0, notsent_lowat = 0;
  u8 keepalive_probes = 0, defer_accept = 0;
  int linger2 = 0;        // seconds
  u8 save_syn = 0;        // TCP_SAVE_SYN; 2: with the link's header
  bool thin_lto = false;  // TCP_THIN_LINEAR_TIMEOUTS
  u32 tx_delay_us = 0;    // TCP_TX_DELAY: for a discipline that sends at given times
  std::unique_ptr<std::vector<std::byte>> saved_syn;  // of the request that this one was
  bool orphaned = false;  // nobody has it any more, but it is not at its end
  bool bound() const { return bucket != nullptr; }
  bool bound_by_call = false;            // since bind(2)
  bool bindport_lock = false;            // ... which named it
  bool done = false;                     // about to be freed
  u32 (*held)(void* held_by) = nullptr;  // bytes that the front end has taken, its user not yet
  void* held_by = nullptr;
  bool unread = false;  // the front end has let go of bytes that its caller did not read
  bool write_pending =
      false;                // a call waits for the handshake's end to send more (sk_write_pending)
  bool connecting = false;  // connect(2) has begun, and nobody has asked for its end yet
  bool nospace = false;     // the sender was told to wait (SOCK_NOSPACE)
  u32 uid = 0;
  u64 bytes_acked = 0, bytes_received = 0, bytes_sent = 0, bytes_retrans = 0;
  u32 segs_in = 0, segs_out = 0, data_segs_in = 0, data_segs_out = 0, dsack_dups = 0,
      rcv_ooopack = 0;
  struct {  // tcp_chrono: how long it was busy, and held up by what
    std::array<u64, 3> us{};
    u64 start = 0;
    u8 type = 0;
  } chrono;

  void set_keepalive(bool on) override { tcp_set_keepalive(*this, on); }
  status diag_destroy(int error) override;
  int queued_wmem() const override { return wmem_queued; }
  int forward_alloc() const override;
  void set_rcvlowat(int) override;
  // inet_sock's
  status get_port(u16 port) override;
  status attach_reuseport(const sockopt_value*) override;  // tcp_reuseport.cc
  void unbind() override;
  result<size_t> sendmsg(const msg_out&, int flags) override;
  status setsockopt(int level, int name, const_bytes) override;
  result<u32> getsockopt(int level, int name, bytes) override;
  result<int> ioctl(unsigned cmd, bytes) override;

 private:
  template <void (*on_expiry)(timer&)>
  timer& timer_of() {
    return static_cast<tcp_timer<on_expiry>&>(*this);
  }
  template <void (*on_expiry)(timer&)>
  const timer& timer_of() const {
    return static_cast<const tcp_timer<on_expiry>&>(*this);
  }
};
inline tcp_sock& tcp_request_sock::sk() const { return child ? *child : *listener; }
inline tcp_sock& tcp_sk(const socket& s) { return static_cast<tcp_sock&>(*s.sk); }

// ---- tables (tcp_hash.cc)

struct tcp_memory;
struct tcp_table {
  explicit tcp_table(net&);
  ~tcp_table();
  net& ns;
  u64 secret[2];
  tcp_ehash ehash;
  std::unique_ptr<slab_pool, slab_pool::let_go> segments;
  std::unordered_map<u16, tcp_bind_bucket> bind;
  std::map<u16, std::vector<tcp_sock*>> listening;
  std::unordered_map<const tcp_sock*, ref<sock_reuseport>> reuseport;  // tcp_reuseport.cc
  list<tcp_timewait_sock> timewaits;
  list<tcp_sock, tcp_all_tag> all;
  u32 tw_count = 0;
  u32 orphans = 0, sockets = 0;
  u32 port_offset = 0;
  u32 challenge_count = 0;
  u64 challenge_second = 0;
  tcp_settings settings;
  std::shared_ptr<tcp_memory> memory;  // the world's
  const tcp_congestion_ops* congestion_control = &cubictcp;
  tcp_metrics_table metrics;
  tcp_fastopen_state fastopen;
  tcp_ca_registry ca;  // of the world: in its first namespace
};
inline tcp_table& tcp_of(const net& n) { return *ipv4_of(n).tcp; }
inline const tcp_settings& tcp_sysctl(const tcp_sock& sk) { return tcp_of(sk.ns).settings; }

u32 tcp_hash_of(const net&, be32 laddr, u16 lport, be32 raddr, u16 rport);
void tcp_hash_insert(net&, tcp_endpoint&);  // by its addresses
void tcp_bind_timewait(tcp_timewait_sock&);
void tcp_unbind_timewait(tcp_timewait_sock&);
void tcp_bind_to(tcp_sock&, u16 port);
bool tcp_port_bound_by_call(const tcp_table&, u16 port);  // somebody has it from bind(2)
// The local port of a connection about to be made; EADDRNOTAVAIL. Enters it in the table.
status inet_hash_connect(tcp_sock&);
tcp_endpoint* tcp_lookup_established(net&, be32 saddr, u16 sport, be32 daddr, u16 dport, int dif,
                                     int sdif);
// `s`, when there is a packet, stands `header` bytes before what a program that chooses among listeners sees.
tcp_sock* tcp_lookup_listener(net&, be32 saddr, u16 sport, be32 daddr, u16 dport, int dif, int sdif,
                              const sk_buff* s = nullptr, u32 header = 0);
void tcp_listen_insert(tcp_sock&);
// Groups of listeners: who begins to listen beside `listening`, who ends, who of the group of `sk` gets what hashes to `hash`.
void tcp_reuseport_join(tcp_sock&, const std::vector<tcp_sock*>& listening);
void tcp_reuseport_leave(tcp_sock&);
tcp_sock* tcp_reuseport_select(tcp_sock& sk, u32 hash, const sk_buff* s, u32 header);
// Who of the group takes over what hashes to `hash` and waits for a listener that has ended; null: nobody
// (reuseport_migrate_sock).
tcp_sock* tcp_reuseport_migrate(tcp_sock& ended, u32 hash);
void tcp_unhash(tcp_sock&);

// ---- small things
inline void tcp_inc_stats(net& n, int field, u64 by = 1) {
  ipv4_of(n).mib.tcp[static_cast<size_t>(field)] += by;
}
inline void net_inc_stats(net& n, int field, u64 by = 1) {
  ipv4_of(n).mib.net[static_cast<size_t>(field)] += by;
}
inline u64 tcp_clock_ns(const net& n) { return static_cast<u64>(n.w.now()) + 1000; }  // never 0 us
inline u64 tcp_clock_us(const net& n) { return tcp_clock_ns(n) / 1000; }
inline u32 tcp_jiffies(const net& n) { return static_cast<u32>(n.w.now() / ns_per_ms); }  // ms
inline void tcp_mstamp_refresh(tcp_sock& sk) {
  sk.clock_ns = tcp_clock_ns(sk.ns);
  sk.tcp_mstamp = sk.clock_ns / 1000;
}
inline u32 tcp_time_stamp(const tcp_sock& sk) { return static_cast<u32>(sk.tcp_mstamp / 1000); }
inline u32 tcp_stamp_us_delta(u64 t1, u64 t0) { return t1 > t0 ? static_cast<u32>(t1 - t0) : 0; }
inline bool tcp_in_slow_start(const tcp_sock& sk) { return sk.snd_cwnd < sk.snd_ssthresh; }
inline bool tcp_in_cwnd_reduction(const tcp_sock& sk) {
  return sk.ca_state == TCP_CA_CWR || sk.ca_state == TCP_CA_Recovery;
}
inline u32 tcp_left_out(const tcp_sock& sk) { return sk.sacked_out + sk.lost_out; }
inline u32 tcp_packets_in_flight(const tcp_sock& sk) {
  return sk.packets_out - tcp_left_out(sk) + sk.retrans_out;
}
inline u32 tcp_wnd_end(const tcp_sock& sk) { return sk.snd_una + sk.snd_wnd; }
inline u32 tcp_highest_sack_seq(const tcp_sock& sk) {
  return sk.sacked_out ? sk.highest_sack_end : sk.snd_una;
}
inline u32 tcp_min_rtt(const tcp_sock& sk) { return sk.rtt_min.get(); }
inline bool tcp_is_reno(const tcp_sock& sk) { return !sk.rx_opt.sack_ok; }
inline bool tcp_syn_state(u8 s) { return s == TCP_SYN_SENT || s == TCP_SYN_RECV; }
u32 tcp_init_cwnd(const tcp_sock&);
// All packets of an algorithm that needs marks can be marked.
inline u8 tcp_tos(const tcp_sock& sk) {
  return static_cast<u8>(sk.tos | (sk.ca_ops->needs_ecn ? 2 : 0));
}
// Whether the route asks for ECN, by its features or by its algorithm's needs (DST_FEATURE_ECN_MASK).
bool tcp_dst_wants_ecn(const rtable&);
// What a segment's mark means (__tcp_ecn_check_ce).
void tcp_ecn_check_ce(tcp_sock&, const sk_buff&);

// ---- tcp_ipv4.cc
void tcp_list_rcv(sk_buff_head&&, net&);
void tcp_v4_err(net&, sk_buff&, u32 info);
status tcp_v4_connect(tcp_sock&, be32 daddr, u16 dport);
// The route to the peer, looked up again when it no longer holds; null with the errno when there is none.
rtable* tcp_route(tcp_sock&, int* error = nullptr);
// The same for what goes again: a SYN may take another source address (ip_dynaddr). False: none; the error is kept.
bool inet_sk_rebuild_header(tcp_sock&);
int ip_queue_xmit(tcp_sock&, skb_ptr, u8 tos);
void tcp_v4_send_check(sk_buff&, be32 saddr, be32 daddr);
void tcp_v4_send_reset(net&, const tcp_sock*, const sk_buff&);
void tcp_v4_send_ack(net&, const sk_buff& to, u32 seq, u32 ack, u32 win, u32 tsval, u32 tsecr,
                     int oif, u8 tos, u32 mark, const tcp_md5sig_key* = nullptr);
struct tcp_seq_and_offset {
  u32 seq, ts_off;
};
tcp_seq_and_offset secure_tcp_seq(const net&, be32 saddr, be32 daddr, u16 sport, u16 dport);

// ---- tcp_options.cc
// `foc`: what Fast Open's option says, when the caller wants to know.
void tcp_parse_options(const tcphdr&, tcp_options_received&, bool established, const tcp_settings&,
                       tcp_fastopen_cookie* foc = nullptr);
bool tcp_fast_parse_options(const tcphdr&, tcp_sock&);

// ---- tcp_input.cc, tcp_data.cc
void tcp_rcv_established(tcp_sock&, skb_ptr);
// What it returns other than not_dropped_yet is answered with a reset.
skb_drop_reason tcp_rcv_state_process(tcp_sock&, skb_ptr&);
void tcp_reset(tcp_sock&, skb_ptr);
void tcp_fin(tcp_sock&);
void tcp_data_queue(tcp_sock&, skb_ptr);
void tcp_ofo_purge(tcp_sock&);
void tcp_enter_quickack_mode(tcp_sock&, u32 most);
// `truesize`: what the packet cost before it was joined with others.
void tcp_event_data_recv(tcp_sock&, const sk_buff&, u32 truesize);
void tcp_ack_snd_check(tcp_sock&);
void tcp_data_snd_check(tcp_sock&);
void tcp_check_urg(tcp_sock&, const tcphdr&);
void tcp_urg(tcp_sock&, sk_buff&, const tcphdr&);
void tcp_send_dupack(tcp_sock&, const sk_buff&);
void tcp_rcv_spurious_retrans(tcp_sock&, const sk_buff&);
void tcp_rcv_space_adjust(tcp_sock&);
// The peer's time stamp is the one to echo from now on.
void tcp_store_ts_recent(tcp_sock&);
void tcp_rcv_rtt_measure(tcp_sock&);
void tcp_rcv_rtt_measure_ts(tcp_sock&, const sk_buff&);
void tcp_initialize_rcv_mss(tcp_sock&);
void tcp_init_buffer_space(tcp_sock&);
void tcp_init_transfer(tcp_sock&);
void tcp_finish_connect(tcp_sock&);
// Queues data in order. Returns the packet if its data went into another, and null otherwise.
skb_ptr tcp_queue_rcv(tcp_sock&, skb_ptr);
// Whether another answer to a segment out of the window may be sent (tcp_invalid_ratelimit).
bool tcp_oow_rate_limited(net&, const tcphdr&, u32 len, u32& last_oow_ack_ms, int mib);

// ---- tcp_ack.cc, tcp_sack.cc, tcp_recovery.cc
inline constexpr int FLAG_DATA = 0x01, FLAG_WIN_UPDATE = 0x02, FLAG_DATA_ACKED = 0x04,
                     FLAG_RETRANS_DATA_ACKED = 0x08, FLAG_SYN_ACKED = 0x10, FLAG_DATA_SACKED = 0x20,
                     FLAG_ECE = 0x40, FLAG_LOST_RETRANS = 0x80, FLAG_SLOWPATH = 0x100,
                     FLAG_ORIG_SACK_ACKED = 0x200, FLAG_SND_UNA_ADVANCED = 0x400,
                     FLAG_DSACKING_ACK = 0x800, FLAG_SET_XMIT_TIMER = 0x1000,
                     FLAG_SACK_RENEGING = 0x2000, FLAG_UPDATE_TS_RECENT = 0x4000,
                     FLAG_NO_CHALLENGE_ACK = 0x8000, FLAG_ACK_MAYBE_DELAYED = 0x10000,
                     FLAG_DSACK_TLP = 0x20000, FLAG_ACKED = FLAG_DATA_ACKED | FLAG_SYN_ACKED,
                     FLAG_NOT_DUP = FLAG_DATA | FLAG_WIN_UPDATE | FLAG_ACKED,
                     FLAG_CA_ALERT = FLAG_DATA_SACKED | FLAG_ECE | FLAG_DSACKING_ACK,
                     FLAG_FORWARD_PROGRESS = FLAG_ACKED | FLAG_DATA_SACKED;
// What the ack of `skb` means. Positive: believed; 0: old; negative: of what was never sent, `why` says more.
int tcp_ack(tcp_sock&, const sk_buff&, int flag, skb_drop_reason* why = nullptr);
void tcp_rtt_estimator(tcp_sock&, s64 mrtt_us);
void tcp_set_rto(tcp_sock&);
void tcp_rearm_rto(tcp_sock&);
bool tcp_ack_update_rtt(tcp_sock&, int flag, s64 seq_rtt_us, s64 sack_rtt_us, s64 ca_rtt_us,
                        rate_sample&);
void tcp_synack_rtt_meas(tcp_sock&, u64 sent_us);
void tcp_enter_loss(tcp_sock&);
void tcp_enter_cwr(tcp_sock&);
void tcp_enter_recovery(tcp_sock&, bool ece_ack);
void tcp_init_undo(tcp_sock&);
void tcp_set_ca_state(tcp_sock&, tcp_ca_state);
void tcp_cwnd_reduction(tcp_sock&, u32 newly_acked_sacked, int newly_lost, int flag);
void tcp_xmit_recovery(tcp_sock&, int rexmit);
void tcp_simple_retransmit(tcp_sock&);
void tcp_mark_skb_lost(tcp_sock&, tcp_segment&);
void tcp_clear_retrans(tcp_sock&);
struct tcp_sacktag_state {
  u64 first_sackt = 0, last_sackt = 0;
  u32 reord = 0;
  u32 sack_delivered = 0;
  int flag = 0;
  u32 mss_now = 0;
  rate_sample* rate = nullptr;
};
int tcp_sacktag_write_queue(tcp_sock&, const sk_buff& ack, u32 prior_snd_una, tcp_sacktag_state&);
void tcp_add_reno_sack(tcp_sock&, int num_dupack, bool ece_ack);
void tcp_remove_reno_sacks(tcp_sock&, int acked, bool ece_ack);
void tcp_reset_reno_sack(tcp_sock&);
void tcp_check_sack_reordering(tcp_sock&, u32 low_seq, int ts);
void tcp_count_delivered(tcp_sock&, u32 delivered, bool ece_ack);
tcp_segment* tcp_next_in_rtx(const tcp_sock&, const tcp_segment&);
bool tcp_rack_mark_lost(tcp_sock&);
void tcp_rack_advance(tcp_sock&, u8 sacked, u32 end_seq, u64 xmit_time);
void tcp_rack_reo_timeout(tcp_sock&);
void tcp_rack_update_reo_wnd(tcp_sock&, const rate_sample&);
void tcp_newreno_mark_lost(tcp_sock&, bool snd_una_advanced);
s64 tcp_rack_skb_timeout(const tcp_sock&, const tcp_segment&, u32 reo_wnd);

// ---- tcp_rate.cc
void tcp_rate_skb_sent(tcp_sock&, tcp_segment&);
void tcp_rate_skb_delivered(tcp_sock&, tcp_segment&, rate_sample&);
void tcp_rate_gen(tcp_sock&, u32 delivered, u32 lost, bool is_sack_reneg, rate_sample&);
void tcp_rate_check_app_limited(tcp_sock&);

// ---- tcp_output.cc, tcp_retransmit.cc
tcp_segment* tcp_send_head(const tcp_sock&);
tcp_segment* tcp_rtx_head(const tcp_sock&);
// A new segment at the end of the write queue, with room for `size` bytes at first.
tcp_segment& tcp_new_segment(tcp_sock&, u32 size);
void tcp_free_segment(tcp_sock&, tcp_segment&);
void tcp_write_queue_purge(tcp_sock&);
u32 tcp_current_mss(tcp_sock&);
u32 tcp_sync_mss(tcp_sock&, u32 pmtu);
u32 tcp_mtu_to_mss(const tcp_sock&, u32 pmtu);
u32 tcp_mss_to_mtu(const tcp_sock&, u32 mss);
// Sends it; `keep`: it stays queued, and the time counts. Positive errno.
int tcp_transmit_skb(tcp_sock&, tcp_segment&, bool keep = true);
void tcp_push_pending_frames(tcp_sock&);
void tcp_push(tcp_sock&, int flags, u32 mss_now, int nonagle, u32 size_goal);
void tcp_push_one(tcp_sock&, u32 mss_now);
bool tcp_write_xmit(tcp_sock&, u32 mss_now, int nonagle, int push_one);
bool tcp_fragment(tcp_sock&, tcp_segment&, u32 len, u32 mss_now);
void tcp_trim_head(tcp_sock&, tcp_segment&, u32 len);
int tcp_retransmit_skb(tcp_sock&, tcp_segment&, int segs);
void tcp_xmit_retransmit_queue(tcp_sock&);
bool tcp_schedule_loss_probe(tcp_sock&, bool advancing_rto);
void tcp_send_loss_probe(tcp_sock&);
void tcp_send_ack(tcp_sock&);
void tcp_send_ack_of(tcp_sock&, u32 rcv_nxt);
void tcp_send_delayed_ack(tcp_sock&);
void tcp_send_fin(tcp_sock&);
void tcp_send_active_reset(tcp_sock&);
int tcp_send_synack(tcp_sock&);  // of a simultaneous open
int tcp_connect(tcp_sock&);
int tcp_write_wakeup(tcp_sock&, int mib);
void tcp_send_probe0(tcp_sock&);
void tcp_send_window_probe(tcp_sock&);
u32 tcp_receive_window(const tcp_sock&);
u32 tcp_select_window_space(tcp_sock&);  // __tcp_select_window
struct tcp_initial_window {
  u32 rcv_wnd, window_clamp;
  u8 rcv_wscale;
};
tcp_initial_window tcp_select_initial_window(const net&, int space, u32 mss, u32 window_clamp,
                                             bool wscale_ok, u32 init_rcv_wnd, u32 rcvbuf_max);
int tcp_space(const tcp_sock&);
int tcp_full_space(const tcp_sock&);
int tcp_win_from_space(const tcp_sock&, int space);
void tcp_chrono_start(tcp_sock&, u8 type);
void tcp_chrono_stop(tcp_sock&, u8 type);
inline constexpr u8 TCP_CHRONO_BUSY = 1, TCP_CHRONO_RWND_LIMITED = 2, TCP_CHRONO_SNDBUF_LIMITED = 3;
void tcp_cwnd_restart(tcp_sock&, ktime delta);
void tcp_event_ack_sent(tcp_sock&, u32 rcv_nxt);
void tcp_sndbuf_expand(tcp_sock&);
void tcp_write_space(tcp_sock&);

// ---- tcp_timer.cc
void tcp_clear_xmit_timers(tcp_sock&);
void tcp_reset_xmit_timer(tcp_sock&, icsk_time what, ktime when, ktime max = TCP_RTO_MAX);
void tcp_clear_xmit_timer(tcp_sock&);
void tcp_clear_delack_timer(tcp_sock&);
void tcp_reset_keepalive_timer(tcp_sock&, ktime);
void tcp_delete_keepalive_timer(tcp_sock&);
void tcp_write_err(tcp_sock&);
ktime tcp_probe0_base(const tcp_sock&);
ktime tcp_probe0_when(const tcp_sock&, ktime max);
void tcp_check_probe_timer(tcp_sock&);
inline u32 keepalive_time_when(const tcp_sock& sk) {  // ms
  return sk.keepalive_time_ms ? sk.keepalive_time_ms
                              : static_cast<u32>(tcp_sysctl(sk).keepalive_time) * 1000;
}
inline u32 keepalive_intvl_when(const tcp_sock& sk) {
  return sk.keepalive_intvl_ms ? sk.keepalive_intvl_ms
                               : static_cast<u32>(tcp_sysctl(sk).keepalive_intvl) * 1000;
}
inline u32 keepalive_probes(const tcp_sock& sk) {
  return sk.keepalive_probes ? sk.keepalive_probes
                             : static_cast<u32>(tcp_sysctl(sk).keepalive_probes);
}
inline ktime tcp_fin_time(const tcp_sock& sk) {
  const ktime wanted = (sk.linger2 ? sk.linger2 : tcp_sysctl(sk).fin_timeout) * ns_per_sec;
  return std::max(wanted, (sk.rto << 2) - (sk.rto >> 1));
}

// ---- tcp_minisocks.cc
void tcp_conn_request(tcp_sock& listener, skb_ptr);
// The connection that a segment for a request makes, or null: the segment is dealt with, or dropped for `why`.
// The connection itself, when it has been there since the SYN (`fastopen`).
tcp_sock* tcp_check_req(tcp_request_sock&, sk_buff&, skb_drop_reason& why, bool& reset,
                        tcp_sock* fastopen = nullptr);
tcp_sock* tcp_create_openreq_child(tcp_request_sock&, const sk_buff&);
void tcp_request_drop(tcp_request_sock&);
// Its listener has ended: it goes to another of the group. False: nobody takes it, and it is as it was.
bool tcp_request_migrate(tcp_request_sock&);
void tcp_time_wait(tcp_sock&, u8 state, ktime timeo);
void tcp_timewait_kill(tcp_timewait_sock&);
enum class tcp_tw_status : u8 { success, rst, ack, syn };
tcp_tw_status tcp_timewait_state_process(tcp_timewait_sock&, const sk_buff&, const tcphdr&,
                                         u32& isn);
bool tcp_twsk_unique(tcp_sock&, tcp_timewait_sock&);
tcp_sock* cookie_v4_check(tcp_sock& listener, sk_buff&, bool& reset);
u32 cookie_v4_init_sequence(const net&, const sk_buff&, u16& mss);
u32 cookie_init_timestamp(const net&, const tcp_request_sock&);
void tcp_request_init_rwin(tcp_request_sock&);

// ---- tcp.cc
void tcp_set_state(tcp_sock&, u8 state);
void tcp_done(tcp_sock&);
void tcp_destroy_sock(tcp_sock&);    // an orphan that is done (inet_csk_destroy_sock)
void tcp_error(tcp_sock&, int err);  // sk_err, and the caller woken
bool tcp_stream_is_readable(const tcp_sock&, int target);
void tcp_init_sock(tcp_sock&);
int tcp_disconnect(tcp_sock&);
void tcp_get_info(const tcp_sock&, tcp_info&);
void tcp_put_inq(const tcp_sock&, msg_in&);  // TCP_CM_INQ
void tcp_check_oom_orphans(tcp_sock&);
u64 tcp_endpoint_cookie(net&, tcp_endpoint&);  // tcp_diag.cc
// Bytes received in order and not yet read; the end of the stream is one of them.
inline u32 tcp_unread(const tcp_sock& sk) {
  const auto here =
      static_cast<u32>(std::max<s32>(0, static_cast<s32>(sk.rcv_nxt - sk.copied_seq)));
  return here + (sk.held ? sk.held(sk.held_by) : 0);
}
// The peer has sent its FIN (SOCK_DONE).
inline bool tcp_stream_ended(const tcp_sock& sk) {
  return TCPF(sk.state) &
         (TCPF(TCP_CLOSE_WAIT) | TCPF(TCP_CLOSING) | TCPF(TCP_LAST_ACK) | TCPF(TCP_TIME_WAIT));
}
void tcp_child_forget(tcp_sock& child);  // its listener closed

extern const proto_ops inet_stream_ops;
sock* tcp_alloc(net&, socket&);
const net_protocol& tcp_protocol();
void tcp_net_init(net&);
void tcp_net_exit(net&);

}  // namespace linnet
