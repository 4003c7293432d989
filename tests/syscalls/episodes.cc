// Random calls. Each episode opens some sockets of random kinds and makes some calls on them; its throws depend on the seed
// and its number only, so that one can be run alone. No call blocks, all packets stay in the namespaces made for this.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "tests/syscalls/show.hh"
#include "tests/syscalls/sockets.hh"

namespace calls {
namespace {

template <class T>
const_bytes bytes_of(const T& v) {
  return {reinterpret_cast<const unsigned char*>(&v), sizeof v};
}

struct open_one {
  const socket_kind* kind;
  int fd;
};

class episode {
 public:
  episode(uint64_t seed, unsigned number) : throws_(seed * 1000003 + number) {}
  ~episode() {
    for (const open_one& s : sockets_) close(s.fd);
  }

  void play() {
    open_some();
    const unsigned steps = 6 + throws_.below(14);
    for (unsigned i = 0; i < steps; ++i) step();
    for (at_ = 0; at_ < sockets_.size(); ++at_) drain();
  }

 private:
  void open_some() {
    static const socket_kind* const kinds[] = {
        &udp,     &udp,      &udp,        &udp,        &udplite,      &ping,
        &raw_own, &raw_icmp, &raw_header, &packet_raw, &packet_dgram, &netlink_route};
    const socket_kind* first = throws_.pick(kinds);
    const unsigned count = 1 + throws_.below(3);
    for (unsigned i = 0; i < count; ++i) {
      const socket_kind* k = throws_.one_in(3) ? throws_.pick(kinds) : first;
      const int fd = open_socket(*k);
      say("%u: socket %s", i, k->name);
      result(fd < 0 ? -1 : 0);
      end_line();
      if (fd >= 0) sockets_.push_back({k, fd});
    }
  }

  void step() {
    if (sockets_.empty()) return;
    at_ = throws_.below(static_cast<uint32_t>(sockets_.size()));
    using call = void (episode::*)();
    static constexpr call all[] = {
        &episode::bind_it,      &episode::bind_it,         &episode::connect_it,
        &episode::connect_it,   &episode::send_to,         &episode::send_to,
        &episode::send_message, &episode::send_message,    &episode::receive,
        &episode::receive,      &episode::receive_message, &episode::receive_message,
        &episode::names,        &episode::set_option,      &episode::set_option,
        &episode::set_option,   &episode::shut_down,       &episode::listen_it,
        &episode::control,      &episode::control,         &episode::poll_it};
    (this->*throws_.pick(all))();
  }

  void begin(const char* what) { say("%zu: %s %s", at_, sockets_[at_].kind->name, what); }
  int fd() const { return sockets_[at_].fd; }
  int family() const { return sockets_[at_].kind->family; }
  bool is_raw() const { return sockets_[at_].kind->type == SOCK_RAW; }

  // ---- addresses
  sockaddr_in internet() {
    static constexpr const char* hosts[] = {
        "127.0.0.1",       "127.0.0.1", "127.0.0.1", "10.0.0.1",  "10.0.0.1",
        "10.0.0.2",        "10.0.0.2",  "0.0.0.0",   "127.0.0.2", "10.0.0.255",
        "255.255.255.255", "239.1.1.1", "192.0.2.1"};
    static constexpr int ports[] = {5000, 5000, 5000, 5001, 5001, 5002, 0, 80};
    sockaddr_in a{};
    static constexpr int families[] = {AF_UNSPEC, AF_UNIX, AF_INET6, 999};
    a.sin_family = static_cast<sa_family_t>(throws_.one_in(12) ? throws_.pick(families) : AF_INET);
    a.sin_addr.s_addr = inet_addr(throws_.pick(hosts));
    a.sin_port = htons(static_cast<uint16_t>(throws_.pick(ports)));
    return a;
  }
  sockaddr_ll link_layer() {
    sockaddr_ll a{};
    a.sll_family = throws_.one_in(12) ? AF_INET : AF_PACKET;
    static constexpr uint16_t types[] = {own_ethertype, own_ethertype, 0, 0x88b6};
    a.sll_protocol = htons(throws_.pick(types));
    static constexpr const char* devices[] = {"lo", "v0", "v0"};
    a.sll_ifindex =
        throws_.one_in(8) ? 999 : static_cast<int>(if_nametoindex(throws_.pick(devices)));
    a.sll_halen = throws_.one_in(8) ? 9 : ETH_ALEN;
    static constexpr unsigned char to[] = {2, 0, 0, 0, 0, 2};
    memcpy(a.sll_addr, to, sizeof to);
    return a;
  }
  sockaddr_nl netlink() {
    sockaddr_nl a{};
    a.nl_family = throws_.one_in(12) ? AF_INET : AF_NETLINK;
    a.nl_pid = throws_.one_in(3) ? 4000 + throws_.below(3) : 0;
    a.nl_groups = throws_.one_in(4) ? 1u << throws_.below(5) : 0;
    return a;
  }

