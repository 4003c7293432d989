// ICMP: answers to echo and timestamp requests, errors about packets that could not go on, and the
// hand-over of errors about our own packets to the protocols that sent them.
#include "net/ipv4/icmp.hh"
#include "net/ipv4/fib_exceptions.hh"

#include <linux/icmp.h>
#include <linux/in_route.h>
#include <netinet/in.h>

#include "base/checksum.hh"
#include "net/core/l3mdev.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/ip_options.hh"
#include "net/ipv4/ping.hh"
#include "net/ipv4/raw.hh"
#include "net/ipv4/snmp.hh"
#include "wire/icmp.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

icmphdr& icmp_hdr(const sk_buff& s) { return *reinterpret_cast<icmphdr*>(s.transport()); }

// A token bucket for all of a namespace's answers (icmp_msgs_per_sec, icmp_msgs_burst), asked only for the
// types that icmp_ratemask names, and one per peer (icmp_ratelimit). What refuses, or trace_note::none.
trace_note rate_refuses(net& n, const rtable& rt, be32 peer, u8 type, u8 code) {
  auto& v4 = ipv4_of(n);
  using enum trace_note;
  if (type > NR_ICMP_TYPES || (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED)) return none;
  if (!(1u << type & static_cast<u32>(v4.sysctl_icmp_ratemask))) return none;
  if (rt.dev->flags & IFF_LOOPBACK) return none;
  const ktime now = n.w.now();
  icmp_rate& r = v4.icmp_limits;
  const double earned = static_cast<double>(now - r.global_stamp) / ns_per_sec * r.msgs_per_sec;
  r.global_credit = std::min(r.global_credit + earned, static_cast<double>(r.msgs_burst));
  r.global_stamp = now;
  if (r.global_credit < 1) {
    ++v4.mib.icmp[ICMP_MIB_RATELIMITGLOBAL];
    return icmp_msgs_per_sec;
  }
  r.global_credit -= 1;
  // inet_peer_xrlim_allow: a burst of 6, one more each icmp_ratelimit.
  const ktime period = msecs(v4.sysctl_icmp_ratelimit);
  if (period <= 0) return none;
  icmp_rate::peer& p = r.peers[(peer.raw() * 0x9e3779b1u) >> 26];
  if (p.addr != peer) p = {.addr = peer, .stamp = now, .tokens = 6 * period};
  p.tokens = std::min(p.tokens + (now - p.stamp), 6 * period);
  p.stamp = now;
  if (p.tokens < period) {
    ++v4.mib.icmp[ICMP_MIB_RATELIMITHOST];
    return icmp_ratelimit;
  }
  p.tokens -= period;
  return none;
}

// Sends an ICMP message whose header is filled in but for the checksum.
void icmp_push_reply(net& n, skb_ptr p, const rtable& rt, const ip_send_params& a) {
  auto& h = *reinterpret_cast<icmphdr*>(p->data);
  h.checksum = be16();
  h.checksum = csum_fold(csum_partial(p->data, p->len(), 0));
  const u8 type = h.type;
  icmp_msg_out(n, type);
  p->protocol = ETH_P_IP;
  trace(n.c, tp::icmp_send, p.get(), rt.dev,
        {.a = a.daddr.host(), .c = type, .d = h.code, .other = n.c.cause});
  ip_push_header_and_send(n, std::move(p), rt, a);
}

// The message that `in` calls for is not sent.
void not_sent(net& n, const sk_buff& in, u8 type, u8 code, trace_note why) {
  trace(n.c, tp::icmp_send, &in, nullptr,
        {.a = ip_hdr(in).saddr.host(), .c = type, .d = code, .note = why});
}

// icmp_reply: to the sender, from the address it asked.
void icmp_reply(net& n, const sk_buff& in, u8 type, const_bytes body) {
  const iphdr& ip = ip_hdr(in);
  const icmphdr& asked = icmp_hdr(in);
  flowi4 fl4;
  fl4.daddr = ip.saddr;
  fl4.saddr = fib_compute_spec_dst(in);
  fl4.tos = ip.tos & 0x1c;
  fl4.proto = IPPROTO_ICMP;
  fl4.oif = l3mdev_master_ifindex(*in.dev);
  auto rt = ip_route_output_key(n, fl4);
  if (!rt) return not_sent(n, in, type, 0, trace_note::icmp_no_route);
  if (const auto no = rate_refuses(n, **rt, ip.saddr, type, 0); no != trace_note::none)
    return not_sent(n, in, type, 0, no);
  const trace_cause because(n.c, in.id);
  skb_ptr p =
      alloc_skb(n.c, skb_default_headroom + static_cast<u32>(sizeof(icmphdr) + body.size()));
  skb_reserve(*p, skb_default_headroom);
  auto& h = *reinterpret_cast<icmphdr*>(skb_put(*p, sizeof(icmphdr)));
  h = asked;
  h.type = type;
  h.code = 0;
  skb_put_data(*p, body);
  icmp_push_reply(
      n, std::move(p), **rt,
      {.saddr = fl4.saddr, .daddr = fl4.daddr, .protocol = IPPROTO_ICMP, .tos = ip.tos, .mark = 0});
}

