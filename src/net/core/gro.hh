// Generic receive offload: what came in one poll and continues what came before is put together before the protocols see
// it. TCP over IPv4 is, and UDP for who wants it, by the rules that make it possible to cut the result into exactly the same
// packets again (net/core/gso.hh). One engine belongs to whoever polls a device (struct napi_struct's gro_hash and rx_list).
#pragma once

#include <array>

#include "net/core/net_device.hh"

namespace linnet {

class napi_gro {
 public:
  ~napi_gro() { purge(); }
  // Takes a packet whose data stands at the network header: it is joined, held for more, or ready to go
  // (napi_gro_receive).
  void receive(cpu&, skb_ptr);
  // Lets go of what is held: all, or what has been held since before this tick (napi_gro_flush).
  void flush(cpu&, bool old_only);
  // Hands on what is ready (gro_normal_list).
  void deliver(cpu&);
  bool holds() const { return held_count_ != 0; }
  void purge();

 private:
  static constexpr size_t buckets = 8;  // GRO_HASH_BUCKETS
  static constexpr u32 most_held = 8;   // MAX_GRO_SKBS, of a bucket

  void complete(cpu&, skb_ptr);
  skb_ptr take(sk_buff_head&, const sk_buff&);

  std::array<sk_buff_head, buckets> held_;  // the newest at the end
  u32 held_count_ = 0;
  sk_buff_head ready_;
  u32 ready_segs_ = 0;
};

}  // namespace linnet
