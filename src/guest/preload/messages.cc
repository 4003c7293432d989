// The C library's functions that move messages, under their own names: found here before the C library's. Each asks by
// the thread's channel first, and what comes to nothing there is done by the function that would have been called
// without us. The library is linked against nothing, so it can be preloaded into programs of any C library.
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "guest/preload/front_client.hh"
#include "guest/preload/next.hh"
#include "guest/preload/plain.hh"

extern "C" void pthread_testcancel() __attribute__((weak));

namespace {

using linnet::u64;
using linnet::front::asking;
using linnet::front::next;
using linnet::front::with_error;

// As all of these are points of cancellation: one that is due comes first.
void point_of_cancellation() {
  if (pthread_testcancel) pthread_testcancel();
}

template <class T>
u64 word(T v) {
  if constexpr (std::is_pointer_v<T>)
    return reinterpret_cast<u64>(v);
  else
    return static_cast<u64>(static_cast<long>(v));
}

constinit decltype(sendto)* next_sendto;
constinit decltype(recvfrom)* next_recvfrom;
constinit decltype(sendmsg)* next_sendmsg;
constinit decltype(recvmsg)* next_recvmsg;
constinit decltype(sendmmsg)* next_sendmmsg;
constinit decltype(recvmmsg)* next_recvmmsg;

// Sends that may wait with a part of them gone, and so are not to be begun again.
constexpr int in_parts = MSG_FASTOPEN | MSG_ZEROCOPY | MSG_OOB;

ssize_t send_to(int fd, const void* data, size_t n, int flags, const sockaddr* to, socklen_t len) {
  point_of_cancellation();
  if (!(flags & in_parts)) {
    asking a(fd);
    if (a.begun()) {
      if (!a.left_to_host()) a.bring(data, n);
      if (to) a.bring(to, len);
      if (a.ask(SYS_sendto, word(fd), word(data), n, word(flags), word(to), len, flags))
        return a.result();
      flags |= a.more_flags();
    }
  }
  auto* f = next(next_sendto, "sendto");
  return f ? f(fd, data, n, flags, to, len) : syscall(SYS_sendto, fd, data, n, flags, to, len);
}

ssize_t receive_from(int fd, void* data, size_t n, int flags, sockaddr* from, socklen_t* len) {
  point_of_cancellation();
  {
    asking a(fd);
    if (a.begun()) {
      if (from && len) a.bring(len, sizeof *len);
      if (a.ask(SYS_recvfrom, word(fd), word(data), n, word(flags), word(from), word(len), flags))
        return a.result();
      flags |= a.more_flags();
    }
  }
  auto* f = next(next_recvfrom, "recvfrom");
  return with_error(fd, f ? f(fd, data, n, flags, from, len)
                          : syscall(SYS_recvfrom, fd, data, n, flags, from, len));
}

// The headers of sendmmsg and recvmmsg and what they point to.
void bring_all(asking& a, const mmsghdr* list, unsigned count, bool sending) {
  constexpr unsigned most = 256;
  if (count > most) count = most;
  if (!a.bring(list, count * sizeof *list)) return;
  for (unsigned i = 0; i < count; ++i) a.bring_message(&list[i].msg_hdr, sending);
}

}  // namespace

// The C library's headers call the parameters by reserved names.
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
EXPORTED ssize_t sendto(int fd, const void* data, size_t n, int flags, const sockaddr* to,
                        socklen_t len) {
  return send_to(fd, data, n, flags, to, len);
}

EXPORTED ssize_t send(int fd, const void* data, size_t n, int flags) {
  return send_to(fd, data, n, flags, nullptr, 0);
}

EXPORTED ssize_t recvfrom(int fd, void* data, size_t n, int flags, sockaddr* from, socklen_t* len) {
  return receive_from(fd, data, n, flags, from, len);
}

EXPORTED ssize_t recv(int fd, void* data, size_t n, int flags) {
  return receive_from(fd, data, n, flags, nullptr, nullptr);
}

EXPORTED ssize_t sendmsg(int fd, const msghdr* m, int flags) {
  point_of_cancellation();
  if (!(flags & in_parts)) {
    asking a(fd);
    if (a.begun()) {
      if (a.bring(m, sizeof *m)) a.bring_message(m, !a.left_to_host());
      if (a.ask(SYS_sendmsg, word(fd), word(m), word(flags), 0, 0, 0, flags)) return a.result();
      flags |= a.more_flags();
    }
  }
  auto* f = next(next_sendmsg, "sendmsg");
  return f ? f(fd, m, flags) : syscall(SYS_sendmsg, fd, m, flags);
}

EXPORTED ssize_t recvmsg(int fd, msghdr* m, int flags) {
  point_of_cancellation();
  {
    asking a(fd);
    if (a.begun()) {
      if (a.bring(m, sizeof *m)) a.bring_message(m, false);
      if (a.ask(SYS_recvmsg, word(fd), word(m), word(flags), 0, 0, 0, flags)) return a.result();
      flags |= a.more_flags();
    }
  }
  auto* f = next(next_recvmsg, "recvmsg");
  return with_error(fd, f ? f(fd, m, flags) : syscall(SYS_recvmsg, fd, m, flags));
}

EXPORTED int sendmmsg(int fd, mmsghdr* list, unsigned count, int flags) {
  point_of_cancellation();
  {
    asking a(fd);
    if (a.begun()) {
      bring_all(a, list, count, true);
      if (a.ask(SYS_sendmmsg, word(fd), word(list), count, word(flags), 0, 0, flags))
        return static_cast<int>(a.result());
    }
  }
  auto* f = next(next_sendmmsg, "sendmmsg");
  return f ? f(fd, list, count, flags)
           : static_cast<int>(syscall(SYS_sendmmsg, fd, list, count, flags));
}

EXPORTED int recvmmsg(int fd, mmsghdr* list, unsigned count, int flags, timespec* timeout) {
  point_of_cancellation();
  if (!timeout) {
    asking a(fd);
    if (a.begun()) {
      bring_all(a, list, count, false);
      if (a.ask(SYS_recvmmsg, word(fd), word(list), count, word(flags), 0, 0, flags))
        return static_cast<int>(a.result());
    }
  }
  auto* f = next(next_recvmmsg, "recvmmsg");
  return f ? f(fd, list, count, flags, timeout)
           : static_cast<int>(syscall(SYS_recvmmsg, fd, list, count, flags, timeout));
}

// What a program calls that was compiled with _FORTIFY_SOURCE. One that is to be stopped for its buffer's sake is left
// to the C library's own.
EXPORTED ssize_t __recv_chk(int fd, void* data, size_t n, size_t room, int flags) {
  static ssize_t (*f)(int, void*, size_t, size_t, int) = nullptr;
  if (n > room && next(f, "__recv_chk")) return f(fd, data, n, room, flags);
  return receive_from(fd, data, n, flags, nullptr, nullptr);
}

EXPORTED ssize_t __recvfrom_chk(int fd, void* data, size_t n, size_t room, int flags,
                                sockaddr* from, socklen_t* len) {
  static ssize_t (*f)(int, void*, size_t, size_t, int, sockaddr*, socklen_t*) = nullptr;
  if (n > room && next(f, "__recvfrom_chk")) return f(fd, data, n, room, flags, from, len);
  return receive_from(fd, data, n, flags, from, len);
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