  // An address of the socket's family in memory of exactly the length that the call is told, mostly.
  struct address {
    void* at;
    int length;
  };
  address some_address() {
    std::vector<unsigned char> a;
    const auto take = [&](const auto& v) { a.assign(bytes_of(v).begin(), bytes_of(v).end()); };
    if (family() == AF_INET)
      take(internet());
    else if (family() == AF_PACKET)
      take(link_layer());
    else
      take(netlink());
    int length = static_cast<int>(a.size());
    if (throws_.one_in(8)) {
      static constexpr int lengths[] = {0, 1, 2, 8, 11, 12, 15, 17, 18, 28, 128, 129, -1};
      length = throws_.pick(lengths);
    }
    a.resize(length > 0 ? static_cast<size_t>(length) : 0);
    say("(%s, %d)", show_address(a).c_str(), length);
    if (throws_.one_in(24)) {
      say(" nowhere");
      return {nowhere, length};
    }
    return {name_.copy(a), length};
  }
  static const_bytes payload(size_t n) {
    static unsigned char letters[70000];
    if (!letters[0])
      for (size_t i = 0; i < sizeof letters; ++i)
        letters[i] = static_cast<unsigned char>('a' + i % 26);
    return {letters, n};
  }

  // ---- calls
  void bind_it() {
    begin("bind");
    const address a = some_address();
    result(syscall(SYS_bind, fd(), a.at, a.length));
    end_line();
  }
  void connect_it() {
    begin("connect");
    const address a = some_address();
    result(syscall(SYS_connect, fd(), a.at, a.length));
    end_line();
  }

  void name_of(const char* what, long call) {
    static constexpr int rooms[] = {128, 128, 128, 16, 4, 0, 1, -1};
    int length = throws_.pick(rooms);
    const size_t size = length > 0 ? static_cast<size_t>(length) : 0;
    unsigned char* to = name_.last(size);
    begin(what);
    say("(%d)", length);
    const bool bad = throws_.one_in(16);
    if (bad) say(" nowhere");
    if (result(syscall(call, fd(), bad ? nowhere : to, &length)) == 0)
      say(" %d %s", length,
          show_address({to, std::min(size, static_cast<size_t>(length))}).c_str());
    end_line();
  }
  void names() {
    name_of("getsockname", SYS_getsockname);
    name_of("getpeername", SYS_getpeername);
  }

  // Mostly what this kind of socket takes.
  std::vector<unsigned char> message() {
    std::vector<unsigned char> m;
    static constexpr size_t lengths[] = {0, 1, 4, 8, 20, 64, 1000, 1472, 1473, 3000};
    const size_t n = throws_.one_in(40) ? 65507 + throws_.below(2) * 30 : throws_.pick(lengths);
    const const_bytes p = payload(n);
    m.assign(p.begin(), p.end());
    const socket_kind* k = sockets_[at_].kind;
    const auto front = [&](std::initializer_list<unsigned char> head) {
      if (!throws_.one_in(6) && m.size() >= head.size())
        std::copy(head.begin(), head.end(), m.begin());
    };
    if (k == &ping || k == &raw_icmp) front({8, 0, 0, 0, 1, 1, 0, 1});
    if (k == &packet_raw) front({2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5});
    if (k == &raw_header)
      front({0x45, 0, 0, 0, 0, 9, 0, 0, 64, 253, 0, 0, 0, 0, 0, 0, 127, 0, 0, 1});
    if (k == &netlink_route) {
      // No request that a kernel would obey: what it says to strange ones.
      nlmsghdr h{};
      h.nlmsg_len = throws_.one_in(4) ? 5 : static_cast<uint32_t>(m.size());
      static constexpr uint16_t types[] = {NLMSG_NOOP, NLMSG_DONE, 1000, 255, 3};
      h.nlmsg_type = throws_.pick(types);
      h.nlmsg_flags = throws_.one_in(2) ? NLM_F_REQUEST | NLM_F_ACK : 0;
      if (m.size() >= sizeof h) memcpy(m.data(), &h, sizeof h);
    }
    return m;
  }
  int send_flags() {
    static constexpr int flags[] = {MSG_MORE,     MSG_CONFIRM,  MSG_DONTROUTE, MSG_OOB,
                                    MSG_EOR,      MSG_PEEK,     MSG_TRUNC,     MSG_PROXY,
                                    MSG_ERRQUEUE, MSG_ZEROCOPY, 0x800000};
    const int flag = throws_.one_in(4) ? throws_.pick(flags) : 0;
    // What raw and ping sockets do with it is a listed deviation.
    const socket_kind* k = sockets_[at_].kind;
    const bool may_cork = family() != AF_INET || k == &udp || k == &udplite;
    return MSG_DONTWAIT | MSG_NOSIGNAL | (flag == MSG_MORE && !may_cork ? 0 : flag);
  }

