// Writing the ring.
#include "trace/path_recorder.hh"

#include <algorithm>
#include <bit>
#include <new>

#include "net/core/world.hh"

namespace linnet {
namespace {

// Netlink's messages are packets too, and lookups come by the million: neither is part of a packet's path.
bool of_no_interest(const trace_event& e) {
  if (e.point == tp::fib_table_lookup) return true;
  return e.skb && !e.skb->protocol;
}

}  // namespace

path_recorder::path_recorder(u32 capacity)
    : mask_(std::bit_ceil(std::clamp(capacity, 2u, 1u << 26)) - 1),
      ring_(static_cast<trace_record*>(
          std::aligned_alloc(alignof(trace_record), sizeof(trace_record) * (size_t{mask_} + 1)))),
      half_at_(1 + (mask_ + 1) / 2) {
  if (!ring_) throw std::bad_alloc();
}

path_recorder::~path_recorder() { detach(); }

void path_recorder::attach(world& w) {
  w_ = &w;
  for (auto& c : w.cpus) c->trace = this;
}

void path_recorder::detach() {
  if (!w_) return;
  for (auto& c : w_->cpus)
    if (c->trace == this) c->trace = nullptr;
  w_ = nullptr;
}

void path_recorder::on_event(const trace_event& e) {
  if (also) also->on_event(e);
  if (of_no_interest(e)) return;
  trace_record& r = ring_[next_ & mask_];
  fill_record(r, e, next_);
  ++next_;
  if (unlikely(e.point == tp::kfree_skb)) {
    drops& d = drops_[static_cast<size_t>(e.reason)];
    ++d.count;
    d.last = r;
  }
  if (unlikely(next_ == half_at_)) {
    half_at_ = next_ + capacity() / 2;
    if (on_half) on_half();
  }
}

}  // namespace linnet
