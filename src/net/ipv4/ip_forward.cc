// Forwarding: TTL, MTU, then the route's output.
#include <linux/in_route.h>

#include "base/checksum.hh"
#include "net/core/gso.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/fib_exceptions.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/raw.hh"
#include "net/ipv4/snmp.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

// The TTL goes down by one, and the checksum up with it (RFC 1141).
void ip_decrease_ttl(iphdr& ip) {
  u32 check = ip.check.raw();
  check += be16(0x0100).raw();
  ip.check = be16::from_raw(static_cast<u16>(check + (check >= 0xffff)));
  --ip.ttl;
}

skb_drop_reason ip_forward_one(net& n, sk_buff& s) {
  if (unlikely(s.pkt != pkt_type::host || s.sk)) return NOT_SPECIFIED;
  const rtable& rt = *skb_rtable(s);
  const iphdr& ip = ip_hdr(s);
  if (unlikely(ip.ttl <= 1)) {
    ip_inc_stats(n, IPSTATS_MIB_INHDRERRORS);
    trace(n.c, tp::ip_forward, &s, nullptr, {.note = trace_note::ttl_exceeded}, IP_INHDR);
    icmp_send(s, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, be32());
    return IP_INHDR;
  }
  ipcb(s).flags |= IPSKB_FORWARDED;
  if (unlikely(ipcb(s).opt.is_strictroute && rt.rt_gw_family)) {
    icmp_send(s, ICMP_DEST_UNREACH, ICMP_SR_FAILED, be32());
    return NOT_SPECIFIED;
  }
  const u32 mtu = rt_mtu_forward(rt);
  if (unlikely(s.len() > mtu && (ip.frag_off.host() & ip_df) && !s.ignore_df &&
               skb_network_seglen(s) > mtu)) {
    ip_inc_stats(n, IPSTATS_MIB_FRAGFAILS);
    trace(n.c, tp::ip_forward, &s, nullptr,
          {.c = mtu, .d = s.len(), .f = static_cast<u32>(rt.dev->ifindex)}, PKT_TOO_BIG);
    icmp_send(s, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, be32(mtu));
    return PKT_TOO_BIG;
  }
  skb_cow_head(s, rt.dev->hard_header_len + rt.dev->needed_headroom);
  ip_decrease_ttl(ip_hdr(s));
  if (unlikely(ipcb(s).flags & IPSKB_DOREDIRECT) && !ipcb(s).opt.srr) ip_rt_send_redirect(n, s);
  if (ipv4_of(n).sysctl_ip_fwd_update_priority) s.priority = rt_tos2priority(ip_hdr(s).tos);
  if (unlikely(ipcb(s).opt.optlen != 0)) ip_forward_options(n, s, rt);
  return not_dropped_yet;
}

bool any_with_router_alert(const sk_buff_head& list) {
  for (const sk_buff* s = list.peek(); s; s = s->next)
    if (ipcb(*s).opt.router_alert) return true;
  return false;
}

// Those that a socket wants go no further.
void take_router_alerts(net& n, sk_buff_head& list) {
  sk_buff_head rest;
  while (skb_ptr p = list.dequeue()) {
    if (ipcb(*p).opt.router_alert && p->pkt == pkt_type::host && ip_call_ra_chain(n, p)) continue;
    rest.enqueue(std::move(p));
  }
  list = std::move(rest);
}

// Packets whose routes have the same output function.
void send_on(net& n, sk_buff_head&& run) {
  u64 octets = 0;
  for (const sk_buff* s = run.peek(); s; s = s->next) octets += s->len();
  ip_inc_stats(n, IPSTATS_MIB_OUTFORWDATAGRAMS, run.qlen());
  ip_inc_stats(n, IPSTATS_MIB_OUTOCTETS, octets);
  run.peek()->dst->output(n, std::move(run));
}

}  // namespace

void ip_forward(net& n, sk_buff_head&& list) {
  trace_list(n.c, tp::ip_forward, list, nullptr);
  if (unlikely(any_with_router_alert(list))) take_router_alerts(n, list);
  const sk_buff* before = nullptr;
  bool same = true;
  list.filter([&](sk_buff& s) {
    const skb_drop_reason why = ip_forward_one(n, s);
    if (unlikely(why != not_dropped_yet)) return why;
    same &= !before || before->dst->output == s.dst->output;
    before = &s;
    return why;
  });
  if (likely(same && !list.empty())) return send_on(n, std::move(list));
  while (!list.empty()) send_on(n, list.take(1));
}

}  // namespace linnet
