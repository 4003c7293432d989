// NETLINK_SOCK_DIAG: what `ss` asks. A request names an address family; the family's handler answers it with one socket or
// with a dump of all that match, and may end a socket (SOCK_DESTROY). Handlers are registered at boot; those of
// AF_INET are in net/ipv4/inet_diag.cc, of AF_PACKET in net/packet/packet_diag.cc, of AF_NETLINK in netlink_diag.cc.
// Who joined a group of SKNLGRP_* is told of each socket of its kind that ends.
#pragma once

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

#include <array>

#include "net/core/sock.hh"
#include "net/netlink/netlink.hh"

namespace linnet {

// What a family does (struct sock_diag_handler). A message of a type that it does not know never comes to it.
struct sock_diag_handler {
  status (*dump)(nl_request&) = nullptr;        // SOCK_DIAG_BY_FAMILY
  status (*destroy)(nl_request&) = nullptr;     // SOCK_DESTROY; null: EOPNOTSUPP
  bool (*get_info)(sk_buff&, sock&) = nullptr;  // the message of one that ends, and all in it
};

struct sock_diag_registry {
  std::array<sock_diag_handler, AF_MAX> handlers{};
  netlink_rcv_func inet_compat = nullptr;  // TCPDIAG_GETSOCK, DCCPDIAG_GETSOCK
};
void sock_diag_register(world&, int family, const sock_diag_handler&);

// Whether the request asks for a dump; any of its two bits does.
inline bool diag_wants_dump(const nl_request& rq) { return rq.nlh.nlmsg_flags & NLM_F_DUMP; }

// Cookies in requests and answers: two words, the low one first.
void sock_diag_save_cookie(sock&, u32 (&out)[2]);
void sock_diag_put_cookie(u64, u32 (&out)[2]);
// ESTALE: the request names another socket. INET_DIAG_NOCOOKIE twice fits all.
status sock_diag_check_cookie(u64 cookie, const u32 (&wanted)[2]);

// SK_MEMINFO_*: what the socket's buffers hold and may hold.
struct sock_meminfo {
  std::array<u32, SK_MEMINFO_VARS> vars{};
};
sock_meminfo sk_get_meminfo(const sock&);
bool sock_diag_put_meminfo(sk_buff&, const sock&, int type);

// Ends a socket for who may: EPERM, EOPNOTSUPP.
status sock_diag_destroy(const cred&, sock&, int error);

void sock_diag_init(world&);     // after netlink_proto_init
void netlink_diag_init(world&);  // AF_NETLINK and AF_UNIX

}  // namespace linnet
