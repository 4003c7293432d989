// IGMP's host side against the clock: what is reported when, to whom and how often, by version and by what is heard; what
// sockets' memberships make of the device's filters; reports that outgrow a packet; malformed messages.
#include "net/ipv4/igmp.hh"

#include <linux/igmp.h>

#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

const be32 us = ip4(10, 0, 0, 1), router = ip4(10, 0, 0, 2), g1 = ip4(239, 1, 1, 1),
           g2 = ip4(239, 1, 1, 2), s1 = ip4(10, 9, 0, 1), s2 = ip4(10, 9, 0, 2),
           s3 = ip4(10, 9, 0, 3);

buffer raw_of(be32 a) { return bytes_of(a); }
std::string dotted(u32 a) {
  return std::to_string(a >> 24) + "." + std::to_string(a >> 16 & 255) + "." +
         std::to_string(a >> 8 & 255) + "." + std::to_string(a & 255);
}

class igmp : public wire_node {
 protected:
  memory_device& eth0 = add_device(us, 24);
  ktime since = 0;  // what is_told() tells times from
  size_t seen = 0;

  igmp() { calm(); }
  void calm() {
    settle();
    since = w->now();
    seen = 0;
  }
  socket_ptr open() { return open_socket(n, AF_INET, SOCK_DGRAM, 0); }
  static int option(socket& s, int name, const buffer& v) {
    return errno_of(sock_setsockopt(s, IPPROTO_IP, name, v));
  }
  static int join(socket& s, be32 g) {
    return option(s, IP_ADD_MEMBERSHIP, raw_of(g) + raw_of(us));
  }
  static int leave(socket& s, be32 g) {
    return option(s, IP_DROP_MEMBERSHIP, raw_of(g) + raw_of(us));
  }
  static int source(socket& s, int name, be32 g, be32 from) {
    return option(s, name, raw_of(g) + raw_of(us) + raw_of(from));
  }
  const ip_mc_device& groups() const { return *eth0.ip_ptr->mc; }

  // One message, as text: version or what it is, then records or the group.
  static std::string text(const const_bytes p) {
    static constexpr const char* types[] = {"?",     "is_in", "is_ex", "to_in",
                                            "to_ex", "allow", "block"};
    const auto word = [&](size_t at) { return be32::load(&p[at]).host(); };
    const u8 type = std::to_integer<u8>(p[0]);
    if (type == IGMP_HOST_MEMBERSHIP_REPORT) return "v1 " + dotted(word(4));
    if (type == IGMPV2_HOST_MEMBERSHIP_REPORT) return "v2 " + dotted(word(4));
    if (type == IGMP_HOST_LEAVE_MESSAGE) return "leave " + dotted(word(4));
    std::string r = "v3";
    size_t at = 8;
    for (u32 i = word(4) & 0xffff; i; --i) {
      const u32 head = word(at), sources = head & 0xffff;
      r += " " + dotted(word(at + 4)) + " " + types[head >> 24] + "{";
      for (u32 k = 0; k < sources; ++k) r += (k ? " " : "") + dotted(word(at + 8 + 4 * k));
      r += "}";
      at += 8 + 4 * sources;
    }
    return r;
  }
  struct report {
    ktime at;  // since calm()
    std::string text;
  };
  // What was sent since the last call, each message checked in what all have in common.
  std::vector<report> reports() {
    std::vector<report> r;
    for (; seen < sent.size(); ++seen) {
      const sent_frame& f = sent[seen];
      if (!f.is(ETH_P_IP) || f.ip().protocol != IPPROTO_IGMP) continue;
      EXPECT_EQ(f.ip().ttl, 1);
      EXPECT_EQ(f.ip().tos, 0xc0);
      EXPECT_EQ(f.ip().header_len(), 24u);
      EXPECT_EQ(f.at<be32>(34), be32(0x94040000u));  // router alert
      EXPECT_TRUE(f.ip_check_ok());
      EXPECT_EQ(csum_fold(csum_partial(f.payload().data(), f.payload().size(), 0)).raw(), 0);
      r.push_back({f.time - since, text(f.payload())});
    }
    return r;
  }
  std::string told() {
    std::string r;
    for (auto& m : reports()) r += (r.empty() ? "" : "; ") + m.text;
    return r;
  }

