// ICMP (RFC 792, 1122, 1812): echo, errors about packets, and their rate limits.
#pragma once

#include <linux/icmp.h>

#include "net/core/sk_buff.hh"
#include "net/ipv4/ip.hh"

namespace linnet {

struct icmphdr;

// Reports `type`/`code` to the sender of `skb_in`, which keeps its owner. Silent where RFC 1122 forbids an
// answer (errors about errors, broadcasts, fragments), or the rate limit does. `info`: MTU or gateway.
void icmp_send(sk_buff& skb_in, u8 type, u8 code, be32 info);
// The same about a packet whose private data is not IPv4's: its options are `opts` (__icmp_send).
void icmp_send(sk_buff& skb_in, u8 type, u8 code, be32 info, const ip_options& opts);
// Nobody answers at its next hop, or a device can't take it: host unreachable.
void ipv4_link_failure(sk_buff&);
// Answers `in` with this header and body, from the address that it asked.
void icmp_reply(net&, const sk_buff& in, const icmphdr& header, const_bytes body);
// Turns the header of an extended echo request, which `body` follows, into the answer's; false: no answer.
bool icmp_build_probe(net&, icmphdr&, const_bytes body);

void icmp_list_rcv(sk_buff_head&&, net&);

// What an ICMP error means to a socket: errno and whether it ends a connection (icmp_err_convert).
struct icmp_err {
  int err;
  bool fatal;
};
icmp_err icmp_err_convert(u8 code);
// The same for a whole ICMP error, as raw, ping and UDP sockets take it (raw_err, ping_err, udp_err). err 0: of no
// consequence. "Fragmentation needed" is EMSGSIZE, and fatal unless `pmtudisc` is IP_PMTUDISC_DONT.
icmp_err icmp_socket_error(u8 type, u8 code, u8 pmtudisc);

const net_protocol& icmp_protocol();

}  // namespace linnet
