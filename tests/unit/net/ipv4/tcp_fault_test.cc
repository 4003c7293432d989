// Whatever a link does to packets, every byte arrives, in order, and both ends come to their end: a grid of loss, round
// trips, buffers and ways to send, with sequence numbers that wrap around on the way.
#include "net/core/sysctl.hh"
#include "tests/support/tcp_kit.hh"

namespace linnet::kit {
namespace {

// That both ends are closed, and remembered no more, when their sockets are.
void expect_the_end(two_hosts& h, connection& c) {
  c.client.reset();
  c.server.reset();
  h.run(1000 * ns_per_sec);
  for (net* n : {&h.a, &h.b}) {
    EXPECT_EQ(tcp_of(*n).ehash.size(), 0u);
    EXPECT_EQ(tcp_of(*n).sockets, 0);
    EXPECT_EQ(h.tcp(*n, TCP_MIB_CURRESTAB), 0u);
  }
}

// The client's numbers wrap around 30,000 bytes after its beginning.
void begin_late(socket& s) { tcp_sk(s).write_seq = 0u - 30'000; }

struct fault_case {
  u32 loss, duplicate, corrupt;  // in a thousand
  int rtt_ms, jitter_ms;
};
std::ostream& operator<<(std::ostream& o, const fault_case& c) {
  return o << "loss" << c.loss << "_dup" << c.duplicate << "_corrupt" << c.corrupt << "_rtt"
           << c.rtt_ms << "_jitter" << c.jitter_ms;
}
class tcp_faults : public testing::TestWithParam<fault_case> {};

TEST_P(tcp_faults, every_byte_arrives_and_both_ends_close) {
  const auto p = GetParam();
  two_hosts h({.delay = p.rtt_ms * ns_per_ms / 2,
               .jitter = p.jitter_ms * ns_per_ms,
               .loss = p.loss,
               .duplicate = p.duplicate,
               .corrupt = p.corrupt,
               .seed = 1 + p.loss * 31u + static_cast<u64>(p.rtt_ms)});
  auto c = connect_pair(h, 80, begin_late);
  ASSERT_TRUE(c.server);
  EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(300000, 10)));
  EXPECT_TRUE(transfer(h, *c.server, *c.client, pattern(30000, 11)));
  EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(100000, 12), 1, way::handing_over));
  expect_the_end(h, c);
}
INSTANTIATE_TEST_SUITE_P(links, tcp_faults,
                         testing::Values(fault_case{0, 0, 0, 0, 0}, fault_case{10, 0, 0, 20, 0},
                                         fault_case{50, 0, 0, 20, 0},
                                         fault_case{100, 20, 0, 100, 0},
                                         fault_case{200, 0, 0, 20, 0}, fault_case{300, 0, 0, 4, 0},
                                         fault_case{0, 100, 0, 20, 10},
                                         fault_case{20, 20, 20, 40, 30},
                                         fault_case{50, 50, 50, 300, 100}),
                         testing::PrintToStringParamName());

using grid_point = std::tuple<u32, int, int, way>;  // loss in a thousand, round trip in ms, buffers
class tcp_grid : public testing::TestWithParam<grid_point> {};

TEST_P(tcp_grid, every_byte_arrives_and_both_ends_close) {
  const auto [loss, rtt_ms, buffers, how] = GetParam();
  two_hosts h({.delay = rtt_ms * ns_per_ms / 2,
               .loss = loss,
               .seed = 3 + loss * 31u + static_cast<u64>(rtt_ms)});
  EXPECT_TRUE(sysctl_write(h.a, "core/wmem_max", "16777216"));
  EXPECT_TRUE(sysctl_write(h.a, "core/rmem_max", "16777216"));
  auto c = connect_pair(h, 80, [&](socket& s) {
    begin_late(s);
    // Linux doubles what it is told.
    const int half = buffers / 2;
    EXPECT_EQ(errno_of(sock_setsockopt(s, SOL_SOCKET, SO_SNDBUF, bytes_of(half))), 0);
    EXPECT_EQ(errno_of(sock_setsockopt(s, SOL_SOCKET, SO_RCVBUF, bytes_of(half))), 0);
  });
  ASSERT_TRUE(c.server);
  const size_t size = loss >= 200 || buffers < 10'000 ? 40'000 : 200'000;
  const ktime step = std::max(rtt_ms / 10, 1) * ns_per_ms;
  EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(size, 20), 7000, how, step));
  EXPECT_TRUE(transfer(h, *c.server, *c.client, pattern(5000, 21), 7000, how, step));
  expect_the_end(h, c);
}
INSTANTIATE_TEST_SUITE_P(all, tcp_grid,
                         testing::Combine(testing::Values(0u, 10u, 100u, 300u),
                                          testing::Values(0, 20, 300),
                                          testing::Values(4 << 10, 64 << 10, 16 << 20),
                                          testing::Values(way::copying, way::handing_over)));

}  // namespace
}  // namespace linnet::kit
