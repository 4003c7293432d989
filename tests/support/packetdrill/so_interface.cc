// linnet_packetdrill.so: Linnet behind packetdrill's interface for stacks in user space. FLAGS are NAME=VALUE, joined by
// commas: local_ip, prefix, remote_ip, mtu, receive_ms (how long netdev_receive sleeps for a packet); and settings by their paths (net.ipv4.tcp_sack=0; blanks inside a value as +).
//
// The world runs on the host's clock, in a thread of its own, under one lock. A call that would sleep waits on a condition
// (asleep in the host's kernel, by which the tool knows it) and is made again whenever something has happened. Each
// descriptor is a real one that stands for nothing, because the tool closes what is left by the kernel's own close.
#include "tests/support/packetdrill/so_interface.hh"

#include <arpa/inet.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>

#include "tests/support/packetdrill/linnet_kernel.hh"

// In the place of the C library's variable of this name, for the objects of the stack (see cmake/tests.cmake): there are
// several threads.
extern "C" {
char __libc_single_threaded = 0;
}

namespace linnet::packetdrill {
namespace {

class shared_world {
 public:
  explicit shared_world(const char* flags)
      : kernel_(parse(flags ? flags : ""), placeholder, false) {
    for (const std::string& s : settings_) run_command(kernel_.ns(), "sysctl " + s);
    runner_ = std::thread([this] { run(); });
  }
  ~shared_world() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
      changed_.notify_all();
    }
    runner_.join();
  }

  // Makes a call, as often as it says that it would sleep.
  template <class F>
  auto call(F&& f) {
    std::unique_lock lock(mutex_);
    while (true) {
      errno = 0;
      const auto r = f(kernel_);
      const int error = errno;
      kernel_.poll_world();
      changed_.notify_all();
      errno = error;
      if (!(r == -1 && error == ERESTART)) return r;
      wait(lock);
    }
  }
  int receive(void* room, size_t* count, long long* usecs) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, receive_limit_, [&] { return kernel_.has_packet(); })) {
      errno = ETIMEDOUT;
      return -1;
    }
    const auto c = kernel_.next_packet(0);
    *count = std::min(*count, c->bytes.size());
    std::memcpy(room, c->bytes.data(), *count);
    *usecs = c->time;
    return 0;
  }
  long long now() {
    const std::lock_guard lock(mutex_);
    return kernel_.now();
  }

 private:
  static int placeholder() { return ::open("/dev/null", O_RDWR | O_CLOEXEC); }

  addresses parse(const std::string& flags) {
    addresses a{.local = be32(0xc0a80001), .remote = be32(0xc0000201)};
    for (size_t at = 0; at < flags.size();) {
      const size_t end = std::min(flags.find(',', at), flags.size());
      std::string item = flags.substr(at, end - at);
      at = end + 1;
      const size_t eq = item.find('=');
      const std::string name = item.substr(0, eq),
                        value = eq == item.npos ? "" : item.substr(eq + 1);
      if (name == "local_ip") {
        a.local = be32::from_raw(inet_addr(value.c_str()));
      } else if (name == "remote_ip") {
        a.remote = be32::from_raw(inet_addr(value.c_str()));
      } else if (name == "prefix") {
        a.prefix = static_cast<u32>(std::atoi(value.c_str()));
      } else if (name == "mtu") {
        a.mtu = static_cast<u32>(std::atoi(value.c_str()));
      } else if (name == "receive_ms") {
        receive_limit_ = std::chrono::milliseconds(std::atoi(value.c_str()));
      } else if (name.starts_with("net.")) {
        for (char& c : item)
          if (c == '+') c = ' ';
        settings_.push_back(name + "=\"" + item.substr(eq + 1) + "\"");
      } else {
        throw script_error("unknown flag '" + item + "'");
      }
    }
    return a;
  }

  void wait(std::unique_lock<std::mutex>& lock) {
    const s64 left = std::clamp<s64>(kernel_.until_next(), 0, 100'000);
    changed_.wait_for(lock, std::chrono::microseconds(left + 1));
  }
  void run() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
      kernel_.poll_world();
      if (kernel_.has_packet()) changed_.notify_all();
      wait(lock);
    }
  }

  std::vector<std::string> settings_;
  std::chrono::milliseconds receive_limit_{10'000};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  linnet_kernel kernel_;
  std::thread runner_;
};

