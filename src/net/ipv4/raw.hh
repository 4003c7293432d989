// Raw IPv4 sockets (man 7 raw).
#pragma once

#include <vector>

#include "net/core/sk_buff.hh"
#include "net/core/world.hh"

namespace linnet {

struct proto_ops;

// Gives each raw socket that wants `protocol` a copy; data stands at the transport header. True if any.
bool raw_local_deliver(net&, const sk_buff&, u8 protocol);
// An ICMP error about a packet that a raw socket may have sent; data stands at the quoted IP header.
void raw_icmp_error(net&, const sk_buff&, u8 protocol, u32 info);

struct inet_sock;
struct sock;
struct socket;
// IP_ROUTER_ALERT: this raw socket takes what is forwarded with a router alert (ip_ra_control). EINVAL, EADDRINUSE,
// ENOBUFS (off when it wasn't on).
status ip_ra_control(inet_sock&, bool on);
// Gives those sockets a packet that is being forwarded. True: one took it, and it goes no further (ip_call_ra_chain).
bool ip_call_ra_chain(net&, skb_ptr&);
// All raw sockets by protocol, of one protocol the newest first.
std::vector<inet_sock*> raw_socks(const net&);
// The newest that hears such packets from `raddr` to `laddr`.
inet_sock* raw_find(const net&, u8 protocol, be32 raddr, be32 laddr, int dif);
extern const size_t raw_obj_size;  // of the structure, as /proc/net/protocols tells it
sock* raw_alloc(net&, socket&, u16 protocol);
void raw_net_init(net&);

}  // namespace linnet
