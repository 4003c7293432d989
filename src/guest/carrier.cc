// How messages move through a carrier's pair. One rule holds once a guest's call is over: while the pair is empty
// towards the guest, nothing waits in the stack and nothing has been given back.
#include "guest/carrier.hh"

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "guest/stream_carrier.hh"
#include "net/core/sock.hh"

namespace linnet {
namespace {

constexpr int pair_buffer = 4 << 20;  // asked for; the host grants what it likes

// Copies a message to where the guest's goes, as skb_copy_datagram and MSG_TRUNC do.
size_t deliver(const parked_message& m, msg_in& to, int flags) {
  const size_t n = std::min(m.data.size(), to.data.size());
  if (n > 0) memcpy(to.data.data(), m.data.data(), n);
  to.name = m.name;
  to.namelen = m.namelen;
  to.control = m.control;
  to.flags = m.flags;
  if (m.full_length > n) to.flags |= MSG_TRUNC;
  return flags & MSG_TRUNC ? m.full_length : n;
}

parked_message park(const msg_in& in, size_t length) {
  const size_t stored = std::min(length, in.data.size());
  return {.data = {in.data.begin(), in.data.begin() + static_cast<std::ptrdiff_t>(stored)},
          .full_length = length,
          .name = in.name,
          .namelen = in.namelen,
          .control = in.control,
          .flags = in.flags};
}

}  // namespace

std::unique_ptr<carrier> carrier::create(socket_ptr s, bool nonblocking, unique_fd& guest_fd) {
  const bool stream = s->type == SOCK_STREAM;
  int pair[2];
  if (socketpair(AF_UNIX, (stream ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                 pair) != 0)
    return nullptr;
  unique_fd ours(pair[0]);
  guest_fd.reset(pair[1]);
  struct stat st;
  if (fstat(guest_fd.get(), &st) != 0) return nullptr;
  int off = 0;
  if (!nonblocking && ioctl(guest_fd.get(), FIONBIO, &off) != 0) return nullptr;
  const int in_line = s->sk->oobinline;
  if (in_line) setsockopt(guest_fd.get(), SOL_SOCKET, SO_OOBINLINE, &in_line, sizeof in_line);
  if (stream) return std::make_unique<stream_carrier>(std::move(s), std::move(ours), st.st_ino);
  const int on = 1;
  setsockopt(ours.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  setsockopt(ours.get(), SOL_SOCKET, SO_SNDBUF, &pair_buffer, sizeof pair_buffer);
  setsockopt(guest_fd.get(), SOL_SOCKET, SO_SNDBUF, &pair_buffer, sizeof pair_buffer);
  return std::unique_ptr<carrier>(new carrier(std::move(s), std::move(ours), st.st_ino));
}

bool carrier::unread() const {
  int queued = 0;
  return ioctl(ours_.get(), SIOCOUTQ, &queued) == 0 && queued > 0;
}

void carrier::notice_read() {
  if (shown_ == shows::nothing || unread()) return;
  if (shown_ == shows::head) drop_head();
  read_ = std::exchange(shown_, shows::nothing);
}

// The head of all messages goes, read by somebody who did not ask us.
void carrier::drop_head() {
  if (!returned_.empty()) return returned_.pop_front();
  msg_in nothing{.data = {}};
  const auto r = sock_recvmsg(*sock_, nothing, MSG_DONTWAIT);
  if (r || r.error() == EAGAIN) return;
  error_seen_ = r.error().code;  // it goes first, also on Linux
  (void)sock_recvmsg(*sock_, nothing, MSG_DONTWAIT);
}

bool carrier::take_back(const guest_end& end) {
  const unique_fd theirs = end();
  if (!theirs) return false;
  std::byte ignored;
  return recv(theirs.get(), &ignored, 1, MSG_DONTWAIT | MSG_TRUNC) >= 0;
}

void carrier::show(const_bytes data) {
  const ssize_t n = send(ours_.get(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  // Too large for the pair: show that there is something; recvmsg gets it whole.
  if (n < 0 && (errno == EMSGSIZE || errno == EAGAIN || errno == ENOBUFS))
    (void)!send(ours_.get(), nullptr, 0, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// A packet socket that is readable without a message.
bool carrier::ring_readable() const {
  return sock_->ops && sock_->ops->family == AF_PACKET && (sock_poll(*sock_) & EPOLLIN) &&
         !sock_queue_head(*sock_);
}

bool carrier::wants_token() const { return has_error() || ring_readable(); }

bool carrier::has_error() const {
  return error_seen_ != 0 || (sock_poll(*sock_) & (EPOLLERR | EPOLLRDHUP | EPOLLHUP));
}

u32 carrier::poll_mask() const {
  u32 mask = sock_poll(*sock_);
  if (!returned_.empty()) mask |= EPOLLIN | EPOLLRDNORM;
  if (error_seen_) mask |= EPOLLERR;
  return mask;
}

void carrier::refill() {
  notice_read();
  if (shown_ != shows::nothing) return;
  if (!returned_.empty()) {
    show(returned_.front().data);
    shown_ = shows::head;
  } else if (const auto head = sock_queue_head(*sock_)) {
    show(*head);
    shown_ = shows::head;
  } else if (wants_token()) {
    show({});
    shown_ = shows::token;
  }
}

void carrier::take_stale_token(const guest_end& end) {
  if (!token_is_stale()) return;
  take_back(end);
  shown_ = shows::nothing;
}

void carrier::settle(const guest_end& end) {
  notice_read();
  take_stale_token(end);
  refill();
}

result<size_t> carrier::receive(const guest_end& end, msg_in& to, int flags,
                                std::optional<parked_message>* taken) {
  notice_read();
  if (flags & MSG_ERRQUEUE && sock_->ops->family != AF_NETLINK) {
    auto r = sock_recvmsg(*sock_, to, flags);
    settle(end);
    return r;
  }
  if (const int seen = std::exchange(error_seen_, 0)) {
    settle(end);
    return err(seen);
  }
  const bool peek = flags & MSG_PEEK;
  if (!peek && shown_ != shows::nothing) {
    // A guest's other process may read the copy while we look: then the next message counts.
    if (!take_back(end)) notice_read();
    shown_ = shows::nothing;
  }
  if (!returned_.empty()) {
    const size_t n = deliver(returned_.front(), to, flags);
    if (peek) return n;
    if (taken) *taken = std::move(returned_.front());
    returned_.pop_front();
    return n;
  }
  auto n = sock_recvmsg(*sock_, to, flags | MSG_DONTWAIT | (peek || as_stream() ? 0 : MSG_TRUNC));
  if (n && !peek) {
    if (taken) *taken = park(to, *n);
    if (!(flags & MSG_TRUNC)) n = std::min(*n, to.data.size());
  }
  if (peek && as_stream())
    settle(end);
  else if (peek)
    take_stale_token(end);
  return n;
}

void carrier::give_back(const guest_end& end, parked_message m) {
  notice_read();
  if (shown_ != shows::nothing) {
    take_back(end);
    shown_ = shows::nothing;
  }
  returned_.push_front(std::move(m));
  refill();
}

bool carrier::take_writes() {
  for (;;) {
    msghdr look{};
    const ssize_t waiting = recvmsg(ours_.get(), &look, MSG_DONTWAIT | MSG_PEEK | MSG_TRUNC);
    if (waiting < 0) return errno == EAGAIN || errno == EINTR;
    std::vector<std::byte> buffer(static_cast<size_t>(std::max<ssize_t>(waiting, 1)));
    // An empty message brings its sender's credentials, the end of all messages brings nothing.
    alignas(cmsghdr) std::byte credentials[CMSG_SPACE(sizeof(ucred))];
    iovec iov{buffer.data(), buffer.size()};
    msghdr m{};
    m.msg_iov = &iov;
    m.msg_iovlen = 1;
    m.msg_control = credentials;
    m.msg_controllen = sizeof credentials;
    const ssize_t n = recvmsg(ours_.get(), &m, MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0 && m.msg_controllen == 0) return false;
    // As for a plain write(2) that nobody can be told of any more: an error is lost.
    (void)sock_sendmsg(
        *sock_,
        {.name = {}, .data = const_bytes(buffer).first(static_cast<size_t>(n)), .control = {}},
        MSG_DONTWAIT);
  }
}

}  // namespace linnet
