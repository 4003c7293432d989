// Joins a world to the host's network.
#pragma once

#include <functional>
#include <string_view>

#include "net/core/world.hh"
#include "world/loop.hh"

namespace linnet {

// Whoever waits for descriptors, as event_loop does.
struct descriptor_watcher {
  std::function<void(int fd, u32 events, std::function<void(u32)>)> watch;
  std::function<void(int fd)> unwatch;
};

// A device `dev` in `n` that is the other end of the host's TAP device `tap`, served by `loop`.
// Errors: the host's errno, with the step that failed as the text.
status attach_tap(world&, event_loop& loop, net& n, std::string_view dev, std::string_view tap);
status attach_tap(const descriptor_watcher&, net& n, std::string_view dev, std::string_view tap);

}  // namespace linnet
