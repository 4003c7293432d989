// Who asks (struct cred). In a world its guests are root over its networking, so the default holds every
// capability.
#pragma once

#include "base/types.hh"

namespace linnet {

struct cred {
  u32 uid = 0;
  u32 gid = 0;
  u32 pid = 0;  // the guest's process id: netlink's first choice of port id
  bool net_admin = true;
  bool net_raw = true;
  bool net_bind_service = true;
};

}  // namespace linnet
