// Connections at their beginning and at their end, when they are too many and too little for a sock each: requests that a
// listener has answered, and what remembers a connection so that nothing late of it is taken for a new one.
#include <linux/tcp.h>

#include <algorithm>

#include "net/core/tracepoint.hh"
#include "net/core/world.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_synack.hh"
#include "net/ipv4/tcp_units.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

constexpr u8 ecn_mask = 3;  // of the type of service

bool in_window(u32 seq, u32 end_seq, u32 start, u32 end) {
  if (seq == start) return true;
  if (after(end_seq, start) && before(seq, end)) return true;
  return seq == end && seq == end_seq;
}

struct peer_stamp {
  bool saw = false, old = false;
  u32 val = 0;
};

// What the segment's time stamp says against the last one of the peer.
peer_stamp stamp_of(const net& n, const tcphdr& th, bool ok, u32 ts_recent, u32 ts_recent_stamp) {
  peer_stamp out;
  if (th.header_len() <= sizeof(tcphdr) || !ok) return out;
  tcp_options_received o;
  o.tstamp_ok = true;
  tcp_parse_options(th, o, true, tcp_of(n).settings);
  if (!o.saw_tstamp) return out;
  out.saw = true;
  out.val = o.rcv_tsval;
  const u32 now = tcp_jiffies(n) / 1000;
  out.old = static_cast<s32>(ts_recent - o.rcv_tsval) > 0 && ts_recent &&
            now < ts_recent_stamp + TCP_PAWS_WRAP;
  // A reset from a peer that has rebooted is believed after a while.
  if (out.old && th.has(TCPHDR_RST) && now >= ts_recent_stamp + TCP_PAWS_MSL) out.old = false;
  return out;
}

}  // namespace

// ---- TIME_WAIT

namespace {

void on_timewait_timer(timer& t) {
  auto& tw = static_cast<tcp_timewait_sock&>(t);
  tcp_timewait_kill(tw);
}

void reschedule(tcp_timewait_sock& tw, ktime in) { tw.ns.c.timers.mod(tw, tw.ns.w.now() + in); }

}  // namespace

tcp_timewait_sock::tcp_timewait_sock(net& n)
    : tcp_endpoint(kind::timewait), timer(on_timewait_timer), ns(n) {}

void tcp_time_wait(tcp_sock& sk, u8 state, ktime timeo) {
  tcp_table& t = tcp_of(sk.ns);
  if (t.tw_count < t.settings.max_tw_buckets && sk.bound()) {
    auto* tw = new tcp_timewait_sock(sk.ns);
    tw->laddr = sk.laddr;
    tw->raddr = sk.raddr;
    tw->lport = sk.lport;
    tw->rport = sk.rport;
    tw->dif = sk.bound_dev_if;
    tw->substate = state;
    tw->rcv_nxt = sk.rcv_nxt;
    tw->snd_nxt = sk.snd_nxt;
    tw->rcv_wnd = tcp_receive_window(sk);
    tw->rcv_wscale = sk.rx_opt.rcv_wscale;
    tw->ts_offset = sk.tsoffset;
    tw->ts_recent = sk.rx_opt.ts_recent;
    tw->ts_recent_stamp = sk.rx_opt.ts_recent_stamp;
    tw->tstamp_ok = sk.rx_opt.tstamp_ok;
    tw->tos = sk.tos;
    tw->mark = sk.mark;
    tw->uid = sk.uid;
    tw->cookie = sk.cookie;
    tw->reuseport = sk.reuseport;
    if (const tcp_md5sig_key* key = tcp_md5_lookup(sk, sk))
      tw->md5 = std::make_unique<tcp_md5sig_key>(*key);
    const ktime rto = (sk.rto << 2) - (sk.rto >> 1);
    timeo = std::max(timeo, rto);
    if (state == TCP_TIME_WAIT) timeo = TCP_TIMEWAIT_LEN;
    t.ehash.erase(sk);
    t.ehash.insert(*tw, sk.hash);
    tcp_bind_timewait(*tw);
    t.timewaits.push_back(*tw);
    ++t.tw_count;
    net_inc_stats(sk.ns, timeo <= 4 * ns_per_sec ? LINUX_MIB_TIMEWAITKILLED : LINUX_MIB_TIMEWAITED);
    reschedule(*tw, timeo);
  } else {
    net_inc_stats(sk.ns, LINUX_MIB_TCPTIMEWAITOVERFLOW);
  }
  tcp_update_metrics(sk);
  tcp_done(sk);
}