  static buffer with_checksum(buffer p) {
    const be16 sum = csum_fold(csum_partial(p.data(), p.size(), 0));
    std::memcpy(&p[2], &sum, sizeof sum);
    return p;
  }
  void hear(const buffer& message, be32 to = g1, be32 from = router) {
    const buffer ip =
        ip_packet({.saddr = from, .daddr = to, .protocol = IPPROTO_IGMP, .ttl = 1}, message);
    const u32 g = to.host();
    const mac_addr mc = {
        1, 0, 0x5e, static_cast<u8>(g >> 16 & 0x7f), static_cast<u8>(g >> 8), static_cast<u8>(g)};
    eth0.receive(ether(ipv4_is_multicast(to) ? mc : mac(1), mac(0x80), ETH_P_IP, ip));
    world_poll(*w);
  }
  static buffer old_query(u8 code, be32 group = {}) {
    return with_checksum(octets({IGMP_HOST_MEMBERSHIP_QUERY, code, 0, 0}) + raw_of(group));
  }
  static buffer query(u8 code, be32 group, std::initializer_list<be32> sources = {}, u8 qrv = 2,
                      u8 qqic = 125) {
    buffer b = octets({IGMP_HOST_MEMBERSHIP_QUERY, code, 0, 0}) + raw_of(group) +
               octets({qrv, qqic, 0, static_cast<int>(sources.size())});
    for (be32 s : sources) b = b + raw_of(s);
    return with_checksum(b);
  }
  static buffer other_report(u8 type, be32 group) {
    return with_checksum(octets({type, 0, 0, 0}) + raw_of(group));
  }
};

TEST_F(igmp, a_join_is_told_at_once_and_once_more_within_a_second) {
  const socket_ptr s = open();
  ASSERT_EQ(join(*s, g1), 0);
  run(secs(10));
  const auto r = reports();
  ASSERT_EQ(r.size(), 2u);
  EXPECT_EQ(r[0].at, msecs(2));
  EXPECT_GE(r[1].at, msecs(4));
  EXPECT_LE(r[1].at, msecs(1004));
  EXPECT_EQ(r[0].text, "v3 239.1.1.1 to_ex{}");
  EXPECT_EQ(r[1].text, r[0].text);
  ASSERT_EQ(leave(*s, g1), 0);
  run(secs(10));
  EXPECT_EQ(told(), "v3 239.1.1.1 to_in{}; v3 239.1.1.1 to_in{}");
}

TEST_F(igmp, a_group_that_is_joined_again_is_not_told_as_left) {
  const socket_ptr s = open();
  EXPECT_EQ(join(*s, g1) | leave(*s, g1) | join(*s, g1), 0);
  run(secs(10));
  EXPECT_EQ(told(), "v3 239.1.1.1 to_ex{}; v3 239.1.1.1 to_ex{}");
}

TEST_F(igmp, a_second_member_changes_nothing) {
  const socket_ptr a = open(), b = open();
  EXPECT_EQ(join(*a, g1), 0);
  run(secs(5));
  (void)told();
  EXPECT_EQ(join(*b, g1) | leave(*a, g1), 0);
  run(secs(5));
  EXPECT_EQ(told(), "");
  EXPECT_EQ(groups().find(g1)->users, 1u);
}

TEST_F(igmp, robustness_says_how_often) {
  ipv4_of(n).sysctl_igmp_qrv = 7;
  const socket_ptr s = open();
  EXPECT_EQ(join(*s, g1), 0);
  run(secs(20));
  EXPECT_EQ(reports().size(), 2u);            // the device learnt its own when it came up
  hear(query(1, g2, {}, 5), igmp_all_hosts);  // a querier knows better
  EXPECT_EQ(leave(*s, g1), 0);
  run(secs(20));
  EXPECT_EQ(reports().size(), 5u);
  hear(query(1, g2, {}, 0), igmp_all_hosts);  // or leaves it to us
  EXPECT_EQ(join(*s, g1), 0);
  run(secs(20));
  EXPECT_EQ(reports().size(), 7u);
}

