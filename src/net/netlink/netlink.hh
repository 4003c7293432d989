// Netlink for callers in memory, and the pieces that sockets and such callers share: a datagram of messages
// is taken apart, each message handled, acknowledged or answered (netlink_rcv_skb), dumps are produced packet
// by packet.
#pragma once

#include <memory>

#include "net/core/rtnetlink.hh"

namespace linnet {

// A family's handler of one message. Returns what the ack says; EINTR: a dump runs, no ack.
using netlink_rcv_func = status (*)(nl_request&);

// Takes `datagram` apart as the kernel side of a socket does (netlink_rcv_skb). Arbitrary bytes are fine.
void netlink_rcv_skb(nl_requester&, const_bytes datagram, netlink_rcv_func);

// NLMSG_ERROR in answer to `rq` (netlink_ack).
void netlink_ack(nl_requester&, const nl_request&, const status&);

// One packet of a dump, at most `size` bytes. `finished`: NLMSG_DONE is in it, and it was the last.
skb_ptr netlink_dump_page(netlink_callback&, u32 size, bool& finished);
inline constexpr u32 netlink_dump_max = 32448;  // what Linux fits into 32 KiB

// Sends `messages` on protocol `protocol` to the kernel side of `n`, without a socket, and hands each
// datagram of the answer to `reply`, in order; dumps run to their end. Acks come as for a socket with
// NETLINK_EXT_ACK and NETLINK_CAP_ACK; strict checking is on. The bytes should be 4-byte aligned.
struct netlink_reply {
  virtual void on_reply(const_bytes datagram) = 0;

 protected:
  ~netlink_reply() = default;
};
// EPROTONOSUPPORT when there is no such protocol.
status netlink_request(net& n, const_bytes messages, netlink_reply* reply = nullptr,
                       const cred& who = {}, int protocol = NETLINK_ROUTE);
// One request that asks for an ack (NLM_F_ACK): success, or the kernel's errno. Replies other than the
// ack are handed on when `reply` is given. error.msg is the ack's text, error.attr is null.
status netlink_talk(net& n, const_bytes message, netlink_reply* reply = nullptr,
                    const cred& who = {});

// What the kernel side of a protocol is (struct netlink_kernel_cfg).
struct netlink_protocol {
  netlink_rcv_func rcv = nullptr;  // null: users speak among themselves only
  u32 groups = 32;
  bool nonroot_recv = false;  // NL_CFG_F_NONROOT_RECV: anybody may listen
  bool nonroot_send = false;  // NL_CFG_F_NONROOT_SEND: anybody may send to users and groups
};
void netlink_register(world&, int protocol, const netlink_protocol&);

bool netlink_has_listeners(const net&, int protocol, u32 group);
// One datagram to all listeners of a group but the one with `exclude_portid`. ESRCH: none was reached.
status netlink_broadcast(net&, int protocol, skb_ptr, u32 exclude_portid, u32 group);

void netlink_proto_init(world&);  // AF_NETLINK sockets and NETLINK_ROUTE; after rtnetlink_init
void netlink_proc_init(world&);   // /proc/net/netlink
void genl_init(world&);           // NETLINK_GENERIC and its controller

}  // namespace linnet
