// What TCP's buffers may take (tcp_memory.cc), and how a full receive buffer gives back (tcp_prune.cc).
#pragma once

#include "net/core/sk_memory.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {

// What all of the world's TCP sockets take (tcp_memory_allocated), against tcp_mem.
struct tcp_memory : proto_memory {
  tcp_memory() : proto_memory{.limits = {188460, 251283, 376920}} {}
  ktime pressure_since = -1;  // -1: there is none
  bool under_pressure() const { return pressure_since >= 0; }
};
tcp_memory& tcp_memory_of(const net&);
// Counts what the socket's buffers take by now.
void tcp_mem_update(tcp_sock&);
enum class tcp_mem_kind : u8 { send, receive };
// Whether `size` more bytes may be taken (__sk_mem_raise_allocated).
bool tcp_mem_schedule(tcp_sock&, int size, tcp_mem_kind);
inline bool tcp_under_memory_pressure(const tcp_sock& sk) {
  return unlikely(tcp_memory_of(sk.ns).under_pressure());
}
// More orphans, or more memory, than there may be (tcp_check_oom).
bool tcp_check_oom(const tcp_sock&, unsigned shift);

// Room for one more packet, by putting packets together or letting go of some if need be (tcp_try_rmem_schedule).
bool tcp_try_rmem_schedule(tcp_sock&, const sk_buff&);

}  // namespace linnet
