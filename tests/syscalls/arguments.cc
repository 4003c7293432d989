// Each call with each argument that it may be given wrongly: descriptors that are none or no sockets, pointers to nowhere,
// lengths that are too short, too long or negative, flags that are unknown. One row of calls for each argument.
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <initializer_list>

#include "tests/syscalls/show.hh"
#include "tests/syscalls/sockets.hh"

namespace calls {
namespace {

constexpr uint16_t port = 5000;

sockaddr_in here(uint16_t to = port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  a.sin_port = htons(to);
  return a;
}

// A row: one call after the other with one argument changing.
template <class F>
void row(const char* what, std::initializer_list<long> values, F call) {
  say("%s:", what);
  for (const long v : values) {
    say(" %ld", v);
    result(call(v));
  }
  end_line();
}

// Descriptors: closed, none, and of files that are no sockets.
void try_descriptors() {
  const int null_device = 1;  // standard output
  unsigned char buffer[128] = {};
  socklen_t length = sizeof buffer;
  const auto address = here();
  iovec iov = {buffer, sizeof buffer};
  msghdr h{};
  h.msg_iov = &iov;
  h.msg_iovlen = 1;
  const std::initializer_list<long> bad = {-1, 1000, INT_MAX, null_device};
  row("bind to", bad, [&](long fd) { return syscall(SYS_bind, fd, &address, sizeof address); });
  row("connect", bad, [&](long fd) { return syscall(SYS_connect, fd, &address, sizeof address); });
  row("listen", bad, [&](long fd) { return syscall(SYS_listen, fd, 1); });
  row("accept", bad, [&](long fd) { return syscall(SYS_accept, fd, nullptr, nullptr); });
  row("getsockname", bad, [&](long fd) { return syscall(SYS_getsockname, fd, buffer, &length); });
  row("getpeername", bad, [&](long fd) { return syscall(SYS_getpeername, fd, buffer, &length); });
  row("shutdown", bad, [&](long fd) { return syscall(SYS_shutdown, fd, 0); });
  row("getsockopt", bad,
      [&](long fd) { return syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, buffer, &length); });
  row("setsockopt", bad,
      [&](long fd) { return syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_BROADCAST, buffer, 4); });
  row("sendto", bad, [&](long fd) {
    return syscall(SYS_sendto, fd, buffer, 1, MSG_DONTWAIT, &address, sizeof address);
  });
  row("sendmsg", bad, [&](long fd) { return syscall(SYS_sendmsg, fd, &h, MSG_DONTWAIT); });
  row("recvfrom", bad, [&](long fd) {
    return syscall(SYS_recvfrom, fd, buffer, 1, MSG_DONTWAIT, nullptr, nullptr);
  });
  row("recvmsg", bad, [&](long fd) { return syscall(SYS_recvmsg, fd, &h, MSG_DONTWAIT); });
}

// What holds for the calls of one kind of socket.
class argument_tries {
 public:
  explicit argument_tries(const socket_kind& kind) : kind_(kind), fd_(open_socket(kind)) {}
  ~argument_tries() { close(fd_); }

  void all() {
    say("== %s", kind_.name);
    end_line();
    try_addresses();
    try_names();
    try_shapes();
    try_sending();
    try_receiving();
    try_many();
    try_ioctls();
  }

 private:
  void try_addresses() {
    const auto address = here();
    const std::initializer_list<long> lengths = {-1, INT_MIN, 0,  1,   2,   3,
                                                 15, 16,      17, 128, 129, INT_MAX};
    const auto placed = [&](long n) {
      unsigned char* at = memory_.last(static_cast<size_t>(std::max(16L, std::min(n, 200L))));
      memcpy(at, &address, sizeof address);
      return at;
    };
    row("bind, length", lengths, [&](long n) { return syscall(SYS_bind, fd_, placed(n), n); });
    row("connect, length", lengths,
        [&](long n) { return syscall(SYS_connect, fd_, placed(n), n); });
    row("bind, nowhere", lengths, [&](long n) { return syscall(SYS_bind, fd_, nowhere, n); });
    row("connect, null", lengths, [&](long n) { return syscall(SYS_connect, fd_, nullptr, n); });
    row("sendto, length", lengths,
        [&](long n) { return syscall(SYS_sendto, fd_, placed(n), 0, MSG_DONTWAIT, placed(n), n); });
    row("sendto, nowhere", lengths,
        [&](long n) { return syscall(SYS_sendto, fd_, placed(16), 0, MSG_DONTWAIT, nowhere, n); });
  }

