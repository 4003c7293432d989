// Random calls on TCP sockets: a few that bind, listen, connect to each other, accept, exchange bytes, shut halves, reset and close.
// As in episodes.cc the throws depend on the seed and the episode's number only, and no call blocks. After each call there is a
// moment for what it has sent to arrive.
#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "tests/syscalls/show.hh"
#include "tests/syscalls/sockets.hh"

namespace calls {
namespace {

const socket_kind tcp = {"tcp", AF_INET, SOCK_STREAM, 0};

struct stream {
  int fd;
  unsigned number;
  bool was_connected = false;  // of others, poll's POLLHUP is a listed deviation
};

class streams {
 public:
  streams(uint64_t seed, unsigned number) : throws_(seed * 1000003 + number) {}
  ~streams() {
    for (const stream& s : all_) reset(s.fd);
    settle();
  }

  void play() {
    const unsigned count = 2 + throws_.below(2);
    for (unsigned i = 0; i < count; ++i) add(open_socket(tcp));
    if (!throws_.one_in(4)) begin_connected();
    const unsigned steps = 8 + throws_.below(16);
    for (unsigned i = 0; i < steps && !all_.empty(); ++i) step();
    for (at_ = 0; at_ < all_.size(); ++at_) {
      receive(0);
      error();
      poll_it();
    }
  }

 private:
  // So that nothing is left for the next episode.
  static void reset(int fd) {
    const linger now = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
  }
  static void settle() {
    constexpr useconds_t moment = 1500;
    usleep(moment);
  }
  stream& it() { return all_[at_]; }
  int fd() const { return all_[at_].fd; }
  void add(int fd) {
    if (fd < 0) return;
    const int on = 1;  // what is left of the episode before is in nobody's way
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    all_.push_back({.fd = fd, .number = opened_++});
  }
  void begin(const char* what) { say("%u: %s", all_[at_].number, what); }
  void end() {
    end_line();
    settle();
  }

  // Most episodes have a connection from the start.
  void begin_connected() {
    const sockaddr_in a = address(5000);
    at_ = 0;
    begin("bind and listen");
    result(syscall(SYS_bind, fd(), &a, sizeof a) ? -1 : syscall(SYS_listen, fd(), 3));
    end();
    at_ = 1;
    connect_to(a);
    connect_to(a);
    at_ = 0;
    accept_it();
  }

  void step() {
    at_ = throws_.below(static_cast<uint32_t>(all_.size()));
    using call = void (streams::*)();
    static constexpr call calls[] = {
        &streams::bind_it,    &streams::listen_it,  &streams::connect_it, &streams::connect_it,
        &streams::accept_it,  &streams::send_it,    &streams::send_it,    &streams::send_it,
        &streams::receive_it, &streams::receive_it, &streams::receive_it, &streams::names,
        &streams::error,      &streams::state,      &streams::shut_down,  &streams::shut_down,
        &streams::close_it,   &streams::options,    &streams::options,    &streams::counts,
        &streams::poll_it};
    (this->*throws_.pick(calls))();
  }

  static sockaddr_in address(uint16_t port) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
  }
  sockaddr_in some_address() {
    static constexpr uint16_t ports[] = {5000, 5000, 5001, 5009};
    sockaddr_in a = address(throws_.pick(ports));
    if (throws_.one_in(10)) a.sin_family = AF_INET6;
    if (throws_.one_in(12)) a.sin_addr.s_addr = inet_addr("192.0.2.1");
    return a;
  }
  void bind_it() {
    const sockaddr_in a = some_address();
    begin("bind");
    say(" %s", show_address({reinterpret_cast<const unsigned char*>(&a), sizeof a}).c_str());
    result(syscall(SYS_bind, fd(), &a, sizeof a));
    end();
  }
  void listen_it() {
    begin("listen");
    result(syscall(SYS_listen, fd(), throws_.below(3)));
    end();
  }
  void connect_to(const sockaddr_in& a) {
    begin("connect");
    say(" %s", show_address({reinterpret_cast<const unsigned char*>(&a), sizeof a}).c_str());
    const long r = result(syscall(SYS_connect, fd(), &a, sizeof a));
    it().was_connected |= r == 0 || errno == EINPROGRESS;
    end();
  }
  void connect_it() {
    static constexpr uint16_t ports[] = {5000, 5000, 5001, 5009};
    sockaddr_in a = address(throws_.pick(ports));
    if (throws_.one_in(12)) a.sin_family = AF_INET6;
    connect_to(a);
  }
  void accept_it() {
    begin("accept");
    const int got = static_cast<int>(syscall(SYS_accept4, fd(), nullptr, nullptr, SOCK_NONBLOCK));
    result(got < 0 ? -1 : 0);
    if (got >= 0 && all_.size() < most) {
      all_.push_back({.fd = got, .number = opened_++, .was_connected = true});
    } else if (got >= 0) {
      reset(got);
    }
    end();
  }

