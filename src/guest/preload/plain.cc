// Plain reads and writes are the host's, on what stands for the socket. What that shows late is shown before; what it can't say is
// asked for.
#include "guest/preload/plain.hh"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "guest/preload/front_client.hh"
#include "guest/preload/next.hh"

extern "C" ssize_t __read_chk(int, void*, size_t, size_t);

namespace {

using linnet::u64;
using linnet::front::next;
using linnet::front::show_all;
using linnet::front::with_error;

constinit decltype(socket)* next_socket;
constinit decltype(read)* next_read;
constinit decltype(readv)* next_readv;
constinit decltype(write)* next_write;
constinit decltype(writev)* next_writev;
constinit decltype(__read_chk)* next_read_chk;

// The program has made a socket that is no stream, so that a descriptor may be one whose plain write can fail.
constinit bool has_datagrams = false;

// What the supervisor knows of a descriptor, after a plain read.
int ask_about(int fd, int what) {
  const int error = errno;
  const long r = syscall(SYS_shutdown, linnet::front::no_descriptor, what, fd);
  errno = error;
  return r > 0 ? static_cast<int>(r) : 0;
}

// 0: it is no socket.
u64 socket_inode(int fd) {
  const int error = errno;
  struct stat st;
  const bool is_socket = syscall(SYS_fstat, fd, &st) == 0 && S_ISSOCK(st.st_mode);
  errno = error;
  return is_socket ? st.st_ino : 0;
}

// Nothing was read: the end of a file, an empty message, or a token that stands for an error.
bool read_a_token(int fd) {
  return socket_inode(fd) != 0 && ask_about(fd, linnet::front::read_nothing) != 0;
}

// Whether a plain write to the descriptor is a message of the world's. What was found out is kept, for inodes don't come again soon.
bool writes_messages(int fd) {
  if (!__atomic_load_n(&has_datagrams, __ATOMIC_RELAXED)) return false;
  constexpr u64 kept = 32;
  static u64 known[kept];  // an inode and, in its lowest bit, the answer
  const u64 inode = socket_inode(fd);
  if (inode == 0) return false;
  u64& entry = known[inode % kept];
  const u64 seen = __atomic_load_n(&entry, __ATOMIC_RELAXED);
  if (seen >> 1 == inode) return seen & 1;
  const bool is = ask_about(fd, linnet::front::takes_messages) != 0;
  __atomic_store_n(&entry, inode << 1 | is, __ATOMIC_RELAXED);
  return is;
}

ssize_t read_from(int fd, void* data, size_t n) {
  show_all();
  auto* f = next(next_read, "read");
  const ssize_t got = f ? f(fd, data, n) : syscall(SYS_read, fd, data, n);
  if (got > 0) return got;
  if (got == 0 && n > 0 && read_a_token(fd)) return recv(fd, data, n, 0);
  return with_error(fd, got);
}

}  // namespace

ssize_t linnet::front::with_error(int fd, ssize_t result) {
  if (__builtin_expect(result < 0 && errno == ECONNRESET, 0))
    if (const int e = ask_about(fd, read_reset)) errno = e;
  return result;
}

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
EXPORTED int socket(int domain, int type, int protocol) noexcept {
  auto* f = next(next_socket, "socket");
  const int fd =
      f ? f(domain, type, protocol) : static_cast<int>(syscall(SYS_socket, domain, type, protocol));
  constexpr int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
  if (fd >= 0 && domain != AF_UNIX && (type & ~flags) != SOCK_STREAM)
    __atomic_store_n(&has_datagrams, true, __ATOMIC_RELAXED);
  return fd;
}

EXPORTED ssize_t read(int fd, void* data, size_t n) { return read_from(fd, data, n); }

EXPORTED ssize_t __read_chk(int fd, void* data, size_t n, size_t room) {
  if (n > room && next(next_read_chk, "__read_chk")) return next_read_chk(fd, data, n, room);
  return read_from(fd, data, n);
}

EXPORTED ssize_t readv(int fd, const iovec* v, int count) {
  show_all();
  auto* f = next(next_readv, "readv");
  const ssize_t got = f ? f(fd, v, count) : syscall(SYS_readv, fd, v, count);
  if (got > 0) return got;
  if (got < 0 || !read_a_token(fd)) return with_error(fd, got);
  msghdr m{};
  m.msg_iov = const_cast<iovec*>(v);
  m.msg_iovlen = static_cast<size_t>(count);
  return recvmsg(fd, &m, 0);
}

EXPORTED ssize_t write(int fd, const void* data, size_t n) {
  if (writes_messages(fd)) return send(fd, data, n, 0);
  auto* f = next(next_write, "write");
  return f ? f(fd, data, n) : syscall(SYS_write, fd, data, n);
}

EXPORTED ssize_t writev(int fd, const iovec* v, int count) {
  if (count >= 0 && count <= UIO_MAXIOV && writes_messages(fd)) {
    msghdr m{};
    m.msg_iov = const_cast<iovec*>(v);
    m.msg_iovlen = static_cast<size_t>(count);
    return sendmsg(fd, &m, 0);
  }
  auto* f = next(next_writev, "writev");
  return f ? f(fd, v, count) : syscall(SYS_writev, fd, v, count);
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
