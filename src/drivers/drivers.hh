// Devices that the stack makes itself, as boot_world registers them.
#pragma once

#include "net/core/net_device.hh"

namespace linnet {

void loopback_net_init(net&);  // each namespace's lo
void dummy_init(world&);       // ip link add type dummy
void veth_init(world&);        // ip link add type veth
void vrf_init(world&);         // ip link add type vrf

}  // namespace linnet
