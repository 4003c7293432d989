// Which function serves which system call.
#include "guest/supervisor_calls.hh"

#include <fcntl.h>
#include <sys/syscall.h>

#include "guest/calls_etc.hh"
#include "guest/seccomp_filter.hh"
#include "guest/supervisor.hh"

namespace linnet {

bool passes_unseen(const supervisor& s, const guest_call& c) {
  if (c.nr == SYS_write) return s.settings.empty();
#ifdef SYS_poll
  if (c.nr == SYS_poll) return s.poll_is_plain();
  if (c.nr == SYS_select) return s.poll_is_plain();
#endif
  if (c.nr == SYS_pselect6) return s.poll_is_plain();
  return c.nr == SYS_ppoll && s.poll_is_plain();
}

namespace {

call_reply serve(supervisor& s, guest_call& c) {
  switch (c.nr) {
    case SYS_write: return sys_write(s, c);

    case SYS_socket: return sys_socket(s, c);
    case SYS_socketpair: return sys_socketpair(s, c);
    case SYS_bind: return sys_bind(s, c);
    case SYS_connect: return sys_connect(s, c);
    case SYS_listen: return sys_listen(s, c);
    case SYS_accept:
    case SYS_accept4: return sys_accept(s, c);
    case SYS_getsockname: return sys_getsockname(s, c);
    case SYS_getpeername: return sys_getpeername(s, c);
    case SYS_getsockopt: return sys_getsockopt(s, c);
    case SYS_setsockopt: return sys_setsockopt(s, c);
    case SYS_shutdown: return sys_shutdown(s, c);
    case SYS_ioctl: return sys_ioctl(s, c);
    case SYS_mmap: return sys_mmap(s, c);

#ifdef SYS_poll
    case SYS_poll:
#endif
    case SYS_ppoll: return sys_poll(s, c);
#ifdef SYS_select
    case SYS_select:
#endif
    case SYS_pselect6: return sys_select(s, c);

    case SYS_sendto: return sys_sendto(s, c);
    case SYS_sendmsg: return sys_sendmsg(s, c);
    case SYS_sendmmsg: return sys_sendmmsg(s, c);
    case SYS_recvfrom: return sys_recvfrom(s, c);
    case SYS_recvmsg: return sys_recvmsg(s, c);
    case SYS_recvmmsg: return sys_recvmmsg(s, c);

#ifdef SYS_open
    case SYS_open:
    case SYS_creat:
#endif
    case SYS_openat:
    case SYS_openat2: return sys_open(s, c);
#ifdef SYS_stat
    case SYS_stat:
    case SYS_lstat:
#endif
    case SYS_newfstatat: return sys_stat(s, c);
    case SYS_statx: return sys_statx(s, c);
    case SYS_statfs: return sys_statfs(s, c);
    case SYS_getxattr:
    case SYS_lgetxattr:
    case SYS_listxattr:
    case SYS_llistxattr: return sys_getxattr(s, c);
#ifdef SYS_access
    case SYS_access:
#endif
    case SYS_faccessat:
    case SYS_faccessat2: return sys_access(s, c);
#ifdef SYS_readlink
    case SYS_readlink:
#endif
    case SYS_readlinkat: return sys_readlink(s, c);
#ifdef SYS_mkdir
    case SYS_mkdir:
#endif
    case SYS_mkdirat: return sys_mkdir(s, c);
#ifdef SYS_unlink
    case SYS_unlink:
    case SYS_rmdir:
#endif
    case SYS_unlinkat: return sys_unlink(s, c);
    case SYS_chdir: return sys_chdir(s, c);
    case SYS_getcwd: return sys_getcwd(s, c);
#ifdef SYS_rename
    case SYS_rename:
    case SYS_link:
    case SYS_symlink:
    case SYS_chmod:
    case SYS_chown:
    case SYS_lchown:
#endif
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_linkat:
    case SYS_symlinkat:
    case SYS_fchmodat:
    case SYS_fchownat:
    case SYS_utimensat:
    case SYS_truncate:
    case SYS_inotify_add_watch: return sys_etc(s, c);

    case SYS_unshare: return sys_unshare(s, c);
    case SYS_setns: return sys_setns(s, c);
    case SYS_clone: return sys_clone(s, c);
    case SYS_clone3: return sys_clone3(s, c);
    case SYS_mount: return sys_mount(s, c);
    case SYS_umount2: return sys_umount2(s, c);
    case SYS_pivot_root: return sys_pivot_root(s, c);
    case SYS_io_uring_setup: return sys_io_uring_setup(s, c);

    case SYS_capget: return sys_capget(s, c);
    case SYS_capset: return sys_capset(s, c);
    default: return sys_set_ids(s, c);
  }
}

}  // namespace

call_reply dispatch_call(supervisor& s, guest_call& c) {
  call_reply r = serve(s, c);
  s.call_done();
  return r;
}

}  // namespace linnet
