// A bridge between devices in memory: where frames go, what is learnt and forgotten, and what becomes of those that
// go nowhere.
#include "net/bridge/br_private.hh"
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

struct bridge : testing::Test {
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1});
  net& n = *w->init_net;
  std::vector<ref<memory_device>> ports;
  std::vector<std::vector<buffer>> sent{3};
  recorder seen;

  bridge() {
    message m(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
    m.head(ifinfomsg{}).attr(IFLA_IFNAME, std::string_view("br0"));
    const size_t info = m.nest(IFLA_LINKINFO);
    m.attr(IFLA_INFO_KIND, std::string_view("bridge")).end(info);
    EXPECT_TRUE(netlink_talk(n, m.bytes()));
    EXPECT_TRUE(set_up(n, "br0"));
    for (u8 i = 0; i < 3; ++i) {
      const std::string name = "p" + std::to_string(i);
      ports.push_back(memory_device::add(n, name, static_cast<u8>(i + 1)));
      ports[i]->on_send = [this, i](sk_buff_head&& list) {
        while (skb_ptr p = list.dequeue()) {
          sent[i].emplace_back(p->payload().begin(), p->payload().end());
          consume_skb(std::move(p));
        }
      };
      EXPECT_TRUE(set_up(n, name));
      EXPECT_TRUE(enslave(i, br().ifindex));
    }
    world_run_for(*w, ns_per_ms);
    w->cpus[0]->trace = &seen;
  }
  ~bridge() override {
    w->cpus[0]->trace = nullptr;
    for (auto& p : ports) unregister_netdevice(*p);
    ports.clear();
    EXPECT_EQ(w->cpus[0]->skbs_live, 0u);
  }

  net_bridge& br() { return of_bridge(*dev_get_by_name(n, "br0")); }
  net_bridge_port& port(size_t i) { return *ports[i]->br_port; }
  status enslave(size_t i, int master) {
    ifinfomsg ifm{};
    ifm.ifi_index = ports[i]->ifindex;
    message m(RTM_NEWLINK, NLM_F_ACK);
    m.head(ifm).attr(IFLA_MASTER, master);
    return netlink_talk(n, m.bytes());
  }
  // A frame arrives; the answer says which ports it left by ("01") and "up" when the bridge device got it.
  std::string arrives(size_t in, const mac_addr& to, const mac_addr& from) {
    for (auto& s : sent) s.clear();
    const u64 before = br().stats.rx_packets;
    ports[in]->receive(ether(to, from, 0x88b5, pattern(46)));
    world_poll(*w);
    std::string out;
    for (size_t i = 0; i < 3; ++i) out.append(sent[i].size(), static_cast<char>('0' + i));
    if (br().stats.rx_packets != before) out += "up";
    return out;
  }
};

TEST_F(bridge, floods_until_it_has_learnt) {
  EXPECT_EQ(arrives(0, mac(21), mac(20)), "12");
  EXPECT_EQ(arrives(1, mac(20), mac(21)), "0");
  EXPECT_EQ(arrives(0, mac(21), mac(20)), "1");
  EXPECT_EQ(arrives(1, mac_broadcast, mac(21)), "02up");
  EXPECT_EQ(arrives(2, mac(20), mac(21)), "0");  // it moved
  EXPECT_EQ(arrives(0, mac(21), mac(20)), "2");
}

TEST_F(bridge, keeps_what_is_for_itself) {
  EXPECT_EQ(br().dev_addr[5], 1);  // the lowest of the ports'
  EXPECT_EQ(arrives(2, mac(1), mac(20)), "up");
  EXPECT_EQ(arrives(2, mac(3), mac(20)), "up");  // any port's address is local
  EXPECT_EQ(arrives(0, mac(20), mac(21)), "2");
}

TEST_F(bridge, forgets_what_is_old) {
  arrives(0, mac(21), mac(20));
  const size_t known = br().fdb.size();
  world_run_for(*w, 299 * ns_per_sec);
  EXPECT_EQ(br().fdb.size(), known);
  world_run_for(*w, 2 * ns_per_sec);
  EXPECT_EQ(br().fdb.size(), known - 1);
  EXPECT_EQ(arrives(1, mac(20), mac(21)), "02");
}

TEST_F(bridge, a_port_without_carrier_takes_no_part) {
  arrives(0, mac(21), mac(20));
  netif_carrier_off(*ports[0]);
  world_run_for(*w, ns_per_ms);
  EXPECT_EQ(port(0).state, BR_STATE_DISABLED);
  EXPECT_EQ(arrives(1, mac(20), mac(21)), "2");  // forgotten
  EXPECT_EQ(arrives(0, mac(21), mac(20)), "");
  EXPECT_EQ(seen.count(skb_drop_reason::BRIDGE_INGRESS_STP_STATE), 1u);
  for (size_t i : {1, 2}) netif_carrier_off(*ports[i]);
  world_run_for(*w, ns_per_ms);
  EXPECT_FALSE(br().carrier_ok());
}

TEST_F(bridge, keeps_link_local_groups_to_itself) {
  mac_addr group = {0x01, 0x80, 0xc2, 0, 0, 0x0e};
  EXPECT_EQ(arrives(0, group, mac(20)), "");  // for this device's own protocols
  br().group_fwd_mask = 1u << 0xe;
  EXPECT_EQ(arrives(0, group, mac(20)), "12up");
  group[5] = 1;
  EXPECT_EQ(arrives(0, group, mac(20)), "");
  EXPECT_EQ(seen.count(skb_drop_reason::MAC_IEEE_MAC_CONTROL), 1u);
  group[5] = 0;
  EXPECT_EQ(arrives(0, group, mac(20)), "12up");
}

TEST_F(bridge, what_comes_from_nobody_goes_nowhere) {
  EXPECT_EQ(arrives(0, mac(21), mac_broadcast), "");
  EXPECT_EQ(seen.count(skb_drop_reason::MAC_INVALID_SOURCE), 1u);
  arrives(0, mac(21), mac(20));
  EXPECT_EQ(arrives(0, mac(20), mac(22)), "");  // back where it came from
  EXPECT_EQ(seen.count(skb_drop_reason::NO_TX_TARGET), 1u);
  port(0).hairpin = true;
  EXPECT_EQ(arrives(0, mac(20), mac(22)), "0");
}

TEST_F(bridge, a_burst_stays_in_order_and_together) {
  arrives(1, mac(20), mac(21));
  for (auto& s : sent) s.clear();
  sk_buff_head burst;
  for (u8 i = 0; i < 32; ++i)
    burst.enqueue(ports[0]->frame(ether(mac(21), mac(20), 0x88b5, buffer(50, std::byte{i}))));
  netif_receive_skb_list(*w->cpus[0], std::move(burst));
  world_poll(*w);
  ASSERT_EQ(sent[1].size(), 32u);
  for (u8 i = 0; i < 32; ++i) EXPECT_EQ(sent[1][i][20], std::byte{i});
  EXPECT_TRUE(sent[2].empty());
}

TEST_F(bridge, a_port_that_goes_leaves_nothing_behind) {
  arrives(0, mac(21), mac(20));
  EXPECT_TRUE(enslave(0, 0));
  EXPECT_EQ(ports[0]->br_port, nullptr);
  EXPECT_EQ(ports[0]->promiscuity, 0u);
  EXPECT_EQ(br_fdb_find(br(), mac(20).data(), 0), nullptr);
  EXPECT_EQ(br().dev_addr[5], 2);
  unregister_netdevice(*ports[1]);
  EXPECT_EQ(br().ports.size(), 1u);
}

}  // namespace
}  // namespace linnet::kit
