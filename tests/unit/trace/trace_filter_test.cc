// The filter language: what each word asks, how words combine, and what is said about a wrong one.
#include "tests/unit/trace/trace_kit.hh"

namespace linnet::kit {
namespace {

// A packet with two steps: an echo request from 10.0.1.2 to 10.0.2.2, by eth1 of r1, dropped on eth2.
class filtered : public ::testing::Test {
 protected:
  trace_record first{}, second{};

  filtered() {
    fill(first, "eth1",
         ip_packet({.saddr = ip4(10, 0, 1, 2), .daddr = ip4(10, 0, 2, 2)},
                   icmp_message(ICMP_ECHO, 0, 1, pattern(8))));
    second = first;
    second.dev = {'e', 't', 'h', '2'};
    second.point = tp::kfree_skb;
    second.reason = skb_drop_reason::NEIGH_FAILED;
  }
  static void fill(trace_record& r, std::string_view dev, const buffer& b) {
    r.point = tp::ip_rcv;
    r.net_inum = 7;
    r.protocol = u16{ETH_P_IP};
    std::ranges::copy(dev, r.dev.begin());
    r.snap_len = static_cast<u8>(std::min(b.size(), trace_snap));
    std::copy_n(b.begin(), r.snap_len, r.snap.begin());
  }
  static std::vector<std::string> words(const std::string& text) {
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
  }
  bool matches(const std::string& text) {
    const auto f = trace_filter::parse(words(text));
    EXPECT_TRUE(f) << text << ": " << (f ? "" : f.error());
    const std::array<const trace_record*, 2> steps = {&first, &second};
    return f && f->matches(steps, [](u32 inum) { return inum == 7 ? "r1" : "?"; });
  }
  static std::string error(const std::string& text) {
    const auto f = trace_filter::parse(words(text));
    return f ? "" : f.error();
  }
};

TEST_F(filtered, words) {
  for (const char* yes :
       {"", "icmp", "ip", "host 10.0.1.2", "host 10.0.2.2", "src 10.0.1.2", "src host 10.0.1.2",
        "dst 10.0.2.2", "net 10.0.0.0/16", "src net 10.0.1.0/24", "net 0.0.0.0/0", "dev eth1",
        "dev eth2", "node r1", "drop", "reason NEIGH_FAILED"})
    EXPECT_TRUE(matches(yes)) << yes;
  for (const char* no :
       {"arp", "udp", "tcp", "host 10.0.1.3", "src 10.0.2.2", "dst 10.0.1.2", "net 10.1.0.0/16",
        "src net 10.0.2.0/24", "dev eth3", "node r2", "reason IP_CSUM", "port 53"})
    EXPECT_FALSE(matches(no)) << no;
}

TEST_F(filtered, words_together) {
  EXPECT_TRUE(matches("icmp and drop"));
  EXPECT_TRUE(matches("icmp drop"));
  EXPECT_TRUE(matches("arp or icmp"));
  EXPECT_TRUE(matches("arp or icmp and drop"));
  EXPECT_FALSE(matches("(arp or icmp) and udp"));
  EXPECT_TRUE(matches("arp or (icmp && !udp)"));
  EXPECT_FALSE(matches("not drop"));
  EXPECT_FALSE(matches("! drop"));
  EXPECT_TRUE(matches("not not drop"));
  EXPECT_FALSE(matches("not (drop or arp)"));
  EXPECT_TRUE(matches("dev eth1 dev eth2"));  // of the packet, not of a step
  EXPECT_TRUE(matches("udp || icmp"));
}

TEST_F(filtered, ports) {
  const be32 a = ip4(10, 0, 1, 2), b = ip4(10, 0, 2, 2);
  fill(first, "eth1",
       ip_packet({.saddr = a, .daddr = b, .protocol = IPPROTO_UDP},
                 udp_datagram(a, b, 1000, 53, pattern(3))));
  EXPECT_TRUE(matches("port 53"));
  EXPECT_TRUE(matches("port 1000"));
  EXPECT_TRUE(matches("src port 1000 dst port 53"));
  EXPECT_FALSE(matches("src port 53"));
}

TEST_F(filtered, errors_name_the_word) {
  EXPECT_NE(error("icmp and foo").find("at 'foo'"), std::string::npos);
  EXPECT_EQ(error("host 10.0.0"), "expected an IPv4 address at '10.0.0'");
  EXPECT_EQ(error("host 10.0.0.256"), "expected an IPv4 address at '10.0.0.256'");
  EXPECT_EQ(error("host"), "expected an IPv4 address at the end of the filter");
  EXPECT_EQ(error("net 10.0.0.0"), "expected a prefix as 10.0.0.0/8 at '10.0.0.0'");
  EXPECT_EQ(error("net 10.0.0.1/24"), "the prefix has bits beyond its length at '10.0.0.1/24'");
  EXPECT_EQ(error("net 10.0.0.0/33"), "expected a prefix as 10.0.0.0/8 at '10.0.0.0/33'");
  EXPECT_EQ(error("port 65536"), "expected a port number at '65536'");
  EXPECT_EQ(error("(icmp"), "expected ')' at the end of the filter");
  EXPECT_EQ(error("icmp )"), "did not expect ')'");
  EXPECT_EQ(error("dev"), "expected a device's name at the end of the filter");
  EXPECT_EQ(error("reason FOO"), "expected a drop reason (`linnet drops` lists them) at 'FOO'");
  EXPECT_NE(error("icmp or").find("at the end of the filter"), std::string::npos);
  EXPECT_NE(error(std::string(100, '(') + "ip").find("nested too deeply"), std::string::npos);
}

}  // namespace
}  // namespace linnet::kit