  void send_to() {
    begin("sendto");
    const bool named = !throws_.one_in(3);
    const address a = named ? some_address() : address{nullptr, 0};
    const auto m = message();
    const int flags = send_flags();
    say(" %zu bytes %x", m.size(), static_cast<unsigned>(flags));
    const bool bad = throws_.one_in(24);
    if (bad) say(" nowhere");
    result(
        syscall(SYS_sendto, fd(), bad ? nowhere : data_.copy(m), m.size(), flags, a.at, a.length));
    end_line();
  }

  // Control messages, some of them malformed.
  std::vector<unsigned char> control_messages() {
    struct kind {
      int level, type;
      size_t length;
    };
    static constexpr kind kinds[] = {{SOL_IP, IP_TTL, 4},
                                     {SOL_IP, IP_TTL, 4},
                                     {SOL_IP, IP_TOS, 4},
                                     {SOL_IP, IP_TOS, 1},
                                     {SOL_IP, IP_PKTINFO, 12},
                                     {SOL_IP, IP_PKTINFO, 12},
                                     {SOL_IP, IP_PKTINFO, 8},
                                     {SOL_IP, IP_RETOPTS, 4},
                                     {SOL_IP, IP_RECVERR, 4},
                                     {SOL_IP, 52, 4},
                                     {SOL_IP, 99, 4},
                                     {SOL_SOCKET, SO_MARK, 4},
                                     {SOL_SOCKET, SO_MARK, 3},
                                     {SOL_SOCKET, SO_TIMESTAMPING, 4},
                                     {SOL_SOCKET, SO_TIMESTAMPING, 8},
                                     {SOL_SOCKET, SO_TXTIME, 8},
                                     {SOL_SOCKET, SCM_RIGHTS, 4},
                                     {SOL_SOCKET, SCM_CREDENTIALS, 12},
                                     {SOL_SOCKET, SO_PRIORITY, 4},
                                     {SOL_SOCKET, 99, 4},
                                     {SOL_UDP, UDP_SEGMENT, 2},
                                     {SOL_UDP, UDP_SEGMENT, 4},
                                     {SOL_UDP, 99, 4},
                                     {SOL_PACKET, 1, 4},
                                     {999, 1, 4}};
    std::vector<unsigned char> c;
    const unsigned count = throws_.below(3);
    for (unsigned i = 0; i < count; ++i) {
      const kind& k = throws_.pick(kinds);
      cmsghdr h{};
      h.cmsg_level = k.level;
      h.cmsg_type = k.type;
      h.cmsg_len = CMSG_LEN(k.length);
      const size_t at = c.size();
      c.resize(at + CMSG_SPACE(k.length));
      static constexpr uint32_t values[] = {0, 1, 1, 10, 64, 255, 256, 1000, 0xffffffff};
      for (size_t j = 0; j + 1 <= k.length; j += 4) {
        const uint32_t v = k.type == IP_PKTINFO && k.level == SOL_IP && throws_.one_in(2)
                               ? 0
                               : throws_.pick(values);
        memcpy(&c[at + CMSG_LEN(0) + j], &v, std::min<size_t>(4, k.length - j));
      }
      const bool credentials = k.level == SOL_SOCKET && k.type == SCM_CREDENTIALS;
      if (credentials) {
        const ucred own = {getpid(), 0, 0};
        memcpy(&c[at + CMSG_LEN(0)], &own, sizeof own);
      }
      if (throws_.one_in(16)) {
        static constexpr size_t wrong[] = {0, 1, 15, 17, 100, ~size_t{0}};
        h.cmsg_len = throws_.pick(wrong);
      }
      memcpy(&c[at], &h, sizeof h);
      say(" {%d %d len %zu %s}", h.cmsg_level, h.cmsg_type, static_cast<size_t>(h.cmsg_len),
          credentials ? "own" : hex(const_bytes(&c[at + CMSG_LEN(0)], k.length)).c_str());
    }
    return c;
  }

