// System calls on Linnet's sockets, which never sleep: this file is the part of a kernel that does. A stream's read goes
// on until it has what it waits for (SO_RCVLOWAT, MSG_WAITALL), its write until all is taken.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cstring>

#include "net/core/sock.hh"
#include "net/ipv4/tcp.hh"
#include "tests/support/packetdrill/linnet_kernel.hh"

namespace linnet::packetdrill {
namespace {

const_bytes bytes_of(const void* p, size_t n) { return {static_cast<const std::byte*>(p), n}; }

size_t size_of(const msghdr& m) {
  size_t n = 0;
  for (size_t i = 0; i < m.msg_iovlen; ++i) n += m.msg_iov[i].iov_len;
  return n;
}

void copy_name(const sockaddr_storage& from, u32 length, void* to, socklen_t* room) {
  if (!to || !room) return;
  std::memcpy(to, &from, std::min<size_t>(*room, length));
  *room = length;
}

msghdr one_buffer(iovec& v, const void* p, size_t n) {
  v = {const_cast<void*>(p), n};
  msghdr m{};
  m.msg_iov = &v;
  m.msg_iovlen = 1;
  return m;
}

}  // namespace

s64 linnet_kernel::answer(const status& s) { return s ? 0 : fail(s.error().code); }

linnet_kernel::file* linnet_kernel::find(int fd) {
  const auto it = files_.find(fd);
  if (it == files_.end()) {
    errno = EBADF;
    return nullptr;
  }
  return it->second.get();
}

linnet_kernel::file* linnet_kernel::find_socket(int fd) {
  file* f = find(fd);
  if (f && !f->s) {
    errno = ENOTSOCK;
    return nullptr;
  }
  return f;
}

int linnet_kernel::add_file(std::unique_ptr<file> f) {
  int fd = 3;
  if (new_fd_)
    fd = new_fd_();
  else
    while (files_.contains(fd)) ++fd;
  if (fd < 0) return -1;
  if (f->s) {
    f->s->wake_arg = f.get();
    f->s->wake = [](linnet::socket&, void* arg) { static_cast<file*>(arg)->woken = true; };
  }
  files_[fd] = std::move(f);
  return fd;
}

// The call is to be made again, unless it has been waiting for as long as the socket allows.
s64 linnet_kernel::sleep_or_give_up(file& f, ktime timeout, int error) {
  if (f.deadline < 0) f.deadline = timeout == ktime_max ? ktime_max : w_->now() + timeout;
  if (w_->now() >= f.deadline) {
    f.deadline = -1;
    return fail(error);
  }
  give_up_at(f.deadline);
  return fail(ERESTART);
}

int linnet_kernel::socket(int domain, int type, int protocol) {
  auto s = sock_create(ns(), {}, domain, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol);
  if (!s) return static_cast<int>(fail(s.error().code));
  auto f = std::make_unique<file>();
  f->s = std::move(*s);
  f->nonblocking = type & SOCK_NONBLOCK;
  return add_file(std::move(f));
}

int linnet_kernel::bind(int fd, const sockaddr* a, socklen_t n) {
  file* f = find_socket(fd);
  return f ? static_cast<int>(answer(sock_bind(*f->s, bytes_of(a, n)))) : -1;
}

int linnet_kernel::listen(int fd, int backlog) {
  file* f = find_socket(fd);
  return f ? static_cast<int>(answer(sock_listen(*f->s, backlog))) : -1;
}

int linnet_kernel::accept(int fd, sockaddr* a, socklen_t* n) {
  file* f = find_socket(fd);
  if (!f) return -1;
  auto s = sock_accept(*f->s, 0);
  if (!s && s.error() == EAGAIN && !f->nonblocking)
    return static_cast<int>(sleep_or_give_up(*f, sock_rcvtimeo(*f->s), EAGAIN));
  f->deadline = -1;
  if (!s) return static_cast<int>(fail(s.error().code));
  sockaddr_storage name{};
  if (const auto length = sock_getname(**s, name, true)) copy_name(name, *length, a, n);
  auto made = std::make_unique<file>();
  made->s = std::move(*s);
  return add_file(std::move(made));
}

int linnet_kernel::connect(int fd, const sockaddr* a, socklen_t n) {
  file* f = find_socket(fd);
  if (!f) return -1;
  const status done = sock_connect(*f->s, bytes_of(a, n), 0);
  const bool waits =
      !done && (done.error() == EINPROGRESS || (f->connecting && done.error() == EALREADY));
  if (waits && !f->nonblocking) {
    f->connecting = true;
    return static_cast<int>(sleep_or_give_up(*f, sock_sndtimeo(*f->s), EINPROGRESS));
  }
  f->connecting = false;
  f->deadline = -1;
  return static_cast<int>(answer(done));
}

// ---- receiving

ssize_t linnet_kernel::recvmsg(int fd, msghdr* m, int flags) {
  file* f = find_socket(fd);
  if (!f) return -1;
  const size_t room = size_of(*m);
  const bool stream = f->s->type == SOCK_STREAM,
             waits = !f->nonblocking && !(flags & (MSG_DONTWAIT | MSG_ERRQUEUE));
  const size_t target =
      !stream ? 1
      : flags & MSG_WAITALL
          ? room
          : std::min<size_t>(room, static_cast<size_t>(std::max(f->s->sk->rcvlowat, 1)));
  f->taken.resize(room);
  msg_in in{.data = bytes(f->taken).subspan(f->moved)};
  const auto n = sock_recvmsg(*f->s, in, flags | MSG_DONTWAIT);
  if (n) f->moved += *n;
  const bool more =
      n ? stream && *n && f->moved < target && !(flags & (MSG_PEEK | MSG_OOB | MSG_TRUNC))
        : n.error() == EAGAIN && !(flags & MSG_OOB);
  if (more && waits) {
    const s64 r = sleep_or_give_up(*f, sock_rcvtimeo(*f->s), EAGAIN);
    if (errno == ERESTART || f->moved == 0) return r;
  }
  const size_t total = std::exchange(f->moved, 0);
  f->deadline = -1;
  if (!n && !total) return fail(n.error().code);
  for (size_t i = 0, at = 0; i < m->msg_iovlen && at < std::min(total, room); ++i) {
    const size_t part = std::min(m->msg_iov[i].iov_len, std::min(total, room) - at);
    std::memcpy(m->msg_iov[i].iov_base, f->taken.data() + at, part);
    at += part;
  }
  if (m->msg_name) copy_name(in.name, in.namelen, m->msg_name, &m->msg_namelen);
  m->msg_flags = in.flags;
  const size_t control = std::min<size_t>(m->msg_controllen, in.control.size());
  if (control < in.control.size()) m->msg_flags |= MSG_CTRUNC;
  if (control) std::memcpy(m->msg_control, in.control.data(), control);
  m->msg_controllen = control;
  return static_cast<ssize_t>(total);
}

ssize_t linnet_kernel::read(int fd, void* p, size_t n) { return recv(fd, p, n, 0); }
ssize_t linnet_kernel::readv(int fd, const iovec* v, int n) {
  msghdr m{};
  m.msg_iov = const_cast<iovec*>(v);
  m.msg_iovlen = static_cast<size_t>(n);
  return recvmsg(fd, &m, 0);
}
ssize_t linnet_kernel::recv(int fd, void* p, size_t n, int flags) {
  return recvfrom(fd, p, n, flags, nullptr, nullptr);
}
ssize_t linnet_kernel::recvfrom(int fd, void* p, size_t n, int flags, sockaddr* a, socklen_t* an) {
  iovec v;
  msghdr m = one_buffer(v, p, n);
  if (a && an) {
    m.msg_name = a;
    m.msg_namelen = *an;
  }
  const ssize_t r = recvmsg(fd, &m, flags);
  if (r >= 0 && a && an) *an = m.msg_namelen;
  return r;
}

// ---- sending

ssize_t linnet_kernel::sendmsg(int fd, const msghdr* m, int flags) {
  file* f = find_socket(fd);
  if (!f) return -1;
  std::vector<std::byte> data;
  for (size_t i = 0; i < m->msg_iovlen; ++i) {
    const const_bytes part = bytes_of(m->msg_iov[i].iov_base, m->msg_iov[i].iov_len);
    data.insert(data.end(), part.begin(), part.end());
  }
  const bool waits = !f->nonblocking && !(flags & MSG_DONTWAIT);
  while (true) {
    // What connects sends the rest as others do, once the handshake has ended.
    const bool connects = flags & MSG_FASTOPEN && !f->connecting;
    const bool named = m->msg_name && !f->connecting;
    const auto n = sock_sendmsg(*f->s,
                                {.name = bytes_of(m->msg_name, named ? m->msg_namelen : 0),
                                 .data = const_bytes(data).subspan(f->moved),
                                 .control = bytes_of(m->msg_control, m->msg_controllen)},
                                (f->connecting ? flags & ~MSG_FASTOPEN : flags) | MSG_DONTWAIT);
    if (n) f->moved += *n;
    if (connects && waits && (n || n.error() == EINPROGRESS)) {
      f->connecting = true;
      tcp_sk(*f->s).write_pending = f->moved < data.size();
      const s64 r = sleep_or_give_up(*f, sock_sndtimeo(*f->s), EINPROGRESS);
      if (errno == ERESTART || f->moved == 0) return r;
    }
    const bool more = n ? f->moved < data.size() : n.error() == EAGAIN;
    if (more && waits) {
      if (n && *n) continue;
      const s64 r = sleep_or_give_up(*f, sock_sndtimeo(*f->s), EAGAIN);
      if (errno == ERESTART || f->moved == 0) return r;
    }
    const size_t total = std::exchange(f->moved, 0);
    f->deadline = -1;
    if (f->connecting) tcp_sk(*f->s).write_pending = false;
    if (!n && (!total || f->connecting)) {
      f->connecting = false;
      return fail(n.error().code);
    }
    f->connecting = false;
    return static_cast<ssize_t>(total);
  }
}

ssize_t linnet_kernel::write(int fd, const void* p, size_t n) { return send(fd, p, n, 0); }
ssize_t linnet_kernel::writev(int fd, const iovec* v, int n) {
  msghdr m{};
  m.msg_iov = const_cast<iovec*>(v);
  m.msg_iovlen = static_cast<size_t>(n);
  return sendmsg(fd, &m, 0);
}
ssize_t linnet_kernel::send(int fd, const void* p, size_t n, int flags) {
  return sendto(fd, p, n, flags, nullptr, 0);
}
ssize_t linnet_kernel::sendto(int fd, const void* p, size_t n, int flags, const sockaddr* a,
                              socklen_t an) {
  iovec v;
  msghdr m = one_buffer(v, p, n);
  if (a) {
    m.msg_name = const_cast<sockaddr*>(a);
    m.msg_namelen = an;
  }
  return sendmsg(fd, &m, flags);
}

// ---- the rest

int linnet_kernel::fcntl(int fd, int cmd, long arg) {
  file* f = find(fd);
  if (!f) return -1;
  if (cmd == F_GETFL) return O_RDWR | (f->nonblocking ? O_NONBLOCK : 0);
  if (cmd == F_SETFL) f->nonblocking = arg & O_NONBLOCK;
  if (cmd == F_SETFL || cmd == F_SETFD || cmd == F_GETFD) return 0;
  return static_cast<int>(fail(EINVAL));
}

int linnet_kernel::ioctl(int fd, unsigned long cmd, int* arg) {
  file* f = find_socket(fd);
  if (!f) return -1;
  if (cmd == FIONBIO) {
    f->nonblocking = *arg;
    return 0;
  }
  const auto r =
      sock_ioctl(*f->s, static_cast<unsigned>(cmd), std::as_writable_bytes(std::span(arg, 1)));
  return r ? *r : static_cast<int>(fail(r.error().code));
}

int linnet_kernel::close(int fd) {
  file* f = find(fd);
  if (!f) return -1;
  for (auto& [n, other] : files_)
    std::erase_if(other->interests, [f](auto& i) { return i.of == f; });
  files_.erase(fd);
  return 0;
}

int linnet_kernel::shutdown(int fd, int how) {
  file* f = find_socket(fd);
  return f ? static_cast<int>(answer(sock_shutdown(*f->s, how))) : -1;
}

int linnet_kernel::getsockopt(int fd, int level, int name, void* p, socklen_t* n) {
  file* f = find_socket(fd);
  if (!f) return -1;
  const auto r = sock_getsockopt(*f->s, level, name, {static_cast<std::byte*>(p), *n});
  if (!r) return static_cast<int>(fail(r.error().code));
  *n = *r;
  return 0;
}

int linnet_kernel::setsockopt(int fd, int level, int name, const void* p, socklen_t n) {
  file* f = find_socket(fd);
  return f ? static_cast<int>(answer(sock_setsockopt(*f->s, level, name, bytes_of(p, n)))) : -1;
}

int linnet_kernel::getname(int fd, sockaddr* a, socklen_t* n, bool peer) {
  file* f = find_socket(fd);
  if (!f) return -1;
  sockaddr_storage name{};
  const auto length = sock_getname(*f->s, name, peer);
  if (!length) return static_cast<int>(fail(length.error().code));
  copy_name(name, *length, a, n);
  return 0;
}

}  // namespace linnet::packetdrill
