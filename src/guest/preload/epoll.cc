// epoll sees of a socket what its descriptor shows, and is not trapped: before it looks, what this thread's messages have left to be
// read is shown. (poll and select are trapped, and the supervisor sees to it; for plain reads: plain.cc.)
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "guest/preload/front_client.hh"
#include "guest/preload/next.hh"

namespace {

using linnet::front::next;
using linnet::front::show_all;

constinit decltype(epoll_pwait)* next_epoll_pwait;
constinit decltype(epoll_pwait2)* next_epoll_pwait2;

constexpr size_t mask_bytes = 8;  // of the kernel's signal masks

int wait_for_events(int fd, epoll_event* events, int most, int timeout, const sigset_t* mask) {
  show_all();
  auto* f = next(next_epoll_pwait, "epoll_pwait");
  return f ? f(fd, events, most, timeout, mask)
           : static_cast<int>(
                 syscall(SYS_epoll_pwait, fd, events, most, timeout, mask, mask_bytes));
}

}  // namespace

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
EXPORTED int epoll_wait(int fd, epoll_event* events, int most, int timeout) {
  return wait_for_events(fd, events, most, timeout, nullptr);
}

EXPORTED int epoll_pwait(int fd, epoll_event* events, int most, int timeout, const sigset_t* mask) {
  return wait_for_events(fd, events, most, timeout, mask);
}

EXPORTED int epoll_pwait2(int fd, epoll_event* events, int most, const timespec* timeout,
                          const sigset_t* mask) {
  show_all();
  auto* f = next(next_epoll_pwait2, "epoll_pwait2");
  return f ? f(fd, events, most, timeout, mask)
           : static_cast<int>(
                 syscall(SYS_epoll_pwait2, fd, events, most, timeout, mask, mask_bytes));
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
