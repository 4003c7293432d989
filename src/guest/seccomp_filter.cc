// A block per system call, one after the other: "is it this number? then these tests, else the next". Jumps
// of classic BPF reach 255 instructions, so blocks jump only within themselves and to the one after.
#include "guest/seccomp_filter.hh"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cstddef>
#include <initializer_list>

#include "guest/front/channel.hh"
#include "guest/syscall_abi.hh"

namespace linnet {
namespace {

constexpr u32 allow = SECCOMP_RET_ALLOW;
constexpr u32 notify = SECCOMP_RET_USER_NOTIF;

constexpr u32 arg_word(unsigned n, bool high) {
  const bool upper_first = std::endian::native == std::endian::big;
  return offsetof(seccomp_data, args) + n * sizeof(u64) + (high != upper_first ? 4 : 0);
}

class assembler {
 public:
  std::vector<sock_filter> code;

  void load(u32 offset) { code.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)); }
  void load_arg(unsigned n) { load(arg_word(n, false)); }
  void ret(u32 action) { code.push_back(BPF_STMT(BPF_RET | BPF_K, action)); }
  void subtract(u32 n) { code.push_back(BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, n)); }
  void mask(u32 bits) { code.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits)); }

  // Each returns `action` at once when the accumulator fits.
  void ret_if_equal(u32 value, u32 action) { jump_over(BPF_JEQ, value, action, true); }
  void ret_unless_equal(u32 value, u32 action) { jump_over(BPF_JEQ, value, action, false); }
  void ret_if_at_least(u32 value, u32 action) { jump_over(BPF_JGE, value, action, true); }
  void ret_unless_at_least(u32 value, u32 action) { jump_over(BPF_JGE, value, action, false); }

  // Begins the block of one call; end_block() sends every other call past it.
  void begin_block(u32 nr) {
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 0));
    block_ = code.size();
  }
  void end_block() { code[block_ - 1].jf = static_cast<u8>(code.size() - block_); }

 private:
  void jump_over(u16 op, u32 value, u32 action, bool when) {
    code.push_back(BPF_JUMP(static_cast<u16>(BPF_JMP | op | BPF_K), value, u8(when ? 0 : 1),
                            u8(when ? 1 : 0)));
    ret(action);
  }
  size_t block_ = 0;
};

void always(assembler& a, std::initializer_list<long> calls) {
  for (long nr : calls) {
    a.begin_block(static_cast<u32>(nr));
    a.ret(notify);
    a.end_block();
  }
}

// Notified only when one of `bits` is set in argument `arg`.
void when_flag(assembler& a, long nr, unsigned arg, u32 bits) {
  a.begin_block(static_cast<u32>(nr));
  a.load_arg(arg);
  a.mask(bits);
  a.ret_if_equal(0, allow);
  a.ret(notify);
  a.end_block();
}

void setting_writes(assembler& a) {
  a.begin_block(SYS_write);
  a.load(arg_word(2, true));
  a.ret_unless_equal(0, allow);
  a.load_arg(2);
  a.ret_if_at_least(setting_write_max + 1, allow);
  a.load_arg(0);
  a.subtract(setting_fd_first);
  a.ret_unless_at_least(setting_fd_count, notify);
  a.ret_unless_equal(u32(STDOUT_FILENO) - setting_fd_first, allow);
  a.load_arg(2);
  a.ret_if_at_least(setting_echo_max + 1, allow);
  a.ret(notify);
  a.end_block();
}

void foreign_families(assembler& a) {
  for (long nr : {SYS_socket, SYS_socketpair}) {
    a.begin_block(static_cast<u32>(nr));
    a.load_arg(0);
    a.ret_if_equal(AF_UNIX, allow);
    a.ret(notify);
    a.end_block();
  }
}

// Calls that move messages, but for those of which the supervisor said that the host serves them.
void message_calls(assembler& a) {
  for (auto [nr, flags_arg] : {std::pair{SYS_sendto, 3u}, std::pair{SYS_recvfrom, 3u},
                               std::pair{SYS_sendmsg, 2u}, std::pair{SYS_recvmsg, 2u}}) {
    a.begin_block(static_cast<u32>(nr));
    a.load_arg(flags_arg);
    a.mask(front::already_asked);
    a.ret_if_equal(0, notify);
    a.ret(allow);
    a.end_block();
  }
}

