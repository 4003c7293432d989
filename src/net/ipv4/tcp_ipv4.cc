// TCP over IPv4: which connection a segment belongs to, what answers one that belongs to none, ICMP errors, and the way
// to the peer.
#include <linux/icmp.h>
#include <linux/in_route.h>
#include <linux/tcp.h>

#include "base/checksum.hh"
#include "base/hash.hh"
#include "net/core/filter.hh"
#include "net/core/gso.hh"
#include "net/core/l3mdev.hh"
#include "net/core/tracepoint.hh"
#include "net/core/world.hh"
#include "net/ipv4/early_demux.hh"
#include "net/ipv4/fib_exceptions.hh"
#include "net/ipv4/fib_trace.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_memory.hh"
#include "net/ipv4/tcp_option_writer.hh"
#include "net/ipv4/tcp_units.hh"
#include "wire/icmp.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

flowi4 flow_of(const tcp_sock& sk) {
  flowi4 fl;
  fl.daddr = sk.inet_opt && sk.inet_opt->srr ? sk.inet_opt->faddr : sk.inet_daddr;
  fl.saddr = sk.inet_saddr;
  fl.oif = sk.bound_dev_if ? sk.bound_dev_if : sk.unicast_if;
  fl.mark = sk.mark;
  fl.tos = sk.tos & 0x1c;
  fl.proto = IPPROTO_TCP;
  fl.uid = sk.uid;
  fl.sport = sk.inet_num;
  fl.dport = sk.inet_dport;
  if (sk.dontroute) fl.scope = RT_SCOPE_LINK;
  if (sk.transparent) fl.flags |= FLOWI_FLAG_ANYSRC;
  return fl;
}

}  // namespace

// Numbers that grow with time and that only this world can tell (RFC 6528).
tcp_seq_and_offset secure_tcp_seq(const net& n, be32 saddr, be32 daddr, u16 sport, u16 dport) {
  const tcp_table& t = tcp_of(n);
  const u64 addrs = hash_mix(t.secret[1], u64{saddr.raw()} << 32 | daddr.raw());
  const u64 h = hash_mix(addrs ^ t.secret[0], u64{sport} << 16 | dport);
  const u32 clock = static_cast<u32>(static_cast<u64>(n.w.now()) >> 6);  // a tick in 64 ns
  return {static_cast<u32>(h) + clock,
          t.settings.timestamps == 1 ? static_cast<u32>(addrs >> 32) : 0};
}

rtable* tcp_route(tcp_sock& sk, int* error) {
  if (rtable* rt = sk.dst.get(); rt && rt_is_valid(*rt)) return rt;
  sk.dst = {};
  flowi4 fl = flow_of(sk);
  auto rt = ip_route_output_key(sk.ns, fl);
  if (!rt) {
    if (error) *error = rt.error().code;
    return nullptr;
  }
  sk.dst = std::move(*rt);
  tcp_setup_caps(sk, *sk.dst);
  return sk.dst.get();
}

namespace {

// inet_sk_reselect_saddr: the connection changes its name, to which nobody has answered yet. Returns an errno, or 0.
int reselect_saddr(tcp_sock& sk) {
  flowi4 fl = flow_of(sk);
  fl.saddr = be32();
  auto rt = ip_route_output_key(sk.ns, fl);
  if (!rt) return rt.error().code;
  sk.dst = std::move(*rt);
  tcp_setup_caps(sk, *sk.dst);
  if (fl.saddr == sk.inet_saddr) return 0;
  sk.inet_saddr = sk.inet_rcv_saddr = fl.saddr;
  tcp_unhash(sk);
  sk.laddr = fl.saddr;
  tcp_hash_insert(sk.ns, sk);
  return 0;
}

}  // namespace

bool inet_sk_rebuild_header(tcp_sock& sk) {
  int error = 0;
  if (tcp_route(sk, &error)) return true;
  const bool movable = ipv4_of(sk.ns).sysctl_ip_dynaddr && sk.state == TCP_SYN_SENT &&
                       !(sk.userlocks & SOCK_BINDADDR_LOCK);
  if (movable) error = reselect_saddr(sk);
  if (error) sk.sk_err_soft = error;
  return !error;
}

