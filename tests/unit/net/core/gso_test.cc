// What GSO cuts, GRO joins again: a table of encapsulations, lengths and flags, each segment checked by itself.
#include "net/core/gso.hh"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "base/checksum.hh"
#include "net/core/dev.hh"
#include "net/core/gro.hh"
#include "tests/support/net_kit.hh"
#include "wire/ip.hh"
#include "wire/tcp.hh"

namespace linnet::kit {
namespace {

constexpr u16 first_id = 0xfffe;  // so that it wraps around
constexpr u32 first_seq = 0xfffffff0;

enum class around : u8 { nothing, ipip, gre, gre_csum_key, gretap };

struct shape {
  around outside;
  u32 payload, mss, options;
  u8 flags;
};

std::byte at_offset(u32 i) { return static_cast<std::byte>(i * 7 + (i >> 8)); }

iphdr& push_ip(sk_buff& s, u8 protocol) {
  auto& ip = *reinterpret_cast<iphdr*>(skb_push(s, sizeof(iphdr)));
  ip = {};
  ip.set_version_ihl(4, 5);
  ip.tot_len = static_cast<u16>(s.len());
  ip.id = first_id;
  ip.frag_off = ip_df;
  ip.ttl = 64;
  ip.protocol = protocol;
  ip.saddr = ip4(10, 0, 0, 1);
  ip.daddr = ip4(10, 0, 0, 2);
  ip.check = ip_fast_csum(&ip, 5);
  s.reset_network_header();
  return ip;
}

void push_gre(sk_buff& s, u16 flags, u16 proto) {
  const u32 n = 4 + (flags & 0x8000 ? 4 : 0) + (flags & 0x2000 ? 4 : 0);
  auto* words = reinterpret_cast<be16*>(skb_push(s, n));
  std::memset(static_cast<void*>(words), 0, n);
  words[0] = flags;
  words[1] = proto;
}

void push_ethernet(sk_buff& s) {
  auto* p = skb_push(s, ETH_HLEN);
  std::memset(p, 2, 12);
  const be16 type(ETH_P_IP);
  std::memcpy(p + 12, &type, 2);
  s.reset_mac_header();
}

// A packet as TCP hands it down, from the Ethernet header on.
skb_ptr make_large(cpu& c, const shape& f) {
  skb_ptr p = alloc_skb(c, 256 + f.payload);
  skb_reserve(*p, 256);
  std::byte* data = skb_put(*p, f.payload);
  for (u32 i = 0; i < f.payload; ++i) data[i] = at_offset(i);
  auto* options = skb_push(*p, f.options);
  std::memset(options, TCPOPT_NOP, f.options);
  auto& th = *reinterpret_cast<tcphdr*>(skb_push(*p, sizeof(tcphdr)));
  th = {};
  th.source = u16{1000};
  th.dest = u16{2000};
  th.seq = first_seq;
  th.ack_seq = u32{77};
  th.set_header_len(static_cast<u32>(sizeof th) + f.options);
  th.flags = f.flags;
  th.window = u16{500};
  const u32 len = p->len();
  th.check =
      ~csum_fold(csum_tcpudp_nofold(ip4(10, 0, 0, 1), ip4(10, 0, 0, 2), len, IPPROTO_TCP, 0));
  p->reset_transport_header();
  p->csum_start = p->transport_header;
  p->csum_offset = offsetof(tcphdr, check);
  p->summed = ip_summed::partial;
  push_ip(*p, IPPROTO_TCP);
  if (f.outside == around::gretap) push_ethernet(*p);
  switch (f.outside) {
    case around::nothing: break;
    case around::ipip: push_ip(*p, IPPROTO_IPIP); break;
    case around::gre: push_gre(*p, 0, ETH_P_IP); break;
    case around::gre_csum_key: push_gre(*p, 0xa000, ETH_P_IP); break;
    case around::gretap: push_gre(*p, 0, ETH_P_TEB); break;
  }
  if (f.outside != around::nothing && f.outside != around::ipip) push_ip(*p, IPPROTO_GRE);
  push_ethernet(*p);
  p->protocol = ETH_P_IP;
  skb_gso_set(*p, static_cast<u16>(f.mss), static_cast<u16>((f.payload + f.mss - 1) / f.mss),
              SKB_GSO_TCPV4);
  return p;
}

// Each IPv4 header must be right by itself; returns where TCP's is.
u32 check_headers(const sk_buff& s, u32 index, around outside) {
  u32 at = ETH_HLEN;
  for (;;) {
    const auto& ip = *skb_header<iphdr>(s, at);
    EXPECT_EQ(ip_fast_csum(&ip, 5).raw(), 0);
    EXPECT_EQ(ip.tot_len.host(), s.len() - at);
    EXPECT_EQ(ip.id.host(), static_cast<u16>(first_id + index));
    at += sizeof(iphdr);
    if (ip.protocol == IPPROTO_TCP) return at;
    if (ip.protocol != IPPROTO_GRE) continue;
    if (outside == around::gre_csum_key) {
      EXPECT_EQ(csum_fold(csum_partial(s.data + at, s.len() - at, 0)).raw(), 0) << "GRE's checksum";
      at += 8;
    }
    at += 4 + (outside == around::gretap ? u32{ETH_HLEN} : 0);
  }
}

class Gso : public testing::TestWithParam<shape> {
 protected:
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 3});
  cpu& c = *w->cpus[0];
  ~Gso() override { EXPECT_EQ(c.skbs_live, 0u); }
};

