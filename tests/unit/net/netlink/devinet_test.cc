// IPv4 addresses over netlink: order, secondaries, promotion, lifetimes, errors.
#include <linux/if_addr.h>

#include "net/ipv4/devinet.hh"
#include "tests/unit/net/netlink/nl_test.hh"

namespace linnet::test {
namespace {

class devinet : public netlink_test {
 protected:
  int d0 = 0;
  void SetUp() override {
    ASSERT_EQ(talk(new_link("d0", "dummy")).code, 0);
    d0 = index_of("d0");
    ASSERT_EQ(talk({RTM_NEWLINK, NLM_F_ACK, link(d0, IFF_UP, IFF_UP)}).code, 0);
  }
  int add(u32 a, u8 plen = 24) {
    return talk(address(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, d0, a, plen)).code;
  }
  int del(u32 a, u8 plen = 24) { return talk(address(RTM_DELADDR, 0, d0, a, plen)).code; }
  // "1 2s": the last bytes of the addresses, s for secondary, d for deprecated.
  std::string list() {
    std::string r;
    for (auto& a : in_dev_get(*dev_get_by_index(n, d0))->ifa_list) {
      r += std::to_string(a->ifa_local.host() & 0xff);
      if (a->ifa_flags & IFA_F_SECONDARY) r += "s";
      if (a->ifa_flags & IFA_F_DEPRECATED) r += "d";
      r += " ";
    }
    return r;
  }
};

TEST_F(devinet, secondaries_follow_and_go_with_their_primary) {
  EXPECT_EQ(add(0x0a000001), 0);
  EXPECT_EQ(add(0x0a000001), -EEXIST);
  EXPECT_EQ(add(0x0a000002), 0);
  EXPECT_EQ(add(0x0a010003), 0);
  EXPECT_EQ(add(0x0a000004), 0);
  EXPECT_EQ(list(), "1 3 2s 4s ");
  EXPECT_EQ(del(0x0a000009), -EADDRNOTAVAIL);
  EXPECT_EQ(del(0x0a000001), 0);
  EXPECT_EQ(list(), "3 ");
}

TEST_F(devinet, promotion) {
  in_device* in = in_dev_get(*dev_get_by_index(n, d0));
  devinet_conf_write(n, {devconf_target::which::device, in}, IPV4_DEVCONF_PROMOTE_SECONDARIES, 1);
  add(0x0a000001);
  add(0x0a000002);
  add(0x0a000003);
  EXPECT_EQ(del(0x0a000001), 0);
  EXPECT_EQ(list(), "2 3s ");
}

TEST_F(devinet, lifetimes_end) {
  auto m = address(RTM_NEWADDR, NLM_F_CREATE, d0, 0x0a000005, 24);
  ifa_cacheinfo ci{.ifa_prefered = 3, .ifa_valid = 5, .cstamp = 0, .tstamp = 0};
  m.put(IFA_CACHEINFO, &ci, sizeof ci);
  ASSERT_EQ(talk(std::move(m)).code, 0);
  EXPECT_EQ(list(), "5 ");
  world_run_for(*w, secs(4));
  EXPECT_EQ(list(), "5d ");
  world_run_for(*w, secs(2));
  EXPECT_EQ(list(), "");
}

TEST_F(devinet, errors) {
  EXPECT_EQ(talk(address(RTM_NEWADDR, NLM_F_CREATE, d0, 0x0a000001, 33)).code, -EINVAL);
  EXPECT_EQ(talk(address(RTM_NEWADDR, NLM_F_CREATE, 99, 0x0a000001, 24)).code, -ENODEV);
  ifaddrmsg m{AF_INET, 0, 0, 0, 77};
  EXPECT_EQ(talk({RTM_GETADDR, NLM_F_DUMP, m}).code, -ENODEV);
  m.ifa_prefixlen = 1;
  EXPECT_EQ(talk({RTM_GETADDR, NLM_F_DUMP, m}).msg,
            "ipv4: Invalid values in header for address dump request");
}

TEST_F(devinet, loopback_gets_its_address_when_it_comes_up) {
  ASSERT_EQ(talk({RTM_NEWLINK, NLM_F_ACK, link(1, IFF_UP, IFF_UP)}).code, 0);
  ifaddrmsg m{AF_INET, 0, 0, 0, 1};
  auto r = ask({RTM_GETADDR, NLM_F_DUMP, m});
  ASSERT_EQ(r.size(), 2u);
  EXPECT_EQ(r[0].body<ifaddrmsg>().ifa_scope, RT_SCOPE_HOST);
  EXPECT_EQ(r[0].attr(IFA_LOCAL, sizeof m).get_be32(), be32(0x7f000001));
  EXPECT_EQ(r[0].attr(IFA_LABEL, sizeof m).str(), "lo");
  EXPECT_EQ(r[0].h().nlmsg_len, 76u);
}

TEST_F(devinet, dump_of_many_addresses_resumes) {
  for (u32 i = 0; i < 600; ++i) ASSERT_EQ(add(0x0a000001 + (i << 8)), 0);
  message m(RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{AF_INET, 0, 0, 0, 0});
  collector c;
  ASSERT_TRUE(netlink_request(n, m.bytes_(), &c));
  EXPECT_EQ(c.all.size(), 601u);
  EXPECT_GE(c.datagrams, 3u);
  for (const auto& a : c.all) EXPECT_FALSE(a.h().nlmsg_flags & NLM_F_DUMP_INTR);
}

}  // namespace
}  // namespace linnet::test