int ip_queue_xmit(tcp_sock& sk, skb_ptr p, u8 tos) {
  const rtable* rt = tcp_route(sk);
  if (!rt) {
    ip_inc_stats(sk.ns, IPSTATS_MIB_OUTNOROUTES);
    kfree_skb_reason(std::move(p), IP_OUTNOROUTES);
    return EHOSTUNREACH;
  }
  const ref<rtable> hold = sk.dst;
  const bool df = sk.pmtudisc == IP_PMTUDISC_DO || sk.pmtudisc == IP_PMTUDISC_PROBE ||
                  (sk.pmtudisc == IP_PMTUDISC_WANT && !ip_mtu_locked(*rt));
  const ip_send_params a = {
      .saddr = sk.inet_saddr,
      .daddr = sk.inet_opt && sk.inet_opt->srr ? sk.inet_opt->faddr : sk.inet_daddr,
      .protocol = IPPROTO_TCP,
      .tos = tos,
      .ttl = static_cast<u8>(sk.uc_ttl < 0 ? 0 : sk.uc_ttl),
      .df = df,
      .id = df ? std::exchange(sk.id, static_cast<u16>(sk.id + skb_gso_segs(*p))) : u16{0},
      .mark = sk.mark,
      .priority = sk.priority,
      .opt = sk.inet_opt.get(),
      .final_daddr = sk.inet_daddr};
  return ip_push_header_and_send(sk.ns, std::move(p), *rt, a);
}

status tcp_v4_connect(tcp_sock& sk, be32 daddr, u16 dport) {
  sk.inet_daddr = daddr;
  sk.inet_dport = dport;
  const bool had_source = static_cast<bool>(sk.inet_saddr);
  const auto fail = [&](int e) -> status {
    tcp_set_state(sk, TCP_CLOSE);
    sk.dst = {};
    sk.inet_daddr = be32();
    sk.inet_dport = 0;
    if (!had_source) sk.inet_saddr = sk.inet_rcv_saddr = be32();
    return err(e);
  };
  flowi4 fl = flow_of(sk);
  auto rt = ip_route_output_key(sk.ns, fl);
  if (!rt) {
    trace_route_refused(sk.ns, fl, rt.error().code);
    if (rt.error() == ENETUNREACH) ip_inc_stats(sk.ns, IPSTATS_MIB_OUTNOROUTES);
    return fail(rt.error().code);
  }
  if ((*rt)->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST)) return fail(ENETUNREACH);
  if (!sk.inet_opt || !sk.inet_opt->srr) sk.inet_daddr = fl.daddr;
  if (!sk.inet_saddr) sk.inet_saddr = fl.saddr;
  if (!sk.inet_rcv_saddr) sk.inet_rcv_saddr = sk.inet_saddr;
  sk.rx_opt.mss_clamp = TCP_MSS_DEFAULT;
  tcp_set_state(sk, TCP_SYN_SENT);
  if (status got = inet_hash_connect(sk); !got) return fail(got.error().code);
  sk.dst = std::move(*rt);
  tcp_setup_caps(sk, *sk.dst);
  // Rules and hashes may go by the port, which is known only now.
  if (!sk.bound_by_call) {
    sk.dst = {};
    int e = EHOSTUNREACH;
    if (!tcp_route(sk, &e)) return fail(e);
  }
  const auto numbers = secure_tcp_seq(sk.ns, sk.inet_saddr, sk.inet_daddr, sk.inet_num, dport);
  if (!sk.write_seq) sk.write_seq = numbers.seq;
  sk.tsoffset = numbers.ts_off;
  sk.id = static_cast<u16>(sk.ns.c.rand.next());
  if (tcp_fastopen_defer_connect(sk)) return {};
  if (const int e = tcp_connect(sk)) return fail(e);
  return {};
}

// ---- answers without a sock

