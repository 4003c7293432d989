// ICMP echo sockets: SOCK_DGRAM with IPPROTO_ICMP (man 7 icmp).
#pragma once

#include "net/core/sk_buff.hh"
#include "net/core/world.hh"

namespace linnet {

struct sock;
struct socket;

// An echo reply for the socket whose id it carries; data stands at the ICMP header.
void ping_rcv(net&, const sk_buff&);
// An ICMP error about an echo request of ours; data stands at the quoted IP header.
void ping_err(net&, sk_buff&, u32 info);

extern const size_t ping_obj_size;  // of the structure, as /proc/net/protocols tells it
sock* ping_alloc(net&, socket&);
// Whether `gid` may make ping sockets (net.ipv4.ping_group_range).
bool ping_allowed(const net&, u32 gid);
void ping_net_init(net&);

}  // namespace linnet
