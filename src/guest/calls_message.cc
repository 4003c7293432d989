// Sending and receiving. A guest's buffers are copied whole before the stack sees them, and back after; one
// sendmmsg or recvmmsg is a loop over its messages that ends at the first that would block.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <limits>

#include "guest/stream_carrier.hh"
#include "guest/supervisor.hh"
#include "guest/supervisor_calls.hh"
#include "net/core/optmem.hh"
#include "net/core/sock.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

constexpr u64 max_send = 4 << 20;  // beyond any send buffer of a datagram socket: EMSGSIZE at once
constexpr u64 max_receive = 1 << 20;      // as much of a guest's buffer as one message can fill
constexpr u64 max_rw_count = 0x7ffff000;  // as much as one call of Linux's moves
constexpr u64 user_addresses = (u64{1} << 47) - 4096;

// A message of the guest's, in the shape that both sendto and sendmsg can be brought to.
struct guest_message {
  u64 name = 0;
  u32 namelen = 0;
  bool named = false;  // to send: there is a name, though its length may be 0
  std::vector<guest_iovec> iov;
  u64 control = 0;
  u64 controllen = 0;
};

int read_header(const guest_call& c, const guest_msghdr& h, guest_message& m) {
  if (h.name != 0 && static_cast<int>(h.namelen) < 0) return EINVAL;
  m.name = h.name;
  m.namelen = h.name ? std::min<u32>(h.namelen, sizeof(sockaddr_storage)) : 0;
  m.named = m.namelen > 0;
  m.control = h.control;
  m.controllen = h.controllen;
  return read_iovec(c.mem, h.iov, h.iovlen, m.iov);
}

// One buffer, as sendto and recvfrom give it.
int single_buffer(u64 base, u64 length, guest_message& m) {
  // What reaches beyond all addresses of a program is refused before anything else (access_ok).
  length = std::min<u64>(length, max_rw_count);
  if (base > user_addresses || length > user_addresses - base) return EFAULT;
  m.iov = {{base, length}};
  return 0;
}

bool may_wait(supervisor& s, guest_call& c, int flags) {
  return !c.timed_out && !(flags & MSG_DONTWAIT) && !s.nonblocking(c, c.int_arg(0));
}

call_reply wait_on(supervisor& s, guest_call& c, carrier& on, ktime timeout) {
  if (!c.deadline && timeout != ktime_max) c.deadline = s.w.now() + timeout;
  return call_reply::wait_for(on);
}

result<size_t> send_one(guest_call& c, carrier& on, const guest_message& m, int flags) {
  std::vector<std::byte> name(m.namelen), data, control;
  if (!c.mem.read(m.name, name)) return err(EFAULT);
  // A name of no length is one all the same.
  static constexpr std::byte no_bytes{};
  const const_bytes named = !m.named       ? const_bytes()
                            : name.empty() ? const_bytes(&no_bytes, 0)
                                           : name;
  if (stream_carrier* stream = on.as_stream(); stream && !stream->all_taken()) return err(EAGAIN);
  if (iovec_bytes(m.iov) > max_send) return err(EMSGSIZE);
  if (!control_fits(*on.sock().sk, m.controllen)) return err(ENOBUFS);
  control.resize(m.controllen);
  if (!c.mem.read(m.control, control)) return err(EFAULT);
  const_bytes all;
  // Who comes to copy what isn't there says EFAULT; until then other things may be wrong.
  if (const int e = gather(c.mem, m.iov, data); e == EFAULT && on.sock().type != SOCK_STREAM)
    all = const_bytes(static_cast<const std::byte*>(nullptr), iovec_bytes(m.iov));
  else if (e)
    return err(e);
  else
    all = data;
  return sock_sendmsg(on.sock(), {.name = named, .data = all, .control = control},
                      flags | MSG_DONTWAIT);
}