TEST_F(igmp, a_close_leaves) {
  socket_ptr s = open();
  EXPECT_EQ(join(*s, g1), 0);
  run(secs(5));
  (void)told();
  s.reset();
  run(secs(5));
  EXPECT_EQ(told(), "v3 239.1.1.1 to_in{}; v3 239.1.1.1 to_in{}");
  EXPECT_EQ(groups().find(g1), nullptr);
}

TEST_F(igmp, filters_of_sockets_add_up) {
  const socket_ptr a = open(), b = open();
  const auto allows = [&](be32 from) { return ip_check_mc(*eth0.ip_ptr, g1, from, IPPROTO_UDP); };
  EXPECT_EQ(source(*a, IP_ADD_SOURCE_MEMBERSHIP, g1, s1), 0);
  EXPECT_TRUE(allows(s1) && !allows(s2) && allows(be32()));
  EXPECT_TRUE(ip_check_mc(*eth0.ip_ptr, g1, s2, IPPROTO_IGMP));
  EXPECT_EQ(join(*b, g1), 0);
  EXPECT_TRUE(allows(s1) && allows(s2));
  EXPECT_EQ(source(*b, IP_BLOCK_SOURCE, g1, s1) | source(*b, IP_BLOCK_SOURCE, g1, s2), 0);
  EXPECT_TRUE(allows(s1) && !allows(s2) && allows(s3));
  EXPECT_EQ(leave(*b, g1), 0);
  EXPECT_TRUE(allows(s1) && !allows(s2) && !allows(s3));
}

TEST_F(igmp, a_general_query_is_answered_in_its_time_with_all_there_is) {
  const socket_ptr a = open();
  EXPECT_EQ(join(*a, g1) | source(*a, IP_ADD_SOURCE_MEMBERSHIP, g2, s1), 0);
  run(secs(5));
  calm();
  hear(query(50, be32()), igmp_all_hosts);
  run(secs(20));
  const auto r = reports();
  ASSERT_EQ(r.size(), 1u);
  EXPECT_EQ(r[0].text, "v3 239.1.1.2 is_in{10.9.0.1} 239.1.1.1 is_ex{}");
  EXPECT_LE(r[0].at, secs(5) + msecs(2));
}

TEST_F(igmp, a_sooner_query_brings_the_answer_forward_and_a_later_one_does_not_put_it_off) {
  const socket_ptr a = open();
  EXPECT_EQ(join(*a, g1), 0);
  run(secs(5));
  for (be32 group : {be32(), g1}) {
    calm();
    hear(query(0xff, group), igmp_all_hosts);
    hear(query(1, group), igmp_all_hosts);
    hear(query(0xff, group), igmp_all_hosts);
    run(secs(4000));
    const auto r = reports();
    ASSERT_EQ(r.size(), 1u);
    EXPECT_EQ(r[0].text, "v3 239.1.1.1 is_ex{}");
    EXPECT_LE(r[0].at, msecs(102));
  }
}

TEST_F(igmp, of_sources_only_those_asked_for_are_told) {
  const socket_ptr a = open();
  EXPECT_EQ(
      source(*a, IP_ADD_SOURCE_MEMBERSHIP, g1, s1) | source(*a, IP_ADD_SOURCE_MEMBERSHIP, g1, s2),
      0);
  run(secs(5));
  calm();
  hear(query(1, g1, {s2, s3}));
  run(secs(1));
  EXPECT_EQ(told(), "v3 239.1.1.1 is_in{10.9.0.2}");
  hear(query(1, g1, {s3}));
  run(secs(1));
  EXPECT_EQ(told(), "");
  // Two questions before the answer: both are answered; one about the whole group covers them.
  hear(query(10, g1, {s2}));
  hear(query(10, g1, {s1}));
  run(secs(2));
  EXPECT_EQ(told(), "v3 239.1.1.1 is_in{10.9.0.1 10.9.0.2}");
  hear(query(10, g1, {s2}));
  hear(query(10, g1));
  run(secs(2));
  EXPECT_EQ(told(), "v3 239.1.1.1 is_in{10.9.0.1 10.9.0.2}");
}

