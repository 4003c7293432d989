// What a plain read or receive of the host's can't say about what stands for a socket.
#pragma once

#include <sys/types.h>

namespace linnet::front {

// The result of a receive that the host served, with errno as the stack has it: the host's stream can say no more of a
// connection's end than that it was reset.
ssize_t with_error(int fd, ssize_t result);

}  // namespace linnet::front
