// Whether a guest sleeps until a socket has something to be read, in a call that the host's kernel serves and that nobody told us
// of. Found out by looking at all threads of a process, so it is for rare events only.
#pragma once

#include <sys/types.h>

namespace linnet {

class process_table;

// Whether a thread of the process waits for the socket that has this inode: in a read, in epoll_wait, or in poll or select of a
// descriptor that would block. (A poll that sleeps may be one that is about to be served here, which is no harm then.)
bool waits_for_socket(process_table&, pid_t tgid, ino_t inode);

}  // namespace linnet