TEST_P(Gso, CutsIntoRightSegments) {
  const shape& f = GetParam();
  skb_ptr p = make_large(c, f);
  const u32 headers = p->len() - f.payload;
  EXPECT_EQ(skb_gso_network_seglen(*p), headers - ETH_HLEN + f.mss);
  sk_buff_head out;
  ASSERT_TRUE(skb_gso_segment(*p, out));
  EXPECT_EQ(out.qlen(), skb_gso_segs(*p));
  consume_skb(std::move(p));
  u32 offset = 0, index = 0;
  while (skb_ptr s = out.dequeue()) {
    SCOPED_TRACE("segment " + std::to_string(index));
    const bool last = out.empty();
    const u32 len = s->len() - headers;
    EXPECT_EQ(len, last ? f.payload - offset : f.mss);
    EXPECT_FALSE(skb_is_gso(*s));
    EXPECT_TRUE(skb_checksum_help(*s));
    const u32 tcp = check_headers(*s, index, f.outside);
    const auto& th = *skb_header<tcphdr>(*s, tcp);
    EXPECT_EQ(th.seq.host(), first_seq + offset);
    EXPECT_EQ(th.flags & (TCPHDR_FIN | TCPHDR_PSH), last ? f.flags & (TCPHDR_FIN | TCPHDR_PSH) : 0);
    EXPECT_EQ(th.flags & TCPHDR_CWR, index ? 0 : f.flags & TCPHDR_CWR);
    const u32 pseudo =
        csum_tcpudp_nofold(ip4(10, 0, 0, 1), ip4(10, 0, 0, 2), s->len() - tcp, IPPROTO_TCP, 0);
    EXPECT_EQ(csum_fold(csum_partial(&th, s->len() - tcp, pseudo)).raw(), 0);
    bool same = true;
    for (u32 i = 0; i < len; ++i) same &= s->data[headers + i] == at_offset(offset + i);
    EXPECT_TRUE(same);
    offset += len;
    ++index;
    consume_skb(std::move(s));
  }
  EXPECT_EQ(offset, f.payload);
}

constexpr u8 ack = TCPHDR_ACK;
INSTANTIATE_TEST_SUITE_P(
    Table, Gso,
    testing::Values(shape{around::nothing, 2896, 1448, 12, ack},
                    shape{around::nothing, 2897, 1448, 12, ack | TCPHDR_PSH},
                    shape{around::nothing, 65160, 1448, 12, ack | TCPHDR_PSH | TCPHDR_FIN},
                    shape{around::nothing, 65000, 536, 0, ack | TCPHDR_CWR | TCPHDR_ECE},
                    shape{around::nothing, 3, 1, 40, ack | TCPHDR_PSH},
                    shape{around::ipip, 20000, 1428, 12, ack | TCPHDR_PSH},
                    shape{around::gre, 20000, 1424, 12, ack | TCPHDR_CWR},
                    shape{around::gre_csum_key, 20001, 1416, 12, ack | TCPHDR_FIN},
                    shape{around::gretap, 9999, 1400, 0, ack}));

