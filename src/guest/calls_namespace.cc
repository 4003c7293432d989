// Namespaces, and the mounts by which `ip netns` gives them names. Nothing is mounted on the host, not even
// for a real root: what the world needs is recorded here, what it does not need is refused by name.
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

#include "guest/calls_etc.hh"
#include "guest/path_call.hh"
#include "guest/supervisor.hh"
#include "guest/supervisor_calls.hh"

namespace linnet {
namespace {

using kind = virtual_path::kind;

constexpr u64 propagation = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

// The process that a pidfd of the guest's refers to; 0 when the descriptor is no pidfd.
pid_t process_of_pidfd(pid_t tid, int fd) {
  if (descriptor_link(tid, fd) != "anon_inode:[pidfd]") return 0;
  char path[64], line[128];
  snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", tid, fd);
  FILE* f = fopen(path, "re");
  int pid = 0;
  while (f && fgets(line, sizeof line, f))
    if (sscanf(line, "Pid: %d", &pid) == 1) break;
  if (f) fclose(f);
  return pid > 0 ? pid : 0;
}

// The namespace that the source of a bind mount shows.
net* source_namespace(supervisor& s, const guest_call& c, u64 address) {
  const resolved_path source = resolve_path(s, c, AT_FDCWD, address);
  if (net* n = handle_of(s, source)) return n;
  // /proc/self/fd/N and its kin: the guest's descriptor of a handle.
  const std::string& text = source.text;
  const size_t fd_part = text.rfind("/fd/");
  if (!text.starts_with("/proc/") || fd_part == text.npos) return nullptr;
  const std::string who = text.substr(6, fd_part - 6);
  const pid_t pid = who == "self" || who == "thread-self" ? c.tid : atoi(who.c_str());
  return s.namespaces.of_path(descriptor_link(pid, atoi(text.c_str() + fd_part + 4)));
}

call_reply bind_name(supervisor& s, guest_call& c, const resolved_path& target) {
  net* n = source_namespace(s, c, c.args[0]);
  struct stat st;
  if (stat(s.dir.netns_file(target.path.rest).c_str(), &st) != 0) return call_reply::fail(errno);
  if (!n) {
    const resolved_path source = resolve_path(s, c, AT_FDCWD, c.args[0]);
    return call_reply::fail(lstat(source.text.c_str(), &st) != 0 ? errno : EINVAL);
  }
  s.namespaces.bind_name(target.path.rest, *n);
  return call_reply::value(0);
}

// `ip netns exec NAME` binds what is in /etc/netns/NAME over the files of the same name.
call_reply bind_file(supervisor& s, guest_call& c, const resolved_path& source,
                     const resolved_path& target) {
  struct stat from, onto;
  const bool known = target.path.what == kind::etc;
  if (const int e = known ? stat_etc(s, c, target, onto)
                          : (stat(target.text.c_str(), &onto) == 0 ? 0 : errno))
    return call_reply::fail(e);
  if (const int e = stat_etc(s, c, source, from)) return call_reply::fail(e);
  if (S_ISDIR(from.st_mode) != S_ISDIR(onto.st_mode)) return call_reply::fail(ENOTDIR);
  s.mounts.bind(c.tgid, target.text, source.path.rest);
  return call_reply::value(0);
}

call_reply refuse_mount(supervisor& s, const std::string& what, const std::string& target) {
  s.complain.say(what + " of " + target + " is refused: guests mount nothing on the host");
  return call_reply::fail(EPERM);
}

int unshare_mounts(supervisor& s, const guest_call& c) {
  const int e = s.mounts.unshare(c.tgid);
  if (e)
    s.complain.say(
        "a mount namespace can't be noted: start without a hard limit on memory (ulimit -m "
        "unlimited)");
  return e;
}

call_reply enter(supervisor& s, guest_call& c, net& n, int nstype) {
  if (nstype != 0 && nstype != CLONE_NEWNET) return call_reply::fail(EINVAL);
  return call_reply::fail(s.namespaces.enter(c.tgid, c.tid, n));
}

}  // namespace

call_reply sys_unshare(supervisor& s, guest_call& c) {
  const u64 flags = c.args[0];
  if (!(flags & CLONE_NEWNET)) {
    if ((flags & ~u64{CLONE_FS}) != CLONE_NEWNS) return call_reply::pass();
    return call_reply::fail(unshare_mounts(s, c));
  }
  if (flags & ~u64{CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUSER | CLONE_FS | CLONE_FILES}) {
    s.complain.say(
        "unshare of a network namespace together with namespaces other than mount and user: EPERM");
    return call_reply::fail(EPERM);
  }
  if (flags & CLONE_NEWUSER) s.claimed_userns.insert(c.tgid);
  if (flags & CLONE_NEWNS)
    if (const int e = unshare_mounts(s, c)) return call_reply::fail(e);
  net* n = s.namespaces.create();
  if (!n) return call_reply::fail(ENOSPC);
  return call_reply::fail(s.namespaces.enter(c.tgid, c.tid, *n));
}

call_reply sys_setns(supervisor& s, guest_call& c) {
  const int fd = c.int_arg(0), nstype = c.int_arg(1);
  const std::string link = descriptor_link(c.tid, fd);
  if (net* n = s.namespaces.of_path(link)) return enter(s, c, *n, nstype);
  if (nstype & CLONE_NEWNET) {
    if (nstype & ~(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUSER)) return call_reply::fail(EINVAL);
    if (const pid_t pid = process_of_pidfd(c.tid, fd))
      if (net* n = s.namespaces.of_process(pid)) return enter(s, c, *n, CLONE_NEWNET);
  }
  if (link.starts_with("net:[")) {
    s.complain.say("setns to a network namespace of the host is refused: EPERM");
    return call_reply::fail(EPERM);
  }
  return call_reply::pass();
}

// The flags of clone are fixed once it is called: the child would get a namespace of the host's.
call_reply sys_clone(supervisor& s, guest_call&) {
  s.complain.say("clone(CLONE_NEWNET) is refused, EPERM: use unshare(CLONE_NEWNET) in the child");
  return call_reply::fail(EPERM);
}

call_reply sys_clone3(supervisor& s, guest_call& c) {
  const auto flags = c.mem.get<u64>(c.args[0]);
  return flags && (*flags & CLONE_NEWNET) ? sys_clone(s, c) : call_reply::pass();
}

call_reply sys_mount(supervisor& s, guest_call& c) {
  const u64 flags = c.args[3];
  const resolved_path target = resolve_path(s, c, AT_FDCWD, c.args[1]);
  if (target.path.what == kind::netns_dir) return call_reply::value(0);
  if (target.path.what == kind::netns_name) {
    if (flags & propagation) return call_reply::value(0);
    return flags & MS_BIND ? bind_name(s, c, target) : call_reply::fail(EINVAL);
  }
  if ((flags & propagation) && !(flags & MS_BIND)) return call_reply::value(0);
  if (target.text == "/sys") return call_reply::value(0);
  if ((flags & MS_BIND) && target.text.starts_with("/etc/")) {
    const resolved_path source = resolve_path(s, c, AT_FDCWD, c.args[0]);
    if (source.path.what == kind::etc) return bind_file(s, c, source, target);
  }
  return refuse_mount(s, "mount", target.text);
}

call_reply sys_umount2(supervisor& s, guest_call& c) {
  const resolved_path target = resolve_path(s, c, AT_FDCWD, c.args[0]);
  if (target.path.what == kind::netns_name)
    return call_reply::fail(s.namespaces.unbind_name(target.path.rest) ? 0 : EINVAL);
  if (target.path.what == kind::netns_dir || target.text == "/sys") return call_reply::value(0);
  if (target.mount_point && s.mounts.unbind(c.tgid, target.text)) return call_reply::value(0);
  return refuse_mount(s, "umount", target.text);
}

call_reply sys_pivot_root(supervisor& s, guest_call&) { return refuse_mount(s, "pivot_root", "/"); }

// Its requests would pass by the supervisor. Programs fall back on plain calls.
call_reply sys_io_uring_setup(supervisor&, guest_call&) { return call_reply::fail(ENOSYS); }

}  // namespace linnet
