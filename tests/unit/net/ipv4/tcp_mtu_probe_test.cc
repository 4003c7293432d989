// A path that drops what is too large and says nothing: with tcp_mtu_probing connections find its MTU, without they hang.
#include "net/ipv4/tcp_mtu_probe.hh"

#include "tests/support/tcp_kit.hh"

namespace linnet::kit {
namespace {

struct hole_case {
  const char* name;
  s64 probing;
  u32 mtu;  // of the path; 0: it takes all
  bool arrives;
  u32 mss_from, mss_to;  // in the end
};

class tcp_black_hole : public testing::TestWithParam<hole_case> {};

TEST_P(tcp_black_hole, finds_the_mtu) {
  const hole_case& p = GetParam();
  two_hosts h({.delay = 5 * ns_per_ms});
  constexpr size_t ethernet = 14;
  if (p.mtu) h.link->drop = [&](const_bytes frame) { return frame.size() > p.mtu + ethernet; };
  for (net* n : {&h.a, &h.b}) tcp_of(*n).settings.mtu_probing = p.probing;
  auto c = connect_pair(h);
  const auto data = pattern(2 << 20, 3);
  EXPECT_EQ(transfer(h, *c.client, *c.server, data), p.arrives);
  const u32 mss = tcp_sk(*c.client).mss_cache;
  EXPECT_GE(mss, p.mss_from);
  EXPECT_LE(mss, p.mss_to);
  EXPECT_EQ(h.ext(h.a, LINUX_MIB_TCPMTUPFAIL) > 0, p.probing && p.mtu);
  if (p.probing == 2) {
    EXPECT_GT(h.ext(h.a, LINUX_MIB_TCPMTUPSUCCESS), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(table, tcp_black_hole,
                         testing::Values(hole_case{"off", 0, 1300, false, 1448, 1448},
                                         hole_case{"when_stuck", 1, 1300, true, 512, 1248},
                                         hole_case{"always", 2, 1300, true, 1200, 1248},
                                         hole_case{"always_all_fits", 2, 0, true, 1400, 1448},
                                         hole_case{"stuck_below_base", 1, 700, true, 200, 648}),
                         [](const auto& i) { return std::string(i.param.name); });

}  // namespace
}  // namespace linnet::kit
