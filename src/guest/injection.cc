// ptrace(2): seize and interrupt, which ends the wait in seccomp as a signal would; then from one stop at a call's
// entry or exit to the next. All waiting here is for a thread that is about to stop; it takes microseconds.
#include "guest/injection.hh"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "guest/guest_registers.hh"

namespace linnet {
namespace {

constexpr int syscall_stop = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD

void* as_pointer(u64 v) { return reinterpret_cast<void*>(v); }

bool get_registers(pid_t tid, guest_registers& r) {
  iovec v{&r, sizeof r};
  return ptrace(PTRACE_GETREGSET, tid, as_pointer(NT_PRSTATUS), &v) == 0;
}

bool set_registers(pid_t tid, guest_registers& r) {
  iovec v{&r, sizeof r};
  return ptrace(PTRACE_SETREGSET, tid, as_pointer(NT_PRSTATUS), &v) == 0;
}

// The signal with which the thread stopped; 0 when it has ended, which is left for others to reap.
int wait_stop(pid_t tid) {
  siginfo_t i{};
  while (waitid(P_PID, static_cast<id_t>(tid), &i, WSTOPPED | WEXITED | __WALL | WNOWAIT) != 0)
    if (errno != EINTR) return 0;
  if (i.si_code != CLD_TRAPPED && i.si_code != CLD_STOPPED) return 0;
  int status = 0;
  if (waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status)) return 0;
  return WSTOPSIG(status);
}

}  // namespace

struct injection::state {
  explicit state(pid_t t) : tid(t) {}
  pid_t tid;
  bool stopped = false;
  guest_registers before{};
  u64 mask = 0;

  ~state() {
    if (!stopped) return;
    set_registers(tid, before);
    ptrace(PTRACE_SETSIGMASK, tid, as_pointer(sizeof mask), &mask);
    ptrace(PTRACE_DETACH, tid, nullptr, nullptr);
  }

  // On to the next entry or exit of a call, past stops of other kinds.
  bool run_to_call() {
    for (;;) {
      if (ptrace(PTRACE_SYSCALL, tid, nullptr, nullptr) != 0) return stopped = false;
      const int sig = wait_stop(tid);
      if (sig == 0) return stopped = false;
      if (sig == syscall_stop) return true;
    }
  }
};

injection::injection(std::unique_ptr<state> s) : s_(std::move(s)) {}
injection::injection(injection&&) noexcept = default;
injection::~injection() = default;

result<injection> injection::stop(pid_t tid, int nr) {
  if (ptrace(PTRACE_SEIZE, tid, nullptr, as_pointer(PTRACE_O_TRACESYSGOOD)) != 0) return err(errno);
  auto s = std::make_unique<state>(tid);
  if (ptrace(PTRACE_INTERRUPT, tid, nullptr, nullptr) != 0 || wait_stop(tid) == 0)
    return err(ESRCH);
  s->stopped = get_registers(tid, s->before) &&
               ptrace(PTRACE_GETSIGMASK, tid, as_pointer(sizeof s->mask), &s->mask) == 0;
  if (!s->stopped) {
    ptrace(PTRACE_DETACH, tid, nullptr, nullptr);
    return err(ESRCH);
  }
  if (!interrupted_in_call(s->before, nr)) return err(EINTR);
  u64 all = ~u64{0};
  ptrace(PTRACE_SETSIGMASK, tid, as_pointer(sizeof all), &all);
  return injection(std::move(s));
}

result<s64> injection::call(long nr, std::initializer_list<u64> args) {
  guest_registers r = s_->before;
  prepare_call(r, nr, args);
  if (!s_->stopped || !set_registers(s_->tid, r)) return err(ESRCH);
  if (!s_->run_to_call() || !s_->run_to_call()) return err(ESRCH);
  if (!get_registers(s_->tid, r)) return err(ESRCH);
  return call_result(r);
}

void injection::finish(s64 value) { end_call(s_->before, value); }

}  // namespace linnet
