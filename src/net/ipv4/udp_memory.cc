// What waits to be read in UDP's sockets. A packet is charged to its socket's buffer, and the socket to udp_mem, in whole
// pages that it takes ahead. The reader takes over the whole queue when he has read what he took over before (reader_queue), and
// what he reads is given back when it is a quarter of the buffer, or when that queue is empty.
#include "net/core/skb_pool.hh"
#include "net/ipv4/udp_sock.hh"

namespace linnet {
namespace {

// What the bytes in front of a packet's payload take of its own memory: room for the link layer, and the headers.
constexpr u32 room_in_front = 16 + sizeof(iphdr) + sizeof(udphdr);
constexpr u32 sizeof_sk_buff = 256, sizeof_shared_info = 320;

// A short packet in pages is put into its own memory, where that has room for it (skb_condense).
void skb_condense(sk_buff& s) {
  skb_data& info = skb_shinfo(s);
  if (!info.nr_frags || skb_cloned(s)) return;
  const u32 room = info.linear.truesize - sizeof_sk_buff - sizeof_shared_info;
  if (s.len() - sizeof(udphdr) + room_in_front > room) return;
  s.truesize = info.linear.truesize;
  info.nr_frags = 0;
}

}  // namespace

// __sk_mem_raise_allocated, for a protocol that knows no pressure: above the first limit only who has little gets more.
bool udp_sock::raise_allocated(int pages) {
  proto_memory& m = *table().memory;
  m.add(pages);
  if (likely(m.allocated <= m.limits[0])) return true;
  if (m.allocated <= m.limits[2] && rmem_alloc < ipv4_of(ns).sysctl_udp_rmem_min) return true;
  m.add(-pages);
  return false;
}

skb_drop_reason udp_sock::charge(sk_buff& s) {
  // A queue that is full already takes no more; one that this packet makes too full may.
  if (unlikely(rmem_alloc > rcvbuf)) return skb_drop_reason::SOCKET_RCVBUFF;
  if (rmem_alloc > rcvbuf >> 1) skb_condense(s);
  const int size = static_cast<int>(s.truesize);
  rmem_alloc += size;
  if (size >= forward_alloc_) {
    const int pages = sk_mem_pages(size);
    if (unlikely(!raise_allocated(pages))) {
      rmem_alloc -= size;
      return skb_drop_reason::PROTO_MEM;
    }
    forward_alloc_ += pages * sk_mem_quantum;
  }
  forward_alloc_ -= size;
  return skb_drop_reason::not_dropped_yet;
}

void udp_sock::rmem_release(int size, bool partial) {
  forward_deficit += size;
  if (partial && forward_deficit < rcvbuf >> 2 && reader_queue != 0) return;
  size = std::exchange(forward_deficit, 0);
  forward_alloc_ += size;
  const int pages = (forward_alloc_ - (partial ? 1 : 0)) / sk_mem_quantum;
  forward_alloc_ -= pages * sk_mem_quantum;
  if (pages) table().memory->add(-pages);
  rmem_alloc -= size;
  reader_queue = receive_queue.qlen();
}

skb_ptr udp_sock::dequeue() {
  look();
  skb_ptr p = receive_queue.dequeue();
  if (!p) return p;
  --reader_queue;
  rmem_release(static_cast<int>(p->truesize), true);
  return p;
}

// udp_destruct_common: the queue is gone, and what it was charged goes too.
udp_sock::~udp_sock() {
  rmem_release(rmem_alloc - forward_deficit, false);
  if (encap_enabled && --ns.w.udp_gro_sockets == 0) ns.w.udp_gro_lookup = nullptr;
}

proto_memory& udp_memory_of(const net& n) { return *ipv4_of(n).udp->memory; }

}  // namespace linnet
