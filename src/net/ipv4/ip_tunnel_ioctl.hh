// The ioctls by which `ip tunnel` and older programs make, show and change tunnels (<linux/if_tunnel.h>).
#pragma once

#include "base/result.hh"
#include "net/core/proto_ops.hh"

namespace linnet {

bool is_tunnel_ioctl(unsigned cmd);  // SIOCGETTUNNEL, SIOCADDTUNNEL, SIOCCHGTUNNEL, SIOCDELTUNNEL
extern const unsigned tunnel_ioctl_get;  // the one that only asks
extern const size_t ip_tunnel_parm_size;
// `arg`: an ifreq, and behind it the ip_tunnel_parm that its ifr_data points to, which is written back.
result<int> ip_tunnel_ioctl(net&, const cred&, unsigned cmd, bytes arg);

}  // namespace linnet
