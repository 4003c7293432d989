// A thread's registers as ptrace shows them, and what a system call is in them.
#pragma once

#include <sys/user.h>

#include <initializer_list>

#include "base/types.hh"

namespace linnet {

// What the kernel leaves as the result of a call that a signal interrupted and that it will restart.
inline constexpr s64 restart_sys = -512;  // ERESTARTSYS

#if defined(__x86_64__)

using guest_registers = user_regs_struct;
inline constexpr u64 syscall_bytes = 2;  // of the instruction

inline bool interrupted_in_call(const guest_registers& r, int nr) {
  return static_cast<s64>(r.orig_rax) == nr && static_cast<s64>(r.rax) == restart_sys;
}
// From the instruction that made the call.
inline void prepare_call(guest_registers& r, long nr, std::initializer_list<u64> args) {
  unsigned long long* const where[] = {&r.rdi, &r.rsi, &r.rdx, &r.r10, &r.r8, &r.r9};
  unsigned i = 0;
  for (u64 a : args) *where[i++] = a;
  r.rip -= syscall_bytes;
  r.rax = static_cast<u64>(nr);
  r.orig_rax = ~0ull;  // no call: nothing to restart
}
inline s64 call_result(const guest_registers& r) { return static_cast<s64>(r.rax); }
inline void end_call(guest_registers& r, s64 value) {
  r.rax = static_cast<u64>(value);
  r.orig_rax = ~0ull;
}

#else

// Only x86-64 so far. Elsewhere no call is ever found interrupted, and rings can't be mapped.
struct guest_registers {
  u64 room[64];
};
inline bool interrupted_in_call(const guest_registers&, int) { return false; }
inline void prepare_call(guest_registers&, long, std::initializer_list<u64>) {}
inline s64 call_result(const guest_registers&) { return restart_sys; }
inline void end_call(guest_registers&, s64) {}

#endif

}  // namespace linnet
