// A burst's routes are those that each of its packets would be given alone: the same bursts go through the same node once with
// nobody looking on, when they are routed together, and once traced, when each has a lookup of its own.
#include "net/ipv4/route_burst.hh"

#include <random>
#include <set>
#include <tuple>

#include "net/core/dev.hh"
#include "net/core/pseudo_files.hh"
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

class burst_routes : public wire_node {
 protected:
  memory_device& in = add_device(ip4(10, 0, 0, 1), 24);
  memory_device& out1 = add_device(ip4(10, 0, 1, 1), 24);
  memory_device& out2 = add_device(ip4(10, 0, 2, 1), 24);
  std::mt19937 random{7};

  burst_routes() {
    write("ipv4/ip_forward", "1");
    // Errors are sent for every packet that asks for one.
    for (const char* name :
         {"ipv4/icmp_ratemask", "ipv4/route/error_cost", "ipv4/ip_forward_use_pmtu"})
      write(name, "0");
    // Redirects are sent at a rate of their own.
    for (const char* dev : {"all", "eth0"})
      write("ipv4/conf/" + std::string(dev) + "/send_redirects", "0");
    write("ipv4/icmp_msgs_per_sec", "100000");
    write("ipv4/icmp_msgs_burst", "100000");
    for (u8 i = 2; i < 8; ++i) {
      EXPECT_TRUE(add_neigh(n, "eth1", ip4(10, 0, 1, i), mac(i)));
      EXPECT_TRUE(add_neigh(n, "eth2", ip4(10, 0, 2, i), mac(static_cast<u8>(16 + i))));
    }
    EXPECT_TRUE(add_neigh(n, "eth0", ip4(10, 0, 0, 2), mac(0x80)));
  }
  void write(std::string_view name, std::string_view value) {
    EXPECT_TRUE(pseudo_write(n, pseudo_tree::proc_sys_net, name, std::string(value) + "\n"))
        << name;
  }
  u32 below(u32 limit) { return std::uniform_int_distribution<u32>(0, limit - 1)(random); }

  // Prefixes under 20.0.0.0/8 in number enough for an index; some say no, some are for a TOS, some stay on the link.
  // With local routes among them the sender's address needs the tables, too.
  void fill_table(bool with_local_routes = false) {
    for (int made = 0; made < 3000;) {
      const u8 plen = static_cast<u8>(9 + below(24));
      const u32 bits = plen == 32 ? ~u32{0} : ~(~u32{0} >> plen);
      rtmsg r{};
      r.rtm_family = AF_INET;
      r.rtm_dst_len = plen;
      r.rtm_table = RT_TABLE_MAIN;
      r.rtm_protocol = RTPROT_BOOT;
      u32 kind = below(20);
      if (kind == 4 && !with_local_routes) kind = 8;
      r.rtm_type = kind == 0   ? RTN_BLACKHOLE
                   : kind == 1 ? RTN_UNREACHABLE
                   : kind == 2 ? RTN_PROHIBIT
                   : kind == 3 ? RTN_THROW
                   : kind == 4 ? RTN_LOCAL
                               : RTN_UNICAST;
      if (kind == 4) r.rtm_scope = RT_SCOPE_HOST;
      if (kind == 5) r.rtm_tos = 0x10;
      if (kind == 6) r.rtm_scope = RT_SCOPE_LINK;
      message m(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_ACK);
      m.head(r).addr(RTA_DST, be32((20u << 24 | below(1 << 24)) & bits));
      const u8 hop = static_cast<u8>(2 + below(6));
      if (kind == 4 || kind == 6) {
        m.attr(RTA_OIF, out2.ifindex);
      } else if (r.rtm_type == RTN_UNICAST) {
        m.addr(RTA_GATEWAY,
               kind == 7 ? ip4(10, 0, 0, 2) : ip4(10, 0, static_cast<u8>(1 + below(2)), hop));
      }
      made += static_cast<bool>(netlink_talk(n, m.bytes()));
    }
  }

