// Control-plane work of an ordinary program, the same binary natively and as a guest: netlink_calls WHAT N, with WHAT
//   getroute  N requests for the route to a random address (RTM_GETROUTE), each waiting for its answer
//   dump      N dumps of the main table; counts routes
//   netns     N network namespaces, one after the other (unshare(2))
// Prints wall-clock nanoseconds for each (for each route, of a dump): the work is split between this process and whoever
// serves it.
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

[[noreturn]] void give_up(const char* what) {
  perror(what);
  exit(1);
}

struct request {
  nlmsghdr h;
  rtmsg r;
  rtattr a;
  uint32_t to;
};

int route_socket() {
  const int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (s < 0) give_up("socket");
  return s;
}

uint64_t getroute(uint64_t n) {
  const int s = route_socket();
  std::array<char, 8192> answer;
  uint64_t x = 88172645463325252;
  for (uint64_t i = 0; i < n; ++i) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    request q{};
    q.h = {sizeof q, RTM_GETROUTE, NLM_F_REQUEST, static_cast<uint32_t>(i), 0};
    q.r.rtm_family = AF_INET;
    q.r.rtm_dst_len = 32;
    q.a = {sizeof q.a + 4, RTA_DST};
    q.to = htonl(static_cast<uint32_t>(0x14000000 + (x & 0x3fffffff)));
    if (send(s, &q, sizeof q, 0) < 0) give_up("send");
    if (recv(s, answer.data(), answer.size(), 0) < 0) give_up("recv");
    const auto* h = reinterpret_cast<const nlmsghdr*>(answer.data());
    if (h->nlmsg_type == NLMSG_ERROR) give_up("RTM_GETROUTE was refused");
  }
  close(s);
  return n;
}

uint64_t dump(uint64_t n) {
  const int s = route_socket();
  std::vector<char> page(32768);
  uint64_t routes = 0;
  for (uint64_t i = 0; i < n; ++i) {
    request q{};
    q.h = {NLMSG_LENGTH(sizeof q.r), RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, 1, 0};
    q.r.rtm_family = AF_INET;
    if (send(s, &q, q.h.nlmsg_len, 0) < 0) give_up("send");
    for (bool done = false; !done;) {
      const ssize_t got = recv(s, page.data(), page.size(), 0);
      if (got < 0) give_up("recv");
      auto left = static_cast<unsigned>(got);
      for (auto* h = reinterpret_cast<nlmsghdr*>(page.data()); NLMSG_OK(h, left);
           h = NLMSG_NEXT(h, left)) {
        done |= h->nlmsg_type == NLMSG_DONE;
        routes += h->nlmsg_type == RTM_NEWROUTE;
      }
    }
  }
  close(s);
  return routes;
}

uint64_t netns(uint64_t n) {
  for (uint64_t i = 0; i < n; ++i)
    if (unshare(CLONE_NEWNET) != 0) give_up("unshare");
  return n;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 3 ? argv[1] : "";
  uint64_t (*work)(uint64_t) = what == "getroute" ? getroute
                               : what == "dump"   ? dump
                               : what == "netns"  ? netns
                                                  : nullptr;
  if (!work) return fprintf(stderr, "usage: netlink_calls getroute|dump|netns N\n"), 2;
  const auto begin = std::chrono::steady_clock::now();
  const uint64_t done = work(strtoull(argv[2], nullptr, 10));
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
  printf("%.1f\n", took.count() / static_cast<double>(done ? done : 1));
}
