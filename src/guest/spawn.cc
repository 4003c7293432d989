// The child is made as vfork(2) makes it, but with the descriptor table shared until it executes the command:
// so the listener it creates appears in our table too, execve gives it a table of its own (and closes its copy of
// the listener, which is close-on-exec), and no message between the two is needed. Until then we are stopped,
// so nothing that the filter traps may happen in the child: execve(2) and the few calls below are not trapped.
#include "guest/spawn.hh"

#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace linnet {
namespace {

struct child_plan {
  char* const* argv;
  const inherited_state* state;
  sock_fprog program;
  pid_t parent;
  // Filled in by the child, which shares our memory.
  int listener_fd = -1;
  const char* failed_step = nullptr;
  int error = 0;
};

constexpr size_t child_stack_bytes =
    256 * 1024;  // execvp keeps argv for scripts and the path there

int fail(child_plan& p, const char* step) {
  p.error = errno;
  p.failed_step = step;
  return 127;
}

int child_main(void* arg) {
  auto& p = *static_cast<child_plan*>(arg);
  const inherited_state& s = *p.state;
  for (int sig : s.default_signals) signal(sig, SIG_DFL);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail(p, "prctl(PR_SET_PDEATHSIG)");
  if (getppid() != p.parent) return 127;
  const rlimit tag{s.netns_tag, RLIM_INFINITY};
  if (setrlimit(RLIMIT_RTTIME, &tag) != 0) return fail(p, "setrlimit(RLIMIT_RTTIME)");
  if (setrlimit(RLIMIT_NOFILE, &s.nofile) != 0) return fail(p, "setrlimit(RLIMIT_NOFILE)");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail(p, "prctl(PR_SET_NO_NEW_PRIVS)");
  p.listener_fd = static_cast<int>(
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &p.program));
  if (p.listener_fd < 0) return fail(p, "seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER)");
  sigprocmask(SIG_SETMASK, &s.mask, nullptr);
  execvp(p.argv[0], p.argv);
  return fail(p, nullptr);
}

}  // namespace

result<spawned> spawn_guest(char* const argv[], const inherited_state& state,
                            const filter_options& options) {
  auto code = guest_filter(options);
  child_plan plan{.argv = argv,
                  .state = &state,
                  .program = {static_cast<unsigned short>(code.size()), code.data()},
                  .parent = getpid()};
  auto stack = std::make_unique<std::byte[]>(child_stack_bytes);
  const pid_t pid = clone(child_main, stack.get() + child_stack_bytes,
                          CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, &plan);
  if (pid < 0) return err(errno, "clone");

  spawned out;
  out.pid = pid;
  if (plan.listener_fd >= 0) out.channel = listener(unique_fd(plan.listener_fd));
  if (plan.error != 0) {
    waitpid(pid, nullptr, 0);
    if (plan.failed_step) return err(plan.error, plan.failed_step);
    out.exec_errno = plan.error;
  }
  return out;
}

}  // namespace linnet
