// net.FAMILY.neigh: the settings of a neighbour table and of each device in it.
#pragma once

#include "net/core/neighbour.hh"
#include "net/core/sysctl.hh"

namespace linnet {

// `instances` names the devices; `find` gives their neigh_parms, and the table's own for "default". On Linux
// "default" is there in the first namespace alone.
void neigh_sysctl_register(world&, const char* dir, std::vector<std::string> (*instances)(net&),
                           void* (*find)(net&, std::string_view));

}  // namespace linnet
