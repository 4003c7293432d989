// The seccomp notification channel: one request per trapped system call, one answer for each. A request can
// vanish at any time (a signal interrupts the guest, or kills it), so every answer may come too late; `send`
// and `send_fd` say so.
#pragma once

#include <linux/seccomp.h>

#include <optional>

#include "base/types.hh"
#include "guest/unique_fd.hh"

namespace linnet {

class listener {
 public:
  listener() = default;
  explicit listener(unique_fd fd) : fd_(std::move(fd)) {}

  // Whether the kernel is to wake us on the guest's cpu, which waits for us anyway, and it on ours; or wherever there
  // is a free one. Where the kernel is too old for it, nothing changes.
  void prefer_same_cpu(bool);

  int fd() const { return fd_.get(); }
  bool pending() const;  // whether a request waits

  // The next request; none when it vanished meanwhile.
  std::optional<seccomp_notif> receive();
  bool still_valid(u64 id) const;

  // Ends the guest's call with `value` (negative: errno). False when the guest no longer waits for it.
  bool send(u64 id, s64 value);
  // Lets the host's kernel execute the call as it is.
  bool send_continue(u64 id);
  // Puts a copy of `fd` into the guest as the call's result, in one step; as `number` if that is not negative. Where
  // it is, or a negative errno: ENOENT when the guest no longer waits; after any other (EMFILE) the call still wants
  // an answer.
  int send_fd(u64 id, int fd, bool cloexec, int number = -1);
  // Puts a copy of `fd` into the guest, close-on-exec, and leaves its call waiting. The copy's number, or a negative
  // errno.
  int lend_fd(u64 id, int fd);

 private:
  bool respond(u64 id, s64 value, int error, u32 flags);
  unique_fd fd_;
  bool same_cpu_ = false;
};

}  // namespace linnet
