// Fragments: put together in any order, refused when they overlap or never meet, and made when the route's MTU asks
// for it.
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

const be32 us = ip4(10, 0, 0, 1), peer = ip4(10, 0, 0, 2), far = ip4(10, 0, 1, 2);

class fragments : public wire_node {
 protected:
  memory_device& eth0 = add_device(us, 24);
  memory_device& eth1 = add_device(ip4(10, 0, 1, 1), 24);
  buffer whole = icmp_message(ICMP_ECHO, 0, 0x00070001, pattern(1000));  // 1008 bytes

  fragments() {
    for (auto* d : {&eth0, &eth1}) d->ip_ptr->cnf.set(IPV4_DEVCONF_FORWARDING, 1);
    EXPECT_TRUE(add_neigh(n, "eth0", peer, mac(0x80)));
    EXPECT_TRUE(add_neigh(n, "eth1", far, mac(0x81)));
    settle();
  }
  // The part of `whole` in [from, to).
  void part(size_t from, size_t to, u16 id = 1) {
    const bool more = to < whole.size();
    const u16 off = static_cast<u16>(from / 8 | (more ? ip_mf : 0));
    put_in(eth0, ip_packet({.saddr = peer, .daddr = us, .id = id, .frag_off = off},
                           const_bytes(whole).subspan(from, to - from)));
  }
};

TEST_F(fragments, meet_in_any_order) {
  std::array<size_t, 4> order = {0, 1, 2, 3};
  const std::array<size_t, 5> cut = {0, 256, 512, 800, 1008};
  do {
    for (size_t i : order) part(cut[i], cut[i + 1]);
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_TRUE(std::ranges::equal(sent[0].payload().subspan(8), pattern(1000)));
    EXPECT_EQ(counted(),
              "IpInReceives*4 IpInDelivers IpOutRequests IpReasmReqds*4 IpReasmOKs IcmpInMsgs "
              "IcmpOutMsgs "
              "IcmpOutType0 IcmpInType8");
    sent.clear();
  } while (std::ranges::next_permutation(order).found);
  EXPECT_EQ(dropped(), "");
  EXPECT_EQ(n.c.skbs_live, 0u);
}

TEST_F(fragments, of_two_packets_do_not_mix) {
  part(0, 512, 1);
  part(512, 1008, 2);
  EXPECT_TRUE(sent.empty());
  part(512, 1008, 1);
  EXPECT_EQ(sent.size(), 1u);
}

TEST_F(fragments, a_duplicate_is_dropped_alone) {
  part(0, 512);
  part(0, 512);
  EXPECT_EQ(dropped(), "DUP_FRAG");
  part(512, 1008);
  EXPECT_EQ(sent.size(), 1u);
}

TEST_F(fragments, an_overlap_ends_the_packet) {
  part(0, 512);
  part(256, 768);
  EXPECT_EQ(dropped(), "DUP_FRAG DUP_FRAG");
  part(512, 1008);
  EXPECT_TRUE(sent.empty());
}

TEST_F(fragments, that_come_too_late_are_reported_if_the_first_is_there) {
  part(512, 1008, 1);
  part(0, 512, 2);
  run(secs(29));
  EXPECT_EQ(n.c.skbs_live, 2u);
  run(secs(2));
  EXPECT_EQ(dropped(), "FRAG_REASM_TIMEOUT FRAG_REASM_TIMEOUT");
  EXPECT_EQ(
      counted(),
      "IpInReceives*2 IpOutRequests IpReasmTimeout*2 IpReasmReqds*2 IpReasmFails*2 IcmpOutMsgs "
      "IcmpOutType11");
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].icmp().type, ICMP_TIME_EXCEEDED);
  EXPECT_EQ(sent[0].icmp().code, ICMP_EXC_FRAGTIME);
}

TEST_F(fragments, that_end_beyond_64k_wait_in_vain) {
  put_in(eth0, ip_packet({.saddr = peer, .daddr = us, .id = 3, .frag_off = 0x1fff}, pattern(64)));
  EXPECT_EQ(n.c.skbs_live, 1u);
  run(secs(31));
  EXPECT_EQ(dropped(), "FRAG_REASM_TIMEOUT");
  EXPECT_EQ(n.c.skbs_live, 0u);
}

TEST_F(fragments, but_the_last_are_cut_to_eight_bytes) {
  part(0, 515);
  part(512, 1008);
  EXPECT_EQ(sent.size(), 1u);
}

TEST_F(fragments, live_as_long_as_the_setting_says) {
  n.ipv4->sysctl_ipfrag_time = 2;
  part(512, 1008);
  run(secs(3));
  EXPECT_EQ(dropped(), "FRAG_REASM_TIMEOUT");
}

TEST_F(fragments, are_made_where_the_next_link_is_narrow) {
  ASSERT_TRUE(dev_set_mtu(eth1, 600));
  put_in(eth0, ip_packet({.saddr = peer, .daddr = far, .id = 9}, whole));
  EXPECT_EQ(counted(), "IpInReceives IpForwDatagrams IpOutRequests IpFragOKs IpFragCreates*2");
  ASSERT_EQ(sent.size(), 2u);
  buffer joined;
  size_t at = 0;
  for (const sent_frame& f : sent) {
    EXPECT_LE(f.ip().tot_len.host(), 600);
    EXPECT_TRUE(f.ip_check_ok());
    EXPECT_EQ(f.ip().id, be16(u16{9}));
    EXPECT_EQ(f.ip().ttl, 63);
    EXPECT_EQ((f.ip().frag_off.host() & ip_offset) * 8u, at);
    EXPECT_EQ((f.ip().frag_off.host() & ip_mf) != 0, &f != &sent.back());
    at += f.payload().size();
    joined = std::move(joined) + f.payload();
  }
  EXPECT_EQ(joined, whole);
}

}  // namespace
}  // namespace linnet::kit
