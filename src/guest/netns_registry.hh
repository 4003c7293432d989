// Which namespace of the world a guest is in, and how long a namespace lives.
//
// The tag. A process carries its namespace as the soft limit of RLIMIT_RTTIME: 2^62 + supervisor + inum, a value
// that no one uses and that limits nothing. The host's kernel hands it on through fork and exec, so no process needs to be
// followed, and reading it costs a fraction of a microsecond. A limit belongs to the whole process; a thread that
// enters a namespace alone is kept in a table beside it.
//
// Life. A namespace is held by names bound to it (ip netns add), by emulated sockets, by open descriptors of
// its file, and by the processes in it. When something that may have been the last holder goes, `sweep` looks at
// all four and gives up what nobody holds.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "guest/private_dir.hh"
#include "guest/unique_fd.hh"
#include "net/core/world.hh"

namespace linnet {

// A tag says whose guest a process is, for worlds number their namespaces alike: the supervisor's process (at most 22
// bits) above the namespace's inode number.
constexpr u64 netns_tag_base = u64{1} << 62;
constexpr u64 netns_tag(pid_t supervisor, u32 inum) {
  return netns_tag_base + (static_cast<u64>(supervisor) << 32) + inum;
}
// The namespace in a soft limit; none when the limit is no tag of this supervisor's.
constexpr std::optional<u32> netns_of_tag(pid_t supervisor, u64 soft_limit) {
  const u64 first = netns_tag(supervisor, 0);
  if (soft_limit < first || soft_limit - first > 0xffffffff) return std::nullopt;
  return static_cast<u32>(soft_limit - first);
}

class netns_registry {
 public:
  netns_registry(world&, const private_dir&);

  // The namespace of a guest's thread. Never fails: what has no tag is in the first one.
  net& of(pid_t tgid, pid_t tid);
  // The same for any process of the host: null when it is no guest of this world. Process 1 counts as one in the
  // first namespace, for `ip link set DEV netns 1` is how devices go home.
  net* of_process(pid_t pid) const;
  // The namespace whose file a path is; null when it is none.
  net* of_path(std::string_view path) const;

  net* create();                           // unshare(CLONE_NEWNET); null when no file can be made
  int enter(pid_t tgid, pid_t tid, net&);  // setns(2); 0 or errno
  void thread_gone(pid_t tid) { overrides_.erase(tid); }
  void process_gone(pid_t tgid);

  // The world's /run/netns. Files come and go there by the guests' own hands.
  void bind_name(const std::string& name, net&);
  bool unbind_name(const std::string& name);  // false: nothing was bound there
  net* by_name(const std::string& name) const;
  std::string name_of(const net&) const;  // the first by alphabet; empty when it has none

  void hold(net&);  // by an emulated socket
  void release(net&);

  void want_sweep() { sweep_wanted_ = true; }
  void sweep();

  // Readable when somebody closed a namespace's descriptor: then call handles_closed.
  int watch_fd() const { return inotify_.get(); }
  void handles_closed();

 private:
  struct override_entry {
    pid_t tgid;
    u32 inum;
  };
  struct holders {
    unique_fd handle;  // our own descriptor of its file, on which leases are asked
    unsigned sockets = 0;
  };
  bool held(net&, const holders&) const;
  bool any_process_in(u32 inum) const;
  net* find(u32 inum) const;

  world& w_;
  const private_dir& dir_;
  const pid_t self_;  // whose guests these are
  unique_fd inotify_;
  std::map<std::string, u32> names_;
  std::map<u32, holders> created_;  // all but the first, which lives as long as the world
  std::unordered_map<pid_t, override_entry> overrides_;
  std::unordered_map<pid_t, u32>
      tags_;  // read already, of processes that live: nobody else changes them
  bool sweep_wanted_ = false;
};

}  // namespace linnet
