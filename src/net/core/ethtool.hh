// SIOCETHTOOL, as far as a device without hardware has answers: what made it, whether its link is up, what it leaves to
// the other side and may be switched, which clocks stamp its packets.
#pragma once

#include "base/result.hh"
#include "base/types.hh"

namespace linnet {

struct cred;
struct net_device;

// `command` is the structure that ifr_data points to; it begins with its ETHTOOL_* number and is filled in place.
// EOPNOTSUPP for what isn't there, EPERM. What ioctl(2) returns is positive for features that could not be switched so.
result<int> dev_ethtool(net_device&, const cred&, bytes command);
// How long the structure of a command is; 0 for commands that are not understood.
size_t ethtool_size(u32 command);

// Those about features (ethtool_features.cc).
result<int> dev_ethtool_features(net_device&, u32 cmd, bytes command);
size_t ethtool_features_size(u32 command);
// Puts the wanted features in force, as far as they go together; tells who looks on (NETDEV_FEAT_CHANGE).
void netdev_update_features(net_device&);

}  // namespace linnet