TEST_F(igmp, among_old_queriers_we_speak_as_they_do_until_they_have_gone) {
  const socket_ptr a = open();
  EXPECT_EQ(join(*a, g1), 0);
  run(secs(5));
  struct {
    u8 code;
    const char *report, *left;
  } const versions[] = {{100, "v2 239.1.1.1", "leave 239.1.1.1"}, {0, "v1 239.1.1.1", ""}};
  for (auto& v : versions) {
    calm();
    hear(old_query(v.code), igmp_all_hosts);
    run(secs(11));
    EXPECT_EQ(told(), v.report);
    run(secs(2 * 125 + 10 - 12));
    EXPECT_TRUE(groups().old_querier());
    EXPECT_EQ(leave(*a, g1), 0);
    run(msecs(500));
    EXPECT_EQ(told(), v.left);
    run(msecs(501));
    EXPECT_FALSE(groups().old_querier());
    EXPECT_EQ(join(*a, g1), 0);
    run(secs(5));
    EXPECT_EQ(told(), "v3 239.1.1.1 to_ex{}; v3 239.1.1.1 to_ex{}");
  }
}

TEST_F(igmp, old_reports_are_repeated_after_their_own_interval) {
  eth0.ip_ptr->cnf.set(IPV4_DEVCONF_FORCE_IGMP_VERSION, 2);
  const socket_ptr a = open();
  calm();
  EXPECT_EQ(join(*a, g1), 0);
  run(secs(30));
  const auto r = reports();
  ASSERT_EQ(r.size(), 2u);
  EXPECT_EQ(r[0].text + r[1].text, "v2 239.1.1.1v2 239.1.1.1");
  EXPECT_EQ(r[0].at, msecs(2));
  EXPECT_LE(r[1].at, secs(10) + msecs(4));
}

TEST_F(igmp, another_members_report_spares_ours) {
  const socket_ptr a = open();
  EXPECT_EQ(join(*a, g1), 0);
  run(secs(5));
  hear(old_query(1), igmp_all_hosts);
  run(secs(1));
  EXPECT_TRUE(groups().find(g1)->reporter);
  calm();
  hear(old_query(100, g1));
  hear(other_report(IGMPV2_HOST_MEMBERSHIP_REPORT, g1), g1);
  run(secs(20));
  EXPECT_EQ(told(), "");
  EXPECT_EQ(leave(*a, g1), 0);  // who reported last leaves
  run(secs(1));
  EXPECT_EQ(told(), "");
}

TEST_F(igmp, reports_fill_packets_no_further_than_the_mtu) {
  EXPECT_TRUE(dev_set_mtu(eth0, 576));
  ipv4_of(n).sysctl_igmp_max_memberships = 300;
  ipv4_of(n).sysctl_igmp_max_msf = 300;
  const socket_ptr a = open();
  for (u8 i = 0; i < 200; ++i) ASSERT_EQ(join(*a, ip4(239, 2, 0, i)), 0);
  run(secs(5));
  calm();
  hear(query(1, be32()), igmp_all_hosts);
  run(secs(1));
  std::string all;
  for (const sent_frame& f : sent) EXPECT_LE(f.ip_bytes().size(), 576u);
  EXPECT_EQ(sent.size(), 3u);  // 200 records of 8 bytes, 68 to a packet
  all = told();
  for (u8 i = 0; i < 200; ++i)
    EXPECT_NE(all.find(" " + dotted(ip4(239, 2, 0, i).host()) + " is_ex{}"), std::string::npos)
        << int{i};

  // What a group includes goes on in the next packet; what it excludes is cut (RFC 3376 §4.2.16).
  const socket_ptr b = open();
  for (const be32 g : {g1, g2}) {
    if (g == g2) {
      ASSERT_EQ(join(*b, g2), 0);
    }
    for (u8 i = 0; i < 200; ++i)
      ASSERT_EQ(
          source(*b, g == g1 ? IP_ADD_SOURCE_MEMBERSHIP : IP_BLOCK_SOURCE, g, ip4(10, 8, 0, i)), 0);
    run(secs(5));
    calm();
    hear(query(1, g));
    run(secs(1));
    for (const sent_frame& f : sent) EXPECT_LE(f.ip_bytes().size(), 576u);
    EXPECT_EQ(sent.size(), g == g1 ? 2u : 1u);
    (void)told();
  }
}

