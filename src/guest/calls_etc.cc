// A call's shape (what each argument is) is a line of a table; one function makes all these calls.
#include "guest/calls_etc.hh"

#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "guest/supervisor.hh"
#include "guest/supervisor_calls.hh"

namespace linnet {
namespace {

enum class arg : u8 {
  none,
  value,      // as it is
  at,         // a directory's descriptor, for the path that follows
  path,       // looked up
  text,       // a string that is not looked up
  in,         // a structure to read, or null
  out,        // a structure to write
  buffer,     // to write, as long as the next argument says; the result tells how much it got
  descriptor  // any other of the guest's
};
using enum arg;

struct call_shape {
  long nr;
  std::array<arg, 6> args;
  u32 size = 0;          // of the structure
  bool removes = false;  // what the paths name
};

constexpr u32 two_times = 2 * sizeof(timespec);

constexpr call_shape shapes[] = {
#ifdef SYS_open
    {SYS_stat, {path, out}, sizeof(struct stat)},
    {SYS_lstat, {path, out}, sizeof(struct stat)},
    {SYS_access, {path, value}},
    {SYS_readlink, {path, buffer, value}},
    {SYS_mkdir, {path, value}},
    {SYS_unlink, {path}, 0, true},
    {SYS_rmdir, {path}, 0, true},
    {SYS_rename, {path, path}, 0, true},
    {SYS_link, {path, path}},
    {SYS_symlink, {text, path}},
    {SYS_chmod, {path, value}},
    {SYS_chown, {path, value, value}},
    {SYS_lchown, {path, value, value}},
#endif
    {SYS_newfstatat, {at, path, out, value}, sizeof(struct stat)},
    {SYS_statx, {at, path, value, value, out}, sizeof(struct statx)},
    {SYS_statfs, {path, out}, sizeof(struct statfs)},
    {SYS_faccessat, {at, path, value}},
    {SYS_faccessat2, {at, path, value, value}},
    {SYS_readlinkat, {at, path, buffer, value}},
    {SYS_getxattr, {path, text, buffer, value}},
    {SYS_lgetxattr, {path, text, buffer, value}},
    {SYS_listxattr, {path, buffer, value}},
    {SYS_llistxattr, {path, buffer, value}},
    {SYS_mkdirat, {at, path, value}},
    {SYS_unlinkat, {at, path, value}, 0, true},
    {SYS_renameat, {at, path, at, path}, 0, true},
    {SYS_renameat2, {at, path, at, path, value}, 0, true},
    {SYS_linkat, {at, path, at, path, value}},
    {SYS_symlinkat, {text, at, path}},
    {SYS_fchmodat, {at, path, value}},
    {SYS_fchownat, {at, path, value, value, value}},
    {SYS_utimensat, {at, path, in, value}, two_times},
    {SYS_truncate, {path, value}},
    {SYS_inotify_add_watch, {descriptor, path, value}},
};

const call_shape* shape_of(const guest_call& c) {
  const auto* found = std::ranges::find(shapes, c.nr, &call_shape::nr);
  return found == std::end(shapes) ? nullptr : found;
}

// While it lives we stand in the world's /etc, with a guest's file ids and umask.
class in_the_guests_place {
 public:
  in_the_guests_place(const supervisor& s, const guest_call& c)
      : back_(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    read_status(c.tid);
    here_ = chdir(s.dir.etc().c_str()) == 0;
    mask_ = umask(mask_);
    if (geteuid() != 0) return;
    setfsgid(gid_);
    setfsuid(uid_);
  }
  ~in_the_guests_place() {
    if (geteuid() == 0) {
      setfsuid(0);
      setfsgid(getegid());
    }
    umask(mask_);
    if (here_ && fchdir(back_.get()) != 0) here_ = false;
  }
  in_the_guests_place(const in_the_guests_place&) = delete;
  in_the_guests_place& operator=(const in_the_guests_place&) = delete;

  bool stands() const { return here_ && back_; }

 private:
  void read_status(pid_t tid) {
    char name[64], line[256];
    snprintf(name, sizeof name, "/proc/%d/status", tid);
    FILE* f = fopen(name, "re");
    while (f && fgets(line, sizeof line, f)) {
      sscanf(line, "Umask: %o", &mask_);
      sscanf(line, "Uid: %*u %*u %*u %u", &uid_);
      sscanf(line, "Gid: %*u %*u %*u %u", &gid_);
    }
    if (f) fclose(f);
  }