shared_world& of(void* userdata) { return *static_cast<shared_world*>(userdata); }

int refuse(int error) {
  errno = error;
  return -1;
}

// An entry of the table whose arguments are those of the kernel's member function.
template <auto Member>
struct entry;
template <class R, class... A, R (linnet_kernel::*Member)(A...)>
struct entry<Member> {
  static R run(void* u, A... a) {
    return of(u).call([&](linnet_kernel& k) { return (k.*Member)(a...); });
  }
};

int so_fcntl(void* u, int fd, int cmd, ...) {
  va_list more;
  va_start(more, cmd);
  const long arg = va_arg(more, long);
  va_end(more);
  return of(u).call([&](linnet_kernel& k) { return k.fcntl(fd, cmd, arg); });
}

int so_ioctl(void* u, int fd, unsigned long request, ...) {
  va_list more;
  va_start(more, request);
  int* arg = va_arg(more, int*);
  va_end(more);
  return of(u).call([&](linnet_kernel& k) { return k.ioctl(fd, request, arg); });
}

int so_close(void* u, int fd) {
  const int r = of(u).call([&](linnet_kernel& k) { return k.close(fd); });
  if (r == 0) ::close(fd);
  return r;
}

int so_netdev_send(void* u, const void* packet, size_t n) {
  return of(u).call([&](linnet_kernel& k) {
    k.inject({static_cast<const std::byte*>(packet), n});
    return 0;
  });
}

}  // namespace
}  // namespace linnet::packetdrill

void packetdrill_interface_init(const char* flags, packetdrill_interface* out) {
  using namespace linnet::packetdrill;
  using k = linnet_kernel;
  try {
    *out = {
        .userdata = new shared_world(flags),
        .free = [](void* u) { delete &of(u); },
        .socket = entry<&k::socket>::run,
        .bind = entry<&k::bind>::run,
        .listen = entry<&k::listen>::run,
        .accept = entry<&k::accept>::run,
        .connect = entry<&k::connect>::run,
        .read = entry<&k::read>::run,
        .readv = entry<&k::readv>::run,
        .recv = entry<&k::recv>::run,
        .recvfrom = entry<&k::recvfrom>::run,
        .recvmsg = entry<&k::recvmsg>::run,
        .write = entry<&k::write>::run,
        .writev = entry<&k::writev>::run,
        .send = entry<&k::send>::run,
        .sendto = entry<&k::sendto>::run,
        .sendmsg = entry<&k::sendmsg>::run,
        .fcntl = so_fcntl,
        .ioctl = so_ioctl,
        .close = so_close,
        .shutdown = entry<&k::shutdown>::run,
        .getsockopt = entry<&k::getsockopt>::run,
        .setsockopt = entry<&k::setsockopt>::run,
        .poll = entry<&k::poll>::run,
        .netdev_send = so_netdev_send,
        .netdev_receive = [](void* u, void* room, size_t* n,
                             long long* t) { return of(u).receive(room, n, t); },
        .usleep = [](void*, useconds_t us) { return ::usleep(us); },
        .gettimeofday =
            [](void* u, timeval* t, void*) {
              const long long now = of(u).now();
              *t = {now / 1'000'000, now % 1'000'000};
              return 0;
            },
        .epoll_create = entry<&k::epoll_create>::run,
        .epoll_ctl = entry<&k::epoll_ctl>::run,
        .epoll_wait = entry<&k::epoll_wait>::run,
        // No script of sockets alone needs them, and a pipe of the host's leads nowhere in the world.
        .pipe = [](void*, int*) { return refuse(ENOSYS); },
        .splice = [](void*, int, loff_t*, int, loff_t*, size_t, unsigned) -> int {
          return refuse(ENOSYS);
        },
    };
  } catch (const script_error& e) {
    std::fprintf(stderr, "linnet_packetdrill.so: %s\n", e.what());
    std::exit(2);
  }
}
