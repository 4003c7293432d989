// Asks the tables on behalf of tracing. Nothing here changes them, nor what a packet does.
#include "net/ipv4/fib_trace.hh"

#include "net/core/sock.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/ip.hh"

namespace linnet {

trace_match route_match(const net& n, const fib_result& res) {
  trace_match m = {.a = res.prefix.host(),
                   .b = res.nh ? res.nh->gw.host() : 0,
                   .c = res.table,
                   .d = res.prefixlen | u32{res.type} << 8,
                   .e = res.rule_pref,
                   .f = res.nh && res.nh->dev ? static_cast<u32>(res.nh->dev->ifindex) : 0};
  // Until the first rule, local and main are one trie, which the main table's lookup answers for.
  const bool of_local = res.type == RTN_LOCAL || res.type == RTN_BROADCAST;
  if (of_local && m.c == RT_TABLE_MAIN && !fib_tables_of(n).has_custom_rules) {
    m.c = RT_TABLE_LOCAL;
    m.e = 0;
  }
  return m;
}

trace_match route_match_of(net& n, const flowi4& fl) {
  fib_result refused;
  const auto r = fib_lookup_untraced(n, fl, 0, &refused);
  if (r) return route_match(n, *r);
  trace_match m = route_match(n, refused);
  m.error = static_cast<u16>(r.error().code);
  if (refused.type == RTN_UNSPEC) m.d = trace_match::route_unknown;
  return m;
}

namespace {

flowi4 flow_of(const sk_buff& s) {
  const iphdr& ip = ip_hdr(s);
  flowi4 fl;
  fl.daddr = ip.daddr;
  fl.saddr = ip.saddr;
  fl.tos = ip.tos & IPTOS_RT_MASK;
  fl.proto = ip.protocol;
  fl.mark = s.mark;
  return fl;
}

// The route of a packet that this host sends. The lookup is believed if it leads where the packet goes.
trace_match sent_by(net& n, const sk_buff& s, const rtable& rt) {
  flowi4 fl = flow_of(s);
  fl.iif = LOOPBACK_IFINDEX;
  fl.oif = s.sk ? s.sk->bound_dev_if : 0;
  trace_match m = route_match_of(n, fl);
  const auto out = static_cast<u32>(rt.dev->ifindex);
  const u32 gw = rt.rt_gw_family ? rt.rt_gw4.host() : 0;
  const bool same =
      m.d != trace_match::route_unknown && m.b == gw && (m.f == out || rt.rt_type == RTN_LOCAL);
  if (!same) m = {.b = gw, .c = rt.table_id, .d = trace_match::route_unknown, .f = out};
  m.error = 0;
  return m;
}

// The route that a packet came with: of a connection's packets it is the one that a lookup finds.
trace_match known_before(net& n, const sk_buff& s, const rtable& rt, const net_device& dev) {
  trace_match m = {.d = trace_match::route_unknown};
  if (rt.rt_type != RTN_LOCAL) return m;
  flowi4 fl = flow_of(s);
  fl.iif = dev.ifindex;
  const trace_match found = route_match_of(n, fl);
  return found.error ? m : found;
}

}  // namespace

void trace_output_routes_slow(net& n, const sk_buff_head& list) {
  for (const sk_buff* s = list.peek(); s; s = s->next) {
    const rtable& rt = *skb_rtable(*s);
    trace(n.c, tp::ip_output, s, rt.dev, s->local ? sent_by(n, *s, rt) : trace_match{});
  }
}

void trace_input_route_slow(net& n, const sk_buff& s, const net_device& dev,
                            const fib_result& res) {
  const rtable& rt = *skb_rtable(s);
  if (!rt.error) {
    trace_match m = route_match(n, res);
    if (!res.fi) m = known_before(n, s, rt, dev);
    return trace(n.c, tp::ip_route_input, &s, &dev, m);
  }
  flowi4 fl = flow_of(s);
  fl.iif = dev.ifindex;
  trace_match m = route_match_of(n, fl);
  if (m.d != trace_match::route_unknown) trace(n.c, tp::ip_route_input, &s, &dev, m);
  m.error = static_cast<u16>(rt.error);
  if (dev.ip_ptr && !in_dev_forward(*dev.ip_ptr)) m.note = trace_note::forwarding_off;
  trace(n.c, tp::ip_error, &s, &dev, m);
}

void trace_route_refused(net& n, const flowi4& fl, int error) {
  if (likely(n.c.trace == nullptr)) return;
  flowi4 asked = fl;
  asked.iif = LOOPBACK_IFINDEX;
  trace_match m = route_match_of(n, asked);
  // About no packet: what was asked for stands where the prefix would; the prefix is daddr's first d bits.
  m.a = fl.daddr.host();
  m.b = fl.saddr.host();
  m.error = static_cast<u16>(error);
  trace_emit(n, tp::ip_route_output, fl.oif, skb_drop_reason::IP_OUTNOROUTES, m);
}

}  // namespace linnet
