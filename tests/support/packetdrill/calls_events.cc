// poll and epoll.
#include <memory>

#include "tests/support/packetdrill/calls.hh"

namespace linnet::packetdrill {
namespace {

const expr& needed(const expr& record, const char* name) {
  const expr* f = record.is(expr::kind::record) ? record.field(name) : nullptr;
  if (!f) bad_argument(std::string("expected a structure with ") + name);
  return *f;
}

std::string differs(const char* what, s64 expected, s64 actual) {
  return std::string(what) + ": expected " + std::to_string(expected) + ", actual " +
         std::to_string(actual);
}

prepared_call poll_call(state& s, const syscall_spec& c) {
  if (c.args.size() != 3 || !c.args[0].is(expr::kind::list))
    bad_argument("expected poll([{fd=, events=}], n, timeout)");
  const auto fds = std::make_shared<std::vector<pollfd>>();
  for (const expr& e : c.args[0].items)
    fds->push_back(
        {fd_of(s, needed(e, "fd")), static_cast<short>(integer_of(needed(e, "events"))), 0});
  const int timeout = static_cast<int>(integer_of(c.args[2]));
  return {[&s, fds, timeout] { return s.k.poll(fds->data(), fds->size(), timeout); },
          [&c, fds](s64 v, int) -> std::string {
            for (size_t i = 0; v >= 0 && i < fds->size(); ++i)
              if (const expr* want = c.args[0].items[i].field("revents"))
                if (integer_of(*want) != (*fds)[i].revents)
                  return differs("revents", integer_of(*want), (*fds)[i].revents);
            return {};
          }};
}

// An event's data is the descriptor as the script has it, whatever the field is called.
u64 data_of(const expr& e) {
  for (const char* n : {"fd", "ptr", "u32", "u64"})
    if (const expr* f = e.field(n)) return static_cast<u64>(integer_of(*f));
  return 0;
}

prepared_call control_call(state& s, const syscall_spec& c) {
  if (c.args.size() != 4) bad_argument("epoll_ctl takes 4 arguments");
  const int epfd = fd_of(s, c.args[0]), op = static_cast<int>(integer_of(c.args[1])),
            fd = fd_of(s, c.args[2]);
  epoll_event e{};
  if (c.args[3].is(expr::kind::record)) {
    e.events = static_cast<u32>(integer_of(needed(c.args[3], "events")));
    e.data.u64 = data_of(c.args[3]);
  }
  return {[&s, epfd, op, fd, e]() mutable { return s.k.epoll_ctl(epfd, op, fd, &e); },
          [](s64, int) { return std::string(); }};
}

prepared_call wait_call(state& s, const syscall_spec& c) {
  if (c.args.size() != 4) bad_argument("epoll_wait takes 4 arguments");
  const int epfd = fd_of(s, c.args[0]), max = static_cast<int>(integer_of(c.args[2])),
            timeout = static_cast<int>(integer_of(c.args[3]));
  if (max < 0 || max > 1024) bad_argument("maxevents out of range");
  const auto got =
      std::make_shared<std::vector<epoll_event>>(static_cast<size_t>(std::max(max, 1)));
  return {[&s, epfd, max, timeout, got] { return s.k.epoll_wait(epfd, got->data(), max, timeout); },
          [&c, got](s64 v, int) -> std::string {
            const bool list = c.args[1].is(expr::kind::list);
            const size_t named = list ? c.args[1].items.size() : 1;
            for (size_t i = 0; i < named && static_cast<s64>(i) < v; ++i) {
              const expr& want = list ? c.args[1].items[i] : c.args[1];
              if (!want.is(expr::kind::record)) continue;
              const epoll_event& e = (*got)[i];
              if (const s64 w = integer_of(needed(want, "events")); w != s64{e.events})
                return differs("events", w, e.events);
              if (data_of(want) != e.data.u64)
                return differs("fd", static_cast<s64>(data_of(want)), static_cast<s64>(e.data.u64));
            }
            return {};
          }};
}

}  // namespace

prepared_call prepare_events(state& s, const syscall_spec& c) {
  if (c.name == "poll") return poll_call(s, c);
  if (c.name == "epoll_ctl") return control_call(s, c);
  if (c.name == "epoll_wait") return wait_call(s, c);
  const int size = c.args.empty() ? 1 : static_cast<int>(integer_of(c.args[0]));
  return {[&s, size] { return s.k.epoll_create(size); }, {}};
}

}  // namespace linnet::packetdrill
