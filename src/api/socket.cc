// Sockets: the calls of net/socket.hh with the structures of the system's headers.
#include <fcntl.h>

#include "api/state.hh"
#include "net/core/sock.hh"

namespace linnet::v0 {
namespace {

const_bytes bytes_of(const void* p, size_t n) { return {static_cast<const std::byte*>(p), n}; }

// The pieces of a message as one: itself when there is one piece.
class gathered {
 public:
  explicit gathered(const msghdr& m) {
    if (m.msg_iovlen == 1) {
      all_ = bytes_of(m.msg_iov->iov_base, m.msg_iov->iov_len);
      return;
    }
    for (const iovec& v : std::span(m.msg_iov, m.msg_iovlen)) {
      const const_bytes piece = bytes_of(v.iov_base, v.iov_len);
      joined_.insert(joined_.end(), piece.begin(), piece.end());
    }
    all_ = joined_;
  }
  const_bytes all() const { return all_; }

 private:
  std::vector<std::byte> joined_;
  const_bytes all_;
};

// Where a message goes: straight into the caller's memory when that is one piece.
class scattered {
 public:
  explicit scattered(const msghdr& m) : m_(m) {
    if (m.msg_iovlen == 1) {
      room_ = {static_cast<std::byte*>(m.msg_iov->iov_base), m.msg_iov->iov_len};
      return;
    }
    size_t n = 0;
    for (const iovec& v : std::span(m.msg_iov, m.msg_iovlen)) n += v.iov_len;
    joined_.resize(n);
    room_ = joined_;
  }
  bytes room() const { return room_; }
  void deal(size_t length) const {
    const_bytes rest = const_bytes(joined_).first(std::min(length, joined_.size()));
    for (const iovec& v : std::span(m_.msg_iov, joined_.empty() ? 0 : m_.msg_iovlen)) {
      const size_t n = std::min(v.iov_len, rest.size());
      if (n) std::memcpy(v.iov_base, rest.data(), n);
      rest = rest.subspan(n);
    }
  }

 private:
  const msghdr& m_;
  std::vector<std::byte> joined_;
  bytes room_;
};

// Control messages as the caller has room for them: the last one may be cut short (MSG_CTRUNC).
void give_control(const msg_in& in, msghdr& m) {
  size_t room = m.msg_control ? m.msg_controllen : 0;
  m.msg_controllen = 0;
  if (in.control.empty()) return;
  auto* to = static_cast<std::byte*>(m.msg_control);
  const_bytes rest = in.control;
  while (rest.size() >= sizeof(cmsghdr)) {
    cmsghdr h;
    std::memcpy(&h, rest.data(), sizeof h);
    if (room < sizeof h) {
      m.msg_flags |= MSG_CTRUNC;
      return;
    }
    const size_t whole = h.cmsg_len, given = std::min(whole, room);
    if (given < whole) m.msg_flags |= MSG_CTRUNC;
    h.cmsg_len = given;
    std::memcpy(to, rest.data(), given);
    std::memcpy(to, &h, sizeof h);
    const size_t step = std::min(CMSG_ALIGN(given), room);
    to += step;
    room -= step;
    m.msg_controllen += step;
    rest = rest.subspan(std::min(CMSG_ALIGN(whole), rest.size()));
  }
}

result<size_t> send_one(linnet::socket& s, const msghdr& m, int flags) {
  const gathered data(m);
  const auto sent = sock_sendmsg(
      s,
      {.name = m.msg_name ? bytes_of(m.msg_name, m.msg_namelen) : const_bytes(),
       .data = data.all(),
       .control = m.msg_control ? bytes_of(m.msg_control, m.msg_controllen) : const_bytes()},
      flags);
  if (!sent) return std::unexpected(to_public(sent.error()));
  return *sent;
}

result<size_t> receive_one(linnet::socket& s, msghdr& m, msg_in& in, int flags) {
  const scattered to(m);
  in.data = to.room();
  in.namelen = 0;
  in.flags = 0;
  in.control.clear();
  const auto got = sock_recvmsg(s, in, flags);
  if (!got) return std::unexpected(to_public(got.error()));
  to.deal(*got);
  if (m.msg_name) {
    if (const size_t n = std::min<size_t>(in.namelen, m.msg_namelen))
      std::memcpy(m.msg_name, &in.name, n);
    m.msg_namelen = in.namelen;
  }
  m.msg_flags = in.flags;
  give_control(in, m);
  return *got;
}

}  // namespace

struct socket::state {
  state(std::shared_ptr<world::state> world, socket_ptr socket)
      : w(std::move(world)), s(std::move(socket)) {}
  ~state() { s->wake = nullptr; }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  // Who is to be called back.
  struct listener {
    listener(state& owner, std::function<void(u32)> call)
        : st(owner), f(std::move(call)), due(run, this) {}
    static void run(void* self) {
      auto& l = *static_cast<listener*>(self);
      const auto keep = l.st.on_ready;  // the call may destroy the socket
      l.f(sock_poll(*l.st.s));
    }
    state& st;
    const std::function<void(u32)> f;
    callback due;
  };
  static void woken(linnet::socket&, void* self) {
    auto& st = *static_cast<state*>(self);
    st.w->mark(st.on_ready->due);
  }

