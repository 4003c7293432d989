// The recorder: bounded, complete for who asks for it, without allocation; and what it keeps of a packet.
#include <malloc.h>

#include "tests/unit/trace/trace_kit.hh"

namespace linnet::kit {
namespace {

trace_event event(tp point, u64 id) {
  return {.time = 5,
          .skb_id = id,
          .net_inum = 7,
          .ifindex = 2,
          .len = 0,
          .point = point,
          .reason = skb_drop_reason::not_dropped_yet,
          .match = {.a = static_cast<u32>(id)},
          .skb = nullptr,
          .dev = nullptr};
}

TEST(path_recorder, keeps_the_last_records) {
  path_recorder rec(8);
  EXPECT_EQ(rec.oldest(), rec.next());
  for (u64 i = 1; i <= 20; ++i) rec.on_event(event(tp::ip_rcv, i));
  EXPECT_EQ(rec.next(), 21u);
  EXPECT_EQ(rec.oldest(), 13u);
  for (u64 i = rec.oldest(); i < rec.next(); ++i) {
    EXPECT_EQ(rec.at(i).seq, i);
    EXPECT_EQ(rec.at(i).skb_id, i);
    EXPECT_EQ(rec.at(i).match.a, i);
  }
}

TEST(path_recorder, rounds_its_capacity_up) { EXPECT_EQ(path_recorder(1000).capacity(), 1024u); }

TEST(path_recorder, a_reader_that_takes_each_half_misses_nothing) {
  path_recorder rec(8);
  std::vector<u64> seen;
  u64 at = 1;
  auto take = [&] {
    EXPECT_GE(at, rec.oldest());
    for (; at < rec.next(); ++at) seen.push_back(rec.at(at).skb_id);
  };
  rec.on_half = take;
  for (u64 i = 1; i <= 1000; ++i) rec.on_event(event(tp::ip_rcv, i));
  take();
  ASSERT_EQ(seen.size(), 1000u);
  for (u64 i = 0; i < 1000; ++i) EXPECT_EQ(seen[i], i + 1);
}

TEST(path_recorder, counts_drops_by_reason_with_the_last_of_each) {
  path_recorder rec(4);
  for (u64 i = 1; i <= 9; ++i) {
    trace_event e = event(tp::kfree_skb, i);
    e.reason = i % 3 ? skb_drop_reason::IP_CSUM : skb_drop_reason::NO_SOCKET;
    rec.on_event(e);
  }
  EXPECT_EQ(rec.dropped(skb_drop_reason::IP_CSUM).count, 6u);
  EXPECT_EQ(rec.dropped(skb_drop_reason::IP_CSUM).last.skb_id, 8u);
  EXPECT_EQ(rec.dropped(skb_drop_reason::NO_SOCKET).count, 3u);
  EXPECT_EQ(rec.dropped(skb_drop_reason::NO_SOCKET).last.skb_id, 9u);
  EXPECT_EQ(rec.dropped(skb_drop_reason::IP_RPFILTER).count, 0u);
}

TEST(path_recorder, does_not_record_lookups) {
  path_recorder rec(4);
  rec.on_event(event(tp::fib_table_lookup, 0));
  EXPECT_EQ(rec.next(), 1u);
}

class recorded : public traced_router {};

TEST_F(recorded, a_step_allocates_nothing) {
  skb_ptr p = alloc_skb(r1.c, 200);
  p->protocol = u16{ETH_P_IP};
  skb_put_data(*p, ip_packet({.saddr = ip4(10, 0, 0, 1), .daddr = ip4(10, 0, 0, 2)}, pattern(100)));
  const auto before = mallinfo2().uordblks;
  for (int i = 0; i < 10000; ++i) trace(r1.c, tp::ip_rcv, p.get(), r1.loopback_dev);
  EXPECT_EQ(mallinfo2().uordblks, before);
  EXPECT_GT(rec.next(), 10000u);
  consume_skb(std::move(p));
}

TEST_F(recorded, netlink_messages_are_no_packets) {
  const u64 before = rec.next();
  ASSERT_TRUE(add_route(h1, ip4(10, 7, 0, 0), 16, ip4(10, 0, 1, 1)));
  EXPECT_EQ(rec.next(), before);
}

TEST_F(recorded, one_id_from_end_to_end) {
  EXPECT_TRUE(ping());
  const u64 from = rec.next();
  EXPECT_TRUE(ping());
  const trace_index index(rec, from);
  const auto stories = index.in_order();
  ASSERT_EQ(stories.size(), 2u);
  std::vector<std::string> nodes;
  for (const trace_record* r : stories[0]->steps)
    if (nodes.empty() || nodes.back() != names(r->net_inum)) nodes.push_back(names(r->net_inum));
  EXPECT_EQ(nodes, (std::vector<std::string>{"h1", "init", "h2"}));
  // The reply is a packet of its own, and knows why it is there.
  EXPECT_EQ(stories[1]->parent, stories[0]->id);
  EXPECT_EQ(&index.root(*stories[1]), stories[0]);
}

TEST_F(recorded, fragments_have_a_parent) {
  EXPECT_TRUE(ping());
  const u64 from = rec.next();
  EXPECT_TRUE(ping(ip4(10, 0, 2, 2), secs(1), 3000));
  const trace_index index(rec, from);
  const packet_story& whole = *index.in_order().front();
  EXPECT_EQ(whole.children.size(), 3u);
  std::vector<u32> offsets;
  for (u64 key : whole.children) {
    const packet_story& f = *index.find(key);
    EXPECT_EQ(f.first().point, tp::ip_fragment);
    offsets.push_back(f.first().match.a);
  }
  EXPECT_EQ(offsets, (std::vector<u32>{0, 1480, 2960}));
  // The first of them goes on as the reassembled packet, whose reply leads back to the packet that was cut.
  EXPECT_NE(why({"icmp"}).find("echo reply"), std::string::npos) << why({"icmp"});
  EXPECT_TRUE(why({"icmp"}).starts_with("h1 10.0.1.2 > 10.0.2.2 icmp echo request 3000 bytes"))
      << why({"icmp"});
}

TEST_F(recorded, an_icmp_error_says_which_packet_caused_it) {
  const int one = 1;
  ASSERT_TRUE(sock_setsockopt(*icmp, IPPROTO_IP, IP_TTL, bytes_of(one)));
  EXPECT_FALSE(ping());
  const trace_index index(rec);
  const packet_story* expired = index.last({}, std::ref(names));
  ASSERT_NE(expired, nullptr);
  bool found = false;
  for (u64 key : expired->children) {
    const packet_view p = view_of(index.find(key)->last());
    found |= p.icmp_type == ICMP_TIME_EXCEEDED && p.src == ip4(10, 0, 1, 1).host();
  }
  EXPECT_TRUE(found);
}

TEST(packet_view, titles) {
  auto record_of = [](u16 protocol, const buffer& b) {
    trace_record r{};
    r.protocol = protocol;
    r.snap_len = static_cast<u8>(std::min(b.size(), trace_snap));
    std::copy_n(b.begin(), r.snap_len, r.snap.begin());
    return r;
  };
  auto title = [&](u16 protocol, const buffer& b) {
    return packet_title(view_of(record_of(protocol, b)));
  };
  const be32 a = ip4(10, 0, 0, 1), b = ip4(10, 0, 0, 2);
  EXPECT_EQ(title(ETH_P_IP, ip_packet({.saddr = a, .daddr = b},
                                      icmp_message(ICMP_ECHO, 0, 0x00070002, pattern(56)))),
            "10.0.0.1 > 10.0.0.2 icmp echo request 56 bytes, id 7, seq 2");
  EXPECT_EQ(title(ETH_P_IP, ip_packet({.saddr = a, .daddr = b, .protocol = IPPROTO_UDP},
                                      udp_datagram(a, b, 1000, 53, pattern(9)))),
            "10.0.0.1 > 10.0.0.2 udp 1000 > 53 9 bytes");
  EXPECT_EQ(title(ETH_P_IP, ip_packet({.saddr = a, .daddr = b, .frag_off = 185}, pattern(100))),
            "10.0.0.1 > 10.0.0.2 icmp fragment at 1480, 100 bytes");
  EXPECT_EQ(title(ETH_P_IP, ip_packet({.saddr = a, .daddr = b, .protocol = 89}, pattern(4))),
            "10.0.0.1 > 10.0.0.2 protocol 89 4 bytes");
  EXPECT_EQ(title(ETH_P_ARP, arp_packet({.op = 1, .sip = a, .tip = b})),
            "arp who-has 10.0.0.2 tell 10.0.0.1");
  EXPECT_EQ(title(ETH_P_ARP, arp_packet({.op = 2, .sha = mac(7), .sip = a, .tip = b})),
            "arp reply 10.0.0.1 is-at 02:00:00:00:00:07");
  EXPECT_EQ(title(0x88b5, pattern(10)), "a frame of type 0x88b5");
  // Cut short: never past what was kept.
  for (size_t n = 0; n < 28; ++n) {
    buffer whole = ip_packet({.saddr = a, .daddr = b}, icmp_message(ICMP_ECHO, 0, 0, {}));
    whole.resize(n);
    EXPECT_FALSE(title(ETH_P_IP, whole).empty());
  }
}

TEST(packet_ids, as_people_write_them) {
  u64 id = 0;
  for (u64 want : {u64{1} << 8, (u64{12} << 8) | 3, u64{77} << 8}) {
    ASSERT_TRUE(parse_id(id_text(want), id)) << id_text(want);
    EXPECT_EQ(id, want);
  }
  EXPECT_TRUE(parse_id("#5", id));
  for (const char* bad : {"", "x", "5x", "5.", "5.256", "#", "-1", "99999999999999999999"})
    EXPECT_FALSE(parse_id(bad, id)) << bad;
}

}  // namespace
}  // namespace linnet::kit
