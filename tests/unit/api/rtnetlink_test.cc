// The typed layer over rtnetlink, and netlink itself, by the public interface.
#include <linux/if_addr.h>
#include <net/if.h>

#include "tests/unit/api/api_kit.hh"

namespace api_test {
namespace {

using linnet::ipv4_address;
using linnet::ipv4_prefix;

constexpr linnet::world_options virtual_world = {.clock = linnet::clock_kind::virtual_time,
                                                 .seed = 7};

TEST(api_rtnetlink, links) {
  linnet::world w(virtual_world);
  const auto n = w.add_net("a").value();
  ASSERT_TRUE(add_link(
      n, {.name = "d0", .kind = "dummy", .address = "02:00:00:00:00:05", .mtu = 1400, .up = true}));
  auto d0 = get_link(n, "d0").value();
  EXPECT_EQ(d0.name, "d0");
  EXPECT_EQ(d0.kind, "dummy");
  EXPECT_EQ(d0.mtu, 1400u);
  EXPECT_EQ(d0.address.text(), "02:00:00:00:00:05");
  EXPECT_TRUE(d0.up());
  EXPECT_EQ(add_link(n, {.name = "d0", .kind = "dummy"}).error(), EEXIST);
  EXPECT_EQ(add_link(n, {.name = "x", .kind = "nonsense"}).error().what(),
            "Unknown device type: Operation not supported");
  ASSERT_TRUE(add_link(n, {.name = "br0", .kind = "bridge"}));
  ASSERT_TRUE(add_link(n, {.name = "d0.5", .kind = "vlan", .lower = "d0", .vlan_id = 5}));
  ASSERT_TRUE(add_link(n, {.name = "red", .kind = "vrf", .table = 1000}));
  // The name changes before the device goes down, and a device that is up keeps its name.
  EXPECT_EQ(set_link(n, "d0", {.up = false, .name = "e0"}).error(), EBUSY);
  ASSERT_TRUE(set_link(n, "d0", {.up = false}));
  ASSERT_TRUE(set_link(n, "d0", {.mtu = 1300, .name = "e0", .master = "red"}));
  d0 = get_link(n, "e0").value();
  EXPECT_FALSE(d0.up());
  EXPECT_EQ(d0.mtu, 1300u);
  EXPECT_EQ(d0.master, n.ifindex("red"));
  std::string names;
  for (const auto& l : links(n)) names += l.name + ":" + l.kind + " ";
  EXPECT_EQ(names, "lo: e0:dummy br0:bridge d0.5:vlan red:vrf ");
  ASSERT_TRUE(set_link(n, "e0", {.master = ""}));
  EXPECT_EQ(get_link(n, "e0")->master, 0);
  ASSERT_TRUE(del_link(n, "e0"));
  EXPECT_EQ(get_link(n, "e0").error(), ENODEV);
  EXPECT_EQ(set_up(n, "e0").error().what(), "Cannot find device: No such device");
  EXPECT_EQ(del_link(n, "lo").error(), EOPNOTSUPP);
}

TEST(api_rtnetlink, a_link_carries_packets_once_the_call_has_returned) {
  two_hosts h;
  EXPECT_TRUE(get_link(h.a, "eth0")->running());
  EXPECT_TRUE(get_link(h.b, "eth0")->running());
}

TEST(api_rtnetlink, a_device_moves_to_another_namespace) {
  linnet::world w(virtual_world);
  const auto a = w.add_net("a").value(), b = w.add_net("b").value();
  ASSERT_TRUE(add_veth(a, "v0", a, "v1"));
  ASSERT_TRUE(set_link(a, "v1", {.move_to = &b}));
  EXPECT_EQ(a.ifindex("v1"), 0);
  EXPECT_NE(b.ifindex("v1"), 0);
}

TEST(api_rtnetlink, addresses) {
  two_hosts h;
  ASSERT_TRUE(add_address(h.a, "eth0",
                          {.local = "10.0.0.9/24", .broadcast = "10.0.0.255", .label = "eth0:x"}));
  EXPECT_EQ(add_address(h.a, "eth0", ipv4_prefix("10.0.0.9/24")).error(), EEXIST);
  EXPECT_EQ(add_address(h.a, "none", ipv4_prefix("10.0.0.9/24")).error(), ENODEV);
  const auto all = addresses(h.a);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].local.text(), "10.0.0.1/24");
  EXPECT_EQ(all[0].device, "eth0");
  EXPECT_FALSE(all[0].broadcast);
  EXPECT_EQ(all[1].label, "eth0:x");
  EXPECT_EQ(all[1].broadcast->text(), "10.0.0.255");
  EXPECT_TRUE(all[1].flags & IFA_F_SECONDARY);
  ASSERT_TRUE(del_address(h.a, "eth0", "10.0.0.9/24"));
  EXPECT_EQ(del_address(h.a, "eth0", "10.0.0.9/24").error(), EADDRNOTAVAIL);
}

