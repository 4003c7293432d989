// ping ADDRESS: two hosts on a cable, 10.0.0.1 and 10.0.0.2, and three echo requests from the first. When nothing comes
// back, the world says why.
#include <netinet/ip_icmp.h>

#include <linnet/linnet.hh>

#include <cstdio>
#include <exception>

using linnet::must;
using namespace std::chrono_literals;

namespace {

// The time until the reply with this number, or nothing after a second.
std::optional<double> ping(linnet::world& w, linnet::socket& s, linnet::ipv4_address to,
                           std::uint16_t number) {
  icmphdr request{};
  request.type =
      ICMP_ECHO;  // number and checksum are filled in, and the identifier, as the socket is bound
  request.un.echo.sequence = htons(number);
  const auto sent_at = w.now();
  must(s.send_to(std::as_bytes(std::span(&request, 1)), {to, 0}));
  icmphdr reply{};
  const bool came = w.run_until(
      [&] {
        const auto n = s.recv(std::as_writable_bytes(std::span(&reply, 1)));
        return n && reply.type == ICMP_ECHOREPLY && reply.un.echo.sequence == htons(number);
      },
      1s);
  if (!came) return std::nullopt;
  return std::chrono::duration<double, std::milli>(w.now() - sent_at).count();
}

int run(linnet::ipv4_address to) {
  linnet::world w({.record = 1 << 12});
  auto here = must(w.add_net("here")), there = must(w.add_net("there"));
  must(add_veth(here, "eth0", there, "eth0"));
  must(add_address(here, "eth0", linnet::ipv4_prefix("10.0.0.1/24")));
  must(add_address(there, "eth0", linnet::ipv4_prefix("10.0.0.2/24")));
  must(set_up(here, "eth0"));
  must(set_up(there, "eth0"));

  must(here.set_sysctl("net.ipv4.ping_group_range", "0 0"));  // who may use ping sockets: root
  auto s = must(linnet::socket::open(here, AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
  for (std::uint16_t number = 1; number <= 3; ++number) {
    const auto ms = ping(w, s, to, number);
    if (!ms) return std::fputs(w.why().c_str(), stderr), 1;
    std::printf("reply from %s: icmp_seq=%u time=%.3f ms\n", to.text().c_str(), number, *ms);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  const auto to = linnet::ipv4_address::parse(argc == 2 ? argv[1] : "");
  if (!to) return std::fputs("Usage: ping ADDRESS\n", stderr), 2;
  return run(*to);
} catch (const std::exception& e) {
  return std::fprintf(stderr, "ping: %s\n", e.what()), 1;
}
