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

// write(2) is trapped only when it may be for a setting. One that is opened for writing gets a descriptor that few
// other files have, so that these can be told by their number; and shells put it in standard output's place.
inline constexpr u32 setting_fd_first = 992;
inline constexpr u32 setting_fd_count = 16;
inline constexpr u32 setting_write_max = 4096;  // bytes
inline constexpr u32 setting_echo_max = 24;     // the same, to standard output

std::vector<sock_filter> guest_filter(const filter_options&);

}  // namespace linnet
