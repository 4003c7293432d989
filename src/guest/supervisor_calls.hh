// The trapped system calls, one function each, under their own names: socket calls in calls_socket.cc and
// calls_message.cc, poll in calls_poll.cc, paths in calls_file.cc,
// calls_etc.cc and calls_directory.cc, namespaces and mounts in calls_namespace.cc, ids and capabilities
// in calls_cred.cc. Each takes the call as the guest made it and returns the answer; a call whose answer is
// "wait" is made again later, with nothing done before.
#pragma once

#include "guest/guest_call.hh"

namespace linnet {

class supervisor;

// Frequent calls that are none of ours, told by their arguments alone.
bool passes_unseen(const supervisor&, const guest_call&);
call_reply dispatch_call(supervisor&, guest_call&);

call_reply sys_socket(supervisor&, guest_call&);
call_reply sys_socketpair(supervisor&, guest_call&);
call_reply sys_bind(supervisor&, guest_call&);
call_reply sys_connect(supervisor&, guest_call&);
call_reply sys_listen(supervisor&, guest_call&);
call_reply sys_accept(supervisor&, guest_call&);  // and accept4
call_reply sys_getsockname(supervisor&, guest_call&);
call_reply sys_getpeername(supervisor&, guest_call&);
call_reply sys_getsockopt(supervisor&, guest_call&);
call_reply sys_setsockopt(supervisor&, guest_call&);
call_reply sys_shutdown(supervisor&, guest_call&);
call_reply sys_ioctl(supervisor&, guest_call&);

call_reply sys_mmap(supervisor&, guest_call&);  // of a packet socket's rings

call_reply sys_poll(supervisor&, guest_call&);    // and ppoll
call_reply sys_select(supervisor&, guest_call&);  // and pselect6

call_reply sys_sendto(supervisor&, guest_call&);
call_reply sys_sendmsg(supervisor&, guest_call&);
call_reply sys_sendmmsg(supervisor&, guest_call&);
call_reply sys_recvfrom(supervisor&, guest_call&);
call_reply sys_recvmsg(supervisor&, guest_call&);
call_reply sys_recvmmsg(supervisor&, guest_call&);

call_reply sys_open(supervisor&, guest_call&);  // open, creat, openat, openat2
call_reply sys_stat(supervisor&, guest_call&);  // stat, lstat, newfstatat
call_reply sys_statx(supervisor&, guest_call&);
call_reply sys_statfs(supervisor&, guest_call&);
call_reply sys_getxattr(supervisor&, guest_call&);  // and its kin: no such attributes here
call_reply sys_access(supervisor&, guest_call&);    // access, faccessat, faccessat2
call_reply sys_readlink(supervisor&, guest_call&);  // readlink, readlinkat
call_reply sys_mkdir(supervisor&, guest_call&);     // mkdir, mkdirat
call_reply sys_unlink(supervisor&, guest_call&);    // unlink, unlinkat, rmdir
call_reply sys_chdir(supervisor&, guest_call&);
call_reply sys_getcwd(supervisor&, guest_call&);
call_reply sys_write(supervisor&, guest_call&);

call_reply sys_unshare(supervisor&, guest_call&);
call_reply sys_setns(supervisor&, guest_call&);
call_reply sys_clone(supervisor&, guest_call&);
call_reply sys_clone3(supervisor&, guest_call&);
call_reply sys_mount(supervisor&, guest_call&);
call_reply sys_umount2(supervisor&, guest_call&);
call_reply sys_pivot_root(supervisor&, guest_call&);
call_reply sys_io_uring_setup(supervisor&, guest_call&);

call_reply sys_capget(supervisor&, guest_call&);
call_reply sys_capset(supervisor&, guest_call&);
call_reply sys_set_ids(supervisor&, guest_call&);  // setuid and its many kin

}  // namespace linnet
