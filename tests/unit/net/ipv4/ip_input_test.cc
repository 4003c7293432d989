// What becomes of packets that arrive: for each malformed or odd one the drop reason, every counter that moves, and
// what is answered. The node is a router, 10.0.0.1/24 and 10.0.1.1/24; the sender 10.0.0.2 is on eth0.
#include <sstream>

#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

const be32 us = ip4(10, 0, 0, 1), peer = ip4(10, 0, 0, 2), far = ip4(10, 0, 1, 2);

class arriving : public wire_node {
 protected:
  memory_device& eth0 = add_device(us, 24);
  memory_device& eth1 = add_device(ip4(10, 0, 1, 1), 24);

  arriving() {
    for (auto* d : {&eth0, &eth1}) d->ip_ptr->cnf.set(IPV4_DEVCONF_FORWARDING, 1);
    EXPECT_TRUE(add_neigh(n, "eth0", peer, mac(0x80)));
    EXPECT_TRUE(add_neigh(n, "eth1", far, mac(0x81)));
    settle();
  }
  // "icmp TYPE/CODE" or "ip PROTOCOL" of each frame sent, whose checksums must be right.
  std::string sent_text() {
    std::string r;
    for (const sent_frame& f : sent) {
      if (!r.empty()) r += ", ";
      if (!f.is(ETH_P_IP)) {
        r += "arp";
        continue;
      }
      EXPECT_TRUE(f.ip_check_ok());
      if (f.ip().protocol == IPPROTO_ICMP && !(f.ip().frag_off.host() & ip_offset)) {
        r += "icmp " + std::to_string(f.icmp().type) + "/" + std::to_string(f.icmp().code);
      } else {
        r += "ip " + std::to_string(f.ip().protocol);
      }
    }
    return r;
  }
};

buffer echo(size_t size = 56) { return icmp_message(ICMP_ECHO, 0, 0x00070001, pattern(size)); }
buffer good() { return ip_packet({.saddr = peer, .daddr = us}, echo()); }
template <class F>
buffer with(F change, buffer b = good(), bool fix_check = true) {
  change(reinterpret_cast<iphdr&>(*b.data()), b);
  if (fix_check) set_ip_check(b);
  return b;
}
buffer to_us(u8 protocol, const buffer& body) {
  return ip_packet({.saddr = peer, .daddr = us, .protocol = protocol}, body);
}
buffer onward(u8 ttl, u16 frag_off, size_t size) {
  return ip_packet({.saddr = peer, .daddr = far, .ttl = ttl, .id = 77, .frag_off = frag_off},
                   echo(size));
}
buffer options(std::initializer_list<int> o) {
  return ip_packet({.saddr = peer, .daddr = us, .options = octets(o)}, echo());
}
buffer bad_udp(size_t declared, bool wrong_sum) {
  buffer d = udp_datagram(peer, us, 1, 4000, pattern(8));
  auto& h = reinterpret_cast<udphdr&>(*d.data());
  if (declared) h.len = static_cast<u16>(declared);
  if (wrong_sum) h.check = be16(static_cast<u16>(h.check.host() ^ 1));
  return to_us(IPPROTO_UDP, d);
}

struct row {
  const char* what;
  buffer packet;
  const char* why;  // drop reasons; empty: consumed
  const char* counted;
  const char* sent;
};
std::ostream& operator<<(std::ostream& os, const row& r) { return os << r.what; }

