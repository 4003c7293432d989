// What differs between the machines that Linnet's guests may run on: the audit architecture by which seccomp
// names the native calling convention, and the bit of x86-64's second one. Numbers come from <sys/syscall.h>.
#pragma once

#include <linux/audit.h>

#include "base/types.hh"

namespace linnet {

#if defined(__x86_64__)
inline constexpr u32 native_audit_arch = AUDIT_ARCH_X86_64;
inline constexpr u32 x32_syscall_bit = 0x40000000;
#elif defined(__aarch64__)
inline constexpr u32 native_audit_arch = AUDIT_ARCH_AARCH64;
inline constexpr u32 x32_syscall_bit = 0;
#elif defined(__riscv) && __riscv_xlen == 64
inline constexpr u32 native_audit_arch = AUDIT_ARCH_RISCV64;
inline constexpr u32 x32_syscall_bit = 0;
#else
#error "Guests need a 64-bit Linux machine that Linnet knows: x86-64, arm64 or riscv64"
#endif

}  // namespace linnet
