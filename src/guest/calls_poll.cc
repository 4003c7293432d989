// poll, select and their kin, for what a carrier cannot show. One is that a ring has been read empty: its reader tells nobody, so
// it is looked at now. The other is an error, for poll only. When a polled socket of the world's has
// a pending error or an error queue, the call is answered here with POLLERR, and with what the host's kernel
// says of all other descriptors at this moment; otherwise the host's kernel polls, and an error that comes
// meanwhile ends its wait by making the carrier readable.
#include <poll.h>
#include <sys/epoll.h>

#include <vector>

#include "guest/carrier.hh"
#include "guest/supervisor.hh"
#include "guest/supervisor_calls.hh"

namespace linnet {
namespace {

constexpr u64 most_polled = 256;  // a larger set is left to the host's kernel

// What holds for one descriptor now.
short ready_now(supervisor& s, const guest_call& c, const pollfd& p, carrier* on) {
  if (p.fd < 0) return 0;
  if (on && on->has_error() && !on->as_stream())
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

// Programs select and then read in a way that waits (nmap): what is shown must be there.
call_reply sys_select(supervisor& s, guest_call&) {
  s.rings.look_at_all(s.processes);
  return call_reply::pass();
}

}  // namespace linnet
