// SIOCETHTOOL, as far as a device without hardware has answers: what made it, whether its link is up, what it leaves to
// the other side, which clocks stamp its packets.
#pragma once

#include "base/result.hh"
#include "base/types.hh"

namespace linnet {

struct net_device;

// `command` is the structure that ifr_data points to; it begins with its ETHTOOL_* number and is filled in place.
// EOPNOTSUPP for what isn't there.
status dev_ethtool(const net_device&, bytes command);
// How long the structure of a command is; 0 for commands that are not understood.
size_t ethtool_size(u32 command);

}  // namespace linnet
