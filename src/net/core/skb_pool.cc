// The free lists. A block that comes home goes on the list of its size, or to the heap when it is larger; lists
// grow to what the busiest moment needed, those of large blocks to some MiB at most.
#include "net/core/skb_pool.hh"

#include <cstdlib>
#include <new>

namespace linnet {
namespace {

skb_data* make_block(u32 size) {
  void* p = ::operator new(sizeof(skb_data) + size, std::align_val_t{64});
  return new (p) skb_data{.refs = 0,
                          .size = size,
                          .next_free = nullptr,
                          .gso_size = 0,
                          .gso_segs = 0,
                          .gso_type = 0,
                          .nr_frags = 0,
                          .pad = 0};
}
void free_block(skb_data* b) { ::operator delete(b, std::align_val_t{64}); }

skb_data* pop(skb_data*& head) {
  skb_data* b = head;
  if (b) head = b->next_free;
  return b;
}

}  // namespace

skb_pool::~skb_pool() {
  for (size_class& c : classes_) {
    while (skb_data* b = pop(c.free)) free_block(b);
  }
}

sk_buff* skb_pool::get_handle() {
  if (unlikely(!free_handles_)) {
    slabs_.push_back(std::make_unique_for_overwrite<sk_buff[]>(slab_handles));
    for (size_t i = slab_handles; i-- > 0;) put_handle(&slabs_.back()[i]);
  }
  sk_buff* s = free_handles_;
  free_handles_ = s->next;
  return s;
}

skb_data* skb_pool::get_block(u32 size) {
  size_class& c = classes_[size <= classes_[0].size ? 0 : 1];
  if (unlikely(size > c.size)) return get_large(size);
  skb_data* b = pop(c.free);
  if (unlikely(!b)) b = make_block(c.size);
  b->refs = 1;
  return b;
}

skb_data* skb_pool::get_large(u32 size) {
  skb_data* b = nullptr;
  for (size_class& c : classes_) {
    if (size > c.size) continue;
    b = pop(c.free);
    if (b)
      --c.count;
    else
      b = make_block(c.size);
    break;
  }
  if (!b) b = make_block(size);
  b->refs = 1;
  return b;
}

void skb_pool::recycle(skb_data* b) {
  // The two small kinds are never too many, and not counted.
  size_class& c = classes_[b->size == classes_[0].size ? 0 : 1];
  if (unlikely(b->size != c.size)) return recycle_large(b);
  b->next_free = c.free;
  c.free = b;
}

void skb_pool::recycle_large(skb_data* b) {
  for (size_class& c : classes_) {
    if (b->size != c.size || c.count >= c.keep) continue;
    ++c.count;
    b->next_free = c.free;
    c.free = b;
    return;
  }
  free_block(b);
}

}  // namespace linnet
