// Settings (sysctl and sysfs files) that guests have open for writing. The guest holds a pipe; whatever comes
// out of it is written to the file in the stack. Short writes are trapped and served with their errno before
// they reach the pipe; longer ones can only be taken afterwards, and their error is lost.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>

#include "guest/unique_fd.hh"
#include "net/core/pseudo_files.hh"
#include "world/loop.hh"

namespace linnet {

struct setting_file {
  net* ns;
  pseudo_tree tree;
  std::string path;
};

class setting_files {
 public:
  explicit setting_files(event_loop& loop) : loop_(loop) {}
  ~setting_files();
  setting_files(const setting_files&) = delete;
  setting_files& operator=(const setting_files&) = delete;

  bool empty() const { return open_.empty(); }
  // The guest's end of a new pipe for `file`; invalid with errno set.
  unique_fd open(setting_file file);
  const setting_file* by_inode(ino_t) const;
  // Takes everything written so far, and forgets what is closed. `on_close` is told the namespace.
  void drain();

  std::function<void(net&)> on_open, on_close;

 private:
  struct entry {
    setting_file file;
    unique_fd ours;
  };
  // False when closed.
  bool drain_one(entry&);

  event_loop& loop_;
  std::map<ino_t, entry> open_;
};

}  // namespace linnet
