// Socket filters: classic BPF programs (Linux's Documentation/networking/filter.rst, net/core/filter.c). A
// program is checked once, when it is attached, and then run on each packet before it is queued; its answer is
// how many bytes the reader may have, none to refuse the packet. A checked program always ends: jumps go
// forwards only. What it reads outside the packet ends it with 0.
#pragma once

#include <linux/filter.h>

#include <span>

#include "base/result.hh"
#include "base/types.hh"

namespace linnet {

struct sk_buff;
struct sock;

// EINVAL for a program that could do anything but run to its end: unknown opcodes, jumps and memory out of
// range, scratch memory read before it is written, division by a constant 0, no return at the end.
status bpf_check_classic(std::span<const sock_filter>);

// The bytes that a program counts for against optmem_max (bpf_prog_size): as long as what Linux on x86-64 translates it to.
u32 bpf_prog_size(std::span<const sock_filter>);

// Runs a checked program on the packet from data on.
u32 bpf_prog_run(std::span<const sock_filter>, const sk_buff&);

// The filter of a socket. False: it refuses the packet. A packet that it cuts keeps at least `cap` bytes.
bool sk_filter_trim_cap(const sock&, sk_buff&, u32 cap);

// SO_ATTACH_FILTER with the program itself (an array of struct sock_filter), SO_DETACH_FILTER. EPERM once
// locked; ENOENT; ENOMEM beyond optmem_max, while the one before is still there.
status sk_attach_filter(sock&, const_bytes program);
status sk_detach_filter(sock&);

}  // namespace linnet