const_bytes body_of(const sk_buff& s) { return s.payload().subspan(sizeof(icmphdr)); }

skb_drop_reason icmp_echo(net& n, sk_buff& s) {
  if (ipv4_of(n).sysctl_icmp_echo_ignore_all)
    trace(n.c, tp::icmp_rcv, &s, nullptr, {.note = trace_note::echo_ignored});
  else
    icmp_reply(n, s, ICMP_ECHOREPLY, body_of(s));
  return consumed;
}

// RFC 1122 §3.2.2.8: originate as received, receive and transmit ours, milliseconds since midnight UT.
skb_drop_reason icmp_timestamp(net& n, sk_buff& s) {
  const_bytes body = body_of(s);
  if (body.size() < 4) return PKT_TOO_SMALL;
  std::array<be32, 3> times;
  times[0] = be32::load(body.data());
  const ktime ms = n.w.clk->real() / ns_per_ms % (24 * 60 * 60 * 1000);
  times[1] = times[2] = static_cast<u32>(ms);
  icmp_reply(n, s, ICMP_TIMESTAMPREPLY, std::as_bytes(std::span(times)));
  return consumed;
}

// An error about a packet of ours: the quoted header says whose (icmp_unreach).
skb_drop_reason icmp_unreach(net& n, sk_buff& s) {
  const icmphdr& h = icmp_hdr(s);
  const iphdr* quoted = skb_header<iphdr>(s, sizeof(icmphdr));
  if (!quoted || quoted->ihl() < 5) {
    icmp_inc_stats(n, ICMP_MIB_INERRORS);
    return quoted ? IP_INHDR : PKT_TOO_SMALL;
  }
  u32 info = 0;
  if (h.type == ICMP_DEST_UNREACH && (h.code & 15) == ICMP_FRAG_NEEDED) {
    // 1: the MTU is not believed, 2 and 3: nothing of it is.
    const s32 no_pmtu_disc = ipv4_of(n).sysctl_ip_no_pmtu_disc;
    if (no_pmtu_disc >= 2) return consumed;
    info = no_pmtu_disc ? 0 : h.info().host() & 0xffff;
  } else if (h.type == ICMP_PARAMETERPROB) {
    info = h.info().host() >> 24;
  }
  if (h.type == ICMP_TIME_EXCEEDED && h.code == ICMP_EXC_FRAGTIME)
    return consumed;  // no socket cares
  // RFC 1122 §3.2.2: a broadcast is never the source of an error we believe.
  if (!ipv4_of(n).sysctl_icmp_ignore_bogus_error_responses) {
  } else if (inet_addr_type_dev_table(n, *s.dev, quoted->daddr) == RTN_BROADCAST) {
    return consumed;
  }
  // icmp_socket_deliver: at least 8 bytes behind the quoted header.
  const u8 protocol = quoted->protocol;
  if (s.len() < sizeof(icmphdr) + quoted->header_len() + 8) {
    icmp_inc_stats(n, ICMP_MIB_INERRORS);
    return PKT_TOO_SMALL;
  }
  skb_pull(s, sizeof(icmphdr));
  raw_icmp_error(n, s, protocol, info);
  const net_protocol* proto = inet_protocol(n, protocol);
  if (proto && proto->err_handler) proto->err_handler(n, s, info);
  return consumed;
}

skb_drop_reason icmp_echo_reply(net& n, sk_buff& s) {
  ping_rcv(n, s);
  return consumed;
}

skb_drop_reason icmp_discard(net&, sk_buff&) { return consumed; }
skb_drop_reason icmp_redirect(net&, sk_buff&) { return consumed; }

struct icmp_control {
  skb_drop_reason (*handler)(net&, sk_buff&);
  bool error;
};

constexpr icmp_control control_of(u8 type) {
  switch (type) {
    case ICMP_ECHOREPLY: return {icmp_echo_reply, false};
    case ICMP_DEST_UNREACH: return {icmp_unreach, true};
    case ICMP_SOURCE_QUENCH: return {icmp_unreach, true};
    case ICMP_REDIRECT: return {icmp_redirect, true};
    case ICMP_ECHO: return {icmp_echo, false};
    case ICMP_TIME_EXCEEDED: return {icmp_unreach, true};
    case ICMP_PARAMETERPROB: return {icmp_unreach, true};
    case ICMP_TIMESTAMP: return {icmp_timestamp, false};
    default: return {icmp_discard, type == 1 || type == 2 || type == 6 || type == 7};
  }
}

