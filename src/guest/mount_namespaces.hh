// What guests have bound over files of /etc: their mount namespaces, as far as `ip netns exec NAME` makes them. It enters
// a new one and binds /etc/netns/NAME/resolv.conf over /etc/resolv.conf, and so on for all that it finds there; the
// processes that it starts see these, others don't.
//
// Which mount namespace a process is in is kept where its network namespace is kept (netns_registry.hh): in a limit that
// limits nothing, here the soft RLIMIT_RSS, which the host's kernel hands on through fork and exec. A number is all
// there is to one in which nothing was bound. What was bound in others is forgotten some time after their last process.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/types.hh"

namespace linnet {

struct bound_file {
  std::string target;  // a normal path, as guests say it
  std::string source;  // what is seen there: a path below private_dir::etc()
};
using bound_files = std::vector<bound_file>;  // the latest last, which covers what is below it

// What of the world's own /etc `path` shows: empty when nothing is bound there or above. `mount_point`: it is the very
// target of a bind.
std::string bound_source(const bound_files&, std::string_view path, bool& mount_point);

class mount_namespaces {
 public:
  // Whether nothing is bound anywhere: then nobody needs to be asked about.
  bool empty() const { return bound_.empty(); }
  // In how many something is bound.
  size_t count() const { return bound_.size(); }
  const bound_files& of(pid_t tgid);
  // The process goes on in a copy of its mount namespace. 0 or errno.
  int unshare(pid_t tgid);
  // `target` must be normal; what it shows is looked up when it is used.
  void bind(pid_t tgid, std::string target, std::string source);
  // False: nothing was bound there.
  bool unbind(pid_t tgid, std::string_view target);
  void process_gone(pid_t tgid) { of_process_.erase(tgid); }

 private:
  u64 number_of(pid_t tgid);
  void forget_unused();

  u64 last_ = 0;                               // 0 is the world's first
  std::map<u64, bound_files> bound_;           // only where something is
  size_t look_at_ = 64;                        // when there are so many, some may be unused
  std::unordered_map<pid_t, u64> of_process_;  // read already
};

}  // namespace linnet
