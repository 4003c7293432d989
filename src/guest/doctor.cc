// The checks share one subject: a child under a filter that traps a single harmless call, with which everything
// is tried that the supervisor does to guests. Where the subject itself cannot be made, the rest is
// not tried and says so.
#include "guest/doctor.hh"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <optional>

#include "guest/guest_memory.hh"
#include "guest/listener.hh"
#include "guest/mount_namespaces.hh"
#include "guest/netns_registry.hh"
#include "guest/preload_image.hh"
#include "guest/private_dir.hh"

namespace linnet {
namespace {

constexpr int trapped_call = SYS_getpriority;
constexpr u64 secret = 0x6c696e6e65742121;

check verdict(const char* name, int error, const char* fix, bool optional = false) {
  return {.name = name,
          .ok = error == 0,
          .optional = optional,
          .cause = error ? strerror(error) : "",
          .fix = fix};
}

// A child that makes the trapped call with the address of its secret, passing the call's result on as its
// exit status.
class subject {
 public:
  subject() {
    shared_ = static_cast<shared*>(
        mmap(nullptr, sizeof(shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    if (shared_ == MAP_FAILED || pipe2(ready_, O_CLOEXEC) != 0) {
      error_ = errno;
      return;
    }
    pid_ = fork();
    if (pid_ == 0) child();
    if (pid_ < 0) error_ = errno;
    close(ready_[1]);
    char byte;
    if (pid_ > 0 && read(ready_[0], &byte, 1) == 1 && shared_->listener >= 0) take_listener();
    if (error_ == 0) error_ = shared_->error;
  }
  ~subject() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(ready_[0]);
    if (shared_ != MAP_FAILED) munmap(shared_, sizeof(shared));
  }
  subject(const subject&) = delete;
  subject& operator=(const subject&) = delete;

  int error() const { return error_; }
  int getfd_error() const { return getfd_error_; }
  bool usable() const { return channel_.fd() >= 0; }
  pid_t pid() const { return pid_; }
  listener& channel() { return channel_; }

 private:
  struct shared {
    int listener = -1;
    int error = 0;
  };

  [[noreturn]] void child() {
    const sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<u32>(trapped_call), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{4, const_cast<sock_filter*>(code)};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    u64 kept = secret;
    shared_->listener = -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
      shared_->listener = static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                                   SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
    shared_->error = shared_->listener < 0 ? errno : 0;
    (void)!write(ready_[1], "", 1);
    if (shared_->listener < 0) _exit(1);
    const long got = syscall(trapped_call, &kept, 0);
    _exit(got >= 0 ? 0 : 1);
  }

  void take_listener() {
    const unique_fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    if (pidfd) {
      unique_fd fd(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.get(), shared_->listener, 0)));
      if (fd) {
        channel_ = listener(std::move(fd));
        return;
      }
    }
    getfd_error_ = errno;
  }

  shared* shared_ = static_cast<shared*>(MAP_FAILED);
  int ready_[2] = {-1, -1};
  pid_t pid_ = -1;
  int error_ = 0;
  int getfd_error_ = 0;
  listener channel_;
};

const char* listener_fix(int error) {
  switch (error) {
    case EBUSY:
      return "another supervisor of this kind is around you (a container runtime, a sandbox, a "
             "`linnet run`): "
             "start Linnet outside it";
    case ENOSYS:
    case EINVAL:
      return "a kernel from 5.9 on with CONFIG_SECCOMP_FILTER=y, or a sandbox that lets seccomp(2) "
             "through";
    default: return "let seccomp(2) through: in a container, --security-opt seccomp=unconfined";
  }
}

// What a trapped call needs, in the order in which the supervisor does it.
void examine_call(subject& s, std::vector<check>& out) {
  pollfd p{s.channel().fd(), POLLIN, 0};
  const auto request = poll(&p, 1, 5000) == 1 ? s.channel().receive() : std::nullopt;
  out.push_back(
      verdict("a trapped call reaches us", request ? 0 : ETIMEDOUT, "a kernel from 5.9 on"));
  if (!request) return;

  const auto kept = guest_memory(s.pid()).get<u64>(request->data.args[0]);
  out.push_back(
      verdict("reading a guest's memory (process_vm_readv)",
              kept == secret ? 0
              : errno        ? errno
                             : EIO,
              "sysctl kernel.yama.ptrace_scope=1 (or 0); in a container, allow process_vm_readv"));

  const rlimit tag{netns_tag(getpid(), 1), RLIM_INFINITY};
  rlimit back{};
  const bool tagged = prlimit(s.pid(), RLIMIT_RTTIME, &tag, nullptr) == 0 &&
                      prlimit(s.pid(), RLIMIT_RTTIME, nullptr, &back) == 0 &&
                      netns_of_tag(getpid(), back.rlim_cur) == 1u;
  out.push_back(verdict("marking a guest with its namespace (prlimit of RLIMIT_RTTIME)",
                        tagged ? 0 : errno,
                        "start without a hard limit on real-time cpu time (ulimit -R unlimited)"));
  out.push_back(verdict("marking a guest with its mount namespace (prlimit of RLIMIT_RSS)",
                        mount_namespaces().unshare(s.pid()),
                        "start without a hard limit on memory (ulimit -m unlimited)"));

  const unique_fd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  out.push_back(verdict("giving a guest a descriptor (SECCOMP_IOCTL_NOTIF_ADDFD with SEND)",
                        std::max(0, -s.channel().send_fd(request->id, null.get(), true)),
                        "a kernel from 5.14 on"));
}

check examine_directory() {
  const auto dir = private_dir::create();
  if (!dir)
    return verdict("a private directory", dir.error().code,
                   "set TMPDIR to a directory that is writable");
  const unique_fd fd(open((dir->ns() + "/1").c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0400));
  const bool leased = fd && fcntl(fd.get(), F_SETLEASE, F_WRLCK) == 0;
  return verdict("a private directory, with leases", leased ? 0 : errno,
                 "set TMPDIR to a directory on a local file system (tmpfs, ext4)");
}

check examine_preload() {
  auto dir = private_dir::create();
  const status done = dir ? offer_preload(*dir) : status(std::unexpected(dir.error()));
  return verdict("preloading a library into guests, for speed", done ? 0 : done.error().code,
                 "set TMPDIR to a directory whose file system is not mounted noexec", true);
}

check examine_tap() {
  constexpr const char* name = "TAP devices, for --attach";
  constexpr const char* fix =
      "root once: modprobe tun; ip tuntap add mode tap user YOU name NAME; or run with "
      "CAP_NET_ADMIN";
  const unique_fd tun(open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  if (!tun) return verdict(name, errno, fix, true);
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  return verdict(name, ioctl(tun.get(), TUNSETIFF, &request) == 0 ? 0 : errno, fix, true);
}

}  // namespace

std::vector<check> examine_machine() {
  std::vector<check> out;
  {
    subject s;
    out.push_back(verdict("seccomp user notification", s.error(), listener_fix(s.error())));
    if (s.error() == 0)
      out.push_back(verdict("fetching a guest's descriptor (pidfd_getfd)", s.getfd_error(),
                            "a kernel from 5.6 on; sysctl kernel.yama.ptrace_scope=1 (or 0)"));
    if (s.usable()) examine_call(s, out);
  }
  out.push_back(examine_directory());
  out.push_back(examine_preload());
  out.push_back(examine_tap());
  return out;
}

}  // namespace linnet
