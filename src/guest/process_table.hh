// The guests' processes as far as the supervisor needs them: which process a thread belongs to, a pidfd to
// fetch descriptors through, and the news of its end. A process is entered when its first trapped call
// comes. Ids are never trusted across a reuse: a pidfd tells that its process has ended, and a thread's
// membership is asked of the kernel each time.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <unordered_map>

#include "guest/unique_fd.hh"
#include "world/loop.hh"

namespace linnet {

class process_table {
 public:
  process_table(event_loop& loop, std::function<void(pid_t)> on_exit)
      : loop_(loop), on_exit_(std::move(on_exit)) {}
  ~process_table();
  process_table(const process_table&) = delete;
  process_table& operator=(const process_table&) = delete;

  // The process (thread group) of a thread; 0 when it is gone.
  pid_t tgid_of(pid_t tid);
  // A duplicate of a process's descriptor: same open file description.
  unique_fd duplicate(pid_t tgid, int fd);

  // Whether the process may have one descriptor more (RLIMIT_NOFILE). Cheap where the host counts them (Linux 6.2).
  bool room_for_descriptor(pid_t tgid) const;

  size_t size() const { return processes_.size(); }

 private:
  pid_t enter(pid_t tgid, unique_fd pidfd);
  void forget(pid_t tgid);
  bool ended(const unique_fd& pidfd) const;

  event_loop& loop_;
  std::function<void(pid_t)> on_exit_;
  std::unordered_map<pid_t, unique_fd> processes_;  // tgid to pidfd
  std::unordered_map<pid_t, pid_t> threads_;        // tid to tgid, for threads other than the first
};

// What /proc shows of a guest's descriptor: "socket:[1234]", a path; empty when it isn't open.
std::string descriptor_link(pid_t tid, int fd);
// Its current directory.
std::string current_directory(pid_t tid);
unsigned thread_count(pid_t tgid);
// Whether a debugger (strace, gdb) holds the thread.
bool is_traced(pid_t tid);
// The inode in "socket:[N]" or "pipe:[N]"; 0 when the link is of another kind.
ino_t link_inode(std::string_view link, std::string_view kind);

}  // namespace linnet
