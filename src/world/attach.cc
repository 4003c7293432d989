// Serving a TAP descriptor from an event loop. Loop and device may end in either order: the watch is shared
// by the loop's callbacks, holds the device, and takes itself off it when the loop lets go of the last.
#include "world/attach.hh"

#include <sys/epoll.h>

#include <memory>

#include "drivers/tap.hh"
#include "net/core/dev.hh"

namespace linnet {
namespace {

struct tap_watch : std::enable_shared_from_this<tap_watch> {
  tap_watch(descriptor_watcher d, ref<tap_device> t) : by(std::move(d)), tap(std::move(t)) {
    tap->owner = this;
  }
  ~tap_watch() { tap->owner = nullptr; }

  void arm(bool writable) {
    by.watch(tap->fd, writable ? EPOLLIN | EPOLLOUT : EPOLLIN,
             [self = shared_from_this()](u32 events) { self->serve(events); });
  }
  void serve(u32 events) {
    if (!tap->registered) return;
    if (events & EPOLLIN) tap->poll_rx(dev_weight);
    if (events & EPOLLOUT) {
      arm(false);
      netif_wake_queue(*tap);
    }
  }

  const descriptor_watcher by;
  ref<tap_device> tap;
};

void want_write(tap_device& tap) { static_cast<tap_watch*>(tap.owner)->arm(true); }

void gone(tap_device& tap) {
  auto hold = static_cast<tap_watch*>(tap.owner)->shared_from_this();
  hold->by.unwatch(tap.fd);
}

}  // namespace

status attach_tap(world&, event_loop& loop, net& n, std::string_view dev,
                  std::string_view tap_name) {
  return attach_tap(
      {.watch = [&loop](int fd, u32 events,
                        std::function<void(u32)> f) { loop.watch(fd, events, std::move(f)); },
       .unwatch = [&loop](int fd) { loop.unwatch(fd); }},
      n, dev, tap_name);
}

status attach_tap(const descriptor_watcher& by, net& n, std::string_view dev,
                  std::string_view tap_name) {
  auto tap = tap_attach(n, dev, tap_name);
  if (!tap) return std::unexpected(tap.error());
  (*tap)->want_write = want_write;
  (*tap)->gone = gone;
  std::make_shared<tap_watch>(by, *tap)->arm(false);
  return {};
}

}  // namespace linnet
