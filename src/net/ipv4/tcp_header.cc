// A segment's header and options, and its way to IPv4. What goes out is a clone of the queued packet whose headroom
// is its own to write in; only while an earlier clone is still on its way does a copy go instead.
#include <linux/tcp.h>

#include "base/checksum.hh"
#include "net/core/skb_pool.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_pacing.hh"
#include "net/ipv4/tcp_units.hh"

namespace linnet {
namespace {

constexpr u32 tcp_headroom = skb_default_headroom + sizeof(iphdr) + tcp_max_header;

// Options under construction.
class option_writer {
 public:
  u32 size() const { return n_; }
  const_bytes bytes() const { return std::as_bytes(std::span(b_.data(), n_)); }
  void word(u32 v) {
    const be32 w(v);
    std::memcpy(b_.data() + n_, &w, 4);
    n_ += 4;
  }
  void mss(u16 v) { word(u32{TCPOPT_MSS} << 24 | TCPOLEN_MSS << 16 | v); }
  // The padding of a time stamp has room for SACK permitted.
  void tstamp(u32 val, u32 ecr, bool with_sack_perm) {
    word(with_sack_perm ? u32{TCPOPT_SACK_PERM} << 24 | TCPOLEN_SACK_PERM << 16 |
                              u32{TCPOPT_TIMESTAMP} << 8 | TCPOLEN_TIMESTAMP
                        : u32{TCPOPT_NOP} << 24 | u32{TCPOPT_NOP} << 16 |
                              u32{TCPOPT_TIMESTAMP} << 8 | TCPOLEN_TIMESTAMP);
    word(val);
    word(ecr);
  }
  void sack_perm() {
    word(u32{TCPOPT_NOP} << 24 | u32{TCPOPT_NOP} << 16 | u32{TCPOPT_SACK_PERM} << 8 |
         TCPOLEN_SACK_PERM);
  }
  void wscale(u8 shift) {
    word(u32{TCPOPT_NOP} << 24 | u32{TCPOPT_WINDOW} << 16 | TCPOLEN_WINDOW << 8 | shift);
  }
  void sack_head(u32 blocks) {
    word(u32{TCPOPT_NOP} << 24 | u32{TCPOPT_NOP} << 16 | u32{TCPOPT_SACK} << 8 |
         (2 + blocks * TCPOLEN_SACK_PERBLOCK));
  }

