// GVRP and MVRP on a device in memory: what is declared when, and that no frame, however odd, does harm.
#include "net/8021q/vlan_mrp.hh"

#include <random>

#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

struct vlan_mrp : testing::TestWithParam<mrp_protocol> {
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1});
  net& n = *w->init_net;
  ref<memory_device> eth = memory_device::add(n, "eth0", 1);
  std::vector<buffer> sent;

  vlan_mrp() {
    eth->on_send = [this](sk_buff_head&& list) {
      while (skb_ptr p = list.dequeue()) {
        if (p->protocol == be16(ETH_P_802_2) || p->protocol == be16(u16{ETH_P_MVRP}))
          sent.emplace_back(p->payload().begin(), p->payload().end());
        consume_skb(std::move(p));
      }
    };
    EXPECT_TRUE(set_up(n, "eth0"));
  }
  ~vlan_mrp() override {
    unregister_netdevice(*eth);
    eth = {};
    EXPECT_EQ(w->cpus[0]->skbs_live, 0u);
  }

  void add(std::string_view name, u16 id) {
    message m(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
    m.head(ifinfomsg{}).attr(IFLA_IFNAME, name).attr(IFLA_LINK, eth->ifindex);
    const size_t info = m.nest(IFLA_LINKINFO);
    m.attr(IFLA_INFO_KIND, std::string_view("vlan"));
    const size_t data = m.nest(IFLA_INFO_DATA);
    const u32 flag = GetParam() == mrp_protocol::gvrp ? VLAN_FLAG_GVRP : VLAN_FLAG_MVRP;
    const ifla_vlan_flags flags = {flag, flag};
    m.attr(IFLA_VLAN_ID, id).attr(IFLA_VLAN_FLAGS, &flags, sizeof flags).end(data).end(info);
    EXPECT_TRUE(netlink_talk(n, m.bytes()));
    EXPECT_TRUE(set_up(n, name));
  }
  size_t count_after(ktime time) {
    sent.clear();
    world_run_for(*w, time);
    return sent.size();
  }
  mrp_applicant& applicant() {
    vlan_group& g = vlan_group_of(*eth);
    return GetParam() == mrp_protocol::gvrp ? g.gvrp : g.mvrp;
  }
  void hear(const_bytes pdu) {
    skb_ptr p = alloc_skb(*w->cpus[0], static_cast<u32>(pdu.size()));
    skb_put_data(*p, pdu);
    applicant().receive(*p);
    consume_skb(std::move(p));
  }
};

TEST_P(vlan_mrp, declares_twice_and_mvrp_again_every_second) {
  add("v5", 5);
  EXPECT_EQ(count_after(500 * ns_per_ms), 2u);
  const size_t later = count_after(10 * ns_per_sec);
  if (GetParam() == mrp_protocol::gvrp)
    EXPECT_EQ(later, 0u);
  else
    EXPECT_TRUE(later >= 8 && later <= 10) << later;
  unregister_vlan_dev(*dev_get_by_name(n, "v5"));
  world_run_for(*w, ns_per_sec);
  EXPECT_EQ(count_after(5 * ns_per_sec), 0u);
}

TEST_P(vlan_mrp, runs_of_vlans_share_a_frame) {
  for (u16 id : {5, 6, 7, 8, 100}) add("v" + std::to_string(id), id);
  ASSERT_GE(count_after(500 * ns_per_ms), 2u);
  const auto hex = [](unsigned v) { return static_cast<std::byte>(v); };
  // Two runs: four VLANs from 5, and 100.
  const std::array mvrp = {hex(0),   hex(1),  hex(2),  hex(0), hex(4), hex(0),
                           hex(5),   hex(43), hex(36), hex(0), hex(1), hex(0),
                           hex(100), hex(36), hex(0),  hex(0), hex(0), hex(0)};
  if (GetParam() == mrp_protocol::mvrp) {
    EXPECT_TRUE(std::ranges::any_of(sent, [&](const buffer& f) {
      return f.size() == ETH_HLEN + mvrp.size() &&
             std::equal(mvrp.begin(), mvrp.end(), f.begin() + ETH_HLEN);
    }));
  } else {
    EXPECT_TRUE(std::ranges::any_of(sent, [&](const buffer& f) {
      return f.size() == size_t{ETH_HLEN} + 3 + 2 + 1 + 5 * 4 + 2;
    }));
  }
}

TEST_P(vlan_mrp, survives_any_frame) {
  add("v5", 5);
  add("v6", 6);
  world_run_for(*w, ns_per_sec);
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::byte> pdu(random() % 40);
    for (auto& b : pdu) b = static_cast<std::byte>(random() % (i % 2 ? 256 : 7));
    constexpr unsigned char llc[] = {0x42, 0x42, 3, 0, 1};
    if (GetParam() == mrp_protocol::gvrp && pdu.size() > sizeof llc)
      std::memcpy(pdu.data(), llc, sizeof llc);
    hear(pdu);
  }
  world_run_for(*w, 3 * ns_per_sec);
  // Both are still declared: who takes all back is answered.
  constexpr unsigned char all_gvrp[] = {0x42, 0x42, 3, 0, 1, 1, 2, 0, 0, 0};
  constexpr unsigned char all_mvrp[] = {0, 1, 2, 0x20, 0, 0, 1, 0, 0, 0, 0};
  hear(GetParam() == mrp_protocol::gvrp ? const_bytes(std::as_bytes(std::span(all_gvrp)))
                                        : const_bytes(std::as_bytes(std::span(all_mvrp))));
  EXPECT_GE(count_after(500 * ns_per_ms), 2u);
}

INSTANTIATE_TEST_SUITE_P(both, vlan_mrp, testing::Values(mrp_protocol::gvrp, mrp_protocol::mvrp));

}  // namespace
}  // namespace linnet::kit
