// Bytes through a stream's pair, both ways.
#include "guest/stream_carrier.hh"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>

#include "net/core/sock.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_peek.hh"

namespace linnet {
namespace {

constexpr size_t chunk = 64 * 1024;
constexpr size_t most_pieces = 64;  // of what came, with one call

// One buffer for all: nothing stays in it between calls.
bytes scratch() {
  static thread_local std::vector<std::byte> buffer(chunk);
  return buffer;
}

}  // namespace

stream_carrier::stream_carrier(socket_ptr s, unique_fd ours, ino_t inode)
    : carrier(std::move(s), std::move(ours), inode) {
  tcp_sock& sk = tcp_sk(*sock_);
  sk.held = [](void* self) { return static_cast<const stream_carrier*>(self)->held(); };
  sk.held_by = this;
}

stream_carrier::~stream_carrier() { tcp_sk(*sock_).held = nullptr; }

// The number may be another file's by now.
unique_fd stream_carrier::theirs() const {
  const auto at = [this](const guest_end& end) {
    unique_fd fd = end ? end() : unique_fd();
    struct stat st;
    if (fd && (fstat(fd.get(), &st) != 0 || st.st_ino != inode())) fd.reset();
    return fd;
  };
  if (unique_fd fd = at(end_)) return fd;
  return at(others_end_);
}

void stream_carrier::remember(guest_end end, pid_t tgid) {
  if (tgid != owner_ && owner_ != 0) others_end_ = std::move(end_);
  end_ = std::move(end);
  owner_ = tgid;
}

u32 stream_carrier::in_pair() const {
  const unique_fd end = theirs();
  int n = 0;
  if (!end || ioctl(end.get(), FIONREAD, &n) != 0) return 0;
  return static_cast<u32>(n);
}

u32 stream_carrier::held() const {
  if (!connected_once_) return 0;
  return in_pair() + (eof_in_ && !eof_read_);
}

bool stream_carrier::connected() const {
  const u8 state = sock_->sk->state;
  return state != TCP_CLOSE && state != TCP_LISTEN && state != TCP_SYN_SENT;
}

bool stream_carrier::deferred() const { return tcp_sk(*sock_).defer_connect; }

bool stream_carrier::has_error() const { return (sock_poll(*sock_) & EPOLLERR) != 0; }

bool stream_carrier::shows_error_only() const {
  if (ended_) return false;
  int queued = 0;
  return !(ioctl(ours_.get(), SIOCOUTQ, &queued) == 0 && queued > 0) && !eof_in_;
}

// What the guest sends and receives while connected flows through the pair. All else is for the stack to refuse.
bool stream_carrier::leaves_send(int flags) {
  if (ended_) return false;
  constexpr int special = MSG_OOB | MSG_FASTOPEN | MSG_ERRQUEUE;
  if (flags & MSG_ZEROCOPY && sock_->sk->zerocopy) return false;
  return !(flags & special) && (connected() || deferred() || eof_in_) && !has_error();
}

u32 stream_carrier::untaken() const {
  int n = 0;
  if (stuffed_ || ioctl(ours_.get(), FIONREAD, &n) != 0) n = 0;
  return static_cast<u32>(n) + static_cast<u32>(unsent_.size());
}

bool stream_carrier::all_taken() { return pump_out() && !untaken(); }

bool stream_carrier::leaves_receive(int flags, bool no_room) {
  if (flags & MSG_OOB && !(carries_urgent() && connected_once_)) return false;
  if (flags & MSG_ERRQUEUE) return false;
  if (ended_) return in_pair() && !(flags & (MSG_TRUNC | MSG_WAITALL));
  if (reads_shut_ && in_pair() == 0) return false;
  pump_in(true);
  // Who asks for nothing still hears whether he would wait.
  if (no_room && !eof_in_ && in_pair() == 0) return false;
  // The host's pairs neither pass over bytes nor count what is left.
  if ((flags & MSG_TRUNC || tcp_sk(*sock_).recvmsg_inq) && connected_once_) return false;
  if (eof_in_ && !eof_read_ && !(flags & MSG_PEEK)) eof_read_ = in_pair() == 0;
  if (eof_in_ || !shows_error_only()) return true;
  return connected() && !has_error();
}

// Bytes from the pair; with MSG_TRUNC they are passed over, as long as they are not just looked at.
size_t stream_carrier::receive_shown(msg_in& in, int flags) {
  const unique_fd end = theirs();
  if (!end) return 0;
  const bool drop = flags & MSG_TRUNC;
  // Behind the last byte stands an error that is for another call.
  const size_t most = ended_ ? std::min<size_t>(in_pair(), in.data.size()) : in.data.size();
  size_t got = 0;
  while (got < most) {
    const bytes to =
        drop ? scratch().first(std::min(most - got, chunk)) : in.data.subspan(got, most - got);
    const ssize_t n = recv(end.get(), to.data(), to.size(), MSG_DONTWAIT | (flags & MSG_PEEK));
    if (n <= 0) break;
    got += static_cast<size_t>(n);
    if (flags & MSG_PEEK) break;
    pump_in(true);
  }
  return got;
}

result<size_t> stream_carrier::receive(const guest_end& end, msg_in& in, int flags,
                                       std::optional<parked_message>* taken) {
  if (flags & (MSG_OOB | MSG_ERRQUEUE) || !connected_once_)
    return carrier::receive(end, in, flags, taken);
  const size_t got = receive_shown(in, flags);
  if (!got && !eof_in_ && (!in.data.empty() || in_pair() == 0))
    return carrier::receive(end, in, flags, taken);
  if (eof_in_ && !(flags & MSG_PEEK)) eof_read_ = in_pair() == 0 && !got;
  if (tcp_sk(*sock_).recvmsg_inq) tcp_put_inq(tcp_sk(*sock_), in);
  return got;
}

// As small a buffer as the host allows is soon full.
void stream_carrier::connecting(bool stuff) {
  if (stuffed_ || !stuff) return;
  const unique_fd theirs = end_();
  if (!theirs) return;
  const int least = 1;
  socklen_t length = sizeof sndbuf_;
  if (!sndbuf_) (void)getsockopt(theirs.get(), SOL_SOCKET, SO_SNDBUF, &sndbuf_, &length);
  (void)::setsockopt(theirs.get(), SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
  const bytes junk = scratch();
  for (;;) {
    const ssize_t n = send(theirs.get(), junk.data(), junk.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n <= 0) return;
    stuffed_ += static_cast<size_t>(n);
  }
}

void stream_carrier::unstuff() {
  while (stuffed_) {
    const ssize_t n = recv(ours_.get(), scratch().data(), std::min(stuffed_, chunk), MSG_DONTWAIT);
    if (n <= 0) return;
    stuffed_ -= static_cast<size_t>(n);
  }
  const unique_fd end = theirs();
  if (!end) return;                // a later call tells where it is
  const int before = sndbuf_ / 2;  // the host says twice what it was given
  (void)::setsockopt(end.get(), SOL_SOCKET, SO_SNDBUF, &before, sizeof before);
  sndbuf_ = 0;
}

call_reply stream_carrier::shutdown(int how) {
  if (how < SHUT_RD || how > SHUT_RDWR) return call_reply::fail(EINVAL);
  // Linux's first write would still wait for the handshake (TCP_FASTOPEN_CONNECT): the end comes behind its data.
  const tcp_sock& sk = tcp_sk(*sock_);
  const bool writes_wait = sk.fastopen_connect && sk.state == TCP_SYN_SENT;
  if (how == SHUT_WR && writes_wait) return call_reply::pass();
  if (!connected()) return call_reply::of(sock_shutdown(*sock_, how));
  if (how != SHUT_WR) {
    if (const status done = sock_shutdown(*sock_, SHUT_RD); !done) return call_reply::of(done);
    reads_shut_ = true;
  }
  // The host closes the guest's half, and we see its end behind what is still in it.
  return call_reply::pass();
}

std::optional<stream_carrier::accepted> stream_carrier::take_accepted() {
  if (accepted_.empty()) return {};
  accepted first = std::move(accepted_.front());
  accepted_.erase(accepted_.begin());
  return first;
}

bool stream_carrier::connection_waits() const {
  return !accepted_.empty() || (sock_poll(*sock_) & EPOLLIN);
}

// A byte in front of accept(2).
void stream_carrier::show_listening() {
  const bool waits = connection_waits();
  if (waits == token_) return;
  if (waits) {
    const std::byte one{};
    token_ = send(ours_.get(), &one, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
  }
}

void stream_carrier::settle(const guest_end& end) {
  if (token_ && !connection_waits()) {
    if (const unique_fd theirs = end()) {
      std::byte one;
      if (recv(theirs.get(), &one, 1, MSG_DONTWAIT) == 1) token_ = false;
    }
  }
  pump_in();
}

// A reader who waits for many bytes (SO_RCVLOWAT) finds none in the pair before they are there; but what is there he gets
// when he asks (`any`), and what comes then, too.
bool stream_carrier::worth_showing(bool any) const {
  if (sock_poll(*sock_) & EPOLLIN) return true;
  const tcp_sock& sk = tcp_sk(*sock_);
  return sk.rcvlowat > 1 && sk.rcv_nxt != sk.copied_seq && (any || in_pair());
}

bool stream_carrier::carries_urgent() {
  static const bool it_does = [] {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return false;
    const unique_fd one(pair[0]), other(pair[1]);
    const char byte = 0;
    return send(one.get(), &byte, 1, MSG_OOB | MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
  }();
  return it_does;
}

// All before the urgent byte is in the pair, and it is there.
bool stream_carrier::urgent_next() const {
  const tcp_sock& sk = tcp_sk(*sock_);
  return unlikely(sk.urg_data != 0) && (sk.urg_data & TCP_URG_VALID) &&
         sk.urg_seq == sk.copied_seq && carries_urgent();
}

// False: the pair has no room.
bool stream_carrier::show_urgent() {
  tcp_sock& sk = tcp_sk(*sock_);
  const std::byte byte{static_cast<u8>(sk.urg_data)};
  const ssize_t n = send(ours_.get(), &byte, 1, MSG_OOB | MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0 && errno != EPIPE) {
    now_full();
    return false;
  }
  // The stack's reader passes over it as over any other byte.
  const bool in_line = std::exchange(sk.oobinline, true);
  msg_in passed_over{.data = bytes(static_cast<std::byte*>(nullptr), 1)};
  (void)sock_recvmsg(*sock_, passed_over, MSG_DONTWAIT | MSG_TRUNC);
  sk.oobinline = in_line;
  return true;
}

void stream_carrier::now_full() {
  full_ = true;
  if (on_full) std::exchange(on_full, {})();
}

// From the stack to the guest, as much as the pair takes.
void stream_carrier::pump_in(bool any) {
  if (sock_->sk->state == TCP_LISTEN) return show_listening();
  if (sndbuf_ && sock_->sk->state != TCP_SYN_SENT) unstuff();
  connected_once_ |= connected();
  if (!connected_once_ || ended_ || eof_in_ || failed_ || reads_shut_) return;
  if (full_ && !any) return;
  for (;;) {
    if (urgent_next()) {
      if (!show_urgent()) return;
      continue;
    }
    if (!worth_showing(any)) return;
    std::array<const_bytes, most_pieces> pieces;
    const size_t n = tcp_peek_pieces(tcp_sk(*sock_), pieces);
    if (!n) return note_end();
    if (!show(std::span(pieces).first(n))) return;
  }
}

// Puts what came into the pair, from where it lies. False: it did not take all.
bool stream_carrier::show(std::span<const const_bytes> pieces) {
  std::array<iovec, most_pieces> iov;
  size_t all = 0;
  for (size_t i = 0; i < pieces.size(); ++i) {
    iov[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};
    all += pieces[i].size();
  }
  msghdr m{};
  m.msg_iov = iov.data();
  m.msg_iovlen = pieces.size();
  const ssize_t put = sendmsg(ours_.get(), &m, MSG_DONTWAIT | MSG_NOSIGNAL);
  // Who doesn't listen any more has it read for nobody.
  const size_t done = put >= 0 ? static_cast<size_t>(put) : errno == EPIPE ? all : 0;
  if (done) {
    msg_in passed_over{.data = bytes(static_cast<std::byte*>(nullptr), done)};
    (void)sock_recvmsg(*sock_, passed_over, MSG_DONTWAIT | MSG_TRUNC);
  }
  full_ = done < all;
  if (full_) now_full();
  return !full_;
}

// Nothing is left to be read: that is the end, or there is an error, which over() shows.
void stream_carrier::note_end() {
  std::byte none;
  msg_in in{.data = bytes(&none, 1)};
  const auto n = sock_recvmsg(*sock_, in, MSG_DONTWAIT);
  if (!n) {
    failed_ = n.error() == EAGAIN ? 0 : n.error().code;
    return;
  }
  assert(*n == 0);
  ::shutdown(ours_.get(), SHUT_WR);
  eof_in_ = true;
}

size_t stream_carrier::give(const_bytes data) {
  const auto n =
      sock_sendmsg(*sock_, {.name = {}, .data = data, .control = {}}, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n) return *n;
  const bool later = n.error() == EAGAIN || n.error() == EINPROGRESS;
  return later ? 0 : data.size();  // nobody takes it any more
}

// From the guest to the stack, as much as that has room for. False: there is more than it took.
bool stream_carrier::pump_out() {
  if (!unsent_.empty()) {
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(give(unsent_)));
    if (!unsent_.empty()) return false;
  }
  for (;;) {
    if (eof_out_ || stuffed_ || !(connected() || deferred())) return true;
    const bytes room = scratch();
    const ssize_t n = recv(ours_.get(), room.data(), room.size(), MSG_DONTWAIT);
    // The host tells so when the guest let go of what it had not read.
    if (n < 0 && errno == ECONNRESET) tcp_sk(*sock_).unread = eof_out_ = gone_ = true;
    if (n < 0) return true;
    if (n == 0) {
      eof_out_ = true;
      // A close is the stack's to end, by FIN or by reset; shutdown(2) sends a FIN.
      pollfd half = {ours_.get(), 0, 0};
      // Both halves are shut also when the guest has shut the one and the peer, or the guest, the other.
      if (poll(&half, 1, 0) == 1 && (half.revents & POLLHUP) && !theirs())
        gone_ = true;
      else
        (void)sock_shutdown(*sock_, SHUT_WR);
      return true;
    }
    const const_bytes written = room.first(static_cast<size_t>(n));
    if (const size_t taken = give(written); taken < written.size()) {
      const const_bytes rest = written.subspan(taken);
      unsent_.assign(rest.begin(), rest.end());
      return false;
    }
  }
}

bool stream_carrier::take_writes() {
  pump_out();
  return true;
}

bool stream_carrier::hang_up() {
  // As there: with a descriptor left, the socket has names and options still. Its last close is told once more.
  if (theirs()) {
    pump_out();
    return false;
  }
  gone_ = true;
  return ended_ || !connected() || (pump_out() && eof_out_);
}

// ECONNRESET is what the host reports of a pair whose other end was closed with something unread in it.
void stream_carrier::end() {
  auto& sk = *sock_->sk;
  // Behind the peer's FIN nothing is read any more, and who has shut his half can't have left anything unread.
  if (const unique_fd end = theirs(); end && failed_) {
    const std::byte one{};
    host_tells_ = send(end.get(), &one, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
  }
  ended_ = eof_out_ = true;
  unsent_.clear();
  ours_.reset();
  if (failed_)
    sk.sk_err = failed_;
  else
    failed_ = sk.sk_err;
}

// Whoever asked first has it: a plain read of the host, or a call of the stack.
bool stream_carrier::hides_error() const {
  return ended_ && !host_tells_ && !eof_in_ && sock_->sk->sk_err;
}

void stream_carrier::match_errors() {
  if (!host_tells_) return;
  const unique_fd end = theirs();
  pollfd host = {end.get(), 0, 0};
  if (!end || poll(&host, 1, 0) < 0) return;
  if (!(host.revents & POLLERR)) {
    sock_->sk->sk_err = 0;
  } else if (!sock_->sk->sk_err) {
    int told;
    socklen_t length = sizeof told;
    (void)getsockopt(end.get(), SOL_SOCKET, SO_ERROR, &told, &length);
  }
}

bool stream_carrier::wake() {
  pump_in();
  const bool drained = pump_out();
  return gone_ ? drained : over();
}

// A connect that failed is not the end: the descriptor says writable, and SO_ERROR why.
bool stream_carrier::over() const {
  if (gone_ || ended_) return false;
  const bool nothing_comes = connected_once_ && (eof_in_ || reads_shut_);
  return failed_ || (nothing_comes && sock_->sk->state == TCP_CLOSE && sock_->sk->sk_err);
}

}  // namespace linnet
