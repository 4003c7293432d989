// The interface ioctls that every socket answers (man 7 netdevice).
#pragma once

#include "base/result.hh"
#include "base/types.hh"
#include "net/core/proto_ops.hh"

namespace linnet {

// Internal: the command is not this family's, ask the next (Linux's ENOIOCTLCMD).
inline constexpr int ENOIOCTLCMD = 515;

// SIOCGIF* and SIOCSIF* of devices; ENOTTY for anything else. EPERM without net_admin for what changes.
result<int> dev_ioctl(net&, const cred&, unsigned cmd, bytes arg);

}  // namespace linnet
