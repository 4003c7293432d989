// VRFs and rules by port, with devices in memory: which table a packet is looked up in, and which way bursts go.
#include <linux/fib_rules.h>

#include "net/core/l3mdev.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/inetdevice.hh"
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

struct vrf : testing::Test {
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1});
  net& n = *w->init_net;
  std::vector<ref<memory_device>> eth;
  std::vector<size_t> sent = std::vector<size_t>(3);
  recorder seen;

  // Three devices: eth0 10.0.0.1, eth1 10.0.1.1, eth2 10.0.2.1, with a neighbour .2 on each.
  vrf() {
    for (u8 i = 0; i < 3; ++i) {
      const std::string name = "eth" + std::to_string(i);
      eth.push_back(memory_device::add(n, name, static_cast<u8>(i + 1)));
      eth[i]->on_send = [this, i](sk_buff_head&& list) {
        sent[i] += list.qlen();
        list.purge(skb_drop_reason::consumed);
      };
      EXPECT_TRUE(set_up(n, name));
      EXPECT_TRUE(add_addr(n, name, ip4(10, 0, i, 1), 24));
    }
    for (auto* conf : {&ipv4_of(n).devconf_all, &ipv4_of(n).devconf_dflt})
      conf->set(IPV4_DEVCONF_FORWARDING, 1);
    for (auto& d : eth) d->ip_ptr->cnf.set(IPV4_DEVCONF_FORWARDING, 1);
    w->cpus[0]->trace = &seen;
  }
  ~vrf() override {
    w->cpus[0]->trace = nullptr;
    for (auto& d : eth) unregister_netdevice(*d);
    eth.clear();
    EXPECT_EQ(w->cpus[0]->skbs_live, 0u);
  }

  net_device& add_vrf(std::string_view name, u32 table) {
    message m(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
    m.head(ifinfomsg{}).attr(IFLA_IFNAME, name);
    const size_t info = m.nest(IFLA_LINKINFO);
    m.attr(IFLA_INFO_KIND, std::string_view("vrf"));
    const size_t data = m.nest(IFLA_INFO_DATA);
    m.attr(IFLA_VRF_TABLE, table).end(data).end(info);
    EXPECT_TRUE(netlink_talk(n, m.bytes()));
    EXPECT_TRUE(set_up(n, name));
    return *dev_get_by_name(n, name);
  }
  void enslave(size_t i, int master) {
    ifinfomsg ifm{};
    ifm.ifi_index = eth[i]->ifindex;
    message m(RTM_NEWLINK, NLM_F_ACK);
    m.head(ifm).attr(IFLA_MASTER, master);
    EXPECT_TRUE(netlink_talk(n, m.bytes()));
  }
  void neighbours() {
    for (u8 i = 0; i < 3; ++i)
      EXPECT_TRUE(add_neigh(n, eth[i]->name, ip4(10, 0, i, 2), mac(static_cast<u8>(20 + i))));
  }
  buffer udp(be32 to, u16 dport) {
    const buffer ports = bytes_of(be16(u16{1000})) + bytes_of(be16(dport)) + octets({0, 12, 0, 0});
    return ether(mac(1), mac(20), ETH_P_IP,
                 ip_packet({.saddr = ip4(10, 0, 0, 2), .daddr = to, .protocol = IPPROTO_UDP},
                           ports + pattern(4)));
  }
  void arrive(std::initializer_list<buffer> frames) {
    sk_buff_head burst;
    for (const buffer& f : frames) burst.enqueue(eth[0]->frame(f));
    netif_receive_skb_list(*w->cpus[0], std::move(burst));
    world_poll(*w);
  }
  u8 type_in(u32 table, be32 addr) { return inet_addr_type_table(n, addr, table); }
};

