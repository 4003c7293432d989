// What routing says of a packet, for tracing. A cached route knows its next hop and not the prefix it was found
// by, so the tables are asked once more when somebody looks, and only then.
#pragma once

#include "net/core/tracepoint.hh"
#include "net/ipv4/fib_frontend.hh"

namespace linnet {

// A lookup's answer as trace_match has it.
trace_match route_match(const net&, const fib_result&);

// What answers a flow, refusals (blackhole and such, or a rule) included; `error` is the errno then.
trace_match route_match_of(net&, const flowi4&);

// The step ip_output for each packet, with the route of those that this host made.
void trace_output_routes_slow(net&, const sk_buff_head&);
inline void trace_output_routes(net& n, const sk_buff_head& list) {
  if (unlikely(n.c.trace != nullptr)) trace_output_routes_slow(n, list);
}

// The step ip_route_input; for a packet that nothing routes, or that this host does not forward, what a lookup
// says, if anything, and then ip_error. `res`: what the packet's own lookup found.
void trace_input_route_slow(net&, const sk_buff&, const net_device&, const fib_result& res);
inline void trace_input_route(net& n, const sk_buff& s, const net_device& dev,
                              const fib_result& res) {
  if (unlikely(n.c.trace != nullptr)) trace_input_route_slow(n, s, dev, res);
}

// A sender of this host was refused a route.
void trace_route_refused(net&, const flowi4&, int error);

}  // namespace linnet
