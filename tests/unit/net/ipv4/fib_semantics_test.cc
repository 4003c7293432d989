// What routes lead to: equal ones are shared, each difference makes another, every refusal has its errno and its words,
// and a deletion finds what it names.
#include "net/ipv4/fib_semantics.hh"

#include <gtest/gtest.h>

#include "net/ipv4/fib_frontend.hh"
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

class fib_semantics : public wire_node {
 protected:
  memory_device& eth0 = add_device(ip4(10, 0, 0, 1), 24);
  memory_device& eth1 = add_device(ip4(10, 0, 1, 1), 24);

  fib_config by_gateway(be32 gw = ip4(10, 0, 0, 2)) const {
    fib_config c;
    c.dst = ip4(10, 9, 0, 0);
    c.dst_len = 16;
    c.type = RTN_UNICAST;
    c.table = RT_TABLE_MAIN;
    c.protocol = RTPROT_BOOT;
    c.gw_family = AF_INET;
    c.gw = gw;
    return c;
  }
  fib_config by_device(const net_device& dev, u8 scope = RT_SCOPE_LINK) const {
    fib_config c = by_gateway();
    c.gw_family = 0;
    c.gw = be32();
    c.oif = dev.ifindex;
    c.scope = scope;
    return c;
  }
  // A refusal's errno and text, or "ok".
  std::string ask(const fib_config& c) {
    auto fi = fib_create_info(n, c);
    if (fi) return fib_release_info(**fi), "ok";
    const error& e = fi.error();
    return std::string(strerrorname_np(e.code)) + " " + (e.msg ? e.msg : "");
  }
  size_t kept() const { return fib_tables_of(n).infos.by_content.size(); }
};

TEST_F(fib_semantics, equal_routes_share_one) {
  const size_t before = kept();
  auto a = fib_create_info(n, by_gateway()), b = fib_create_info(n, by_gateway());
  ASSERT_TRUE(a && b);
  EXPECT_EQ(*a, *b);
  EXPECT_EQ((*a)->users, 2u);
  EXPECT_EQ(kept(), before + 1);
  fib_release_info(**a);
  EXPECT_EQ(kept(), before + 1);
  fib_release_info(**b);
  EXPECT_EQ(kept(), before);
}

TEST_F(fib_semantics, each_difference_makes_another) {
  std::vector<fib_config> all(10, by_gateway());
  all[1].protocol = RTPROT_STATIC;
  all[2].priority = 7;
  all[3].prefsrc = ip4(10, 0, 0, 1);
  all[4].gw = ip4(10, 0, 0, 3);
  all[5].flow = 5;
  all[6].table = 77;
  all[7].type = RTN_ANYCAST;
  all[7].scope = RT_SCOPE_LINK;
  all[7].gw_family = 0;
  all[7].oif = eth0.ifindex;
  all[8] = by_device(eth0);
  all[9] = by_device(eth1);
  std::vector<fib_info*> made;
  for (const fib_config& c : all) {
    auto fi = fib_create_info(n, c);
    ASSERT_TRUE(fi) << made.size() << ": " << fi.error().msg;
    for (const fib_info* other : made) EXPECT_NE(*fi, other) << made.size();
    made.push_back(*fi);
  }
  EXPECT_EQ(fib_tables_of(n).num_tclassid_users, 1u);
  for (fib_info* fi : made) fib_release_info(*fi);
  EXPECT_EQ(fib_tables_of(n).num_tclassid_users, 0u);
}

TEST_F(fib_semantics, refuses_gateways_as_linux_does) {
  EXPECT_EQ(ask(by_gateway()), "ok");
  EXPECT_EQ(ask(by_gateway(ip4(9, 9, 9, 9))), "ENETUNREACH Nexthop has invalid gateway");
  EXPECT_EQ(ask(by_gateway(ip4(10, 0, 0, 255))), "EINVAL Nexthop has invalid gateway");
  fib_config c = by_gateway(ip4(9, 9, 9, 9));
  c.flags = RTNH_F_ONLINK;
  EXPECT_EQ(ask(c), "ENODEV Nexthop device required for onlink");
  c.oif = eth0.ifindex;
  EXPECT_EQ(ask(c), "ok");
  c.scope = RT_SCOPE_LINK;
  EXPECT_EQ(ask(c), "EINVAL Nexthop has invalid scope");
  ASSERT_TRUE(set_up(n, eth0.name, false));
  c.scope = RT_SCOPE_UNIVERSE;
  EXPECT_EQ(ask(c), "ENETDOWN Nexthop device is not up");
}