void tcp_timewait_kill(tcp_timewait_sock& tw) {
  tcp_table& t = tcp_of(tw.ns);
  tw.ns.c.timers.del(tw);
  t.ehash.erase(tw);
  tcp_unbind_timewait(tw);
  list<tcp_timewait_sock>::remove(tw);
  --t.tw_count;
  delete &tw;
}

tcp_tw_status tcp_timewait_state_process(tcp_timewait_sock& tw, const sk_buff& s, const tcphdr& th,
                                         u32& isn) {
  net& n = tw.ns;
  const tcp_skb_cb& cb = tcp_cb(s);
  const peer_stamp ts =
      stamp_of(n, th, tw.tstamp_ok && tw.ts_recent_stamp, tw.ts_recent, tw.ts_recent_stamp);
  u32 last = static_cast<u32>(tw.last_oow_ack);
  const auto rate_limited_ack = [&](int mib) {
    const bool limited = tcp_oow_rate_limited(n, th, cb.end_seq - cb.seq, last, mib);
    tw.last_oow_ack = last;
    return limited ? tcp_tw_status::success : tcp_tw_status::ack;
  };
  const auto note_stamp = [&] {
    if (!ts.saw) return;
    tw.ts_recent = ts.val;
    tw.ts_recent_stamp = tcp_jiffies(n) / 1000 + 1;
  };
  if (tw.substate == TCP_FIN_WAIT2) {
    if (ts.old || !in_window(cb.seq, cb.end_seq, tw.rcv_nxt, tw.rcv_nxt + tw.rcv_wnd))
      return rate_limited_ack(LINUX_MIB_TCPACKSKIPPEDFINWAIT2);
    if (th.has(TCPHDR_RST)) {
      tcp_timewait_kill(tw);
      return tcp_tw_status::success;
    }
    if (th.has(TCPHDR_SYN) && !before(cb.seq, tw.rcv_nxt)) return tcp_tw_status::rst;
    if (!th.has(TCPHDR_ACK) || !after(cb.end_seq, tw.rcv_nxt) || cb.end_seq == cb.seq)
      return tcp_tw_status::success;
    if (!th.has(TCPHDR_FIN) || cb.end_seq != tw.rcv_nxt + 1)
      return tcp_tw_status::rst;  // data for nobody
    tw.substate = TCP_TIME_WAIT;
    tw.rcv_nxt = cb.end_seq;
    note_stamp();
    reschedule(tw, TCP_TIMEWAIT_LEN);
    return tcp_tw_status::ack;
  }
  if (!ts.old && cb.seq == tw.rcv_nxt && (cb.seq == cb.end_seq || th.has(TCPHDR_RST))) {
    if (th.has(TCPHDR_RST) && !tcp_of(n).settings.rfc1337) {
      tcp_timewait_kill(tw);  // RFC 1337 calls this assassination
      return tcp_tw_status::success;
    }
    reschedule(tw, TCP_TIMEWAIT_LEN);
    note_stamp();
    return tcp_tw_status::success;
  }
  // A new connection, beyond anything the old one could still have in the network.
  if (th.has(TCPHDR_SYN) && !th.has(TCPHDR_RST) && !th.has(TCPHDR_ACK) && !ts.old &&
      (after(cb.seq, tw.rcv_nxt) || (ts.saw && static_cast<s32>(tw.ts_recent - ts.val) < 0))) {
    isn = tw.snd_nxt + 65535 + 2;
    if (!isn) ++isn;
    return tcp_tw_status::syn;
  }
  if (ts.old) net_inc_stats(n, LINUX_MIB_PAWSESTABREJECTED);
  if (th.has(TCPHDR_RST)) return tcp_tw_status::success;
  if (ts.old || th.has(TCPHDR_ACK)) reschedule(tw, TCP_TIMEWAIT_LEN);
  return rate_limited_ack(LINUX_MIB_TCPACKSKIPPEDTIMEWAIT);
}

