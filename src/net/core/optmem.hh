// net.core.optmem_max: how much memory a socket may have beside its queues, for its filter, keys, notices to come and the control
// messages of one send (sk_omem_alloc). Bytes, as Linux counts them.
#pragma once

#include "base/types.hh"

namespace linnet {

struct sock;
struct world;

// The setting, which is one for the machine.
int& sysctl_optmem_max(world&);

// What the socket's filter takes of it.
u32 sk_filter_omem(const sock&);

// Whether one that has `used` may have `size` more (sock_kmalloc).
bool optmem_fits(world&, u64 used, u64 size);

// Whether one send may have so many bytes of control messages; ENOBUFS to who may not, before they are read.
bool control_fits(const sock&, u64 length);

}  // namespace linnet