TEST_F(igmp, many_groups_are_found_and_left) {
  ipv4_of(n).sysctl_igmp_max_memberships = 300;
  const socket_ptr a = open();
  const auto has = [&](u8 i) {
    return ip_check_mc(*eth0.ip_ptr, ip4(239, 2, 0, i), s1, IPPROTO_UDP);
  };
  for (u8 i = 0; i < 100; ++i) {
    ASSERT_FALSE(has(i));
    ASSERT_EQ(join(*a, ip4(239, 2, 0, i)), 0);
  }
  for (u8 i = 0; i < 100; i = static_cast<u8>(i + 2)) ASSERT_EQ(leave(*a, ip4(239, 2, 0, i)), 0);
  for (u8 i = 0; i < 100; ++i) EXPECT_EQ(has(i), i % 2 == 1) << int{i};
  for (u8 i = 1; i < 100; i = static_cast<u8>(i + 2)) ASSERT_EQ(leave(*a, ip4(239, 2, 0, i)), 0);
  for (u8 i = 0; i < 100; ++i) EXPECT_FALSE(has(i));
  EXPECT_TRUE(ip_check_mc(*eth0.ip_ptr, igmp_all_hosts, s1, IPPROTO_UDP));
  EXPECT_EQ(eth0.mc.size(), 1u);
}

TEST_F(igmp, nonsense_is_dropped_and_changes_nothing) {
  const socket_ptr a = open();
  EXPECT_EQ(join(*a, g1), 0);
  run(secs(5));
  calm();
  const auto bad = [&](const buffer& m, be32 to = g1) {
    hear(m, to);
    run(secs(1));
    EXPECT_EQ(told(), "");
    return dropped();
  };
  buffer wrong = query(1, g1);
  wrong[2] ^= std::byte{1};
  EXPECT_EQ(bad(wrong), "NOT_SPECIFIED");
  EXPECT_EQ(bad(octets({0x11})), "NOT_SPECIFIED");
  EXPECT_EQ(bad(octets({})), "NOT_SPECIFIED");
  EXPECT_EQ(bad(with_checksum(octets({0x11, 1, 0, 0, 239, 1, 1}))), "NOT_SPECIFIED");
  for (int extra : {1, 3})
    EXPECT_EQ(bad(with_checksum(octets({0x11, 1, 0, 0, 239, 1, 1, 1}) +
                                buffer(static_cast<size_t>(extra)))),
              "NOT_SPECIFIED");
  buffer sources = query(1, g1, {s1, s2});
  sources.resize(sources.size() - 1);
  sources[2] = sources[3] = std::byte{0};
  EXPECT_EQ(bad(with_checksum(sources)), "NOT_SPECIFIED");
  EXPECT_EQ(bad(query(1, be32(), {s1}), igmp_all_hosts),
            "NOT_SPECIFIED");  // general, with a source
  EXPECT_EQ(bad(other_report(IGMPV2_HOST_MEMBERSHIP_REPORT, g1), us), "NOT_SPECIFIED");
  for (u8 type :
       {IGMP_DVMRP, IGMP_PIM, IGMP_HOST_LEAVE_MESSAGE, IGMPV3_HOST_MEMBERSHIP_REPORT, 0, 0xff})
    EXPECT_EQ(bad(other_report(type, g1)), "NOT_SPECIFIED") << int{type};
  EXPECT_FALSE(groups().old_querier());
  EXPECT_EQ(groups().qrv, 2u);
}

