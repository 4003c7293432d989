// Serving a TAP descriptor from the event loop. The loop may outlive the device and the other way round: the
// watch holds a reference, and ends with the device's registration.
#include "world/attach.hh"

#include <sys/epoll.h>

#include "drivers/tap.hh"
#include "net/core/dev.hh"

namespace linnet {
namespace {

void watch_tap(event_loop& loop, const ref<tap_device>& tap, bool writable) {
  loop.watch(tap->fd, writable ? EPOLLIN | EPOLLOUT : EPOLLIN, [tap, &loop](u32 events) {
    if (!tap->registered) return;
    if (events & EPOLLIN) tap->poll_rx(dev_weight);
    if (events & EPOLLOUT) {
      watch_tap(loop, tap, false);
      netif_wake_queue(*tap);
    }
  });
}

void want_write(tap_device& tap, bool on) {
  auto& loop = *static_cast<event_loop*>(tap.loop);
  if (on) {
    watch_tap(loop, ref<tap_device>(&tap), true);
  } else {
    loop.unwatch(tap.fd);
  }
}

}  // namespace

status attach_tap(world&, event_loop& loop, net& n, std::string_view dev, std::string_view tap_name) {
  auto tap = tap_attach(n, dev, tap_name);
  if (!tap) return std::unexpected(tap.error());
  (*tap)->loop = &loop;
  (*tap)->want_write = want_write;
  watch_tap(loop, *tap, false);
  return {};
}

}  // namespace linnet
