// The host's descriptors that a world on the real clock waits for: those of its TAP devices, and the program's own.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>

#include "time/ktime.hh"

namespace linnet {

class host_loop {
 public:
  host_loop();
  ~host_loop();
  host_loop(const host_loop&) = delete;
  host_loop& operator=(const host_loop&) = delete;

  // `on_ready` gets the epoll mask, and may add and remove any watch, its own included. 0, or epoll_ctl's errno.
  int watch(int fd, u32 events, std::function<void(u32)> on_ready);
  void unwatch(int fd);
  // Waits at most that long, and calls back for what is ready.
  void wait(ktime at_most);
  // Ends the wait that is under way, or the next one. May be called by another thread or a signal handler.
  void wake();

  int descriptor() const { return epfd_; }
  bool watching() const { return !watches_.empty(); }

 private:
  int epfd_, wake_fd_;
  std::map<int, std::shared_ptr<std::function<void(u32)>>> watches_;
};

}  // namespace linnet
