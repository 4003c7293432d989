// Where a packet goes next (struct dst_entry): the decision of a route lookup, shared by all packets it
// holds for. `input` and `output` take whole bursts that share the dst.
#pragma once

#include "base/ref.hh"
#include "base/types.hh"
#include "net/core/sk_buff.hh"

namespace linnet {

struct net;
struct net_device;

// What a route does with packets for which it has no way (dst_discard): one that was sent by lo although it leads away.
void dst_discard(net&, sk_buff_head&&);

struct dst_entry : refcounted {
  net_device* dev = nullptr;  // out; for input the device that delivers locally is loopback
  void (*input)(net&, sk_buff_head&&) = dst_discard;
  void (*output)(net&, sk_buff_head&&) = dst_discard;
  int error = 0;          // positive errno that a packet by this dst gets
  bool obsolete = false;  // its route changed: look up again
  bool metadata = false;  // no route, but a metadata_dst (lwtunnel.hh)
};

inline void skb_dst_drop(sk_buff& s) {
  if (s.dst && !s.dst_noref) ref<dst_entry>::adopt(s.dst);
  s.dst = nullptr;
  s.dst_noref = 0;
}
// Takes a reference for as long as the packet keeps it.
inline void skb_dst_set(sk_buff& s, dst_entry* d) {
  skb_dst_drop(s);
  if (d) ref<dst_entry>(d).swap_out(s.dst);
}
// Borrows: the table keeps it alive for the burst. Queueing the packet must turn it into a reference.
inline void skb_dst_set_noref(sk_buff& s, dst_entry* d) {
  skb_dst_drop(s);
  s.dst = d;
  s.dst_noref = 1;
}
inline void skb_dst_force(sk_buff& s) {
  if (!s.dst || !s.dst_noref) return;
  dst_entry* d = std::exchange(s.dst, nullptr);
  s.dst_noref = 0;
  skb_dst_set(s, d);
}

}  // namespace linnet
