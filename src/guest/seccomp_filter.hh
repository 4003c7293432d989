// The classic BPF program that decides, for each system call of a guest, whether the host's kernel serves
// it alone (most do, at no cost: the kernel caches "always allowed") or the supervisor is asked. It is
// the one list of what is trapped; what the trapped calls mean stands in supervisor_calls.cc.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/types.hh"

namespace linnet {

struct filter_options {
  // The calls about user and group ids and capabilities are trapped so that they answer as to root in the
  // world. A real root's guests have them for real instead, so that giving up privileges works.
  bool trap_ids = true;
};

// write(2) is trapped only when it may be a short text for a setting: this many bytes at most, and a
// descriptor below this.
inline constexpr u32 setting_write_max = 128;
inline constexpr u32 setting_fd_limit = 16;

std::vector<sock_filter> guest_filter(const filter_options&);

}  // namespace linnet