  void send_message() {
    begin("sendmsg");
    const bool named = !throws_.one_in(3);
    const address a = named ? some_address() : address{nullptr, 0};
    const auto m = message();
    const auto control = control_messages();
    const int flags = send_flags();
    // In two pieces.
    unsigned char* data = data_.copy(m);
    iovec iov[2] = {{data, m.size() / 2}, {data + m.size() / 2, m.size() - m.size() / 2}};
    msghdr h{};
    h.msg_name = a.at;
    h.msg_namelen = static_cast<socklen_t>(a.length);
    h.msg_iov = iov;
    h.msg_iovlen = 2;
    h.msg_control = control.empty() ? nullptr : control_.copy(control);
    h.msg_controllen = control.size();
    say(" %zu bytes %x", m.size(), static_cast<unsigned>(flags));
    result(syscall(SYS_sendmsg, fd(), &h, flags));
    end_line();
  }

  int receive_flags() {
    static constexpr int flags[] = {MSG_PEEK,     MSG_PEEK, MSG_TRUNC,   MSG_PEEK | MSG_TRUNC,
                                    MSG_ERRQUEUE, MSG_OOB,  MSG_WAITALL, MSG_CTRUNC};
    return MSG_DONTWAIT | (throws_.one_in(2) ? throws_.pick(flags) : 0);
  }
  void show_data(const_bytes all, long n) {
    const const_bytes data = all.first(std::min(all.size(), static_cast<size_t>(n)));
    if (family() == AF_INET && is_raw())
      say(" [%s]", show_packet(data).c_str());
    else if (family() == AF_NETLINK)
      say(" [%zu bytes]", data.size());
    else if (sockets_[at_].kind == &ping)
      say(" [%s...]", hex(data.first(std::min<size_t>(data.size(), 2))).c_str());
    else
      say(" [%s]", hex(data.first(std::min<size_t>(data.size(), 16))).c_str());
  }
  size_t some_room() {
    static constexpr size_t rooms[] = {2000, 2000, 70000, 0, 1, 10};
    return throws_.pick(rooms);
  }

  void receive() {
    const size_t room = some_room();
    unsigned char* to = data_.last(room);
    static constexpr int rooms[] = {128, 128, 16, 4, 0, -1};
    int length = throws_.pick(rooms);
    const size_t name_room = length > 0 ? static_cast<size_t>(length) : 0;
    unsigned char* name = name_.last(name_room);
    const int flags = receive_flags();
    begin("recvfrom");
    say("(%zu, %x, %d)", room, static_cast<unsigned>(flags), length);
    const bool unnamed = throws_.one_in(4);
    if (unnamed) say(" unnamed");
    const long n = result(syscall(SYS_recvfrom, fd(), to, room, flags, unnamed ? nullptr : name,
                                  unnamed ? nullptr : &length));
    if (n >= 0) {
      show_data({to, room}, n);
      if (!unnamed)
        say(" from %d %s", length,
            show_address({name, std::min(name_room, static_cast<size_t>(length))}).c_str());
    }
    end_line();
  }

