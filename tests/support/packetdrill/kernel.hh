// The network stack that a script is about: a clock, a device whose other end is the script, and system calls as libc
// has them (-1 and errno). Linnet on the virtual clock, this machine's own kernel, and a shared object with the public
// tool's interface each are one.
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/endian.hh"
#include "base/types.hh"

namespace linnet::packetdrill {

struct addresses {
  be32 local, remote;  // the stack's, the script's
  u32 prefix = 16;     // of local's network
  u32 mtu = 1500;
};

struct captured {
  s64 time = 0;
  std::vector<std::byte> bytes;
};

struct outcome {
  s64 value = 0;
  int error = 0;
  s64 time = 0;  // when the call was done
};

struct kernel {
  virtual ~kernel() = default;

  // Microseconds since some moment before the script began.
  virtual s64 now() = 0;
  virtual void sleep_until(s64 time) = 0;
  virtual void inject(const_bytes packet) = 0;
  // The next packet that the stack has sent, waiting for it until then.
  virtual std::optional<captured> next_packet(s64 until) = 0;
  // How long after its cause a packet may come that it causes at once.
  virtual s64 settling_time() const { return 0; }
  // A line of shell. Throws script_error.
  virtual void command(const std::string& text) = 0;

  // Runs a call that may sleep: beside the script, which goes on. One at a time; finish() waits for it until then.
  using call = std::function<s64()>;
  virtual void start(call) = 0;
  virtual std::optional<outcome> finish(s64 until) = 0;
  // Runs one that the script doesn't expect to sleep. Null: it would.
  virtual std::optional<outcome> run(const call&) = 0;

  virtual int socket(int domain, int type, int protocol) = 0;
  virtual int bind(int fd, const sockaddr*, socklen_t) = 0;
  virtual int listen(int fd, int backlog) = 0;
  virtual int accept(int fd, sockaddr*, socklen_t*) = 0;
  virtual int connect(int fd, const sockaddr*, socklen_t) = 0;
  virtual ssize_t read(int fd, void*, size_t) = 0;
  virtual ssize_t readv(int fd, const iovec*, int n) = 0;
  virtual ssize_t recv(int fd, void*, size_t, int flags) = 0;
  virtual ssize_t recvfrom(int fd, void*, size_t, int flags, sockaddr*, socklen_t*) = 0;
  virtual ssize_t recvmsg(int fd, msghdr*, int flags) = 0;
  virtual ssize_t write(int fd, const void*, size_t) = 0;
  virtual ssize_t writev(int fd, const iovec*, int n) = 0;
  virtual ssize_t send(int fd, const void*, size_t, int flags) = 0;
  virtual ssize_t sendto(int fd, const void*, size_t, int flags, const sockaddr*, socklen_t) = 0;
  virtual ssize_t sendmsg(int fd, const msghdr*, int flags) = 0;
  virtual int fcntl(int fd, int cmd, long arg) = 0;
  virtual int ioctl(int fd, unsigned long cmd, int* arg) = 0;
  virtual int close(int fd) = 0;
  virtual int shutdown(int fd, int how) = 0;
  virtual int getsockopt(int fd, int level, int name, void*, socklen_t*) = 0;
  virtual int setsockopt(int fd, int level, int name, const void*, socklen_t) = 0;
  virtual int getname(int fd, sockaddr*, socklen_t*, bool peer) = 0;
  virtual int poll(pollfd*, nfds_t, int timeout) = 0;
  virtual int epoll_create(int size) = 0;
  virtual int epoll_ctl(int epfd, int op, int fd, epoll_event*) = 0;
  virtual int epoll_wait(int epfd, epoll_event*, int max, int timeout) = 0;
};

}  // namespace linnet::packetdrill
