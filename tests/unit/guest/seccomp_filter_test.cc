// Runs the guests' filter on an interpreter of classic BPF, as the kernel would.
#include "guest/seccomp_filter.hh"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cstring>

#include "guest/front/channel.hh"
#include "guest/syscall_abi.hh"

namespace linnet {
namespace {

u32 run(const std::vector<sock_filter>& code, const seccomp_data& data) {
  u32 a = 0;
  for (size_t pc = 0; pc < code.size(); ++pc) {
    const sock_filter& i = code[pc];
    const auto jump = [&](bool taken) { pc += taken ? i.jt : i.jf; };
    switch (i.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (i.k + 4 > sizeof data) return ~0u;
        memcpy(&a, reinterpret_cast<const char*>(&data) + i.k, 4);
        break;
      case BPF_ALU | BPF_AND | BPF_K: a &= i.k; break;
      case BPF_ALU | BPF_SUB | BPF_K: a -= i.k; break;
      case BPF_JMP | BPF_JEQ | BPF_K: jump(a == i.k); break;
      case BPF_JMP | BPF_JGE | BPF_K: jump(a >= i.k); break;
      case BPF_RET | BPF_K: return i.k;
      default: return ~0u;
    }
  }
  return ~0u;
}

class filter : public testing::Test {
 protected:
  u32 verdict(long nr, std::initializer_list<u64> args = {}, u32 arch = native_audit_arch) const {
    seccomp_data d{};
    d.nr = static_cast<int>(nr);
    d.arch = arch;
    std::copy(args.begin(), args.end(), d.args);
    return run(code, d);
  }
  bool trapped(long nr, std::initializer_list<u64> args = {}) const {
    return verdict(nr, args) == SECCOMP_RET_USER_NOTIF;
  }
  bool free(long nr, std::initializer_list<u64> args = {}) const {
    return verdict(nr, args) == SECCOMP_RET_ALLOW;
  }

