// The path recorder: the last steps of all packets of a world, in a ring of fixed size, and how many packets each
// drop reason has ended. It is a tracer: attach() makes it the tracer of every cpu. Recording a step copies 160
// bytes and allocates nothing; the ring's memory is touched as it fills.
//
// Readers hold no pointer across a step: they ask for [oldest(), next()) and look at records by their number. One
// that must not miss any (a file) says so by on_half: it is called before what it hasn't taken is overwritten.
#pragma once

#include <array>
#include <cstdlib>
#include <functional>
#include <memory>

#include "trace/record.hh"

namespace linnet {

struct world;

class path_recorder final : public tracer {
 public:
  static constexpr u32 default_capacity = 1 << 16;

  // `capacity` is rounded up to a power of two.
  explicit path_recorder(u32 capacity = default_capacity);
  ~path_recorder() override;
  path_recorder(const path_recorder&) = delete;
  path_recorder& operator=(const path_recorder&) = delete;

  void attach(world&);
  void detach();

  void on_event(const trace_event&) override;

  // Who sees each event after the recorder (a capture); null: nobody.
  tracer* also = nullptr;
  // Called whenever half of the ring has been written since it was last called.
  std::function<void()> on_half;

  u64 next() const { return next_; }  // the number that the next record gets
  u64 oldest() const { return next_ > capacity() ? next_ - capacity() : 1; }
  const trace_record& at(u64 seq) const { return ring_[seq & mask_]; }
  u32 capacity() const { return mask_ + 1; }

  struct drops {
    u64 count = 0;
    trace_record last{};
  };
  const drops& dropped(skb_drop_reason r) const { return drops_[static_cast<size_t>(r)]; }

 private:
  u32 mask_;
  // From malloc: a record that wasn't written costs no memory.
  struct free_records {
    void operator()(trace_record* p) const { std::free(p); }
  };
  std::unique_ptr<trace_record[], free_records> ring_;
  u64 next_ = 1;
  u64 half_at_;
  world* w_ = nullptr;
  std::array<drops, static_cast<size_t>(skb_drop_reason::max_)> drops_;
};

}  // namespace linnet
