// The route ioctls of struct rtentry, which route(8) speaks (man 7 route).
#pragma once

#include "base/result.hh"
#include "base/types.hh"
#include "net/core/cred.hh"

namespace linnet {

struct net;

// SIOCADDRT and SIOCDELRT on a struct rtentry, with the text that its rt_dev points to behind it (IFNAMSIZ bytes, which
// may be left out where rt_dev is null). Addresses in network order. EPERM without net_admin; EFAULT when `arg` is too
// short; EINVAL, EAFNOSUPPORT, ENODEV, and what a table says. Linux: ip_rt_ioctl.
result<int> ip_rt_ioctl(net&, const cred&, unsigned cmd, bytes arg);

}  // namespace linnet
