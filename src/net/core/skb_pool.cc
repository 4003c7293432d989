// The free lists. A block that comes home goes on the list of its size, or to the heap when it is larger; lists
// only grow, to what the busiest moment needed.
#include "net/core/skb_pool.hh"

#include <cstdlib>
#include <new>

namespace linnet {
namespace {

skb_data* make_block(u32 size) {
  void* p = ::operator new(sizeof(skb_data) + size, std::align_val_t{64});
  return new (p) skb_data{.refs = 0, .size = size, .next_free = nullptr, .pad = 0};
}
void free_block(skb_data* b) { ::operator delete(b, std::align_val_t{64}); }

skb_data* pop(skb_data*& head) {
  skb_data* b = head;
  if (b) head = b->next_free;
  return b;
}

}  // namespace

skb_pool::~skb_pool() {
  for (skb_data** head : {&free_small_, &free_full_}) {
    while (skb_data* b = pop(*head)) free_block(b);
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
  skb_data* b = nullptr;
  if (size <= small_size) {
    b = pop(free_small_);
    if (!b) b = make_block(small_size);
  } else if (size <= full_size) {
    b = pop(free_full_);
    if (!b) b = make_block(full_size);
  } else {
    b = make_block(size);
  }
  b->refs = 1;
  return b;
}

void skb_pool::recycle(skb_data* b) {
  if (b->size == small_size || b->size == full_size) {
    skb_data*& head = b->size == small_size ? free_small_ : free_full_;
    b->next_free = head;
    head = b;
  } else {
    free_block(b);
  }
}

}  // namespace linnet
