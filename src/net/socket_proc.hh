// /proc/net/protocols.
#pragma once

namespace linnet {

struct world;

void socket_proc_init(world&);

}  // namespace linnet