int icmp_in_mib(u8 type) {
  switch (type) {
    case ICMP_ECHOREPLY: return ICMP_MIB_INECHOREPS;
    case ICMP_DEST_UNREACH: return ICMP_MIB_INDESTUNREACHS;
    case ICMP_SOURCE_QUENCH: return ICMP_MIB_INSRCQUENCHS;
    case ICMP_REDIRECT: return ICMP_MIB_INREDIRECTS;
    case ICMP_ECHO: return ICMP_MIB_INECHOS;
    case ICMP_TIME_EXCEEDED: return ICMP_MIB_INTIMEEXCDS;
    case ICMP_PARAMETERPROB: return ICMP_MIB_INPARMPROBS;
    default: return 0;
  }
}

// icmp_rcv, for one packet.
skb_drop_reason icmp_rcv_one(sk_buff& s, net& n) {
  trace(n.c, tp::icmp_rcv, &s, nullptr);
  icmp_inc_stats(n, ICMP_MIB_INMSGS);
  const icmphdr* h = skb_header<icmphdr>(s);
  const bool trusted = s.summed == ip_summed::unnecessary || s.summed == ip_summed::partial;
  if (!trusted && csum_fold(csum_partial(s.data, s.len(), 0)).raw() != 0) {
    icmp_inc_stats(n, ICMP_MIB_CSUMERRORS);
    icmp_inc_stats(n, ICMP_MIB_INERRORS);
    return ICMP_CSUM;
  }
  if (!h) {
    icmp_inc_stats(n, ICMP_MIB_INERRORS);
    return PKT_TOO_SMALL;
  }
  icmp_msg_in(n, h->type);
  if (const int mib = icmp_in_mib(h->type)) icmp_inc_stats(n, mib);
  if (h->type > NR_ICMP_TYPES) {
    icmp_inc_stats(n, ICMP_MIB_INERRORS);
    return UNHANDLED_PROTO;
  }
  // Broadcasts: RFC 1122 §3.2.2.6 and 8 allow silence.
  const u32 flags = skb_rtable(s)->rt_flags;
  if (flags & (RTCF_BROADCAST | RTCF_MULTICAST)) {
    const bool asks = h->type == ICMP_ECHO || h->type == ICMP_TIMESTAMP;
    if (asks && ipv4_of(n).sysctl_icmp_echo_ignore_broadcasts) {
      trace(n.c, tp::icmp_rcv, &s, nullptr, {.note = trace_note::broadcast_ignored}, INVALID_PROTO);
      icmp_inc_stats(n, ICMP_MIB_INERRORS);
      return INVALID_PROTO;
    }
    if (!asks && h->type != ICMP_ADDRESS && h->type != ICMP_ADDRESSREPLY) {
      icmp_inc_stats(n, ICMP_MIB_INERRORS);
      return INVALID_PROTO;
    }
  }
  return control_of(h->type).handler(n, s);
}

// Whether the packet is itself an ICMP error, about which none is ever sent (RFC 1122 §3.2.2).
bool is_icmp_error(const sk_buff& s) {
  const iphdr& ip = ip_hdr(s);
  if (ip.protocol != IPPROTO_ICMP) return false;
  const std::byte* at = s.network() + ip.header_len();
  if (at >= s.tail) return true;
  const u8 type = std::to_integer<u8>(*at);
  return type > NR_ICMP_TYPES || control_of(type).error;
}

// The source of an error: the address asked if it is ours, else the device's (or the incoming one's).
be32 error_source(net& n, const sk_buff& in, const rtable& rt) {
  const iphdr& ip = ip_hdr(in);
  if ((rt.rt_flags & RTCF_LOCAL) && rt.rt_is_input) return ip.daddr;
  if (ipv4_of(n).sysctl_icmp_errors_use_inbound_ifaddr) {
    if (const net_device* dev = dev_get_by_index(n, ipcb(const_cast<sk_buff&>(in)).iif)) {
      return inet_select_addr(*dev, ip.saddr, RT_SCOPE_LINK);
    }
  }
  return be32();
}

// An error about an ICMP message of ours (icmp_err): the ping socket, and the path's MTU whoever sent it.
void icmp_err_rcv(net& n, sk_buff& s, u32 info) {
  const auto& icmp = *reinterpret_cast<const icmphdr*>(s.transport());
  const iphdr quoted = *reinterpret_cast<const iphdr*>(s.data);
  const bool too_big = icmp.type == ICMP_DEST_UNREACH && icmp.code == ICMP_FRAG_NEEDED;
  ping_err(n, s, info);
  if (too_big) ipv4_update_pmtu(n, quoted, info, IPPROTO_ICMP);
}

