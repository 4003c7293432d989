// A world's clock. Monotonic follows the host; virtual stands still until somebody moves it, so that a
// run depends on nothing outside.
#pragma once

#include <ctime>

#include "time/ktime.hh"

namespace linnet {

class clock {
 public:
  virtual ~clock() = default;
  virtual ktime now() const = 0;
  // Wall-clock time in nanoseconds since 1970 (CLOCK_REALTIME), for time stamps that programs see.
  virtual ktime real() const = 0;
  virtual bool is_virtual() const = 0;
};

class monotonic_clock final : public clock {
 public:
  ktime now() const override { return read(CLOCK_MONOTONIC); }
  ktime real() const override { return read(CLOCK_REALTIME); }
  bool is_virtual() const override { return false; }

 private:
  static ktime read(clockid_t id) {
    timespec ts;
    clock_gettime(id, &ts);
    return ts.tv_sec * ns_per_sec + ts.tv_nsec;
  }
};

class virtual_clock final : public clock {
 public:
  ktime now() const override { return now_; }
  ktime real() const override { return epoch + now_; }
  bool is_virtual() const override { return true; }
  // Moves forward only.
  void advance_to(ktime t) {
    if (t > now_) now_ = t;
  }

 private:
  static constexpr ktime epoch = 1'700'000'000 * ns_per_sec;
  ktime now_ = 0;
};

}  // namespace linnet
