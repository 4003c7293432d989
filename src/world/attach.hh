// Joins a world to the host's network.
#pragma once

#include <string_view>

#include "net/core/world.hh"
#include "world/loop.hh"

namespace linnet {

// A device `dev` in `n` that is the other end of the host's TAP device `tap`, served by `loop`.
// Errors: the host's errno, with the step that failed as the text.
status attach_tap(world&, event_loop& loop, net& n, std::string_view dev, std::string_view tap);

}  // namespace linnet
