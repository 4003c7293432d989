// A guest's side of a channel (guest/front/channel.hh): one for each thread that makes enough calls, made by its first
// call that is worth one. A call is asked through it once, without waiting for anything but the answer: what would block
// or can't be asked is left to the C library's function and so to the trap, which knows about waiting, signals and
// cancellation.
//
// Nothing here may be seen by the program but its speed:
//   memory    Only what is surely mapped is touched (the stack above us, the heap); whether anything else is there the
//             kernel must say, by way of the supervisor. Nothing is allocated.
//   signals   A handler that makes a call in the middle of another goes the ordinary way.
//   fork      The child sees that a page was wiped, and forgets its parent's channels.
//   errno     Changes only as the call's own.
#pragma once

#include <sys/socket.h>

#include "guest/front/channel.hh"

namespace linnet::front {

// Before a call that looks at descriptors and is not the supervisor's: what this thread has asked for may not be shown there yet,
// in the hope that it is taken by the next message call.
void show_all();

// One call on its way. Used as: `asking a(fd); if (a.begun()) { bring...; if (a.ask(...)) return a.result(); }`
class asking {
 public:
  explicit asking(int fd);
  ~asking();
  asking(const asking&) = delete;
  asking& operator=(const asking&) = delete;

  // False: this call is not for the channel.
  bool begun() const { return channel_ != nullptr; }
  // What the call reads of our memory. What doesn't fit, or isn't known to be mapped, the supervisor looks for itself;
  // false then.
  bool bring(const void* from, size_t length);
  // A message's header with all that it points to; `sending`: the data and the name, too.
  void bring_message(const msghdr*, bool sending);

  // True when the answer is the call's result; errno is set then.
  bool ask(long nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, int flags);
  s64 result() const { return result_; }
  // Of a call that is not done, what is to be added to its flags.
  int more_flags() const { return more_flags_; }
  // The last call on this socket was left to the host: what would be brought along for it is of no use.
  bool left_to_host() const;

 private:
  bool mapped(u64 address, u64 length) const;
  bool wait_for(u32 asked);
  void take_answer() const;

  channel* channel_ = nullptr;
  int fd_;
  u64 inode_ = 0;
  u32 segments_ = 0;
  u32 used_ = 0;
  s64 result_ = 0;
  int more_flags_ = 0;
  range known_[most_ranges] = {};
};

}  // namespace linnet::front