const net_protocol icmp_protocol_ = {.handler = icmp_list_rcv, .err_handler = icmp_err_rcv};

}  // namespace

void icmp_send(sk_buff& in, u8 type, u8 code, be32 info) {
  const rtable* rt = skb_rtable(in);
  if (!rt) return;
  net& n = *rt->dev->nd_net;
  if (in.network() < in.head || in.network() + sizeof(iphdr) > in.tail) return;
  const iphdr& ip = ip_hdr(in);
  // No answer to a broadcast or multicast, to a fragment but the first, or to an error.
  const bool is_error = type <= NR_ICMP_TYPES && control_of(type).error;
  if (in.pkt != pkt_type::host || (rt->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) ||
      (ip.frag_off.host() & ip_offset) || (is_error && is_icmp_error(in)))
    return not_sent(n, in, type, code, trace_note::icmp_not_about);

  flowi4 fl4;
  fl4.daddr = ip.saddr;
  fl4.saddr = error_source(n, in, *rt);
  fl4.proto = IPPROTO_ICMP;
  // Errors travel with precedence internetwork control.
  const u8 tos = is_error ? static_cast<u8>((ip.tos & 0x1e) | 0xc0) : ip.tos;
  fl4.tos = tos & 0x1c;
  fl4.oif = l3mdev_master_ifindex(in.dev ? *in.dev : *rt->dev);
  auto out = ip_route_output_key(n, fl4);
  if (!out) return not_sent(n, in, type, code, trace_note::icmp_no_route);
  if (const auto no = rate_refuses(n, **out, ip.saddr, type, code); no != trace_note::none)
    return not_sent(n, in, type, code, no);
  const trace_cause because(n.c, in.id);

  // As much of the packet as fits in 576 bytes (RFC 1812 §4.3.2.3).
  const u32 available = static_cast<u32>(in.tail - in.network());
  const u32 room = std::min<u32>(rt_mtu(**out), 576) - sizeof(iphdr) - sizeof(icmphdr);
  const u32 quoted = std::min(available, room);
  skb_ptr p = alloc_skb(n.c, skb_default_headroom + static_cast<u32>(sizeof(icmphdr)) + quoted);
  skb_reserve(*p, skb_default_headroom);
  auto& h = *reinterpret_cast<icmphdr*>(skb_put(*p, sizeof(icmphdr)));
  h = {.type = type, .code = code, .checksum = be16(), .id = be16(), .sequence = be16()};
  h.set_info(info);
  skb_put_data(*p, {in.network(), quoted});
  icmp_push_reply(n, std::move(p), **out,
                  {.saddr = fl4.saddr, .daddr = fl4.daddr, .protocol = IPPROTO_ICMP, .tos = tos});
}

void icmp_list_rcv(sk_buff_head&& list, net& n) {
  while (skb_ptr p = list.dequeue()) {
    const skb_drop_reason why = icmp_rcv_one(*p, n);
    if (why == consumed)
      consume_skb(std::move(p));
    else
      kfree_skb_reason(std::move(p), why);
  }
}

icmp_err icmp_err_convert(u8 code) {
  // By code of ICMP_DEST_UNREACH (RFC 1122 §4.2.3.9; EPROTO where none is defined).
  static constexpr std::array<icmp_err, 16> table = {{
      {ENETUNREACH, false},
      {EHOSTUNREACH, false},
      {ENOPROTOOPT, true},
      {ECONNREFUSED, true},
      {EMSGSIZE, false},
      {EOPNOTSUPP, false},
      {ENETUNREACH, true},
      {EHOSTDOWN, true},
      {ENONET, true},
      {ENETUNREACH, true},
      {EHOSTUNREACH, true},
      {ENETUNREACH, false},
      {EHOSTUNREACH, false},
      {EHOSTUNREACH, true},
      {EHOSTUNREACH, true},
      {EHOSTUNREACH, true},
  }};
  return code < table.size() ? table[code] : icmp_err{EPROTO, true};
}

icmp_err icmp_socket_error(u8 type, u8 code, u8 pmtudisc) {
  switch (type) {
    case ICMP_SOURCE_QUENCH: return {0, false};
    case ICMP_PARAMETERPROB: return {EPROTO, true};
    case ICMP_DEST_UNREACH:
      if (code > NR_ICMP_UNREACH) return {EHOSTUNREACH, false};
      if (code == ICMP_FRAG_NEEDED) return {EMSGSIZE, pmtudisc != IP_PMTUDISC_DONT};
      return icmp_err_convert(code);
    default: return {EHOSTUNREACH, false};  // time exceeded
  }
}

const net_protocol& icmp_protocol() { return icmp_protocol_; }

}  // namespace linnet
