// Tunnels on a device in memory: what bursts look like outside, which tunnel arriving packets are for, and tunnels that
// lead into each other.
#include "net/ipv4/ip_tunnel.hh"

#include "net/ipv4/ip.hh"
#include "net/ipv4/ip_gre.hh"
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

// IFLA_IPTUN_* and IFLA_GRE_*, whose header does not go with <netinet/in.h>.
constexpr u16 iptun_local = 2, iptun_remote = 3, gre_ikey = 4, gre_okey = 5, gre_local = 6,
              gre_remote = 7, gre_iflags = 2, gre_oflags = 3;

struct tunnel : testing::Test {
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1});
  net& n = *w->init_net;
  ref<memory_device> eth = memory_device::add(n, "eth0", 1);
  std::vector<buffer> sent;
  recorder seen;

  tunnel() {
    eth->on_send = [this](sk_buff_head&& list) {
      while (skb_ptr p = list.dequeue()) {
        skb_checksum_help(*p);
        sent.emplace_back(p->payload().begin(), p->payload().end());
        consume_skb(std::move(p));
      }
    };
    EXPECT_TRUE(set_up(n, "eth0"));
    EXPECT_TRUE(add_addr(n, "eth0", ip4(10, 0, 0, 1), 24));
    EXPECT_TRUE(add_neigh(n, "eth0", ip4(10, 0, 0, 2), mac(2)));
    w->cpus[0]->trace = &seen;
  }
  ~tunnel() override {
    w->cpus[0]->trace = nullptr;
    unregister_netdevice(*eth);
    eth = {};
    EXPECT_EQ(w->cpus[0]->skbs_live, 0u);
  }

  ip_tunnel& up(std::string_view name) {
    EXPECT_TRUE(set_up(n, name));
    return tunnel_of(*dev_get_by_name(n, name));
  }
  ip_tunnel& ipip(std::string_view name, be32 local, be32 remote) {
    message m(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
    m.head(ifinfomsg{}).attr(IFLA_IFNAME, name);
    const size_t info = m.nest(IFLA_LINKINFO);
    m.attr(IFLA_INFO_KIND, std::string_view("ipip"));
    const size_t data = m.nest(IFLA_INFO_DATA);
    m.addr(iptun_local, local).addr(iptun_remote, remote).end(data).end(info);
    EXPECT_TRUE(netlink_talk(n, m.bytes()));
    return up(name);
  }
  ip_tunnel& gre(std::string_view name, u32 key, be32 remote) {
    message m(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
    m.head(ifinfomsg{}).attr(IFLA_IFNAME, name);
    const size_t info = m.nest(IFLA_LINKINFO);
    m.attr(IFLA_INFO_KIND, std::string_view("gre"));
    const size_t data = m.nest(IFLA_INFO_DATA);
    m.addr(gre_local, ip4(10, 0, 0, 1)).addr(gre_remote, remote);
    if (key) {
      const be16 flags(gre_key);
      m.attr(gre_iflags, &flags, 2).attr(gre_oflags, &flags, 2);
      m.addr(gre_ikey, be32(key)).addr(gre_okey, be32(key));
    }
    m.end(data).end(info);
    EXPECT_TRUE(netlink_talk(n, m.bytes()));
    return up(name);
  }
  void arrive(u8 protocol, const_bytes inside) {
    eth->receive(ether(
        mac(1), mac(2), ETH_P_IP,
        ip_packet({.saddr = ip4(10, 0, 0, 2), .daddr = ip4(10, 0, 0, 1), .protocol = protocol},
                  inside)));
    world_poll(*w);
  }
  skb_ptr packet(const_bytes ip) {
    skb_ptr p = alloc_skb(*w->cpus[0], 2048);
    skb_reserve(*p, 128);
    skb_put_data(*p, ip);
    p->reset_network_header();
    p->protocol = be16(ETH_P_IP);
    return p;
  }
};

const ip_args inner_args = {
    .saddr = ip4(192, 168, 0, 1), .daddr = ip4(192, 168, 0, 2), .ttl = 33, .tos = 3};

TEST_F(tunnel, a_burst_gets_the_outer_header) {
  ip_tunnel& t = ipip("t0", ip4(10, 0, 0, 1), ip4(10, 0, 0, 2));
  const buffer inner = ip_packet(inner_args, pattern(40));
  sk_buff_head burst;
  for (int i = 0; i < 3; ++i) burst.enqueue(packet(inner));
  dev_queue_xmit(t, std::move(burst));
  ASSERT_EQ(sent.size(), 3u);
  const auto& outer = *reinterpret_cast<const iphdr*>(sent[2].data() + ETH_HLEN);
  EXPECT_EQ(outer.protocol, IPPROTO_IPIP);
  EXPECT_EQ(outer.ttl, 33);
  EXPECT_EQ(outer.tos, 2);  // marked inside is not marked again outside
  EXPECT_EQ(outer.frag_off.host(), ip_df);
  EXPECT_TRUE(std::ranges::equal(std::span(sent[2]).subspan(ETH_HLEN + sizeof(iphdr)), inner));
  EXPECT_EQ(t.stats.tx_packets, 3u);
  EXPECT_EQ(t.stats.tx_bytes, 3 * 60u);
}

TEST_F(tunnel, keys_tell_tunnels_apart) {
  ip_tunnel &plain = gre("g0", 0, ip4(10, 0, 0, 2)), &five = gre("g5", 5, ip4(10, 0, 0, 2)),
            &any = gre("g6", 6, be32());
  const buffer inner = ip_packet(inner_args, pattern(40));
  const auto with = [&](u16 flags, buffer options) {
    return bytes_of(be16(flags)) + bytes_of(be16(ETH_P_IP)) + options + inner;
  };
  arrive(IPPROTO_GRE, with(0, {}));
  arrive(IPPROTO_GRE, with(gre_key, octets({0, 0, 0, 5})));
  arrive(IPPROTO_GRE, with(gre_key, octets({0, 0, 0, 6})));
  EXPECT_EQ(plain.stats.rx_packets, 1u);
  EXPECT_EQ(five.stats.rx_packets, 1u);
  EXPECT_EQ(any.stats.rx_packets, 1u);
  sent.clear();
  arrive(IPPROTO_GRE, with(gre_key, octets({0, 0, 0, 7})));
  EXPECT_EQ(sent.size(), 1u);  // nobody's: an ICMP error
  sent.clear();
  arrive(IPPROTO_GRE, with(gre_routing, {}));
  arrive(IPPROTO_GRE, with(gre_csum, octets({1, 2, 0, 0})));  // wrongly summed
  arrive(IPPROTO_GRE, octets({0x20, 0, 8, 0, 0, 0}));
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(plain.stats.rx_packets + five.stats.rx_packets + any.stats.rx_packets, 3u);
}

TEST_F(tunnel, the_mark_of_congestion_goes_on_inside) {
  ip_tunnel& t = ipip("t0", ip4(10, 0, 0, 1), ip4(10, 0, 0, 2));
  const auto arrives = [&](u8 outer_tos, u8 inner_tos) {
    ip_args a = inner_args;
    a.tos = inner_tos;
    const ip_args o = {.saddr = ip4(10, 0, 0, 2),
                       .daddr = ip4(10, 0, 0, 1),
                       .protocol = IPPROTO_IPIP,
                       .tos = outer_tos};
    eth->receive(ether(mac(1), mac(2), ETH_P_IP, ip_packet(o, ip_packet(a, pattern(20)))));
    world_poll(*w);
  };
  arrives(3, 2);
  EXPECT_EQ(ipv4_of(n).mib.ip[IPSTATS_MIB_CEPKTS], 2u);  // outside and inside
  arrives(3, 0);
  EXPECT_EQ(t.stats.rx_frame_errors, 1u);
  EXPECT_EQ(t.stats.rx_packets, 1u);
}

TEST_F(tunnel, tunnels_into_each_other_end) {
  ip_tunnel& a = ipip("a", be32(), ip4(11, 0, 0, 1));
  ip_tunnel& b = ipip("b", be32(), ip4(12, 0, 0, 1));
  EXPECT_TRUE(add_addr(n, "a", ip4(12, 0, 0, 9), 24));
  EXPECT_TRUE(add_addr(n, "b", ip4(11, 0, 0, 9), 24));
  sk_buff_head one;
  one.enqueue(packet(ip_packet(inner_args, pattern(40))));
  dev_queue_xmit(a, std::move(one));
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(a.stats.tx_dropped + b.stats.tx_dropped, 1u);
}

TEST_F(tunnel, goes_with_its_namespace_wherever_its_device_is) {
  net& other = net_create(*w, *w->cpus[0]);
  net& third = net_create(*w, *w->cpus[0]);
  ipip_load(*w);
  EXPECT_NE(dev_get_by_name(other, "tunl0"), nullptr);
  const int fallback = dev_get_by_name(other, "tunl0")->ifindex;
  message m(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
  m.head(ifinfomsg{}).attr(IFLA_IFNAME, std::string_view("t0"));
  const size_t info = m.nest(IFLA_LINKINFO);
  m.attr(IFLA_INFO_KIND, std::string_view("ipip"));
  const size_t data = m.nest(IFLA_INFO_DATA);
  m.addr(iptun_remote, ip4(10, 0, 0, 2)).end(data).end(info);
  EXPECT_TRUE(netlink_talk(other, m.bytes()));
  EXPECT_TRUE(dev_change_net_namespace(*dev_get_by_name(other, "t0"), third, ""));
  EXPECT_NE(dev_get_by_name(third, "t0"), nullptr);
  ip_tunnel_dellink(*dev_get_by_index(other, fallback));
  EXPECT_NE(dev_get_by_index(other, fallback), nullptr);  // it stays
  net_put_user(other);
  EXPECT_EQ(dev_get_by_name(third, "t0"), nullptr);
  net_put_user(third);
}

}  // namespace
}  // namespace linnet::kit
