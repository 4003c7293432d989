// Raw IPv4 sockets (man 7 raw).
#pragma once

#include "net/core/sk_buff.hh"
#include "net/core/world.hh"

namespace linnet {

struct proto_ops;

// Gives each raw socket that wants `protocol` a copy; data stands at the transport header. True if any.
bool raw_local_deliver(net&, const sk_buff&, u8 protocol);
// An ICMP error about a packet that a raw socket may have sent; data stands at the quoted IP header.
void raw_icmp_error(net&, const sk_buff&, u8 protocol, u32 info);

struct sock;
struct socket;
sock* raw_alloc(net&, socket&, u8 protocol);
void raw_net_init(net&);

}  // namespace linnet
