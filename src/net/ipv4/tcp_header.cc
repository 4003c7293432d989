// A segment's header and options, and its way to IPv4. What goes out is a clone of the queued packet whose headroom
// is its own to write in; only while an earlier clone is still on its way does a copy go instead.
#include <linux/tcp.h>

#include "base/checksum.hh"
#include "net/core/gso.hh"
#include "net/core/skb_pool.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_option_writer.hh"
#include "net/ipv4/tcp_pacing.hh"
#include "net/ipv4/tcp_tsq.hh"
#include "net/ipv4/tcp_units.hh"
#include "net/ipv4/tcp_zerocopy.hh"

namespace linnet {
namespace {

// tcp_advertise_mss: the route may take less by now.
u16 advertise_mss(tcp_sock& sk) {
  if (sk.dst) sk.advmss = static_cast<u16>(std::min<u32>(sk.advmss, dst_metric_advmss(*sk.dst)));
  return sk.advmss;
}

// tcp_syn_options. Returns the place of a signature, which leaves no room for time stamps.
u32 syn_options(tcp_sock& sk, const tcp_md5sig_key* key, tcp_option_writer& o) {
  const tcp_settings& set = tcp_sysctl(sk);
  const u32 signature = key ? o.md5() : 0;
  // On a simultaneous open, too, all is offered, whatever the peer's SYN had.
  o.mss(advertise_mss(sk));
  if (set.timestamps && !key)
    o.tstamp(tcp_time_stamp(sk) + sk.tsoffset, sk.rx_opt.ts_recent, set.sack != 0);
  else if (set.sack)
    o.sack_perm();
  if (set.window_scaling) o.wscale(sk.rx_opt.rcv_wscale);
  if (const tcp_fastopen_request* fo = sk.fastopen_req.get();
      fo && fo->cookie.len >= 0 && o.fastopen(fo->cookie)) {
    sk.syn_fastopen = true;
    sk.syn_fastopen_exp = fo->cookie.exp;
  }
  return signature;
}

u32 established_options(const tcp_sock& sk, const tcp_md5sig_key* key, tcp_option_writer& o,
                        u64 mstamp_us) {
  const u32 signature = key ? o.md5() : 0;
  if (sk.rx_opt.tstamp_ok)
    o.tstamp(static_cast<u32>(mstamp_us / 1000) + sk.tsoffset, sk.rx_opt.ts_recent, false);
  u32 n = tcp_established_options(sk, key).blocks;
  if (!n) return signature;
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
  return signature;
}

// The window to be sent, in the header's units (tcp_select_window).
u16 select_window(tcp_sock& sk) {
  const u32 old = sk.rcv_wnd;
  const u32 current = tcp_receive_window(sk);
  u32 win = tcp_select_window_space(sk);
  const u32 unit = 1u << sk.rx_opt.rcv_wscale;
  const bool may_shrink = tcp_sysctl(sk).shrink_window && sk.rx_opt.rcv_wscale;
  if (win < current && !may_shrink) {  // never take back what was promised
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

// The packet that goes out for a segment: its data, with the headroom to itself. While another shares the block (an
// earlier clone still on its way, a piece that this one was cut from), that takes a copy.
skb_ptr outgoing(tcp_sock& sk, const tcp_segment& s) {
  cpu& c = sk.ns.c;
  if (!s.skb) {
    skb_ptr p = alloc_skb(c, tcp_headroom);
    skb_reserve(*p, tcp_headroom);
    return p;
  }
  skb_ptr p;
  if (likely(s.skb->block->refs == 1)) {
    p = skb_clone(*s.skb);
    p->head_owned = 1;
    p->id = c.next_skb_id++ << 8 | c.id;
  } else {
    p = alloc_skb(c, tcp_headroom + s.len());
    skb_reserve(*p, tcp_headroom);
    skb_put_data(*p, s.skb->payload());
  }
  if (s.pcount > 1) skb_gso_set(*p, s.gso_size, s.pcount, SKB_GSO_TCPV4);
  skb_set_paged(*p, s.nr_frags, 0, skb_head_truesize);
  p->truesize = static_cast<u32>(s.charged);
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

void ecn_send(tcp_sock& sk, const tcp_segment& s, sk_buff& p, tcphdr& th, u8& tos) {
  if (!(sk.ecn_flags & TCP_ECN_OK)) return;
  if (s.len() && !before(s.seq, sk.snd_nxt)) {
    tos |= 2;  // ECT(0)
    if (sk.ecn_flags & TCP_ECN_QUEUE_CWR) {
      sk.ecn_flags &= static_cast<u16>(~TCP_ECN_QUEUE_CWR);
      th.flags |= TCPHDR_CWR;
      if (skb_is_gso(p)) skb_shinfo(p).gso_type |= SKB_GSO_TCP_ECN;
    }
  }
  if (sk.ecn_flags & TCP_ECN_DEMAND_CWR) th.flags |= TCPHDR_ECE;
}

int transmit(tcp_sock& sk, tcp_segment& s, u32 rcv_nxt, bool keep) {
  tcp_option_writer o;
  const bool syn = s.flags & TCPHDR_SYN;
  const u64 prior_mstamp = s.mstamp_us;
  const u32 segs = std::max<u32>(s.pcount, 1);
  const u64 prior_wstamp = sk.wstamp_ns;
  sk.wstamp_ns = std::max(sk.wstamp_ns, sk.clock_ns);
  const u64 leaves_us = sk.wstamp_ns / 1000;
  if (keep) s.mstamp_us = leaves_us;
  const tcp_md5sig_key* key = sk.md5sig ? tcp_md5_lookup(sk, sk) : nullptr;
  const u32 signature = syn ? syn_options(sk, key, o) : established_options(sk, key, o, leaves_us);
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
  // What is cut below ends with a push, so that a receiver who joins the segments lets them go.
  if (segs > 1) th.flags |= TCPHDR_PSH;
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
    ecn_send(sk, s, *p, th, tos);
  } else {
    th.window = static_cast<u16>(std::min(sk.rcv_wnd, 65535u));
  }
  if (o.size()) std::memcpy(p->data + sizeof(tcphdr), o.bytes().data(), o.size());
  if (unlikely(key))
    tcp_v4_md5_sign(*key, sk.inet_saddr, sk.inet_daddr, th, p->payload().subspan(th.header_len()),
                    reinterpret_cast<u8*>(&th + 1) + signature);
  p->reset_transport_header();
  tcp_v4_send_check(*p, sk.inet_saddr, sk.inet_daddr);
  if (th.has(TCPHDR_ACK)) tcp_event_ack_sent(sk, rcv_nxt);
  if (len) {
    event_data_sent(sk);
    sk.data_segs_out += segs;
    sk.bytes_sent += len;
  }
  if (after(s.end_seq, sk.snd_nxt) || s.seq == s.end_seq)
    tcp_inc_stats(sk.ns, TCP_MIB_OUTSEGS, segs);
  sk.segs_out += segs;
  if (len)
    tcp_set_owner_w(*p, sk);
  else
    skb_set_owner_w(*p, sk);
  p->dst_pending_confirm = std::exchange(sk.dst_pending_confirm, false);
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

tcp_segment& tcp_new_segment(tcp_sock& sk, u32 size) {
  auto* s = new (*tcp_of(sk.ns).segments) tcp_segment;
  s->seq = s->end_seq = sk.write_seq;
  s->flags = TCPHDR_ACK;
  if (size) {
    s->skb = alloc_skb(sk.ns.c, tcp_headroom + size);
    skb_reserve(*s->skb, tcp_headroom);
  }
  tcp_charge(sk, *s, skb_head_truesize);
  sk.nonagle &= static_cast<u8>(~TCP_NAGLE_PUSH);
  sk.write_queue.push_back(*s);
  return *s;
}

void tcp_free_segment(tcp_sock& sk, tcp_segment& s) {
  sk.wmem_queued -= s.charged;
  if (sk.retransmit_hint == &s) sk.retransmit_hint = nullptr;
  if (unlikely(s.zerocopy)) tcp_zerocopy_put(sk, *s.zerocopy);
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
