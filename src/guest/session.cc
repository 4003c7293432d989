// Signals. The terminal's (INT, QUIT, TSTP) reach the guests by themselves and are ignored here: the command
// decides what they mean. TERM and HUP are passed on to it. When the terminal stops the command, we stop too,
// so that the shell sees a stopped job; both wake with CONT.
#include "guest/session.hh"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

#include "guest/preload_image.hh"
#include "guest/spawn.hh"
#include "guest/supervisor.hh"

namespace linnet {
namespace {

constexpr std::array ignored_signals = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE};
constexpr std::array taken_signals = {SIGCHLD, SIGTERM, SIGHUP};

// Sets the dispositions up, and puts them back.
class signal_setup {
 public:
  signal_setup() {
    for (int sig : ignored_signals) {
      struct sigaction old;
      sigaction(sig, nullptr, &old);
      if (old.sa_handler != SIG_DFL) continue;
      signal(sig, SIG_IGN);
      changed_.push_back(sig);
    }
    // A guest's end must be told even if our parent ignored such news.
    signal(SIGCHLD, SIG_DFL);
    sigset_t taken;
    sigemptyset(&taken);
    for (int sig : taken_signals) sigaddset(&taken, sig);
    sigprocmask(SIG_BLOCK, &taken, &mask_);
    fd_.reset(signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  ~signal_setup() {
    for (int sig : changed_) signal(sig, SIG_DFL);
    sigprocmask(SIG_SETMASK, &mask_, nullptr);
  }
  signal_setup(const signal_setup&) = delete;
  signal_setup& operator=(const signal_setup&) = delete;

  int fd() const { return fd_.get(); }
  const std::vector<int>& changed() const { return changed_; }
  const sigset_t& mask() const { return mask_; }

 private:
  std::vector<int> changed_;
  sigset_t mask_;
  unique_fd fd_;
};

// Every emulated socket is a descriptor here as well: as many as the host allows.
rlimit raise_descriptor_limit() {
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit most{before.rlim_max, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &most);
  return before;
}

class reaper {
 public:
  explicit reaper(pid_t command) : command_(command) {}

  bool all_gone() const { return all_gone_; }
  int status() const { return status_; }

  void on_signal(int signal_fd) {
    signalfd_siginfo info;
    while (read(signal_fd, &info, sizeof info) == sizeof info)
      if (info.ssi_signo != SIGCHLD && command_ > 0)
        kill(command_, static_cast<int>(info.ssi_signo));
    reap();
  }

  void reap() {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
      if (pid != command_) continue;
      if (WIFSTOPPED(status)) {
        stop_with(WSTOPSIG(status));
      } else {
        status_ = status;
        command_ = 0;
      }
    }
    all_gone_ = pid < 0 && errno == ECHILD;
  }

 private:
  void stop_with(int sig) const {
    const bool by_terminal = sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
    if (by_terminal && getpgid(command_) == getpgrp()) raise(SIGSTOP);
  }

  pid_t command_;
  int status_ = 0;
  bool all_gone_ = false;
};

}  // namespace

result<session_result> run_session(world& w, event_loop& loop, private_dir dir, front_kind front,
                                   char* const argv[]) {
  signal_setup signals;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  inherited_state state{.mask = signals.mask(),
                        .default_signals = signals.changed(),
                        .nofile = raise_descriptor_limit(),
                        .netns_tag = netns_tag(getpid(), w.init_net->inum)};
  // Where it can't be had, calls are trapped as ever.
  const bool shared = front == front_kind::shared && offer_preload(dir);
  supervisor guests(w, loop, std::move(dir));
  if (shared) guests.front.allow();
  auto child = spawn_guest(argv, state, {.trap_ids = geteuid() != 0});
  if (!child) return std::unexpected(child.error());
  if (child->exec_errno) return session_result{.exec_errno = child->exec_errno};

  guests.serve(std::move(child->channel));
  reaper children(child->pid);
  loop.watch(signals.fd(), EPOLLIN, [&](u32) { children.on_signal(signals.fd()); });
  children.reap();
  while (!children.all_gone()) loop.run_once([&] { return guests.sleep_limit(); });
  loop.unwatch(signals.fd());
  return session_result{.wait_status = children.status()};
}

void exit_like(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int sig = WTERMSIG(wait_status);
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    signal(sig, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, sig);
    sigprocmask(SIG_UNBLOCK, &only, nullptr);
    raise(sig);
    _exit(128 + sig);
  }
  _exit(WEXITSTATUS(wait_status));
}

}  // namespace linnet
