// Path MTUs: learnt from ICMP, bounded below, forgotten with time, by request and with the route; never more than fit.
#include "net/ipv4/fib_exceptions.hh"

#include "net/ipv4/netns_ipv4.hh"
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

const be32 us = ip4(10, 0, 0, 1), gateway = ip4(10, 0, 0, 2), far = ip4(10, 9, 0, 1);

class path_mtu : public wire_node {
 protected:
  memory_device& eth0 = add_device(us, 24);

  path_mtu() {
    EXPECT_TRUE(add_neigh(n, "eth0", gateway, mac(0x80)));
    EXPECT_TRUE(add_route(n, ip4(10, 9, 0, 0), 16, gateway));
    settle();
  }
  // A router says that our echo request to `to` was too big.
  void too_big(be32 to, u16 mtu) {
    const buffer ours = ip_packet({.saddr = us, .daddr = to}, icmp_message(ICMP_ECHO, 0, 1, {}));
    put_in(eth0, ip_packet({.saddr = gateway, .daddr = us},
                           icmp_message(ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu, ours)));
  }
  ref<rtable> route(be32 to) {
    flowi4 fl;
    fl.daddr = to;
    return *ip_route_output_key(n, fl);
  }
  u32 mtu(be32 to) { return rt_mtu(*route(to)); }
};

TEST_F(path_mtu, is_of_one_destination) {
  EXPECT_EQ(mtu(far), 1500u);
  too_big(far, 1000);
  EXPECT_EQ(mtu(far), 1000u);
  EXPECT_EQ(mtu(ip4(10, 9, 0, 2)), 1500u);
  EXPECT_FALSE(route(far)->rt_mtu_locked);
}

TEST_F(path_mtu, only_shrinks) {
  too_big(far, 1000);
  too_big(far, 1400);
  EXPECT_EQ(mtu(far), 1000u);
  too_big(far, 900);
  EXPECT_EQ(mtu(far), 900u);
  too_big(far, 1600);
  EXPECT_EQ(mtu(far), 900u);
}

TEST_F(path_mtu, below_the_floor_is_not_believed) {
  too_big(far, 100);
  EXPECT_EQ(mtu(far), 552u);
  EXPECT_TRUE(route(far)->rt_mtu_locked);
  too_big(far, 0);
  EXPECT_EQ(mtu(far), 552u);
}

TEST_F(path_mtu, is_forgotten_in_time) {
  too_big(far, 1000);
  run(secs(599));
  EXPECT_EQ(mtu(far), 1000u);
  run(secs(2));
  EXPECT_EQ(mtu(far), 1500u);
}

TEST_F(path_mtu, is_forgotten_by_request_and_with_its_route) {
  too_big(far, 1000);
  ++n.ipv4->fnhe_genid;
  rt_cache_flush(n);
  EXPECT_EQ(mtu(far), 1500u);
  too_big(far, 1000);
  EXPECT_EQ(mtu(far), 1000u);
  ASSERT_TRUE(add_route(n, ip4(10, 9, 0, 0), 24, ip4(10, 0, 0, 3)));
  EXPECT_EQ(mtu(far), 1500u);
}

TEST_F(path_mtu, is_not_heard_of_where_discovery_is_off) {
  n.ipv4->sysctl_ip_no_pmtu_disc = 2;
  too_big(far, 1000);
  EXPECT_EQ(mtu(far), 1500u);
  n.ipv4->sysctl_ip_no_pmtu_disc = 1;  // only that it was too big
  too_big(far, 1000);
  EXPECT_EQ(mtu(far), 552u);
}

TEST_F(path_mtu, of_no_more_destinations_than_fit) {
  for (u32 i = 0; i < fib_exceptions::fnhe_max + 100; ++i) {
    too_big(be32(far.host() + i), 1000);
    run(msecs(1));
  }
  EXPECT_EQ(mtu(far), 1500u);  // the oldest made room
  EXPECT_EQ(mtu(be32(far.host() + fib_exceptions::fnhe_max + 99)), 1000u);
  EXPECT_EQ(route(far)->rt_gw4, gateway);
}

}  // namespace
}  // namespace linnet::kit
