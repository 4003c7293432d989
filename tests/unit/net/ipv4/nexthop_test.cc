// Nexthop objects: routes that follow a replacement, buckets of resilient groups on the virtual clock, and what the hash
// of a flow depends on.
#include "net/ipv4/nexthop.hh"

#include "net/core/flow_dissector.hh"
#include "net/ipv4/route.hh"
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

struct res_args {
  u32 idle = 0, unbalanced = 0;  // hundredths of a second
  u16 buckets = 0;               // 0: not said
};

class nexthops : public wire_node {
 protected:
  memory_device& eth0 = add_device(ip4(10, 0, 0, 1), 24);
  memory_device& eth1 = add_device(ip4(10, 0, 1, 1), 24);

  nexthops() { settle(); }

  status single(u32 id, be32 gw, const net_device& dev, u16 flags = NLM_F_CREATE | NLM_F_REPLACE) {
    nhmsg h{};
    h.nh_family = AF_INET;
    message m(RTM_NEWNEXTHOP, static_cast<u16>(flags | NLM_F_ACK));
    m.head(h).attr(NHA_ID, id).addr(NHA_GATEWAY, gw).attr(NHA_OIF, dev.ifindex);
    return netlink_talk(n, m.bytes());
  }
  status group(u32 id, std::vector<nexthop_grp> members, const res_args* res = nullptr) {
    message m(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK);
    m.head(nhmsg{}).attr(NHA_ID, id);
    m.attr(NHA_GROUP, members.data(), members.size() * sizeof members[0]);
    if (res) {
      m.attr(NHA_GROUP_TYPE, u16{NEXTHOP_GRP_TYPE_RES});
      const size_t nest = m.nest(NHA_RES_GROUP | NLA_F_NESTED);
      if (res->buckets) m.attr(NHA_RES_GROUP_BUCKETS, res->buckets);
      m.attr(NHA_RES_GROUP_IDLE_TIMER, res->idle);
      m.attr(NHA_RES_GROUP_UNBALANCED_TIMER, res->unbalanced).end(nest);
    }
    return netlink_talk(n, m.bytes());
  }
  status remove(u32 id) {
    message m(RTM_DELNEXTHOP, NLM_F_ACK);
    m.head(nhmsg{}).attr(NHA_ID, id);
    return netlink_talk(n, m.bytes());
  }
  status route_by(be32 dst, u8 plen, u32 id) {
    rtmsg r{};
    r.rtm_family = AF_INET;
    r.rtm_dst_len = plen;
    r.rtm_table = RT_TABLE_MAIN;
    r.rtm_type = RTN_UNICAST;
    message m(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_ACK);
    m.head(r).addr(RTA_DST, dst).attr(RTA_NH_ID, id);
    return netlink_talk(n, m.bytes());
  }
  be32 gateway_to(be32 dst) {
    flowi4 fl;
    fl.daddr = dst;
    auto rt = ip_route_output_key(n, fl);
    return rt ? (*rt)->rt_gw4 : be32();
  }
  // Which member has each bucket, as digits.
  std::string buckets(u32 id) {
    std::string s;
    for (const nh_res_bucket& x : nexthop_find_by_id(n, id)->group->res_table->buckets)
      s += static_cast<char>('0' + x.nh_entry->nh->id);
    return s;
  }
  void use(u32 id, u32 bucket) { nexthop_select_path(*nexthop_find_by_id(n, id), bucket); }
  bool unbalanced(u32 id) {
    return nexthop_find_by_id(n, id)->group->res_table->unbalanced_time() > 0;
  }

  const be32 a = ip4(10, 0, 0, 2), b = ip4(10, 0, 1, 2), far = ip4(10, 9, 0, 1);
};

TEST_F(nexthops, the_next_packet_sees_a_replacement) {
  ASSERT_TRUE(single(1, a, eth0));
  ASSERT_TRUE(route_by(ip4(10, 9, 0, 0), 16, 1));
  EXPECT_EQ(gateway_to(far), a);
  ASSERT_TRUE(single(1, b, eth1));
  EXPECT_EQ(gateway_to(far), b);
  ASSERT_TRUE(remove(1));
  EXPECT_EQ(gateway_to(far), be32());
}

