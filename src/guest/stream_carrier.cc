// Bytes through a stream's pair, both ways.
#include "guest/stream_carrier.hh"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "net/core/sock.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

constexpr size_t chunk = 64 * 1024;

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
  unique_fd fd = end_ ? end_() : unique_fd();
  struct stat st;
  if (!fd || fstat(fd.get(), &st) != 0 || st.st_ino != inode()) return {};
  return fd;
}

u32 stream_carrier::in_pair() const {
  const unique_fd end = theirs();
  int n = 0;
  if (!end || ioctl(end.get(), FIONREAD, &n) != 0) return 0;
  return static_cast<u32>(n);
}

u32 stream_carrier::held() const {
  if (!connected_once_) return 0;
  return in_pair() + static_cast<u32>(unread_.size()) + (eof_in_ && !eof_read_);
}

bool stream_carrier::connected() const {
  const u8 state = sock_->sk->state;
  return state != TCP_CLOSE && state != TCP_LISTEN && state != TCP_SYN_SENT;
}

bool stream_carrier::has_error() const { return (sock_poll(*sock_) & EPOLLERR) != 0; }

bool stream_carrier::shows_error_only() const {
  int queued = 0;
  return !(ioctl(ours_.get(), SIOCOUTQ, &queued) == 0 && queued > 0) && !eof_in_;
}

// What the guest sends and receives while connected flows through the pair. All else is for the stack to refuse.
bool stream_carrier::leaves_send(int flags) {
  return !(flags & (MSG_OOB | MSG_FASTOPEN | MSG_ERRQUEUE)) && (connected() || eof_in_) &&
         !has_error();
}

bool stream_carrier::leaves_receive(int flags) {
  if (flags & (MSG_OOB | MSG_ERRQUEUE)) return false;
  if (reads_shut_ && in_pair() == 0) return false;
  pump_in();
  if (eof_in_ && !eof_read_ && !(flags & MSG_PEEK)) eof_read_ = in_pair() == 0;
  if (eof_in_ || !shows_error_only()) return true;
  return connected() && !has_error();
}

void stream_carrier::connecting(bool stuff) {
  if (stuffed_ || !stuff) return;
  const unique_fd theirs = end_();
  if (!theirs) return;
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
}

call_reply stream_carrier::shutdown(int how) {
  if (how < SHUT_RD || how > SHUT_RDWR) return call_reply::fail(EINVAL);
  if (!connected()) return call_reply::of(sock_shutdown(*sock_, how));
  if (how != SHUT_WR) {
    if (const status done = sock_shutdown(*sock_, SHUT_RD); !done) return call_reply::of(done);
    reads_shut_ = true;
  }
  // The host closes the guest's half, and we see its end behind what is still in it.
  return call_reply::pass();
}

// A byte in front of accept(2).
void stream_carrier::show_listening() {
  const bool waits = sock_poll(*sock_) & EPOLLIN;
  if (waits == token_) return;
  if (waits) {
    const std::byte one{};
    token_ = send(ours_.get(), &one, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
  }
}

void stream_carrier::settle(const guest_end& end) {
  if (token_ && !(sock_poll(*sock_) & EPOLLIN)) {
    if (const unique_fd theirs = end()) {
      std::byte one;
      if (recv(theirs.get(), &one, 1, MSG_DONTWAIT) == 1) token_ = false;
    }
  }
  pump_in();
}

// From the stack to the guest, as much as the pair takes.
void stream_carrier::pump_in() {
  if (sock_->sk->state == TCP_LISTEN) return show_listening();
  if (stuffed_ && sock_->sk->state != TCP_SYN_SENT) unstuff();
  connected_once_ |= connected();
  if (!connected_once_ || reset_ || eof_in_ || failed_ || reads_shut_) return;
  for (;;) {
    if (unread_.empty()) {
      if (!(sock_poll(*sock_) & EPOLLIN)) return;
      msg_in in{.data = scratch()};
      const auto n = sock_recvmsg(*sock_, in, MSG_DONTWAIT);
      if (!n) {
        failed_ = n.error() == EAGAIN ? 0 : n.error().code;  // which wake() shows
        return;
      }
      if (*n == 0) {
        ::shutdown(ours_.get(), SHUT_WR);
        eof_in_ = true;
        return;
      }
      const ssize_t put = send(ours_.get(), in.data.data(), *n, MSG_DONTWAIT | MSG_NOSIGNAL);
      const size_t done = put > 0 ? static_cast<size_t>(put) : 0;
      if (put < 0 && errno == EPIPE) continue;  // the guest does not listen: it is read for nobody
      if (done < *n) {
        unread_.assign(in.data.begin() + static_cast<std::ptrdiff_t>(done),
                       in.data.begin() + static_cast<std::ptrdiff_t>(*n));
        return;
      }
    } else {
      const ssize_t put =
          send(ours_.get(), unread_.data(), unread_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (put < 0 && errno == EPIPE) {
        unread_.clear();
        continue;
      }
      if (put <= 0) return;
      unread_.erase(unread_.begin(), unread_.begin() + put);
      if (!unread_.empty()) return;
    }
  }
}

// From the guest to the stack, as much as that has room for. False: there is more than it took.
bool stream_carrier::pump_out() {
  for (;;) {
    if (!unsent_.empty()) {
      const auto n = sock_sendmsg(*sock_, {.name = {}, .data = unsent_, .control = {}},
                                  MSG_DONTWAIT | MSG_NOSIGNAL);
      if (!n && n.error() == EAGAIN) return false;
      const size_t done = n ? *n : unsent_.size();  // nobody takes it any more
      unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(done));
      if (!unsent_.empty()) return false;
    }
    if (eof_out_ || stuffed_ || !connected()) return true;
    const ssize_t n = recv(ours_.get(), scratch().data(), chunk, MSG_DONTWAIT);
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
    unsent_.assign(scratch().begin(), scratch().begin() + n);
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
  return reset_ || !connected() || (pump_out() && eof_out_);
}

// ECONNRESET is what the host reports of a pair whose other end was closed with something unread in it.
void stream_carrier::reset() {
  reset_ = true;
  const unique_fd end = theirs();
  if (!end) return;
  const std::byte one{};
  (void)!send(end.get(), &one, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool stream_carrier::wake() {
  pump_in();
  const bool drained = pump_out();
  if (gone_) return drained;
  // Closed under the guest: by the peer's reset, or because nobody answered any more. A connect that failed is not
  // the end: the descriptor says writable, and SO_ERROR why.
  if (!failed_ || !unread_.empty()) return false;
  reset();
  return true;
}

}  // namespace linnet
