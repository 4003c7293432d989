// Bridges plug into a world here.
#pragma once

namespace linnet {

struct world;

void bridge_init(world&);

}  // namespace linnet
