// Options: reading those of arrived packets, answering bad ones, and filling them in on the way through. Making them,
// for sockets and answers, is in ip_options_make.cc.
#include "net/ipv4/ip_options.hh"

#include <linux/icmp.h>
#include <linux/ip.h>

#include "net/core/tracepoint.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/ip_options_parse.hh"
#include "net/ipv4/snmp.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

// The source of what leaves by `rt`, for a packet that goes by it (ip_rt_get_source).
be32 source_by(net& n, const sk_buff& s, const rtable& rt) {
  const iphdr& ip = ip_hdr(s);
  if (!rt.rt_is_input) return ip.saddr;
  flowi4 fl;
  fl.daddr = ip.daddr;
  fl.saddr = ip.saddr;
  fl.tos = ip.tos & IPTOS_RT_MASK;
  fl.oif = rt.dev->ifindex;
  fl.iif = s.dev->ifindex;
  fl.mark = s.mark;
  if (auto res = fib_lookup(n, fl)) return fib_result_prefsrc(n, *res);
  return inet_select_addr(*rt.dev, rt_nexthop(rt, ip.daddr), RT_SCOPE_UNIVERSE);
}

skb_drop_reason option_fails(sk_buff& s, u8 at) {
  icmp_send(s, ICMP_PARAMETERPROB, 0, be32(u32{at} << 24));
  return IP_INHDR;
}

// A source route that has come to one of its addresses: where it leads next (ip_options_rcv_srr).
skb_drop_reason ip_options_rcv_srr(sk_buff& s, net_device& dev) {
  ip_options& opt = ipcb(s).opt;
  const rtable& rt = *skb_rtable(s);
  if (s.pkt != pkt_type::host) return NOT_SPECIFIED;
  if (rt.rt_type ==
      RTN_UNICAST) {  // not our turn: on to the destination, if there may be hops between
    return opt.is_strictroute ? option_fails(s, offsetof(iphdr, daddr)) : not_dropped_yet;
  }
  if (rt.rt_type != RTN_LOCAL) return NOT_SPECIFIED;
  const ip_option_view srr(s, opt.srr);
  u32 at = srr.ptr();
  be32 nexthop;
  for (; at <= srr.len(); at += 4) {
    if (at + 3 > srr.len()) return option_fails(s, static_cast<u8>(opt.srr + 2));
    nexthop = srr.addr(at);
    const iphdr& ip = ip_hdr(s);
    ref<dst_entry> before(s.dst);
    skb_dst_drop(s);
    const auto why = ip_route_input_noref(s, nexthop, ip.saddr, ip.tos, dev);
    const u8 type = s.dst ? skb_rtable(s)->rt_type : u8{RTN_UNSPEC};
    if (why != not_dropped_yet || (type != RTN_UNICAST && type != RTN_LOCAL)) {
      skb_dst_drop(s);
      skb_dst_set(s, before.get());
      return why != not_dropped_yet ? why : NOT_SPECIFIED;
    }
    if (type != RTN_LOCAL) break;
    ip_hdr(s).daddr = nexthop;  // one of ours again: past it at once
    opt.is_changed = true;
  }
  if (at <= srr.len()) {
    opt.srr_is_hit = true;
    opt.nexthop = nexthop;
    opt.is_changed = true;
  }
  return not_dropped_yet;
}

// This host enters itself in an arrived packet as it is read.
struct arrived_options final : ip_option_reader {
  arrived_options(net& n_, sk_buff& s_) : n(n_), s(s_) {}
  be32 own_address() override {
    if (!spec_dst) spec_dst = fib_compute_spec_dst(s, *s.dev);
    return spec_dst;
  }
  bool is_foreign(be32 a) override { return inet_addr_type(n, a) == RTN_UNICAST; }
  u32 now() override { return inet_current_timestamp(n); }
  net& n;
  sk_buff& s;
  be32 spec_dst;
};

}  // namespace

u32 inet_current_timestamp(const net& n) {
  return static_cast<u32>(n.w.clk->real() / ns_per_ms % (24 * 60 * 60 * 1000));
}

option_fault ip_options_compile(net& n, sk_buff& s, ip_options& opt) {
  arrived_options reader(n, s);
  return ip_options_parse(reader, {s.network(), ip_hdr(s).header_len()}, opt);
}