void socket_ioctls(assembler& a) {
  a.begin_block(SYS_ioctl);
  a.load_arg(1);
  a.ret_if_equal(SIOCINQ, notify);
  a.ret_if_equal(SIOCOUTQ, notify);
  a.mask(0xffffff00);
  a.ret_if_equal(0x8900, notify);
  a.ret(allow);
  a.end_block();
}

// Packet sockets are mapped to be written to, shared. Few others do that with a file.
void shared_mappings(assembler& a) {
  a.begin_block(SYS_mmap);
  a.load_arg(3);
  a.mask(MAP_TYPE | MAP_ANONYMOUS);
  a.ret_unless_equal(MAP_SHARED, allow);
  a.load_arg(2);
  a.mask(PROT_WRITE);
  a.ret_if_equal(0, allow);
  a.ret(notify);
  a.end_block();
}

// Whatever is called as another architecture is shown to the supervisor, which refuses it with a word.
void foreign_architectures(assembler& a) {
  a.load(offsetof(seccomp_data, arch));
  a.ret_unless_equal(native_audit_arch, notify);
  a.load(offsetof(seccomp_data, nr));
  if (x32_syscall_bit != 0) a.ret_if_at_least(x32_syscall_bit, notify);
}

void path_calls(assembler& a) {
  always(a, {SYS_openat,    SYS_openat2,    SYS_faccessat, SYS_faccessat2, SYS_readlinkat,
             SYS_mkdirat,   SYS_unlinkat,   SYS_statfs,    SYS_getxattr,   SYS_lgetxattr,
             SYS_listxattr, SYS_llistxattr, SYS_renameat,  SYS_renameat2,  SYS_linkat,
             SYS_symlinkat, SYS_fchmodat,   SYS_fchownat,  SYS_truncate,   SYS_inotify_add_watch,
             SYS_chdir,     SYS_getcwd});
#ifdef SYS_open
  always(a,
         {SYS_open, SYS_creat, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_mkdir, SYS_unlink,
          SYS_rmdir, SYS_rename, SYS_link, SYS_symlink, SYS_chmod, SYS_chown, SYS_lchown});
#endif
  // fstat(fd) is newfstatat(fd, "", AT_EMPTY_PATH) in today's C libraries, and needs nobody's help.
  for (auto [nr, flags_arg] : {std::pair{SYS_newfstatat, 3u}, std::pair{SYS_statx, 2u}}) {
    a.begin_block(static_cast<u32>(nr));
    a.load_arg(flags_arg);
    a.mask(AT_EMPTY_PATH);
    a.ret_if_equal(0, notify);
    a.ret(allow);
    a.end_block();
  }
  // Without a path it is of an open file.
  a.begin_block(SYS_utimensat);
  a.load(arg_word(1, true));
  a.ret_unless_equal(0, notify);
  a.load_arg(1);
  a.ret_unless_equal(0, notify);
  a.ret(allow);
  a.end_block();
}

}  // namespace

std::vector<sock_filter> guest_filter(const filter_options& options) {
  assembler a;
  foreign_architectures(a);
  setting_writes(a);
  path_calls(a);
  shared_mappings(a);
  foreign_families(a);
  message_calls(a);
  always(a, {SYS_bind, SYS_connect, SYS_listen, SYS_accept, SYS_accept4, SYS_getsockname,
             SYS_getpeername, SYS_getsockopt, SYS_setsockopt, SYS_shutdown, SYS_sendmmsg,
             SYS_recvmmsg});
  always(a, {SYS_ppoll, SYS_pselect6});
#ifdef SYS_poll
  always(a, {SYS_poll, SYS_select});
#endif
  socket_ioctls(a);
  when_flag(a, SYS_clone, 0, CLONE_NEWNET);
  when_flag(a, SYS_unshare, 0, CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUSER);
  always(a, {SYS_clone3, SYS_setns, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_io_uring_setup});
  if (options.trap_ids)
    always(a, {SYS_capget, SYS_capset, SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid,
               SYS_setresuid, SYS_setresgid, SYS_setgroups, SYS_setfsuid, SYS_setfsgid,
               SYS_mlockall, SYS_ioprio_set});
  a.ret(allow);
  return a.code;
}

}  // namespace linnet
