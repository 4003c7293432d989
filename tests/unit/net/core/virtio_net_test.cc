// A header in front of a frame: what it says goes into the packet and comes out again; what cannot be is refused.
#include "net/core/virtio_net.hh"

#include <gtest/gtest.h>

#include "net/core/gso.hh"
#include "tests/support/wire_kit.hh"
#include "wire/tcp.hh"

namespace linnet::kit {
namespace {

struct virtio_net : testing::Test {
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 3});
  cpu& c = *w->cpus[0];
  ~virtio_net() override { EXPECT_EQ(c.skbs_live, 0u); }

  static constexpr u32 headers = 54;
  skb_ptr make(size_t payload, u8 protocol = IPPROTO_TCP) const {
    tcphdr th{};
    th.set_header_len(sizeof th);
    const buffer frame = ether(
        mac(1), mac(2), ETH_P_IP,
        ip_packet({.saddr = ip4(10, 0, 0, 1), .daddr = ip4(10, 0, 0, 2), .protocol = protocol},
                  bytes_of(th) + pattern(payload)));
    skb_ptr p = alloc_skb(c, 128 + static_cast<u32>(frame.size()));
    skb_reserve(*p, 128);
    skb_put_data(*p, frame);
    p->protocol = ETH_P_IP;
    p->reset_mac_header();
    p->network_header = static_cast<u16>(p->mac_header + ETH_HLEN);
    return p;
  }
  // The error of a header, 0 if there is none.
  int error_of(const virtio_net_hdr& h, size_t payload = 3000, u8 protocol = IPPROTO_TCP) const {
    skb_ptr p = make(payload, protocol);
    const status r = virtio_net_hdr_to_skb(*p, h);
    consume_skb(std::move(p));
    return r ? 0 : r.error().code;
  }
};

virtio_net_hdr header(u8 flags, u8 gso, u16 size, u16 start, u16 offset) {
  virtio_net_hdr h{};
  h.flags = flags;
  h.gso_type = gso;
  h.hdr_len = virtio_net::headers;
  h.gso_size = size;
  h.csum_start = start;
  h.csum_offset = offset;
  return h;
}

TEST_F(virtio_net, goes_in_and_comes_out) {
  for (const virtio_net_hdr& h : {header(0, 0, 0, 0, 0), header(1, 0, 0, 34, 16),
                                  header(1, 1, 1000, 34, 16), header(1, 0x81, 1448, 34, 16)}) {
    skb_ptr p = make(3000);
    skb_set_paged(*p, 1, headers, 768);
    ASSERT_TRUE(virtio_net_hdr_to_skb(*p, h));
    virtio_net_hdr out;
    ASSERT_TRUE(virtio_net_hdr_from_skb(*p, out));
    EXPECT_EQ(out.flags, h.flags);
    EXPECT_EQ(out.gso_type, h.gso_type);
    EXPECT_EQ(out.gso_size, h.gso_size);
    EXPECT_EQ(out.hdr_len, h.gso_type ? headers : 0);
    EXPECT_EQ(out.csum_start, h.csum_start);
    EXPECT_EQ(out.csum_offset, h.csum_offset);
    consume_skb(std::move(p));
  }
}

TEST_F(virtio_net, what_cannot_be_is_refused) {
  EXPECT_EQ(error_of(header(1, 1, 1000, 34, 16)), 0);
  EXPECT_EQ(error_of(header(1, 1, 0, 34, 16)), EINVAL);       // segments of no length
  EXPECT_EQ(error_of(header(1, 1, 0xffff, 34, 16)), EINVAL);  // Linux's own mark
  EXPECT_EQ(error_of(header(1, 1, 1000, 34, 6)), EINVAL);     // not TCP's checksum
  EXPECT_EQ(error_of(header(1, 5, 1000, 34, 6)), EINVAL);     // several datagrams: not known to 6.1
  EXPECT_EQ(error_of(header(1, 2, 1000, 34, 16)), EINVAL);
  EXPECT_EQ(error_of(header(1, 0x80, 1000, 34, 16)), EINVAL);
  EXPECT_EQ(error_of(header(0, 1, 1000, 0, 0)), 0);  // its headers are looked at
  EXPECT_EQ(error_of(header(0, 1, 1000, 0, 0), 3000, IPPROTO_UDP), EINVAL);
  EXPECT_EQ(error_of(header(0, 3, 1000, 0, 0), 3000, IPPROTO_UDP), 0);
  for (const u16 start : {u16{3053}, u16{0xffff}})
    EXPECT_EQ(error_of(header(1, 0, 0, start, 16)), EINVAL) << start;
  EXPECT_EQ(error_of(header(1, 0, 0, 34, 0xffff)), EINVAL);
}

TEST_F(virtio_net, what_is_short_is_not_cut) {
  skb_ptr p = make(1000);
  ASSERT_TRUE(virtio_net_hdr_to_skb(*p, header(1, 1, 1000, 34, 16)));
  EXPECT_FALSE(skb_is_gso(*p));
  EXPECT_EQ(p->summed, ip_summed::partial);
  consume_skb(std::move(p));
}

TEST_F(virtio_net, has_no_word_for_datagrams_in_one) {
  skb_ptr p = make(3000, IPPROTO_UDP);
  skb_gso_set(*p, 1000, 3, SKB_GSO_UDP_L4);
  virtio_net_hdr h;
  EXPECT_FALSE(virtio_net_hdr_from_skb(*p, h));
  consume_skb(std::move(p));
}

}  // namespace
}  // namespace linnet::kit
