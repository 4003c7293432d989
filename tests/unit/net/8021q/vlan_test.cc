// VLAN devices on a device in memory: tags taken out of bursts and put into frames.
#include "net/8021q/vlan.hh"

#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

buffer tag(u16 proto, u16 tci) { return bytes_of(be16(proto)) + bytes_of(be16(tci)); }
buffer tagged(const mac_addr& to, const_bytes tags, u16 proto) {
  return bytes_of(to) + bytes_of(mac(9)) + tags + bytes_of(be16(proto)) + pattern(46);
}

struct vlan : testing::Test {
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1});
  net& n = *w->init_net;
  ref<memory_device> eth = memory_device::add(n, "eth0", 1);
  std::vector<buffer> sent;
  recorder seen;

  vlan() {
    eth->on_send = [this](sk_buff_head&& list) {
      while (skb_ptr p = list.dequeue()) {
        sent.emplace_back(p->payload().begin(), p->payload().end());
        consume_skb(std::move(p));
      }
    };
    EXPECT_TRUE(set_up(n, "eth0"));
    w->cpus[0]->trace = &seen;
  }
  ~vlan() override {
    w->cpus[0]->trace = nullptr;
    unregister_netdevice(*eth);
    eth = {};
    EXPECT_EQ(w->cpus[0]->skbs_live, 0u);
  }

  vlan_dev& add(std::string_view name, const net_device& on, u16 id) {
    message m(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
    m.head(ifinfomsg{}).attr(IFLA_IFNAME, name).attr(IFLA_LINK, on.ifindex);
    const size_t info = m.nest(IFLA_LINKINFO);
    m.attr(IFLA_INFO_KIND, std::string_view("vlan"));
    const size_t data = m.nest(IFLA_INFO_DATA);
    m.attr(IFLA_VLAN_ID, id).end(data).end(info);
    EXPECT_TRUE(netlink_talk(n, m.bytes()));
    EXPECT_TRUE(set_up(n, name));
    world_run_for(*w, ns_per_ms);
    return of_vlan(*dev_get_by_name(n, name));
  }
  void arrive(std::initializer_list<buffer> frames) {
    sk_buff_head burst;
    for (const buffer& f : frames) burst.enqueue(eth->frame(f));
    netif_receive_skb_list(*w->cpus[0], std::move(burst));
  }
};

TEST_F(vlan, sorts_a_burst_by_its_tags) {
  vlan_dev& v5 = add("v5", *eth, 5);
  vlan_dev& v6 = add("v6", *eth, 6);
  vlan_dev& inner = add("v5.7", v5, 7);
  const buffer five = tag(ETH_P_8021Q, 0xa005), six = tag(ETH_P_8021Q, 6);
  vlan_dev_set_ingress_priority(v5, 77, 5);
  arrive({tagged(mac(1), five, 0x88b5), tagged(mac(1), six, 0x88b5), tagged(mac(1), {}, 0x88b5),
          tagged(mac(1), five + tag(ETH_P_8021Q, 7), 0x88b5), tagged(mac_broadcast, five, 0x88b5),
          tagged({1, 0, 0, 0, 0, 1}, six, 0x88b5)});
  EXPECT_EQ(v5.stats.rx_packets, 3u);
  EXPECT_EQ(v5.stats.rx_bytes, 46u + 50 + 46);
  EXPECT_EQ(v6.stats.rx_packets, 2u);
  EXPECT_EQ(v6.stats.multicast, 1u);
  EXPECT_EQ(inner.stats.rx_bytes, 46u);
  EXPECT_EQ(seen.count(skb_drop_reason::UNHANDLED_PROTO), 6u);
}

TEST_F(vlan, drops_what_is_for_no_vlan_here) {
  add("v5", *eth, 5);
  EXPECT_TRUE(add_addr(n, "eth0", ip4(10, 0, 0, 1), 24));
  const buffer ip = ip_packet({.saddr = ip4(10, 0, 0, 2), .daddr = ip4(10, 0, 0, 1)}, pattern(8));
  const auto frame = [&](const buffer& tags) {
    return bytes_of(mac(1)) + bytes_of(mac(9)) + tags + bytes_of(be16(ETH_P_IP)) + ip;
  };
  arrive({frame(tag(ETH_P_8021Q, 9)), frame(tag(ETH_P_8021AD, 5))});
  EXPECT_EQ(seen.count(skb_drop_reason::OTHERHOST), 2u);
  EXPECT_EQ(eth->stats.rx_otherhost_dropped, 2u);
  arrive({frame(tag(ETH_P_8021Q, 0x6000))});  // a priority alone is no VLAN
  EXPECT_EQ(seen.count(tp::ip_local_deliver), 1u);
  EXPECT_TRUE(set_up(n, "v5", false));
  arrive({frame(tag(ETH_P_8021Q, 5))});
  EXPECT_EQ(seen.count(skb_drop_reason::NOT_SPECIFIED), 1u);
  arrive({bytes_of(mac(1)) + bytes_of(mac(9)) + tag(ETH_P_8021Q, 5)});  // nothing behind it
  EXPECT_EQ(seen.count(skb_drop_reason::NOT_SPECIFIED), 2u);
}

TEST_F(vlan, puts_tags_into_frames) {
  vlan_dev& v5 = add("v5", *eth, 5);
  vlan_dev& inner = add("v5.7", v5, 7);
  vlan_dev_set_egress_priority(inner, 3, 6);
  skb_ptr p = alloc_skb(*w->cpus[0], 256);
  skb_reserve(*p, 64);
  skb_put_data(*p, tagged(mac(2), {}, 0x88b5));
  p->priority = 3;
  p->protocol = be16(0x88b5);
  sk_buff_head one;
  one.enqueue(skb_clone(*p));
  one.enqueue(std::move(p));  // a burst that shares its bytes
  dev_queue_xmit(inner, std::move(one));
  const buffer wanted = tagged(mac(2), tag(ETH_P_8021Q, 5) + tag(ETH_P_8021Q, 0xc007), 0x88b5);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0], wanted);
  EXPECT_EQ(sent[1], wanted);
  EXPECT_EQ(inner.stats.tx_bytes, 2 * 60u);
  EXPECT_EQ(v5.stats.tx_bytes, 2 * 64u);
  EXPECT_EQ(eth->stats.tx_bytes, 2 * 68u);
}

TEST_F(vlan, a_tag_taken_out_and_put_back_is_the_same_frame) {
  const buffer frame = tagged(mac(1), tag(ETH_P_8021AD, 0x3123), 0x88b5);
  skb_ptr p = eth->frame(frame);
  ASSERT_TRUE(skb_vlan_untag(*p));
  EXPECT_EQ(p->vlan_tci, 0x3123);
  EXPECT_EQ(p->protocol.host(), 0x88b5);
  skb_push(*p, p->mac_len);
  vlan_hwaccel_push_inside(*p);
  EXPECT_TRUE(std::ranges::equal(p->payload(), frame));
  consume_skb(std::move(p));
}

TEST_F(vlan, goes_with_the_device_below) {
  add("v5", *eth, 5);
  add("v5.7", *dev_get_by_name(n, "v5"), 7);
  unregister_netdevice(*eth);
  EXPECT_EQ(dev_get_by_name(n, "v5"), nullptr);
  EXPECT_EQ(dev_get_by_name(n, "v5.7"), nullptr);
  EXPECT_FALSE(eth->vlan_info);
}

}  // namespace
}  // namespace linnet::kit
