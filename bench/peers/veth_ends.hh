// Two network namespaces joined by veth, 10.0.0.1 and 10.0.0.2, and sockets in them: in a Linnet world by its C++ calls, or
// in the kernel by system calls (which takes root), with the same names for both, so that one loop measures either. No
// socket blocks; in a world what was sent moves on by `run`.
#pragma once

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include <linnet/linnet.hh>

namespace ends {

constexpr linnet::ipv4_address near_address{"10.0.0.1"}, far_address{"10.0.0.2"};

[[noreturn]] inline void give_up(const char* what) {
  perror(what);
  exit(1);
}

// ---- a world

class world_socket {
 public:
  world_socket() = default;
  explicit world_socket(linnet::socket s) : s_(std::move(s)) {}
  void bind(const linnet::endpoint& e) { must(s_->bind(e)); }
  void connect(const linnet::endpoint& e) {
    if (const linnet::status done = s_->connect(e); !done && done.error() != EINPROGRESS)
      must(done);
  }
  void listen() { must(s_->listen(1024)); }
  world_socket accept() { return world_socket(must(s_->accept())); }
  void close() { s_.reset(); }
  // How many bytes or messages; 0: none now, or the end.
  size_t send(std::span<const std::byte> data) { return some(s_->send(data)); }
  size_t receive(std::span<std::byte> data) { return some(s_->recv(data)); }
  size_t send(std::span<mmsghdr> list) { return some(s_->sendmmsg(list)); }
  size_t receive(std::span<mmsghdr> list) { return some(s_->recvmmsg(list)); }
  // Without a copy.
  linnet::buffer room() { return must(s_->make_buffer()); }
  size_t send(linnet::buffer b) { return some(s_->send_buffer(b)); }
  linnet::buffer take() { return s_->recv_buffer().value_or(linnet::buffer()); }

 private:
  static size_t some(const linnet::result<size_t>& n) {
    if (!n && n.error() != EAGAIN) must(n);
    return n.value_or(0);
  }
  std::optional<linnet::socket> s_;
};

struct in_linnet {
  using socket = world_socket;
  linnet::world w;
  linnet::net near = must(w.add_net("near")), far = must(w.add_net("far"));

  in_linnet() {
    must(add_veth(near, "eth0", far, "eth0"));
    must(add_address(near, "eth0", linnet::ipv4_prefix(near_address, 24)));
    must(add_address(far, "eth0", linnet::ipv4_prefix(far_address, 24)));
    must(set_up(near, "eth0"));
    must(set_up(far, "eth0"));
  }
  socket open_near(int type) { return socket(must(linnet::socket::open(near, AF_INET, type))); }
  socket open_far(int type) { return socket(must(linnet::socket::open(far, AF_INET, type))); }
  void run() { w.poll(); }
  // As `ethtool -K eth0 tso off gso off`, at both.
  void without_gso() {
    for (const linnet::net& n : {near, far}) {
      linnet::socket s = must(linnet::udp_socket(n));
      for (const std::uint32_t command : {ETHTOOL_STSO, ETHTOOL_SGSO}) {
        struct {
          ifreq device;
          ethtool_value value;
        } off{};
        std::strcpy(off.device.ifr_name, "eth0");
        off.value.cmd = command;
        must(s.ioctl(SIOCETHTOOL, std::as_writable_bytes(std::span(&off, 1))));
      }
    }
  }
};

// ---- the kernel

class system_socket {
 public:
  explicit system_socket(int fd = -1) : fd_(fd) {}
  system_socket(system_socket&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  system_socket& operator=(system_socket&& o) noexcept {
    std::swap(fd_, o.fd_);
    return *this;
  }
  ~system_socket() { close(); }
  void bind(const linnet::endpoint& e) { name(e, ::bind, "bind"); }
  void connect(const linnet::endpoint& e) { name(e, ::connect, "connect"); }
  void listen() {
    if (::listen(fd_, 1024) != 0) give_up("listen");
  }
  system_socket accept() {
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) give_up("accept");
    return system_socket(fd);
  }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void block() { fcntl(fd_, F_SETFL, 0); }
  size_t send(std::span<const std::byte> data) {
    return some(::send(fd_, data.data(), data.size(), 0));
  }
  size_t receive(std::span<std::byte> data) {
    return some(::recv(fd_, data.data(), data.size(), 0));
  }
  size_t send(std::span<mmsghdr> list) {
    return some(sendmmsg(fd_, list.data(), static_cast<unsigned>(list.size()), 0));
  }
  size_t receive(std::span<mmsghdr> list) {
    return some(recvmmsg(fd_, list.data(), static_cast<unsigned>(list.size()), 0, nullptr));
  }

