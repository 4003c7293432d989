// The memory that one thread of a guest shares with the supervisor, and how a call goes through it. Both sides include
// this: the supervisor, and the library that is preloaded into guests (guest/preload). Nothing here needs a C++ runtime.
//
//   asking     The guest fills in `ask` and what of its memory the call reads, then counts `asked` up. If `watched` says
//              that the supervisor looks by itself, it waits a moment for `answered` to follow. If it doesn't, or takes too
//              long, the guest rings: a trapped call that returns when `answered` has followed.
//   answering  The supervisor copies the request, checks the copy, carries the call out as if it had been trapped, and
//              fills in `reply`, with what the guest is to find in its memory.
//
// Each field has one writer. The supervisor trusts nothing that a guest can write: it copies first and then checks, and
// keeps for itself what it has answered. What lies in a guest's memory and was not brought along it reads there, as for
// a trapped call; so bringing along is never more than a saving.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <type_traits>

#include "base/types.hh"

namespace linnet::front {

// shutdown(2) of no descriptor with these as "how": trapped, and EBADF wherever there is no supervisor. Hello makes a
// channel for the calling thread and returns a descriptor of it to be mapped; ring returns 0 when the channel's request is
// answered and every descriptor shows what there is to read; bye gives the channel back.
inline constexpr int no_descriptor = -1;
inline constexpr int hello = 0x4c4e4e54, ring = hello + 1, bye = hello + 2;
// With the descriptor as a third argument, and 0 of one that is none of ours: after a plain read that gave nothing, whether what
// it read was no message but a token; after ECONNRESET, the error that the connection has ended with; whether the socket is no stream.
inline constexpr int read_nothing = hello + 3, read_reset = hello + 4, takes_messages = hello + 5;

// Among a message call's flags: the supervisor was asked and leaves it to the host's socket, so it is not trapped. On the host's
// stream sockets this flag means nothing, and programs have no use for it: it is for calls of the kernel's own.
inline constexpr int already_asked = MSG_BATCH;

// How either side looks at what the other one writes, and what it does between two looks.
template <class T>
T load(const T& word) {
  return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}
inline void cpu_relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

inline constexpr u32 most_segments = 512;
inline constexpr u32 data_bytes = 112 << 10;

// A piece of the guest's memory: what stands at `address` there stands at `at` in an area of the channel.
struct segment {
  u64 address;
  u32 length;
  u32 at;
};

// Of the guest's memory, [low, high).
struct range {
  u64 low;
  u64 high;
};
// Where the guest surely may write: its stack, its heap, its data. What an answer writes elsewhere the supervisor
// puts there itself, for only the kernel can tell what is mapped.
inline constexpr size_t most_ranges = 3;

struct request {
  u64 inode;    // of the socket's descriptor
  u64 args[6];  // of the call, as it would be trapped
  range writable[most_ranges];
  u32 nr;
  u32 segments;
  u32 cpu;  // on which the guest is
};

enum class verdict : u32 {
  value,        // `value` is the call's result
  would_block,  // nothing was done; for a descriptor that doesn't block, EAGAIN
  ordinary,     // nothing was done; the call is to be made in the ordinary way
  elsewhere,    // the same, and so for each further call on this inode
  host_serves,  // the same, and it need not be trapped (already_asked)
};

struct answer {
  s64 value;
  verdict what;
  u32 segments;
  u32 unshown;  // the socket has something to read that its descriptor doesn't show yet: ring before asking it otherwise
};

struct channel {
  // The guest's.
  alignas(64) u32 asked;
  request ask;
  // The supervisor's.
  alignas(64) u32 answered;
  u32 watched;
  answer reply;

  alignas(4096) segment ask_table[most_segments];
  segment reply_table[most_segments];
  alignas(4096) std::byte ask_data[data_bytes];
  std::byte reply_data[data_bytes];
};
static_assert(std::is_trivially_copyable_v<channel>);
static_assert(offsetof(channel, ask_table) == 4096);

}  // namespace linnet::front