  void receive_message() {
    static constexpr size_t control_rooms[] = {300, 300, 300, 0, 8, 20, 40};
    receive_with(some_room(), throws_.pick(control_rooms), receive_flags());
  }
  void receive_with(size_t room, size_t control_room, int flags) {
    unsigned char* to = data_.last(room);
    unsigned char* name = name_.last(128);
    unsigned char* control = control_.last(control_room);
    iovec iov = {to, room};
    msghdr h{};
    h.msg_name = name;
    h.msg_namelen = 128;
    h.msg_iov = &iov;
    h.msg_iovlen = 1;
    h.msg_control = control;
    h.msg_controllen = control_room;
    begin("recvmsg");
    say("(%zu, %zu, %x)", room, control_room, static_cast<unsigned>(flags));
    const long n = result(syscall(SYS_recvmsg, fd(), &h, flags));
    if (n >= 0) {
      show_data({to, room}, n);
      say(" from %u %s flags %x control %zu%s", h.msg_namelen,
          show_address({name, h.msg_namelen}).c_str(), static_cast<unsigned>(h.msg_flags),
          h.msg_controllen, show_control(h).c_str());
    }
    end_line();
  }

  void set_option() {
    struct option {
      int family, level, name;
    };
    static constexpr option options[] = {{0, SOL_SOCKET, SO_REUSEADDR},
                                         {0, SOL_SOCKET, SO_REUSEPORT},
                                         {0, SOL_SOCKET, SO_BROADCAST},
                                         {0, SOL_SOCKET, SO_TIMESTAMP},
                                         {0, SOL_SOCKET, SO_TIMESTAMPNS},
                                         {0, SOL_SOCKET, SO_TIMESTAMPING},
                                         {0, SOL_SOCKET, SO_RXQ_OVFL},
                                         {0, SOL_SOCKET, SO_PEEK_OFF},
                                         {0, SOL_SOCKET, SO_RCVLOWAT},
                                         {0, SOL_SOCKET, SO_MARK},
                                         {0, SOL_SOCKET, SO_RCVBUF},
                                         {0, SOL_SOCKET, SO_DONTROUTE},
                                         {0, SOL_SOCKET, SO_NO_CHECK},
                                         {0, SOL_SOCKET, SO_BINDTOIFINDEX},
                                         {0, SOL_SOCKET, SO_RCVMARK},
                                         {0, SOL_SOCKET, SO_PRIORITY},
                                         {0, SOL_SOCKET, SO_ERROR},
                                         {AF_INET, SOL_IP, IP_PKTINFO},
                                         {AF_INET, SOL_IP, IP_RECVTTL},
                                         {AF_INET, SOL_IP, IP_RECVTOS},
                                         {AF_INET, SOL_IP, IP_RECVERR},
                                         {AF_INET, SOL_IP, IP_RECVERR},
                                         {AF_INET, SOL_IP, IP_RECVERR},
                                         {AF_INET, SOL_IP, IP_RECVORIGDSTADDR},
                                         {AF_INET, SOL_IP, IP_CHECKSUM},
                                         {AF_INET, SOL_IP, IP_FREEBIND},
                                         {AF_INET, SOL_IP, IP_TRANSPARENT},
                                         {AF_INET, SOL_IP, IP_TTL},
                                         {AF_INET, SOL_IP, IP_TOS},
                                         {AF_INET, SOL_IP, IP_MTU_DISCOVER},
                                         {AF_INET, SOL_IP, IP_HDRINCL},
                                         {AF_INET, SOL_IP, IP_BIND_ADDRESS_NO_PORT},
                                         {AF_INET, SOL_IP, IP_MTU},
                                         {AF_INET, SOL_IP, IP_MINTTL},
                                         {AF_INET, SOL_UDP, UDP_CORK},
                                         {AF_INET, SOL_UDP, UDP_SEGMENT},
                                         {AF_INET, SOL_UDP, UDP_GRO},
                                         {AF_INET, SOL_UDP, UDP_NO_CHECK6_TX},
                                         {AF_INET, IPPROTO_UDPLITE, 10},
                                         {AF_INET, IPPROTO_UDPLITE, 11},
                                         {AF_PACKET, SOL_PACKET, PACKET_AUXDATA},
                                         {AF_PACKET, SOL_PACKET, PACKET_ORIGDEV},
                                         {AF_PACKET, SOL_PACKET, PACKET_LOSS},
                                         {AF_PACKET, SOL_PACKET, PACKET_STATISTICS},
                                         {AF_NETLINK, SOL_NETLINK, NETLINK_PKTINFO},
                                         {AF_NETLINK, SOL_NETLINK, NETLINK_EXT_ACK},
                                         {AF_NETLINK, SOL_NETLINK, NETLINK_CAP_ACK},
                                         {AF_NETLINK, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP}};
    option o = throws_.pick(options);
    while (o.family && o.family != family()) o = throws_.pick(options);
    static constexpr int values[] = {1, 1, 1, 1, 0, 2, 3, 8, 100, -1, 0x7fffffff};
    const int v = throws_.pick(values);
    if (throws_.one_in(3)) {
      begin("getsockopt");
      unsigned char* to = control_.last(8);
      socklen_t length = 8;
      say(" %d/%d", o.level, o.name);
      if (result(syscall(SYS_getsockopt, fd(), o.level, o.name, to, &length)) == 0)
        say(" %u:%s", length, hex({to, std::min<size_t>(length, 8)}).c_str());
    } else {
      begin("setsockopt");
      say(" %d/%d %d", o.level, o.name, v);
      result(syscall(SYS_setsockopt, fd(), o.level, o.name, &v, 4));
    }
    end_line();
  }

