// UDP (RFC 768) and UDP-Lite (RFC 3828).
#pragma once

#include "net/core/sk_buff.hh"
#include "net/core/sk_memory.hh"
#include "net/core/world.hh"

namespace linnet {

struct net_protocol;
struct sock;
struct socket;

// `protocol`: IPPROTO_UDP or IPPROTO_UDPLITE.
sock* udp_alloc(net&, socket&, u8 protocol);
const net_protocol& udp_protocol();
const net_protocol& udplite_protocol();
void udp_net_init(net&);
// What both protocols' sockets of the world take, against udp_mem (udp_memory_allocated).
proto_memory& udp_memory_of(const net&);

}  // namespace linnet