namespace {

struct reply {
  u32 seq = 0, ack_seq = 0;
  u8 flags = 0, tos = 0;
  u16 window = 0;
  u32 mark = 0;
  int oif = 0;
  bool tstamp = false;
  u32 tsval = 0, tsecr = 0;
  const tcp_md5sig_key* key = nullptr;
};

// From where the segment went to where it came from (ip_send_unicast_reply).
bool send_reply(net& n, const sk_buff& to, const reply& r) {
  const iphdr& ip = ip_hdr(to);
  const tcphdr& in = tcp_hdr(to);
  flowi4 fl;
  fl.daddr = ip.saddr;
  fl.saddr = ip.daddr;
  fl.oif = r.oif;
  if (!fl.oif && l3mdev_master_ifindex_by_index(n, to.skb_iif)) fl.oif = to.skb_iif;
  fl.mark = r.mark ? r.mark : ipv4_of(n).sysctl_fwmark_reflect ? to.mark : 0;
  fl.tos = r.tos & 0x1c;
  fl.proto = IPPROTO_TCP;
  fl.sport = in.dest.host();
  fl.dport = in.source.host();
  fl.flags = FLOWI_FLAG_ANYSRC;
  auto rt = ip_route_output_key(n, fl);
  if (!rt) return false;
  tcp_option_writer o;
  if (r.tstamp) o.tstamp(r.tsval, r.tsecr, false);
  const u32 signature = r.key ? o.md5() : 0;
  const u32 hlen = static_cast<u32>(sizeof(tcphdr)) + o.size();
  skb_ptr p = alloc_skb(n.c, skb_default_headroom + 64 + hlen);
  skb_reserve(*p, skb_default_headroom + 64);
  auto& th = *reinterpret_cast<tcphdr*>(skb_put(*p, hlen));
  th = {};
  th.source = in.dest;
  th.dest = in.source;
  th.seq = r.seq;
  th.ack_seq = r.ack_seq;
  th.set_header_len(hlen);
  th.flags = r.flags;
  th.window = r.window;
  auto* options = reinterpret_cast<u8*>(&th + 1);
  if (o.size()) std::memcpy(options, o.bytes().data(), o.size());
  if (r.key) tcp_v4_md5_sign(*r.key, ip.daddr, ip.saddr, th, {}, options + signature);
  p->reset_transport_header();
  tcp_v4_send_check(*p, ip.daddr, ip.saddr);
  tcp_inc_stats(n, TCP_MIB_OUTSEGS);
  const ip_send_params a = {.saddr = ip.daddr,
                            .daddr = ip.saddr,
                            .protocol = IPPROTO_TCP,
                            .tos = r.tos,
                            .df = true,
                            .mark = fl.mark,
                            .final_daddr = ip.saddr};
  ip_push_header_and_send(n, std::move(p), **rt, a);
  return true;
}

}  // namespace

namespace {

// What a reset is to be signed with. Without a sock: if the segment was signed, whoever listens at its port may know the key,
// and an answer goes only to a signature that is right. False: none goes.
bool reset_key(net& n, const tcp_sock* sk, const sk_buff& s, const tcp_md5sig_key*& key) {
  const iphdr& ip = ip_hdr(s);
  const int l3index = inet_sdif(s) ? inet_iif(s) : 0;
  if (sk) {
    key = tcp_md5_do_lookup(*sk, l3index, ip.saddr);
    return true;
  }
  const std::byte* signature = tcp_parse_md5sig_option(tcp_hdr(s));
  if (!signature) return true;
  const u16 port = tcp_hdr(s).source.host();
  const tcp_sock* l =
      tcp_lookup_listener(n, ip.saddr, port, ip.daddr, port, inet_iif(s), inet_sdif(s));
  key = l ? tcp_md5_do_lookup(*l, l3index, ip.saddr) : nullptr;
  return key && tcp_md5_hash_matches(*key, s, signature);
}

}  // namespace