  void try_names() {
    for (const long call : {SYS_getsockname, SYS_getpeername}) {
      row(call == SYS_getsockname ? "getsockname, room" : "getpeername, room",
          {-1, 0, 1, 2, 15, 16, 17, 128, INT_MAX}, [&](long n) {
            int room = static_cast<int>(n);
            const long r = syscall(
                call, fd_, memory_.last(static_cast<size_t>(std::clamp(n, 0L, 128L))), &room);
            if (r == 0) say(":%d", room);
            return r;
          });
      int room = 16;
      say("value, length: nowhere");
      result(syscall(call, fd_, nowhere, &room));
      result(syscall(call, fd_, memory_.last(16), nowhere));
      result(syscall(call, fd_, nullptr, nullptr));
      end_line();
    }
  }

  void try_shapes() {
    row("shutdown", {-1, 3, 4, INT_MAX, INT_MIN},
        [&](long v) { return syscall(SYS_shutdown, fd_, v); });
    row("listen", {-1, 0, 1, INT_MAX}, [&](long v) { return syscall(SYS_listen, fd_, v); });
    row("accept4, flags", {0, 1, SOCK_NONBLOCK, SOCK_CLOEXEC, 0x10000},
        [&](long v) { return syscall(SYS_accept4, fd_, nullptr, nullptr, v); });
    row("accept, nowhere", {0}, [&](long) { return syscall(SYS_accept, fd_, nowhere, nowhere); });
  }

  // msghdr with one thing wrong at a time.
  void try_sending() {
    unsigned char data[8] = {8, 0, 0, 0, 0, 1, 0, 1};
    iovec iov = {data, sizeof data};
    const auto message = [&] {
      msghdr h{};
      h.msg_iov = &iov;
      h.msg_iovlen = 1;
      return h;
    };
    row("sendmsg, header", {0},
        [&](long) { return syscall(SYS_sendmsg, fd_, nowhere, MSG_DONTWAIT); });
    row("sendmsg, pieces", {0, 1, 1024, 1025, -1, INT_MAX}, [&](long n) {
      static iovec many[1025];
      msghdr h = message();
      h.msg_iov = many;
      h.msg_iovlen = static_cast<size_t>(n);
      return syscall(SYS_sendmsg, fd_, &h, MSG_DONTWAIT);
    });
    row("sendmsg, pieces nowhere", {0, 1}, [&](long n) {
      msghdr h = message();
      h.msg_iov = static_cast<iovec*>(nowhere);
      h.msg_iovlen = static_cast<size_t>(n);
      return syscall(SYS_sendmsg, fd_, &h, MSG_DONTWAIT);
    });
    row("sendmsg, a piece's length", {-1, LONG_MIN, LONG_MAX}, [&](long n) {
      iovec odd = {data, static_cast<size_t>(n)};
      msghdr h = message();
      h.msg_iov = &odd;
      return syscall(SYS_sendmsg, fd_, &h, MSG_DONTWAIT);
    });
    row("sendmsg, name's length", {-1, 0, 1, 15, 16, 129, INT_MAX}, [&](long n) {
      sockaddr_storage name{};
      const auto a = here();
      memcpy(&name, &a, sizeof a);
      msghdr h = message();
      h.msg_name = &name;
      h.msg_namelen = static_cast<socklen_t>(n);
      return syscall(SYS_sendmsg, fd_, &h, MSG_DONTWAIT);
    });
    row("sendmsg, name nowhere", {-1, 0, 16}, [&](long n) {
      msghdr h = message();
      h.msg_name = nowhere;
      h.msg_namelen = static_cast<socklen_t>(n);
      return syscall(SYS_sendmsg, fd_, &h, MSG_DONTWAIT);
    });
    row("sendmsg, control nowhere", {0, 1, 16, 24, INT_MAX}, [&](long n) {
      msghdr h = message();
      h.msg_control = nowhere;
      h.msg_controllen = static_cast<size_t>(n);
      return syscall(SYS_sendmsg, fd_, &h, MSG_DONTWAIT);
    });
    row("sendmsg, no control of a length", {1, 16, INT_MAX, -1}, [&](long n) {
      msghdr h = message();
      h.msg_controllen = static_cast<size_t>(n);
      return syscall(SYS_sendmsg, fd_, &h, MSG_DONTWAIT);
    });
  }

