// The current directory. One of ours stands in the private directory: the guest's own thread is made to go there, by a
// descriptor (injection.hh), and asked where it is, we say it in the guest's terms. Paths that are relative to it are
// mapped back in the same way (path_call.hh).
#include <fcntl.h>
#include <sys/syscall.h>

#include "guest/calls_etc.hh"
#include "guest/injection.hh"
#include "guest/path_call.hh"
#include "guest/supervisor.hh"
#include "guest/supervisor_calls.hh"

namespace linnet {
namespace {

using kind = virtual_path::kind;

result<unique_fd> opened(int fd) {
  if (fd < 0) return err(errno);
  return unique_fd(fd);
}

result<unique_fd> open_place(supervisor& s, const guest_call& c, const resolved_path& at) {
  constexpr int how = O_RDONLY | O_DIRECTORY | O_CLOEXEC;  // O_PATH can't be handed over
  switch (at.path.what) {
    case kind::pseudo: {
      pseudo_location where = at.location();
      const auto entry = s.views.look(where, true);
      if (!entry) return std::unexpected(entry.error());
      if (!S_ISDIR(entry->mode)) return err(ENOTDIR);
      return s.views.open_directory(where);
    }
    case kind::etc: {
      call_reply reply = open_etc(s, c, at, how, 0);
      if (!reply.fd) return err(static_cast<int>(-reply.number));
      return std::move(reply.fd);
    }
    case kind::netns_dir: return opened(open(s.dir.netns().c_str(), how));
    default: return err(ENOTDIR);
  }
}

}  // namespace

call_reply sys_chdir(supervisor& s, guest_call& c) {
  const resolved_path at = resolve_path(s, c, AT_FDCWD, c.args[0]);
  if (!at.ours() || at.path.what == kind::userns_map) return call_reply::pass();
  const auto place = open_place(s, c, at);
  if (!place) return call_reply::fail(place.error().code);
  if (is_traced(c.tid)) {
    s.complain.say("the current directory of a program that is being traced can't be " + at.text);
    return call_reply::fail(EPERM);
  }
  const int there = s.lend(c, place->get());
  if (there < 0) return call_reply::fail(-there);
  auto in = injection::stop(c.tid, c.nr);
  // As for mmap (calls_memory.cc): a signal was faster, or the thread is dead.
  if (!in) return in.error() == EPERM ? call_reply::fail(EPERM) : call_reply::served();
  const auto done = in->call(SYS_fchdir, {static_cast<u64>(there)});
  (void)in->call(SYS_close, {static_cast<u64>(there)});
  in->finish(done ? *done : -ESRCH);
  return call_reply::served();
}

call_reply sys_getcwd(supervisor& s, guest_call& c) {
  const std::string here = current_directory(c.tid);
  net* ns = nullptr;
  const std::string known = as_guests_know(s, here, ns);
  if (known == here) return call_reply::pass();
  if (c.args[1] < known.size() + 1) return call_reply::fail(ERANGE);
  if (!c.mem.write(c.args[0], std::as_bytes(std::span(known.c_str(), known.size() + 1))))
    return call_reply::fail(EFAULT);
  return call_reply::value(static_cast<s64>(known.size() + 1));
}

}  // namespace linnet
