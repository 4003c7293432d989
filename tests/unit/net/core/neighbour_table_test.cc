// The table around the entries: managed ones, the counters, dumps that go on while entries go, one list or the other,
// and how many bytes it all takes.
#include <linux/neighbour.h>

#include "net/core/neighbour_gc.hh"
#include "tests/unit/net/core/nud_kit.hh"

namespace linnet::kit {
namespace {

class nud_entries : public nud {
 protected:
  status set(be32 addr, u16 state, u8 flags = 0, u32 ext = 0, const mac_addr* m = &A) {
    message msg(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK);
    ndmsg d{};
    d.ndm_family = AF_INET;
    d.ndm_ifindex = eth0.ifindex;
    d.ndm_state = state;
    d.ndm_flags = flags;
    msg.head(d).addr(NDA_DST, addr);
    if (m) msg.attr(NDA_LLADDR, m->data(), 6);
    if (ext) msg.attr(NDA_FLAGS_EXT, ext);
    return netlink_talk(n, msg.bytes());
  }
  static be32 nth(u32 i) { return be32(0x0a000100 + i); }
  std::vector<u32> order() {
    std::vector<u32> r;
    tbl.each([&](const neighbour& e) { r.push_back(e.key4().host() & 0xff); });
    return r;
  }
};

TEST_F(nud_entries, a_managed_one_is_asked_about_again_and_again) {
  tbl.parms.interval_probe_time = secs(10);
  EXPECT_TRUE(set(peer, NUD_NONE, 0, NTF_EXT_MANAGED, nullptr));
  EXPECT_EQ(sent_text(), "request all");
  run(secs(9));
  EXPECT_EQ(entry()->nud_state, NUD_FAILED);
  sent.clear();
  rec.events.clear();
  run(msecs(2010));  // its turn, and a second more
  EXPECT_EQ(entry()->nud_state, NUD_INCOMPLETE);
  EXPECT_EQ(sent_text(), "request all, request all");
  happen("reply A");
  EXPECT_EQ(entry()->nud_state, NUD_REACHABLE);
  sent.clear();
  run(secs(100));  // asked about whenever it has become stale
  EXPECT_TRUE(entry()->nud_state & (NUD_DELAY | NUD_PROBE | NUD_INCOMPLETE | NUD_FAILED));
  EXPECT_FALSE(sent.empty());
  EXPECT_FALSE(tbl.managed.empty());
  EXPECT_TRUE(set(peer, NUD_STALE));  // no longer managed
  EXPECT_TRUE(tbl.managed.empty());
  EXPECT_FALSE(entry()->extra);
  sent.clear();
  run(secs(100));
  EXPECT_TRUE(sent.empty());
}

TEST_F(nud_entries, a_managed_one_goes_like_others) {
  EXPECT_TRUE(set(peer, NUD_NONE, 0, NTF_EXT_MANAGED, nullptr));
  happen("down");
  EXPECT_TRUE(tbl.managed.empty());
  EXPECT_EQ(tbl.entries(), 0u);
}

TEST_F(nud_entries, the_hash_table_doubles_and_finds_all) {
  const u64 grows = tbl.stats.hash_grows;
  for (u32 i = 0; i < 100; ++i) EXPECT_TRUE(set(nth(i), NUD_PERMANENT));
  EXPECT_EQ(tbl.stats.hash_grows - grows, 4u);  // 8 chains, 16, 32, 64, 128
  EXPECT_EQ(tbl.hash.mask(), 127u);
  for (u32 i = 0; i < 100; ++i) EXPECT_TRUE(entry(nth(i)));
  EXPECT_FALSE(entry(nth(100)));
  for (u32 i = 0; i < 100; i += 2) neigh_remove(*entry(nth(i)));
  for (u32 i = 0; i < 100; ++i) EXPECT_EQ(entry(nth(i)) != nullptr, i % 2 == 1);
  EXPECT_EQ(tbl.entries(), 50u);
}

TEST_F(nud_entries, those_that_are_kept_stand_before_those_that_may_go) {
  EXPECT_TRUE(set(nth(1), NUD_STALE));
  EXPECT_TRUE(set(nth(2), NUD_PERMANENT));
  EXPECT_TRUE(set(nth(3), NUD_STALE, NTF_EXT_LEARNED));
  EXPECT_TRUE(set(nth(4), NUD_REACHABLE));
  EXPECT_EQ(order(), (std::vector<u32>{2, 3, 1, 4}));
  EXPECT_EQ(tbl.gc_entries, 2u);
  EXPECT_TRUE(set(nth(1), NUD_PERMANENT));
  EXPECT_TRUE(set(nth(2), NUD_STALE));
  EXPECT_TRUE(set(nth(3), NUD_STALE));  // without the flag
  EXPECT_EQ(order(), (std::vector<u32>{1, 4, 2, 3}));
  EXPECT_EQ(tbl.gc_entries, 3u);
}

TEST_F(nud_entries, settings_know_who_goes_by_them) {
  EXPECT_EQ(parms.users, 0u);
  EXPECT_TRUE(set(nth(1), NUD_STALE));
  EXPECT_TRUE(set(nth(2), NUD_PERMANENT));
  EXPECT_EQ(parms.users, 2u);
  neigh_remove(*entry(nth(1)));
  EXPECT_EQ(parms.users, 1u);
  EXPECT_EQ(tbl.parms.users, 0u);
}

// A socket reads a dump page by page, and what is deleted or added meanwhile neither hides others nor shows them twice.
TEST_F(nud_entries, a_dump_goes_on_where_it_was) {
  for (u32 i = 0; i < 200; ++i) EXPECT_TRUE(set(nth(i), i % 3 ? NUD_PERMANENT : NUD_STALE));
  socket_ptr s = open_socket(n, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  message m(RTM_GETNEIGH, NLM_F_DUMP);
  ndmsg d{};
  d.ndm_family = AF_INET;
  m.head(d);
  EXPECT_TRUE(sock_sendmsg(*s, {.name = {}, .data = m.bytes(), .control = {}}, 0));
  std::vector<u32> seen;
  bool done = false;
  for (int page = 0; !done && page < 100; ++page) {
    buffer b(4096);
    msg_in in{.data = b};
    auto got = sock_recvmsg(*s, in, 0);
    ASSERT_TRUE(got);
    for (size_t at = 0; at < *got;) {
      const auto& h = *reinterpret_cast<const nlmsghdr*>(b.data() + at);
      at += NLMSG_ALIGN(size_t{h.nlmsg_len});
      done |= h.nlmsg_type == NLMSG_DONE;
      if (h.nlmsg_type != RTM_NEWNEIGH) continue;
      for (nla a : nla_range(nlmsg_attrs(h, sizeof(ndmsg))))
        if (a.type() == NDA_DST)
          seen.push_back(be32::load(reinterpret_cast<const u8*>(a.payload().data())).host() & 0xff);
    }
    // Those just read go, as ip neigh flush does it, and so does the very next one.
    for (u32 i : seen)
      if (neighbour* e = entry(nth(i))) neigh_remove(*e);
    if (page == 1 && tbl.cursor.next) neigh_remove(*tbl.cursor.next);
  }
  EXPECT_TRUE(done);
  std::ranges::sort(seen);
  EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
  EXPECT_GE(seen.size(), 199u);
}

TEST_F(nud_entries, a_full_table_does_not_grow_under_a_storm) {
  tbl.gc_thresh2 = 16;
  tbl.gc_thresh3 = 32;
  const auto host = [](u32 i) { return be32(0x0a000002 + i); };
  for (u32 i = 0; i < 200; ++i) EXPECT_TRUE(send_to(*udp, host(i), 9, pattern(10)));
  EXPECT_EQ(tbl.entries(), 32u);
  EXPECT_EQ(tbl.stats.table_fulls, 200u - 32);
  EXPECT_EQ(rec.count(skb_drop_reason::NEIGH_CREATEFAIL), 200u - 32);
  run(secs(5));  // all have failed
  EXPECT_TRUE(send_to(*udp, host(210), 9, pattern(10)));
  EXPECT_TRUE(entry(host(210)));
  EXPECT_LE(tbl.entries(), 17u);
}

TEST_F(nud_entries, a_sender_that_wants_errors_hears_of_a_full_table) {
  tbl.gc_thresh2 = tbl.gc_thresh3 = 0;
  EXPECT_TRUE(send_to(*udp, peer, 9, pattern(10)));
  const int on = 1;
  EXPECT_TRUE(sock_setsockopt(*udp, IPPROTO_IP, IP_RECVERR, std::as_bytes(std::span(&on, 1))));
  auto sent_now = send_to(*udp, peer, 9, pattern(10));
  ASSERT_FALSE(sent_now);
  EXPECT_EQ(sent_now.error().code, ENOBUFS);
}

}  // namespace
}  // namespace linnet::kit