TEST_F(Gso, RefusesWhatItDoesNotUnderstand) {
  skb_ptr p = make_large(c, {around::nothing, 3000, 1448, 0, ack});
  sk_buff_head out;
  p->csum_start = static_cast<u16>(p->csum_start + 2);
  EXPECT_FALSE(skb_gso_segment(*p, out));
  p->csum_start = static_cast<u16>(p->csum_start - 2);
  p->summed = ip_summed::none;
  EXPECT_FALSE(skb_gso_segment(*p, out));
  p->summed = ip_summed::partial;
  skb_shinfo(*p).gso_size = 0;
  EXPECT_FALSE(skb_gso_segment(*p, out));
  EXPECT_TRUE(out.empty());
  consume_skb(std::move(p));
}

// A segment's sum of zero is sent as it is: 0xffff says "zero" only for UDP.
TEST(GsoDevice, SumsWhatTheDeviceDoesNot) {
  const auto w = boot_world({.virtual_time = true, .seed = 3});
  const auto dev = memory_device::add(*w->init_net, "eth0", 1);
  ASSERT_TRUE(set_up(*w->init_net, "eth0"));
  dev->features &= ~u64{NETIF_F_HW_CSUM};
  const shape large{around::nothing, 2000, 1000, 0, ack};
  u16 sum = 0;  // of the second segment
  dev->on_send = [&](sk_buff_head&& list) {
    while (skb_ptr p = list.dequeue()) {
      EXPECT_EQ(p->len(), 1000u + 54);
      EXPECT_EQ(p->summed, ip_summed::none);
      sum = skb_header<tcphdr>(*p, ETH_HLEN + sizeof(iphdr))->check.host();
      consume_skb(std::move(p));
    }
  };
  const auto send = [&](u16 more) {
    skb_ptr p = make_large(*w->cpus[0], large);
    p->dev = dev.get();
    be16 word;
    std::byte* at = p->data + 54 + 1000;
    std::memcpy(&word, at, sizeof word);
    word = static_cast<u16>((word.host() + more) % 0xffff);
    std::memcpy(at, &word, sizeof word);
    sk_buff_head list;
    list.enqueue(std::move(p));
    dev_queue_xmit(*dev, std::move(list));
  };
  send(0);
  ASSERT_NE(sum, 0);
  send(sum);
  EXPECT_EQ(sum, 0);
}

// ---- joining

struct joined {
  u32 len = 0, segs = 0;
  u8 flags = 0;
};

// A device whose packets go through GRO, and what came out, seen by a tap.
struct gro_port {
  gro_port() : w(boot_world({.virtual_time = true, .seed = 3})), n(*w->init_net) {
    dev = memory_device::add(n, "eth0", 1);
    EXPECT_TRUE(set_up(n, "eth0"));
    tap.port = this;
    tap.type = ETH_P_IP;
    tap.func = [](packet_tap& t, const sk_buff& s, net_device&, const net_device&) {
      const auto& th = *skb_header<tcphdr>(s, sizeof(iphdr));
      static_cast<watcher&>(t).port->seen.push_back(
          {.len = s.len() - static_cast<u32>(sizeof(iphdr)) - th.header_len(),
           .segs = skb_gso_segs(s),
           .flags = th.flags});
    };
    dev_add_tap(n, tap);
  }
  ~gro_port() {
    dev_remove_tap(n, tap);
    dev = {};
    w.reset();
  }
  cpu& c() { return *w->cpus[0]; }
  // The segments of a large packet, changed by `f`, one after the other.
  template <class F>
  void feed(const shape& s, F&& f) {
    skb_ptr p = make_large(c(), s);
    sk_buff_head out;
    EXPECT_TRUE(skb_gso_segment(*p, out));
    consume_skb(std::move(p));
    for (u32 index = 0; skb_ptr x = out.dequeue(); ++index) {
      skb_checksum_help(*x);
      x->dev = dev.get();
      x->reset_mac_header();
      skb_pull(*x, ETH_HLEN);
      x->reset_network_header();
      x->summed = ip_summed::unnecessary;
      f(*x, index);
      gro.receive(c(), std::move(x));
    }
    gro.flush(c(), false);
    gro.deliver(c());
  }
  void feed(const shape& s) {
    feed(s, [](sk_buff&, u32) {});
  }

  std::unique_ptr<world> w;
  net& n;
  ref<memory_device> dev;
  napi_gro gro;
  struct watcher : packet_tap {
    gro_port* port = nullptr;
  } tap;
  std::vector<joined> seen;
};

