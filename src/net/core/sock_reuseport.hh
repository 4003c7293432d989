// Sockets that share one port (SO_REUSEPORT), and how one of them is chosen for a packet (struct sock_reuseport): by a
// hash of the flow, or by a program (SO_ATTACH_REUSEPORT_CBPF) whose answer is an index in the order of joining. Who
// leaves gives his place to the last, as on Linux.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/ref.hh"
#include "base/result.hh"
#include "base/types.hh"

namespace linnet {

struct sk_buff;
struct sock;
struct sockopt_value;

struct sock_reuseport : refcounted {
  std::vector<sock*> socks;
  std::vector<sock_filter> prog;  // empty: none
  bool has_conns = false;         // one was connected: the group alone doesn't decide any more

  void join(sock&);
  void leave(sock&);  // reuseport_detach_sock
  // The socket for a packet whose flow hashes to `hash`; data of `s` stands `header` bytes before what the program sees.
  // Null: all are connected (reuseport_select_sock). Without a packet the program is not asked.
  sock* select(u32 hash, const sk_buff* s, u32 header) const;
};

// SO_ATTACH_REUSEPORT_CBPF with the program, and SO_DETACH_REUSEPORT_BPF (null). A socket that is not bound yet gets a
// group of its own. EINVAL without SO_REUSEPORT, ENOENT.
status reuseport_attach_prog(ref<sock_reuseport>&, const sock&, bool bound,
                             const sockopt_value* program);

}  // namespace linnet