void tcp_v4_send_reset(net& n, const tcp_sock* sk, const sk_buff& s) {
  const tcphdr& th = tcp_hdr(s);
  if (th.has(TCPHDR_RST)) return;  // never in answer to one
  if (!sk && skb_rtable(s) && skb_rtable(s)->rt_type != RTN_LOCAL) return;
  reply r;
  if (!reset_key(n, sk, s, r.key)) return;
  r.tos = ip_hdr(s).tos & 0x1c;
  if (th.has(TCPHDR_ACK)) {
    r.seq = th.ack_seq.host();
    r.flags = TCPHDR_RST;
  } else {
    const u32 len = static_cast<u32>(s.tail - s.transport()) - th.header_len();
    r.ack_seq = th.seq.host() + (th.has(TCPHDR_SYN) ? 1 : 0) + (th.has(TCPHDR_FIN) ? 1 : 0) + len;
    r.flags = TCPHDR_RST | TCPHDR_ACK;
  }
  if (sk) {
    r.mark = sk->mark;
    r.oif = sk->bound_dev_if;
  }
  if (send_reply(n, s, r)) tcp_inc_stats(n, TCP_MIB_OUTRSTS);
}

void tcp_v4_send_ack(net& n, const sk_buff& to, u32 seq, u32 ack, u32 win, u32 tsval, u32 tsecr,
                     int oif, u8 tos, u32 mark, const tcp_md5sig_key* key) {
  send_reply(n, to,
             {.seq = seq,
              .ack_seq = ack,
              .flags = TCPHDR_ACK,
              .tos = tos,
              .window = static_cast<u16>(win),
              .mark = mark,
              .oif = oif,
              .tstamp = tsecr != 0,
              .tsval = tsval,
              .tsecr = tsecr,
              .key = key});
}

// ---- segments in

