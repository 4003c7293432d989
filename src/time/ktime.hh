// Time as a signed count of nanoseconds since the world's start (virtual) or the host's boot (monotonic).
#pragma once

#include <limits>

#include "base/types.hh"

namespace linnet {

using ktime = s64;

inline constexpr ktime ns_per_us = 1'000;
inline constexpr ktime ns_per_ms = 1'000'000;
inline constexpr ktime ns_per_sec = 1'000'000'000;
inline constexpr ktime ktime_max = std::numeric_limits<ktime>::max();

// The unit in which Linux reports ages to user space (USER_HZ = 100): man 5 proc, RTM_GETNEIGH's
// nda_cacheinfo, IFA_CACHEINFO.
inline constexpr ktime ns_per_clock_tick = ns_per_sec / 100;

constexpr ktime msecs(s64 ms) { return ms * ns_per_ms; }
constexpr ktime secs(s64 s) { return s * ns_per_sec; }
constexpr u32 ktime_to_clock_t(ktime t) { return static_cast<u32>(t / ns_per_clock_tick); }

}  // namespace linnet
