// Has a guest's thread make system calls that it did not ask for. Only its own thread can map memory into a process;
// so, when a trapped mmap(2) is to show a ring, the thread that waits in it is stopped (ptrace(2)), made to map the
// ring's memory, and sent on with the address as its call's result.
//
// Nothing of this is visible to the guest: its registers and its signal mask are as they were, signals that come
// meanwhile wait. It takes as many rights over the guest as reading its memory does. One debugger at a time is all the
// host allows: EPERM when the guest has one already.
#pragma once

#include <sys/types.h>

#include <initializer_list>
#include <memory>

#include "base/result.hh"
#include "base/types.hh"

namespace linnet {

class injection {
 public:
  // Stops the thread. The notification of its trapped call `nr` is gone with that: the call is ended by
  // finish(), or made again by the guest when the injection is given up. EPERM, ESRCH; EINTR when a signal was
  // faster and the thread does something else now.
  static result<injection> stop(pid_t tid, int nr);
  injection(injection&&) noexcept;
  injection& operator=(injection&&) = delete;
  ~injection();

  // Makes the call in the guest. Its result, or negative errno; ESRCH when the thread died.
  result<s64> call(long nr, std::initializer_list<u64> args);
  // The trapped call returns `value`.
  void finish(s64 value);

 private:
  struct state;
  explicit injection(std::unique_ptr<state>);
  std::unique_ptr<state> s_;
};

}  // namespace linnet
