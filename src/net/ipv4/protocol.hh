// IPv4's part of a namespace's life.
#pragma once

#include "net/core/net.hh"

namespace linnet {

void ipv4_net_init(net&);  // before the namespace has devices
void ipv4_net_exit(net&);  // after its devices are gone

}  // namespace linnet
