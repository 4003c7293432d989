// Which carriers stand for packet sockets with a mapped ring, and who reads them. A ring's reader takes packets without
// a call, so a carrier that shows "readable" goes on showing it when all is read. poll, select and their kin are trapped and
// look first; for epoll, which is not, we look by ourselves while a carrier shows something: soon at first, then
// at intervals that double. So a reader spins for no longer than it had left its ring unread, and one that is asleep
// costs next to nothing.
#pragma once

#include <sys/types.h>

#include <unordered_map>

#include "time/ktime.hh"

namespace linnet {

class carrier;
class process_table;

class ring_readers {
 public:
  // A process has mapped a ring by this descriptor.
  void enter(carrier&, pid_t tgid, int fd);
  void leave(carrier&);

  bool empty() const { return readers_.empty(); }
  bool contains(carrier& c) const { return readers_.contains(&c); }

  // Takes back what carriers show of rings that have been read empty, where it is time to look.
  void look(ktime now, process_table&);
  ktime next_look() const;
  // The same at once, of all.
  void look_at_all(process_table&) const;

 private:
  struct reader {
    pid_t tgid;
    int fd;
    ktime gap = 0;  // between looks; 0: nothing is shown
    ktime next = ktime_max;
  };
  std::unordered_map<carrier*, reader> readers_;
};

}  // namespace linnet
