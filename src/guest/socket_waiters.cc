// Reads the call that a thread is in, /proc/PID/task/TID/syscall, and then the set that it waits for.
#include "guest/socket_waiters.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "guest/guest_memory.hh"
#include "guest/process_table.hh"

namespace linnet {
namespace {

constexpr u64 most_polled = 256;
constexpr long epoll_pwait2_ = 441;  // the C library's headers may be older

struct sleeping_call {
  long nr = -1;
  std::array<u64, 3> args{};
};

FILE* open_of(pid_t tgid, const std::string& rest) {
  return fopen(("/proc/" + std::to_string(tgid) + "/" + rest).c_str(), "re");
}

// One that runs is not in any.
sleeping_call call_of(pid_t tgid, pid_t tid) {
  sleeping_call c;
  FILE* f = open_of(tgid, "task/" + std::to_string(tid) + "/syscall");
  if (!f) return c;
  const int n =
      fscanf(f, "%ld %" SCNx64 " %" SCNx64 " %" SCNx64, &c.nr, &c.args[0], &c.args[1], &c.args[2]);
  fclose(f);
  return n == 4 ? c : sleeping_call();
}

// A process and the socket that it may wait for.
class question {
 public:
  question(process_table& t, pid_t tgid, ino_t inode) : table_(t), tgid_(tgid), inode_(inode) {}

  bool waits(pid_t tid) const {
    const sleeping_call c = call_of(tgid_, tid);
    switch (c.nr) {
      case SYS_read:
      case SYS_readv: return is_it(static_cast<int>(c.args[0]));
      case SYS_epoll_pwait:
      case epoll_pwait2_: return watched_by(static_cast<int>(c.args[0]));
      case SYS_ppoll: return polled(c);
      case SYS_pselect6: return selected(c);
#ifdef SYS_poll
      case SYS_epoll_wait: return watched_by(static_cast<int>(c.args[0]));
      case SYS_poll: return polled(c);
      case SYS_select: return selected(c);
#endif
      default: return false;
    }
  }

 private:
  bool is_it(int fd) const { return link_inode(descriptor_link(tgid_, fd), "socket") == inode_; }
  bool would_block(int fd) const {
    const unique_fd copy = table_.duplicate(tgid_, fd);
    return copy && !(fcntl(copy.get(), F_GETFL) & O_NONBLOCK);
  }

  // The lines of /proc/PID/fdinfo/N about an epoll descriptor name the inode of each file (man 5 proc).
  bool watched_by(int epoll) const {
    FILE* f = open_of(tgid_, "fdinfo/" + std::to_string(epoll));
    if (!f) return false;
    char line[256];
    bool found = false;
    while (!found && fgets(line, sizeof line, f)) {
      const std::string_view text(line);
      const size_t at = text.find(" ino:");
      if (!text.starts_with("tfd:") || at == text.npos) continue;
      found = strtoull(line + at + 5, nullptr, 16) == inode_;
    }
    fclose(f);
    return found;
  }

  bool polled(const sleeping_call& c) const {
    std::vector<pollfd> set(std::min(c.args[1], most_polled));
    if (!guest_memory(tgid_).read(c.args[0], std::as_writable_bytes(std::span(set)))) return false;
    for (const pollfd& p : set)
      if ((p.events & (POLLIN | POLLRDNORM)) && p.fd >= 0 && is_it(p.fd) && would_block(p.fd))
        return true;
    return false;
  }

  bool selected(const sleeping_call& c) const {
    const u64 count = std::min(c.args[0], most_polled);
    std::vector<u64> set((count + 63) / 64);
    if (!guest_memory(tgid_).read(c.args[1], std::as_writable_bytes(std::span(set)))) return false;
    for (u64 fd = 0; fd < count; ++fd) {
      const int n = static_cast<int>(fd);
      if ((set[fd / 64] >> fd % 64 & 1) && is_it(n) && would_block(n)) return true;
    }
    return false;
  }

  process_table& table_;
  pid_t tgid_;
  ino_t inode_;
};

}  // namespace

bool waits_for_socket(process_table& table, pid_t tgid, ino_t inode) {
  const question asked(table, tgid, inode);
  std::error_code failed;
  const std::string tasks = "/proc/" + std::to_string(tgid) + "/task";
  for (const auto& e : std::filesystem::directory_iterator(tasks, failed))
    if (asked.waits(atoi(e.path().filename().c_str()))) return true;
  return false;
}

}  // namespace linnet