TEST_F(nexthops, a_group_of_one_follows_its_member) {
  ASSERT_TRUE(single(1, a, eth0));
  ASSERT_TRUE(group(5, {{1, 0, 0, 0}}));
  ASSERT_TRUE(route_by(ip4(10, 9, 0, 0), 16, 5));
  EXPECT_EQ(gateway_to(far), a);
  ASSERT_TRUE(single(1, b, eth1));
  EXPECT_EQ(gateway_to(far), b);
}

TEST_F(nexthops, a_device_takes_them_and_their_routes_along) {
  ASSERT_TRUE(single(1, a, eth0));
  ASSERT_TRUE(single(2, b, eth1));
  ASSERT_TRUE(group(5, {{1, 0, 0, 0}, {2, 0, 0, 0}}));
  ASSERT_TRUE(route_by(ip4(10, 9, 0, 0), 16, 5));
  ASSERT_TRUE(set_up(n, "eth0", false));
  EXPECT_EQ(nexthop_find_by_id(n, 1), nullptr);
  for (u8 i = 1; i < 20; ++i) EXPECT_EQ(gateway_to(ip4(10, 9, 0, i)), b);
  ASSERT_TRUE(set_up(n, "eth1", false));
  EXPECT_EQ(nexthop_find_by_id(n, 5), nullptr);
  EXPECT_EQ(gateway_to(far), be32());
}

TEST_F(nexthops, a_namespace_ends_with_objects_in_use) {
  ASSERT_TRUE(single(1, a, eth0));
  ASSERT_TRUE(single(2, b, eth1));
  const res_args res{.idle = 100, .unbalanced = 100, .buckets = 8};
  ASSERT_TRUE(group(6, {{1, 0, 0, 0}, {2, 0, 0, 0}}, &res));
  ASSERT_TRUE(route_by(ip4(10, 9, 0, 0), 16, 6));
  use(6, 0);
  ASSERT_TRUE(group(6, {{1, 9, 0, 0}, {2, 0, 0, 0}}, &res));  // with its timer armed
  EXPECT_NE(gateway_to(far), be32());
}

TEST_F(nexthops, shares_follow_the_weights) {
  ASSERT_TRUE(single(1, a, eth0));
  ASSERT_TRUE(single(2, b, eth1));
  ASSERT_TRUE(group(5, {{1, 0, 0, 0}, {2, 2, 0, 0}}));
  const nexthop& g = *nexthop_find_by_id(n, 5);
  EXPECT_EQ(g.group->entries[0].upper_bound, (1 << 29) - 1);
  EXPECT_EQ(g.group->entries[1].upper_bound, 0x7fffffff);
  EXPECT_EQ(nexthop_select_path(g, 0).id, 1u);
  EXPECT_EQ(nexthop_select_path(g, 0x7fffffff).id, 2u);
}

TEST_F(nexthops, idle_buckets_move_at_once) {
  ASSERT_TRUE(single(1, a, eth0));
  ASSERT_TRUE(single(2, b, eth1));
  const res_args res{.idle = 500, .buckets = 4};
  ASSERT_TRUE(group(6, {{1, 0, 0, 0}}, &res));
  EXPECT_EQ(buckets(6), "1111");
  ASSERT_TRUE(group(6, {{1, 0, 0, 0}, {2, 0, 0, 0}}, &res));
  EXPECT_EQ(buckets(6), "2211");
  EXPECT_FALSE(unbalanced(6));
}

TEST_F(nexthops, used_buckets_move_when_they_fall_idle) {
  ASSERT_TRUE(single(1, a, eth0));
  ASSERT_TRUE(single(2, b, eth1));
  const res_args res{.idle = 500, .buckets = 4};
  ASSERT_TRUE(group(6, {{1, 0, 0, 0}}, &res));
  run(msecs(10));
  for (u32 i = 0; i < 4; ++i) use(6, i);
  ASSERT_TRUE(group(6, {{1, 0, 0, 0}, {2, 0, 0, 0}}, &res));
  EXPECT_EQ(buckets(6), "1111");
  run(secs(3));
  use(6, 0);  // stays in use
  EXPECT_TRUE(unbalanced(6));
  run(secs(1));
  EXPECT_EQ(buckets(6), "1111");
  run(msecs(1100));
  EXPECT_EQ(buckets(6), "1221");
  EXPECT_FALSE(unbalanced(6));
}

