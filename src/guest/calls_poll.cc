// poll, select and their kin, for what a carrier cannot show:
//   a ring that has been read empty: its reader tells nobody, so it is looked at now.
//   a datagram whose checksum is wrong, which poll finds out (udp_poll).
//   an error: for select where the socket has asked that an error queue is told as an exception (SO_SELECT_ERR_QUEUE), for
//   poll always. When a polled socket of the world's has a pending error or an error queue, the call is answered here with
//   POLLERR, and with what the host's kernel says of all other descriptors at this moment; otherwise the host's kernel polls,
//   and an error that comes meanwhile ends its wait by making the carrier readable.
#include <poll.h>
#include <sys/epoll.h>

#include <array>
#include <vector>

#include "guest/carrier.hh"
#include "guest/supervisor.hh"
#include "guest/supervisor_calls.hh"
#include "net/socket.hh"

namespace linnet {
namespace {

constexpr u64 most_polled = 256;  // a larger set is left to the host's kernel

// What holds for one descriptor now.
short ready_now(supervisor& s, const guest_call& c, const pollfd& p, carrier* on) {
  if (p.fd < 0) return 0;
  if (on && !on->as_stream() && (on->has_error() || sock_head_is_wrong(on->sock())))
    return static_cast<short>(on->poll_mask() & (static_cast<u16>(p.events) | POLLERR | POLLHUP));
  const unique_fd copy = s.processes.duplicate(c.tgid, p.fd);
  if (!copy) return POLLNVAL;
  pollfd native = {copy.get(), p.events, 0};
  if (poll(&native, 1, 0) < 0) return 0;
  if (!on || !on->has_error()) return native.revents;
  // Of a stream the pair knows all but the error: readable only for its sake, unless something is there too.
  if (on->shows_error_only()) native.revents &= static_cast<short>(~(POLLIN | POLLRDNORM));
  return static_cast<short>(native.revents | POLLERR);
}

// What poll does about datagrams whose checksum is wrong: a descriptor that would wait in a read isn't readable for them, and they
// go. True when one that doesn't wait is, so that the call must be answered here.
bool readable_for_wrong(supervisor& s, const guest_call& c, int fd, carrier& on) {
  if (!sock_head_is_wrong(on.sock())) return false;
  if (s.nonblocking(c, fd)) return true;
  if (!(sock_poll(on.sock()) & EPOLLRDHUP)) sock_drop_wrong(on.sock());
  return false;
}

}  // namespace

call_reply sys_poll(supervisor& s, guest_call& c) {
  const u64 count = c.args[1];
  if (s.poll_is_plain() || count == 0 || count > most_polled) return call_reply::pass();
  std::vector<pollfd> set(count);
  const bytes raw = std::as_writable_bytes(std::span(set));
  if (!c.mem.read(c.args[0], raw)) return call_reply::pass();  // the host's kernel says EFAULT
  std::vector<carrier*> on;
  bool error = false;
  for (const pollfd& p : set) {
    on.push_back(p.fd < 0 ? nullptr : s.find_carrier(c, p.fd));
    if (!on.back()) continue;
    if (s.rings.contains(*on.back())) on.back()->settle(s.end_of(c, p.fd));
    if (p.events & (POLLIN | POLLRDNORM)) error |= readable_for_wrong(s, c, p.fd, *on.back());
    error |= on.back()->has_error();
  }
  if (!error) return call_reply::pass();
  int ready = 0;
  for (size_t i = 0; i < set.size(); ++i) {
    set[i].revents = ready_now(s, c, set[i], on[i]);
    ready += set[i].revents != 0;
  }
  return c.mem.write(c.args[0], raw) ? call_reply::value(ready) : call_reply::fail(EFAULT);
}

namespace {

// The three sets of a select, of which any may be absent, as the guest's memory has them.
class select_sets {
 public:
  select_sets(const guest_call& c, size_t count) : words_((count + 63) / 64) {
    for (size_t i = 0; i < 3; ++i) {
      if (!c.args[i + 1]) continue;
      sets_[i].resize(words_);
      whole_ &= c.mem.read(c.args[i + 1], std::as_writable_bytes(std::span(sets_[i])));
    }
  }
  bool whole() const { return whole_; }
  bool has(size_t set, size_t fd) const {
    return !sets_[set].empty() && sets_[set][fd / 64] >> fd % 64 & 1;
  }
  void keep(size_t set, size_t fd, bool ready) {
    if (!ready) sets_[set][fd / 64] &= ~(u64{1} << fd % 64);
  }
  bool write(const guest_call& c) {
    bool done = true;
    for (size_t i = 0; i < 3; ++i)
      if (!sets_[i].empty())
        done &= c.mem.write(c.args[i + 1], std::as_writable_bytes(std::span(sets_[i])));
    return done;
  }

 private:
  size_t words_;
  std::array<std::vector<u64>, 3> sets_;
  bool whole_ = true;
};

// What each set of select asks poll for, and what of its answer is ready there (man 2 select).
struct selected {
  short events, ready;
};
constexpr std::array<selected, 3> select_events = {
    {{POLLIN, POLLIN | POLLHUP | POLLERR}, {POLLOUT, POLLOUT | POLLERR}, {POLLPRI, POLLPRI}}};

}  // namespace

// Programs select and then read in a way that waits (nmap): what is shown must be there.
call_reply sys_select(supervisor& s, guest_call& c) {
  s.rings.look_at_all(s.processes);
  const u64 count = c.args[0];
  if (count > most_polled || (!(c.args[3] && s.any_error()) && !s.any_wrong()))
    return call_reply::pass();
  select_sets sets(c, count);
  if (!sets.whole()) return call_reply::pass();
  bool here = false;
  for (size_t fd = 0; fd < count; ++fd) {
    if (!sets.has(0, fd) && !sets.has(2, fd)) continue;
    carrier* on = s.find_carrier(c, static_cast<int>(fd));
    if (!on) continue;
    if (sets.has(0, fd)) here |= readable_for_wrong(s, c, static_cast<int>(fd), *on);
    if (sets.has(2, fd)) here |= on->has_error() && (on->poll_mask() & POLLPRI);
  }
  if (!here) return call_reply::pass();
  int ready = 0;
  for (size_t fd = 0; fd < count; ++fd) {
    pollfd p = {static_cast<int>(fd), 0, 0};
    for (size_t set = 0; set < 3; ++set)
      if (sets.has(set, fd)) p.events = static_cast<short>(p.events | select_events[set].events);
    if (!p.events) continue;
    const short now = ready_now(s, c, p, s.find_carrier(c, p.fd));
    if (now & POLLNVAL) return call_reply::fail(EBADF);
    for (size_t set = 0; set < 3; ++set) {
      if (!sets.has(set, fd)) continue;
      const bool is = now & select_events[set].ready;
      sets.keep(set, fd, is);
      ready += is;
    }
  }
  return sets.write(c) ? call_reply::value(ready) : call_reply::fail(EFAULT);
}

}  // namespace linnet
