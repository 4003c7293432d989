// The C library's functions that see of a socket what its descriptor shows, and are not trapped: before one of them, what this
// thread's messages have left to be read is shown. (poll and select are trapped, and the supervisor sees to it.)
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <csignal>

#include "guest/preload/front_client.hh"
#include "guest/preload/next.hh"

extern "C" ssize_t __read_chk(int, void*, size_t, size_t);

namespace {

using linnet::front::next;
using linnet::front::show_all;

constinit decltype(read)* next_read;
constinit decltype(readv)* next_readv;
constinit decltype(epoll_pwait)* next_epoll_pwait;
constinit decltype(epoll_pwait2)* next_epoll_pwait2;
constinit decltype(__read_chk)* next_read_chk;

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
EXPORTED ssize_t read(int fd, void* data, size_t n) {
  show_all();
  auto* f = next(next_read, "read");
  return f ? f(fd, data, n) : syscall(SYS_read, fd, data, n);
}

EXPORTED ssize_t __read_chk(int fd, void* data, size_t n, size_t room) {
  show_all();
  auto* f = next(next_read_chk, "__read_chk");
  return f ? f(fd, data, n, room) : syscall(SYS_read, fd, data, n);
}

EXPORTED ssize_t readv(int fd, const iovec* list, int count) {
  show_all();
  auto* f = next(next_readv, "readv");
  return f ? f(fd, list, count) : syscall(SYS_readv, fd, list, count);
}

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