call_reply send_reply(supervisor& s, guest_call& c, carrier& on, const result<size_t>& sent,
                      int flags) {
  if (sent) return call_reply::value(static_cast<s64>(*sent));
  if (sent.error() == EAGAIN && may_wait(s, c, flags))
    return wait_on(s, c, on, sock_sndtimeo(on.sock()));
  if (sent.error() == EPIPE && on.sock().type == SOCK_STREAM && !(flags & MSG_NOSIGNAL))
    syscall(SYS_tgkill, c.tgid, c.tid, SIGPIPE);
  return call_reply::fail(sent.error().code);
}

// The buffers behind their first `n` bytes.
void skip(std::vector<guest_iovec>& iov, size_t n) {
  while (n && !iov.empty()) {
    const size_t part = std::min<size_t>(n, iov.front().len);
    iov.front().base += part;
    iov.front().len -= part;
    n -= part;
    if (!iov.front().len) iov.erase(iov.begin());
  }
}

// MSG_FASTOPEN: connects, and some of the data may go with the SYN. Who may wait does so until the handshake has ended, and
// then sends the rest.
call_reply send_fastopen(supervisor& s, guest_call& c, stream_carrier& on, guest_message m,
                         int flags) {
  sock& sk = *on.sock().sk;
  if (!c.connecting) {
    const auto sent = send_one(c, on, m, flags);
    if (!sent && sent.error() != EINPROGRESS) return send_reply(s, c, on, sent, flags);
    const bool waits = may_wait(s, c, flags);
    if (sk.state == TCP_SYN_SENT) on.connecting(!waits);
    if (!waits) return send_reply(s, c, on, sent, flags);
    c.connecting = true;
    c.moved = sent ? *sent : 0;
    static_cast<tcp_sock&>(sk).write_pending = c.moved < iovec_bytes(m.iov);
    return wait_on(s, c, on, sock_sndtimeo(on.sock()));
  }
  if (sk.state == TCP_SYN_SENT) {
    if (!c.timed_out) return wait_on(s, c, on, sock_sndtimeo(on.sock()));
    return c.moved ? call_reply::value(static_cast<s64>(c.moved)) : call_reply::fail(EINPROGRESS);
  }
  static_cast<tcp_sock&>(sk).write_pending = false;
  if (sk.state == TCP_CLOSE) {
    const int e = sock_error(sk);
    return call_reply::fail(e ? e : ECONNABORTED);
  }
  skip(m.iov, c.moved);
  if (m.iov.empty()) return call_reply::value(static_cast<s64>(c.moved));
  m.named = false;
  m.namelen = 0;
  const auto sent = send_one(c, on, m, flags & ~MSG_FASTOPEN);
  if (!c.moved) return send_reply(s, c, on, sent, flags);
  return call_reply::value(static_cast<s64>(c.moved + (sent ? *sent : 0)));
}

// The buffers' first `n` bytes.
void keep(std::vector<guest_iovec>& iov, u64 n) {
  for (guest_iovec& v : iov) n -= v.len = std::min<u64>(v.len, n);
}

// What of a stream's bytes comes to the stack by calls (MSG_ZEROCOPY). Who may wait does so until all of it has gone, in
// parts of which the first alone is the call that notices count: all are copied. Errors of later parts are for the next call.
call_reply send_stream(supervisor& s, guest_call& c, carrier& on, guest_message m, int flags) {
  const size_t all = iovec_bytes(m.iov);
  const bool more = c.moved != 0;
  if (more && on.sock().sk->sk_err) return call_reply::value(static_cast<s64>(c.moved));
  skip(m.iov, c.moved);
  keep(m.iov, max_send);
  const auto sent = send_one(c, on, m, more ? flags & ~MSG_ZEROCOPY : flags);
  if (!sent && !more) return send_reply(s, c, on, sent, flags);
  c.moved += sent.value_or(0);
  const bool full = sent || sent.error() == EAGAIN;
  if (full && c.moved < all && may_wait(s, c, flags))
    return wait_on(s, c, on, sock_sndtimeo(on.sock()));
  return call_reply::value(static_cast<s64>(c.moved));
}

call_reply send_message(supervisor& s, guest_call& c, carrier& on, const guest_message& m,
                        int flags) {
  stream_carrier* stream = on.as_stream();
  if (stream && flags & MSG_FASTOPEN) return send_fastopen(s, c, *stream, m, flags);
  if (stream) return send_stream(s, c, on, m, flags);
  return send_reply(s, c, on, send_one(c, on, m, flags), flags);
}

