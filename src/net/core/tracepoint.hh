// Tracepoints: the named steps of a packet's path and the events of the control plane. Off, each costs one
// predictable branch (cpu::trace is null); on, the tracer gets when, where, which packet, which step, the
// verdict and what matched. Numbers are stable within a release and feed the hash of a run, so nothing
// here may depend on an address in memory.
#pragma once

#include <string_view>

#include "net/core/cpu.hh"
#include "net/core/drop_reason.hh"
#include "time/ktime.hh"

namespace linnet {

// clang-format off
#define LINNET_TRACEPOINTS(X)                                                   \
  X(netif_receive_skb) X(netif_rx) X(arp_rcv) X(ip_rcv) X(ip_route_input)       \
  X(ip_local_deliver) X(ip_forward) X(ip_output)           \
  X(ip_finish_output) X(neigh_resolve_output) X(neigh_connected_output)         \
  X(dev_queue_xmit) X(dev_hard_start_xmit) X(icmp_rcv) X(icmp_send)             \
  X(raw_rcv) X(ping_rcv) X(udp_rcv) X(sock_queue_rcv_skb)                       \
  X(kfree_skb) X(consume_skb) X(neigh_create) X(neigh_update) X(neigh_timer)    \
  X(fib_table_lookup) X(register_netdevice) X(unregister_netdevice)
// clang-format on

enum class tp : u8 {
#define X(name) name,
  LINNET_TRACEPOINTS(X)
#undef X
};
std::string_view tracepoint_name(tp);

// What a step found: meaning by step. Addresses are in host order.
//   ip_route_input, ip_output, fib_table_lookup: a destination, b gateway, c table, d prefix length
//   neigh_*: a address, b old state, c new state
struct trace_match {
  u32 a = 0, b = 0, c = 0, d = 0;
};

struct trace_event {
  ktime time;
  u64 skb_id;  // 0: no packet
  u32 net_inum;
  int ifindex;
  u32 len;
  tp point;
  skb_drop_reason reason;
  trace_match match;
};

struct tracer {
  virtual ~tracer() = default;
  virtual void on_event(const trace_event&) = 0;
};

void trace_emit(cpu&, tp, const sk_buff*, const net_device*, skb_drop_reason, const trace_match&);

inline void trace(cpu& c, tp point, const sk_buff* s, const net_device* dev,
                  const trace_match& m = {}) {
  if (unlikely(c.trace != nullptr)) {
    trace_emit(c, point, s, dev, skb_drop_reason::not_dropped_yet, m);
  }
}
// The same step for a whole burst.
inline void trace_list(cpu& c, tp point, const sk_buff_head& list, const net_device* dev) {
  if (likely(c.trace == nullptr)) return;
  for (const sk_buff* s = list.peek(); s; s = s->next) {
    trace_emit(c, point, s, dev, skb_drop_reason::not_dropped_yet, {});
  }
}

}  // namespace linnet
