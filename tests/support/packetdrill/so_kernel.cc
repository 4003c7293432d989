// The table's functions as a kernel's. Packets are taken by a thread that sleeps in netdev_receive; a call that may
// sleep runs in another.
#include "tests/support/packetdrill/so_kernel.hh"

#include <dlfcn.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "tests/support/packetdrill/script.hh"
#include "tests/support/packetdrill/so_interface.hh"

namespace linnet::packetdrill {
namespace {

class so_kernel final : public kernel {
 public:
  so_kernel(const std::string& file, const std::string& flags) {
    handle_ = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE | RTLD_DEEPBIND);
    if (!handle_) throw script_error(dlerror());
    const auto init = reinterpret_cast<decltype(&packetdrill_interface_init)>(
        dlsym(handle_, "packetdrill_interface_init"));
    if (!init) throw script_error(file + ": has no packetdrill_interface_init");
    init((flags + (flags.empty() ? "" : ",") + "receive_ms=200").c_str(), &t_);
    receiver_ = std::thread([this] { receive(); });
  }
  ~so_kernel() override {
    if (caller_.joinable()) caller_.join();
    stop_ = true;
    receiver_.join();
    t_.free(t_.userdata);
  }

  s64 now() override {
    timeval t{};
    t_.gettimeofday(t_.userdata, &t, nullptr);
    return t.tv_sec * 1'000'000 + t.tv_usec;
  }
  void sleep_until(s64 time) override {
    const s64 left = time - now();
    if (left > 0) t_.usleep(t_.userdata, static_cast<useconds_t>(left));
  }
  void inject(const_bytes p) override { t_.netdev_send(t_.userdata, p.data(), p.size()); }
  std::optional<captured> next_packet(s64 until) override {
    std::unique_lock lock(mutex_);
    for (s64 left; sent_.empty() && (left = until - now()) > 0;)
      changed_.wait_for(lock, std::chrono::microseconds(left));
    if (sent_.empty()) return {};
    captured c = std::move(sent_.front());
    sent_.pop_front();
    return c;
  }
  void command(const std::string&) override {
    throw script_error(
        "commands do not reach a stack in a shared object: give settings by --so_flags");
  }
  void start(call c) override {
    if (caller_.joinable()) caller_.join();
    done_.reset();
    caller_ = std::thread([this, c = std::move(c)] {
      const s64 v = c();
      const int e = v < 0 ? errno : 0;
      const std::lock_guard lock(mutex_);
      done_ = outcome{v, e, now()};
      changed_.notify_all();
    });
  }
  std::optional<outcome> finish(s64 until) override {
    std::unique_lock lock(mutex_);
    for (s64 left; !done_ && (left = until - now()) > 0;)
      changed_.wait_for(lock, std::chrono::microseconds(left));
    return done_;
  }
  std::optional<outcome> run(const call& c) override {
    const s64 v = c();
    return outcome{v, v < 0 ? errno : 0, now()};
  }

  int socket(int d, int t, int p) override { return t_.socket(t_.userdata, d, t, p); }
  int bind(int fd, const sockaddr* a, socklen_t n) override {
    return t_.bind(t_.userdata, fd, a, n);
  }
  int listen(int fd, int n) override { return t_.listen(t_.userdata, fd, n); }
  int accept(int fd, sockaddr* a, socklen_t* n) override {
    return t_.accept(t_.userdata, fd, a, n);
  }
  int connect(int fd, const sockaddr* a, socklen_t n) override {
    return t_.connect(t_.userdata, fd, a, n);
  }
  ssize_t read(int fd, void* p, size_t n) override { return t_.read(t_.userdata, fd, p, n); }
  ssize_t readv(int fd, const iovec* v, int n) override { return t_.readv(t_.userdata, fd, v, n); }
  ssize_t recv(int fd, void* p, size_t n, int f) override {
    return t_.recv(t_.userdata, fd, p, n, f);
  }
  ssize_t recvfrom(int fd, void* p, size_t n, int f, sockaddr* a, socklen_t* an) override {
    return t_.recvfrom(t_.userdata, fd, p, n, f, a, an);
  }
  ssize_t recvmsg(int fd, msghdr* m, int f) override { return t_.recvmsg(t_.userdata, fd, m, f); }
  ssize_t write(int fd, const void* p, size_t n) override {
    return t_.write(t_.userdata, fd, p, n);
  }
  ssize_t writev(int fd, const iovec* v, int n) override {
    return t_.writev(t_.userdata, fd, v, n);
  }
  ssize_t send(int fd, const void* p, size_t n, int f) override {
    return t_.send(t_.userdata, fd, p, n, f);
  }
  ssize_t sendto(int fd, const void* p, size_t n, int f, const sockaddr* a, socklen_t an) override {
    return t_.sendto(t_.userdata, fd, p, n, f, a, an);
  }
  ssize_t sendmsg(int fd, const msghdr* m, int f) override {
    return t_.sendmsg(t_.userdata, fd, m, f);
  }
  int fcntl(int fd, int cmd, long arg) override { return t_.fcntl(t_.userdata, fd, cmd, arg); }
  int ioctl(int fd, unsigned long cmd, int* arg) override {
    return t_.ioctl(t_.userdata, fd, cmd, arg);
  }
  int close(int fd) override { return t_.close(t_.userdata, fd); }
  int shutdown(int fd, int how) override { return t_.shutdown(t_.userdata, fd, how); }
  int getsockopt(int fd, int l, int o, void* p, socklen_t* n) override {
    return t_.getsockopt(t_.userdata, fd, l, o, p, n);
  }
  int setsockopt(int fd, int l, int o, const void* p, socklen_t n) override {
    return t_.setsockopt(t_.userdata, fd, l, o, p, n);
  }
  int getname(int, sockaddr*, socklen_t*, bool) override {  // the table has none
    errno = ENOSYS;
    return -1;
  }
  int poll(pollfd* p, nfds_t n, int t) override { return t_.poll(t_.userdata, p, n, t); }
  int epoll_create(int n) override { return t_.epoll_create(t_.userdata, n); }
  int epoll_ctl(int ep, int op, int fd, epoll_event* e) override {
    return t_.epoll_ctl(t_.userdata, ep, op, fd, e);
  }
  int epoll_wait(int ep, epoll_event* e, int n, int t) override {
    return t_.epoll_wait(t_.userdata, ep, e, n, t);
  }

 private:
  void receive() {
    std::vector<std::byte> room(65536);
    while (!stop_) {
      size_t n = room.size();
      long long at = 0;
      if (t_.netdev_receive(t_.userdata, room.data(), &n, &at) != 0) continue;
      const std::lock_guard lock(mutex_);
      sent_.push_back({at, {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(n)}});
      changed_.notify_all();
    }
  }

  void* handle_ = nullptr;
  packetdrill_interface t_{};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<captured> sent_;
  std::optional<outcome> done_;
  std::atomic<bool> stop_ = false;
  std::thread receiver_, caller_;
};

}  // namespace

std::unique_ptr<kernel> make_so_kernel(const std::string& file, const std::string& flags) {
  return std::make_unique<so_kernel>(file, flags);
}

}  // namespace linnet::packetdrill