  void try_receiving() {
    unsigned char data[8];
    row("recvmsg, header", {0},
        [&](long) { return syscall(SYS_recvmsg, fd_, nowhere, MSG_DONTWAIT); });
    row("recvmsg, pieces", {0, 1025, -1}, [&](long n) {
      static iovec many[1025];
      msghdr h{};
      h.msg_iov = many;
      h.msg_iovlen = static_cast<size_t>(n);
      return syscall(SYS_recvmsg, fd_, &h, MSG_DONTWAIT);
    });
    row("recvmsg, name's room", {-1, 0, 1}, [&](long n) {
      sockaddr_storage name;
      iovec iov = {data, sizeof data};
      msghdr h{};
      h.msg_name = &name;
      h.msg_namelen = static_cast<socklen_t>(n);
      h.msg_iov = &iov;
      h.msg_iovlen = 1;
      return syscall(SYS_recvmsg, fd_, &h, MSG_DONTWAIT);
    });
    row("recvfrom, flags",
        {MSG_OOB, MSG_PEEK, MSG_ERRQUEUE, MSG_WAITALL, MSG_TRUNC, MSG_CTRUNC, 0x800000},
        [&](long flags) {
          return syscall(SYS_recvfrom, fd_, data, sizeof data, flags | MSG_DONTWAIT, nullptr,
                         nullptr);
        });
  }

  void try_many() {
    row("sendmmsg", {0, 1},
        [&](long n) { return syscall(SYS_sendmmsg, fd_, nowhere, n, MSG_DONTWAIT); });
    row("recvmmsg", {0, 1},
        [&](long n) { return syscall(SYS_recvmmsg, fd_, nowhere, n, MSG_DONTWAIT, nullptr); });
    row("recvmmsg, nanoseconds", {-1, 0, 999999999, 1000000000}, [&](long n) {
      timespec t = {0, n};
      return syscall(SYS_recvmmsg, fd_, nowhere, 1, MSG_DONTWAIT, &t);
    });
    row("recvmmsg, time nowhere", {0},
        [&](long) { return syscall(SYS_recvmmsg, fd_, nowhere, 1, MSG_DONTWAIT, nowhere); });
  }

  // Questions about an interface that is there, with memory for it and without, and numbers that are no commands.
  void try_ioctls() {
    static constexpr unsigned commands[] = {
        0x8900,         SIOCATMARK,     SIOCRTMSG,        0x890e,
        0x890f,         SIOCGIFNAME,    SIOCGIFFLAGS,     SIOCGIFADDR,
        SIOCGIFDSTADDR, SIOCGIFBRDADDR, SIOCGIFNETMASK,   SIOCGIFMETRIC,
        SIOCGIFMEM,     SIOCGIFMTU,     SIOCGIFENCAP,     SIOCGIFHWADDR,
        SIOCGIFSLAVE,   SIOCGIFINDEX,   SIOCGIFPFLAGS,    SIOCGIFCOUNT,
        SIOCGIFTXQLEN,  SIOCGIFMAP,     SIOCPROTOPRIVATE, SIOCDEVPRIVATE,
        0x89ff,         SIOCINQ,        SIOCOUTQ,         0x1234};
    for (const bool bad : {false, true}) {
      say(bad ? "ioctl, nowhere:" : "ioctl:");
      for (const unsigned cmd : commands) {
        ifreq r{};
        strcpy(r.ifr_name, "lo");
        unsigned char* arg = memory_.copy({reinterpret_cast<unsigned char*>(&r), sizeof r});
        say(" %x", cmd);
        result(syscall(SYS_ioctl, fd_, cmd, bad ? nowhere : arg));
      }
      end_line();
    }
  }

  const socket_kind& kind_;
  int fd_;
  arena memory_{2};
};

}  // namespace

void try_arguments() {
  try_descriptors();
  for (const socket_kind* k :
       {&udp, &udplite, &raw_own, &raw_icmp, &ping, &packet_dgram, &packet_raw, &netlink_route})
    argument_tries(*k).all();
}

}  // namespace calls
