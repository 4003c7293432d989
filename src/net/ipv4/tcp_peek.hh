// What waits to be read of a connection, where it lies: for who hands it on without a buffer of his own.
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

// The bytes that a read would give next, in as many pieces as there is room for; how many. None: nothing, the end, or an error. They
// are taken by a receive of as many bytes with MSG_TRUNC, which copies nothing. Like a read they end before an urgent byte.
size_t tcp_peek_pieces(const tcp_sock&, std::span<const_bytes> pieces);

}  // namespace linnet