// What a receive gave, kept until the guest is known to have it.
struct received {
  size_t length = 0;
  u32 flags = 0;
  u32 namelen = 0;
  u64 controllen = 0;
  std::optional<parked_message> taken;
};

// put_cmsg for each control message: the first that doesn't fit is cut, and MSG_CTRUNC set.
std::vector<std::byte> fit_control(const_bytes control, u64 room, u32& flags) {
  std::vector<std::byte> out;
  while (control.size() >= sizeof(cmsghdr)) {
    cmsghdr h;
    memcpy(&h, control.data(), sizeof h);
    if (h.cmsg_len < sizeof h || h.cmsg_len > control.size()) break;
    const size_t left = room - out.size();
    if (left < sizeof h) {
      flags |= MSG_CTRUNC;
      break;
    }
    if (left < h.cmsg_len) flags |= MSG_CTRUNC;
    h.cmsg_len = std::min(h.cmsg_len, left);
    const size_t space = std::min(CMSG_ALIGN(h.cmsg_len), left);
    const size_t at = out.size();
    out.resize(at + space);
    memcpy(out.data() + at, control.data(), h.cmsg_len);
    memcpy(out.data() + at, &h, sizeof h);
    control = control.subspan(std::min(control.size(), CMSG_ALIGN(h.cmsg_len)));
    if (flags & MSG_CTRUNC) break;
  }
  return out;
}

// Receives one message; what the guest is to find in its memory goes to `out`.
result<received> receive_one(supervisor& s, guest_call& c, carrier& on, const guest_message& m,
                             int flags, guest_writes& out) {
  const size_t room = std::min(iovec_bytes(m.iov), max_receive);
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(room);
  msg_in in{.data = {buffer.get(), room}};
  received r;
  // Only the answer to a trapped call can be lost.
  auto* taken = c.id ? &r.taken : nullptr;
  const auto n = on.receive(s.end_of(c, c.int_arg(0)), in, flags, taken);
  if (!n) return std::unexpected(n.error());
  r.length = *n;
  r.flags = static_cast<u32>(in.flags);
  r.namelen = in.namelen;
  scatter(out, m.iov, const_bytes(in.data).first(std::min(*n, room)));
  const size_t name_bytes = std::min(m.namelen, in.namelen);
  if (m.name) out.add(m.name, std::as_bytes(std::span(&in.name, 1)).first(name_bytes));
  const auto control = fit_control(in.control, m.control ? m.controllen : 0, r.flags);
  out.add(m.control, const_bytes(control));
  r.controllen = control.size();
  return r;
}

call_reply receive_failed(supervisor& s, guest_call& c, carrier& on, const error& e, int flags) {
  if (e == EAGAIN && !(flags & MSG_ERRQUEUE) && may_wait(s, c, flags)) {
    // Who asks by a channel is told that he would wait, and doesn't if he must not.
    if (!c.inode && sock_poll(on.sock()) & EPOLLRDHUP)
      return call_reply::value(0);  // shut down: none will come
    // The time runs anew when something came that was dropped (udp_recvmsg).
    const u32 drops = on.sock().sk->drops;
    if (std::exchange(c.drops, drops) != drops) c.deadline.reset();
    return wait_on(s, c, on, sock_rcvtimeo(on.sock()));
  }
  return call_reply::fail(e.code);
}

// An answer whose messages go back into the queue when the guest is not there to take it.
call_reply receive_reply(supervisor& s, guest_call& c, carrier& on, s64 value,
                         std::vector<parked_message> taken) {
  call_reply reply = call_reply::value(value);
  if (!taken.empty())
    reply.undo = [&s, end = s.end_of(c, c.int_arg(0)), inode = on.inode(),
                  taken = std::move(taken)]() mutable {
      carrier* to = s.carrier_of(inode);
      if (!to) return;
      for (auto it = taken.rbegin(); it != taken.rend(); ++it) to->give_back(end, std::move(*it));
    };
  return reply;
}