tcphdr& tcp_of_segment(sk_buff& s) { return *skb_header<tcphdr>(s, sizeof(iphdr)); }
iphdr& ip_of_segment(sk_buff& s) { return *skb_header<iphdr>(s); }
void sum_again(sk_buff& s) {
  ip_of_segment(s).check = be16();
  ip_of_segment(s).check = ip_fast_csum(s.data, 5);
}

TEST(Gro, JoinsWhatGsoCut) {
  gro_port g;
  g.feed({around::nothing, 20000, 1448, 12, ack | TCPHDR_PSH});
  ASSERT_EQ(g.seen.size(), 1u);
  EXPECT_EQ(g.seen[0].len, 20000u);
  EXPECT_EQ(g.seen[0].segs, 14u);
  EXPECT_EQ(g.seen[0].flags, ack | TCPHDR_PSH);
}

TEST(Gro, StopsAtSixtyFourKilobytes) {
  gro_port g;
  g.dev->gro_max_size = 10000;
  g.feed({around::nothing, 20000, 1448, 12, ack | TCPHDR_PSH});
  ASSERT_EQ(g.seen.size(), 3u);
  EXPECT_EQ(g.seen[0].segs, 6u);  // 52 + 7 * 1448 would be more
  EXPECT_EQ(g.seen[0].len + g.seen[1].len + g.seen[2].len, 20000u);
}

TEST(Gro, WhatDiffersStartsAnew) {
  const auto packets = [](auto&& change) {
    gro_port g;
    g.feed({around::nothing, 4 * 1000, 1000, 12, ack}, change);
    return g.seen.size();
  };
  EXPECT_EQ(packets([](sk_buff&, u32) {}), 1u);
  EXPECT_EQ(packets([](sk_buff& s, u32 i) { tcp_of_segment(s).ack_seq = i / 2; }), 2u);
  EXPECT_EQ(packets([](sk_buff& s, u32 i) { tcp_of_segment(s).window = u16(100 + i / 2); }), 2u);
  EXPECT_EQ(packets([](sk_buff& s, u32 i) {
              if (i == 1) tcp_of_segment(s).flags |= TCPHDR_URG;
            }),
            3u);  // 0, 1 and the rest
  EXPECT_EQ(packets([](sk_buff& s, u32 i) {
              if (i == 2) tcp_of_segment(s).flags |= TCPHDR_CWR;
            }),
            2u);  // 0 1, and 2 3: the mark is for the first of a packet
  EXPECT_EQ(packets([](sk_buff& s, u32 i) {
              ip_of_segment(s).ttl = i < 3 ? u8{64} : u8{63};
              sum_again(s);
            }),
            2u);
  EXPECT_EQ(packets([](sk_buff& s, u32 i) {
              ip_of_segment(s).id = i < 2 ? u16(i) : u16(100 + i);
              sum_again(s);
            }),
            2u);
  EXPECT_EQ(packets([](sk_buff& s, u32) {
              ip_of_segment(s).id = u16{9};  // all the same with DF: nobody will cut them again
              sum_again(s);
            }),
            1u);
  EXPECT_EQ(packets([](sk_buff& s, u32 i) {
              if (i >= 2) std::memset(s.data + sizeof(iphdr) + sizeof(tcphdr), TCPOPT_EOL, 1);
            }),
            2u);
  EXPECT_EQ(packets([](sk_buff& s, u32) {
              ip_of_segment(s).frag_off = u16{0x2000};
              sum_again(s);
            }),
            4u);
}

TEST(Gro, HoldsNoMoreThanItMayAndLetsGoByAge) {
  gro_port g;
  skb_ptr p = make_large(g.c(), {around::nothing, 1000, 1000, 0, ack});
  skb_checksum_help(*p);
  skb_gso_reset(*p);
  p->dev = g.dev.get();
  skb_pull(*p, ETH_HLEN);
  p->reset_network_header();
  p->summed = ip_summed::unnecessary;
  g.gro.receive(g.c(), std::move(p));
  EXPECT_TRUE(g.gro.holds());
  g.gro.flush(g.c(), true);
  EXPECT_TRUE(g.gro.holds()) << "it came in this tick";
  world_run_for(*g.w, 5 * ns_per_ms);
  g.gro.flush(g.c(), true);
  EXPECT_FALSE(g.gro.holds());
  g.gro.deliver(g.c());
  ASSERT_EQ(g.seen.size(), 1u);
  EXPECT_EQ(g.seen[0].segs, 1u);
}

}  // namespace
}  // namespace linnet::kit