// Whether a connection may begin between the same ends (tcp_tw_reuse: 1 always, 2 on loopback).
bool tcp_twsk_unique(tcp_sock& sk, tcp_timewait_sock& tw) {
  const s64 reuse = tcp_of(sk.ns).settings.tw_reuse;
  const bool local = (tw.laddr.host() >> 24) == 127 || (tw.raddr.host() >> 24) == 127;
  if (!tw.ts_recent_stamp || !(reuse == 1 || (reuse == 2 && local))) return false;
  if (tcp_jiffies(sk.ns) / 1000 + 1 <= tw.ts_recent_stamp) return false;
  sk.write_seq = tw.snd_nxt + 65535 + 2;
  if (!sk.write_seq) sk.write_seq = 1;
  sk.rx_opt.ts_recent = tw.ts_recent;
  sk.rx_opt.ts_recent_stamp = tw.ts_recent_stamp;
  return true;
}

// ---- requests

namespace {

// How often a SYN-ACK is sent again: less often the fuller the queue is of requests that nobody answers.
s64 synack_retries(const tcp_sock& l) {
  s64 most = l.syn_retries ? l.syn_retries : tcp_sysctl(l).synack_retries;
  const u64 qlen = l.queue->qlen;
  if ((qlen << 1) <= std::max<u64>(8, l.max_ack_backlog)) return most;
  for (u64 young = u64{l.queue->young} << 1; most > 2 && qlen >= young; young <<= 1) --most;
  return most;
}

void enter_queue(tcp_request_sock& req) {
  request_sock_queue& q = *req.listener->queue;
  q.requests.push_back(req);
  ++q.qlen;
  if (req.num_timeout == 0) ++q.young;
}

// A listener that has ended goes with the last that waited for it.
void leave_queue(tcp_request_sock& req) {
  list_node<>& at = req;
  if (!at.linked()) return;
  tcp_sock& l = *req.listener;
  if (req.num_timeout == 0) --l.queue->young;
  at.unlink();
  if (--l.queue->qlen == 0 && l.done) l.ns.c.schedule(l);
}

void on_request_timer(timer& t) {
  auto& req = static_cast<tcp_request_sock&>(t);
  const bool moved = req.listener->state != TCP_LISTEN;
  if (moved && !tcp_request_migrate(req)) return tcp_request_drop(req);
  tcp_sock& l = *req.listener;
  const s64 most = synack_retries(l);
  const u8 defer = l.defer_accept;
  const bool expire = defer ? req.num_timeout >= most && (!req.acked || req.num_timeout >= defer)
                            : req.num_timeout >= most;
  const bool resend = defer ? !req.acked || req.num_timeout >= defer - 1 : true;
  if (moved)
    net_inc_stats(l.ns, expire ? LINUX_MIB_TCPMIGRATEREQFAILURE : LINUX_MIB_TCPMIGRATEREQSUCCESS);
  if (expire) return tcp_request_drop(req);
  if (resend) tcp_rtx_synack(req);
  if (req.num_timeout++ == 0) --l.queue->young;
  l.ns.c.timers.mod(req, l.ns.w.now() + std::min(req.timeout << req.num_timeout, TCP_RTO_MAX));
}

void forget_request(tcp_request_sock& req) {
  net& n = req.listener->ns;
  n.c.timers.del(req);
  tcp_of(n).ehash.erase(req);
  leave_queue(req);
}

// The window that the answer promises (tcp_openreq_init_rwin).
void init_rwin(tcp_request_sock& req, const rtable& rt) {
  const tcp_sock& l = *req.listener;
  const u32 mss = tcp_request_advmss(req, rt);
  const auto metric = [&](int m) { return rt.from ? rt.from->metric(m) : 0u; };
  u32 clamp = l.window_clamp ? l.window_clamp : metric(RTAX_WINDOW);
  const u32 full = static_cast<u32>(tcp_full_space(l));
  if ((l.userlocks & 2) && (clamp > full || clamp == 0)) clamp = full;
  const auto w = tcp_select_initial_window(
      l.ns, static_cast<int>(full), mss - (req.tstamp_ok ? TCPOLEN_TSTAMP_ALIGNED : 0), clamp,
      req.wscale_ok, metric(RTAX_INITRWND), sk_mem_default);
  req.rcv_wnd = w.rcv_wnd;
  req.window_clamp = w.window_clamp;
  req.rcv_wscale = w.rcv_wscale;
}

void init_request(tcp_request_sock& req, const sk_buff& s, const tcp_options_received& o) {
  const tcphdr& th = tcp_hdr(s);
  tcp_sock& l = *req.listener;
  req.laddr = ip_hdr(s).daddr;
  req.raddr = ip_hdr(s).saddr;
  req.lport = th.dest.host();
  req.rport = th.source.host();
  req.dif = l.bound_dev_if;
  req.mark = !l.mark && tcp_of(l.ns).settings.fwmark_accept ? s.mark : l.mark;
  req.rcv_isn = tcp_cb(s).seq;
  req.rcv_nxt = req.rcv_isn + 1;
  req.mss = o.mss_clamp;
  req.ts_recent = o.saw_tstamp ? o.rcv_tsval : 0;
  req.tstamp_ok = o.tstamp_ok;
  req.sack_ok = o.sack_ok;
  req.snd_wscale = o.snd_wscale;
  req.wscale_ok = o.wscale_ok;
  req.tos = ip_hdr(s).tos;
  const bool asks = th.has(TCPHDR_ECE) && th.has(TCPHDR_CWR);
  const bool plain = (tcp_cb(s).ip_dsfield & 3) == 0;
  const auto route_wants = [&] {
    const ref<rtable> rt = tcp_request_route(req);
    return rt && tcp_dst_wants_ecn(*rt);
  };
  req.ecn_ok =
      asks && (l.ca_ops->needs_ecn || (plain && tcp_of(l.ns).settings.ecn) || route_wants());
}

// TCP_SAVE_SYN: the headers as they came, from IPv4's on, or from the link's (tcp_reqsk_record_syn).
void record_syn(tcp_request_sock& req, const sk_buff& s) {
  const u8 save = req.listener->save_syn;
  if (!save) return;
  const auto* to = s.transport() + tcp_hdr(s).header_len();
  const auto* from = save == 2 ? s.mac() : s.network();
  req.saved_syn.assign(from, to);
}

}  // namespace

