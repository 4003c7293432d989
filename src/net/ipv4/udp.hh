// UDP (RFC 768).
#pragma once

#include "net/core/sk_buff.hh"
#include "net/core/world.hh"

namespace linnet {

struct net_protocol;
struct sock;
struct socket;

sock* udp_alloc(net&, socket&);
const net_protocol& udp_protocol();
void udp_net_init(net&);

}  // namespace linnet
