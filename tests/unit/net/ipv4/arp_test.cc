// ARP packets, right and wrong: the drop reason, whether there is an answer, whether there is an entry afterwards.
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

const be32 us = ip4(10, 0, 0, 1), peer = ip4(10, 0, 0, 2);
const mac_addr P = mac(0x80);

struct row {
  const char* what;
  arp_args packet;
  mac_addr to;
  const char* why;
  bool answered, entered;
};
std::ostream& operator<<(std::ostream& os, const row& r) { return os << r.what; }

const row table[] = {
    {"a request", {.sha = P, .sip = peer, .tip = us}, mac_broadcast, "", true, true},
    {"a unicast request", {.sha = P, .sip = peer, .tip = us}, mac(1), "", true, true},
    {"a request for another",
     {.sha = P, .sip = peer, .tip = ip4(10, 0, 0, 9)},
     mac_broadcast,
     "",
     false,
     false},
    {"a probe for our address",
     {.sha = P, .sip = be32(), .tip = us},
     mac_broadcast,
     "",
     true,
     false},
    {"a probe for another's",
     {.sha = P, .sip = be32(), .tip = peer},
     mac_broadcast,
     "",
     false,
     false},
    {"another host's frame", {.sha = P, .sip = peer, .tip = us}, mac(0x55), "", false, false},
    {"a reply nobody asked for",
     {.op = 2, .sha = P, .sip = peer, .tip = us},
     mac(1),
     "",
     false,
     false},
    {"IEEE 802 hardware",
     {.sha = P, .sip = peer, .tip = us, .hrd = 6},
     mac_broadcast,
     "",
     true,
     true},
    {"other hardware",
     {.sha = P, .sip = peer, .tip = us, .hrd = 7},
     mac_broadcast,
     "INVALID_PROTO",
     false,
     false},
    {"another protocol",
     {.sha = P, .sip = peer, .tip = us, .pro = 0x86dd},
     mac_broadcast,
     "INVALID_PROTO",
     false,
     false},
    {"a hardware length of 8",
     {.sha = P, .sip = peer, .tip = us, .hln = 8},
     mac_broadcast,
     "HDR_TRUNC",
     false,
     false},
    {"a protocol length of 16",
     {.sha = P, .sip = peer, .tip = us, .pln = 16},
     mac_broadcast,
     "HDR_TRUNC",
     false,
     false},
    {"RARP",
     {.op = 3, .sha = P, .sip = peer, .tip = us},
     mac_broadcast,
     "INVALID_PROTO",
     false,
     false},
    {"for a multicast group",
     {.sha = P, .sip = peer, .tip = ip4(224, 0, 0, 1)},
     mac_broadcast,
     "IP_INVALID_DEST",
     false,
     false},
    {"for loopback",
     {.sha = P, .sip = peer, .tip = ip4(127, 0, 0, 1)},
     mac_broadcast,
     "IP_INVALID_DEST",
     false,
     false},
    {"from our own address", {.sha = P, .sip = us, .tip = us}, mac_broadcast, "", false, false},
};

class arp : public wire_node, public ::testing::WithParamInterface<row> {
 protected:
  memory_device& eth0 = add_device(us, 24);
  arp() { settle(); }
};
INSTANTIATE_TEST_SUITE_P(rows, arp, ::testing::ValuesIn(table));

TEST_P(arp, row) {
  const row& r = GetParam();
  eth0.receive(ether(r.to, P, ETH_P_ARP, arp_packet(r.packet)));
  EXPECT_EQ(dropped(), r.why);
  EXPECT_EQ(counted(), "");
  EXPECT_EQ(sent.size(), r.answered ? 1u : 0u);
  for (const sent_frame& f : sent) {
    EXPECT_EQ(f.eth().h_dest, P);
    EXPECT_EQ(f.arp().ar_op, be16(u16{2}));
    EXPECT_EQ(f.arp_body().ar_sha, mac(1));
    EXPECT_EQ(f.arp_body().ar_sip, us);
    EXPECT_EQ(f.arp_body().ar_tha, P);
    EXPECT_EQ(f.arp_body().ar_tip, r.packet.sip);
  }
  EXPECT_EQ(ipv4_of(n).arp_tbl->entries(), r.entered ? 1u : 0u);
}

TEST_P(arp, cut_short_at_any_length) {
  const buffer whole = arp_packet(GetParam().packet);
  for (size_t len = 0; len < whole.size(); ++len) {
    eth0.receive(ether(GetParam().to, P, ETH_P_ARP, const_bytes(whole).first(len)));
    EXPECT_TRUE(sent.empty());
    EXPECT_EQ(dropped(), GetParam().to == mac(0x55) ? "" : "PKT_TOO_SMALL");
  }
}

}  // namespace
}  // namespace linnet::kit
