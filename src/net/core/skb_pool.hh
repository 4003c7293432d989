// Where packets come from and go home to: free lists of handles and of data blocks, one pool per cpu.
// Memory is taken from the heap in slabs of handles and in single blocks, and kept for reuse.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "net/core/sk_buff.hh"

namespace linnet {

// The shared part of a packet: its bytes follow. `refs` counts the handles.
struct skb_data {
  u32 refs;
  u32 size;  // bytes that follow
  skb_data* next_free;
  // How a handle with `gso` set is to be cut: bytes of payload a segment, how many those are, SKB_GSO_*.
  u16 gso_size;
  u16 gso_segs;
  u8 gso_type;
  // How many pieces of pages Linux would hold the payload in; 0: all of it stands in the packet's own memory.
  u8 nr_frags;
  u16 pad;

  std::byte* bytes() { return reinterpret_cast<std::byte*>(this + 1); }
};

// The largest block that is kept for reuse: 64 KiB with headers in front.
inline constexpr u32 skb_pool_largest = 65536 + 1024;

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
  // Blocks of these sizes are kept, so many of each; others go back to the heap. The second holds a full Ethernet frame
  // with headroom, the last what TCP sends at once.
  struct size_class {
    u32 size;
    u32 keep;
    skb_data* free = nullptr;
    u32 count = 0;
  };
  static constexpr u32 room(u32 size) { return size - static_cast<u32>(sizeof(skb_data)); }
  static constexpr size_t slab_handles = 32;

  void recycle(skb_data*);
  void recycle_large(skb_data*);
  skb_data* get_large(u32 size);

  sk_buff* free_handles_ = nullptr;
  std::array<size_class, 5> classes_{{{.size = room(512), .keep = ~0u},
                                      {.size = room(2048), .keep = ~0u},
                                      {.size = room(8192), .keep = 1024},
                                      {.size = room(24576), .keep = 256},
                                      {.size = room(skb_pool_largest), .keep = 256}}};
  std::vector<std::unique_ptr<sk_buff[]>> slabs_;
};

inline skb_data& skb_shinfo(const sk_buff& s) { return *s.block; }

}  // namespace linnet
