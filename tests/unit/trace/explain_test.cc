// What is said of a ping that fails, and that the fix which is given mends it: each case breaks something, pings,
// reads the explanation, does what it says and pings again.
#include "tests/unit/trace/trace_kit.hh"

namespace linnet::kit {
namespace {

class explained : public traced_router {
 protected:
  void expect(const std::string& where, const std::string& reason, const std::string& sentence) {
    const ending e = last_trouble();
    EXPECT_EQ(e.where, where) << why();
    EXPECT_EQ(e.reason, reason) << why();
    EXPECT_EQ(e.why.sentence, sentence) << why();
  }
  // The value that the explanation gives for a setting; "none" when it doesn't mention it.
  std::string value_of(const std::string& setting) {
    for (const auto& s : last_trouble().why.settings)
      if (s.name == setting) return s.value + (s.governs ? "!" : "");
    return "none";
  }
  // One step at a time, as a person would: several causes may stand one behind the other.
  void fix_until_it_works(int most_steps = 1) {
    for (int i = 0; i < most_steps; ++i) {
      const auto fixes = last_trouble().why.fixes;
      ASSERT_FALSE(fixes.empty()) << why();
      for (const auto& f : fixes) apply(f);
      world_run_for(*w, secs(1));
      if (ping()) return;
    }
    ADD_FAILURE() << "the fixes don't help:\n" << why();
  }
};

TEST_F(explained, forwarding_is_off) {
  set(r1, "net.ipv4.ip_forward", "0");
  EXPECT_FALSE(ping());
  expect("init eth1 ip_error", "IP_INADDRERRORS", "forwarding is off on eth1");
  EXPECT_EQ(value_of("net.ipv4.ip_forward"), "0!");
  EXPECT_EQ(last_trouble().why.fixes[0].command, "sysctl -w net.ipv4.ip_forward=1");
  fix_until_it_works();
}

TEST_F(explained, forwarding_is_off_on_one_device) {
  set(r1, "net.ipv4.conf.eth1.forwarding", "0");
  EXPECT_FALSE(ping());
  EXPECT_EQ(last_trouble().why.fixes[0].command, "sysctl -w net.ipv4.conf.eth1.forwarding=1");
  fix_until_it_works();
}

TEST_F(explained, what_was_off_and_is_on_now) {
  set(r1, "net.ipv4.ip_forward", "0");
  EXPECT_FALSE(ping());
  set(r1, "net.ipv4.ip_forward", "1");
  expect("init eth1 ip_error", "IP_INADDRERRORS", "forwarding was off on eth1; it is on now");
  EXPECT_TRUE(last_trouble().why.fixes.empty());
}

TEST_F(explained, rp_filter_strict) {
  EXPECT_TRUE(ping());  // so that the neighbours know each other; ARP is filtered as well
  // The way back to h1 is changed to lead by eth2.
  EXPECT_TRUE(add_route(r1, ip4(10, 0, 1, 2), 32, ip4(10, 0, 2, 2)));
  set(r1, "net.ipv4.conf.all.rp_filter", "1");
  EXPECT_FALSE(ping());
  expect("init eth1 ip_route_input", "IP_RPFILTER",
         "rp_filter: the way back to 10.0.1.2 is by eth2, not by eth1");
  EXPECT_EQ(value_of("net.ipv4.conf.all.rp_filter"), "1!");
  EXPECT_EQ(value_of("net.ipv4.conf.eth1.rp_filter"), "0");
  for (const auto& f : last_trouble().why.fixes) apply(f);
  EXPECT_FALSE(ping()) << "the reply goes by h2 for ever";
  EXPECT_NE(last_trouble().reason, "IP_RPFILTER") << why();
}

TEST_F(explained, rp_filter_loose) {
  EXPECT_TRUE(ping());
  EXPECT_TRUE(add_addr(h1, "eth0", ip4(172, 16, 0, 1), 32));
  set(r1, "net.ipv4.conf.eth1.rp_filter", "2");
  const buffer from = sockaddr_of(ip4(172, 16, 0, 1));
  ASSERT_TRUE(sock_bind(*icmp, from));
  EXPECT_FALSE(ping());
  expect("init eth1 ip_route_input", "IP_RPFILTER",
         "rp_filter: there is no way back to 172.16.0.1");
  EXPECT_EQ(last_trouble().why.fixes[0].command, "sysctl -w net.ipv4.conf.eth1.rp_filter=0");
  for (const auto& f : last_trouble().why.fixes) apply(f);
  EXPECT_FALSE(ping());
  // It gets to h2 now; the reply finds no way.
  EXPECT_EQ(last_trouble().why.sentence, "no route to 172.16.0.1") << why();
}

TEST_F(explained, a_source_that_is_the_receivers_own) {
  EXPECT_TRUE(ping());
  EXPECT_TRUE(add_addr(h1, "eth0", ip4(10, 0, 2, 1), 32));  // r1's
  ASSERT_TRUE(sock_bind(*icmp, sockaddr_of(ip4(10, 0, 2, 1))));
  EXPECT_FALSE(ping());
  expect(
      "init eth1 ip_route_input", "IP_LOCAL_SOURCE",
      "fib_validate_source: martian source, 10.0.2.1 is this host's own address (on eth2) and came "
      "in by eth1");
  EXPECT_EQ(value_of("net.ipv4.conf.eth1.accept_local"), "0!");
  for (const auto& f : last_trouble().why.fixes) apply(f);
  const u64 before = rec.dropped(skb_drop_reason::IP_LOCAL_SOURCE).count;
  ping();
  EXPECT_EQ(rec.dropped(skb_drop_reason::IP_LOCAL_SOURCE).count, before) << why();
}

TEST_F(explained, loopback_addresses_from_outside) {
  set(h1, "net.ipv4.conf.all.route_localnet", "1");
  ASSERT_TRUE(add_route(h1, ip4(127, 9, 9, 9), 32, ip4(10, 0, 1, 1)));
  EXPECT_FALSE(ping(ip4(127, 9, 9, 9)));
  expect("init eth1 ip_route_input", "IP_LOCALNET",
         "a loopback address (10.0.1.2 to 127.9.9.9) came in by eth1");
  EXPECT_EQ(last_trouble().why.fixes[0].command, "sysctl -w net.ipv4.conf.eth1.route_localnet=1");
}

TEST_F(explained, no_route_because_a_device_is_down) {
  ASSERT_TRUE(set_up(r1, "eth2", false));
  EXPECT_FALSE(ping());
  expect("init eth1 ip_error", "IP_INNOROUTES",
         "no route to 10.0.2.2: eth2, which has that subnet, is down");
  fix_until_it_works();
}

TEST_F(explained, the_senders_own_device_is_down) {
  ASSERT_TRUE(set_up(h1, "eth0", false));
  EXPECT_FALSE(ping());
  const ending e = last_trouble();
  EXPECT_EQ(e.where, "h1  ip_route_output");
  EXPECT_EQ(e.why.sentence, "no route to 10.0.2.2");
  ASSERT_EQ(e.why.hints.size(), 1u);
  EXPECT_EQ(e.why.hints[0], "eth0 is down, and the routes by it are gone");
  apply(e.why.fixes.at(0));
  ASSERT_TRUE(add_route(h1, be32(), 0, ip4(10, 0, 1, 1)));
  EXPECT_TRUE(ping());
}

TEST_F(explained, the_other_end_of_the_cable_is_down) {
  ASSERT_TRUE(set_up(h2, "eth0", false));
  EXPECT_FALSE(ping());
  expect("init eth2 dev_hard_start_xmit", "DEV_READY",
         "eth2 has no carrier: the other end of the cable is down");
  EXPECT_EQ(last_trouble().why.fixes[0].node, "h2");
  for (const auto& f : last_trouble().why.fixes) apply(f);
  ASSERT_TRUE(add_route(h2, be32(), 0, ip4(10, 0, 2, 1)));  // went with the device
  EXPECT_TRUE(ping());
}

TEST_F(explained, mtu_of_a_router) {
  ASSERT_TRUE(dev_set_mtu(*dev_get_by_name(r1, "eth2"), 1000));
  const int probe = IP_PMTUDISC_PROBE;
  ASSERT_TRUE(sock_setsockopt(*icmp, IPPROTO_IP, IP_MTU_DISCOVER, bytes_of(probe)));
  EXPECT_FALSE(ping(ip4(10, 0, 2, 2), secs(1), 1200));
  expect("init eth1 ip_forward", "PKT_TOO_BIG",
         "1228 bytes, the MTU of eth2 is 1000, and the packet may not be fragmented");
  for (const auto& f : last_trouble().why.fixes) apply(f);
  EXPECT_TRUE(ping(ip4(10, 0, 2, 2), secs(1), 1200));
}

TEST_F(explained, mtu_of_the_sender) {
  const int always = IP_PMTUDISC_DO;
  ASSERT_TRUE(sock_setsockopt(*icmp, IPPROTO_IP, IP_MTU_DISCOVER, bytes_of(always)));
  EXPECT_FALSE(ping(ip4(10, 0, 2, 2), secs(1), 2000));
  const ending e = last_trouble();
  EXPECT_EQ(e.where, "h1 eth0 ip_append_data");
  EXPECT_EQ(e.why.sentence,
            "2028 bytes, the MTU of eth0 is 1500, and the packet may not be fragmented");
}

TEST_F(explained, ttl) {
  const int one = 1;
  ASSERT_TRUE(sock_setsockopt(*icmp, IPPROTO_IP, IP_TTL, bytes_of(one)));
  EXPECT_FALSE(ping());
  expect("init eth1 ip_forward", "IP_INHDR", "the TTL ran out here");
  EXPECT_EQ(last_trouble().why.hints.at(0), "it was sent with TTL 1 by h1");
}

TEST_F(explained, echo_requests_are_ignored) {
  set(h2, "net.ipv4.icmp_echo_ignore_all", "1");
  EXPECT_FALSE(ping());
  expect("h2 eth0 icmp_rcv", "NOT_DROPPED_YET", "echo requests are ignored");
  EXPECT_EQ(last_trouble().verdict, path_verdict::unanswered);
  fix_until_it_works();
}

TEST_F(explained, arp_ignore) {
  set(h2, "net.ipv4.conf.eth0.arp_ignore", "8");
  EXPECT_FALSE(ping());
  expect("h2 eth0 arp_process", "NOT_DROPPED_YET", "arp_ignore=8: nothing is answered");
  EXPECT_EQ(value_of("net.ipv4.conf.eth0.arp_ignore"), "8!");
  fix_until_it_works();
}

TEST_F(explained, arp_filter) {
  set(h2, "net.ipv4.conf.all.arp_filter", "1");
  ASSERT_TRUE(add_veth(h2, "d0", h2, "d1"));
  ASSERT_TRUE(set_up(h2, "d0") && set_up(h2, "d1"));
  ASSERT_TRUE(add_addr(h2, "d0", ip4(10, 9, 0, 1), 24));
  ASSERT_TRUE(add_route(h2, ip4(10, 0, 2, 1), 32, ip4(10, 9, 0, 2)));
  EXPECT_FALSE(ping());
  expect("h2 eth0 arp_process", "NOT_DROPPED_YET",
         "arp_filter: packets to 10.0.2.1 do not leave by eth0");
  EXPECT_EQ(value_of("net.ipv4.conf.all.arp_filter"), "1!");
}

TEST_F(explained, a_neighbour_that_nobody_is) {
  EXPECT_FALSE(ping(ip4(10, 0, 2, 9)));
  expect("init eth2 arp_error_report", "NEIGH_FAILED",
         "10.0.2.9 did not answer: asked 3 times by ARP on eth2");
  EXPECT_EQ(value_of("net.ipv4.neigh.eth2.mcast_solicit"), "3!");
  EXPECT_NE(why().find("h2    eth0  arp_process          10.0.2.9 is not ours"), std::string::npos)
      << why();
}

TEST_F(explained, a_neighbour_that_has_not_answered_yet) {
  EXPECT_FALSE(ping(ip4(10, 0, 2, 9), msecs(1500)));
  const ending e = last_trouble();
  EXPECT_EQ(e.where, "init eth2 neigh_resolve_output");
  EXPECT_EQ(e.verdict, path_verdict::waiting);
  EXPECT_EQ(e.why.sentence, "10.0.2.9 has not answered yet: asked 2 times by ARP on eth2");
}

TEST_F(explained, a_neighbour_that_may_not_be_asked) {
  set(r1, "net.ipv4.neigh.eth2.mcast_solicit", "0");
  EXPECT_FALSE(ping());
  expect("init eth2 arp_error_report", "NEIGH_FAILED",
         "10.0.2.2 did not answer: asked 0 times by ARP on eth2");
  fix_until_it_works();
}

// What goes to the host's devices is out of sight; where it left is not.
TEST_F(explained, what_leaves_the_world) {
  auto out = memory_device::add(r1, "m0", 9);
  ASSERT_TRUE(set_up(r1, "m0") && add_addr(r1, "m0", ip4(10, 5, 0, 1), 24));
  ASSERT_TRUE(add_neigh(r1, "m0", ip4(10, 5, 0, 9), mac(0x99)));
  EXPECT_FALSE(ping(ip4(10, 5, 0, 9)));
  const std::string text = why({"dst", "10.5.0.9"});
  EXPECT_NE(text.find("m0    dev_hard_start_xmit   left the world by m0\n"), std::string::npos)
      << text;
}

TEST_F(explained, the_neighbours_queue_overflows) {
  set(r1, "net.ipv4.neigh.eth2.unres_qlen_bytes", "2000");
  for (int i = 0; i < 5; ++i)
    (void)send_to(*icmp, ip4(10, 0, 2, 9), 0, icmp_message(ICMP_ECHO, 0, 0x00070001, pattern(56)));
  world_run_for(*w, msecs(10));
  const ending e = last_trouble();
  EXPECT_EQ(e.where, "init eth2 neigh_event_send");
  EXPECT_EQ(e.reason, "NEIGH_QUEUEFULL");
  EXPECT_EQ(value_of("net.ipv4.neigh.eth2.unres_qlen_bytes"), "2000!");
  world_run_for(*w, secs(5));
}

TEST_F(explained, nobody_listens) {
  auto udp = open_socket(h1, AF_INET, SOCK_DGRAM, 0);
  EXPECT_TRUE(send_to(*udp, ip4(10, 0, 2, 2), 53, pattern(9)));
  world_run_for(*w, msecs(10));
  expect("h2 eth0 udp_rcv", "NO_SOCKET", "no socket listens on udp port 53 of 10.0.2.2");
  EXPECT_NE(why().find("icmp port unreachable"), std::string::npos) << why();
}

TEST_F(explained, icmp_errors_are_limited) {
  set(h2, "net.ipv4.icmp_ratelimit", "1000");
  auto udp = open_socket(h1, AF_INET, SOCK_DGRAM, 0);
  for (int i = 0; i < 10; ++i) {
    (void)send_to(*udp, ip4(10, 0, 2, 2), 53, pattern(9));
    world_run_for(*w, msecs(10));
  }
  EXPECT_NE(why().find("NOT SENT  port unreachable to 10.0.1.2: this peer had its share of ICMP "
                       "errors"),
            std::string::npos)
      << why();
  EXPECT_NE(why().find("setting: net.ipv4.icmp_ratelimit = 1000"), std::string::npos) << why();
}

TEST_F(explained, a_wrong_checksum_says_so) {
  auto tap = memory_device::add(h2, "m0", 9);
  ASSERT_TRUE(set_up(h2, "m0") && add_addr(h2, "m0", ip4(10, 5, 0, 1), 24));
  buffer p = ip_packet({.saddr = ip4(10, 5, 0, 9), .daddr = ip4(10, 5, 0, 1)},
                       icmp_message(ICMP_ECHO, 0, 1, pattern(8)));
  p[11] ^= std::byte{1};  // of the header
  tap->receive(ether(mac(9), mac(8), ETH_P_IP, p));
  expect("h2 m0 ip_rcv", "IP_CSUM", "wrong IPv4 header checksum");
}

// Two ports of one host in one network, cabled to each other (docs/linux-notes/two-ports-one-host.md): each check
// that stands in the way is found once the one before it is out of it.
TEST_F(explained, two_ports_of_one_host) {
  net& host = net_create(*w, *w->cpus[0]);
  w->net_name = [&](const net& n) { return &n == &host ? "host" : ""; };
  wire(host, "p0", host, "p1", ip4(192, 168, 0, 2), ip4(192, 168, 0, 3));
  set(host, "net.ipv4.conf.p1.rp_filter", "1");
  set(host, "net.ipv4.conf.p1.arp_ignore", "8");
  ASSERT_TRUE(set_up(host, "lo"));
  icmp = open_socket(host, AF_INET, SOCK_RAW, IPPROTO_ICMP);
  const std::string port = "p0";
  ASSERT_TRUE(sock_setsockopt(*icmp, SOL_SOCKET, SO_BINDTODEVICE, std::as_bytes(std::span(port))));

  EXPECT_FALSE(ping(ip4(192, 168, 0, 3)));
  expect("host p1 arp_process", "IP_LOCAL_SOURCE",
         "fib_validate_source: martian source, 192.168.0.2 is this host's own address (on p0) and "
         "came "
         "in by p1");
  EXPECT_EQ(value_of("net.ipv4.conf.p1.accept_local"), "0!");
  EXPECT_EQ(value_of("net.ipv4.conf.p1.rp_filter"), "1");
  EXPECT_EQ(value_of("net.ipv4.conf.p1.arp_ignore"), "8");
  set(host, "net.ipv4.conf.p1.accept_local", "1");

  EXPECT_FALSE(ping(ip4(192, 168, 0, 3)));
  expect("host p1 arp_process", "IP_RPFILTER",
         "rp_filter: 192.168.0.2 is this host's own address (on p0), which is not reached by p1");
  set(host, "net.ipv4.conf.p1.rp_filter", "2");

  EXPECT_FALSE(ping(ip4(192, 168, 0, 3)));
  expect("host p1 arp_process", "NOT_DROPPED_YET", "arp_ignore=8: nothing is answered");
  set(host, "net.ipv4.conf.p1.arp_ignore", "0");

  EXPECT_TRUE(ping(ip4(192, 168, 0, 3))) << why();
}

}  // namespace
}  // namespace linnet::kit
