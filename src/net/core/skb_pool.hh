// Where packets come from and go home to: free lists of handles and of data blocks, one pool per cpu.
// Memory is taken from the heap in slabs of handles and in single blocks, and kept for reuse.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "net/core/sk_buff.hh"

namespace linnet {

// The shared part of a packet: its bytes follow. `refs` counts the handles.
struct skb_data {
  u32 refs;
  u32 size;  // bytes that follow
  union {
    skb_data* next_free;  // of a block that nobody has
    // With nr_frags: what Linux would hold in the packet's own memory all the same.
    struct {
      u16 end;       // where that ends, from the block's first byte
      u16 truesize;  // what it is charged
    } linear;
  };
  // How a handle with `gso` set is to be cut: bytes of payload a segment, how many those are, SKB_GSO_*.
  u16 gso_size;
  u16 gso_segs;
  u16 gso_type;
  // How many pieces of pages Linux would hold the payload in; 0: all of it stands in the packet's own memory.
  u8 nr_frags;
  u8 pad;

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
// Says that all behind the first `linear` bytes of it would stand in pages, and what those bytes' memory is charged.
inline void skb_set_paged(sk_buff& s, u32 nr_frags, u32 linear, u32 truesize) {
  skb_data& info = skb_shinfo(s);
  info.nr_frags = static_cast<u8>(nr_frags);
  info.linear = {.end = static_cast<u16>(s.headroom() + linear),
                 .truesize = static_cast<u16>(truesize)};
}
// How many bytes of it are in its own memory (skb_headlen).
inline u32 skb_headlen(const sk_buff& s) {
  const skb_data& info = skb_shinfo(s);
  if (!info.nr_frags) return s.len();
  const u32 end = info.linear.end, at = s.headroom();
  return end > at ? std::min(end - at, s.len()) : 0;
}
// At least that many are from now on (pskb_may_pull). False: it is shorter.
inline bool skb_may_pull(sk_buff& s, u32 len) {
  if (len > s.len()) return false;
  skb_data& info = skb_shinfo(s);
  if (info.nr_frags && skb_headlen(s) < len) info.linear.end = static_cast<u16>(s.headroom() + len);
  return true;
}

}  // namespace linnet
