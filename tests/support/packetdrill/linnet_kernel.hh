// Linnet as the kernel that a script is about: a world on the virtual clock with one namespace, whose device tun0 is the
// script's. Nothing waits for real: a call that would sleep gives ERESTART, and is made again whenever something has
// happened, until it gives something else.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "net/socket.hh"
#include "tests/support/packetdrill/kernel.hh"
#include "tests/support/packetdrill/script.hh"
#include "world/boot.hh"

namespace linnet::packetdrill {

struct script_device;

class linnet_kernel : public kernel {
 public:
  // `new_fd` gives the number of a new descriptor; the lowest that is free if there is none.
  // Without virtual time the owner drives it: poll_world() when until_next() is over and after each call.
  explicit linnet_kernel(const addresses&, std::function<int()> new_fd = {},
                         bool virtual_time = true);
  ~linnet_kernel() override;

  s64 now() override;
  void sleep_until(s64 time) override;
  void inject(const_bytes packet) override;
  std::optional<captured> next_packet(s64 until) override;
  void command(const std::string& text) override;
  void start(call) override;
  std::optional<outcome> finish(s64 until) override;
  std::optional<outcome> run(const call&) override;

  int socket(int domain, int type, int protocol) override;
  int bind(int fd, const sockaddr*, socklen_t) override;
  int listen(int fd, int backlog) override;
  int accept(int fd, sockaddr*, socklen_t*) override;
  int connect(int fd, const sockaddr*, socklen_t) override;
  ssize_t read(int fd, void*, size_t) override;
  ssize_t readv(int fd, const iovec*, int n) override;
  ssize_t recv(int fd, void*, size_t, int flags) override;
  ssize_t recvfrom(int fd, void*, size_t, int flags, sockaddr*, socklen_t*) override;
  ssize_t recvmsg(int fd, msghdr*, int flags) override;
  ssize_t write(int fd, const void*, size_t) override;
  ssize_t writev(int fd, const iovec*, int n) override;
  ssize_t send(int fd, const void*, size_t, int flags) override;
  ssize_t sendto(int fd, const void*, size_t, int flags, const sockaddr*, socklen_t) override;
  ssize_t sendmsg(int fd, const msghdr*, int flags) override;
  int fcntl(int fd, int cmd, long arg) override;
  int ioctl(int fd, unsigned long cmd, int* arg) override;
  int close(int fd) override;
  int shutdown(int fd, int how) override;
  int getsockopt(int fd, int level, int name, void*, socklen_t*) override;
  int setsockopt(int fd, int level, int name, const void*, socklen_t) override;
  int getname(int fd, sockaddr*, socklen_t*, bool peer) override;
  int poll(pollfd*, nfds_t, int timeout) override;
  int epoll_create(int size) override;
  int epoll_ctl(int epfd, int op, int fd, epoll_event*) override;
  int epoll_wait(int epfd, epoll_event*, int max, int timeout) override;

  // When the sleeping call gives up, nanoseconds of the world's clock.
  void give_up_at(ktime t) { deadline_ = std::min(deadline_, t); }
  net& ns() { return *w_->init_net; }
  void poll_world();
  bool has_packet() const { return !sent_.empty(); }
  s64 until_next() const;  // microseconds, until a timer or the end of a call's patience

 private:
  struct file {
    socket_ptr s;
    bool nonblocking = false, connecting = false;
    size_t moved = 0;                // by the call that sleeps
    ktime deadline = -1;             // its end, when it has one
    std::vector<std::byte> taken{};  // what it has read so far
    // Of an epoll set: who is in it, in the order of coming.
    struct interest {
      int fd;
      file* of;
      epoll_event event;
      bool ready = true, spent = false;
    };
    std::vector<interest> interests{};
    bool epoll = false;
    bool woken = true;
  };

  file* find(int fd);
  file* find_socket(int fd);  // sets EBADF or ENOTSOCK
  int add_file(std::unique_ptr<file>);
  bool retry();
  // Lets time pass until a packet was sent (if asked), the call has ended (if asked), or `until`, microseconds.
  void advance(s64 until, bool for_packet, bool for_call);
  s64 sleep_or_give_up(file&, ktime timeout, int error);
  static s64 fail(int error) {
    errno = error;
    return -1;
  }
  static s64 answer(const status&);

  std::unique_ptr<world> w_;
  ref<script_device> device_;
  std::deque<captured> sent_;
  std::map<int, std::unique_ptr<file>> files_;
  std::function<int()> new_fd_;
  call sleeping_;
  std::optional<outcome> done_;
  ktime deadline_ = ktime_max;
};

// What scripts do in a shell, done to a namespace: sysctl, ip route, set_sysctls.py and files of such lines. Throws
// script_error for all else.
void run_command(net&, const std::string& text);

}  // namespace linnet::packetdrill
