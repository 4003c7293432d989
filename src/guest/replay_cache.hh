// Results that a guest could not be told of because a signal interrupted its call after the effect was done.
// When the signal's handler has returned and the kernel repeats the call, it gets the remembered result
// instead of a second effect. Any other call of that thread shows that it was not repeated.
#pragma once

#include <sys/types.h>

#include <array>
#include <optional>
#include <unordered_map>

#include "base/types.hh"

namespace linnet {

class replay_cache {
 public:
  struct key {
    int nr;
    u64 ip;
    std::array<u64, 6> args;
    bool operator==(const key&) const = default;
  };

  void remember(pid_t tid, const key& k, s64 value) { entries_[tid] = {k, value}; }

  // To be asked once for every request of a thread; forgets what it had for it.
  std::optional<s64> take(pid_t tid, const key& k) {
    if (entries_.empty()) return std::nullopt;
    const auto it = entries_.find(tid);
    if (it == entries_.end()) return std::nullopt;
    const entry e = it->second;
    entries_.erase(it);
    return e.k == k ? std::optional(e.value) : std::nullopt;
  }

  void forget(pid_t tid) { entries_.erase(tid); }
  size_t size() const { return entries_.size(); }

 private:
  struct entry {
    key k;
    s64 value;
  };
  std::unordered_map<pid_t, entry> entries_;
};

}  // namespace linnet