  const std::shared_ptr<world::state> w;
  const socket_ptr s;
  std::shared_ptr<listener> on_ready;
};

socket::socket(std::unique_ptr<state> s) : state_(std::move(s)) {}
socket::socket(socket&&) noexcept = default;
socket& socket::operator=(socket&&) noexcept = default;
socket::~socket() = default;

result<socket> socket::open(const net& n, int family, int type, int protocol) {
  auto s = sock_create(n.impl().n, {}, family, type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK), protocol);
  if (!s) return std::unexpected(to_public(s.error()));
  return socket(std::make_unique<state>(n.impl().w, std::move(*s)));
}

status socket::bind(const sockaddr* a, socklen_t n) {
  return to_public(sock_bind(*state_->s, bytes_of(a, n)));
}
status socket::bind(const endpoint& e) {
  const sockaddr_in a = e.raw();
  return to_public(sock_bind(*state_->s, bytes_of(&a, sizeof a)));
}

status socket::connect(const sockaddr* a, socklen_t n) {
  return to_public(sock_connect(*state_->s, bytes_of(a, n), O_NONBLOCK));
}
status socket::connect(const endpoint& e) {
  const sockaddr_in a = e.raw();
  return to_public(sock_connect(*state_->s, bytes_of(&a, sizeof a), O_NONBLOCK));
}

status socket::listen(int backlog) { return to_public(sock_listen(*state_->s, backlog)); }

result<socket> socket::accept() {
  auto s = sock_accept(*state_->s, 0);
  if (!s) return std::unexpected(to_public(s.error()));
  return socket(std::make_unique<state>(state_->w, std::move(*s)));
}

status socket::shutdown(int how) { return to_public(sock_shutdown(*state_->s, how)); }

result<socklen_t> socket::name(sockaddr_storage& out, bool of_peer) const {
  return to_public(sock_getname(*state_->s, out, of_peer));
}

static result<endpoint> endpoint_of(const socket& s, bool of_peer) {
  sockaddr_storage raw{};
  const auto n = s.name(raw, of_peer);
  if (!n) return std::unexpected(n.error());
  if (raw.ss_family != AF_INET) return fail(EAFNOSUPPORT);
  sockaddr_in a;
  std::memcpy(&a, &raw, sizeof a);
  return endpoint::from(a);
}
result<endpoint> socket::local() const { return endpoint_of(*this, false); }
result<endpoint> socket::peer() const { return endpoint_of(*this, true); }

result<std::size_t> socket::send(std::span<const std::byte> data, int flags) {
  const auto n = sock_sendmsg(*state_->s, {.name = {}, .data = data, .control = {}}, flags);
  if (!n) return std::unexpected(to_public(n.error()));
  return *n;
}

result<std::size_t> socket::send_to(std::span<const std::byte> data, const endpoint& to,
                                    int flags) {
  const sockaddr_in a = to.raw();
  const auto n = sock_sendmsg(*state_->s,
                              {.name = bytes_of(&a, sizeof a), .data = data, .control = {}}, flags);
  if (!n) return std::unexpected(to_public(n.error()));
  return *n;
}

result<std::size_t> socket::recv(std::span<std::byte> data, int flags) {
  msg_in in;
  in.data = data;
  const auto n = sock_recvmsg(*state_->s, in, flags);
  if (!n) return std::unexpected(to_public(n.error()));
  return *n;
}

result<std::size_t> socket::recv_from(std::span<std::byte> data, endpoint& from, int flags) {
  msg_in in;
  in.data = data;
  const auto n = sock_recvmsg(*state_->s, in, flags);
  if (!n) return std::unexpected(to_public(n.error()));
  if (in.namelen >= sizeof(sockaddr_in) && in.name.ss_family == AF_INET) {
    sockaddr_in a;
    std::memcpy(&a, &in.name, sizeof a);
    from = endpoint::from(a);
  }
  return *n;
}

