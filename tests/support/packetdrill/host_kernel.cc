// A call that may sleep runs in a second thread. A third takes what comes out of the device, so that its time is known
// to the microsecond though the script is busy.
#include "tests/support/packetdrill/host_kernel.hh"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <mutex>
#include <thread>

#include "tests/support/packetdrill/script.hh"

namespace linnet::packetdrill {
namespace {

s64 clock_us() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000 + t.tv_nsec / 1000;
}

void shell(const std::string& text) {
  const int status = std::system(text.c_str());
  if (status != 0)
    throw script_error("'" + text + "' ended with status " + std::to_string(WEXITSTATUS(status)));
}

std::string dotted(be32 a) {
  in_addr in{a.raw()};
  return inet_ntoa(in);
}

class host_kernel final : public kernel {
 public:
  explicit host_kernel(const addresses& a) {
    std::signal(SIGPIPE, SIG_IGN);
    tun_ = open("/dev/net/tun", O_RDWR);
    if (tun_ < 0) throw script_error("/dev/net/tun cannot be opened");
    ifreq r{};
    r.ifr_flags = IFF_TUN | IFF_NO_PI;
    std::strcpy(r.ifr_name, "tun0");
    if (ioctl_(tun_, TUNSETIFF, &r) < 0)
      throw script_error("tun0 cannot be made (are you root, and is there one already?)");
    const std::string local = dotted(a.local);
    shell("ip link set lo up && ip link set tun0 mtu " + std::to_string(a.mtu) +
          " up && ip addr add " + local + "/" + std::to_string(a.prefix) +
          " dev tun0 && ip route add default via " + dotted(be32(a.local.host() + 1)) +
          " dev tun0");
    reader_ = std::thread([this] { read_device(); });
  }
  ~host_kernel() override {
    if (caller_.joinable()) {
      // It may sleep for ever; the process is about to end.
      std::unique_lock lock(mutex_);
      if (!done_) caller_.detach();
      lock.unlock();
      if (caller_.joinable()) caller_.join();
    }
    stop_ = true;
    reader_.join();
    ::close(tun_);
  }

  s64 now() override { return clock_us(); }
  void sleep_until(s64 time) override {
    const s64 left = time - clock_us();
    if (left > 0) std::this_thread::sleep_for(std::chrono::microseconds(left));
  }
  void inject(const_bytes p) override {
    if (::write(tun_, p.data(), p.size()) != static_cast<ssize_t>(p.size()))
      throw script_error("the device takes no packet");
  }
  std::optional<captured> next_packet(s64 until) override {
    std::unique_lock lock(mutex_);
    while (sent_.empty() && clock_us() < until)
      changed_.wait_for(lock, std::chrono::microseconds(until - clock_us()));
    if (sent_.empty()) return {};
    captured c = std::move(sent_.front());
    sent_.pop_front();
    return c;
  }
  s64 settling_time() const override { return 4000; }
  void command(const std::string& text) override { shell(text); }

  void start(call c) override {
    if (caller_.joinable()) caller_.join();
    done_.reset();
    caller_ = std::thread([this, c = std::move(c)] {
      const s64 v = c();
      const int e = v < 0 ? errno : 0;
      const std::lock_guard lock(mutex_);
      done_ = outcome{v, e, clock_us()};
      changed_.notify_all();
    });
  }
  std::optional<outcome> finish(s64 until) override {
    std::unique_lock lock(mutex_);
    while (!done_ && clock_us() < until)
      changed_.wait_for(lock, std::chrono::microseconds(until - clock_us()));
    return done_;
  }
  std::optional<outcome> run(const call& c) override {
    const s64 v = c();
    return outcome{v, v < 0 ? errno : 0, clock_us()};
  }

  int socket(int d, int t, int p) override { return ::socket(d, t, p); }
  int bind(int fd, const sockaddr* a, socklen_t n) override { return ::bind(fd, a, n); }
  int listen(int fd, int n) override { return ::listen(fd, n); }
  int accept(int fd, sockaddr* a, socklen_t* n) override { return ::accept(fd, a, n); }
  int connect(int fd, const sockaddr* a, socklen_t n) override { return ::connect(fd, a, n); }
  ssize_t read(int fd, void* p, size_t n) override { return ::read(fd, p, n); }
  ssize_t readv(int fd, const iovec* v, int n) override { return ::readv(fd, v, n); }
  ssize_t recv(int fd, void* p, size_t n, int f) override { return ::recv(fd, p, n, f); }
  ssize_t recvfrom(int fd, void* p, size_t n, int f, sockaddr* a, socklen_t* an) override {
    return ::recvfrom(fd, p, n, f, a, an);
  }
  ssize_t recvmsg(int fd, msghdr* m, int f) override { return ::recvmsg(fd, m, f); }
  ssize_t write(int fd, const void* p, size_t n) override { return ::write(fd, p, n); }
  ssize_t writev(int fd, const iovec* v, int n) override { return ::writev(fd, v, n); }
  ssize_t send(int fd, const void* p, size_t n, int f) override { return ::send(fd, p, n, f); }
  ssize_t sendto(int fd, const void* p, size_t n, int f, const sockaddr* a, socklen_t an) override {
    return ::sendto(fd, p, n, f, a, an);
  }
  ssize_t sendmsg(int fd, const msghdr* m, int f) override { return ::sendmsg(fd, m, f); }
  int fcntl(int fd, int cmd, long arg) override { return ::fcntl(fd, cmd, arg); }
  int ioctl(int fd, unsigned long cmd, int* arg) override { return ioctl_(fd, cmd, arg); }
  int close(int fd) override { return ::close(fd); }
  int shutdown(int fd, int how) override { return ::shutdown(fd, how); }
  int getsockopt(int fd, int l, int o, void* p, socklen_t* n) override {
    return ::getsockopt(fd, l, o, p, n);
  }
  int setsockopt(int fd, int l, int o, const void* p, socklen_t n) override {
    return ::setsockopt(fd, l, o, p, n);
  }
  int getname(int fd, sockaddr* a, socklen_t* n, bool peer) override {
    return peer ? ::getpeername(fd, a, n) : ::getsockname(fd, a, n);
  }
  int poll(pollfd* p, nfds_t n, int t) override { return ::poll(p, n, t); }
  int epoll_create(int n) override { return ::epoll_create(n); }
  int epoll_ctl(int ep, int op, int fd, epoll_event* e) override {
    return ::epoll_ctl(ep, op, fd, e);
  }
  int epoll_wait(int ep, epoll_event* e, int n, int t) override {
    return ::epoll_wait(ep, e, n, t);
  }

 private:
  template <class T>
  static int ioctl_(int fd, unsigned long cmd, T* arg) {
    return ::ioctl(fd, cmd, arg);
  }
  void read_device() {
    std::vector<std::byte> room(65536);
    while (!stop_) {
      pollfd p{tun_, POLLIN, 0};
      if (::poll(&p, 1, 20) <= 0) continue;
      const ssize_t n = ::read(tun_, room.data(), room.size());
      if (n <= 0) continue;
      const std::lock_guard lock(mutex_);
      sent_.push_back({clock_us(), {room.begin(), room.begin() + n}});
      changed_.notify_all();
    }
  }

  int tun_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<captured> sent_;
  std::optional<outcome> done_;
  std::atomic<bool> stop_ = false;
  std::thread reader_, caller_;
};

}  // namespace

std::unique_ptr<kernel> make_host_kernel(const addresses& a) {
  return std::make_unique<host_kernel>(a);
}

}  // namespace linnet::packetdrill
