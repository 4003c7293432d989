// socket(2), and each option of each level on each kind of socket: asked with room of several sizes, and set to several
// values in several lengths, each time on a socket of its own.
#include <linux/if_packet.h>
#include <netinet/udp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "tests/syscalls/show.hh"
#include "tests/syscalls/sockets.hh"

namespace calls {

int open_socket(const socket_kind& k) {
  const int protocol =
      k.family == AF_PACKET ? htons(static_cast<uint16_t>(k.protocol)) : k.protocol;
  return socket(k.family, k.type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

void try_creation() {
  // Families whose sockets a world of IPv4 has, and numbers that are none. Others are the host's affair.
  constexpr int families[] = {AF_UNSPEC, AF_INET, AF_NETLINK, AF_PACKET, -1, 46, 1000};
  constexpr int types[] = {0,         SOCK_STREAM, SOCK_DGRAM,  SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET,
                           SOCK_DCCP, 7,           SOCK_PACKET, 11,       15,       16,
                           -1};
  constexpr int protocols[] = {0, 1, 6, 17, 136, 253, 255, 256, 300, -1};
  for (const int family : families)
    for (const int type : types) {
      // SOCK_PACKET is of old; what is no family or type says so for one protocol as for all.
      if ((family == AF_PACKET || family == AF_INET) && type == SOCK_PACKET) continue;
      if (family == AF_INET && (type == SOCK_STREAM || type == SOCK_SEQPACKET)) continue;
      say("socket(%d, %d, ...)", family, type);
      for (const int protocol : protocols) {
        if (family == AF_NETLINK && protocol != 0 && protocol < 300 && protocol > 0) continue;
        const int fd = static_cast<int>(syscall(SYS_socket, family, type, protocol));
        say(" %d", protocol);
        result(fd < 0 ? -1 : 0);
        if (fd >= 0) close(fd);
      }
      end_line();
    }
}

namespace {

constexpr int some_values[] = {0, 1, 2, 3, 5, 7, 100, 255, 256, 65535, 65536, 0x7fffffff, -1, -2};

class option_tries {
 public:
  option_tries(const socket_kind& kind, int level, int name)
      : kind_(kind), level_(level), name_(name) {}

  void all() {
    ask_in_rooms();
    set_values();
    set_in_lengths();
    set_badly();
  }

 private:
  void begin(const char* what) {
    fd_ = open_socket(kind_);
    say("%s %d/%d %s:", kind_.name, level_, name_, what);
  }
  void end() {
    close(fd_);
    end_line();
  }

  // What of an answer is the same on each run.
  std::string steady(const_bytes value) const {
    const bool random = level_ == SOL_SOCKET && (name_ == SO_COOKIE || name_ == SO_NETNS_COOKIE);
    return random ? std::to_string(value.size()) + " bytes" : hex(value);
  }

  void ask(int room) {
    const size_t size = room > 0 ? static_cast<size_t>(room) : 0;
    unsigned char* value = value_.last(size, 0);
    int length = room;
    say(" %d", room);
    const long r = result(syscall(SYS_getsockopt, fd_, level_, name_, value, &length));
    if (r < 0) return;
    say(" %d:%s", length,
        steady(const_bytes(value, std::min<size_t>(size, static_cast<size_t>(std::max(length, 0)))))
            .c_str());
  }

  void ask_in_rooms() {
    begin("get");
    for (const int room : {4, 0, 1, 3, 8, 64, -1}) ask(room);
    end();
    begin("get badly");
    int length = 4;
    say(" value");
    result(syscall(SYS_getsockopt, fd_, level_, name_, nowhere, &length));
    say(" length");
    result(syscall(SYS_getsockopt, fd_, level_, name_, value_.last(4), nowhere));
    end();
  }

  long set(const_bytes value, int length) {
    return result(syscall(SYS_setsockopt, fd_, level_, name_, value_.copy(value), length));
  }

  void set_values() {
    begin("set");
    for (const int v : some_values) {
      say(" %d", v);
      const_bytes as_bytes(reinterpret_cast<const unsigned char*>(&v), sizeof v);
      if (set(as_bytes, sizeof v) < 0) continue;
      unsigned char* now = value_.last(4);
      socklen_t length = 4;
      if (syscall(SYS_getsockopt, fd_, level_, name_, now, &length) == 0)
        say(":%s", steady({now, std::min<size_t>(length, 4)}).c_str());
    }
    end();
  }

  void set_in_lengths() {
    begin("set in lengths");
    for (const int n : {0, 1, 2, 3, 8, 12, 16, 24, 64}) {
      std::vector<unsigned char> value(static_cast<size_t>(n));
      for (size_t i = 0; i < value.size(); i += 16) value[i] = 1;
      say(" %d", n);
      set(value, n);
    }
    ask(64);
    end();
  }

  void set_badly() {
    begin("set badly");
    constexpr unsigned char one[4] = {1};
    say(" nowhere");
    result(syscall(SYS_setsockopt, fd_, level_, name_, nowhere, 4));
    say(" null");
    result(syscall(SYS_setsockopt, fd_, level_, name_, nullptr, 4));
    say(" null 0");
    result(syscall(SYS_setsockopt, fd_, level_, name_, nullptr, 0));
    say(" -1");
    set(one, -1);
    // Only as much as the option takes may be read of what is said to be longer.
    say(" longer");
    set(one, 70);
    say(" huge");
    set(one, 0x7fffffff);
    end();
  }

  const socket_kind& kind_;
  int level_, name_;
  int fd_ = -1;
  arena value_;
};

struct level_range {
  int level, first, last;
};

void try_levels(const socket_kind& kind, std::initializer_list<level_range> ranges) {
  for (const level_range& r : ranges)
    for (int name = r.first; name <= r.last; ++name) {
      // Memberships and what else is about groups: other tests' matter.
      if (r.level == SOL_IP && name >= 32 && name <= 49) continue;
      option_tries(kind, r.level, name).all();
    }
}

}  // namespace

void try_options() {
  constexpr int last_socket = 76, last_ip = 54, no_level = 999, solitary = 99;
  try_levels(udp, {{SOL_SOCKET, 0, last_socket},
                   {SOL_SOCKET, solitary, solitary},
                   {SOL_IP, 0, last_ip},
                   {SOL_IP, 200, 201},
                   {SOL_UDP, 0, 2},
                   {SOL_UDP, 9, 12},
                   {SOL_UDP, 99, 105},
                   {IPPROTO_UDPLITE, 1, 1},
                   {IPPROTO_UDPLITE, 10, 11},
                   {IPPROTO_TCP, 1, 1},
                   {no_level, 1, 1},
                   {-1, 1, 1}});
  try_levels(udplite, {{SOL_UDP, 1, 1},
                       {SOL_UDP, 10, 11},
                       {SOL_UDP, 100, 104},
                       {IPPROTO_UDPLITE, 0, 1},
                       {IPPROTO_UDPLITE, 9, 12},
                       {IPPROTO_UDPLITE, 100, 104}});
  try_levels(raw_icmp, {{SOL_SOCKET, 0, 15},
                        {SOL_IP, 0, 25},
                        {SOL_IP, 50, last_ip},
                        {SOL_RAW, 0, 2},
                        {no_level, 1, 1}});
  try_levels(raw_own, {{SOL_IP, 1, 7}, {SOL_RAW, 0, 2}});
  try_levels(raw_header, {{SOL_IP, 1, 7}, {SOL_RAW, 1, 1}});
  try_levels(ping, {{SOL_SOCKET, 0, 15},
                    {SOL_IP, 0, 25},
                    {SOL_IP, 50, last_ip},
                    {SOL_RAW, 1, 1},
                    {SOL_UDP, 1, 1}});
  try_levels(packet_raw, {{SOL_SOCKET, 0, last_socket}, {SOL_PACKET, 0, 24}, {SOL_IP, 1, 2}});
  try_levels(netlink_route, {{SOL_SOCKET, 0, last_socket}, {SOL_NETLINK, 0, 13}, {SOL_IP, 1, 2}});
}

}  // namespace calls