void tcp_request_init_rwin(tcp_request_sock& req) {
  if (const ref<rtable> rt = tcp_request_route(req)) init_rwin(req, *rt);
}

tcp_request_sock::tcp_request_sock(tcp_sock& l)
    : tcp_endpoint(kind::request), timer(on_request_timer), listener(&l) {}

void tcp_request_drop(tcp_request_sock& req) {
  forget_request(req);
  delete &req;
}

bool tcp_request_migrate(tcp_request_sock& req) {
  tcp_sock* to = tcp_reuseport_migrate(*req.listener, req.hash);
  if (!to) return false;
  leave_queue(req);
  req.listener = to;
  enter_queue(req);
  return true;
}

void tcp_conn_request(tcp_sock& l, skb_ptr p) {
  net& n = l.ns;
  tcp_table& t = tcp_of(n);
  const auto drop = [&](skb_drop_reason why) {
    net_inc_stats(n, LINUX_MIB_LISTENDROPS);
    kfree_skb_reason(std::move(p), why);
  };
  const u32 qlen = l.queue->qlen;
  bool want_cookie = false;
  if ((t.settings.syncookies == 2 || qlen >= l.max_ack_backlog) && !tcp_cb(*p).tw_isn) {
    if (!t.settings.syncookies) {
      net_inc_stats(n, LINUX_MIB_TCPREQQFULLDROP);
      return drop(TCP_LISTEN_FULL);
    }
    net_inc_stats(n, LINUX_MIB_TCPREQQFULLDOCOOKIES);
    want_cookie = true;
  }
  if (l.ack_backlog > l.max_ack_backlog) {
    net_inc_stats(n, LINUX_MIB_LISTENOVERFLOWS);
    return drop(TCP_LISTEN_FULL);
  }
  tcp_options_received o;
  o.mss_clamp = TCP_MSS_DEFAULT;
  o.user_mss = l.rx_opt.user_mss;
  tcp_fastopen_cookie foc;
  tcp_parse_options(tcp_hdr(*p), o, false, t.settings, want_cookie ? nullptr : &foc);
  if (want_cookie && !o.saw_tstamp) {
    const u16 mss = o.mss_clamp;
    o = {};
    o.mss_clamp = mss;
  }
  o.tstamp_ok = o.saw_tstamp;
  auto req = std::make_unique<tcp_request_sock>(l);
  init_request(*req, *p, o);
  const auto numbers = secure_tcp_seq(n, req->laddr, req->raddr, req->lport, req->rport);
  req->ts_off = numbers.ts_off;
  const ref<rtable> rt = tcp_request_route(*req);
  if (!rt) return drop(IP_OUTNOROUTES);
  // Without cookies the last quarter of the queue is for peers that are known.
  if (!want_cookie && !t.settings.syncookies && !tcp_cb(*p).tw_isn &&
      t.settings.max_syn_backlog - qlen < t.settings.max_syn_backlog >> 2 &&
      !tcp_peer_is_proven(*req))
    return drop(TCP_LISTEN_FULL);
  init_rwin(*req, *rt);
  req->snt_isn = tcp_cb(*p).tw_isn ? tcp_cb(*p).tw_isn : numbers.seq;
  req->snt_synack = tcp_clock_us(n);
  if (want_cookie) {
    req->snt_isn = cookie_v4_init_sequence(n, *p, req->mss);
    req->snt_synack = 0;
    if (req->tstamp_ok) req->snt_synack_ms = cookie_init_timestamp(n, *req);
    req->ecn_ok = req->ecn_ok && req->tstamp_ok;
    l.queue->synq_overflow = static_cast<u64>(n.w.now()) + 1;
    net_inc_stats(n, LINUX_MIB_SYNCOOKIESSENT);
    tcp_send_synack_of(*req, nullptr, true);
    return consume_skb(std::move(p));
  }
  if (tcp_sock* child = tcp_try_fastopen(l, *p, req, foc)) {
    tcp_send_synack_of(*child->fastopen_rsk, &foc);
    sk_data_ready(l);
    return consume_skb(std::move(p));
  }
  record_syn(*req, *p);
  tcp_request_sock& r = *req.release();
  tcp_hash_insert(n, r);
  enter_queue(r);
  n.c.timers.mod(r, n.w.now() + r.timeout);
  tcp_send_synack_of(r, &foc);
  consume_skb(std::move(p));
}