void write_back(guest_writes& out, u64 at, guest_msghdr h, const received& r) {
  if (h.name) h.namelen = r.namelen;
  h.controllen = r.controllen;
  h.flags = r.flags;
  out.add(at, h);
}

// While it lives, messages are taken from the queue and the pair is left alone; then it shows what is left. The page
// that a dump makes next is left for when the guest has its answer.
class taking {
 public:
  taking(supervisor& s, carrier& on) : s_(s), on_(on) {}
  ~taking() {
    if (sock_has_deferred(on_.sock()))
      s_.refill_later(on_);
    else
      s_.show(on_);
  }
  taking(const taking&) = delete;
  taking& operator=(const taking&) = delete;

 private:
  supervisor& s_;
  carrier& on_;
};

// Whether the host's socket takes what is sent. It would not with an address, which TCP doesn't look at.
bool left_to_host(carrier& on, int flags, u64 name) {
  stream_carrier* stream = on.as_stream();
  return stream && !name && stream->leaves_send(flags);
}

void add_taken(std::vector<parked_message>& all, received& r) {
  if (r.taken) all.push_back(std::move(*r.taken));
}

}  // namespace

call_reply sys_sendto(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(0));
  if (!on) return call_reply::pass();
  if (left_to_host(*on, c.int_arg(3), c.args[4])) return call_reply::pass();
  guest_message m;
  if (const int e = single_buffer(c.args[1], c.args[2], m)) return call_reply::fail(e);
  if (c.args[4] != 0) {
    if (c.u32_arg(5) > sizeof(sockaddr_storage)) return call_reply::fail(EINVAL);
    m.name = c.args[4];
    m.namelen = c.u32_arg(5);
    m.named = true;
  }
  const int flags = c.int_arg(3);
  return send_message(s, c, *on, m, flags);
}

call_reply sys_sendmsg(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(0));
  if (!on) return call_reply::pass();
  const auto h = c.mem.get<guest_msghdr>(c.args[1]);
  if (left_to_host(*on, c.int_arg(2), h ? h->name : 0)) return call_reply::pass();
  if (!h) return call_reply::fail(EFAULT);
  guest_message m;
  if (const int e = read_header(c, *h, m)) return call_reply::fail(e);
  const int flags = c.int_arg(2);
  return send_message(s, c, *on, m, flags);
}

call_reply sys_sendmmsg(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(0));
  if (!on) return call_reply::pass();
  const auto first = c.mem.get<guest_msghdr>(c.args[1]);
  if (left_to_host(*on, c.int_arg(3), first ? first->name : 0)) return call_reply::pass();
  const u32 count = std::min<u32>(c.u32_arg(2), UIO_MAXIOV);
  const int flags = c.int_arg(3);
  for (u32 i = 0; i < count; ++i) {
    const u64 at = c.args[1] + i * sizeof(guest_mmsghdr);
    const auto fail = [&](int e) { return i > 0 ? call_reply::value(i) : call_reply::fail(e); };
    const auto h = c.mem.get<guest_msghdr>(at);
    if (!h) return fail(EFAULT);
    guest_message m;
    if (const int e = read_header(c, *h, m)) return fail(e);
    const auto sent = send_one(c, *on, m, flags);
    if (!sent && i == 0) return send_reply(s, c, *on, sent, flags);
    if (!sent) return call_reply::value(i);
    if (!c.mem.put(at + offsetof(guest_mmsghdr, len), static_cast<u32>(*sent))) return fail(EFAULT);
  }
  return call_reply::value(count);
}

