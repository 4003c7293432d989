// One trapped system call on its way through the supervisor, and its answer.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <utility>

#include "base/types.hh"
#include "guest/guest_memory.hh"
#include "guest/unique_fd.hh"
#include "net/core/net.hh"
#include "time/ktime.hh"

namespace linnet {

class carrier;

struct guest_call {
  u64 id;
  pid_t tid;
  pid_t tgid;
  int nr;
  u64 ip;
  std::array<u64, 6> args;
  guest_memory mem;
  net* ns;
  // Of the descriptor that the call is about, when the guest told it itself (front_end.hh). 0: not known.
  u64 inode = 0;

  // Of a call that waits: until when (absolute; set by the first attempt), and whether that time has come.
  std::optional<ktime> deadline{};
  bool timed_out = false;
  bool connecting = false;  // of connect(2), or a send(2) that connects: has been begun
  size_t moved = 0;         // of a stream's send: bytes that went in earlier attempts
  u32 drops = 0;            // of the socket, when a receive began to wait

  // Registers are 64 bits wide; descriptors and other ints are their lower half.
  int int_arg(unsigned n) const { return static_cast<int>(args[n]); }
  u32 u32_arg(unsigned n) const { return static_cast<u32>(args[n]); }
};

struct call_reply {
  enum class kind : u8 {
    value,       // the call's result, or a negative errno
    pass,        // the host's kernel executes the call
    descriptor,  // the result is a copy of `fd` in the guest
    wait,        // ask again when `on` wakes or the deadline passes
    served,      // ended already, by other means
  };
  kind what = kind::value;
  s64 number = 0;
  unique_fd fd{};
  bool cloexec = false;
  int number_wanted = -1;  // of the descriptor, rather than the lowest free one
  carrier* on = nullptr;
  u64 listener = 0;  // inode of the socket that accepted the descriptor's connection
  // Undoes the call's effect when the guest turns out to be gone. Without it the result is remembered for
  // the case that the guest repeats the call.
  std::move_only_function<void()> undo{};

  static call_reply value(s64 n) { return {.number = n}; }
  static call_reply fail(int e) { return {.number = -s64{e}}; }
  static call_reply pass() { return {.what = kind::pass}; }
  static call_reply served() { return {.what = kind::served}; }
  static call_reply wait_for(carrier& c) { return {.what = kind::wait, .on = &c}; }
  static call_reply descriptor(unique_fd f, bool close_on_exec) {
    return {.what = kind::descriptor, .fd = std::move(f), .cloexec = close_on_exec};
  }
  static call_reply of(const status& s) { return value(to_errno(s)); }
  template <class T>
  static call_reply of(const result<T>& r) {
    return r ? value(static_cast<s64>(*r)) : fail(r.error().code);
  }
};

}  // namespace linnet
