// Asks the host about processes: pidfds, /proc/PID/status, /proc/PID/fd.
#include "guest/process_table.hh"

#include <limits.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

namespace linnet {
namespace {

// A number of /proc/TID/status; 0 when the thread is gone.
pid_t from_status(pid_t tid, std::string_view key) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/status", tid);
  FILE* f = fopen(path, "re");
  if (!f) return 0;
  char line[256];
  int number = 0;
  while (fgets(line, sizeof line, f))
    if (std::string_view(line).starts_with(key)) number = atoi(line + key.size());
  fclose(f);
  return number;
}

std::string read_link(const char* path) {
  char target[PATH_MAX];
  const ssize_t n = readlink(path, target, sizeof target);
  return n > 0 ? std::string(target, static_cast<size_t>(n)) : std::string();
}

int pidfd_open_of(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

}  // namespace

process_table::~process_table() {
  for (auto& [tgid, pidfd] : processes_) loop_.unwatch(pidfd.get());
}

bool process_table::ended(const unique_fd& pidfd) const {
  pollfd p{pidfd.get(), POLLIN, 0};
  return poll(&p, 1, 0) != 0;
}

pid_t process_table::enter(pid_t tgid, unique_fd pidfd) {
  loop_.watch(pidfd.get(), EPOLLIN, [this, tgid](u32) { forget(tgid); });
  processes_.insert_or_assign(tgid, std::move(pidfd));
  return tgid;
}

void process_table::forget(pid_t tgid) {
  const auto it = processes_.find(tgid);
  if (it == processes_.end()) return;
  loop_.unwatch(it->second.get());
  processes_.erase(it);
  std::erase_if(threads_, [tgid](const auto& t) { return t.second == tgid; });
  on_exit_(tgid);
}

pid_t process_table::tgid_of(pid_t tid) {
  if (const auto it = processes_.find(tid); it != processes_.end()) {
    if (!ended(it->second)) return tid;
    forget(tid);
  }
  if (const auto it = threads_.find(tid); it != threads_.end()) {
    if (syscall(SYS_tgkill, it->second, tid, 0) == 0 || errno == EPERM) return it->second;
    threads_.erase(it);
  }
  if (unique_fd pidfd(pidfd_open_of(tid)); pidfd) return enter(tid, std::move(pidfd));

  const pid_t tgid = from_status(tid, "Tgid:");
  if (tgid == 0 || tgid == tid) return 0;
  if (!processes_.contains(tgid)) {
    unique_fd pidfd(pidfd_open_of(tgid));
    if (!pidfd) return 0;
    enter(tgid, std::move(pidfd));
  }
  threads_[tid] = tgid;
  return tgid;
}

unique_fd process_table::duplicate(pid_t tgid, int fd) {
  const auto it = processes_.find(tgid);
  if (it == processes_.end()) return {};
  return unique_fd(static_cast<int>(syscall(SYS_pidfd_getfd, it->second.get(), fd, 0)));
}

bool process_table::room_for_descriptor(pid_t tgid) const {
  rlimit limit;
  if (prlimit(tgid, RLIMIT_NOFILE, nullptr, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return true;
  const std::string path = "/proc/" + std::to_string(tgid) + "/fd";
  struct stat st;
  if (stat(path.c_str(), &st) != 0 || static_cast<rlim_t>(st.st_size) < limit.rlim_cur) return true;
  // Some may be beyond the limit, from before it was lowered.
  rlim_t below = 0;
  std::error_code failed;
  for (const auto& e : std::filesystem::directory_iterator(path, failed))
    below += std::strtoul(e.path().filename().c_str(), nullptr, 10) < limit.rlim_cur;
  return failed || below < limit.rlim_cur;
}

std::string descriptor_link(pid_t tid, int fd) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd/%d", tid, fd);
  return fd < 0 ? std::string() : read_link(path);
}

std::string current_directory(pid_t tid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/cwd", tid);
  return read_link(path);
}

bool is_traced(pid_t tid) { return from_status(tid, "TracerPid:") != 0; }

unsigned thread_count(pid_t tgid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", tgid);
  struct stat st;
  return stat(path, &st) == 0 && st.st_nlink > 2 ? static_cast<unsigned>(st.st_nlink - 2) : 1;
}

ino_t link_inode(std::string_view link, std::string_view kind) {
  if (!link.starts_with(kind) || !link.substr(kind.size()).starts_with(":[")) return 0;
  const char* first = link.data() + kind.size() + 2;
  u64 inode = 0;
  std::from_chars(first, link.data() + link.size(), inode);
  return inode;
}

}  // namespace linnet
