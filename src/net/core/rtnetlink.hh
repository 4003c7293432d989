// rtnetlink: requests on NETLINK_ROUTE find their handler by family and message type, dumps resume from a
// cursor, and changes are told to groups. Handlers are registered at boot (rtnl_register). Who asks is an
// nl_requester: a netlink socket (net/netlink/af_netlink.cc) or a caller in memory (netlink_request); replies
// go back through it. How notifications reach listeners is hooked in from above by function pointers.
#pragma once

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <array>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "net/core/cred.hh"
#include "net/core/net_device.hh"
#include "net/core/nlattr.hh"

namespace linnet {

struct netlink_callback;

// Who asks: the namespace, the rights and options of the asking socket, and where answers go.
struct nl_requester {
  nl_requester(net& n, const cred& c) : ns(n), who(c) {}
  nl_requester(const nl_requester&) = delete;
  nl_requester& operator=(const nl_requester&) = delete;
  virtual ~nl_requester() = default;

  net& ns;
  cred who;
  u32 portid = 0;
  bool strict_check = false;  // NETLINK_GET_STRICT_CHK
  bool ext_ack = false;       // NETLINK_EXT_ACK
  bool cap_ack = false;       // NETLINK_CAP_ACK
  error acked{};              // what the last ack said

  // One datagram of messages for the requester. May drop it (a full queue).
  virtual void deliver(skb_ptr) = 0;
  // Takes over a dump and produces its first page. EBUSY while another runs.
  virtual status start_dump(std::unique_ptr<netlink_callback>) = 0;
};

// One request message while it is handled.
struct nl_request {
  nl_requester& from;
  const nlmsghdr& nlh;            // the whole message follows it, nlmsg_len bytes, 4-byte aligned
  const char* warning = nullptr;  // an extended-ack text that goes with success

  net& ns() const { return from.ns; }
  u32 portid() const { return from.portid; }
  u32 seq() const { return nlh.nlmsg_seq; }
  bool flag(int f) const { return nlh.nlmsg_flags & f; }
  void reply(skb_ptr s) const { from.deliver(std::move(s)); }  // rtnl_unicast
};

// A dump under way. `dump` fills the packet with whole messages from the cursor in `args` on and returns
// success, or EMSGSIZE when the next one didn't fit; in both cases it is called again for the next packet
// as long as it wrote anything, and the dump ends when it wrote nothing (Linux's `return skb->len ? : err`).
// Any other error with nothing written ends the dump with that errno.
struct netlink_callback {
  using function = status (*)(sk_buff&, netlink_callback&);
  nl_requester* from = nullptr;
  function dump = nullptr;
  const nlmsghdr* nlh = nullptr;  // the request, copied into `request`
  std::vector<std::byte> request;
  std::array<u64, 6> args{};   // the cursor: zero at the start
  std::shared_ptr<void> data;  // what the handler parsed once (filters)
  u32 seq = 0, prev_seq = 0;   // generation of what is dumped, for NLM_F_DUMP_INTR
  u16 family = 0;
  u16 answer_flags = 0;
  u32 min_dump_alloc = 0;
  bool strict_check = false;
  bool done = false;  // nothing is left but NLMSG_DONE with done_errno
  int done_errno = 0;
  const char* warning = nullptr;

  net& ns() const { return from->ns; }
  u32 portid() const { return from->portid; }
  u32 nlmsg_seq() const { return nlh->nlmsg_seq; }
};

// Marks the message when what is dumped changed since the dump began. Call for each, with cb.seq set.
inline void nl_dump_check_consistent(netlink_callback& cb, nlmsghdr* h) {
  if (cb.prev_seq && cb.seq != cb.prev_seq) h->nlmsg_flags |= NLM_F_DUMP_INTR;
  cb.prev_seq = cb.seq;
}

using rtnl_doit_func = status (*)(nl_request&);
using rtnl_dumpit_func = netlink_callback::function;
inline constexpr unsigned RTNL_FLAG_BULK_DEL_SUPPORTED = 2;

// Registers handlers of `family` (PF_UNSPEC: for all that have none of their own) for an RTM_* type.
void rtnl_register(world&, int family, int msgtype, rtnl_doit_func doit, rtnl_dumpit_func dumpit,
                   unsigned flags = 0);

// How a family shows its part of a device in IFLA_AF_SPEC, and takes it from there (struct rtnl_af_ops).
struct rtnl_af_ops {
  int family;
  // Appends the family's attributes; false: the packet is full. `*some` stays false when it has none.
  bool (*fill_link_af)(sk_buff&, const net_device&, u32 ext_filter_mask, bool* some);
  status (*validate_link_af)(const net_device*, nla);
  status (*set_link_af)(net_device&, nla);
};
void rtnl_af_register(world&, const rtnl_af_ops&);

struct rtnl_registry {
  struct handler {
    rtnl_doit_func doit = nullptr;
    rtnl_dumpit_func dumpit = nullptr;
    unsigned flags = 0;
  };
  static constexpr unsigned families = 64, types = 128;  // RTM_* less RTM_BASE
  std::array<std::unique_ptr<std::array<handler, types>>, families> handlers;
  std::vector<const rtnl_af_ops*> af_ops;
  // The RTM_DELLINK being obeyed: its messages carry the request's sequence number and sender.
  const nl_request* deleting = nullptr;
  const net_device* announcing = nullptr;  // its next message is its first: everything changed
  // Whose hardware was asked to count what it forwards at layer 3 (`ip stats set l3_stats on`).
  std::set<const net_device*> offload_xstats_l3{};