TEST_F(igmp, a_socket_gets_what_its_membership_lets_through) {
  const socket_ptr a = open();
  ASSERT_EQ(errno_of(sock_bind(*a, sockaddr_of(be32(), 5000))), 0);
  EXPECT_EQ(source(*a, IP_ADD_SOURCE_MEMBERSHIP, g1, s1), 0);
  const socket_ptr b = open();  // makes the device listen to all
  EXPECT_EQ(join(*b, g1), 0);
  const auto gets = [&](be32 from) {
    const buffer ip = ip_packet({.saddr = from, .daddr = g1, .protocol = IPPROTO_UDP},
                                udp_datagram(from, g1, 9, 5000, pattern(3)));
    eth0.receive(ether({1, 0, 0x5e, 1, 1, 1}, mac(0x80), ETH_P_IP, ip));
    world_poll(*w);
    buffer room(10);
    msg_in m{.data = room};
    return sock_recvmsg(*a, m, MSG_DONTWAIT).has_value();
  };
  const be32 near1 = ip4(10, 0, 0, 3), near2 = ip4(10, 0, 0, 4);
  EXPECT_FALSE(gets(near1));
  EXPECT_EQ(source(*a, IP_ADD_SOURCE_MEMBERSHIP, g1, near1), 0);
  EXPECT_TRUE(gets(near1));
  EXPECT_FALSE(gets(near2));
  EXPECT_EQ(ipv4_of(n).mib.udp[UDP_MIB_IGNOREDMULTI], 2u);
}

TEST_F(igmp, memberships_outlive_their_device) {
  socket_ptr a = open();
  EXPECT_EQ(join(*a, g1) | source(*a, IP_ADD_SOURCE_MEMBERSHIP, g2, s1), 0);
  const ip_mreqn m = {{g1.raw()}, {}, eth0.ifindex};
  unregister_netdevice(eth0);
  EXPECT_EQ(join(*a, ip4(239, 9, 9, 9)), ENODEV);
  EXPECT_EQ(option(*a, IP_DROP_MEMBERSHIP, bytes_of(m)), 0);
  a.reset();
}

// A sender on a device that nobody listens by, which brings its packets back.
TEST_F(igmp, what_comes_back_for_nobody_ends) {
  EXPECT_TRUE(set_up(n, "lo"));
  const socket_ptr a = open();
  EXPECT_EQ(option(*a, IP_MULTICAST_IF, raw_of(ip4(127, 0, 0, 1))), 0);
  calm();
  EXPECT_TRUE(send_to(*a, g1, 5000, pattern(3)));
  world_poll(*w);
  EXPECT_EQ(dropped(), "NOT_SPECIFIED");
}

TEST(igmp_worlds, the_same_seed_answers_at_the_same_time) {
  const auto times = [](u64 seed) {
    auto w = boot_world({.virtual_time = true, .seed = seed});
    net& n = *w->init_net;
    std::vector<ktime> at;
    auto dev = memory_device::add(n, "eth0", 1);
    dev->on_send = [&](sk_buff_head&& list) {
      at.push_back(w->now());
      list.purge(skb_drop_reason::consumed);
    };
    (void)set_up(n, "eth0");
    for (u8 i = 0; i < 5; ++i) {
      ip_mc_inc_group(*dev->ip_ptr, ip4(239, 0, 0, i));
      world_run_for(*w, secs(3));
    }
    dev_close(*dev);
    dev->on_send = nullptr;
    return at;
  };
  EXPECT_EQ(times(1), times(1));
  EXPECT_EQ(times(1).size(), 10u);
  EXPECT_NE(times(1), times(2));
}

}  // namespace
}  // namespace linnet::kit