TEST_F(nexthops, the_unbalanced_timer_moves_what_is_in_use) {
  ASSERT_TRUE(single(1, a, eth0));
  ASSERT_TRUE(single(2, b, eth1));
  const res_args res{.idle = 1000, .unbalanced = 200, .buckets = 2};
  ASSERT_TRUE(group(6, {{1, 0, 0, 0}}, &res));
  run(msecs(10));
  ASSERT_TRUE(group(6, {{1, 0, 0, 0}}, &res));
  for (int i = 0; i < 2; ++i) use(6, static_cast<u32>(i));
  ASSERT_TRUE(group(6, {{1, 0, 0, 0}, {2, 0, 0, 0}}, &res));
  for (int i = 0; i < 19; ++i) {
    run(msecs(100));
    use(6, 0);
    use(6, 1);
  }
  EXPECT_EQ(buckets(6), "11");
  run(secs(1));
  EXPECT_EQ(buckets(6), "21");
}

TEST_F(nexthops, buckets_of_a_deleted_member_move_at_once) {
  ASSERT_TRUE(single(1, a, eth0));
  ASSERT_TRUE(single(2, b, eth1));
  const res_args res{.idle = 5000, .buckets = 4};
  ASSERT_TRUE(group(6, {{1, 0, 0, 0}, {2, 0, 0, 0}}, &res));
  run(msecs(10));
  for (u32 i = 0; i < 4; ++i) use(6, i);
  ASSERT_TRUE(remove(2));
  EXPECT_EQ(buckets(6), "1111");
}

// ---- what a flow is

buffer udp_in(be32 s, be32 d, u16 frag = 0) {
  return ip_packet({.saddr = s, .daddr = d, .protocol = IPPROTO_UDP, .frag_off = frag},
                   udp_datagram(s, d, 7, 9, pattern(8)));
}

TEST(flow_dissector, reads_ports_of_whole_packets_only) {
  const be32 s = ip4(1, 0, 0, 1), d = ip4(1, 0, 0, 2);
  flow_keys k = flow_dissect_ipv4(udp_in(s, d), false);
  EXPECT_EQ(k.sport, be16(u16{7}));
  EXPECT_EQ(k.dport, be16(u16{9}));
  for (u16 frag : {u16{ip_mf}, u16{100}}) {
    k = flow_dissect_ipv4(udp_in(s, d, frag), false);
    EXPECT_TRUE(k.is_fragment);
    EXPECT_EQ(k.sport, be16());
    EXPECT_EQ(k.ip_proto, IPPROTO_UDP);
  }
}

TEST(flow_dissector, goes_into_tunnels_unless_told_not_to) {
  const be32 s = ip4(1, 0, 0, 1), d = ip4(1, 0, 0, 2), in_s = ip4(2, 0, 0, 1),
             in_d = ip4(2, 0, 0, 2);
  const buffer ipip =
      ip_packet({.saddr = s, .daddr = d, .protocol = IPPROTO_IPIP}, udp_in(in_s, in_d));
  const buffer gre = ip_packet({.saddr = s, .daddr = d, .protocol = IPPROTO_GRE},
                               octets({0x20, 0, 8, 0, 0, 0, 0, 1}) + udp_in(in_s, in_d));
  for (const buffer& p : {ipip, gre}) {
    const flow_keys outer = flow_dissect_ipv4(p, true), inner = flow_dissect_ipv4(p, false);
    EXPECT_TRUE(outer.encapsulated && inner.encapsulated);
    EXPECT_EQ(outer.src[0], 1);
    EXPECT_EQ(outer.sport, be16());
    EXPECT_EQ(inner.src[0], 2);
    EXPECT_EQ(inner.dport, be16(u16{9}));
    // However short it is cut, nothing beyond is read.
    for (size_t len = 0; len < p.size(); ++len)
      (void)flow_dissect_ipv4(buffer(p.begin(), p.begin() + static_cast<long>(len)), false);
  }
}

}  // namespace
}  // namespace linnet::kit