  void send_it() {
    static constexpr size_t lengths[] = {0, 1, 5, 100, 3000};
    static constexpr int kinds[] = {MSG_MORE, MSG_DONTROUTE, MSG_EOR, MSG_CONFIRM};
    static const unsigned char data[3000] = {'a'};
    const size_t n = throws_.pick(lengths);
    const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (throws_.one_in(5) ? throws_.pick(kinds) : 0);
    const sockaddr_in a = address(5000);
    const bool named = throws_.one_in(5);
    begin(named ? "sendto" : "send");
    say(" %zu bytes %x", n, static_cast<unsigned>(flags));
    result(syscall(SYS_sendto, fd(), data, n, flags, named ? &a : nullptr, named ? sizeof a : 0));
    end();
  }
  void receive(int flags) {
    static constexpr size_t rooms[] = {4000, 4000, 3, 0};
    unsigned char to[4000];
    const size_t room = throws_.pick(rooms);
    begin("recv");
    say("(%zu, %x)", room, static_cast<unsigned>(flags));
    result(syscall(SYS_recvfrom, fd(), to, room, flags | MSG_DONTWAIT, nullptr, nullptr));
    end();
  }
  void receive_it() {
    static constexpr int flags[] = {0, 0, 0, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_OOB};
    receive(throws_.pick(flags));
  }

  void names() {
    for (const long call : {SYS_getsockname, SYS_getpeername}) {
      sockaddr_storage name{};
      socklen_t length = sizeof name;
      begin(call == SYS_getsockname ? "getsockname" : "getpeername");
      if (result(syscall(call, fd(), &name, &length)) == 0)
        say(" %s", show_address({reinterpret_cast<unsigned char*>(&name), length}).c_str());
      end_line();
    }
  }
  void error() {
    int e = 0;
    socklen_t length = sizeof e;
    begin("error");
    result(syscall(SYS_getsockopt, fd(), SOL_SOCKET, SO_ERROR, &e, &length));
    say(" %d", e);
    end();
  }
  void state() {
    tcp_info info{};
    socklen_t length = sizeof info;
    begin("state");
    result(syscall(SYS_getsockopt, fd(), IPPROTO_TCP, TCP_INFO, &info, &length));
    say(" %d", info.tcpi_state);
    end();
  }
  void shut_down() {
    const int how = static_cast<int>(throws_.below(4));
    begin("shutdown");
    say("(%d)", how);
    result(syscall(SYS_shutdown, fd(), how));
    end();
  }
  void close_it() {
    if (!throws_.one_in(2)) return;
    const bool now = throws_.one_in(2);
    begin(now ? "reset" : "close");
    if (now)
      reset(fd());
    else
      close(fd());
    all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(at_));
    end();
  }
  void options() {
    struct option {
      int level, name;
    };
    static constexpr option names[] = {{SOL_SOCKET, SO_REUSEADDR},
                                       {SOL_SOCKET, SO_REUSEPORT},
                                       {SOL_SOCKET, SO_KEEPALIVE},
                                       {SOL_SOCKET, SO_OOBINLINE},
                                       {SOL_SOCKET, SO_ACCEPTCONN},
                                       {SOL_SOCKET, SO_DOMAIN},
                                       {SOL_SOCKET, SO_PROTOCOL},
                                       {IPPROTO_TCP, TCP_NODELAY},
                                       {IPPROTO_TCP, TCP_CORK},
                                       {IPPROTO_TCP, TCP_KEEPIDLE},
                                       {IPPROTO_TCP, TCP_SYNCNT},
                                       {IPPROTO_TCP, TCP_LINGER2},
                                       {IPPROTO_TCP, TCP_QUICKACK},
                                       {IPPROTO_TCP, TCP_USER_TIMEOUT},
                                       {SOL_IP, IP_TTL},
                                       {SOL_IP, IP_TOS},
                                       {SOL_IP, IP_FREEBIND},
                                       {SOL_IP, 99}};
    const option& o = throws_.pick(names);
    int v = static_cast<int>(throws_.below(3));
    const bool ask = throws_.one_in(2);
    begin(ask ? "getsockopt" : "setsockopt");
    say(" %d/%d", o.level, o.name);
    socklen_t length = sizeof v;
    if (!ask) say(" %d", v);
    const long r = result(ask ? syscall(SYS_getsockopt, fd(), o.level, o.name, &v, &length)
                              : syscall(SYS_setsockopt, fd(), o.level, o.name, &v, sizeof v));
    if (ask && r == 0) say(" %d", v);
    end();
  }
  void counts() {
    for (const unsigned long cmd : {SIOCINQ, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK}) {
      int n = 0;
      begin("ioctl");
      say(" %lx", cmd);
      result(ioctl(fd(), cmd, &n));
      say(" %d", n);
      end_line();
    }
  }
  void poll_it() {
    pollfd p = {fd(), POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLRDNORM | POLLWRNORM, 0};
    begin("poll");
    result(poll(&p, 1, 0) < 0 ? -1 : 0);
    const unsigned all = static_cast<unsigned short>(p.revents);
    say(" %x", it().was_connected ? all : all & ~unsigned{POLLHUP});
    end();
  }

  static constexpr size_t most = 6;
  dice throws_;
  std::vector<stream> all_;
  size_t at_ = 0;
  unsigned opened_ = 0;
};

}  // namespace

void try_streams(uint64_t seed, unsigned first, unsigned count) {
  for (unsigned n = first; n < first + count; ++n) {
    say("== episode %u", n);
    end_line();
    streams(seed, n).play();
  }
}

}  // namespace calls
