// Datagrams in one: what is cut is what was put together, whoever asks for it; datagrams of a stranger become fragments.
#include <gtest/gtest.h>

#include "net/core/gro.hh"
#include "net/core/gso.hh"
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

const be32 here = ip4(10, 0, 0, 1), there = ip4(10, 0, 0, 2);

// A datagram as it goes to a device, with its checksum undone.
skb_ptr make_datagram(cpu& c, size_t payload, u16 id = 0xfffe, u16 frag = ip_df) {
  const buffer frame = ether(
      mac(1), mac(2), ETH_P_IP,
      ip_packet(
          {.saddr = there, .daddr = here, .protocol = IPPROTO_UDP, .id = id, .frag_off = frag},
          udp_datagram(there, here, 1000, 2000, pattern(payload))));
  skb_ptr p = alloc_skb(c, 256 + static_cast<u32>(frame.size()));
  skb_reserve(*p, 256);
  skb_put_data(*p, frame);
  p->protocol = ETH_P_IP;
  p->reset_mac_header();
  p->network_header = static_cast<u16>(p->mac_header + ETH_HLEN);
  p->transport_header = static_cast<u16>(p->network_header + sizeof(iphdr));
  p->summed = ip_summed::partial;
  p->csum_start = p->transport_header;
  p->csum_offset = offsetof(udphdr, check);
  return p;
}
skb_ptr make_unit(cpu& c, size_t payload, u16 size) {
  skb_ptr p = make_datagram(c, payload);
  skb_gso_set(*p, size, static_cast<u16>((payload + size - 1) / size), SKB_GSO_UDP_L4);
  return p;
}

udphdr& udp_of(sk_buff& s) { return *skb_header<udphdr>(s, ETH_HLEN + sizeof(iphdr)); }

bool sum_is_good(sk_buff& s) {
  const u32 at = ETH_HLEN + sizeof(iphdr), n = s.len() - at;
  const u32 pseudo = csum_tcpudp_nofold(there, here, n, IPPROTO_UDP, 0);
  return csum_fold(csum_partial(s.data + at, n, pseudo)).raw() == 0;
}

struct udp_offload : testing::Test {
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 3});
  cpu& c = *w->cpus[0];
  ~udp_offload() override { EXPECT_EQ(c.skbs_live, 0u); }
};

TEST_F(udp_offload, is_cut_into_right_datagrams) {
  for (const auto& [payload, size] :
       {std::pair<size_t, u16>{2500, 1000}, {2000, 1000}, {64, 1}, {65000, 1472}}) {
    skb_ptr p = make_unit(c, payload, size);
    EXPECT_EQ(skb_gso_network_seglen(*p), 28u + size);
    sk_buff_head out;
    ASSERT_TRUE(skb_gso_segment(*p, out));
    EXPECT_EQ(out.qlen(), skb_gso_segs(*p));
    consume_skb(std::move(p));
    const buffer whole = pattern(payload);
    size_t offset = 0;
    for (u16 index = 0; skb_ptr s = out.dequeue(); ++index) {
      const size_t n = std::min<size_t>(size, payload - offset);
      ASSERT_EQ(s->len(), 42 + n);
      EXPECT_EQ(udp_of(*s).len.host(), 8 + n);
      const auto& ip = *skb_header<iphdr>(*s, ETH_HLEN);
      EXPECT_EQ(ip.id.host(), static_cast<u16>(0xfffe + index));
      EXPECT_EQ(ip.tot_len.host(), 28 + n);
      EXPECT_EQ(ip_fast_csum(&ip, 5).raw(), 0);
      EXPECT_TRUE(skb_checksum_help(*s));
      EXPECT_TRUE(sum_is_good(*s));
      EXPECT_EQ(std::memcmp(s->data + 42, whole.data() + offset, n), 0);
      offset += n;
      consume_skb(std::move(s));
    }
    EXPECT_EQ(offset, payload);
  }
}

// What a program says is to become fragments is summed up first; they give the datagram again.
TEST_F(udp_offload, a_datagram_becomes_fragments) {
  skb_ptr p = make_datagram(c, 3000);
  skb_gso_set(*p, 1480, 0, SKB_GSO_UDP | SKB_GSO_DODGY);
  ASSERT_TRUE(skb_gso_check(*p));
  EXPECT_EQ(skb_gso_segs(*p), 3u);
  sk_buff_head out;
  ASSERT_TRUE(skb_gso_segment(*p, out));
  consume_skb(std::move(p));
  buffer again;
  while (skb_ptr s = out.dequeue()) {
    const auto& ip = *skb_header<iphdr>(*s, ETH_HLEN);
    EXPECT_EQ(ip.frag_off.host(), again.size() / 8 | (out.empty() ? 0u : unsigned{ip_mf}));
    EXPECT_EQ(ip.id.host(), 0xfffe);
    const auto data = const_bytes(s->payload()).subspan(34);
    again.insert(again.end(), data.begin(), data.end());
    consume_skb(std::move(s));
  }
  ASSERT_EQ(again.size(), 3008u);
  const u32 pseudo = csum_tcpudp_nofold(there, here, 3008, IPPROTO_UDP, 0);
  EXPECT_EQ(csum_fold(csum_partial(again.data(), again.size(), pseudo)).raw(), 0);
}

