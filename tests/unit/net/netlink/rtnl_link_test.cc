// Links over netlink: getting, making, changing, deleting; the errors that Linux 6.1 was seen to give.
#include <linux/if_link.h>
#include <linux/veth.h>

#include "tests/unit/net/netlink/nl_test.hh"

namespace linnet::test {
namespace {

class rtnl_link : public netlink_test {};

std::vector<int> types_of(const answer& a) {
  std::vector<int> r;
  for (nla t : nla_range(nlmsg_attrs(a.h(), sizeof(ifinfomsg)))) r.push_back(t.type());
  return r;
}

TEST_F(rtnl_link, loopback_has_the_attributes_of_6_1_in_their_order) {
  auto r = ask({RTM_GETLINK, 0, link(1)});
  ASSERT_EQ(r.size(), 1u);
  EXPECT_EQ(r[0].h().nlmsg_type, RTM_NEWLINK);
  EXPECT_EQ(types_of(r[0]), (std::vector<int>{IFLA_IFNAME,
                                              IFLA_TXQLEN,
                                              IFLA_OPERSTATE,
                                              IFLA_LINKMODE,
                                              IFLA_MTU,
                                              IFLA_MIN_MTU,
                                              IFLA_MAX_MTU,
                                              IFLA_GROUP,
                                              IFLA_PROMISCUITY,
                                              IFLA_ALLMULTI,
                                              IFLA_NUM_TX_QUEUES,
                                              IFLA_GSO_MAX_SEGS,
                                              IFLA_GSO_MAX_SIZE,
                                              IFLA_NUM_RX_QUEUES,
                                              IFLA_GRO_MAX_SIZE,
                                              IFLA_TSO_MAX_SIZE,
                                              IFLA_TSO_MAX_SEGS,
                                              IFLA_CARRIER,
                                              IFLA_QDISC,
                                              IFLA_CARRIER_CHANGES,
                                              IFLA_CARRIER_UP_COUNT,
                                              IFLA_CARRIER_DOWN_COUNT,
                                              IFLA_PROTO_DOWN,
                                              IFLA_MAP,
                                              IFLA_ADDRESS,
                                              IFLA_BROADCAST,
                                              IFLA_STATS64,
                                              IFLA_STATS,
                                              IFLA_XDP,
                                              IFLA_AF_SPEC}));
}

TEST_F(rtnl_link, dump_ends_with_a_datagram_of_its_own) {
  message m(RTM_GETLINK, NLM_F_DUMP, ifinfomsg{});
  collector c;
  ASSERT_TRUE(netlink_request(n, m.bytes_(), &c));
  ASSERT_EQ(c.all.size(), 2u);
  EXPECT_EQ(c.datagrams, 2u);
  EXPECT_EQ(c.all[0].h().nlmsg_flags, NLM_F_MULTI);
  EXPECT_EQ(c.all[1].h().nlmsg_type, NLMSG_DONE);
}

TEST_F(rtnl_link, errors_of_requests) {
  auto expect = [&](message m, int code, const char* msg) {
    ack a = talk(std::move(m));
    EXPECT_EQ(a.code, -code);
    EXPECT_EQ(a.msg, msg);
  };
  expect({RTM_GETLINK, 0, link(99)}, ENODEV, "");
  expect({RTM_GETLINK, 0, link(0)}, EINVAL, "");
  expect({RTM_GETLINK, NLM_F_DUMP, link(1)}, EINVAL,
         "Filter by device index not supported for link dumps");
  expect(message(RTM_GETLINK, NLM_F_DUMP, link(0)).str(IFLA_IFNAME, "lo"), EINVAL,
         "Unsupported attribute in link dump request");
  expect(message(RTM_GETLINK, 0, link(0)).u32_(IFLA_MTU, 7), EINVAL,
         "Unsupported attribute in get link request");
  expect(message(RTM_NEWLINK, create, link(0)).str(IFLA_IFNAME, "xx"), EOPNOTSUPP,
         "Unknown device type");
  expect(message(RTM_NEWLINK, 0, link(-3)), EINVAL, "ifindex can't be negative");
  expect({RTM_DELLINK, 0, link(1)}, EOPNOTSUPP, "");
  expect({RTM_DELLINK, 0, link(0)}, EINVAL, "");
  expect(message(RTM_DELLINK, 0, link(0)).u32_(IFLA_GROUP, 0), EPERM, "");
  expect(message(RTM_DELLINK, 0, link(0)).u32_(IFLA_GROUP, 9), ENODEV, "");
  expect({RTM_NEWLINK, create, link(1)}, EEXIST, "");
}

TEST_F(rtnl_link, a_long_name_is_pointed_at) {
  ack a = talk(message(RTM_NEWLINK, create, link(0)).str(IFLA_IFNAME, std::string(40, 'x')));
  EXPECT_EQ(a.code, -ERANGE);
  EXPECT_EQ(a.msg, "Attribute failed policy validation");
  EXPECT_EQ(a.offset, 32u);
}

TEST_F(rtnl_link, make_change_and_delete_a_dummy) {
  EXPECT_EQ(talk(new_link("d0", "dummy")).code, 0);
  EXPECT_EQ(talk(new_link("d0", "dummy")).code, -EEXIST);
  int d0 = index_of("d0");
  ASSERT_GT(d0, 1);
  EXPECT_EQ(talk(message(RTM_SETLINK, NLM_F_ACK, link(d0, IFF_UP, IFF_UP))
                     .u32_(IFLA_MTU, 1400)
                     .str(IFLA_IFALIAS, "hello"))
                .code,
            0);
  net_device* d = dev_get_by_index(n, d0);
  EXPECT_TRUE(d->up());
  EXPECT_EQ(d->mtu, 1400u);
  EXPECT_EQ(d->ifalias, "hello");
  EXPECT_EQ(talk(message(RTM_NEWLINKPROP, NLM_F_ACK, link(d0))
                     .nest(IFLA_PROP_LIST | NLA_F_NESTED)
                     .str(IFLA_ALT_IFNAME, "other")
                     .end())
                .code,
            0);
  EXPECT_EQ(dev_get_by_name(n, "other"), d);
  EXPECT_EQ(talk({RTM_DELLINK, NLM_F_ACK, link(d0)}).code, 0);
  EXPECT_EQ(dev_get_by_name(n, "other"), nullptr);
}

TEST_F(rtnl_link, veth_into_another_namespace) {
  net& m = net_create(*w, *w->cpus[0]);
  w->net_by_fd = [&](const cred&, int fd) { return fd == 7 ? &m : nullptr; };
  message q(RTM_NEWLINK, create, ifinfomsg{});
  q.str(IFLA_IFNAME, "v0").nest(IFLA_LINKINFO).str(IFLA_INFO_KIND, "veth").nest(IFLA_INFO_DATA);
  q.nest(VETH_INFO_PEER).raw(ifinfomsg{}).str(IFLA_IFNAME, "v1").u32_(IFLA_NET_NS_FD, 7).end();
  q.end().end();
  ASSERT_EQ(talk(std::move(q)).code, 0);
  EXPECT_TRUE(dev_get_by_name(m, "v1"));
  auto r = ask(message(RTM_GETLINK, 0, link(0)).str(IFLA_IFNAME, "v0"));
  ASSERT_EQ(r.size(), 1u);
  EXPECT_EQ(r[0].attr(IFLA_LINK_NETNSID, sizeof(ifinfomsg)).get_s32(), 0);
  EXPECT_TRUE(r[0].attr(IFLA_LINK, sizeof(ifinfomsg)));
  EXPECT_EQ(get_net_ns_by_id(n, 0), &m);
  net_put_user(m);
  EXPECT_EQ(get_net_ns_by_id(n, 0), nullptr);
  EXPECT_EQ(index_of("v0"), 0);
}

TEST_F(rtnl_link, who_may_not) {
  message m = new_link("d0", "dummy");
  collector c;
  cred nobody;
  nobody.net_admin = false;
  ASSERT_TRUE(netlink_request(n, m.bytes_(), &c, nobody));
  ASSERT_EQ(c.all.size(), 1u);
  EXPECT_EQ(read_ack(c.all[0]).code, -EPERM);
}

}  // namespace
}  // namespace linnet::test
