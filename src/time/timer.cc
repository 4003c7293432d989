// The wheel. Level l has 64 slots of 64^l ticks each; a timer stands in the lowest level whose span holds
// its distance. As time enters a slot of a higher level its timers move down (cascade); a timer is moved at
// most once per level. Bitmaps of occupied slots let an idle wheel jump over any span of time in a few
// steps, which virtual time depends on.
#include "time/timer.hh"

#include <algorithm>
#include <bit>
#include <vector>

namespace linnet {
namespace {

constexpr u64 tick_ceil(ktime t) {
  if (t <= 0) return 0;
  return (static_cast<u64>(t) + timer_wheel::tick_ns - 1) / timer_wheel::tick_ns;
}

}  // namespace

timer_wheel::timer_wheel(ktime now) : now_tick_(static_cast<u64>(now) / tick_ns) {}

timer_wheel::~timer_wheel() {
  for (auto& level : wheel_) {
    for (slot& s : level) {
      while (s.pop_front()) continue;
    }
  }
}

void timer_wheel::place(timer& t) {
  // It may have been put off since; and what was due when it was armed is due in the next tick.
  t.placed_ = std::max(tick_ceil(t.expires_), t.placed_);
  const u64 delta = t.placed_ - now_tick_;
  unsigned level = delta < slots ? 0 : (63 - static_cast<unsigned>(std::countl_zero(delta))) / bits;
  u64 tick = t.placed_;
  if (level >=
      levels) {  // further than the wheel reaches: stands in the last slot, and cascades again
    level = levels - 1;
    tick = now_tick_ + (u64{slots - 1} << (bits * level));
  }
  const unsigned i = (tick >> (bits * level)) & (slots - 1);
  wheel_[level][i].push_back(t);
  occupied_[level] |= u64{1} << i;
}

bool timer_wheel::mod(timer& t, ktime at) {
  const bool was = t.pending();
  t.expires_ = at;
  t.seq_ = seq_++;
  const u64 tick = std::max(tick_ceil(at), now_tick_ + 1);
  if (was && tick >= t.placed_) return true;
  if (was) {
    slot::remove(t);
  } else {
    ++count_;
  }
  t.placed_ = tick;
  place(t);
  return was;
}

bool timer_wheel::del(timer& t) {
  if (!t.pending()) return false;
  slot::remove(t);
  --count_;
  return true;
}

u64 timer_wheel::next_tick() const {
  u64 best = ~u64{0};
  for (unsigned l = 0; l < levels; ++l) {
    if (!occupied_[l]) continue;
    const unsigned shift = bits * l;
    const u64 at = now_tick_ >> shift;
    // Distance to the next occupied slot, 1 to 64: the present slot's own bit means a whole turn.
    const u64 turned = std::rotr(occupied_[l], static_cast<int>((at + 1) & (slots - 1)));
    const u64 d = static_cast<u64>(std::countr_zero(turned)) + 1;
    best = std::min(best, (at + d) << shift);
  }
  return best;
}

ktime timer_wheel::next_expiry() const {
  if (!count_) return ktime_max;
  return static_cast<ktime>(next_tick() * tick_ns);
}

void timer_wheel::cascade(unsigned level) {
  const unsigned i = (now_tick_ >> (bits * level)) & (slots - 1);
  const u64 bit = u64{1} << i;
  if (!(occupied_[level] & bit)) return;
  occupied_[level] &= ~bit;
  // Those too far for the wheel may return to this very slot: take what stands here now only.
  slot moved;
  while (timer* t = wheel_[level][i].pop_front()) moved.push_back(*t);
  while (timer* t = moved.pop_front()) place(*t);
}

size_t timer_wheel::fire(slot& s) {
  // Cascading and putting off may have mixed the order of arming.
  bool sorted = true;
  u64 last = 0;
  for (const timer& t : s) {
    sorted &= t.seq_ >= last;
    last = t.seq_;
  }
  if (!sorted) {
    std::vector<timer*> v;
    while (timer* t = s.pop_front()) v.push_back(t);
    std::ranges::sort(v, {}, [](timer* t) { return t->seq_; });
    for (timer* t : v) s.push_back(*t);
  }
  size_t fired = 0;
  while (timer* t = s.pop_front()) {
    if (tick_ceil(t->expires_) > now_tick_) {
      place(*t);
      continue;
    }
    --count_;
    ++fired;
    t->fn_(*t);
  }
  return fired;
}

size_t timer_wheel::run(ktime now) {
  const u64 target = static_cast<u64>(now) / tick_ns;
  if (target <= now_tick_) return 0;
  size_t fired = 0;
  while (count_) {
    const u64 next = next_tick();
    if (next > target) break;
    now_tick_ = next;
    for (unsigned l = levels - 1; l > 0; --l) {
      if ((now_tick_ & ((u64{1} << (bits * l)) - 1)) == 0) cascade(l);
    }
    const unsigned i = now_tick_ & (slots - 1);
    occupied_[0] &= ~(u64{1} << i);
    fired += fire(wheel_[0][i]);
  }
  now_tick_ = std::max(now_tick_, target);
  return fired;
}

}  // namespace linnet
