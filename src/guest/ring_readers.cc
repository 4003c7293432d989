// When to look, and looking.
#include "guest/ring_readers.hh"

#include <sys/stat.h>

#include <algorithm>

#include "guest/carrier.hh"
#include "guest/process_table.hh"

namespace linnet {
namespace {

constexpr ktime first_gap = 50 * ns_per_us, longest_gap = ns_per_sec;

void settle(carrier& c, pid_t tgid, int fd, process_table& processes) {
  c.settle([&] {
    unique_fd theirs = processes.duplicate(tgid, fd);
    struct stat st;  // the number may stand for something else by now
    if (!theirs || fstat(theirs.get(), &st) != 0 || st.st_ino != c.inode()) return unique_fd();
    return theirs;
  });
}

}  // namespace

void ring_readers::enter(carrier& c, pid_t tgid, int fd) {
  readers_.insert_or_assign(&c, reader{.tgid = tgid, .fd = fd});
}

void ring_readers::leave(carrier& c) { readers_.erase(&c); }

void ring_readers::look(ktime now, process_table& processes) {
  for (auto& [c, r] : readers_) {
    if (!c->shows_token()) {
      r.gap = 0;
      r.next = ktime_max;
    } else if (r.gap == 0) {
      r.gap = first_gap;
      r.next = now + r.gap;
    } else if (now >= r.next) {
      settle(*c, r.tgid, r.fd, processes);
      r.gap = std::min(r.gap * 2, longest_gap);
      r.next = now + r.gap;
    }
  }
}

void ring_readers::look_at_all(process_table& processes) const {
  for (const auto& [c, r] : readers_)
    if (c->shows_token()) settle(*c, r.tgid, r.fd, processes);
}

ktime ring_readers::next_look() const {
  ktime next = ktime_max;
  for (const auto& [c, r] : readers_) next = std::min(next, r.next);
  return next;
}

}  // namespace linnet