 private:
  std::array<u8, 40> b_;
  u32 n_ = 0;
};

void syn_options(const tcp_sock& sk, option_writer& o) {
  const tcp_settings& set = tcp_sysctl(sk);
  // On a simultaneous open, too, all is offered, whatever the peer's SYN had.
  o.mss(sk.advmss);
  if (set.timestamps)
    o.tstamp(tcp_time_stamp(sk) + sk.tsoffset, sk.rx_opt.ts_recent, set.sack != 0);
  else if (set.sack)
    o.sack_perm();
  if (set.window_scaling) o.wscale(sk.rx_opt.rcv_wscale);
}

void established_options(const tcp_sock& sk, option_writer& o, u64 mstamp_us) {
  if (sk.rx_opt.tstamp_ok)
    o.tstamp(static_cast<u32>(mstamp_us / 1000) + sk.tsoffset, sk.rx_opt.ts_recent, false);
  const u32 blocks = sk.rx_opt.num_sacks + (sk.rx_opt.dsack ? 1 : 0);
  if (!blocks) return;
  const u32 room = (40 - o.size() - TCPOLEN_SACK_BASE_ALIGNED) / TCPOLEN_SACK_PERBLOCK;
  u32 n = std::min(blocks, room);
  o.sack_head(n);
  if (sk.rx_opt.dsack) {
    o.word(sk.duplicate_sack.start_seq);
    o.word(sk.duplicate_sack.end_seq);
    --n;
  }
  for (u32 i = 0; i < n; ++i) {
    o.word(sk.selective_acks[i].start_seq);
    o.word(sk.selective_acks[i].end_seq);
  }
}

// The window to be sent, in the header's units (tcp_select_window).
u16 select_window(tcp_sock& sk) {
  const u32 old = sk.rcv_wnd;
  const u32 current = tcp_receive_window(sk);
  u32 win = tcp_select_window_space(sk);
  const u32 unit = 1u << sk.rx_opt.rcv_wscale;
  if (win < current) {  // never take back what was promised
    if (win == 0) net_inc_stats(sk.ns, LINUX_MIB_TCPWANTZEROWINDOWADV);
    win = (current + unit - 1) & ~(unit - 1);
  }
  sk.rcv_wnd = win;
  sk.rcv_wup = sk.rcv_nxt;
  const u32 most = !sk.rx_opt.rcv_wscale && tcp_sysctl(sk).workaround_signed_windows
                       ? MAX_TCP_WINDOW
                       : 65535u << sk.rx_opt.rcv_wscale;
  win = std::min(win, most) >> sk.rx_opt.rcv_wscale;
  if (win == 0) {
    if (old) net_inc_stats(sk.ns, LINUX_MIB_TCPTOZEROWINDOWADV);
  } else if (old == 0) {
    net_inc_stats(sk.ns, LINUX_MIB_TCPFROMZEROWINDOWADV);
  }
  return static_cast<u16>(win);
}

// The packet that goes out for a segment: its data, with the headroom to itself.
skb_ptr outgoing(tcp_sock& sk, const tcp_segment& s) {
  if (!s.skb) {
    skb_ptr p = alloc_skb(sk.ns.c, tcp_headroom);
    skb_reserve(*p, tcp_headroom);
    return p;
  }
  if (s.skb->block->refs > 1) return skb_copy(*s.skb);
  skb_ptr p = skb_clone(*s.skb);
  p->head_owned = 1;
  p->id = sk.ns.c.next_skb_id++ << 8 | sk.ns.c.id;
  return p;
}

// tcp_event_data_sent.
void event_data_sent(tcp_sock& sk) {
  const u32 now = tcp_jiffies(sk.ns);
  if (tcp_packets_in_flight(sk) == 0 && sk.ca_ops->cwnd_event)
    sk.ca_ops->cwnd_event(sk, tcp_ca_event::tx_start);
  // A reply within the time that an ack waits: the connection is a conversation.
  if (now - sk.ack.lrcvtime_ms < static_cast<u32>(sk.ack.ato / ns_per_ms) && sk.ack.pingpong < 255)
    ++sk.ack.pingpong;
  sk.lsndtime_ms = now;
}

void ecn_send(tcp_sock& sk, const tcp_segment& s, tcphdr& th, u8& tos) {
  if (!(sk.ecn_flags & TCP_ECN_OK)) return;
  if (s.len() && !before(s.seq, sk.snd_nxt)) {
    tos |= 2;  // ECT(0)
    if (sk.ecn_flags & TCP_ECN_QUEUE_CWR) {
      sk.ecn_flags &= static_cast<u16>(~TCP_ECN_QUEUE_CWR);
      th.flags |= TCPHDR_CWR;
    }
  }
  if (sk.ecn_flags & TCP_ECN_DEMAND_CWR) th.flags |= TCPHDR_ECE;
}

int transmit(tcp_sock& sk, tcp_segment& s, u32 rcv_nxt, bool keep) {
  option_writer o;
  const bool syn = s.flags & TCPHDR_SYN;
  const u64 prior_mstamp = s.mstamp_us;
  const u64 prior_wstamp = sk.wstamp_ns;
  sk.wstamp_ns = std::max(sk.wstamp_ns, sk.clock_ns);
  const u64 leaves_us = sk.wstamp_ns / 1000;
  if (keep) s.mstamp_us = leaves_us;
  if (syn)
    syn_options(sk, o);
  else
    established_options(sk, o, leaves_us);
  skb_ptr p = outgoing(sk, s);
  const u32 len = p->len();
  skb_push(*p, static_cast<u32>(sizeof(tcphdr)) + o.size());
  auto& th = *reinterpret_cast<tcphdr*>(p->data);
  th = {};
  th.source = sk.lport;  // which it keeps when its port is free again
  th.dest = sk.rport;
  th.seq = s.seq;
  th.ack_seq = rcv_nxt;
  th.set_header_len(static_cast<u32>(sizeof(tcphdr)) + o.size());
  th.flags = s.flags;
  if (sk.urg_mode() && before(s.seq, sk.snd_up)) {
    if (before(sk.snd_up, s.seq + 0x10000)) {
      th.urg_ptr = static_cast<u16>(sk.snd_up - s.seq);
      th.flags |= TCPHDR_URG;
    } else if (after(s.seq + 0xffff, sk.snd_nxt)) {
      th.urg_ptr = u16{0xffff};
      th.flags |= TCPHDR_URG;
    }
  }
  u8 tos = tcp_tos(sk);
  if (!syn) {
    th.window = select_window(sk);
    ecn_send(sk, s, th, tos);
  } else {
    th.window = static_cast<u16>(std::min(sk.rcv_wnd, 65535u));
  }
  if (o.size()) std::memcpy(p->data + sizeof(tcphdr), o.bytes().data(), o.size());
  p->reset_transport_header();
  tcp_v4_send_check(*p, sk.inet_saddr, sk.inet_daddr);
  if (th.has(TCPHDR_ACK)) tcp_event_ack_sent(sk, rcv_nxt);
  if (len) {
    event_data_sent(sk);
    ++sk.data_segs_out;
    sk.bytes_sent += len;
  }
  if (after(s.end_seq, sk.snd_nxt) || s.seq == s.end_seq) tcp_inc_stats(sk.ns, TCP_MIB_OUTSEGS);
  ++sk.segs_out;
  skb_set_owner_w(*p, sk);
  trace(sk.ns.c, tp::tcp_transmit_skb, p.get(), nullptr);
  const int e = ip_queue_xmit(sk, std::move(p), tos);
  if (e) {
    if (e == ENOBUFS || e == EAGAIN) tcp_enter_cwr(sk);
    // Congestion below is no failure: the segment counts as sent, and lost.
    if (e != ENOBUFS) {
      s.mstamp_us = prior_mstamp;
      return e;
    }
  }
  if (keep) {
    if (!e) tcp_pace_sent(sk, len, prior_wstamp);
    tcp_rate_skb_sent(sk, s);
  }
  return 0;
}

}  // namespace

tcp_segment::~tcp_segment() { consume_skb(std::move(skb)); }

void tcp_charge(tcp_sock& sk, tcp_segment& s, u32 size) {
  s.charged += static_cast<int>(size);
  sk.wmem_queued += static_cast<int>(size);
}

tcp_segment& tcp_new_segment(tcp_sock& sk, u32 size) {
  auto* s = new tcp_segment;
  s->seq = s->end_seq = sk.write_seq;
  s->flags = TCPHDR_ACK;
  if (size) {
    s->skb = alloc_skb(sk.ns.c, tcp_headroom + size);
    skb_reserve(*s->skb, tcp_headroom);
  }
  sk.nonagle &= static_cast<u8>(~TCP_NAGLE_PUSH);
  sk.write_queue.push_back(*s);
  return *s;
}

void tcp_free_segment(tcp_sock& sk, tcp_segment& s) {
  sk.wmem_queued -= s.charged;
  if (sk.retransmit_hint == &s) sk.retransmit_hint = nullptr;
  tcp_segment_list::remove(s);
  list<tcp_segment, tcp_tsorted_tag>::remove(s);
  delete &s;
}

int tcp_transmit_skb(tcp_sock& sk, tcp_segment& s, bool keep) {
  return transmit(sk, s, sk.rcv_nxt, keep);
}

void tcp_send_ack_of(tcp_sock& sk, u32 rcv_nxt) {
  if (sk.state == TCP_CLOSE) return;
  tcp_segment s;
  s.seq = s.end_seq = before(tcp_wnd_end(sk), sk.snd_nxt) ? tcp_wnd_end(sk) : sk.snd_nxt;
  s.flags = TCPHDR_ACK;
  transmit(sk, s, rcv_nxt, false);
}

void tcp_send_ack(tcp_sock& sk) { tcp_send_ack_of(sk, sk.rcv_nxt); }

void tcp_v4_send_check(sk_buff& s, be32 saddr, be32 daddr) {
  auto& th = *reinterpret_cast<tcphdr*>(s.transport());
  th.check = ~csum_fold(csum_tcpudp_nofold(saddr, daddr, s.len(), IPPROTO_TCP, 0));
  s.summed = ip_summed::partial;
  s.csum_start = s.transport_header;
  s.csum_offset = offsetof(tcphdr, check);
}

}  // namespace linnet