  unique_fd back_;
  bool here_ = false;
  mode_t mask_ = 022;
  uid_t uid_ = 65534;  // of a guest that is gone: nobody's
  gid_t gid_ = 65534;
};

// The arguments of a call as we make it, and what of its results goes back to the guest.
struct made_call {
  std::array<u64, 6> args{};
  std::array<std::string, 6> strings;
  std::vector<std::byte> in, out;
  int out_at = -1;
  bool out_by_result = false;
  unique_fd theirs;
};

template <class T>
u64 address_of(T* p) {
  return reinterpret_cast<u64>(p);
}

constexpr size_t most_bytes = 64 * 1024;  // of a link's target, an attribute, a list of them

int prepare(supervisor& s, const guest_call& c, const call_shape& shape, size_t i, made_call& m) {
  m.args[i] = c.args[i];
  switch (shape.args[i]) {
    case none:
    case value:
    case path: return 0;
    case at: m.args[i] = static_cast<u64>(AT_FDCWD); return 0;
    case text: {
      const int e = c.mem.read_path(c.args[i], m.strings[i]);
      m.args[i] = address_of(m.strings[i].c_str());
      return e;
    }
    case in:
      if (c.args[i] == 0) return 0;
      m.in.resize(shape.size);
      m.args[i] = address_of(m.in.data());
      return c.mem.read(c.args[i], m.in) ? 0 : EFAULT;
    case out:
    case buffer:
      m.out_by_result = shape.args[i] == buffer;
      if (m.out_by_result && static_cast<int>(c.args[i + 1]) < 0) return EINVAL;
      m.out.resize(m.out_by_result ? std::min<u64>(c.args[i + 1], most_bytes) : shape.size);
      m.out_at = static_cast<int>(i);
      m.args[i] = address_of(m.out.data());
      return 0;
    case descriptor:
      m.theirs = s.processes.duplicate(c.tgid, c.int_arg(static_cast<unsigned>(i)));
      m.args[i] = static_cast<u64>(m.theirs.get());
      return m.theirs ? 0 : EBADF;
  }
  return EINVAL;
}

// Where the call's paths lead: how many of them to us.
struct call_paths {
  std::array<resolved_path, 6> at;
  unsigned paths = 0, ours = 0, here = 0, mount_points = 0;
};

call_paths resolve_paths(supervisor& s, const guest_call& c, const call_shape& shape) {
  call_paths found;
  for (size_t i = 0; i < shape.args.size(); ++i) {
    if (shape.args[i] != path) continue;
    const int dirfd =
        i > 0 && shape.args[i - 1] == at ? c.int_arg(static_cast<unsigned>(i - 1)) : AT_FDCWD;
    resolved_path& r = found.at[i] = resolve_path(s, c, dirfd, c.args[i]);
    ++found.paths;
    found.ours += r.ours();
    found.here += r.path.what == virtual_path::kind::etc;
    found.mount_points += r.mount_point;
  }
  return found;
}

// `ip netns monitor` watches the directory of names.
call_reply watch_names(supervisor& s, const guest_call& c, const resolved_path& at) {
  if (at.path.what != virtual_path::kind::netns_dir) return call_reply::pass();
  const unique_fd theirs = s.processes.duplicate(c.tgid, c.int_arg(0));
  if (!theirs) return call_reply::fail(EBADF);
  const int wd = inotify_add_watch(theirs.get(), s.dir.netns().c_str(), c.u32_arg(2));
  return wd < 0 ? call_reply::fail(errno) : call_reply::value(wd);
}

}  // namespace

call_reply sys_etc(supervisor& s, guest_call& c) {
  const call_shape* shape = shape_of(c);
  if (!shape) return call_reply::pass();
  const call_paths where = resolve_paths(s, c, *shape);
  if (where.ours == 0) return call_reply::pass();
  if (c.nr == SYS_inotify_add_watch && where.here == 0) return watch_names(s, c, where.at[1]);
  if (shape->removes && where.mount_points) return call_reply::fail(EBUSY);
  // Nobody changes what the stack shows, and links and names don't go from one file system to another.
  if (where.here == 0 && where.paths == where.ours) return call_reply::fail(EPERM);
  if (where.here != where.paths) return call_reply::fail(EXDEV);

  made_call m;
  for (size_t i = 0; i < shape->args.size(); ++i) {
    if (const int e = prepare(s, c, *shape, i, m)) return call_reply::fail(e);
    if (shape->args[i] == path) m.args[i] = address_of(where.at[i].path.rest.c_str());
  }
  long done;
  {
    const in_the_guests_place there(s, c);
    if (!there.stands()) return call_reply::fail(ENOENT);
    const auto& a = m.args;
    done = syscall(shape->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
  }
  if (done < 0) return call_reply::fail(errno);
  if (m.out_at >= 0) {
    const auto length =
        m.out_by_result ? std::min(m.out.size(), static_cast<size_t>(done)) : m.out.size();
    if (!c.mem.write(c.args[static_cast<size_t>(m.out_at)], std::span(m.out).first(length)))
      return call_reply::fail(EFAULT);
  }
  return call_reply::value(done);
}

call_reply open_etc(supervisor& s, const guest_call& c, const resolved_path& at, u64 flags,
                    mode_t mode) {
  unique_fd fd;
  {
    const in_the_guests_place there(s, c);
    if (!there.stands()) return call_reply::fail(ENOENT);
    // A pipe that nobody writes to would hold the whole world up.
    fd.reset(open(at.path.rest.c_str(), static_cast<int>(flags) | O_CLOEXEC | O_NONBLOCK, mode));
    if (!fd) return call_reply::fail(errno);
  }
  if (!(flags & (O_NONBLOCK | O_PATH)))
    fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) & ~O_NONBLOCK);
  return call_reply::descriptor(std::move(fd), flags & O_CLOEXEC);
}

int stat_etc(supervisor& s, const guest_call& c, const resolved_path& at, struct stat& st) {
  const in_the_guests_place there(s, c);
  if (!there.stands()) return ENOENT;
  return stat(at.path.rest.c_str(), &st) == 0 ? 0 : errno;
}

}  // namespace linnet
