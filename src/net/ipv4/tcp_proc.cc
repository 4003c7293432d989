// /proc/net/tcp and TCP's line of sockstat.
#include <algorithm>

#include "net/core/procfs.hh"
#include "net/core/world.hh"
#include "net/ipv4/proc.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_memory.hh"

namespace linnet {
namespace {

constexpr int line_width = 149;

struct line {
  be32 laddr, raddr;
  u16 lport = 0, rport = 0;
  u8 state = 0;
  u32 tx = 0, rx = 0;
  int timer_active = 0;
  ktime timer_in = 0;
  u32 retransmits = 0, uid = 0, timeout = 0;
  int refs = 1;
  u64 ino = 0;
  std::string rest{};
};

// Hundredths of a second, as all times in these files.
u64 ticks(ktime t) { return t <= 0 ? 0 : static_cast<u64>(t / (10 * ns_per_ms)); }

void show(std::string& out, unsigned number, const line& l) {
  std::string s;
  seq_printf(s, "%4u: %08X:%04X %08X:%04X %02X %08X:%08X %02X:%08llX %08X %5u %8u %llu %d %016x%s",
             number, l.laddr.raw(), l.lport, l.raddr.raw(), l.rport, l.state, l.tx, l.rx,
             l.timer_active, static_cast<unsigned long long>(ticks(l.timer_in)), l.retransmits,
             l.uid, l.timeout, static_cast<unsigned long long>(l.ino), l.refs, 0, l.rest.c_str());
  seq_pad_line(out, s, line_width);
}

line of_sock(const tcp_sock& sk) {
  line l;
  const ktime now = sk.ns.w.now();
  l.laddr = sk.inet_rcv_saddr;
  l.raddr = sk.inet_daddr;
  l.lport = sk.inet_num;
  l.rport = sk.inet_dport;
  l.state = sk.state;
  l.uid = sk.uid;
  l.ino = sock_i_ino(sk);
  ktime expires = now;
  if (sk.pending == icsk_time::probe0) {
    l.timer_active = 4;
    expires = sk.retransmit_timer().expires();
  } else if (sk.pending != icsk_time::none) {
    l.timer_active = 1;
    expires = sk.retransmit_timer().expires();
  } else if (sk.sk_timer().pending()) {
    l.timer_active = 2;
    expires = sk.sk_timer().expires();
  }
  l.timer_in = expires - now;
  l.retransmits = sk.retransmits;
  l.timeout = sk.probes_out;
  l.refs = l.timer_active ? 2 : 1;
  if (sk.state == TCP_LISTEN) {
    l.rx = sk.ack_backlog;
    seq_printf(l.rest, " 100 0 0 %u 0", sk.snd_cwnd);
    return l;
  }
  l.tx = sk.write_seq - sk.snd_una;
  l.rx = tcp_unread(sk);
  seq_printf(l.rest, " %llu %llu %u %u %d", static_cast<unsigned long long>(ticks(sk.rto)),
             static_cast<unsigned long long>(ticks(sk.ack.ato)),
             sk.ack.quick << 1 | (sk.ack.pingpong ? 1u : 0u), sk.snd_cwnd,
             sk.state == TCP_LISTEN ? static_cast<int>(sk.fastopenq ? sk.fastopenq->max_qlen : 0)
             : sk.snd_ssthresh >= TCP_INFINITE_SSTHRESH ? -1
                                                        : static_cast<int>(sk.snd_ssthresh));
  return l;
}

line of_endpoint(const net& n, const tcp_endpoint& e) {
  if (e.what == tcp_endpoint::kind::full) return of_sock(static_cast<const tcp_sock&>(e));
  line l;
  l.laddr = e.laddr;
  l.raddr = e.raddr;
  l.lport = e.lport;
  l.rport = e.rport;
  const ktime now = n.w.now();
  if (e.what == tcp_endpoint::kind::request) {
    const auto& req = static_cast<const tcp_request_sock&>(e);
    l.state = TCP_SYN_RECV;
    l.timer_active = 1;
    l.timer_in = req.expires() - now;
    l.retransmits = req.num_timeout;
    l.uid = req.listener->uid;
    l.refs = 0;
  } else {
    const auto& tw = static_cast<const tcp_timewait_sock&>(e);
    l.state = tw.substate;
    l.timer_active = 3;
    l.timer_in = tw.expires() - now;
    l.refs = 3;
  }
  return l;
}

}  // namespace

void tcp_show(net& n, std::string& out) {
  seq_pad_line(out,
               "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
               "timeout inode",
               line_width);
  const tcp_table& t = tcp_of(n);
  unsigned number = 0;
  for (const auto& [port, sockets] : t.listening)
    for (const tcp_sock* sk : sockets) show(out, number++, of_sock(*sk));
  for (const tcp_endpoint* e : t.ehash.all()) show(out, number++, of_endpoint(n, *e));
}

size_t tcp_in_use(const net& n) {
  size_t in_use = 0;
  for (const tcp_sock& sk : tcp_of(n).all) in_use += sk.hashed || sk.state == TCP_LISTEN;
  return in_use;
}

void tcp_sockstat(net& n, std::string& out) {
  const tcp_table& t = tcp_of(n);
  seq_printf(out, "TCP: inuse %zu orphan %u tw %u alloc %u mem %lld\n", tcp_in_use(n), t.orphans,
             t.tw_count, t.sockets, static_cast<long long>(t.memory->shown()));
}

}  // namespace linnet
