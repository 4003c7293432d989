// How results are written down.
#include "tests/syscalls/show.hh"

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <ctime>

namespace calls {
namespace {

constexpr int first_chosen = 5000, last_chosen = 5002;  // ports that the tries ask for

std::string format(const char* how, ...) {
  char text[256];
  va_list args;
  va_start(args, how);
  vsnprintf(text, sizeof text, how, args);
  va_end(args);
  return text;
}

std::string show_port(in_port_t port) {
  const int p = ntohs(port);
  const bool chosen = p == 0 || p == 80 || (p >= first_chosen && p <= last_chosen);
  return chosen ? std::to_string(p) : "SOME";
}

std::string show_pid(uint32_t pid) {
  if (pid == static_cast<uint32_t>(getpid())) return "SELF";
  return pid > 100000 ? "PID" : std::to_string(pid);
}

template <class T>
bool load(const_bytes from, T& to) {
  if (from.size() < sizeof to) return false;
  memcpy(&to, from.data(), sizeof to);
  return true;
}

bool is_time(const cmsghdr& c) {
  return c.cmsg_level == SOL_SOCKET &&
         (c.cmsg_type == SO_TIMESTAMP || c.cmsg_type == SO_TIMESTAMPNS ||
          c.cmsg_type == SO_TIMESTAMP_NEW || c.cmsg_type == SO_TIMESTAMPNS_NEW);
}

// Which of the three times of a SO_TIMESTAMPING message are there.
std::string show_timestamping(const_bytes data) {
  timespec t[3];
  if (!load(data, t)) return hex(data);
  std::string s;
  for (const timespec& at : t) s += at.tv_sec || at.tv_nsec ? 'T' : '0';
  return s;
}

}  // namespace

void say(const char* how, ...) {
  va_list args;
  va_start(args, how);
  vprintf(how, args);
  va_end(args);
}

long result(long value) {
  if (value >= 0) {
    printf(" = %ld", value);
  } else {
    const char* name = strerrorname_np(errno);
    printf(" = %s", name ? name : format("errno %d", errno).c_str());
  }
  return value;
}

void end_line() {
  putchar('\n');
  fflush(stdout);
}

std::string hex(const_bytes data) {
  constexpr size_t most = 48;
  std::string s;
  for (const unsigned char b : data.first(std::min(data.size(), most))) s += format("%02x", b);
  if (data.size() > most) s += format("... (%zu)", data.size());
  return s;
}

std::string show_address(const_bytes a) {
  sa_family_t family;
  if (!load(a, family)) return "short " + hex(a);
  sockaddr_in in;
  sockaddr_ll ll{};
  sockaddr_nl nl;
  switch (family) {
    case AF_INET:
      if (!load(a, in)) return "in, short";
      return format("in %s:%s", inet_ntoa(in.sin_addr), show_port(in.sin_port).c_str());
    case AF_PACKET:
      if (a.size() < offsetof(sockaddr_ll, sll_addr)) break;
      memcpy(&ll, a.data(), std::min(a.size(), sizeof ll));
      return format("ll proto %04x if %d type %d pkt %d ", ntohs(ll.sll_protocol), ll.sll_ifindex,
                    ll.sll_hatype, ll.sll_pkttype) +
             hex(const_bytes(ll.sll_addr, std::min<size_t>(ll.sll_halen, 8)));
    case AF_NETLINK:
      if (!load(a, nl)) break;
      return format("nl %s %u", show_pid(nl.nl_pid).c_str(), nl.nl_groups);
    default: break;
  }
  return format("family %d ", family) + hex(a.subspan(sizeof family));
}

std::string show_control(const msghdr& m) {
  std::string s;
  msghdr walk = m;
  for (const cmsghdr* c = CMSG_FIRSTHDR(&walk); c;
       c = CMSG_NXTHDR(&walk, const_cast<cmsghdr*>(c))) {
    const size_t room =
        m.msg_controllen - static_cast<size_t>(reinterpret_cast<const unsigned char*>(c) -
                                               static_cast<unsigned char*>(m.msg_control));
    const size_t length = std::min(room, static_cast<size_t>(c->cmsg_len));
    s += format(" {%d %d len %zu ", c->cmsg_level, c->cmsg_type, static_cast<size_t>(c->cmsg_len));
    const size_t head = std::min(length, size_t{CMSG_LEN(0)});
    const const_bytes data(CMSG_DATA(c), length - head);
    if (is_time(*c)) {
      s += "TIME";
    } else if (c->cmsg_level == SOL_SOCKET &&
               (c->cmsg_type == SO_TIMESTAMPING || c->cmsg_type == SO_TIMESTAMPING_NEW)) {
      s += show_timestamping(data);
    } else if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_ORIGDSTADDR) {
      s += show_address(data);
    } else {
      s += hex(data);
    }
    s += "}";
  }
  return s;
}

std::string show_packet(const_bytes p) {
  constexpr size_t header = 20, protocol = 9, source = 12, destination = 16;
  if (p.size() < header) return hex(p.first(std::min<size_t>(p.size(), 4)));
  in_addr from, to;
  memcpy(&from, &p[source], sizeof from);
  memcpy(&to, &p[destination], sizeof to);
  std::string s = format("tos %02x frag %02x%02x ttl %d proto %d %s > ", p[1], p[6], p[7], p[8],
                         p[protocol], inet_ntoa(from));
  return s + inet_ntoa(to) + " " + std::to_string(p.size() - header) + " bytes";
}

}  // namespace calls