call_reply sys_recvfrom(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(0));
  if (!on) return call_reply::pass();
  if (stream_carrier* stream = on->as_stream();
      stream && stream->leaves_receive(c.int_arg(3), c.args[2] == 0))
    return call_reply::pass();
  guest_message m;
  if (const int e = single_buffer(c.args[1], c.args[2], m)) return call_reply::fail(e);
  // A length that cannot be is found out when the message is off the queue.
  int room = 0;
  bool room_known = true;
  if (c.args[4] != 0) {
    const auto told = c.mem.get<int>(c.args[5]);
    room_known = told.has_value();
    room = told.value_or(0);
    if (room_known && room >= 0) {
      m.name = c.args[4];
      m.namelen = static_cast<u32>(room);
    }
  }
  const int flags = c.int_arg(3);
  guest_writes out;
  const taking until_answered(s, *on);
  auto r = receive_one(s, c, *on, m, flags, out);
  if (!r) return receive_failed(s, c, *on, r.error(), flags);
  if (m.name) out.add(c.args[5], r->namelen);
  if (!out.flush(c.mem) || !room_known) return call_reply::fail(EFAULT);
  if (room < 0) return call_reply::fail(EINVAL);
  std::vector<parked_message> taken;
  add_taken(taken, *r);
  return receive_reply(s, c, *on, static_cast<s64>(r->length), std::move(taken));
}

call_reply sys_recvmsg(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(0));
  if (!on) return call_reply::pass();
  if (stream_carrier* stream = on->as_stream(); stream && stream->leaves_receive(c.int_arg(2)))
    return call_reply::pass();
  const auto h = c.mem.get<guest_msghdr>(c.args[1]);
  if (!h) return call_reply::fail(EFAULT);
  guest_message m;
  if (const int e = read_header(c, *h, m)) return call_reply::fail(e);
  const int flags = c.int_arg(2);
  guest_writes out;
  const taking until_answered(s, *on);
  auto r = receive_one(s, c, *on, m, flags, out);
  if (!r) return receive_failed(s, c, *on, r.error(), flags);
  write_back(out, c.args[1], *h, *r);
  if (!out.flush(c.mem)) return call_reply::fail(EFAULT);
  std::vector<parked_message> taken;
  add_taken(taken, *r);
  return receive_reply(s, c, *on, static_cast<s64>(r->length), std::move(taken));
}

namespace {

// One of recvmmsg's messages into the guest's header at `at`. An errno when it stops there.
int receive_into(supervisor& s, guest_call& c, carrier& on, u64 at, int flags,
                 std::vector<parked_message>& taken) {
  const auto h = c.mem.get<guest_msghdr>(at);
  if (!h) return EFAULT;
  guest_message m;
  if (const int bad = read_header(c, *h, m)) return bad;
  guest_writes out;
  auto r = receive_one(s, c, on, m, flags, out);
  if (!r) return r.error().code;
  add_taken(taken, *r);
  write_back(out, at, *h, *r);
  out.add(at + offsetof(guest_mmsghdr, len), static_cast<u32>(r->length));
  return out.flush(c.mem) ? 0 : EFAULT;
}

}  // namespace

// Returns with what is there already; only the first message is waited for, as with MSG_WAITFORONE.
call_reply sys_recvmmsg(supervisor& s, guest_call& c) {
  carrier* on = s.find_carrier(c, c.int_arg(0));
  if (!on) return call_reply::pass();
  if (stream_carrier* stream = on->as_stream(); stream && stream->leaves_receive(c.int_arg(3)))
    return call_reply::pass();
  if (c.args[4] != 0) {
    const auto timeout = c.mem.get<timespec>(c.args[4]);
    if (!timeout) return call_reply::fail(EFAULT);
    if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= ns_per_sec)
      return call_reply::fail(EINVAL);
  }
  const u32 count = std::min<u32>(c.u32_arg(2), UIO_MAXIOV);
  const int flags = c.int_arg(3) & ~MSG_WAITFORONE;
  std::vector<parked_message> taken;
  u32 done = 0;
  int stopped = 0;
  const taking until_answered(s, *on);
  for (; done < count; ++done) {
    stopped = receive_into(s, c, *on, c.args[1] + done * sizeof(guest_mmsghdr), flags, taken);
    if (stopped) break;
  }
  if (stopped && done == 0) return receive_failed(s, c, *on, error{stopped}, flags);
  // What stopped it later is the socket's error, which the next call hears of (__sys_recvmmsg).
  if (stopped && stopped != EAGAIN) on->sock().sk->sk_err = stopped;
  return receive_reply(s, c, *on, done, std::move(taken));
}

}  // namespace linnet