 private:
  void name(const linnet::endpoint& e, int (*call)(int, const sockaddr*, socklen_t),
            const char* what) {
    const sockaddr_in a = e.raw();
    if (call(fd_, reinterpret_cast<const sockaddr*>(&a), sizeof a) != 0 && errno != EINPROGRESS)
      give_up(what);
  }
  static size_t some(ssize_t n) {
    if (n < 0 && errno != EAGAIN) give_up("a socket");
    return n < 0 ? 0 : static_cast<size_t>(n);
  }
  int fd_;
};

struct in_kernel {
  using socket = system_socket;

  in_kernel() {
    near_ = new_namespace();
    command("ip link add eth0 type veth peer name peer0");
    command("ip addr add 10.0.0.1/24 dev eth0");
    far_ = new_namespace();
    enter(near_);
    command("ip link set peer0 netns /proc/" + std::to_string(getpid()) + "/fd/" +
            std::to_string(far_));
    command("ip link set eth0 up");
    enter(far_);
    command("ip link set peer0 name eth0");
    command("ip link set eth0 up");
    command("ip addr add 10.0.0.2/24 dev eth0");
    enter(near_);
  }
  ~in_kernel() {
    ::close(near_);
    ::close(far_);
  }
  socket open_near(int type) { return made(type); }
  socket open_far(int type) {
    enter(far_);
    socket s = made(type);
    enter(near_);
    return s;
  }
  void run() {}
  void without_gso() {
    for (const int n : {far_, near_}) {
      enter(n);
      command("ethtool -K eth0 tso off gso off");
    }
  }

 private:
  static int new_namespace() {
    if (unshare(CLONE_NEWNET) != 0) give_up("unshare");
    return ::open("/proc/self/ns/net", O_RDONLY);
  }
  static void enter(int fd) {
    if (setns(fd, CLONE_NEWNET) != 0) give_up("setns");
  }
  static void command(const std::string& c) {
    if (system(c.c_str()) != 0) exit(1);
  }
  static socket made(int type) {
    const int s = ::socket(AF_INET, type | SOCK_NONBLOCK, 0);
    if (s < 0) give_up("socket");
    return socket(s);
  }
  int near_, far_;
};

// ---- what it cost

// CPU time of this process and those that it has waited for.
inline double cpu_ns() {
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage u;
    getrusage(who, &u);
    for (const timeval t : {u.ru_utime, u.ru_stime})
      sum += static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_usec) * 1e3;
  }
  return sum;
}

// CPU nanoseconds for each of `n`, when as much as a tenth of them has been done before.
inline double cost_of(size_t n, const auto& work) {
  work(n / 10);
  const double begin = cpu_ns();
  work(n);
  return (cpu_ns() - begin) / static_cast<double>(n);
}

// A byte there and back, n times, with a program for each end that waits for the other; both on one processor.
inline void by_two_programs(system_socket& near, system_socket& far, size_t n) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<size_t>(sched_getcpu()), &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0) give_up("sched_setaffinity");
  near.block();
  far.block();
  const pid_t child = fork();
  if (child < 0) give_up("fork");
  std::byte byte{'x'};
  system_socket& s = child ? near : far;
  for (size_t i = 0; i < n; ++i) {
    if (child) s.send(std::span<const std::byte>(&byte, 1));
    s.receive(std::span(&byte, 1));
    if (!child) s.send(std::span<const std::byte>(&byte, 1));
  }
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
}

}  // namespace ends