  // Set by net/netlink at its boot; null: nobody can listen.
  bool (*has_listeners)(const net&, u32 group) = nullptr;
  void (*multicast)(net&, skb_ptr, u32 exclude_portid, u32 group) = nullptr;
  void (*set_err)(net&, u32 group, int code) = nullptr;
};
rtnl_registry& rtnl_of(const world&);

// One message for NETLINK_ROUTE (rtnetlink_rcv_msg). EINTR as an error: a dump took it; send no ack.
status rtnetlink_rcv_msg(nl_request&);

// Starts a dump for a request (netlink_dump_start). Always an error: EINTR when it runs, else the reason.
status netlink_dump_start(nl_request&, rtnl_dumpit_func, u32 min_dump_alloc = 0);

// Whether anybody listens to RTNLGRP `group` in `n`: building a notification is needless otherwise.
bool rtnl_has_listeners(const net& n, u32 group);
// Tells group `group`; with NLM_F_ECHO in the request `rq` that led to it, the requester gets a copy.
void rtnl_notify(net&, skb_ptr, u32 group, const nl_request* rq = nullptr);
// True when rtnl_notify would reach anyone.
bool rtnl_notify_wanted(const net&, u32 group, const nl_request* rq);
// ENOBUFS and the like to the group's listeners.
void rtnl_set_sk_err(net&, u32 group, int code);

// RTA_METRICS-like helper: ndm/ifa cache times: RTA_CACHEINFO.
bool rtnl_put_cacheinfo(sk_buff&, u32 id, ktime lastused, ktime now, ktime expires, u32 error,
                        u32 users);

// ---- links (rtnl_link*.cc)

using ifla_table = nla_table<IFLA_MAX>;
std::span<const nla_policy> ifla_policy();

// The namespace that a request names (IFLA_NET_NS_PID, _FD, IFLA_TARGET_NETNSID), or `ns`. EINVAL, ESRCH.
result<net*> rtnl_link_get_net(const nl_requester&, net& ns, const ifla_table&);
// The namespace with the id that the requester's knows (rtnl_get_net_ns_capable): EINVAL.
result<net*> rtnl_get_net_ns_capable(const nl_requester&, s32 netnsid);

// For a kind's newlink. Before register_netdevice: gives `dev` its kind and what the request says of address,
// MTU, queue length, group, GSO limits (rtnl_create_link). Texts and errno are Linux's.
status rtnl_create_link(net_device& dev, const rtnl_link_ops&, const ifla_table&);
// After registration: flags, then the first RTM_NEWLINK (rtnl_configure_link).
status rtnl_configure_link(net_device&, const ifinfomsg*, const nl_request* rq = nullptr);

// The other end in a pair's IFLA_INFO_DATA (VETH_INFO_PEER: ifinfomsg, then attributes), and the request's
// own attributes as a table.
struct rtnl_peer_params {
  const ifinfomsg* ifm = nullptr;  // null when the request says nothing of the peer
  ifla_table tb{};                 // the request's own when it says nothing of the peer
  net* ns = nullptr;
  std::string name;  // may hold a %d
  bool name_given = false;
  const_bytes address;
};
result<rtnl_peer_params> rtnl_parse_peer(const rtnl_newlink_params&, nla peer,
                                         std::string_view pattern);
ifla_table rtnl_parse_request(const rtnl_newlink_params&);

// ---- boot

void rtnetlink_init(world&);          // the registry, links, statistics
void net_nsid_init(world&);           // RTM_*NSID
void neighbour_netlink_init(world&);  // RTM_*NEIGH, RTM_*NEIGHTBL

}  // namespace linnet