TEST_F(fib_semantics, refuses_devices_scopes_and_sources_as_linux_does) {
  EXPECT_EQ(ask(by_device(eth0)), "ok");
  fib_config c = by_device(eth0);
  c.oif = 99;
  EXPECT_EQ(ask(c), "ENODEV ");
  c = by_device(eth0, RT_SCOPE_NOWHERE);
  EXPECT_EQ(ask(c), "EINVAL Invalid scope");
  c = by_device(eth0, RT_SCOPE_UNIVERSE);
  c.type = RTN_LOCAL;
  EXPECT_EQ(ask(c), "EINVAL Invalid scope");
  c = by_gateway();
  c.scope = RT_SCOPE_HOST;
  EXPECT_EQ(ask(c), "EINVAL Route with host scope can not have a gateway");
  c = by_gateway();
  c.type = RTN_BLACKHOLE;
  EXPECT_EQ(ask(c),
            "EINVAL Gateway, device and multipath can not be specified for this route type");
  c.gw_family = 0;
  EXPECT_EQ(ask(c), "ok");
  c = by_gateway();
  c.prefsrc = ip4(1, 2, 3, 4);
  EXPECT_EQ(ask(c), "EINVAL Invalid prefsrc address");
  c = by_gateway();
  c.flags = RTNH_F_DEAD;
  EXPECT_EQ(ask(c), "EINVAL Invalid rtm_flags - can not contain DEAD or LINKDOWN");
  ASSERT_TRUE(set_up(n, eth1.name, false));
  EXPECT_EQ(ask(by_device(eth1)), "ENETDOWN Device for nexthop is not up");
}

TEST_F(fib_semantics, a_deletion_matches_what_it_names_and_nothing_else) {
  fib_config made = by_gateway();
  made.priority = 5;
  made.flow = 3;
  auto fi = fib_create_info(n, made);
  ASSERT_TRUE(fi);
  const auto matches = [&](auto&& change) {
    fib_config c;
    change(c);
    return fib_nh_match(c, **fi);
  };
  EXPECT_TRUE(matches([](fib_config&) {}));
  EXPECT_TRUE(matches([](fib_config& c) { c.priority = 5; }));
  EXPECT_FALSE(matches([](fib_config& c) { c.priority = 6; }));
  EXPECT_TRUE(matches([&](fib_config& c) { c.oif = eth0.ifindex; }));
  EXPECT_FALSE(matches([&](fib_config& c) { c.oif = eth1.ifindex; }));
  EXPECT_TRUE(matches([&](fib_config& c) { c.gw_family = AF_INET, c.gw = made.gw; }));
  EXPECT_FALSE(matches([&](fib_config& c) { c.gw_family = AF_INET, c.gw = ip4(10, 0, 0, 9); }));
  EXPECT_FALSE(matches([](fib_config& c) { c.gw_family = AF_INET6; }));
  EXPECT_TRUE(matches([&](fib_config& c) { c.oif = eth0.ifindex, c.flow = 3; }));
  EXPECT_FALSE(matches([&](fib_config& c) { c.oif = eth0.ifindex, c.flow = 4; }));
  // Realms alone are not looked at, as on Linux.
  EXPECT_TRUE(matches([](fib_config& c) { c.flow = 4; }));
  EXPECT_FALSE(matches([](fib_config& c) { c.nh_id = 1; }));
  fib_release_info(**fi);
}

TEST_F(fib_semantics, next_hops_die_with_their_device_and_rise_with_it) {
  auto fi = fib_create_info(n, by_device(eth0));
  ASSERT_TRUE(fi);
  EXPECT_GE(fib_sync_down_dev(eth0, netdev_event::down, false), 1u);
  EXPECT_TRUE((*fi)->flags & RTNH_F_DEAD);
  EXPECT_TRUE((*fi)->nh[0].flags & RTNH_F_DEAD);
  EXPECT_GE(fib_sync_up(eth0, RTNH_F_DEAD), 1u);
  EXPECT_FALSE((*fi)->flags & RTNH_F_DEAD);
  fib_release_info(**fi);
}

}  // namespace
}  // namespace linnet::kit
