// Drives a world: timers, softirqs, and for worlds on the host's clock the descriptors they wait for.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "net/core/world.hh"

namespace linnet {

// Runs everything due now on every cpu (timers, then net_rx_action) until nothing is left to do at this time.
void world_poll(world&);
// The same for a bounded while: softirq work may feed itself for ever. True when some is left.
bool world_poll_some(world&);
// When the next timer is due, if any is armed.
std::optional<ktime> world_next_timer(const world&);

// Virtual time only: moves the clock from timer to timer, running what each makes due.
void world_run_for(world&, ktime duration);
// The same until no packet is in flight and no timer is armed before `limit` (absolute).
void world_run_until_idle(world&, ktime limit);

// One epoll set around a world on the host's clock: file descriptors and timers in one wait.
class event_loop {
 public:
  explicit event_loop(world&);
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  // `on_ready` gets the epoll mask. The descriptor stays the caller's. A callback may add and remove
  // any watch, its own included.
  void watch(int fd, u32 events, std::function<void(u32)> on_ready);
  void unwatch(int fd);
  // Of the descriptors that are ready together, this one's callback runs last.
  void serve_last(int fd);

  // Runs before each wait, after timers and softirqs, with nothing in between: the place to flush what callbacks
  // marked. When it makes packets, there is no wait.
  void before_wait(std::function<void()> f);

  // One round: world_poll, wait (at most `limit()` ns, asked last, or until the next timer), callbacks, world_poll.
  void run_once(const std::function<ktime()>& limit);
  void run_once(ktime limit = ktime_max) {
    run_once([limit] { return limit; });
  }
  void run();  // until stop()
  void stop();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace linnet
