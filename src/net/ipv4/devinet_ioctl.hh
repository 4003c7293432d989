// The address ioctls of struct ifreq (man 7 netdevice).
#pragma once

#include "base/result.hh"
#include "base/types.hh"
#include "net/core/cred.hh"

namespace linnet {

struct net;

// SIOC[GS]IF{ADDR,BRDADDR,DSTADDR,NETMASK} on a struct ifreq; SIOCGIFCONF on an array of them (empty: how
// many bytes it takes); SIOCSIFFLAGS of an alias; SIOCADDRT and SIOCDELRT (ip_rt_ioctl.hh). ENOIOCTLCMD for anything else.
result<int> devinet_ioctl(net&, const cred&, unsigned cmd, bytes arg);

}  // namespace linnet
