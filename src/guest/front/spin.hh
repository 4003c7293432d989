// Whether it is worth looking for the next request for a moment before going to sleep. It is when the last looks paid.
// Where they did not (the guest computes, or waits for the very processor that we keep from it) we sleep at once, and try
// again only now and then, ever more seldom. One score, no clock: the caller measures the time.
#pragma once

#include <algorithm>

#include "base/types.hh"

namespace linnet {

class spin_policy {
 public:
  // `alone`: there is no second processor, on which a guest could ask meanwhile.
  explicit spin_policy(bool alone) : alone_(alone) {}

  // Whether to look after this answer. Asked once for each round of them.
  bool worth() {
    if (!hopeful()) {
      if (!alone_) --until_probe_;
      return false;
    }
    return true;
  }
  // What worth() will say next.
  bool hopeful() const { return !alone_ && (score_ > 0 || until_probe_ == 0); }

  void paid() {
    score_ = std::min(score_ + 1, most);
    interval_ = first_interval;
  }
  void in_vain() {
    if (score_ == 0) interval_ = std::min(interval_ * 2, last_interval);
    score_ = score_ > cost ? score_ - cost : 0;
    until_probe_ = interval_;
  }

 private:
  // A look in vain costs as much as several that paid have saved.
  static constexpr u32 most = 32, cost = 4, first_interval = 16, last_interval = 1024;
  bool alone_;
  u32 score_ = cost;
  u32 interval_ = first_interval;
  u32 until_probe_ = first_interval;  // answers without a look
};

}  // namespace linnet
