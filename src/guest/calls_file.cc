// The calls that take a path. Most paths are the host's, and leave here after one look.
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "guest/calls_etc.hh"
#include "guest/path_call.hh"
#include "guest/seccomp_filter.hh"
#include "guest/supervisor.hh"
#include "guest/supervisor_calls.hh"

namespace linnet {
namespace {

using kind = virtual_path::kind;

struct open_request {
  int dirfd = AT_FDCWD;
  u64 path = 0;
  u64 flags = 0;
  mode_t mode = 0;
};

bool read_open_request(const guest_call& c, open_request& r) {
  switch (c.nr) {
#ifdef SYS_open
    case SYS_open: r = {AT_FDCWD, c.args[0], c.u32_arg(1), c.u32_arg(2)}; return true;
    case SYS_creat:
      r = {AT_FDCWD, c.args[0], O_CREAT | O_WRONLY | O_TRUNC, c.u32_arg(1)};
      return true;
#endif
    case SYS_openat: r = {c.int_arg(0), c.args[1], c.u32_arg(2), c.u32_arg(3)}; return true;
    default: {
      const auto how = c.mem.get<open_how>(c.args[2]);
      if (!how) return false;
      r = {c.int_arg(0), c.args[1], how->flags, static_cast<mode_t>(how->mode)};
      return true;
    }
  }
}

// Opens a file of ours on the host for the guest.
call_reply open_real(const std::string& path, u64 flags, mode_t mode) {
  unique_fd fd(open(path.c_str(), static_cast<int>(flags) | O_CLOEXEC, mode));
  if (!fd) return call_reply::fail(errno);
  return call_reply::descriptor(std::move(fd), flags & O_CLOEXEC);
}

call_reply open_handle(supervisor& s, const net& n, u64 flags) {
  if ((flags & O_ACCMODE) != O_RDONLY) return call_reply::fail(EACCES);
  return open_real(s.dir.ns_file(n.inum), flags & (O_PATH | O_CLOEXEC | O_NONBLOCK), 0);
}

// A free descriptor whose writes are trapped; -1 when there is none, or the guest may not have so many: then
// the setting is still written, but a bad value is not told of.
int setting_descriptor(pid_t tid) {
  rlimit files;
  if (prlimit(tid, RLIMIT_NOFILE, nullptr, &files) != 0) return -1;
  const u64 end = std::min<u64>(files.rlim_cur, setting_fd_first + setting_fd_count);
  for (u64 n = setting_fd_first; n < end; ++n)
    if (descriptor_link(tid, static_cast<int>(n)).empty()) return static_cast<int>(n);
  return -1;
}

call_reply open_pseudo(supervisor& s, pid_t tid, const resolved_path& at, u64 flags) {
  pseudo_location where = at.location();
  const auto entry = s.views.look(where, !(flags & O_NOFOLLOW));
  if (!entry) {
    // Nothing can be made in sysfs.
    const bool makes = flags & O_CREAT && where.tree == pseudo_tree::sys_class_net;
    const int e = entry.error().code;
    return call_reply::fail(makes && e == ENOENT ? EACCES : e);
  }
  if ((flags & O_CREAT) && (flags & O_EXCL)) return call_reply::fail(EEXIST);
  if (S_ISLNK(entry->mode)) return call_reply::fail(ELOOP);
  const bool writes = (flags & O_ACCMODE) != O_RDONLY;
  result<unique_fd> fd;
  if (S_ISDIR(entry->mode)) {
    if (writes || (flags & O_CREAT)) return call_reply::fail(EISDIR);
    fd = s.views.open_directory(where);
  } else if (flags & O_DIRECTORY) {
    return call_reply::fail(ENOTDIR);
  } else if (writes) {
    if (!(entry->mode & 0222)) return call_reply::fail(EACCES);
    fd = s.settings.open({where.ns, where.tree, where.path});
    if (!*fd) return call_reply::fail(ENFILE);
  } else {
    if (!(entry->mode & 0444)) return call_reply::fail(EACCES);
    fd = s.views.open_file(where);
  }
  if (!fd) return call_reply::fail(fd.error().code);
  call_reply reply = call_reply::descriptor(std::move(*fd), flags & O_CLOEXEC);
  if (writes) reply.number_wanted = setting_descriptor(tid);
  return reply;
}

// A stand-in file on the host whose status is the answer, for all that is no pseudo-file.
int stat_real(supervisor& s, const resolved_path& at, struct stat& st) {
  std::string path = s.dir.netns();
  if (const net* n = handle_of(s, at)) {
    path = s.dir.ns_file(n->inum);
  } else if (at.path.what == kind::netns_name) {
    path = s.dir.netns_file(at.path.rest);
  }
  if (stat(path.c_str(), &st) != 0) return errno;
  st.st_uid = st.st_gid = 0;  // the world's root, whoever that is on the host
  return 0;
}

int stat_ours(supervisor& s, const resolved_path& at, bool follow, struct stat& st) {
  if (at.path.what != kind::pseudo) return stat_real(s, at, st);
  pseudo_location where = at.location();
  const auto entry = s.views.look(where, follow);
  if (!entry) return entry.error().code;
  pseudo_view::fill_stat(where, *entry, st);
  return 0;
}

// A file of the host's, in its place or in another.
bool host_has(const resolved_path& at) {
  return !at.ours() || at.path.what == kind::userns_map || at.path.what == kind::etc;
}
call_reply leave_to_host(supervisor& s, guest_call& c, const resolved_path& at) {
  return at.path.what == kind::etc ? sys_etc(s, c) : call_reply::pass();
}

statx_timestamp timestamp(const timespec& t) {
  statx_timestamp x{};
  x.tv_sec = t.tv_sec;
  x.tv_nsec = static_cast<u32>(t.tv_nsec);
  return x;
}

struct statx to_statx(const struct stat& st) {
  struct statx x{};
  x.stx_mask = STATX_BASIC_STATS;
  x.stx_blksize = static_cast<u32>(st.st_blksize);
  x.stx_nlink = static_cast<u32>(st.st_nlink);
  x.stx_uid = st.st_uid;
  x.stx_gid = st.st_gid;
  x.stx_mode = static_cast<u16>(st.st_mode);
  x.stx_ino = st.st_ino;
  x.stx_size = static_cast<u64>(st.st_size);
  x.stx_blocks = static_cast<u64>(st.st_blocks);
  x.stx_atime = timestamp(st.st_atim);
  x.stx_mtime = timestamp(st.st_mtim);
  x.stx_ctime = timestamp(st.st_ctim);
  x.stx_dev_major = major(st.st_dev);
  x.stx_dev_minor = minor(st.st_dev);
  return x;
}

// The *at calls have their directory first; the old ones none.
struct path_args {
  int dirfd;
  unsigned path;  // index of the path's argument
};
path_args at_call(const guest_call& c, bool is_at) {
  return is_at ? path_args{c.int_arg(0), 1} : path_args{AT_FDCWD, 0};
}

}  // namespace

call_reply sys_open(supervisor& s, guest_call& c) {
  open_request r;
  if (!read_open_request(c, r)) return call_reply::pass();
  const resolved_path at = resolve_path(s, c, r.dirfd, r.path);
  switch (at.path.what) {
    case kind::none: return call_reply::pass();
    case kind::pseudo: return open_pseudo(s, c.tid, at, r.flags);
    case kind::netns_handle: return open_handle(s, *at.ns, r.flags);
    case kind::netns_dir: return open_real(s.dir.netns(), r.flags & ~u64{O_CREAT}, 0);
    case kind::netns_name:
      if (const net* n = handle_of(s, at)) {
        if ((r.flags & O_CREAT) && (r.flags & O_EXCL)) return call_reply::fail(EEXIST);
        return open_handle(s, *n, r.flags);
      }
      return open_real(s.dir.netns_file(at.path.rest), r.flags, 0600);
    case kind::userns_map:
      if ((r.flags & O_ACCMODE) == O_RDONLY || !s.claimed_userns.contains(c.tgid))
        return call_reply::pass();
      return open_real("/dev/null", r.flags & (O_ACCMODE | O_CLOEXEC), 0);
    case kind::etc: return open_etc(s, c, at, r.flags, r.mode);
  }
  return call_reply::pass();
}

call_reply sys_stat(supervisor& s, guest_call& c) {
  const bool is_at = c.nr == SYS_newfstatat;
  const auto [dirfd, path] = at_call(c, is_at);
  const resolved_path at = resolve_path(s, c, dirfd, c.args[path]);
  if (host_has(at)) return leave_to_host(s, c, at);
  bool follow = !(is_at && (c.int_arg(3) & AT_SYMLINK_NOFOLLOW));
#ifdef SYS_lstat
  follow = follow && c.nr != SYS_lstat;
#endif
  struct stat st;
  if (const int e = stat_ours(s, at, follow, st)) return call_reply::fail(e);
  return call_reply::value(c.mem.put(c.args[path + 1], st) ? 0 : -EFAULT);
}

call_reply sys_statx(supervisor& s, guest_call& c) {
  const resolved_path at = resolve_path(s, c, c.int_arg(0), c.args[1]);
  if (host_has(at)) return leave_to_host(s, c, at);
  struct stat st;
  if (const int e = stat_ours(s, at, !(c.int_arg(2) & AT_SYMLINK_NOFOLLOW), st))
    return call_reply::fail(e);
  return call_reply::value(c.mem.put(c.args[4], to_statx(st)) ? 0 : -EFAULT);
}

call_reply sys_statfs(supervisor& s, guest_call& c) {
  const resolved_path at = resolve_path(s, c, AT_FDCWD, c.args[0]);
  if (host_has(at)) return leave_to_host(s, c, at);
  struct stat st;
  if (const int e = stat_ours(s, at, true, st)) return call_reply::fail(e);
  struct statfs fs{};
  fs.f_bsize = 4096;
  fs.f_namelen = 255;
  fs.f_type = TMPFS_MAGIC;
  if (at.path.what == kind::pseudo)
    fs.f_type = at.path.tree == pseudo_tree::sys_class_net ? SYSFS_MAGIC : PROC_SUPER_MAGIC;
  if (handle_of(s, at)) fs.f_type = NSFS_MAGIC;
  return call_reply::value(c.mem.put(c.args[1], fs) ? 0 : -EFAULT);
}

call_reply sys_getxattr(supervisor& s, guest_call& c) {
  const resolved_path at = resolve_path(s, c, AT_FDCWD, c.args[0]);
  return host_has(at) ? leave_to_host(s, c, at) : call_reply::fail(EOPNOTSUPP);
}

call_reply sys_access(supervisor& s, guest_call& c) {
  const bool is_at = c.nr == SYS_faccessat || c.nr == SYS_faccessat2;
  const auto [dirfd, path] = at_call(c, is_at);
  const resolved_path at = resolve_path(s, c, dirfd, c.args[path]);
  if (host_has(at)) return leave_to_host(s, c, at);
  struct stat st;
  if (const int e = stat_ours(s, at, true, st)) return call_reply::fail(e);
  // Root may do all but what a setting itself refuses, and run what nobody may.
  const int wanted = c.int_arg(path + 1);
  if ((wanted & X_OK) && !S_ISDIR(st.st_mode)) return call_reply::fail(EACCES);
  const bool setting = at.path.what == kind::pseudo && at.path.tree == pseudo_tree::proc_sys_net;
  if (setting && (wanted & W_OK) && !(st.st_mode & 0222)) return call_reply::fail(EACCES);
  return call_reply::value(0);
}

call_reply sys_readlink(supervisor& s, guest_call& c) {
  const auto [dirfd, path] = at_call(c, c.nr == SYS_readlinkat);
  const resolved_path at = resolve_path(s, c, dirfd, c.args[path]);
  if (host_has(at)) return leave_to_host(s, c, at);
  std::string target;
  if (at.path.what == kind::netns_handle) {
    target = "net:[" + std::to_string(at.ns->inum) + "]";
  } else if (at.path.what == kind::pseudo) {
    if (at.text == "/proc/net") return call_reply::pass();
    pseudo_location where = at.location();
    const auto entry = s.views.look(where, false);
    if (!entry) return call_reply::fail(entry.error().code);
    if (!S_ISLNK(entry->mode)) return call_reply::fail(EINVAL);
    target = entry->target;
  } else {
    struct stat st;
    const int e = stat_real(s, at, st);
    return call_reply::fail(e ? e : EINVAL);
  }
  const int room = c.int_arg(path + 2);
  if (room <= 0) return call_reply::fail(EINVAL);
  target.resize(std::min(target.size(), static_cast<size_t>(room)));
  if (!c.mem.write(c.args[path + 1], std::as_bytes(std::span(target))))
    return call_reply::fail(EFAULT);
  return call_reply::value(static_cast<s64>(target.size()));
}

call_reply sys_mkdir(supervisor& s, guest_call& c) {
  const auto [dirfd, path] = at_call(c, c.nr == SYS_mkdirat);
  const resolved_path at = resolve_path(s, c, dirfd, c.args[path]);
  if (host_has(at)) return leave_to_host(s, c, at);
  struct stat st;
  return call_reply::fail(stat_ours(s, at, false, st) == 0 ? EEXIST : EPERM);
}

call_reply sys_unlink(supervisor& s, guest_call& c) {
  const bool is_at = c.nr == SYS_unlinkat;
  const auto [dirfd, path] = at_call(c, is_at);
  const resolved_path at = resolve_path(s, c, dirfd, c.args[path]);
  if (host_has(at)) return leave_to_host(s, c, at);
  if (at.path.what == kind::netns_dir) return call_reply::fail(EBUSY);
  if (at.path.what != kind::netns_name) return call_reply::fail(EPERM);
  if (handle_of(s, at)) return call_reply::fail(EBUSY);  // a mount point
  bool directory = is_at && (c.int_arg(2) & AT_REMOVEDIR);
#ifdef SYS_rmdir
  directory = directory || c.nr == SYS_rmdir;
#endif
  const std::string file = s.dir.netns_file(at.path.rest);
  return call_reply::value((directory ? rmdir(file.c_str()) : unlink(file.c_str())) == 0 ? 0
                                                                                         : -errno);
}

call_reply sys_write(supervisor& s, guest_call& c) {
  const setting_file* file =
      s.settings.by_inode(link_inode(descriptor_link(c.tid, c.int_arg(0)), "pipe"));
  if (!file) return call_reply::pass();
  std::string text(std::min<u64>(c.args[2], setting_write_max), '\0');
  if (!c.mem.read(c.args[1], std::as_writable_bytes(std::span(text))))
    return call_reply::fail(EFAULT);
  const status done = pseudo_write(*file->ns, file->tree, file->path, text);
  return done ? call_reply::value(static_cast<s64>(text.size())) : call_reply::of(done);
}

}  // namespace linnet
