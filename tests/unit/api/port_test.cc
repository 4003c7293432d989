// Ports, captures and questions of the public interface.
#include <net/ethernet.h>
#include <net/if_arp.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "tests/unit/api/api_kit.hh"

namespace api_test {
namespace {

using linnet::ipv4_prefix;

// An ARP request for `target`, from 02:00:00:00:00:99 and 10.0.0.9.
std::array<std::byte, 42> arp_request(linnet::ipv4_address target) {
  struct [[gnu::packed]] {
    std::array<std::uint8_t, 6> to{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, from{2, 0, 0, 0, 0, 0x99};
    std::uint16_t type = htons(ETHERTYPE_ARP), hrd = htons(ARPHRD_ETHER), pro = htons(ETHERTYPE_IP);
    std::uint8_t hln = 6, pln = 4;
    std::uint16_t op = htons(ARPOP_REQUEST);
    std::array<std::uint8_t, 6> sha{2, 0, 0, 0, 0, 0x99};
    std::array<std::uint8_t, 4> spa{10, 0, 0, 9};
    std::array<std::uint8_t, 6> tha{};
    std::array<std::uint8_t, 4> tpa;
  } f;
  f.tpa = target.bytes;
  static_assert(sizeof f == 42);
  return std::bit_cast<std::array<std::byte, 42>>(f);
}

struct one_port {
  explicit one_port(const linnet::port_options& o = {.address = "02:00:00:00:00:01"})
      : w({.clock = linnet::clock_kind::virtual_time, .seed = 1, .record = 1000}),
        n(w.init_net()),
        p(linnet::port::add(n, "eth0", o).value()) {
    linnet::must(add_address(n, "eth0", ipv4_prefix("10.0.0.1/24")));
    linnet::must(set_up(n, "eth0"));
    w.poll();
    while (p.drain([](auto) {})) {
    }
  }
  linnet::world w;
  linnet::net n;
  linnet::port p;
};

TEST(api_port, a_frame_in_and_a_frame_out) {
  one_port t;
  const auto request = arp_request("10.0.0.1");
  ASSERT_TRUE(t.p.inject(request));
  EXPECT_EQ(t.p.pending(), 0u);
  t.w.poll();
  ASSERT_EQ(t.p.pending(), 1u);
  std::array<std::byte, 100> reply;
  ASSERT_EQ(t.p.read(reply), 42u);
  const std::array<std::byte, 6> us{std::byte{2}, {}, {}, {}, {}, std::byte{1}};
  EXPECT_EQ(std::memcmp(reply.data() + 6, us.data(), 6), 0);
  EXPECT_EQ(reply[21], std::byte{ARPOP_REPLY});
  EXPECT_EQ(t.p.read(reply), 0u);
  const auto counters = get_link(t.n, "eth0")->counters;
  EXPECT_EQ(counters.rx_packets, 1u);
  EXPECT_EQ(counters.rx_bytes, 42u);
}

TEST(api_port, many_frames_and_a_call_back) {
  one_port t;
  const auto request = arp_request("10.0.0.1");
  const std::vector<std::span<const std::byte>> frames(300, request);
  size_t calls = 0, seen = 0;
  t.p.on_frames([&] {
    ++calls;
    seen += t.p.drain([](auto frame) { EXPECT_EQ(frame.size(), 42u); });
  });
  EXPECT_EQ(t.p.inject(frames), 300u);
  t.w.poll();
  EXPECT_EQ(seen, 300u);
  EXPECT_GE(calls, 1u);
}

TEST(api_port, what_it_refuses) {
  one_port t({.mtu = 1000, .queue = 2});
  const std::vector<std::byte> big(1019), short_one(13), fits(1018);
  EXPECT_FALSE(t.p.inject(big));
  EXPECT_FALSE(t.p.inject(short_one));
  EXPECT_TRUE(t.p.inject(fits));
  const auto request = arp_request("10.0.0.1");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(t.p.inject(request));
  t.w.poll();
  EXPECT_EQ(t.p.pending(), 2u);
  const auto counters = get_link(t.n, "eth0")->counters;
  EXPECT_EQ(counters.rx_length_errors, 2u);
  EXPECT_EQ(counters.tx_dropped, 1u);
  const auto drops = t.w.drops();
  EXPECT_TRUE(std::ranges::any_of(
      drops, [](auto& d) { return d.reason == "FULL_RING" && d.packets == 1; }));
  linnet::must(set_link(t.n, "eth0", {.up = false}));
  EXPECT_FALSE(t.p.inject(request));
  EXPECT_EQ(linnet::port::add(t.n, "eth0").error(), EEXIST);
  EXPECT_EQ(linnet::port::add(t.n, "a/b").error(), EINVAL);
  EXPECT_EQ(linnet::port::add(t.n, "eth1", {.mtu = 67}).error(), EINVAL);
  EXPECT_EQ(linnet::port::add(t.n, "eth1", {.address = "01:00:00:00:00:00"}).error(),
            EADDRNOTAVAIL);
}

TEST(api_port, it_goes_with_its_handle_and_follows_its_device) {
  one_port t;
  const auto other = t.w.add_net("other").value();
  linnet::must(set_link(t.n, "eth0", {.move_to = &other}));
  linnet::must(add_address(other, "eth0", ipv4_prefix("10.0.0.1/24")));
  linnet::must(set_up(other, "eth0"));
  ASSERT_TRUE(t.p.inject(arp_request("10.0.0.1")));
  t.w.poll();
  EXPECT_GE(t.p.pending(), 1u);
  {
    const auto gone = std::move(t.p);
  }
  EXPECT_EQ(other.ifindex("eth0"), 0);
}

TEST(api_port, carrier) {
  one_port t;
  t.p.set_carrier(false);
  t.w.run_for(2s);
  EXPECT_FALSE(get_link(t.n, "eth0")->running());
  t.p.set_carrier(true);
  t.w.run_for(2s);
  EXPECT_TRUE(get_link(t.n, "eth0")->running());
}

TEST(api_port, a_tap_needs_the_real_clock) {
  one_port t;
  EXPECT_EQ(linnet::attach_tap(t.n, "tap0", "lin0").error(), EINVAL);
}

TEST(api_trace, why_tells_what_became_of_a_packet) {
  two_hosts h({.clock = linnet::clock_kind::virtual_time, .seed = 1, .record = 1 << 12});
  EXPECT_NE(h.w.why("udp").find("no recorded packet matches"), std::string::npos);
  auto s = linnet::udp_socket(h.a).value();
  linnet::must(s.send_to(bytes("x"), {"10.0.0.2", 9}));
  h.w.poll();
  const std::string story = h.w.why("udp");
  EXPECT_NE(story.find("10.0.0.1"), std::string::npos) << story;
  EXPECT_NE(story.find("NO_SOCKET"), std::string::npos) << story;
  EXPECT_TRUE(h.w.why_json("udp").starts_with("{"));
  EXPECT_NE(h.w.why("no such word").find("linnet why:"), std::string::npos);
  const auto drops = h.w.drops();
  ASSERT_FALSE(drops.empty());
  EXPECT_EQ(drops[0].reason, "NO_SOCKET");
  linnet::world silent;
  EXPECT_NE(silent.why().find("does not record"), std::string::npos);
}

TEST(api_trace, captures) {
  char name[] = "/tmp/linnet-capture-XXXXXX";
  const int fd = mkstemp(name);
  ASSERT_GE(fd, 0);
  close(fd);
  two_hosts h;
  ASSERT_TRUE(h.w.start_capture(name));
  EXPECT_EQ(h.w.start_capture(name).error(), EBUSY);
  auto s = linnet::udp_socket(h.a).value();
  linnet::must(s.send_to(bytes("find me here"), {"10.0.0.2", 9}));
  h.w.poll();
  h.w.stop_capture();
  h.w.stop_capture();
  std::ifstream in(name, std::ios::binary);
  const std::string file(std::istreambuf_iterator<char>(in), {});
  EXPECT_TRUE(file.starts_with("\x0a\x0d\x0d\x0a"));
  EXPECT_NE(file.find("find me here"), std::string::npos);
  EXPECT_NE(file.find("a:eth0"), std::string::npos);
  unlink(name);
  EXPECT_EQ(h.w.start_capture("/nonexistent/file").error(), ENOENT);
}

// The same seed, the same story.
std::string story_of(std::uint64_t seed) {
  two_hosts h({.clock = linnet::clock_kind::virtual_time, .seed = seed, .record = 1 << 12});
  auto s = linnet::udp_socket(h.a).value();
  auto t = linnet::tcp_connect(h.a, {"10.0.0.2", 80}).value();
  linnet::must(s.send_to(bytes("x"), {"10.0.0.2", 9}));
  h.w.run_for(5s);
  return h.w.why_json("host 10.0.0.2") + get_link(h.a, "eth0")->address.text();
}

TEST(api_trace, a_seed_makes_a_run) {
  EXPECT_EQ(story_of(1), story_of(1));
  EXPECT_NE(story_of(1), story_of(2));
}

}  // namespace
}  // namespace api_test
