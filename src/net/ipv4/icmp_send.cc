// ICMP messages that this host makes: answers, and errors about packets that could not go on; and what limits their
// rate. All of a namespace's draw on one bucket (icmp_msgs_per_sec, icmp_msgs_burst), those to one host on another
// (icmp_ratelimit), both only for the types that icmp_ratemask names. What the second refuses costs the first nothing.
#include <linux/in_route.h>
#include <netinet/in.h>

#include "base/checksum.hh"
#include "net/core/l3mdev.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/icmp_types.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/snmp.hh"
#include "wire/icmp.hh"

namespace linnet {
namespace {

// Whether the limits are for messages of this type at all; never for what path MTU discovery needs.
bool is_limited(const netns_ipv4& v4, u8 type, u8 code) {
  if (type > NR_ICMP_TYPES || (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED)) return false;
  return 1u << type & static_cast<u32>(v4.sysctl_icmp_ratemask);
}

// Whether there is credit left, or some has been earned since the last time (icmp_global_allow). While there is, nothing is
// added; and what is added need not make it more than none, so that a limit of none lets a message through now and then.
bool icmp_global_allow(net& n) {
  icmp_rate& r = ipv4_of(n).icmp_limits;
  if (r.credit > 0) return true;
  const ktime now = n.w.now(), passed = std::min(now - r.stamp, ns_per_sec);
  constexpr ktime tick = ns_per_sec / 50;
  if (passed < tick) return false;
  const s64 earned = s64{r.msgs_per_sec} * (passed / ns_per_ms) / 1000;
  if (!earned) return false;
  r.stamp = now;
  r.credit = static_cast<s32>(std::min<s64>(r.credit + earned, r.msgs_burst));
  return true;
}

// One message more, of all that are sent. It costs a little more or less than one, by chance, so that nobody can count who
// else was answered (icmp_global_consume).
void icmp_global_consume(net& n) {
  ipv4_of(n).icmp_limits.credit -= static_cast<s32>(n.c.rand.below(3));
}

// Whether all peers together have not been told too much. `limited`: whether this is one of the messages that count.
bool icmpv4_global_allow(net& n, u8 type, u8 code, bool& limited) {
  limited = is_limited(ipv4_of(n), type, code);
  if (!limited || icmp_global_allow(n)) return true;
  icmp_inc_stats(n, ICMP_MIB_RATELIMITGLOBAL);
  return false;
}

// The same for one peer. What it lets through counts for all.
bool icmpv4_xrlim_allow(net& n, const rtable& rt, be32 daddr, bool limited) {
  if (!limited) return true;
  if (!(rt.dev->flags & IFF_LOOPBACK) &&
      !inet_peer_xrlim_allow(inet_getpeer_v4(n, daddr, l3mdev_master_ifindex(*rt.dev)), n.w.now(),
                             msecs(ipv4_of(n).sysctl_icmp_ratelimit))) {
    icmp_inc_stats(n, ICMP_MIB_RATELIMITHOST);
    return false;
  }
  icmp_global_consume(n);
  return true;
}

// Sends an ICMP message whose header is filled in but for the checksum. `counts_as`: the type that is counted.
void icmp_push_reply(net& n, skb_ptr p, const rtable& rt, const ip_send_params& a, u8 counts_as) {
  auto& h = *reinterpret_cast<icmphdr*>(p->data);
  h.checksum = be16();
  h.checksum = csum_fold(csum_partial(p->data, p->len(), 0));
  const u8 type = h.type;
  icmp_msg_out(n, counts_as);
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

skb_ptr icmp_alloc(net& n, const ip_options_data& opt, u32 size) {
  skb_ptr p = alloc_skb(n.c, skb_default_headroom + opt.optlen + size);
  skb_reserve(*p, skb_default_headroom + opt.optlen);
  return p;
}

u32 reply_mark(const net& n, const sk_buff& in) {  // IP4_REPLY_MARK
  return ipv4_of(n).sysctl_fwmark_reflect ? in.mark : 0;
}

// Whether the packet is itself an ICMP error, about which none is ever sent (RFC 1122 §3.2.2); an unknown type may be.
bool is_icmp_error(const sk_buff& s) {
  const iphdr& ip = ip_hdr(s);
  if (ip.protocol != IPPROTO_ICMP) return false;
  const std::byte* at = s.network() + ip.header_len();
  if (at >= s.tail) return true;
  const u8 type = std::to_integer<u8>(*at);
  return type > NR_ICMP_TYPES || icmp_type_is_error(type);
}

// Silence about what went to many, about fragments but the first, and about errors.
bool must_not_report(const sk_buff& in, const rtable& rt, u8 type) {
  return in.pkt != pkt_type::host || (rt.rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) ||
         (ip_hdr(in).frag_off.host() & ip_offset) ||
         (icmp_type_is_error(type) && is_icmp_error(in));
}

// The source of an error: the address asked if it is ours, else that of the way back (0), or of the device that the
// packet came in by.
be32 error_source(net& n, const sk_buff& in, const rtable& rt) {
  if (rt.rt_flags & RTCF_LOCAL) return ip_hdr(in).daddr;
  if (!rt.rt_is_input || !ipv4_of(n).sysctl_icmp_errors_use_inbound_ifaddr) return be32();
  const net_device* dev = dev_get_by_index(n, inet_iif(in));
  return dev ? inet_select_addr(*dev, ip_hdr(in).saddr, RT_SCOPE_LINK) : be32();
}

}  // namespace

void icmp_reply(net& n, const sk_buff& in, const icmphdr& header, const_bytes body) {
  const auto opt = ip_options_echo(n, in, ipcb(in).opt);
  if (!opt) return;
  const iphdr& ip = ip_hdr(in);
  const u8 type = header.type, code = header.code;
  bool limited;
  if (!icmpv4_global_allow(n, type, code, limited))
    return not_sent(n, in, type, code, trace_note::icmp_msgs_per_sec);
  flowi4 fl4;
  fl4.daddr = opt->srr ? opt->faddr : ip.saddr;
  fl4.saddr = fib_compute_spec_dst(in, *in.dev);
  fl4.mark = reply_mark(n, in);
  fl4.tos = ip.tos & IPTOS_RT_MASK;
  fl4.proto = IPPROTO_ICMP;
  fl4.oif = l3mdev_master_ifindex(*in.dev);
  auto rt = ip_route_output_key(n, fl4);
  if (!rt) return not_sent(n, in, type, code, trace_note::icmp_no_route);
  if (!icmpv4_xrlim_allow(n, **rt, fl4.daddr, limited))
    return not_sent(n, in, type, code, trace_note::icmp_ratelimit);
  const trace_cause because(n.c, in.id);
  skb_ptr p = icmp_alloc(n, *opt, static_cast<u32>(sizeof header + body.size()));
  std::memcpy(skb_put(*p, sizeof header), &header, sizeof header);
  skb_put_data(*p, body);
  icmp_push_reply(n, std::move(p), **rt,
                  {.saddr = fl4.saddr,
                   .daddr = fl4.daddr,
                   .protocol = IPPROTO_ICMP,
                   .tos = ip.tos,
                   .mark = fl4.mark,
                   .opt = &*opt,
                   .final_daddr = ip.saddr},
                  ICMP_ECHOREPLY);
}

void icmp_send(sk_buff& in, u8 type, u8 code, be32 info) {
  if (in.network() < in.head || in.network() + sizeof(iphdr) > in.tail) return;
  // What stands beside a packet that came another way (out of a tunnel, say) may not be about its header.
  const ip_options& opt = ipcb(in).opt;
  const bool own = opt.optlen && sizeof(iphdr) + opt.optlen == ip_hdr(in).header_len();
  icmp_send(in, type, code, info, own ? opt : ip_options());
}

void icmp_send(sk_buff& in, u8 type, u8 code, be32 info, const ip_options& opts) {
  const rtable* rt = skb_rtable(in);
  if (!rt) return;
  net& n = *rt->dev->nd_net;
  if (in.network() < in.head || in.network() + sizeof(iphdr) > in.tail) return;
  const iphdr& ip = ip_hdr(in);
  if (must_not_report(in, *rt, type))
    return not_sent(n, in, type, code, trace_note::icmp_not_about);
  const bool by_loopback = in.dev && in.dev->flags & IFF_LOOPBACK;
  bool limited = false;
  if (!by_loopback && !icmpv4_global_allow(n, type, code, limited))
    return not_sent(n, in, type, code, trace_note::icmp_msgs_per_sec);
  const auto opt = ip_options_echo(n, in, opts);
  if (!opt) return;

  flowi4 fl4;
  fl4.daddr = opt->srr ? opt->faddr : ip.saddr;
  fl4.saddr = error_source(n, in, *rt);
  fl4.mark = reply_mark(n, in);
  fl4.proto = IPPROTO_ICMP;
  // Errors travel with precedence internetwork control.
  const u8 tos = icmp_type_is_error(type)
                     ? static_cast<u8>((ip.tos & IPTOS_TOS_MASK) | IPTOS_PREC_INTERNETCONTROL)
                     : ip.tos;
  fl4.tos = tos & IPTOS_RT_MASK;
  fl4.oif = l3mdev_master_ifindex(in.dev ? *in.dev : *rt->dev);
  auto out = ip_route_output_key(n, fl4, &in);
  if (!out) return not_sent(n, in, type, code, trace_note::icmp_no_route);
  if (!icmpv4_xrlim_allow(n, **out, fl4.daddr, limited))
    return not_sent(n, in, type, code, trace_note::icmp_ratelimit);
  const trace_cause because(n.c, in.id);

  // As much of the packet as fits in 576 bytes (RFC 1812 §4.3.2.3).
  const u32 headers = static_cast<u32>(sizeof(iphdr) + sizeof(icmphdr)) + opt->optlen;
  const u32 most = std::min<u32>(rt_mtu(**out), 576);
  if (most <= headers + sizeof(iphdr)) return;
  const u32 quoted = std::min(static_cast<u32>(in.tail - in.network()), most - headers);
  skb_ptr p = icmp_alloc(n, *opt, static_cast<u32>(sizeof(icmphdr)) + quoted);
  auto& h = *reinterpret_cast<icmphdr*>(skb_put(*p, sizeof(icmphdr)));
  h = {.type = type, .code = code, .checksum = be16(), .id = be16(), .sequence = be16()};
  h.set_info(info);
  skb_put_data(*p, {in.network(), quoted});
  // Without an address of its own a router answers as the dummy address (RFC 7600).
  const be32 from = fl4.saddr ? fl4.saddr : be32(INADDR_DUMMY);
  icmp_push_reply(n, std::move(p), **out,
                  {.saddr = from,
                   .daddr = fl4.daddr,
                   .protocol = IPPROTO_ICMP,
                   .tos = tos,
                   .mark = fl4.mark,
                   .opt = &*opt,
                   .final_daddr = ip.saddr},
                  type);
}

void ipv4_link_failure(sk_buff& s) {
  // It may come from anywhere, so what stands beside it is not believed.
  if (s.network() < s.head || s.network() + sizeof(iphdr) > s.tail) return;
  const iphdr& ip = ip_hdr(s);
  if (ip.version() != 4 || ip.ihl() < 5 || s.network() + ip.header_len() > s.tail) return;
  ip_options opt;
  if (unlikely(ip.ihl() > 5)) {
    if (!s.dev || !s.dst) return;
    opt.optlen = static_cast<u8>(ip.header_len() - sizeof(iphdr));
    skb_cow_head(s, s.headroom());
    if (ip_options_compile(*s.dev->nd_net, s, opt)) return;
  }
  icmp_send(s, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, be32(), opt);
  // What was learnt of the path is learnt anew.
  if (rtable* rt = skb_rtable(s)) {
    const ktime now = rt->ns->w.now();
    if (!rt->expires || now < rt->expires) rt->expires = std::max<ktime>(now, 1);
  }
}

}  // namespace linnet
