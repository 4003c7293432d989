// The answer to a SYN, from a request that a listener has, or, with Fast Open, from the connection that is there already.
#include <linux/tcp.h>

#include "net/core/skb_pool.hh"
#include "net/core/world.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_option_writer.hh"
#include "net/ipv4/tcp_synack.hh"
#include "net/ipv4/tcp_units.hh"

namespace linnet {
namespace {

// Where a signature stands among the options; 0: there is none (tcp_synack_options). With one, time stamps or SACK have to
// go; SACK stays.
u32 synack_options(tcp_request_sock& req, const rtable& rt, const tcp_md5sig_key* key,
                   const tcp_fastopen_cookie* foc, bool syn_cookie, tcp_option_writer& o) {
  const tcp_sock& sk = req.sk();
  u32 signature = 0;
  if (key) {
    signature = o.md5();
    if (!syn_cookie) req.tstamp_ok = req.tstamp_ok && !req.sack_ok;
  }
  o.mss(tcp_request_advmss(req, rt));
  if (req.tstamp_ok)
    o.tstamp(req.snt_synack_ms ? req.snt_synack_ms : tcp_jiffies(sk.ns) + req.ts_off, req.ts_recent,
             req.sack_ok);
  else if (req.sack_ok)
    o.sack_perm();
  if (req.wscale_ok) o.wscale(req.rcv_wscale);
  if (foc && foc->len >= 0) o.fastopen(*foc);
  return signature;
}

}  // namespace

ref<rtable> tcp_request_route(const tcp_request_sock& req) {
  const tcp_sock& sk = req.sk();
  flowi4 fl;
  fl.daddr = req.raddr;
  fl.saddr = req.laddr;
  fl.oif = req.dif;
  fl.mark = req.mark;
  fl.tos = sk.tos & 0x1c;
  fl.proto = IPPROTO_TCP;
  fl.uid = sk.uid;
  fl.sport = req.lport;
  fl.dport = req.rport;
  fl.flags = FLOWI_FLAG_ANYSRC;
  auto rt = ip_route_output_key(sk.ns, fl);
  return rt ? std::move(*rt) : ref<rtable>();
}

u16 tcp_request_advmss(const tcp_request_sock& req, const rtable& rt) {
  return tcp_mss_clamp(req.sk(), dst_metric_advmss(rt));
}

skb_ptr tcp_make_synack(tcp_request_sock& req, const tcp_fastopen_cookie* foc, bool syn_cookie) {
  tcp_sock& sk = req.sk();
  ref<rtable> rt = tcp_request_route(req);
  if (!rt) return skb_ptr();
  const tcp_md5sig_key* key = tcp_md5_lookup(sk, req);
  tcp_option_writer o;
  const u32 signature = synack_options(req, *rt, key, foc, syn_cookie, o);
  const u32 hlen = static_cast<u32>(sizeof(tcphdr)) + o.size();
  skb_ptr p = alloc_skb(sk.ns.c, skb_default_headroom + 64 + hlen);
  skb_reserve(*p, skb_default_headroom + 64);
  auto& th = *reinterpret_cast<tcphdr*>(skb_put(*p, hlen));
  th = {};
  th.source = req.lport;
  th.dest = req.rport;
  th.seq = req.snt_isn;
  th.ack_seq = req.rcv_nxt;
  th.set_header_len(hlen);
  th.flags = static_cast<u8>(TCPHDR_SYN | TCPHDR_ACK | (req.ecn_ok ? TCPHDR_ECE : 0));
  th.window = static_cast<u16>(std::min(req.rcv_wnd, 65535u));
  auto* options = reinterpret_cast<u8*>(&th + 1);
  std::memcpy(options, o.bytes().data(), o.size());
  if (key) tcp_v4_md5_sign(*key, req.laddr, req.raddr, th, {}, options + signature);
  p->reset_transport_header();
  tcp_v4_send_check(*p, req.laddr, req.raddr);
  skb_dst_set(*p, rt.get());
  return p;
}

void tcp_send_synack_of(tcp_request_sock& req, const tcp_fastopen_cookie* foc, bool syn_cookie) {
  const tcp_sock& sk = req.sk();
  skb_ptr p = tcp_make_synack(req, foc, syn_cookie);
  if (!p) return;
  const ref<dst_entry> hold(p->dst);
  const auto& rt = static_cast<const rtable&>(*hold);
  tcp_inc_stats(sk.ns, TCP_MIB_OUTSEGS);
  constexpr u8 ecn_mask = 3;
  const u8 own = tcp_tos(sk);
  const u8 tos =
      tcp_sysctl(sk).reflect_tos ? static_cast<u8>((req.tos & ~ecn_mask) | (own & ecn_mask)) : own;
  const ip_send_params a = {.saddr = req.laddr,
                            .daddr = req.raddr,
                            .protocol = IPPROTO_TCP,
                            .tos = tos,
                            .ttl = static_cast<u8>(sk.uc_ttl < 0 ? 0 : sk.uc_ttl),
                            .df = sk.pmtudisc != IP_PMTUDISC_DONT,
                            .mark = req.mark,
                            .priority = sk.priority,
                            .final_daddr = req.raddr};
  ip_push_header_and_send(sk.ns, std::move(p), rt, a);
}

void tcp_rtx_synack(tcp_request_sock& req) {
  net& n = req.sk().ns;
  tcp_send_synack_of(req);
  tcp_inc_stats(n, TCP_MIB_RETRANSSEGS);
  net_inc_stats(n, LINUX_MIB_TCPSYNRETRANS);
  if (req.child) ++req.child->total_retrans;
  ++req.num_retrans;
}

}  // namespace linnet