std::vector<row> rows() {
  const char* header = "IpInReceives IpInHdrErrors";
  return {
      {"an echo request", good(), "",
       "IpInReceives IpInDelivers IpOutRequests IcmpInMsgs IcmpOutMsgs IcmpOutType0 IcmpInType8",
       "icmp 0/0"},
      {"19 bytes", with([](iphdr&, buffer& b) { b.resize(19); }, good(), false), "PKT_TOO_SMALL",
       header, ""},
      {"nothing", {}, "PKT_TOO_SMALL", header, ""},
      {"version 5", with([](iphdr& h, buffer&) { h.set_version_ihl(5, 5); }), "IP_INHDR", header,
       ""},
      {"a header of 16 bytes", with([](iphdr& h, buffer&) { h.set_version_ihl(4, 4); }), "IP_INHDR",
       header, ""},
      {"a header longer than the packet",
       with(
           [](iphdr& h, buffer& b) {
             h.set_version_ihl(4, 15);
             b.resize(40);
           },
           good(), false),
       "PKT_TOO_SMALL", header, ""},
      {"a wrong checksum", with([](iphdr& h, buffer&) { h.check = be16(1); }, good(), false),
       "IP_CSUM", "IpInReceives IpInHdrErrors IpInCsumErrors", ""},
      {"a truncated packet", with([](iphdr&, buffer& b) { b.resize(b.size() - 1); }),
       "PKT_TOO_SMALL", "IpInReceives IpInTruncated", ""},
      {"a total length below the header's", with([](iphdr& h, buffer&) { h.tot_len = u16{19}; }),
       "IP_INHDR", header, ""},
      {"padding behind it", with([](iphdr&, buffer& b) { b.resize(b.size() + 9); }), "",
       "IpInReceives IpInDelivers IpOutRequests IcmpInMsgs IcmpOutMsgs IcmpOutType0 IcmpInType8",
       "icmp 0/0"},
      {"ECN's CE", with([](iphdr& h, buffer&) { h.tos = 3; }), "",
       "IpInReceives IpInDelivers IpOutRequests IpInCEPkts IcmpInMsgs IcmpOutMsgs IcmpOutType0 "
       "IcmpInType8",
       "icmp 0/0"},
      // Options.
      {"an option that ends early", options({7, 11, 4, 0}), "IP_INHDR",
       "IpInReceives IpOutRequests IpInHdrErrors IcmpOutMsgs IcmpOutType12", "icmp 12/0"},
      {"an option without length", options({1, 1, 1, 7}), "IP_INHDR",
       "IpInReceives IpOutRequests IpInHdrErrors IcmpOutMsgs IcmpOutType12", "icmp 12/0"},
      {"a source route", options({0x83, 7, 4, 10, 0, 1, 2, 0}), "NOT_SPECIFIED", "IpInReceives",
       ""},
      // Above IP.
      {"an unknown protocol", to_us(99, pattern(8)), "IP_NOPROTO",
       "IpInReceives IpOutRequests IpInUnknownProtos IcmpOutMsgs IcmpOutType3", "icmp 3/2"},
      {"a closed port", to_us(IPPROTO_UDP, udp_datagram(peer, us, 1, 9, pattern(8))), "NO_SOCKET",
       "IpInReceives IpInDelivers IpOutRequests IcmpOutMsgs IcmpOutType3 UdpNoPorts", "icmp 3/3"},
      {"UDP of 7 bytes", to_us(IPPROTO_UDP, pattern(7)), "PKT_TOO_SMALL",
       "IpInReceives IpInDelivers UdpInErrors", ""},
      {"UDP that says 7", bad_udp(7, false), "PKT_TOO_SMALL",
       "IpInReceives IpInDelivers UdpInErrors", ""},
      {"UDP that says too much", bad_udp(17, false), "PKT_TOO_SMALL",
       "IpInReceives IpInDelivers UdpInErrors", ""},
      {"UDP with a wrong checksum", bad_udp(0, true), "UDP_CSUM",
       "IpInReceives IpInDelivers UdpInErrors UdpInCsumErrors", ""},
      {"ICMP with a wrong checksum", to_us(IPPROTO_ICMP, pattern(16)), "ICMP_CSUM",
       "IpInReceives IpInDelivers IcmpInMsgs IcmpInErrors IcmpInCsumErrors", ""},
      {"ICMP of 4 bytes", to_us(IPPROTO_ICMP, octets({8, 0, 0xf7, 0xff})), "PKT_TOO_SMALL",
       "IpInReceives IpInDelivers IcmpInMsgs IcmpInErrors", ""},
      {"an ICMP error about nothing", to_us(IPPROTO_ICMP, icmp_message(3, 1, 0, {})),
       "PKT_TOO_SMALL", "IpInReceives IpInDelivers IcmpInMsgs IcmpInErrors IcmpInType3", ""},
      {"an ICMP type that is none", to_us(IPPROTO_ICMP, icmp_message(77, 0, 0, {})),
       "UNHANDLED_PROTO", "IpInReceives IpInDelivers IcmpInMsgs IcmpInErrors IcmpInType77", ""},
      {"a timestamp request", to_us(IPPROTO_ICMP, icmp_message(13, 0, 1, pattern(12))), "",
       "IpInReceives IpInDelivers IpOutRequests IcmpInMsgs IcmpOutMsgs IcmpOutType0 IcmpInType13",
       "icmp 14/0"},
      {"a short timestamp request", to_us(IPPROTO_ICMP, icmp_message(13, 0, 1, {})),
       "PKT_TOO_SMALL", "IpInReceives IpInDelivers IcmpInMsgs IcmpInErrors IcmpInType13", ""},
      // Onward.
      {"to be forwarded", onward(64, 0, 56), "", "IpInReceives IpForwDatagrams IpOutRequests",
       "icmp 8/0"},
      {"forwarded with its last hop used up", onward(1, 0, 56), "IP_INHDR",
       "IpInReceives IpOutRequests IpInHdrErrors IcmpOutMsgs IcmpOutType11", "icmp 11/0"},
      {"without a route", ip_packet({.saddr = peer, .daddr = ip4(192, 0, 2, 1)}, echo()),
       "IP_INNOROUTES", "IpInReceives IpOutRequests IpInNoRoutes IcmpOutMsgs IcmpOutType3",
       "icmp 3/0"},
      {"from ourselves", ip_packet({.saddr = us, .daddr = us}, echo()), "IP_LOCAL_SOURCE",
       "IpInReceives", ""},
      {"from a multicast group", ip_packet({.saddr = ip4(224, 0, 0, 9), .daddr = us}, echo()),
       "IP_INVALID_SOURCE", "IpInReceives", ""},
  };
}