static_assert(buffer::max_size == skb_handover_max);

result<buffer> socket::make_buffer(std::size_t size) {
  if (size > buffer::max_size) return fail(EMSGSIZE);
  if (!size) {
    const auto unit = sock_send_unit(*state_->s);
    if (!unit) return std::unexpected(to_public(unit.error()));
    size = *unit;
  }
  auto p = sock_alloc_skb(*state_->s, static_cast<u32>(size));
  if (!p) return std::unexpected(to_public(p.error()));
  skb_put(**p, static_cast<u32>(size));
  return buffer(state_->w, p->release());
}

result<std::size_t> socket::send_buffer(buffer& b, int flags) {
  if (b.empty()) return 0;
  if (b.world_ != state_->w) return fail(EXDEV);
  skb_ptr p(std::exchange(b.packet_, nullptr));
  const auto n = sock_send_skb(*state_->s, p, flags);
  b.packet_ = p.release();
  if (!n) return std::unexpected(to_public(n.error()));
  return *n;
}

result<buffer> socket::recv_buffer(int flags) {
  auto p = sock_recv_skb(*state_->s, flags);
  if (!p) return std::unexpected(to_public(p.error()));
  return buffer(state_->w, p->release());
}

result<std::size_t> socket::sendmsg(const msghdr& m, int flags) {
  return send_one(*state_->s, m, flags);
}

result<std::size_t> socket::recvmsg(msghdr& m, int flags) {
  msg_in in;
  return receive_one(*state_->s, m, in, flags);
}

result<std::size_t> socket::sendmmsg(std::span<mmsghdr> list, int flags) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto n = send_one(*state_->s, list[i].msg_hdr, flags);
    if (!n && i == 0) return n;
    if (!n) return i;
    list[i].msg_len = static_cast<unsigned>(*n);
  }
  return list.size();
}

result<std::size_t> socket::recvmmsg(std::span<mmsghdr> list, int flags) {
  msg_in in;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto n = receive_one(*state_->s, list[i].msg_hdr, in, flags);
    if (!n && i == 0) return n;
    if (!n) {
      // What isn't EAGAIN is for the next call to tell (SO_ERROR), as on Linux.
      if (n.error() != EAGAIN) state_->s->sk->sk_err = n.error().code;
      return i;
    }
    list[i].msg_len = static_cast<unsigned>(*n);
  }
  return list.size();
}

status socket::set_option(int level, int option, std::span<const std::byte> value) {
  return to_public(sock_setsockopt(*state_->s, level, option, value));
}

result<socklen_t> socket::option(int level, int option, std::span<std::byte> value) const {
  return to_public(sock_getsockopt(*state_->s, level, option, value));
}

result<int> socket::option(int level, int option) const {
  int value = 0;
  const auto n = this->option(level, option, std::as_writable_bytes(std::span(&value, 1)));
  if (!n) return std::unexpected(n.error());
  return value;
}

result<int> socket::ioctl(unsigned command, std::span<std::byte> argument) {
  return to_public(sock_ioctl(*state_->s, command, argument));
}

std::uint32_t socket::poll() const { return sock_poll(*state_->s); }

void socket::on_ready(std::function<void(std::uint32_t)> f) {
  state_->on_ready = f ? std::make_shared<state::listener>(*state_, std::move(f)) : nullptr;
  state_->s->wake_arg = state_.get();
  state_->s->wake = state_->on_ready ? state::woken : nullptr;
  // What is there already is news to who has just come.
  if (state_->on_ready) state_->w->mark(state_->on_ready->due);
}

result<socket> udp_socket(const net& n, const endpoint& local) {
  auto s = socket::open(n, AF_INET, SOCK_DGRAM);
  if (!s) return s;
  if (status bound = s->bind(local); !bound) return std::unexpected(bound.error());
  return s;
}

result<socket> tcp_listener(const net& n, const endpoint& local, int backlog) {
  auto s = socket::open(n, AF_INET, SOCK_STREAM);
  if (!s) return s;
  status ok = s->set_option(SOL_SOCKET, SO_REUSEADDR, 1);
  if (ok) ok = s->bind(local);
  if (ok) ok = s->listen(backlog);
  if (!ok) return std::unexpected(ok.error());
  return s;
}

result<socket> tcp_connect(const net& n, const endpoint& to) {
  auto s = socket::open(n, AF_INET, SOCK_STREAM);
  if (!s) return s;
  if (status ok = s->connect(to); !ok && ok.error() != EINPROGRESS)
    return std::unexpected(ok.error());
  return s;
}

}  // namespace linnet::v0
