// Starts the first guest: a child under the seccomp filter whose listener stays with us.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <csignal>
#include <span>

#include "base/result.hh"
#include "base/types.hh"
#include "guest/listener.hh"
#include "guest/seccomp_filter.hh"

namespace linnet {

// What the child must have as its parent had it before becoming a supervisor.
struct inherited_state {
  sigset_t mask{};
  std::span<const int>
      default_signals;  // those that the supervisor ignores or handles, to be reset
  rlimit nofile{};
  u64 netns_tag = 0;  // soft RLIMIT_RTTIME: the namespace it starts in
};

struct spawned {
  pid_t pid = -1;
  listener channel;
  int exec_errno = 0;  // why the command could not be executed; the child is gone then
};

// `argv` ends with null; argv[0] is searched in $PATH. The error's msg names the step that failed.
result<spawned> spawn_guest(char* const argv[], const inherited_state&, const filter_options&);

}  // namespace linnet
