// Timers: arming, re-arming and cancelling cost the same with ten pending or a million.
#include <benchmark/benchmark.h>

#include <deque>

#include "base/rng.hh"
#include "time/timer.hh"

namespace linnet {
namespace {

struct idle_timer : timer {
  idle_timer() : timer([](timer&) {}) {}
};

// Random expiries up to an hour ahead, as of neighbours, connections and retransmissions together.
ktime some_time(rng& r) { return msecs(1 + r.below(3'600'000)); }

struct loaded_wheel {
  explicit loaded_wheel(size_t n) : timers(n) {
    for (auto& t : timers) wheel.mod(t, some_time(rand));
  }
  ~loaded_wheel() {
    for (auto& t : timers) wheel.del(t);
  }
  timer& any() { return timers[rand.below(static_cast<u32>(timers.size()))]; }

  rng rand{1};
  timer_wheel wheel;
  std::deque<idle_timer> timers;
};

void timer_rearm(benchmark::State& state) {
  loaded_wheel l(static_cast<size_t>(state.range(0)));
  for (auto _ : state) l.wheel.mod(l.any(), some_time(l.rand));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(timer_rearm)->Arg(10)->Arg(1000)->Arg(1'000'000);

void timer_cancel_and_arm(benchmark::State& state) {
  loaded_wheel l(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    timer& t = l.any();
    l.wheel.del(t);
    l.wheel.mod(t, some_time(l.rand));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(timer_cancel_and_arm)->Arg(10)->Arg(1000)->Arg(1'000'000);

// An hour passes: each timer fires once, having moved down at most six levels.
void timer_expire(benchmark::State& state) {
  const size_t n = static_cast<size_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    loaded_wheel l(n);
    state.ResumeTiming();
    size_t fired = 0;
    for (ktime now = 0; now <= secs(3601); now += msecs(10)) fired += l.wheel.run(now);
    if (fired != n) state.SkipWithError("timers were lost");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(timer_expire)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace linnet
