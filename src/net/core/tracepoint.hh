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

struct net;

// clang-format off
#define LINNET_TRACEPOINTS(X)                                                   \
  X(netif_receive_skb) X(netif_rx) X(arp_rcv) X(arp_process) X(arp_send)        \
  X(ip_rcv) X(ip_route_input) X(ip_error) X(ip_defrag)                          \
  X(ip_local_deliver) X(ip_forward) X(ip_route_output) X(ip_append_data)        \
  X(ip_output) X(ip_fragment)                                                   \
  X(ip_finish_output) X(neigh_resolve_output) X(neigh_connected_output)         \
  X(dev_queue_xmit) X(dev_hard_start_xmit) X(icmp_rcv) X(icmp_send)             \
  X(raw_rcv) X(ping_rcv) X(udp_rcv) X(sock_queue_rcv_skb)                       \
  X(tcp_v4_rcv) X(tcp_transmit_skb) X(tcp_reset)                                \
  X(kfree_skb) X(consume_skb) X(neigh_create) X(neigh_update) X(neigh_timer)    \
  X(fib_table_lookup) X(register_netdevice) X(unregister_netdevice)               \
  X(skb_gso_segment)
// clang-format on

enum class tp : u8 {
#define X(name) name,
  LINNET_TRACEPOINTS(X)
#undef X
};
std::string_view tracepoint_name(tp);

// Why a step did not do what the packet was there for, where no drop reason says it.
enum class trace_note : u8 {
  none,
  answered,            // arp_process: with a reply, at once or (proxied) after a while
  not_ours,            // arp_process: the address is none of this host's
  refused_route,       // arp_process: ip_route_input refused, for the event's reason
  arp_ignore,          // arp_process: the setting of that name
  arp_filter,          // likewise
  drop_gratuitous,     // likewise, drop_gratuitous_arp
  forwarding_off,      // ip_error: the packet is for others, and this host doesn't forward
  ttl_exceeded,        // ip_forward
  echo_ignored,        // icmp_rcv: icmp_echo_ignore_all
  broadcast_ignored,   // icmp_rcv: icmp_echo_ignore_broadcasts
  icmp_not_about,      // icmp_send: no error about an error, a broadcast or a later fragment
  icmp_no_route,       // icmp_send: no way back to the sender
  icmp_ratelimit,      // icmp_send: this peer had its share (icmp_ratelimit)
  icmp_msgs_per_sec,   // icmp_send: all peers together had theirs
  redirected,          // icmp_rcv: an exception was learnt
  redirect_resolving,  // icmp_rcv: the new gateway's address is asked for first
  redirect_ignored,    // icmp_rcv: not believed (what log_martians logs)
  redirects_in_vain,   // ip_forward: the sender doesn't heed redirects, so it gets no more
  source_route,        // ip_rcv: a source route, and accept_source_route is off
  bad_option,          // ip_rcv: malformed, or it leads nowhere
};

// What a step found: meaning by step. Addresses are in host order.
//   routes (ip_route_input, ip_output, ip_error, ip_route_output, fib_table_lookup):
//            a prefix, b gateway, c table, d prefix length | type << 8, e rule, f output device's ifindex;
//            d is route_unknown when nothing matched
//   ip_error, ip_route_output, ip_append_data: error the errno; the last two are about no packet, so
//            a and b are destination and source; ip_append_data: c MTU, d length
//   ip_fragment, ip_defrag, skb_gso_segment: a offset, b length
//   neigh_update, neigh_timer: a address, b old state, c new state
//   neigh_*_output: a address, b state, c and d its six-byte link-layer address, if the state is a valid one
//   arp_send: a target, b sender, c operation
//   icmp_send: a destination, c type, d code
//   icmp_rcv of a redirect: a destination, b the new gateway
struct trace_match {
  static constexpr u32 route_unknown = ~u32{0};

  u32 a = 0, b = 0, c = 0, d = 0, e = 0, f = 0;
  u16 error = 0;
  trace_note note = trace_note::none;
  u64 other = 0;  // id of the packet because of which this one was made; 0: of none
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
  // For the tracer to look into while it is called; null: none.
  const sk_buff* skb;
  const net_device* dev;
};

struct tracer {
  virtual ~tracer() = default;
  virtual void on_event(const trace_event&) = 0;
};

void trace_emit(cpu&, tp, const sk_buff*, const net_device*, skb_drop_reason, const trace_match&);
// A step that is about no packet (yet), by a namespace and perhaps a device of it.
void trace_emit(net&, tp, int ifindex, skb_drop_reason, const trace_match&);

inline void trace(cpu& c, tp point, const sk_buff* s, const net_device* dev,
                  const trace_match& m = {},
                  skb_drop_reason why = skb_drop_reason::not_dropped_yet) {
  if (unlikely(c.trace != nullptr)) trace_emit(c, point, s, dev, why, m);
}

// While it lives, packets that this cpu makes are made because of packet `id`: answers, errors, solicitations.
class trace_cause {
 public:
  trace_cause(cpu& c, u64 id) : c_(c), before_(c.cause) { c.cause = id; }
  ~trace_cause() { c_.cause = before_; }
  trace_cause(const trace_cause&) = delete;
  trace_cause& operator=(const trace_cause&) = delete;

 private:
  cpu& c_;
  u64 before_;
};
// The same step for a whole burst.
inline void trace_list(cpu& c, tp point, const sk_buff_head& list, const net_device* dev) {
  if (likely(c.trace == nullptr)) return;
  for (const sk_buff* s = list.peek(); s; s = s->next) {
    trace_emit(c, point, s, dev, skb_drop_reason::not_dropped_yet, {});
  }
}

}  // namespace linnet