tcp_sock* tcp_check_req(tcp_request_sock& req, sk_buff& s, skb_drop_reason& why, bool& reset,
                        tcp_sock* fastopen) {
  tcp_sock& l = req.sk();
  net& n = l.ns;
  const tcphdr& th = tcp_hdr(s);
  const tcp_skb_cb& cb = tcp_cb(s);
  u8 flags = th.flags & (TCPHDR_RST | TCPHDR_SYN | TCPHDR_ACK);
  const u32 now_s = tcp_jiffies(n) / 1000;
  const peer_stamp ts = stamp_of(n, th, req.tstamp_ok, req.ts_recent, now_s);
  u32 last = static_cast<u32>(req.last_oow_ack);
  const auto limited = [&](int mib) {
    const bool yes = tcp_oow_rate_limited(n, th, cb.end_seq - cb.seq, last, mib);
    req.last_oow_ack = last;
    return yes;
  };
  if (cb.seq == req.rcv_isn && flags == TCPHDR_SYN && !ts.old) {
    // Our answer was lost, or is late.
    why = TCP_OLD_SEQUENCE;
    if (!limited(LINUX_MIB_TCPACKSKIPPEDSYNRECV)) {
      tcp_rtx_synack(req);
      if (!fastopen)
        n.c.timers.mod(req, n.w.now() + std::min(req.timeout << req.num_timeout, TCP_RTO_MAX));
    }
    return nullptr;
  }
  if ((flags & TCPHDR_ACK) && !fastopen && cb.ack_seq != req.snt_isn + 1) {
    why = TCP_INVALID_ACK_SEQUENCE;
    reset = true;
    return nullptr;
  }
  if (ts.old || !in_window(cb.seq, cb.end_seq, req.rcv_nxt, req.rcv_nxt + req.rcv_wnd)) {
    why = ts.old ? TCP_RFC7323_PAWS : TCP_INVALID_SEQUENCE;
    if (!(flags & TCPHDR_RST) && !limited(LINUX_MIB_TCPACKSKIPPEDSYNRECV))
      tcp_v4_send_ack(n, s, req.snt_isn + 1, req.rcv_nxt, req.rcv_wnd >> req.rcv_wscale,
                      tcp_jiffies(n) + req.ts_off, req.ts_recent, req.dif, req.tos, req.mark,
                      tcp_md5_lookup(l, req));
    if (ts.old) net_inc_stats(n, LINUX_MIB_PAWSESTABREJECTED);
    return nullptr;
  }
  if (ts.saw && !after(cb.seq, req.rcv_nxt)) req.ts_recent = ts.val;
  if (cb.seq == req.rcv_isn) flags &= static_cast<u8>(~TCPHDR_SYN);
  if (flags & (TCPHDR_RST | TCPHDR_SYN)) {
    tcp_inc_stats(n, TCP_MIB_ATTEMPTFAILS);
    reset = !(flags & TCPHDR_RST);
    why = TCP_RESET;
    if (fastopen) {
      if (!reset) reqsk_fastopen_remove(*fastopen, true);
      return nullptr;  // who asked ends the connection
    }
    net_inc_stats(n, LINUX_MIB_EMBRYONICRSTS);
    tcp_request_drop(req);
    return nullptr;
  }
  why = TCP_FLAGS;
  if (!(flags & TCPHDR_ACK)) return nullptr;
  if (fastopen) return fastopen;
  if (req.num_timeout < l.defer_accept && cb.end_seq == req.rcv_isn + 1) {
    req.acked = true;
    net_inc_stats(n, LINUX_MIB_TCPDEFERACCEPTDROP);
    return nullptr;
  }
  tcp_sock* child = tcp_create_openreq_child(req, s);
  if (!child) {
    why = TCP_LISTEN_FULL;
    if (tcp_of(n).settings.abort_on_overflow) {
      reset = true;
      net_inc_stats(n, LINUX_MIB_EMBRYONICRSTS);
      tcp_request_drop(req);
    } else {
      req.acked = true;
    }
    return nullptr;
  }
  tcp_synack_rtt_meas(*child, req.num_retrans ? 0 : req.snt_synack);
  tcp_request_drop(req);
  return child;
}