  using seen = std::tuple<mac_addr, u32, u32, u8, u8, size_t>;
  std::vector<seen> pass(const std::vector<buffer>& frames, bool traced, std::string& counts) {
    n.c.trace = traced ? &rec : nullptr;
    settle();
    sk_buff_head list;
    for (const buffer& f : frames) list.enqueue(in.frame(f));
    netif_receive_skb_list(n.c, std::move(list));
    world_poll(*w);
    counts = counted();
    std::vector<seen> r;
    for (const sent_frame& f : sent)
      if (f.is(ETH_P_IP))
        r.emplace_back(f.eth().h_dest, f.ip().saddr.host(), f.ip().daddr.host(), f.ip().ttl,
                       f.ip().protocol, f.b.size());
    // What this host makes itself may come earlier or later among what it forwards.
    std::ranges::sort(r);
    return r;
  }
  std::vector<buffer> some_frames(size_t count) {
    static constexpr std::array<u32, 6> odd_daddrs = {0x7f000001, 0xe0000001, 0xffffffff,
                                                      0x0a000101, 0x00000005, 0xf0000001};
    static constexpr std::array<u32, 7> odd_saddrs = {
        0x7f000001, 0xe0000001, 0xffffffff, 0x0a000101, 0, 0x0a000001, 0x14000001};
    std::vector<buffer> frames;
    while (frames.size() < count) {
      be32 to(20u << 24 | below(1 << 24)), from = ip4(10, 0, 0, static_cast<u8>(2 + below(3)));
      if (below(16) == 0) to = be32(odd_daddrs[below(odd_daddrs.size())]);
      if (below(16) == 0) from = be32(odd_saddrs[below(odd_saddrs.size())]);
      const u8 tos = below(8) ? 0 : 0x10;
      const buffer ip = ip_packet({.saddr = from,
                                   .daddr = to,
                                   .protocol = IPPROTO_UDP,
                                   .ttl = static_cast<u8>(1 + below(8)),
                                   .tos = tos},
                                  udp_datagram(from, to, 1, 2, pattern(8)));
      mac_addr us;
      std::copy_n(in.dev_addr.begin(), us.size(), us.begin());
      frames.push_back(ether(us, mac(0x80), ETH_P_IP, ip));
    }
    return frames;
  }
  // How many different answers there were.
  size_t compare(int bursts) {
    std::set<seen> all;
    for (int i = 0; i < bursts; ++i) {
      const auto frames = some_frames(1 + below(100));
      std::string together, alone;
      const auto fast = pass(frames, false, together);
      const auto slow = pass(frames, true, alone);
      EXPECT_TRUE(fast == slow);
      EXPECT_EQ(together, alone);
      all.insert(fast.begin(), fast.end());
    }
    return all.size();
  }
};

TEST_F(burst_routes, are_those_of_each_packet_alone) {
  fill_table();
  EXPECT_GT(compare(60), 1000u);
}

TEST_F(burst_routes, know_local_routes) {
  fill_table(true);
  EXPECT_GT(compare(20), 500u);
}

TEST_F(burst_routes, obey_settings_as_each_packet_does) {
  fill_table();
  for (const char* setting : {"eth0/rp_filter=1", "eth0/rp_filter=0", "eth0/accept_local=1",
                              "eth0/accept_local=0", "eth0/route_localnet=1", "all/rp_filter=2"}) {
    const std::string_view s(setting);
    const size_t at = s.find('=');
    write("ipv4/conf/" + std::string(s.substr(0, at)), s.substr(at + 1));
    SCOPED_TRACE(setting);
    EXPECT_GT(compare(10), 50u);
  }
}

TEST_F(burst_routes, follow_each_change_at_once) {
  fill_table();
  for (int i = 0; i < 30; ++i) {
    EXPECT_TRUE(add_route(n, be32(21u << 24 | static_cast<u32>(i) << 16), 16, ip4(10, 0, 1, 3)));
    EXPECT_GT(compare(3), 5u);
  }
  // Its routes stay, and serve nobody.
  write("ipv4/conf/eth1/ignore_routes_with_linkdown", "1");
  netif_carrier_off(out1);
  run(secs(2));
  EXPECT_GT(compare(5), 20u);
  EXPECT_TRUE(set_up(n, "eth2", false));
  EXPECT_GT(compare(5), 20u);
}

}  // namespace
}  // namespace linnet::kit