TEST(api_rtnetlink, routes) {
  two_hosts h;
  ASSERT_TRUE(add_route(h.a, {.destination = "10.1.0.0/16", .gateway = "10.0.0.2", .metric = 5}));
  ASSERT_TRUE(add_route(h.a, {.destination = "10.2.0.0/16", .device = "eth0", .mtu = 1200}));
  ASSERT_TRUE(add_route(h.a, {.destination = "10.3.0.0/16", .type = RTN_BLACKHOLE}));
  ASSERT_TRUE(add_route(
      h.a, {.destination = "10.4.0.0/16",
            .next_hops = {{.gateway = "10.0.0.2", .weight = 3}, {.gateway = "10.0.0.3"}}}));
  ASSERT_TRUE(add_route(h.a, {.gateway = "10.0.0.2", .table = 1000}));
  EXPECT_EQ(add_route(h.a, {.destination = "10.3.0.0/16", .type = RTN_BLACKHOLE}).error(), EEXIST);
  std::string text;
  for (const auto& r : routes(h.a)) {
    text += r.destination.text();
    if (r.gateway) text += " via " + r.gateway->text();
    if (!r.device.empty()) text += " dev " + r.device;
    for (const auto& nh : r.next_hops)
      text += " [" + nh.gateway->text() + " " + std::to_string(nh.weight) + "]";
    text += " scope " + std::to_string(*r.scope) + " metric " + std::to_string(r.metric);
    if (r.mtu) text += " mtu " + std::to_string(*r.mtu);
    text += "\n";
  }
  EXPECT_EQ(text,
            "10.0.0.0/24 dev eth0 scope 253 metric 0\n"
            "10.1.0.0/16 via 10.0.0.2 dev eth0 scope 0 metric 5\n"
            "10.2.0.0/16 dev eth0 scope 253 metric 0 mtu 1200\n"
            "10.3.0.0/16 scope 0 metric 0\n"
            "10.4.0.0/16 [10.0.0.2 3] [10.0.0.3 1] scope 0 metric 0\n");
  ASSERT_EQ(routes(h.a, 1000).size(), 1u);
  EXPECT_EQ(routes(h.a, 1000)[0].table, 1000u);
  EXPECT_TRUE(routes(h.a, 77).empty());
  const auto r = get_route(h.a, "10.1.2.3").value();
  EXPECT_EQ(r.gateway->text(), "10.0.0.2");
  EXPECT_EQ(r.source->text(), "10.0.0.1");
  EXPECT_EQ(r.device, "eth0");
  EXPECT_EQ(get_route(h.a, "10.3.0.1").error(), EINVAL);
  EXPECT_EQ(get_route(h.a, "192.0.2.1").error(), ENETUNREACH);
  ASSERT_TRUE(replace_route(h.a, {.destination = "10.2.0.0/16", .gateway = "10.0.0.7"}));
  EXPECT_EQ(get_route(h.a, "10.2.0.1")->gateway->text(), "10.0.0.7");
  ASSERT_TRUE(del_route(h.a, {.destination = "10.2.0.0/16"}));
  EXPECT_EQ(del_route(h.a, {.destination = "10.2.0.0/16"}).error(), ESRCH);
}

TEST(api_rtnetlink, neighbours) {
  two_hosts h;
  ASSERT_TRUE(add_neighbour(
      h.a, {.device = "eth0", .address = "10.0.0.7", .link_address = "02:00:00:00:00:07"}));
  const auto all = neighbours(h.a);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].device, "eth0");
  EXPECT_EQ(all[0].address.text(), "10.0.0.7");
  EXPECT_EQ(all[0].link_address->text(), "02:00:00:00:00:07");
  EXPECT_EQ(all[0].state, NUD_PERMANENT);
  ASSERT_TRUE(del_neighbour(h.a, "eth0", "10.0.0.7"));
  EXPECT_EQ(del_neighbour(h.a, "eth0", "10.0.0.8").error(), ENOENT);
}

TEST(api_rtnetlink, rules) {
  two_hosts h;
  ASSERT_TRUE(add_rule(
      h.a, {.priority = 100, .from = "10.0.0.0/24", .input_device = "eth0", .table = 1000}));
  ASSERT_TRUE(add_rule(h.a, {.priority = 200, .mark = 7, .mark_mask = 0xff, .table = 50}));
  EXPECT_EQ(add_rule(h.a, {.priority = 200, .mark = 7, .mark_mask = 0xff, .table = 50}).error(),
            EEXIST);
  const auto all = rules(h.a);
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[1].priority, 100u);
  EXPECT_EQ(all[1].from.text(), "10.0.0.0/24");
  EXPECT_EQ(all[1].input_device, "eth0");
  EXPECT_EQ(all[1].table, 1000u);
  EXPECT_EQ(all[2].mark, 7u);
  EXPECT_EQ(all[2].mark_mask, 0xffu);
  ASSERT_TRUE(del_rule(h.a, {.priority = 200, .mark = 7, .mark_mask = 0xff, .table = 50}));
  EXPECT_EQ(del_rule(h.a, {.priority = 200, .table = 50}).error(), ENOENT);
}

TEST(api_netlink, an_error_names_the_attribute) {
  two_hosts h;
  linnet::netlink_request m(RTM_NEWROUTE, NLM_F_CREATE);
  rtmsg r{};
  r.rtm_family = AF_INET;
  r.rtm_table = RT_TABLE_MAIN;
  r.rtm_type = RTN_UNICAST;
  m.header(r).attribute(RTA_GATEWAY, std::uint16_t{1});
  const auto done = netlink_call(h.a, m);
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().text, nullptr);
  EXPECT_EQ(done.error().offset, sizeof(nlmsghdr) + sizeof(rtmsg)) << done.error().what();
}

TEST(api_netlink, protocols) {
  two_hosts h;
  linnet::netlink_request m(RTM_GETLINK, NLM_F_DUMP);
  m.header(ifinfomsg{});
  int messages = 0;
  EXPECT_TRUE(netlink_call(h.a, m, [&](const linnet::netlink_message& answer) {
    EXPECT_EQ(answer.header.nlmsg_type, RTM_NEWLINK);
    ++messages;
  }));
  EXPECT_EQ(messages, 2);
  EXPECT_EQ(netlink_call(h.a, m, {}, NETLINK_SELINUX).error(), EPROTONOSUPPORT);
}

}  // namespace
}  // namespace api_test