tcp_sock::tcp_sock(net& n, const tcp_sock& l)
    : inet_sock(n, *l.sk_socket, AF_INET, IPPROTO_TCP), tcp_endpoint(kind::full), work(l.fn) {
  sk_socket = nullptr;
  uid = l.uid;
  tcp_init_sock(*this);
  type = SOCK_STREAM;
  // What a connection inherits from who accepts it.
  rcvbuf = l.rcvbuf;
  sndbuf = l.sndbuf;
  userlocks = l.userlocks & ~SOCK_BINDPORT_LOCK;
  bound_dev_if = l.bound_dev_if;
  mark = l.mark;
  priority = l.priority;
  rcvtimeo = l.rcvtimeo;
  sndtimeo = l.sndtimeo;
  rcvlowat = l.rcvlowat;
  reuseaddr = l.reuseaddr;
  reuseport = l.reuseport;
  keepalive = l.keepalive;
  dontroute = l.dontroute;
  oobinline = l.oobinline;
  linger = l.linger;
  linger_time = l.linger_time;
  if (l.filter) filter = std::make_unique<const std::vector<sock_filter>>(*l.filter);
  uc_ttl = l.uc_ttl;
  mc_ttl = l.mc_ttl;
  tos = l.tos;
  pmtudisc = l.pmtudisc;
  recverr = l.recverr;
  freebind = l.freebind;
  transparent = l.transparent;
  min_ttl = l.min_ttl;
  cmsg_flags = l.cmsg_flags;
  keepalive_time_ms = l.keepalive_time_ms;
  keepalive_intvl_ms = l.keepalive_intvl_ms;
  keepalive_probes = l.keepalive_probes;
  notsent_lowat = l.notsent_lowat;
  linger2 = l.linger2;
  nonagle = l.nonagle;
  user_timeout_ms = l.user_timeout_ms;
  rx_opt.user_mss = l.rx_opt.user_mss;
  ca_ops = l.ca_ops;
  ca_setsockopt = l.ca_setsockopt;
  defer_accept = l.defer_accept;
  zerocopy = l.zerocopy;
  txrehash = l.txrehash;
  recvmsg_inq = l.recvmsg_inq;
  save_syn = l.save_syn;
  thin_lto = l.thin_lto;
  tx_delay_us = l.tx_delay_us;
  rcvtstamp = l.rcvtstamp;
  rcvtstampns = l.rcvtstampns;
  timestamp_new = l.timestamp_new;
  tsflags = l.tsflags;
}