  void shut_down() {
    begin("shutdown");
    const int how = static_cast<int>(throws_.below(5)) - 1;
    say("(%d)", how);
    result(syscall(SYS_shutdown, fd(), how));
    end_line();
  }
  void listen_it() {
    begin("listen");
    result(syscall(SYS_listen, fd(), 5));
    say(" accept");
    result(syscall(SYS_accept, fd(), nullptr, nullptr));
    end_line();
  }

  void control() {
    static constexpr unsigned commands[] = {
        SIOCINQ,        SIOCOUTQ,      SIOCINQ,          SIOCOUTQ,       SIOCGSTAMP_OLD,
        SIOCATMARK,     SIOCGIFINDEX,  SIOCGIFFLAGS,     SIOCGIFADDR,    SIOCGIFNETMASK,
        SIOCGIFBRDADDR, SIOCGIFMTU,    SIOCGIFHWADDR,    SIOCGIFMETRIC,  SIOCGIFNAME,
        SIOCGIFMAP,     SIOCGIFTXQLEN, SIOCPROTOPRIVATE, SIOCDEVPRIVATE, 0x1234,
        SIOCGIFSLAVE,   SIOCGIFCOUNT,  SIOCSIFLINK,      SIOCGIFPFLAGS,  SIOCRTMSG,
        SIOCGIFDSTADDR};
    static constexpr const char* devices[] = {"lo", "v0", "lo", "none", ""};
    const unsigned cmd = throws_.pick(commands);
    begin("ioctl");
    ifreq r{};
    strcpy(r.ifr_name, throws_.pick(devices));
    if (cmd == SIOCGIFNAME) r.ifr_ifindex = static_cast<int>(throws_.below(3));
    const bool bad = throws_.one_in(10);
    say(" %04x %s%s", cmd, r.ifr_name, bad ? " nowhere" : "");
    const bool small = cmd == SIOCINQ || cmd == SIOCOUTQ || cmd == SIOCATMARK;
    const size_t size = small ? sizeof(int) : sizeof r;
    unsigned char* arg = control_.copy(bytes_of(r).first(size));
    if (small) memset(arg, 0, size);
    if (result(syscall(SYS_ioctl, fd(), cmd, bad ? nowhere : arg)) >= 0 && !bad)
      say(" %s", cmd == SIOCGSTAMP_OLD ? "TIME" : hex({arg, size}).c_str());
    end_line();
  }

  void poll_it() {
    pollfd p{fd(), POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLRDNORM | POLLWRNORM, 0};
    begin("poll");
    result(poll(&p, 1, 0));
    say(" %x", static_cast<unsigned>(p.revents));
    end_line();
  }

  // What is left at the end: errors, then messages.
  void drain() {
    constexpr int most = 6;
    constexpr size_t room = 2000, control_room = 300;
    for (int i = 0; i < most; ++i)
      receive_with(room, control_room, MSG_DONTWAIT | (i < 2 ? MSG_ERRQUEUE : 0));
  }

  dice throws_;
  std::vector<open_one> sockets_;
  size_t at_ = 0;
  arena name_{1}, data_{20}, control_{2};
};

}  // namespace

void try_episodes(uint64_t seed, unsigned first, unsigned count) {
  for (unsigned i = first; i < first + count; ++i) {
    say("== episode %u", i);
    end_line();
    episode(seed, i).play();
  }
}

}  // namespace calls
