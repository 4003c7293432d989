// AF_NETLINK sockets (struct netlink_sock) and where they are found: by port id within a namespace and
// protocol, and by group. Bound sockets stand in their namespace's table until released.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "net/core/sock.hh"
#include "net/netlink/netlink.hh"

namespace linnet {

// What a queued netlink packet knows of its sender (struct netlink_skb_parms, in cb).
struct netlink_skb_parms {
  u32 portid;
  u32 dst_group;
  s32 nsid;
  u32 nsid_is_set;
  u32 pid, uid, gid;
};
inline netlink_skb_parms& NETLINK_CB(sk_buff& s) { return s.cb_as<netlink_skb_parms>(); }

struct netlink_sock final : sock {
  netlink_sock(net&, socket&, int protocol, u32 ngroups);
  ~netlink_sock() override;

  // As the asking side of kernel requests.
  struct requester final : nl_requester {
    requester(net& n, const cred& c, netlink_sock& s) : nl_requester(n, c), nlk(s) {}
    void deliver(skb_ptr) override;
    status start_dump(std::unique_ptr<netlink_callback>) override;
    netlink_sock& nlk;
  } rq;

  bool bound = false;
  bool connected = false;
  u32 dst_portid = 0, dst_group = 0;
  u32 ngroups;
  std::vector<u32> groups;  // bit per group, from group 1 on; empty until the first is joined
  u32 subscriptions = 0;
  bool recv_pktinfo = false, broadcast_send_error = false, recv_no_enobufs = false;
  bool listen_all_nsid = false;
  bool congested = false;  // lost something; takes no more until read empty
  u32 max_recvmsg_len = 0;
  std::unique_ptr<netlink_callback> cb;  // the dump that runs
  bool dump_due = false;  // its next page is to be made before anything is queued or looked at

  u32 portid() const { return rq.portid; }
  bool member(u32 group) const {
    u32 i = group - 1;
    return i / 32 < groups.size() && (groups[i / 32] >> (i % 32) & 1);
  }
};

// A namespace's sockets of each protocol.
struct netns_netlink {
  struct table {
    std::map<u32, netlink_sock*> ports;
    std::vector<netlink_sock*> members;  // of any group, in the order of joining
    std::vector<u32> listeners;          // per group, how many
  };
  std::array<std::unique_ptr<table>, MAX_LINKS> protocols;
};

struct genl_family;

// A world's protocols, the sockets that listen to all namespaces with an id, and generic netlink's families.
struct netlink_table {
  struct entry {
    bool registered = false;
    netlink_protocol cfg;
  };
  std::array<entry, MAX_LINKS> protocols;
  std::vector<netlink_sock*> all_nsid;
  std::vector<const genl_family*> genl_families;  // in the order of their numbers
};

netns_netlink::table& netlink_table_of(net&, int protocol);  // makes it
const netns_netlink::table* netlink_table_find(const net&, int protocol);

// Changes the socket's groups, keeping the counts of listeners.
void netlink_set_group(netlink_sock&, u32 group, bool join);

// netlink_io.cc
result<size_t> netlink_sendmsg(socket&, const msg_out&, int flags);
result<size_t> netlink_recvmsg(socket&, msg_in&, int flags);
status netlink_autobind(netlink_sock&);
bool netlink_allowed(const netlink_sock&, bool netlink_protocol::* who);
void netlink_overrun(netlink_sock&);
// The page of the dump that is due.
void netlink_dump_deferred(netlink_sock&);

// netlink_sockopt.cc
status netlink_setsockopt(socket&, int level, int name, const sockopt_value&);
status netlink_getsockopt_level(const socket&, int level, int name);
result<u32> netlink_getsockopt(socket&, int level, int name, bytes value);

inline netlink_sock& nlk_sk(const socket& s) { return static_cast<netlink_sock&>(*s.sk); }

}  // namespace linnet