TEST_F(udp_offload, what_a_stranger_says_is_looked_at) {
  const auto passes = [&](auto&& change) {
    skb_ptr p = make_datagram(c, 3000);
    skb_gso_set(*p, 1480, 0, SKB_GSO_UDP | SKB_GSO_DODGY);
    change(*p);
    const bool ok = skb_gso_check(*p);
    consume_skb(std::move(p));
    return ok;
  };
  EXPECT_TRUE(passes([](sk_buff&) {}));
  EXPECT_TRUE(passes([](sk_buff& s) { s.summed = ip_summed::none; }));
  EXPECT_FALSE(passes([](sk_buff& s) { s.csum_start = static_cast<u16>(s.csum_start + 2); }));
  EXPECT_FALSE(passes([](sk_buff& s) { s.protocol = ETH_P_ARP; }));
  EXPECT_FALSE(passes([](sk_buff& s) { s.data[14] = std::byte{0x41}; }));
  EXPECT_FALSE(passes([](sk_buff& s) { s.data[23] = std::byte{IPPROTO_TCP}; }));
  EXPECT_FALSE(passes([](sk_buff& s) { skb_shinfo(s).gso_type = SKB_GSO_TCPV4 | SKB_GSO_DODGY; }));
  EXPECT_FALSE(passes([](sk_buff& s) { skb_shinfo(s).gso_size = 4000; }));
  EXPECT_FALSE(passes([](sk_buff& s) { skb_trim(s, 40); }));
}

// A node whose device puts datagrams together, and how a reader gets them.
struct joining_node : wire_node {
  memory_device& eth0 = add_device(here, 24);
  napi_gro gro;
  socket_ptr reader = open_socket(n, AF_INET, SOCK_DGRAM, 0);
  joining_node() { EXPECT_TRUE(sock_bind(*reader, sockaddr_of(here, 2000))); }
  void TearDown() override {
    reader.reset();
    wire_node::TearDown();
  }

  void want(bool on) {
    EXPECT_TRUE(sock_setsockopt(*reader, IPPROTO_UDP, UDP_GRO_, bytes_of(int{on})));
  }
  void feed(std::initializer_list<size_t> lengths) {
    u16 id = 1;
    for (const size_t length : lengths) {
      skb_ptr p = make_datagram(n.c, length, id++);
      p->summed = ip_summed::none;  // it is whole
      p->dev = &eth0;
      skb_pull(*p, ETH_HLEN);
      gro.receive(n.c, std::move(p));
    }
    gro.flush(n.c, false);
    gro.deliver(n.c);
  }
  // Lengths of what is read, and what control messages say of one datagram's length (0: nothing).
  std::vector<std::pair<size_t, int>> read() {
    std::vector<std::pair<size_t, int>> all;
    for (;;) {
      buffer b(70000);
      msg_in m{.data = b};
      const auto r = sock_recvmsg(*reader, m, 0);
      if (!r) return all;
      int size = 0;
      if (m.control.size() >= 20) std::memcpy(&size, m.control.data() + 16, sizeof size);
      all.emplace_back(*r, size);
    }
  }
  static constexpr int UDP_GRO_ = 104;
};
using lengths = std::vector<std::pair<size_t, int>>;

TEST_F(joining_node, joins_for_who_reads_them_in_one) {
  feed({100, 100, 100});
  EXPECT_EQ(read(), (lengths{{100, 0}, {100, 0}, {100, 0}}));
  want(true);
  feed({100, 100, 50, 50});
  EXPECT_EQ(read(), (lengths{{250, 100}, {50, 0}}));
  feed({50, 100, 100});
  EXPECT_EQ(read(), (lengths{{50, 0}, {200, 100}}));
  want(false);
  feed({100, 100});
  EXPECT_EQ(read(), (lengths{{100, 0}, {100, 0}}));
}

TEST_F(joining_node, a_device_joins_for_itself_and_readers_see_nothing_of_it) {
  eth0.features |= NETIF_F_GRO_FRAGLIST;
  feed({100, 100, 50});
  EXPECT_EQ(read(), (lengths{{100, 0}, {100, 0}, {50, 0}}));
  want(true);
  feed({100, 100});
  EXPECT_EQ(read(), (lengths{{200, 100}}));
  eth0.features &= ~u64{NETIF_F_GRO_FRAGLIST};
  eth0.features |= NETIF_F_GRO_UDP_FWD;
  want(false);
  feed({100, 100});
  EXPECT_EQ(read(), (lengths{{100, 0}, {100, 0}}));
}

TEST_F(joining_node, no_more_than_64_and_64_KiB) {
  want(true);
  std::initializer_list<size_t> ten = {10, 10, 10, 10, 10, 10, 10, 10, 10, 10};
  u16 id = 1;
  for (int i = 0; i < 7; ++i)
    for (const size_t length : ten) {
      skb_ptr p = make_datagram(n.c, length, id++);
      p->dev = &eth0;
      skb_pull(*p, ETH_HLEN);
      gro.receive(n.c, std::move(p));
    }
  gro.flush(n.c, false);
  gro.deliver(n.c);
  EXPECT_EQ(read(), (lengths{{640, 10}, {60, 10}}));
}

}  // namespace
}  // namespace linnet::kit
