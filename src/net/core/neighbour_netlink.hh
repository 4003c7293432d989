// What the two halves of the neighbours' netlink code share: entries (neighbour_netlink.cc) and tables
// (neightbl.cc).
#pragma once

#include "net/core/rtnetlink.hh"

namespace linnet {

struct neigh_table;

neigh_table* neigh_find_table(const net&, int family);
void neightbl_init(world&);

}  // namespace linnet