namespace {

bool checksum_ok(const sk_buff& s) {
  if (skb_csum_unnecessary(s)) return true;
  const iphdr& ip = ip_hdr(s);
  const u32 pseudo = csum_tcpudp_nofold(ip.saddr, ip.daddr, s.len(), IPPROTO_TCP, 0);
  return csum_fold(csum_partial(s.data, s.len(), pseudo)).raw() == 0;
}

void fill_cb(sk_buff& s) {
  const tcphdr& th = tcp_hdr(s);
  const u8 dsfield = ip_hdr(s).tos;
  tcp_skb_cb cb;
  cb.seq = th.seq.host();
  cb.end_seq = cb.seq + (th.has(TCPHDR_SYN) ? 1 : 0) + (th.has(TCPHDR_FIN) ? 1 : 0) + s.len() -
               th.header_len();
  cb.ack_seq = th.ack_seq.host();
  cb.flags = th.flags;
  cb.ip_dsfield = dsfield;
  tcp_cb(s) = cb;
}

void no_socket(net& n, skb_ptr p) {
  if (!checksum_ok(*p)) {
    tcp_inc_stats(n, TCP_MIB_CSUMERRORS);
    tcp_inc_stats(n, TCP_MIB_INERRS);
    return kfree_skb_reason(std::move(p), TCP_CSUM);
  }
  tcp_v4_send_reset(n, nullptr, *p);
  kfree_skb_reason(std::move(p), NO_SOCKET);
}

// tcp_v4_do_rcv, and what the front end's lock makes of it on Linux: nothing holds a sock here.
void do_rcv(tcp_sock& sk, skb_ptr p) {
  const u32 segs = skb_gso_segs(*p);
  sk.segs_in += segs;
  if (p->len() > tcp_hdr(*p).header_len()) sk.data_segs_in += segs;
  if (sk.state == TCP_ESTABLISHED) {
    tcp_rx_dst_keep(sk, *p);
    return tcp_rcv_established(sk, std::move(p));
  }
  const skb_drop_reason why = tcp_rcv_state_process(sk, p);
  if (why == not_dropped_yet) return;
  tcp_v4_send_reset(sk.ns, &sk, *p);
  kfree_skb_reason(std::move(p), why);
}

// The child of a handshake gets its first segment, and its listener is told.
void child_process(tcp_sock& listener, tcp_sock& child, skb_ptr p) {
  const u8 state = child.state;
  do_rcv(child, std::move(p));
  if (state == TCP_SYN_RECV && child.state != state) sk_data_ready(listener);
}

// Whether somebody listens for the request, who answered it or who takes it over.
bool has_listener(tcp_request_sock& req) {
  if (likely(req.listener->state == TCP_LISTEN)) return true;
  if (!tcp_request_migrate(req)) return false;
  net_inc_stats(req.listener->ns, LINUX_MIB_TCPMIGRATEREQSUCCESS);
  return true;
}

void rcv_for_request(net& n, tcp_request_sock& req, skb_ptr p) {
  tcp_sock& listener = *req.listener;
  skb_drop_reason why = NOT_SPECIFIED;
  bool reset = false;
  tcp_sock* child = tcp_check_req(req, *p, why, reset);
  if (child) return child_process(listener, *child, std::move(p));
  if (reset) tcp_v4_send_reset(n, &listener, *p);
  kfree_skb_reason(std::move(p), why);
}

// True: a new connection may begin in its place.
bool rcv_for_timewait(net& n, tcp_timewait_sock& tw, skb_ptr& p, u32& isn) {
  const tcphdr& th = tcp_hdr(*p);
  switch (tcp_timewait_state_process(tw, *p, th, isn)) {
    case tcp_tw_status::syn:
      if (tcp_lookup_listener(n, ip_hdr(*p).saddr, th.source.host(), ip_hdr(*p).daddr,
                              th.dest.host(), p->skb_iif, 0)) {
        tcp_timewait_kill(tw);
        return true;
      }
      [[fallthrough]];
    case tcp_tw_status::ack:
      tcp_v4_send_ack(n, *p, tw.snd_nxt, tw.rcv_nxt, tw.rcv_wnd >> tw.rcv_wscale,
                      tcp_jiffies(n) + tw.ts_offset, tw.tstamp_ok ? tw.ts_recent : 0, tw.dif,
                      tw.tos, tw.mark, tw.md5.get());
      break;
    case tcp_tw_status::rst:
      tcp_v4_send_reset(n, nullptr, *p);
      tcp_timewait_kill(tw);
      break;
    case tcp_tw_status::success: break;
  }
  kfree_skb_reason(std::move(p), TCP_CLOSED);
  return false;
}

void rcv_one(net& n, skb_ptr p) {
  if (p->pkt != pkt_type::host) return kfree_skb_reason(std::move(p), NOT_SPECIFIED);
  tcp_inc_stats(n, TCP_MIB_INSEGS);
  const auto* th = skb_header<tcphdr>(*p);
  if (!th || th->header_len() < sizeof(tcphdr) || p->len() < th->header_len()) {
    tcp_inc_stats(n, TCP_MIB_INERRS);
    return kfree_skb_reason(std::move(p), PKT_TOO_SMALL);
  }
  p->reset_transport_header();
  trace(n.c, tp::tcp_v4_rcv, p.get(), nullptr);
  if (!checksum_ok(*p)) {
    tcp_inc_stats(n, TCP_MIB_CSUMERRORS);
    tcp_inc_stats(n, TCP_MIB_INERRS);
    return kfree_skb_reason(std::move(p), TCP_CSUM);
  }
  if (p->summed == ip_summed::none) p->summed = ip_summed::unnecessary;
  const be32 saddr = ip_hdr(*p).saddr, daddr = ip_hdr(*p).daddr;
  const u16 sport = th->source.host(), dport = th->dest.host();
  const int dif = inet_iif(*p), sdif = inet_sdif(*p);
  const u8 ttl = ip_hdr(*p).ttl;
  tcp_endpoint* e = tcp_lookup_established(n, saddr, sport, daddr, dport, dif, sdif);
  u32 isn = 0;
  tcp_sock* sk = nullptr;
  if (e && e->what == tcp_endpoint::kind::timewait) {
    fill_cb(*p);
    if (!rcv_for_timewait(n, static_cast<tcp_timewait_sock&>(*e), p, isn)) return;
  } else if (e && e->what == tcp_endpoint::kind::request) {
    auto& req = static_cast<tcp_request_sock&>(*e);
    if (const auto bad = tcp_inbound_md5_hash(*req.listener, *p, dif, sdif); bad != not_dropped_yet)
      return kfree_skb_reason(std::move(p), bad);
    if (likely(has_listener(req))) {
      if (unlikely(!sk_filter_trim_cap(*req.listener, *p, th->header_len())))
        return kfree_skb_reason(std::move(p), SOCKET_FILTER);
      fill_cb(*p);
      return rcv_for_request(n, req, std::move(p));
    }
    tcp_request_drop(req);
  } else if (e) {
    sk = static_cast<tcp_sock*>(e);
  }
  if (!sk)
    sk = tcp_lookup_listener(n, saddr, sport, daddr, dport, dif, sdif, &*p, th->header_len());
  if (!sk) return no_socket(n, std::move(p));
  if (unlikely(sk->min_ttl && ttl < sk->min_ttl)) {
    net_inc_stats(n, LINUX_MIB_TCPMINTTLDROP);
    return kfree_skb_reason(std::move(p), TCP_MINTTL);
  }
  if (const auto bad = tcp_inbound_md5_hash(*sk, *p, dif, sdif); unlikely(bad != not_dropped_yet))
    return kfree_skb_reason(std::move(p), bad);
  if (unlikely(!sk_filter_trim_cap(*sk, *p, tcp_hdr(*p).header_len())))
    return kfree_skb_reason(std::move(p), SOCKET_FILTER);
  fill_cb(*p);
  tcp_cb(*p).tw_isn = isn;
  // An ack for a listener may be a cookie's.
  if (sk->state == TCP_LISTEN && tcp_hdr(*p).has(TCPHDR_ACK) && !tcp_hdr(*p).has(TCPHDR_SYN) &&
      !tcp_hdr(*p).has(TCPHDR_RST)) {
    bool reset = true;
    if (tcp_sock* child = cookie_v4_check(*sk, *p, reset))
      return child_process(*sk, *child, std::move(p));
    if (!reset) return kfree_skb_reason(std::move(p), TCP_FLAGS);
  }
  do_rcv(*sk, std::move(p));
}

}  // namespace

