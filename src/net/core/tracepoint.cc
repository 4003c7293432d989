// Hands an event to the cpu's tracer.
#include "net/core/tracepoint.hh"

#include <array>

#include "net/core/dst.hh"
#include "net/core/net_device.hh"

namespace linnet {

std::string_view tracepoint_name(tp p) {
  static constexpr std::array names = {
#define X(name) std::string_view(#name),
      LINNET_TRACEPOINTS(X)
#undef X
  };
  return names[static_cast<size_t>(p)];
}

void trace_emit(cpu& c, tp point, const sk_buff* s, const net_device* dev, skb_drop_reason reason,
                const trace_match& m) {
  if (!dev && s) dev = s->dev;
  if (!dev && s && s->dst) dev = s->dst->dev;
  c.trace->on_event({.time = c.w.clk->exactly_now(),
                     .skb_id = s ? s->id : 0,
                     .net_inum = dev && dev->nd_net ? dev->nd_net->inum : 0,
                     .ifindex = dev ? dev->ifindex : 0,
                     .len = s ? s->len() : 0,
                     .point = point,
                     .reason = reason,
                     .match = m,
                     .skb = s,
                     .dev = dev});
}

void trace_emit(net& n, tp point, int ifindex, skb_drop_reason reason, const trace_match& m) {
  n.c.trace->on_event({.time = n.w.clk->exactly_now(),
                       .skb_id = 0,
                       .net_inum = n.inum,
                       .ifindex = ifindex,
                       .len = 0,
                       .point = point,
                       .reason = reason,
                       .match = m,
                       .skb = nullptr,
                       .dev = ifindex ? dev_get_by_index(n, ifindex) : nullptr});
}

}  // namespace linnet
