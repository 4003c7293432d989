// Addresses of the public interface: literals, texts, and the system's structures.
#include "tests/unit/api/api_kit.hh"

namespace api_test {
namespace {

using linnet::endpoint;
using linnet::ipv4_address;
using linnet::ipv4_prefix;
using linnet::mac_address;

TEST(api_address, literals_and_texts) {
  constexpr ipv4_address a = "10.0.255.1";
  EXPECT_EQ(a, ipv4_address(10, 0, 255, 1));
  EXPECT_EQ(a.text(), "10.0.255.1");
  EXPECT_EQ(ipv4_prefix("10.1.2.3/24").text(), "10.1.2.3/24");
  EXPECT_EQ(ipv4_prefix("10.1.2.3"), ipv4_prefix({10, 1, 2, 3}, 32));
  EXPECT_EQ(mac_address("02:00:00:00:aB:01").text(), "02:00:00:00:ab:01");
}

TEST(api_address, texts_that_are_none) {
  for (auto s : {"", "10.0.0", "10.0.0.256", "10.0.0.1.", "10.0.0.0.1", " 10.0.0.1", "10..0.1",
                 "1000.0.0.1"})
    EXPECT_FALSE(ipv4_address::parse(s)) << s;
  for (auto s :
       {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8", "10.0.0.0/8x", "10.0.0.0/008"})
    EXPECT_FALSE(ipv4_prefix::parse(s)) << s;
  for (auto s : {"", "02:00:00:00:00", "02:00:00:00:00:0g", "02-00-00-00-00-01",
                 "2:00:00:00:00:001", "02:00:00:00:00:01 "})
    EXPECT_FALSE(mac_address::parse(s)) << s;
}

TEST(api_address, literals_that_are_none) {
  const char* text = "10.0.0";
  EXPECT_THROW((void)ipv4_address(text), std::invalid_argument);
  EXPECT_THROW((void)ipv4_prefix(text), std::invalid_argument);
  EXPECT_THROW((void)mac_address(text), std::invalid_argument);
}

TEST(api_address, structures) {
  const endpoint e{"192.0.2.1", 53};
  const sockaddr_in raw = e.raw();
  EXPECT_EQ(raw.sin_family, AF_INET);
  EXPECT_EQ(raw.sin_port, htons(53));
  EXPECT_EQ(raw.sin_addr.s_addr, htonl(0xc0000201));
  EXPECT_EQ(endpoint::from(raw), e);
  EXPECT_EQ(e.text(), "192.0.2.1:53");
}

}  // namespace
}  // namespace api_test