void tcp_list_rcv(sk_buff_head&& list, net& n) {
  while (skb_ptr p = list.dequeue()) rcv_one(n, std::move(p));
}

// ---- ICMP errors

namespace {

void mtu_reduced(tcp_sock& sk, const iphdr& quoted, u32 mtu) {
  ipv4_sk_update_pmtu(sk, quoted, mtu);
  sk.dst = {};
  const rtable* rt = tcp_route(sk);
  if (!rt) return;
  const u32 now = rt_mtu(*rt);
  if (sk.pmtudisc != IP_PMTUDISC_DONT && sk.pmtu_cookie > now) {
    tcp_sync_mss(sk, now);
    tcp_simple_retransmit(sk);
  }
}

int errno_of(const icmphdr& icmp) {
  switch (icmp.type) {
    case ICMP_PARAMETERPROB: return EPROTO;
    case ICMP_DEST_UNREACH:
      return icmp.code > NR_ICMP_UNREACH ? 0 : icmp_err_convert(icmp.code).err;
    case ICMP_TIME_EXCEEDED: return EHOSTUNREACH;
    default: return 0;
  }
}

}  // namespace

void tcp_v4_err(net& n, sk_buff& s, u32 info) {
  const iphdr& quoted = *reinterpret_cast<const iphdr*>(s.data);
  if (s.len() < quoted.header_len() + 8) return;
  const auto& th = *reinterpret_cast<const tcphdr*>(s.data + quoted.header_len());
  const auto& icmp = *reinterpret_cast<const icmphdr*>(s.transport());
  tcp_endpoint* e = tcp_lookup_established(n, quoted.daddr, th.dest.host(), quoted.saddr,
                                           th.source.host(), s.skb_iif, inet_sdif(s));
  if (!e) {
    icmp_inc_stats(n, ICMP_MIB_INERRORS);
    return;
  }
  if (e->what == tcp_endpoint::kind::timewait) return;
  const u32 seq = th.seq.host();
  const int error = errno_of(icmp);
  if (e->what == tcp_endpoint::kind::request) {
    auto& req = static_cast<tcp_request_sock&>(*e);
    if (seq != req.snt_isn) {
      net_inc_stats(n, LINUX_MIB_OUTOFWINDOWICMPS);
    } else if (icmp.type == ICMP_TIME_EXCEEDED || icmp.type == ICMP_PARAMETERPROB ||
               (icmp.type == ICMP_DEST_UNREACH &&
                (icmp.code == ICMP_NET_UNREACH || icmp.code == ICMP_HOST_UNREACH))) {
      // Nothing says this to somebody who waits for it, so the request ends (tcp_req_err).
      tcp_request_drop(req);
      net_inc_stats(n, LINUX_MIB_LISTENDROPS);
    }
    return;
  }
  tcp_sock& sk = static_cast<tcp_sock&>(*e);
  if (sk.state == TCP_CLOSE) return;
  if (sk.min_ttl && ip_hdr(s).ttl < sk.min_ttl) {
    net_inc_stats(n, LINUX_MIB_TCPMINTTLDROP);
    return;
  }
  tcp_mstamp_refresh(sk);
  const u32 oldest = sk.fastopen_rsk ? sk.fastopen_rsk->snt_isn : sk.snd_una;
  if (!between(seq, oldest, sk.snd_nxt)) {
    net_inc_stats(n, LINUX_MIB_OUTOFWINDOWICMPS);
    return;
  }
  if (icmp.type == ICMP_REDIRECT) return ipv4_sk_redirect(sk, s);
  if (icmp.type == ICMP_DEST_UNREACH && icmp.code == ICMP_FRAG_NEEDED)
    return mtu_reduced(sk, quoted, info);
  if (!error) return;
  // One that Fast Open has opened is as good as connected once it is accepted.
  if ((sk.state == TCP_SYN_SENT || sk.state == TCP_SYN_RECV) &&
      !(sk.fastopen_rsk && !sk.listener)) {
    if (sk.recverr)
      ip_icmp_error(sk, s, error, th.dest.host(), info, s.payload().subspan(quoted.header_len()));
    sk.sk_err = error;
    sk_error_report(sk);
    tcp_done(sk);
    return;
  }
  if (sk.recverr && !sk.orphaned) {
    sk.sk_err = error;
    sk_error_report(sk);
  } else {
    sk.sk_err_soft = error;  // told when the connection is given up
  }
}