  std::vector<sock_filter> code = guest_filter({});
};

TEST_F(filter, fits_the_kernel) { EXPECT_LE(code.size(), 4096u); }

TEST_F(filter, leaves_alone_what_has_nothing_to_do_with_networking) {
  for (long nr : {SYS_read, SYS_close, SYS_mmap, SYS_execve, SYS_exit_group, SYS_fcntl, SYS_dup3,
                  SYS_epoll_pwait, SYS_futex, SYS_rt_sigreturn, SYS_prlimit64, SYS_getdents64,
                  SYS_fstat, SYS_pwrite64, SYS_writev, SYS_seccomp})
    EXPECT_TRUE(free(nr)) << nr;
}

TEST_F(filter, traps_polls_for_the_sake_of_errors_and_rings) {
  EXPECT_TRUE(trapped(SYS_ppoll));
  EXPECT_TRUE(trapped(SYS_pselect6));
  EXPECT_TRUE(free(SYS_epoll_pwait));
}

TEST_F(filter, traps_sockets_of_all_families_but_unix) {
  EXPECT_TRUE(free(SYS_socket, {AF_UNIX}));
  EXPECT_TRUE(free(SYS_socketpair, {AF_UNIX}));
  for (u64 family : {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK, 0, 4000})
    EXPECT_TRUE(trapped(SYS_socket, {family})) << family;
}

TEST_F(filter, takes_ints_from_the_lower_half_of_a_register) {
  EXPECT_TRUE(free(SYS_socket, {0xdeadbeef00000000 | AF_UNIX}));
  EXPECT_TRUE(trapped(SYS_write, {0xffffffff00000001, 0, 5}));
}

TEST_F(filter, traps_writes_only_where_a_setting_may_be) {
  EXPECT_TRUE(trapped(SYS_write, {1, 0, 0}));
  EXPECT_TRUE(trapped(SYS_write, {1, 0, setting_echo_max}));
  EXPECT_TRUE(free(SYS_write, {1, 0, setting_echo_max + 1}));
  EXPECT_TRUE(trapped(SYS_write, {setting_fd_first, 0, setting_write_max}));
  EXPECT_TRUE(trapped(SYS_write, {setting_fd_first + setting_fd_count - 1, 0, 1}));
  EXPECT_TRUE(free(SYS_write, {setting_fd_first + setting_fd_count, 0, 1}));
  EXPECT_TRUE(free(SYS_write, {setting_fd_first - 1, 0, 1}));
  for (u64 fd : {0, 2, 3, 15}) EXPECT_TRUE(free(SYS_write, {fd, 0, 1})) << fd;
  EXPECT_TRUE(free(SYS_write, {1, 0, 0x100000001}));
  EXPECT_TRUE(free(SYS_write, {0xffffffff, 0, 1}));
}

TEST_F(filter, lets_pass_messages_that_the_host_serves) {
  const u64 asked = front::already_asked;
  for (long nr : {SYS_sendto, SYS_recvfrom}) {
    EXPECT_TRUE(trapped(nr, {3, 0x1000, 5, MSG_DONTWAIT | MSG_NOSIGNAL}));
    EXPECT_TRUE(free(nr, {3, 0x1000, 5, MSG_DONTWAIT | asked}));
  }
  for (long nr : {SYS_sendmsg, SYS_recvmsg}) {
    EXPECT_TRUE(trapped(nr, {3, asked, MSG_PEEK}));
    EXPECT_TRUE(free(nr, {3, 0x1000, asked}));
  }
  EXPECT_TRUE(trapped(SYS_sendmmsg, {3, 0x1000, 5, asked}));
}

TEST_F(filter, traps_socket_ioctls_only) {
  for (u64 command :
       {SIOCGIFNAME, SIOCGIFCONF, SIOCADDRT, SIOCSARP, SIOCGSTAMP_OLD, SIOCINQ, SIOCOUTQ, 0x89ff})
    EXPECT_TRUE(trapped(SYS_ioctl, {3, command})) << command;
  for (u64 command : {TCGETS, FIONBIO, TCFLSH, 0x8a00, 0x88ff})
    EXPECT_TRUE(free(SYS_ioctl, {3, command})) << command;
}

TEST_F(filter, traps_shared_mappings_that_are_written_to) {
  const u64 rw = PROT_READ | PROT_WRITE;
  EXPECT_TRUE(trapped(SYS_mmap, {0, 4096, rw, MAP_SHARED, 3, 0}));
  EXPECT_TRUE(trapped(SYS_mmap, {0, 4096, rw, MAP_SHARED | MAP_LOCKED | MAP_POPULATE, 3, 0}));
  EXPECT_TRUE(free(SYS_mmap, {0, 4096, PROT_READ, MAP_SHARED, 3, 0}));
  EXPECT_TRUE(free(SYS_mmap, {0, 4096, rw, MAP_PRIVATE, 3, 0}));
  EXPECT_TRUE(free(SYS_mmap, {0, 4096, rw, MAP_SHARED | MAP_ANONYMOUS, ~u64{0}, 0}));
  EXPECT_TRUE(free(SYS_mmap, {0, 4096, rw, MAP_SHARED_VALIDATE, 3, 0}));  // the supervisor's own
}

TEST_F(filter, lets_fstat_pass) {
  EXPECT_TRUE(trapped(SYS_newfstatat, {0, 0, 0, 0}));
  EXPECT_TRUE(trapped(SYS_newfstatat, {0, 0, 0, AT_SYMLINK_NOFOLLOW}));
  EXPECT_TRUE(free(SYS_newfstatat, {0, 0, 0, AT_EMPTY_PATH}));
  EXPECT_TRUE(free(SYS_statx, {0, 0, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW}));
}

TEST_F(filter, traps_changes_of_names_but_not_of_open_files) {
  for (long nr : {SYS_renameat2, SYS_linkat, SYS_symlinkat, SYS_fchmodat, SYS_fchownat,
                  SYS_truncate, SYS_chdir, SYS_getcwd, SYS_inotify_add_watch})
    EXPECT_TRUE(trapped(nr)) << nr;
  for (long nr : {SYS_fchmod, SYS_fchown, SYS_ftruncate, SYS_fchdir}) EXPECT_TRUE(free(nr)) << nr;
  EXPECT_TRUE(trapped(SYS_utimensat, {AT_FDCWD & 0xffffffff, 0x1000}));
  EXPECT_TRUE(trapped(SYS_utimensat, {3, 0x7f00000000}));
  EXPECT_TRUE(free(SYS_utimensat, {3, 0}));
}

TEST_F(filter, traps_new_namespaces_but_no_fork) {
  EXPECT_TRUE(free(SYS_clone, {CLONE_VM | CLONE_THREAD}));
  EXPECT_TRUE(trapped(SYS_clone, {CLONE_NEWNET | 17}));
  EXPECT_TRUE(trapped(SYS_clone3));
  EXPECT_TRUE(trapped(SYS_unshare, {CLONE_NEWNET}));
  EXPECT_TRUE(trapped(SYS_unshare, {CLONE_NEWNS}));
  EXPECT_TRUE(free(SYS_unshare, {CLONE_FILES}));
}

TEST_F(filter, shows_other_architectures_to_the_supervisor) {
  EXPECT_EQ(verdict(SYS_read, {}, AUDIT_ARCH_I386), SECCOMP_RET_USER_NOTIF);
  if (x32_syscall_bit) {
    EXPECT_TRUE(trapped(SYS_read | x32_syscall_bit));
  }
}

TEST_F(filter, leaves_ids_to_a_real_root) {
  for (long nr : {SYS_mlockall, SYS_ioprio_set}) EXPECT_TRUE(trapped(nr)) << nr;
  EXPECT_TRUE(trapped(SYS_setuid));
  EXPECT_TRUE(trapped(SYS_capget));
  code = guest_filter({.trap_ids = false});
  EXPECT_TRUE(free(SYS_setuid));
  EXPECT_TRUE(free(SYS_capset));
  EXPECT_TRUE(trapped(SYS_setns));
}

}  // namespace
}  // namespace linnet
