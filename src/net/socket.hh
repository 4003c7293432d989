// The socket calls as Linux defines them: what every front end speaks to (the guests' supervisor, the
// C++ API, tests). A socket is the file side (state, options of the descriptor's owner); the sock behind
// it is the protocol side. No call here ever blocks: where Linux would sleep, the answer is EAGAIN and
// the front end waits for `wake` and asks again. Addresses and options are the system's own structures,
// in the layout and byte order of the man pages; lengths are checked here, so a front end may pass on
// whatever a guest gave it.
#pragma once

#include <optional>

#include "net/core/proto_ops.hh"
#include "net/core/sk_buff.hh"
#include "time/ktime.hh"

namespace linnet {

// socket(2). `type` without SOCK_CLOEXEC and SOCK_NONBLOCK, which belong to the front end's descriptor.
// EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT, EPERM, EACCES, EINVAL as socket(2) and Linux's families.
result<socket_ptr> sock_create(net&, const cred&, int family, int type, int protocol);

status sock_bind(socket&, const_bytes addr);
// EINPROGRESS where Linux would wait for the handshake.
status sock_connect(socket&, const_bytes addr, int flags);
status sock_listen(socket&, int backlog);
result<socket_ptr> sock_accept(socket&, int flags);
result<u32> sock_getname(socket&, sockaddr_storage& out, bool peer);
status sock_shutdown(socket&, int how);
u32 sock_poll(const socket&);

// Returns the message's length taken (send) or copied (receive; with MSG_TRUNC in flags the full length).
// recvmsg with nothing queued: EAGAIN, whatever the flags.
result<size_t> sock_sendmsg(socket&, const msg_out&, int flags);
result<size_t> sock_recvmsg(socket&, msg_in&, int flags);

// Calls that hand bytes over instead of copying them: a packet of sock_alloc_skb, or of sock_recv_skb from any socket of the
// world. sock_send_unit: as many as go down at once for now. EOPNOTSUPP for all but TCP, and for flags that mean nothing
// here; EMSGSIZE.
result<u32> sock_send_unit(const socket&);
result<skb_ptr> sock_alloc_skb(const socket&, u32 size);
// Takes the packet, or with an error leaves it; its length. What it takes less (Fast Open's first) leaves the rest in it.
result<size_t> sock_send_skb(socket&, skb_ptr&, int flags);
// The next piece of what was received; null at a stream's end. Others may read the same bytes: skb_unshare before writing.
result<skb_ptr> sock_recv_skb(socket&, int flags);

// Did the last receive leave something to be done before the queue is looked at again (the next page of a netlink
// dump)? Whoever looks next does it; who has time before, like a front end whose guest runs, may ask for the head then.
bool sock_has_deferred(const socket&);

// The first message that waits to be read, as a plain read would give it, without taking it or anything else about it.
std::optional<const_bytes> sock_queue_head(const socket&);
// Whether a message waits before that one whose checksum is wrong, and which nobody has found so yet; and what poll does to a
// descriptor that waits, and FIONREAD: such messages go (first_packet_length).
bool sock_head_is_wrong(const socket&);
void sock_drop_wrong(socket&);

// `value` holds what the caller gave; for SO_ATTACH_FILTER and PACKET_FANOUT_DATA, whose argument holds a
// pointer, the array of struct sock_filter that it points to. getsockopt returns the length written, at most value.size().
status sock_setsockopt(socket&, int level, int name, const sockopt_value&);
// What getsockopt says before it looks for its room.
status sock_getsockopt_level(const socket&, int level, int name);
result<u32> sock_getsockopt(socket&, int level, int name, bytes value);

// mmap(2) on the socket: the parts of which the mapping consists, in their order. The front end maps them by
// descriptors of its own (shared_pages::open). ENODEV for sockets without such memory.
result<std::vector<const shared_pages*>> sock_mmap(socket&, u64 length, u64 offset);

// ioctl(2) on the socket. `arg` is the structure the command takes, copied in and out whole by the front
// end (struct ifreq for SIOCGIF*/SIOCSIF*, struct arpreq, struct rtentry, int for SIOCINQ ...); for
// SIOCETHTOOL the structure that ifr_data points to follows the ifreq (net/core/ethtool.hh); for
// SIOCGIFCONF it is the ifreq array itself and the answer is the number of bytes filled. ENOTTY when
// the command is not one of a socket's.
result<int> sock_ioctl(socket&, unsigned cmd, bytes arg);

// The same on a socket of another kind (a host's AF_UNIX one): what any socket answers about interfaces, which
// the C library's if_nametoindex relies on. ENOTTY for all else.
result<int> sock_interface_ioctl(net&, const cred&, unsigned cmd, bytes arg);

// SO_RCVTIMEO and SO_SNDTIMEO for the front end's waiting; ktime_max for none.
ktime sock_rcvtimeo(const socket&);
ktime sock_sndtimeo(const socket&);

}  // namespace linnet
