// AF_INET in NETLINK_SOCK_DIAG (struct inet_diag_req_v2, in its old form struct inet_diag_req): what the sockets of
// TCP, UDP, UDP-Lite and IP's raw sockets show of themselves. Shared by inet_diag.cc (requests and answers),
// inet_diag_bc.cc (filters) and the protocols' tcp_diag.cc, udp_diag.cc and raw_diag.cc.
#pragma once

#include <linux/inet_diag.h>

#include "net/ipv4/inet_sock.hh"
#include "net/netlink/sock_diag.hh"

namespace linnet {

// ---- filters (inet_diag_bc.cc)

// What a filter can ask of a socket (struct inet_diag_entry).
struct inet_diag_entry {
  u16 family = AF_INET;
  be32 saddr, daddr;
  u16 sport = 0, dport = 0;  // host order
  u32 ifindex = 0;
  bool bindport_lock = false;  // its user chose the local port
  u32 mark = 0;
  u64 cgroup_id = 0;
};
// A program that would leave its bytes or never end is refused: EINVAL. EPERM: marks are for administrators.
status inet_diag_bc_audit(const_bytes program, bool net_admin);
// Runs an audited one. An empty program takes everything.
bool inet_diag_bc_run(const_bytes program, const inet_diag_entry&);

// ---- requests (inet_diag.cc)

// A request in its new form, with what its attributes say. Borrows the message.
struct inet_diag_request {
  inet_diag_req_v2 req;
  int protocol = 0;
  const_bytes bytecode;
  bool net_admin = false;

  u16 sport() const { return ntohs(req.id.idiag_sport); }
  u16 dport() const { return ntohs(req.id.idiag_dport); }
  be32 src() const { return be32::from_raw(req.id.idiag_src[0]); }
  be32 dst() const { return be32::from_raw(req.id.idiag_dst[0]); }
  int dif() const { return static_cast<int>(req.id.idiag_if); }
  // Whether a socket with these ports and of this family is asked for, and the filter takes it.
  bool wants(const inet_diag_entry&) const;
};

// Where an answer goes: the header that all of its messages have.
struct inet_diag_answer {
  sk_buff& skb;
  u32 portid, seq;
  u16 type;   // that of the request
  u16 flags;  // NLM_F_MULTI in a dump
};
inline inet_diag_answer inet_diag_answer_to(sk_buff& s, const netlink_callback& cb) {
  return {s, cb.portid(), cb.nlmsg_seq(), cb.nlh->nlmsg_type, NLM_F_MULTI};
}

// A protocol's part (struct inet_diag_handler).
struct inet_diag_handler {
  // From the cursor on; EMSGSIZE when the packet is full.
  status (*dump)(sk_buff&, netlink_callback&, const inet_diag_request&);
  // The message of the one socket that is named; ENOENT and ESTALE.
  status (*dump_one)(net&, const inet_diag_answer&, const inet_diag_request&);
  status (*destroy)(net&, const cred&, const inet_diag_request&);
  // The lengths of its queues, and if room is given, the bytes of INET_DIAG_INFO.
  void (*get_info)(const inet_sock&, inet_diag_msg&, std::byte* info);
  u16 info_size = 0;
  // What connections have besides: timers and attributes. False when the packet is full.
  bool (*put_connection)(sk_buff&, const inet_sock&, inet_diag_msg&,
                         const inet_diag_request&) = nullptr;
};
extern const inet_diag_handler tcp_diag_handler, udp_diag_handler, udplite_diag_handler,
    raw_diag_handler;
// Null: ENOENT.
const inet_diag_handler* inet_diag_handler_of(int protocol);

inet_diag_entry inet_diag_entry_of(const inet_sock&);
// The message of a socket (inet_sk_diag_fill). False: it doesn't fit, and nothing is left of it.
bool inet_sk_diag_fill(const inet_diag_answer&, inet_sock&, const inet_diag_request&,
                       const inet_diag_handler&);
// Whether an extension is asked for (INET_DIAG_*).
constexpr bool inet_diag_ext(u8 ext, int attribute) { return ext >> (attribute - 1) & 1; }
// A dump of sockets that are kept by port or protocol: the cursor is that number and a place among those that have it.
status inet_diag_dump_sorted(sk_buff&, netlink_callback&, const inet_diag_request&,
                             const inet_diag_handler&, std::span<inet_sock* const>,
                             bool any_state = false);

void inet_diag_init(world&);

}  // namespace linnet
