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
  // A router says that our echo reply to `to` was too big: nobody but the host itself sent it.
  void too_big(be32 to, u16 mtu) {
    const buffer ours =
        ip_packet({.saddr = us, .daddr = to}, icmp_message(ICMP_ECHOREPLY, 0, 1, {}));
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
  flowi4 fl;
  fl.daddr = far;
  const fib_nh& nh = *fib_lookup(n, fl)->nh;
  constexpr u32 many = 50'000, bound = fib_exceptions::buckets * 2 * fib_exceptions::reclaim_depth;
  for (u32 i = 0; i < many; ++i)
    update_or_create_fnhe(n, nh, be32(far.host() + i), be32(), 1000, false, n.w.now() + secs(600));
  EXPECT_LE(nh.exceptions->by_bucket.size(), bound);
  EXPECT_EQ(mtu(be32(far.host() + many - 1)), 1000u);
}

// A redirect by `from` of our packets to `far`.
class redirect : public path_mtu {
 protected:
  const be32 nearer = ip4(10, 0, 0, 3);
  redirect() {
    EXPECT_TRUE(add_neigh(n, "eth0", nearer, mac(0x81)));
    n.w.init_net->ipv4->sysctl_ip_rt_gc_timeout = 100;
  }
  void arrives(be32 from, be32 gw) {
    const buffer ours =
        ip_packet({.saddr = us, .daddr = far}, icmp_message(ICMP_ECHOREPLY, 0, 1, {}));
    put_in(eth0, ip_packet({.saddr = from, .daddr = us},
                           icmp_message(ICMP_REDIRECT, ICMP_REDIR_HOST, gw.host(), ours)));
  }
};

TEST_F(redirect, is_obeyed_for_its_time) {
  arrives(gateway, nearer);
  EXPECT_EQ(route(far)->rt_gw4, nearer);
  EXPECT_TRUE(route(far)->rt_flags & RTCF_REDIRECTED);
  run(secs(99));
  EXPECT_EQ(route(far)->rt_gw4, nearer);
  run(secs(2));
  EXPECT_EQ(route(far)->rt_gw4, gateway);
}

TEST_F(redirect, and_path_mtu_go_together) {
  arrives(gateway, nearer);
  too_big(far, 1000);
  EXPECT_EQ(route(far)->rt_gw4, nearer);
  EXPECT_EQ(mtu(far), 1000u);
}

TEST_F(redirect, by_another_than_the_gateway_is_ignored) {
  arrives(nearer, ip4(10, 0, 0, 4));
  EXPECT_EQ(route(far)->rt_gw4, gateway);
}

TEST_F(redirect, to_a_gateway_that_must_be_resolved_only_asks_for_it) {
  sent.clear();
  arrives(gateway, ip4(10, 0, 0, 4));
  EXPECT_EQ(route(far)->rt_gw4, gateway);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(sent[0].is(ETH_P_ARP));
}

}  // namespace
}  // namespace linnet::kit
