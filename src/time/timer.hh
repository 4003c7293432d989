// Timers: a hierarchical wheel in which arming, re-arming and cancelling cost the same whether ten or a
// million are pending. A timer is a node embedded in its owner, with a function pointer; nothing is
// allocated. Resolution is one tick (1 ms); a timer never fires early, and fires in the order of
// (expiry tick, arming sequence). Unlike Linux's wheel, levels do not round expiry up: a timer that lies
// far ahead moves down a level as its time comes. One that is put off stays where it stands, and is moved when
// that time comes: most timers are, again and again, and never fire.
#pragma once

#include <array>
#include <cassert>

#include "base/list.hh"
#include "time/ktime.hh"

namespace linnet {

class timer_wheel;

class timer : public list_node<timer> {
 public:
  using function = void (*)(timer&);
  explicit timer(function f) : fn_(f) {}
  ~timer() { assert(!pending() && "timer destroyed while armed"); }

  bool pending() const { return linked(); }
  ktime expires() const { return expires_; }

 private:
  friend class timer_wheel;
  function fn_;
  ktime expires_ = 0;
  u64 placed_ = 0;  // the tick by which it stands in the wheel, no later than that of expires_
  u64 seq_ = 0;
};

class timer_wheel {
 public:
  explicit timer_wheel(ktime now = 0);
  ~timer_wheel();
  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;

  static constexpr ktime tick_ns = ns_per_ms;

  // Arms or re-arms for the absolute time `at` (mod_timer). True when it was pending before.
  bool mod(timer&, ktime at);
  // True when it was pending (del_timer).
  bool del(timer&);

  // Fires what is due at `now`, in order; callbacks may arm and cancel any timer. Returns how many fired.
  size_t run(ktime now);
  // When run() next has something to do: the earliest expiry, or a time before it at which the wheel wants to be run,
  // because timers move down or were put off. ktime_max when empty.
  ktime next_expiry() const;
  size_t size() const { return count_; }

 private:
  static constexpr unsigned bits = 6, slots = 1u << bits, levels = 7;
  using slot = list<timer, timer>;

  void place(timer&);
  void cascade(unsigned level);
  size_t fire(slot&);
  u64 next_tick() const;  // the next tick at which a slot falls due or cascades

  u64 now_tick_;
  u64 seq_ = 0;
  size_t count_ = 0;
  std::array<u64, levels> occupied_{};  // bit per slot: not known to be empty
  std::array<std::array<slot, slots>, levels> wheel_;
};

}  // namespace linnet