tcp_sock* tcp_create_openreq_child(tcp_request_sock& req, const sk_buff& s) {
  tcp_sock& l = *req.listener;
  net& n = l.ns;
  const auto refuse = [&](int mib) -> tcp_sock* {
    if (mib) net_inc_stats(n, mib);
    net_inc_stats(n, LINUX_MIB_LISTENDROPS);
    return nullptr;
  };
  if (l.ack_backlog > l.max_ack_backlog) return refuse(LINUX_MIB_LISTENOVERFLOWS);
  ref<rtable> rt = tcp_request_route(req);
  if (!rt) return refuse(0);
  auto* sk = new tcp_sock(n, l);
  tcp_mstamp_refresh(*sk);
  sk->laddr = sk->inet_rcv_saddr = sk->inet_saddr = req.laddr;
  sk->raddr = sk->inet_daddr = req.raddr;
  sk->lport = sk->inet_num = req.lport;
  sk->rport = sk->inet_dport = req.rport;
  sk->dif = req.dif;
  sk->id = static_cast<u16>(n.c.rand.next());
  sk->cookie = req.cookie;
  sk->mark = req.mark;
  if (tcp_of(n).settings.reflect_tos) sk->tos = req.tos & static_cast<u8>(~ecn_mask);
  if (!req.saved_syn.empty())
    sk->saved_syn = std::make_unique<std::vector<std::byte>>(std::move(req.saved_syn));
  const u32 seq = req.rcv_isn + 1, isn = req.snt_isn + 1;
  sk->rcv_wup = sk->copied_seq = sk->rcv_nxt = seq;
  sk->segs_in = 1;  // the SYN
  sk->snd_sml = sk->snd_una = sk->snd_nxt = sk->snd_up = isn;
  sk->write_seq = sk->pushed_seq = isn;
  sk->snd_wl1 = req.rcv_isn;
  sk->total_retrans = req.num_retrans;
  sk->rx_opt.tstamp_ok = req.tstamp_ok;
  sk->rx_opt.sack_ok = req.sack_ok;
  sk->rx_opt.wscale_ok = req.wscale_ok;
  sk->window_clamp = req.window_clamp;
  sk->rcv_ssthresh = sk->rcv_wnd = req.rcv_wnd;
  if (req.wscale_ok) {
    sk->rx_opt.snd_wscale = req.snd_wscale;
    sk->rx_opt.rcv_wscale = req.rcv_wscale;
  } else {
    sk->window_clamp = std::min(sk->window_clamp, 65535u);
  }
  sk->snd_wnd = sk->max_window = u32{tcp_hdr(s).window.host()} << sk->rx_opt.snd_wscale;
  if (req.tstamp_ok) {
    sk->rx_opt.ts_recent = req.ts_recent;
    sk->rx_opt.ts_recent_stamp = tcp_jiffies(n) / 1000 + 1;
    sk->tcp_header_len = sizeof(tcphdr) + TCPOLEN_TSTAMP_ALIGNED;
  }
  sk->tsoffset = req.ts_off;
  if (s.len() >= TCP_MSS_DEFAULT + sk->tcp_header_len)
    sk->ack.last_seg_size = s.len() - sk->tcp_header_len;
  sk->rx_opt.mss_clamp = req.mss;
  if (req.ecn_ok) sk->ecn_flags = TCP_ECN_OK;
  sk->ack.lrcvtime_ms = sk->lsndtime_ms = tcp_jiffies(n);
  sk->dst = std::move(rt);
  if (!tcp_ca_dst_init(*sk) && !sk->ca_setsockopt) tcp_assign_congestion_control(*sk);
  // Needed before the rest of the route's metrics: the handshake itself measures a round trip.
  if (const u32 least = sk->dst->from ? sk->dst->from->metric(RTAX_RTO_MIN) : 0)
    sk->rto_min = ktime{least} * ns_per_ms;
  tcp_setup_caps(*sk, *sk->dst);
  if (const tcp_md5sig_key* key = tcp_md5_lookup(l, req)) tcp_md5_inherit(*sk, *key);
  tcp_sync_mss(*sk, rt_mtu(*sk->dst));
  sk->advmss = tcp_request_advmss(req, *sk->dst);
  if (req.tstamp_ok) sk->advmss -= TCPOLEN_TSTAMP_ALIGNED;
  tcp_initialize_rcv_mss(*sk);
  sk->state = TCP_SYN_RECV;
  sk->listener = &l;
  tcp_inc_stats(n, TCP_MIB_PASSIVEOPENS);
  tcp_bind_to(*sk, sk->inet_num);
  tcp_of(n).ehash.erase(req);  // the connection takes the request's place
  tcp_hash_insert(n, *sk);
  l.queue->accepted.push_back(*sk);
  ++l.ack_backlog;
  if (sk->keepalive) tcp_reset_keepalive_timer(*sk, ktime{keepalive_time_when(*sk)} * ns_per_ms);
  return sk;
}

}  // namespace linnet
