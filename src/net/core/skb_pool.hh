// Where packets come from and go home to: free lists of handles and of data blocks, one pool per cpu.
// Memory is taken from the heap in slabs of handles and in single blocks, and kept for reuse.
#pragma once

#include <memory>
#include <vector>

#include "net/core/sk_buff.hh"

namespace linnet {

// The shared part of a packet: its bytes follow. `refs` counts the handles.
struct skb_data {
  u32 refs;
  u32 size;  // bytes that follow
  skb_data* next_free;
  u64 pad;

  std::byte* bytes() { return reinterpret_cast<std::byte*>(this + 1); }
};

class skb_pool {
 public:
  skb_pool() = default;
  ~skb_pool();
  skb_pool(const skb_pool&) = delete;
  skb_pool& operator=(const skb_pool&) = delete;

  sk_buff* get_handle();
  void put_handle(sk_buff* s) {
    s->next = free_handles_;
    free_handles_ = s;
  }
  // A block of at least `size` bytes with one reference.
  skb_data* get_block(u32 size);
  void put_block(skb_data* b) {  // drops one reference
    if (--b->refs == 0) recycle(b);
  }

 private:
  // Blocks of these sizes are kept; larger ones go back to the heap. The second holds a full Ethernet
  // frame with headroom.
  static constexpr u32 small_size = 512 - sizeof(skb_data), full_size = 2048 - sizeof(skb_data);
  static constexpr size_t slab_handles = 32;

  void recycle(skb_data*);

  sk_buff* free_handles_ = nullptr;
  skb_data* free_small_ = nullptr;
  skb_data* free_full_ = nullptr;
  std::vector<std::unique_ptr<sk_buff[]>> slabs_;
};

}  // namespace linnet
