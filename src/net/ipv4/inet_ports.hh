// Ports for sockets that ask for any, and the settings that say which.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.hh"
#include "base/types.hh"

namespace linnet {

struct ctl_at;
struct inet_sock;
struct net;

// The lowest and the highest port that such a socket may get.
std::pair<u16, u16> inet_local_port_range(const inet_sock&);
bool inet_is_local_reserved_port(const net&, u16 port);
// Ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE.
bool inet_port_requires_bind_service(net&, u16 port);

// net.ipv4.ip_local_reserved_ports.
std::string show_reserved_ports(const ctl_at&);
status store_reserved_ports(const ctl_at&, std::string_view);

}  // namespace linnet