skb_drop_reason ip_rcv_options(sk_buff& s, net_device& dev) {
  net& n = *dev.nd_net;
  skb_cow_head(s, s.headroom());
  ip_options& opt = ipcb(s).opt;
  opt = {};
  opt.optlen = static_cast<u8>(ip_hdr(s).header_len() - sizeof(iphdr));
  if (const option_fault bad = ip_options_compile(n, s, opt)) {
    trace(n.c, tp::ip_rcv, &s, &dev, {.a = bad, .note = trace_note::bad_option}, IP_INHDR);
    icmp_send(s, ICMP_PARAMETERPROB, 0, be32(u32{bad} << 24));
    ip_inc_stats(n, IPSTATS_MIB_INHDRERRORS);
    return IP_INHDR;
  }
  if (likely(!opt.srr)) return not_dropped_yet;
  if (!in_dev_andconf(*dev.ip_ptr, IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE)) {
    trace(n.c, tp::ip_rcv, &s, &dev, {.note = trace_note::source_route}, NOT_SPECIFIED);
    return NOT_SPECIFIED;
  }
  return ip_options_rcv_srr(s, dev);
}

void ip_forward_options(net& n, sk_buff& s, const rtable& rt) {
  ip_options& opt = ipcb(s).opt;
  if (opt.rr_needaddr) {
    const ip_option_view rr(s, opt.rr);
    rr.set_addr(rr.ptr() - 4u, source_by(n, s, rt));
    opt.is_changed = true;
  }
  if (opt.srr_is_hit) {
    const ip_option_view srr(s, opt.srr);
    u32 at = srr.ptr();
    while (at + 3 <= srr.len() && srr.addr(at) != opt.nexthop) at += 4;
    if (at + 3 <= srr.len()) {
      ip_hdr(s).daddr = opt.nexthop;
      srr.set_addr(at, source_by(n, s, rt));
      srr.set_ptr(static_cast<u8>(at + 4));
      opt.is_changed = true;
    }
    // Linux completes the time stamp's address only here.
    if (opt.ts_needaddr) {
      const ip_option_view ts(s, opt.ts);
      ts.set_addr(ts.ptr() - 8u, source_by(n, s, rt));
      opt.is_changed = true;
    }
  }
  if (opt.is_changed) {
    opt.is_changed = false;
    ip_send_check(ip_hdr(s));
  }
}

void ip_options_build(sk_buff& s, const ip_options_data& given, be32 daddr, const rtable& rt) {
  net& n = *rt.ns;
  ip_options& opt = ipcb(s).opt;
  opt = static_cast<const ip_options&>(given);
  std::memcpy(s.network() + sizeof(iphdr), given.data.data(), given.optlen);
  if (opt.srr) {  // its last stop is where the packet is for
    const ip_option_view srr(s, opt.srr);
    srr.set_addr(srr.len() - 3u, daddr);
  }
  if (opt.rr_needaddr) {
    const ip_option_view rr(s, opt.rr);
    rr.set_addr(rr.ptr() - 4u, source_by(n, s, rt));
  }
  const ip_option_view ts(s, opt.ts);
  if (opt.ts_needaddr) ts.set_addr(ts.ptr() - 8u, source_by(n, s, rt));
  if (opt.ts_needtime) ts.set_addr(ts.ptr() - 4u, be32(inet_current_timestamp(n)));
}

void ip_options_fragment(sk_buff& s) {
  ip_options& opt = ipcb(s).opt;
  const bytes header = {s.network(), ip_hdr(s).header_len()};
  for (size_t i = sizeof(iphdr); i < header.size();) {
    const u8 kind = std::to_integer<u8>(header[i]);
    if (kind == IPOPT_END) break;
    if (kind == IPOPT_NOOP) {
      ++i;
      continue;
    }
    if (i + 1 >= header.size()) break;
    const size_t len = std::to_integer<u8>(header[i + 1]);
    if (len < 2 || i + len > header.size()) break;
    if (!IPOPT_COPIED(kind)) std::memset(&header[i], IPOPT_NOOP, len);
    i += len;
  }
  opt.ts = opt.rr = 0;
  opt.rr_needaddr = opt.ts_needaddr = opt.ts_needtime = false;
}

}  // namespace linnet
