// The table by which the public packetdrill drives a stack in a shared object (`packetdrill --so_filename=FILE
// --so_flags=FLAGS`): the tool looks up packetdrill_interface_init, which fills it. Each function takes `userdata` first
// and answers like libc's of the same name. Packets are IP packets; their times are on gettimeofday's clock.
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

extern "C" {

struct packetdrill_interface {
  void* userdata;
  void (*free)(void* userdata);
  int (*socket)(void*, int domain, int type, int protocol);
  int (*bind)(void*, int fd, const struct sockaddr*, socklen_t);
  int (*listen)(void*, int fd, int backlog);
  int (*accept)(void*, int fd, struct sockaddr*, socklen_t*);
  int (*connect)(void*, int fd, const struct sockaddr*, socklen_t);
  ssize_t (*read)(void*, int fd, void*, size_t);
  ssize_t (*readv)(void*, int fd, const struct iovec*, int);
  ssize_t (*recv)(void*, int fd, void*, size_t, int flags);
  ssize_t (*recvfrom)(void*, int fd, void*, size_t, int flags, struct sockaddr*, socklen_t*);
  ssize_t (*recvmsg)(void*, int fd, struct msghdr*, int flags);
  ssize_t (*write)(void*, int fd, const void*, size_t);
  ssize_t (*writev)(void*, int fd, const struct iovec*, int);
  ssize_t (*send)(void*, int fd, const void*, size_t, int flags);
  ssize_t (*sendto)(void*, int fd, const void*, size_t, int flags, const struct sockaddr*,
                    socklen_t);
  ssize_t (*sendmsg)(void*, int fd, const struct msghdr*, int flags);
  int (*fcntl)(void*, int fd, int cmd, ...);
  int (*ioctl)(void*, int fd, unsigned long request, ...);
  int (*close)(void*, int fd);
  int (*shutdown)(void*, int fd, int how);
  int (*getsockopt)(void*, int fd, int level, int name, void*, socklen_t*);
  int (*setsockopt)(void*, int fd, int level, int name, const void*, socklen_t);
  int (*poll)(void*, struct pollfd*, nfds_t, int timeout);
  int (*netdev_send)(void*, const void* packet, size_t);
  int (*netdev_receive)(void*, void* room, size_t* count, long long* usecs);
  int (*usleep)(void*, useconds_t);
  int (*gettimeofday)(void*, struct timeval*, void* timezone);
  int (*epoll_create)(void*, int size);
  int (*epoll_ctl)(void*, int epfd, int op, int fd, struct epoll_event*);
  int (*epoll_wait)(void*, int epfd, struct epoll_event*, int max, int timeout);
  int (*pipe)(void*, int fds[2]);
  int (*splice)(void*, int fd_in, loff_t* off_in, int fd_out, loff_t* off_out, size_t,
                unsigned flags);
};

void packetdrill_interface_init(const char* flags, struct packetdrill_interface* out);
}