TEST_F(vrf, addresses_move_to_its_table_and_back) {
  net_device& red = add_vrf("red", 10);
  EXPECT_EQ(type_in(RT_TABLE_LOCAL, ip4(10, 0, 0, 1)), RTN_LOCAL);
  enslave(0, red.ifindex);
  EXPECT_EQ(type_in(RT_TABLE_LOCAL, ip4(10, 0, 0, 1)), RTN_UNICAST);
  EXPECT_EQ(type_in(10, ip4(10, 0, 0, 1)), RTN_LOCAL);
  EXPECT_EQ(inet_addr_type_dev_table(n, *eth[0], ip4(10, 0, 0, 1)), RTN_LOCAL);
  EXPECT_EQ(l3mdev_master_ifindex(*eth[0]), red.ifindex);
  enslave(0, 0);
  EXPECT_EQ(type_in(RT_TABLE_LOCAL, ip4(10, 0, 0, 1)), RTN_LOCAL);
  EXPECT_EQ(type_in(10, ip4(10, 0, 0, 1)), RTN_UNICAST);
}

TEST_F(vrf, looks_in_the_main_table_for_what_its_own_does_not_know) {
  net_device& red = add_vrf("red", 10);
  enslave(0, red.ifindex);
  enslave(1, red.ifindex);
  neighbours();
  arrive({udp(ip4(10, 0, 1, 2), 1), udp(ip4(10, 0, 1, 2), 2), udp(ip4(10, 0, 2, 2), 3)});
  EXPECT_EQ(sent[1], 2u);
  EXPECT_EQ(sent[2], 1u);
  EXPECT_EQ(red.stats.rx_packets, 3u);
  arrive({udp(ip4(11, 0, 0, 1), 1)});
  EXPECT_EQ(seen.count(skb_drop_reason::IP_INNOROUTES), 1u);
}

TEST_F(vrf, without_its_rule_is_no_vrf) {
  net_device& red = add_vrf("red", 10);
  enslave(0, red.ifindex);
  neighbours();
  fib_rule_hdr h{};
  h.family = AF_INET;
  message m(RTM_DELRULE, NLM_F_ACK);
  m.head(h).attr(FRA_PRIORITY, u32{1000});
  EXPECT_TRUE(netlink_talk(n, m.bytes()));
  arrive({udp(ip4(10, 0, 1, 2), 1)});
  EXPECT_EQ(sent[1], 1u);  // by the main table
}

TEST_F(vrf, lets_its_ports_go_when_it_goes) {
  net_device& red = add_vrf("red", 10);
  enslave(0, red.ifindex);
  enslave(1, red.ifindex);
  red.rtnl_link_ops->dellink(red);
  EXPECT_EQ(eth[0]->master, nullptr);
  EXPECT_EQ(type_in(RT_TABLE_LOCAL, ip4(10, 0, 1, 1)), RTN_LOCAL);
}

TEST_F(vrf, rules_by_port_part_a_burst) {
  neighbours();
  rtmsg r{};
  r.rtm_family = AF_INET;
  r.rtm_dst_len = 32;
  r.rtm_table = 100;
  r.rtm_protocol = RTPROT_BOOT;
  r.rtm_type = RTN_UNICAST;
  message route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
  route.head(r).addr(RTA_DST, ip4(10, 0, 1, 2)).addr(RTA_GATEWAY, ip4(10, 0, 2, 2));
  ASSERT_TRUE(netlink_talk(n, route.bytes()));
  fib_rule_hdr h{};
  h.family = AF_INET;
  h.action = FR_ACT_TO_TBL;
  h.table = 100;
  const fib_rule_port_range ports = {53, 60};
  message rule(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
  rule.head(h).attr(FRA_PRIORITY, u32{10}).attr(FRA_DPORT_RANGE, &ports, sizeof ports);
  ASSERT_TRUE(netlink_talk(n, rule.bytes()));
  EXPECT_EQ(fib_tables_of(n).fib_rules_require_fldissect, 1u);
  const be32 to = ip4(10, 0, 1, 2);
  arrive({udp(to, 52), udp(to, 53), udp(to, 60), udp(to, 61), udp(to, 55)});
  EXPECT_EQ(sent[1], 2u);
  EXPECT_EQ(sent[2], 3u);
  message gone(RTM_DELRULE, NLM_F_ACK);
  gone.head(h).attr(FRA_PRIORITY, u32{10});
  EXPECT_TRUE(netlink_talk(n, gone.bytes()));
  EXPECT_EQ(fib_tables_of(n).fib_rules_require_fldissect, 0u);
}

}  // namespace
}  // namespace linnet::kit