class ip_input : public arriving, public ::testing::WithParamInterface<row> {};
INSTANTIATE_TEST_SUITE_P(rows, ip_input, ::testing::ValuesIn(rows()));

TEST_P(ip_input, row) {
  const row& r = GetParam();
  put_in(eth0, r.packet);
  EXPECT_EQ(dropped(), r.why);
  EXPECT_EQ(counted(), r.counted);
  EXPECT_EQ(sent_text(), r.sent);
  for (const sent_frame& f : sent) {
    EXPECT_TRUE(f.ip().protocol != IPPROTO_ICMP || f.icmp_check_ok());
  }
}

TEST_F(arriving, another_hosts_frame_is_not_even_counted) {
  eth0.receive(ether(mac(0x55), mac(0x80), ETH_P_IP, good()));
  EXPECT_EQ(dropped(), "OTHERHOST");
  EXPECT_EQ(counted(), "");
}

TEST_F(arriving, the_echo_reply_is_the_request_turned_round) {
  put_in(eth0, good());
  ASSERT_EQ(sent.size(), 1u);
  const sent_frame& f = sent[0];
  EXPECT_EQ(f.eth().h_dest, mac(0x80));
  EXPECT_EQ(f.ip().saddr, us);
  EXPECT_EQ(f.ip().daddr, peer);
  EXPECT_EQ(f.ip().ttl, 64);
  const buffer want = icmp_message(ICMP_ECHOREPLY, 0, 0x00070001, pattern(56));
  EXPECT_TRUE(std::ranges::equal(f.payload(), want));
}

TEST_F(arriving, forwarding_changes_the_ttl_and_its_checksum_only) {
  for (int id = 0; id < 65536; id += 257) {  // the checksum's carry, too
    buffer p = ip_packet({.saddr = peer, .daddr = far, .id = static_cast<u16>(id)}, echo(8));
    put_in(eth0, p);
    ASSERT_EQ(sent.size(), 1u);
    auto& h = reinterpret_cast<iphdr&>(*p.data());
    --h.ttl;
    set_ip_check(p);
    EXPECT_TRUE(std::ranges::equal(sent[0].ip_bytes(), p));
    EXPECT_EQ(sent[0].eth().h_dest, mac(0x81));
    sent.clear();
  }
}

TEST_F(arriving, time_exceeded_quotes_the_packet) {
  const buffer p = onward(1, 0, 56);
  put_in(eth0, p);
  ASSERT_EQ(sent.size(), 1u);
  const sent_frame& f = sent[0];
  EXPECT_EQ(f.ip().saddr, us);
  EXPECT_EQ(f.ip().daddr, peer);
  EXPECT_EQ(f.ip().tos, 0xc0);
  EXPECT_TRUE(std::ranges::equal(f.payload().subspan(8), p));
}

TEST_F(arriving, an_error_quotes_no_more_than_576_bytes_hold) {
  put_in(eth0, onward(1, 0, 1400));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ip().tot_len, be16(u16{576}));
}

TEST_F(arriving, what_is_too_big_and_may_not_be_cut) {
  ASSERT_TRUE(dev_set_mtu(eth1, 600));
  put_in(eth0, onward(64, ip_df, 700));
  EXPECT_EQ(dropped(), "PKT_TOO_BIG");
  EXPECT_EQ(counted(), "IpInReceives IpOutRequests IpFragFails IcmpOutMsgs IcmpOutType3");
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].icmp().code, ICMP_FRAG_NEEDED);
  EXPECT_EQ(sent[0].icmp().info(), be32(600u));
}

TEST_F(arriving, no_error_about_errors_fragments_or_broadcasts) {
  const buffer about = ip_packet({.saddr = us, .daddr = peer}, echo(8));
  put_in(eth0, ip_packet({.saddr = peer, .daddr = far, .ttl = 1}, icmp_message(3, 1, 0, about)));
  put_in(eth0, onward(1, 5, 56));
  eth0.receive(
      ether(mac_broadcast, mac(0x80), ETH_P_IP,
            ip_packet({.saddr = peer, .daddr = ip4(10, 0, 0, 255), .protocol = 99}, pattern(8))));
  EXPECT_EQ(sent_text(), "");
  EXPECT_EQ(n.c.skbs_live, 0u);
}

TEST_F(arriving, errors_to_one_peer_are_limited_to_six_and_one_a_second) {
  for (int i = 0; i < 20; ++i) put_in(eth0, onward(1, 0, 8));
  EXPECT_EQ(sent.size(), 6u);
  run(secs(2));
  for (int i = 0; i < 20; ++i) put_in(eth0, onward(1, 0, 8));
  EXPECT_EQ(sent.size(), 8u);
}

TEST_F(arriving, a_neighbour_that_does_not_answer_is_told_of) {
  put_in(eth0, ip_packet({.saddr = peer, .daddr = ip4(10, 0, 1, 9)}, echo(8)));
  run(secs(3));
  EXPECT_EQ(sent_text(), "arp, arp, arp, icmp 3/1");
  EXPECT_EQ(sent.back().time - sent.front().time, secs(3));
}

}  // namespace
}  // namespace linnet::kit
