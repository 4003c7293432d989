// MSG_ZEROCOPY on streams (tcp_zerocopy.cc).
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

// The calls that a send with MSG_ZEROCOPY belongs to; null: ENOBUFS. Its caller holds a reference.
tcp_zerocopy* tcp_zerocopy_begin(tcp_sock&);
void tcp_zerocopy_get(tcp_zerocopy&);
// The last one tells the error queue.
void tcp_zerocopy_put(tcp_sock&, tcp_zerocopy&);
// The call came to nothing, and was none.
void tcp_zerocopy_abort(tcp_sock&, tcp_zerocopy&);

}  // namespace linnet
