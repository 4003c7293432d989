// Sockets of a world: the calls of Linux, with its structures, constants and errno, as functions of the process. None of
// them ever blocks; where a blocking socket would wait, the answer is EAGAIN (EINPROGRESS for connect), and on_ready
// tells when to ask again. What is sent moves on when the world runs.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include <linnet/address.hh>
#include <linnet/buffer.hh>
#include <linnet/world.hh>

namespace linnet::v0 {

/// A socket. Destroying it closes it.
class socket {
 public:
  /// socket(2): AF_INET (SOCK_STREAM, SOCK_DGRAM, SOCK_RAW), AF_PACKET, AF_NETLINK. EAFNOSUPPORT, EPROTONOSUPPORT,
  /// ESOCKTNOSUPPORT, EINVAL.
  static result<socket> open(const net&, int family, int type, int protocol = 0);

  /// Leaves the other empty, only to be destroyed or assigned to.
  socket(socket&&) noexcept;
  /// The same.
  socket& operator=(socket&&) noexcept;
  ~socket();

  /// bind(2) to an IPv4 address. EADDRINUSE, EADDRNOTAVAIL, EINVAL (bound already).
  status bind(const endpoint&);
  /// The same with any family's structure (sockaddr_ll, sockaddr_nl).
  status bind(const sockaddr*, socklen_t);
  /// connect(2). EINPROGRESS for TCP: EPOLLOUT tells of the end, SO_ERROR how it was. ENETUNREACH, EADDRINUSE ...
  status connect(const endpoint&);
  /// The same with any family's structure.
  status connect(const sockaddr*, socklen_t);
  /// listen(2), with at most `backlog` connections waiting.
  status listen(int backlog = SOMAXCONN);
  /// accept(2). EAGAIN when none waits.
  result<socket> accept();
  /// shutdown(2): SHUT_RD, SHUT_WR, SHUT_RDWR. ENOTCONN.
  status shutdown(int how);

  /// getsockname(2) of an AF_INET socket.
  result<endpoint> local() const;
  /// getpeername(2) of an AF_INET socket. ENOTCONN.
  result<endpoint> peer() const;
  /// getsockname(2), or getpeername(2) if `of_peer`, of any; returns the length.
  result<socklen_t> name(sockaddr_storage& out, bool of_peer = false) const;

  /// send(2): how many bytes were taken. EAGAIN, EPIPE (no signal is raised), EMSGSIZE, ECONNREFUSED ...
  result<std::size_t> send(std::span<const std::byte> data, int flags = 0);
  /// sendto(2) to an IPv4 address.
  result<std::size_t> send_to(std::span<const std::byte> data, const endpoint& to, int flags = 0);
  /// recv(2): how many bytes were copied, 0 at a stream's end; with MSG_TRUNC the datagram's whole length. EAGAIN ...
  result<std::size_t> recv(std::span<std::byte> data, int flags = 0);
  /// recvfrom(2) of an AF_INET socket. `from` stays as it is where there is no sender's address (TCP).
  result<std::size_t> recv_from(std::span<std::byte> data, endpoint& from, int flags = 0);

  /// Room for `size` bytes, at most buffer::max_size, of whatever value, to be written and sent; 0: as many as the
  /// connection sends at once for now. EOPNOTSUPP: no TCP socket. EMSGSIZE.
  result<buffer> make_buffer(std::size_t size = 0);
  /// send(2) of a TCP socket without a copy: takes the buffer with all its bytes and leaves it empty. With an error it
  /// stays as it is: EAGAIN (the send buffer is full), EPIPE, EXDEV (it is of another world), EOPNOTSUPP (no TCP socket, or
  /// a flag but MSG_MORE, MSG_EOR, MSG_DONTWAIT, MSG_NOSIGNAL) ... A first call that Fast Open puts off may take less;
  /// the rest stays in it.
  result<std::size_t> send_buffer(buffer& bytes, int flags = 0);
  /// recv(2) of a TCP socket without a copy: the next bytes of the stream, as many as came together; none at its end.
  /// They count no longer against the receive buffer. EAGAIN, EOPNOTSUPP (no TCP socket, any flag but MSG_DONTWAIT) ...
  result<buffer> recv_buffer(int flags = 0);

  /// sendmsg(2), with addresses and control messages of any kind.
  result<std::size_t> sendmsg(const msghdr&, int flags = 0);
  /// recvmsg(2): fills in msg_namelen, msg_controllen and msg_flags.
  result<std::size_t> recvmsg(msghdr&, int flags = 0);
  /// sendmmsg(2): how many messages went, each with its msg_len; the error of the first if it failed. Allocates nothing.
  result<std::size_t> sendmmsg(std::span<mmsghdr>, int flags = 0);
  /// recvmmsg(2): how many were there, as many as fit into the list. EAGAIN when there was none. Allocates nothing, but
  /// for control messages.
  result<std::size_t> recvmmsg(std::span<mmsghdr>, int flags = 0);

  /// setsockopt(2) by the option's bytes. SO_ATTACH_FILTER takes the array of struct sock_filter itself.
  status set_option(int level, int option, std::span<const std::byte> value);
  /// The same with the option's structure or int: `s.set_option(SOL_SOCKET, SO_RCVBUF, 1 << 20)`.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  status set_option(int level, int option, const T& value) {
    return set_option(level, option, std::as_bytes(std::span(&value, 1)));
  }
  /// getsockopt(2): the length written.
  result<socklen_t> option(int level, int option, std::span<std::byte> value) const;
  /// The same as an int: `s.option(SOL_SOCKET, SO_ERROR)`.
  result<int> option(int level, int option) const;
  /// ioctl(2) with the structure that the command takes, copied in and out (ifreq, int for SIOCINQ). ENOTTY.
  result<int> ioctl(unsigned command, std::span<std::byte> argument);

  /// The EPOLL* mask as poll(2) and epoll(7) show it.
  std::uint32_t poll() const;
  /// From now on the world calls back with that mask whenever something about the socket has changed that may matter:
  /// edge triggered, so read until EAGAIN. Never from within a call on the socket. Empty: no more.
  void on_ready(std::function<void(std::uint32_t)>);

  /// @cond
  struct state;
  explicit socket(std::unique_ptr<state>);
  /// @endcond

 private:
  std::unique_ptr<state> state_;
};

/// A UDP socket bound to that address and port; any of them by default.
result<socket> udp_socket(const net&, const endpoint& local = {});
/// A TCP socket that listens there (SO_REUSEADDR set).
result<socket> tcp_listener(const net&, const endpoint& local, int backlog = SOMAXCONN);
/// A TCP socket on its way to a peer: EPOLLOUT tells when it has got there or failed.
result<socket> tcp_connect(const net&, const endpoint& to);

}  // namespace linnet::v0