namespace {
const net_protocol tcp_protocol_ = {
    .handler = tcp_list_rcv, .err_handler = tcp_v4_err, .icmp_strict_tag_validation = true};
}

const net_protocol& tcp_protocol() { return tcp_protocol_; }

tcp_table::tcp_table(net& n) : ns(n), segments(new slab_pool(sizeof(tcp_segment))) {
  for (u64& s : secret) s = n.c.rand.next();
}

tcp_table::~tcp_table() = default;

void tcp_net_init(net& n) {
  ipv4_of(n).tcp = {new tcp_table(n), [](tcp_table* t) { delete t; }};
  const net* first = n.w.init_net;
  if (!first || first == &n) {
    tcp_of(n).memory = std::make_shared<tcp_memory>();
    return;
  }
  tcp_of(n).congestion_control = tcp_of(*first).congestion_control;
  tcp_of(n).memory = tcp_of(*first).memory;
}

// Only what nobody has a descriptor of is left now.
void tcp_net_exit(net& n) {
  tcp_table& t = tcp_of(n);
  while (!t.timewaits.empty()) tcp_timewait_kill(t.timewaits.front());
  while (!t.all.empty()) {
    tcp_sock& sk = t.all.front();
    while (sk.queue && sk.queue->qlen) tcp_request_drop(sk.queue->requests.front());
    if (!sk.done) {
      tcp_write_queue_purge(sk);
      sk.state = TCP_CLOSE;
      tcp_destroy_sock(sk);
    }
    list<tcp_sock, tcp_all_tag>::remove(sk);
    static_cast<work&>(sk).unlink();
    sk_free(&sk);
  }
}

}  // namespace linnet
