// What the tests of the public interface share. Like any embedder they see include/linnet and nothing else.
#pragma once

#include <gtest/gtest.h>

#include <linnet/linnet.hh>

namespace api_test {

using namespace std::chrono_literals;

inline std::span<const std::byte> bytes(std::string_view s) { return std::as_bytes(std::span(s)); }

// What recv finds, or the errno in brackets.
inline std::string received(linnet::socket& s) {
  std::array<std::byte, 2048> room;
  const auto n = s.recv(room);
  if (!n) return "[" + std::to_string(n.error().code) + "]";
  return {reinterpret_cast<const char*>(room.data()), *n};
}

// Two hosts on a cable, on the virtual clock: 10.0.0.1 on eth0 of "a", 10.0.0.2 on eth0 of "b".
struct two_hosts {
  explicit two_hosts(const linnet::world_options& o = {.clock = linnet::clock_kind::virtual_time,
                                                       .seed = 1})
      : w(o), a(w.add_net("a").value()), b(w.add_net("b").value()) {
    linnet::must(add_veth(a, "eth0", b, "eth0"));
    linnet::must(add_address(a, "eth0", linnet::ipv4_prefix("10.0.0.1/24")));
    linnet::must(add_address(b, "eth0", linnet::ipv4_prefix("10.0.0.2/24")));
    linnet::must(set_up(a, "eth0"));
    linnet::must(set_up(b, "eth0"));
  }
  linnet::world w;
  linnet::net a, b;
};

}  // namespace api_test
