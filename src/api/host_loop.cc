// One epoll set, with an eventfd in it that ends a wait.
#include "api/host_loop.hh"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace linnet {

host_loop::host_loop()
    : epfd_(epoll_create1(EPOLL_CLOEXEC)), wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event e{};
  e.events = EPOLLIN;
  e.data.fd = wake_fd_;
  epoll_ctl(epfd_, EPOLL_CTL_ADD, wake_fd_, &e);
}

host_loop::~host_loop() {
  watches_.clear();  // a callback's end may look at the others
  close(wake_fd_);
  close(epfd_);
}

int host_loop::watch(int fd, u32 events, std::function<void(u32)> on_ready) {
  epoll_event e{};
  e.events = events;
  e.data.fd = fd;
  const int op = watches_.contains(fd) ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(epfd_, op, fd, &e) < 0) return errno;
  watches_[fd] = std::make_shared<std::function<void(u32)>>(std::move(on_ready));
  return 0;
}

void host_loop::unwatch(int fd) {
  const auto it = watches_.find(fd);
  if (it == watches_.end()) return;
  const auto hold = std::move(it->second);  // whose end may come back here
  watches_.erase(it);
  epoll_ctl(epfd_, EPOLL_CTL_DEL, fd, nullptr);
}

void host_loop::wait(ktime at_most) {
  const timespec ts = {at_most / ns_per_sec, at_most % ns_per_sec};
  std::array<epoll_event, 64> ready;
  const int n = epoll_pwait2(epfd_, ready.data(), static_cast<int>(ready.size()),
                             at_most == ktime_max ? nullptr : &ts, nullptr);
  for (int i = 0; i < n; ++i) {
    const epoll_event& e = ready[static_cast<size_t>(i)];
    if (e.data.fd == wake_fd_) {
      u64 count;
      (void)!read(wake_fd_, &count, sizeof count);
      continue;
    }
    const auto it = watches_.find(e.data.fd);
    if (it == watches_.end()) continue;  // removed by an earlier callback
    const auto callback = it->second;    // kept while it runs
    (*callback)(e.events);
  }
}

void host_loop::wake() {
  const u64 one = 1;
  (void)!write(wake_fd_, &one, sizeof one);
}

}  // namespace linnet
