// A world's clock. Monotonic follows the host; virtual stands still until somebody moves it, so that a
// run depends on nothing outside.
//
// The time is asked for often: for every segment sent or answered, every timer armed. The host's costs 25 ns. So a call of
// a socket and the work on a burst of packets hold a moment, in which the first who asks learns the time for all.
#pragma once

#include <ctime>

#include "time/ktime.hh"

namespace linnet {

class clock {
 public:
  virtual ~clock() = default;
  ktime now() const { return known_ ? now_ : look(); }
  // What it is even within a moment.
  virtual ktime exactly_now() const = 0;
  // Wall-clock time in nanoseconds since 1970 (CLOCK_REALTIME), for time stamps that programs see.
  virtual ktime real() const = 0;
  bool is_virtual() const { return virtual_; }
  // A new moment begins for those that are held.
  void move_on() { known_ = virtual_; }

  // While one lives, `now` stands still. They may be nested.
  class moment {
   public:
    explicit moment(clock& c) : c_(c) { ++c_.moments_; }
    moment(const moment&) = delete;
    moment& operator=(const moment&) = delete;
    ~moment() {
      if (--c_.moments_ == 0) c_.move_on();
    }

   private:
    clock& c_;
  };

 protected:
  explicit clock(bool is_virtual) : known_(is_virtual), virtual_(is_virtual) {}
  void set(ktime t) { now_ = t; }

 private:
  ktime look() const {
    const ktime t = exactly_now();
    if (!moments_) return t;
    known_ = true;
    return now_ = t;
  }

  mutable ktime now_ = 0;
  mutable bool known_;  // now_ is what it is now
  const bool virtual_;
  unsigned moments_ = 0;
};

class monotonic_clock final : public clock {
 public:
  monotonic_clock() : clock(false) {}
  ktime exactly_now() const override { return read(CLOCK_MONOTONIC); }
  ktime real() const override { return read(CLOCK_REALTIME); }

 private:
  static ktime read(clockid_t id) {
    timespec ts;
    clock_gettime(id, &ts);
    return ts.tv_sec * ns_per_sec + ts.tv_nsec;
  }
};

class virtual_clock final : public clock {
 public:
  virtual_clock() : clock(true) {}
  ktime exactly_now() const override { return now(); }
  ktime real() const override { return epoch + now(); }
  // Moves forward only.
  void advance_to(ktime t) {
    if (t > now()) set(t);
  }

 private:
  static constexpr ktime epoch = 1'700'000'000 * ns_per_sec;
};

}  // namespace linnet
