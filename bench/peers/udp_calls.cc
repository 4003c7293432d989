// Datagrams of an ordinary program over lo, the same binary natively and as a guest: udp_calls WHAT N, with WHAT
//   burst     N messages of 64 bytes, 32 with each sendmmsg, taken by recvmmsg from the socket they were sent to
//   single    the same, one with each sendto and recvfrom
//   pingpong  N round trips of one message between two processes
// Prints wall-clock nanoseconds for each message (sent and received) or round trip.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

constexpr size_t size = 64, batch = 32;

[[noreturn]] void give_up(const char* what) {
  perror(what);
  exit(1);
}

sockaddr_in loopback(uint16_t port = 0) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  a.sin_port = port;
  return a;
}

int udp_socket(sockaddr_in& name) {
  const int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  name = loopback();
  socklen_t length = sizeof name;
  if (s < 0 || bind(s, reinterpret_cast<sockaddr*>(&name), length) != 0 ||
      getsockname(s, reinterpret_cast<sockaddr*>(&name), &length) != 0)
    give_up("socket");
  return s;
}

struct messages {
  std::array<std::array<char, size>, batch> data{};
  std::array<iovec, batch> iov{};
  std::array<sockaddr_in, batch> names{};
  std::array<mmsghdr, batch> list{};

  explicit messages(const sockaddr_in& to) {
    for (size_t i = 0; i < batch; ++i) {
      iov[i] = {data[i].data(), size};
      names[i] = to;
      list[i].msg_hdr = {&names[i], sizeof names[i], &iov[i], 1, nullptr, 0, 0};
    }
  }
};

uint64_t burst(uint64_t n) {
  sockaddr_in to;
  const int from = udp_socket(to), s = udp_socket(to);
  messages out(to), in(to);
  for (uint64_t done = 0; done < n; done += batch) {
    if (sendmmsg(from, out.list.data(), batch, 0) != batch) give_up("sendmmsg");
    for (size_t got = 0; got < batch;) {
      const int more = recvmmsg(s, in.list.data() + got, batch - got, MSG_WAITFORONE, nullptr);
      if (more <= 0) give_up("recvmmsg");
      got += static_cast<size_t>(more);
    }
  }
  return n;
}

uint64_t single(uint64_t n) {
  sockaddr_in to, by;
  const int from = udp_socket(to), s = udp_socket(to);
  std::array<char, size> data{};
  for (uint64_t i = 0; i < n; ++i) {
    socklen_t length = sizeof by;
    if (sendto(from, data.data(), size, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) != size)
      give_up("sendto");
    if (recvfrom(s, data.data(), size, 0, reinterpret_cast<sockaddr*>(&by), &length) != size)
      give_up("recvfrom");
  }
  return n;
}

uint64_t pingpong(uint64_t n) {
  sockaddr_in there, here;
  const int theirs = udp_socket(there), ours = udp_socket(here);
  const pid_t child = fork();
  const int s = child == 0 ? theirs : ours;
  const sockaddr_in peer = child == 0 ? here : there;
  std::array<char, size> data{};
  for (uint64_t i = 0; i < n; ++i) {
    if (child == 0 && recv(s, data.data(), size, 0) != size) give_up("recv");
    if (sendto(s, data.data(), size, 0, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) !=
        size)
      give_up("sendto");
    if (child != 0 && recv(s, data.data(), size, 0) != size) give_up("recv");
  }
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  return n;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 3 ? argv[1] : "";
  uint64_t (*work)(uint64_t) = what == "burst"      ? burst
                               : what == "single"   ? single
                               : what == "pingpong" ? pingpong
                                                    : nullptr;
  if (!work) return fprintf(stderr, "usage: udp_calls burst|single|pingpong N\n"), 2;
  const auto begin = std::chrono::steady_clock::now();
  const uint64_t done = work(strtoull(argv[2], nullptr, 10));
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
  printf("%.1f\n", took.count() / static_cast<double>(done ? done : 1));
}
