// What a socket is to the protocols: the file side (struct socket) with its family's functions (struct
// proto_ops) and the messages that go through them. The calls that front ends make are in net/socket.hh.
#pragma once

#include <sys/socket.h>

#include <concepts>
#include <cstring>
#include <memory>
#include <vector>

#include "base/result.hh"
#include "base/types.hh"
#include "net/core/cred.hh"

namespace linnet {

class shared_pages;
class skb_ptr;
struct net;
struct sock;
struct socket;

// A message to send. `name` is empty when the caller gave no address.
// An empty name that points somewhere was given, with length 0. Data that cannot be read points nowhere: who comes to copy
// it answers EFAULT.
struct msg_out {
  const_bytes name;
  const_bytes data;
  bool has_name() const { return name.data() != nullptr; }
  bool unreadable() const { return !data.empty() && !data.data(); }
  const_bytes control;  // cmsghdr sequence, as in msghdr.msg_control
};

// A received message. The callee fills `data` up to its size; the rest is lost, and MSG_TRUNC set.
struct msg_in {
  bytes data;
  sockaddr_storage name{};
  u32 namelen = 0;  // 0: no address
  std::vector<std::byte>
      control{};  // cmsghdr sequence; the front end truncates it to the caller's room
  int flags = 0;  // MSG_TRUNC, MSG_ERRQUEUE ... for msghdr.msg_flags
};

// The value that a caller of setsockopt points to (sockptr_t): as long as the caller says. Its memory may end before; what
// is not there is zero here, and who needs it answers EFAULT.
struct sockopt_value : const_bytes {
  template <class R>
    requires std::convertible_to<const R&, const_bytes>
  sockopt_value(const R& all) : const_bytes(all), readable(size()) {}
  sockopt_value(const_bytes all, size_t there, bool null)
      : const_bytes(all), readable(there), is_null(null) {}

  bool has(size_t n) const { return n <= readable; }
  // copy_from_sockptr. EINVAL when the value is shorter than that.
  template <class T>
  result<T> load() const {
    T v;
    if (size() < sizeof v) return err(EINVAL);
    if (!has(sizeof v)) return err(EFAULT);
    std::memcpy(&v, data(), sizeof v);
    return v;
  }

  size_t readable;
  bool is_null = false;
};

struct proto_ops {
  int family;
  void (*release)(socket&);
  status (*bind)(socket&, const_bytes addr);
  status (*connect)(socket&, const_bytes addr, int flags);
  result<std::unique_ptr<socket>> (*accept)(socket&, int flags);
  result<u32> (*getname)(socket&, sockaddr_storage& out, bool peer);  // returns the length
  u32 (*poll)(const socket&);                                         // EPOLL* mask
  result<int> (*ioctl)(socket&, unsigned cmd, bytes arg);
  status (*listen)(socket&, int backlog);
  status (*shutdown)(socket&, int how);
  status (*setsockopt)(socket&, int level, int name, const sockopt_value&);
  result<u32> (*getsockopt)(socket&, int level, int name, bytes value);
  result<size_t> (*sendmsg)(socket&, const msg_out&, int flags);
  result<size_t> (*recvmsg)(socket&, msg_in&, int flags);
  // What a mapping of `length` bytes at `offset` shows, one part behind the other. Null: ENODEV.
  result<std::vector<const shared_pages*>> (*mmap)(socket&, u64 length, u64 offset) = nullptr;
  // What getsockopt refuses before it looks at the caller's room. Null: nothing.
  status (*getsockopt_level)(const socket&, int level, int name) = nullptr;
  // What was put off until somebody looks at the queue: is there any? With `run` it is done. Null: nothing ever.
  bool (*deferred)(const socket&, bool run) = nullptr;
  // sock_send_unit, sock_send_skb, sock_recv_skb. Null: EOPNOTSUPP.
  u32 (*send_unit)(const socket&) = nullptr;
  result<size_t> (*send_skb)(socket&, skb_ptr&, int flags) = nullptr;
  result<skb_ptr> (*recv_skb)(socket&, int flags) = nullptr;
};

struct socket {
  socket(net& n, const cred& c, int sock_type) : ns(&n), owner(c), type(sock_type) {}
  ~socket();
  socket(const socket&) = delete;
  socket& operator=(const socket&) = delete;

  net* ns;
  cred owner;
  int type;
  u64 ino = 0;  // of the descriptor that stands for it, as the front end knows it; 0: none
  const proto_ops* ops = nullptr;
  sock* sk = nullptr;

  // Called when the poll mask may have changed. It may not call back into the stack.
  void (*wake)(socket&, void* arg) = nullptr;
  void* wake_arg = nullptr;
};
using socket_ptr = std::unique_ptr<socket>;

}  // namespace linnet
