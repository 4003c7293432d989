// The timer wheel against a sorted map.
#include "time/timer.hh"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <map>

namespace linnet {
namespace {

struct probe : timer {
  probe() : timer([](timer& t) { static_cast<probe&>(t).fire(); }) {}
  void fire() { log->push_back(this); }
  std::vector<probe*>* log = nullptr;
};

u64 tick_of(ktime t) {
  return static_cast<u64>((t + timer_wheel::tick_ns - 1) / timer_wheel::tick_ns);
}

TEST(Timer, FiresOnceNotBefore) {
  timer_wheel w;
  std::vector<probe*> log;
  probe p;
  p.log = &log;
  w.mod(p, msecs(10));
  EXPECT_EQ(w.run(msecs(9)), 0u);
  EXPECT_TRUE(p.pending());
  EXPECT_EQ(w.run(msecs(10)), 1u);
  EXPECT_FALSE(p.pending());
  EXPECT_EQ(w.run(secs(100)), 0u);
}

TEST(Timer, RearmingMovesIt) {
  timer_wheel w;
  std::vector<probe*> log;
  probe p;
  p.log = &log;
  EXPECT_FALSE(w.mod(p, msecs(5)));
  EXPECT_TRUE(w.mod(p, msecs(500)));
  EXPECT_EQ(w.run(msecs(499)), 0u);
  EXPECT_EQ(w.run(msecs(500)), 1u);
  EXPECT_FALSE(w.del(p));
}

TEST(Timer, ACallbackMayCancelOneDueAtTheSameTick) {
  timer_wheel w;
  struct killer : timer {
    killer()
        : timer([](timer& t) {
            auto& k = static_cast<killer&>(t);
            k.wheel->del(*k.victim);
          }) {}
    timer_wheel* wheel = nullptr;
    timer* victim = nullptr;
  } first;
  std::vector<probe*> log;
  probe second;
  second.log = &log;
  first.wheel = &w;
  first.victim = &second;
  w.mod(first, msecs(3));
  w.mod(second, msecs(3));
  EXPECT_EQ(w.run(secs(1)), 1u);
  EXPECT_TRUE(log.empty());
}

// Random arming, re-arming, cancelling and time steps: what fires, and its order, equal the model's.
RC_GTEST_PROP(Timer, EqualsASortedMap, ()) {
  timer_wheel w;
  std::deque<probe> timers(20);
  std::vector<probe*> fired;
  for (auto& p : timers) p.log = &fired;
  std::map<std::pair<u64, u64>, probe*> model;  // (tick, sequence)
  std::map<probe*, std::pair<u64, u64>> where;
  u64 seq = 0;
  ktime now = 0;
  auto cancel = [&](probe* p) {
    if (auto it = where.find(p); it != where.end()) {
      model.erase(it->second);
      where.erase(it);
    }
  };
  for (int step = *rc::gen::inRange(1, 60); step > 0; --step) {
    probe& p = timers[*rc::gen::inRange<size_t>(0, timers.size())];
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
      case 1: {
        const ktime span = ktime{1} << *rc::gen::inRange(10, 50);
        const ktime at = now + *rc::gen::inRange<ktime>(0, span);
        w.mod(p, at);
        cancel(&p);
        const std::pair key{std::max(tick_of(at), static_cast<u64>(now / timer_wheel::tick_ns) + 1),
                            seq++};
        model[key] = &p;
        where[&p] = key;
        break;
      }
      case 2:
        RC_ASSERT(w.del(p) == where.contains(&p));
        cancel(&p);
        break;
      default: {
        now += *rc::gen::inRange<ktime>(0, ktime{1} << *rc::gen::inRange(10, 48));
        fired.clear();
        w.run(now);
        std::vector<probe*> expected;
        while (!model.empty() &&
               model.begin()->first.first <= static_cast<u64>(now / timer_wheel::tick_ns)) {
          expected.push_back(model.begin()->second);
          where.erase(model.begin()->second);
          model.erase(model.begin());
        }
        RC_ASSERT(fired == expected);
      }
    }
    RC_ASSERT(w.size() == model.size());
    if (!model.empty()) {
      RC_ASSERT(w.next_expiry() <=
                static_cast<ktime>(model.begin()->first.first) * timer_wheel::tick_ns);
    }
  }
  for (auto& p : timers) w.del(p);
}

}  // namespace
}  // namespace linnet
