// What a neighbour table keeps and what it collects (gc_thresh1 to 3, gc_stale_time), as Linux 6.1 was seen to.
#include "tests/unit/net/core/nud_kit.hh"

namespace linnet::kit {
namespace {

class nud_gc : public nud {
 protected:
  // `count` entries from 10.0.0.(first) on, in a state set over netlink.
  int add(u16 state, u8 first, int count, u8 flags = 0) {
    int made = 0;
    for (int i = 0; i < count; ++i) {
      message m(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_ACK);
      ndmsg d{};
      d.ndm_family = AF_INET;
      d.ndm_ifindex = eth0.ifindex;
      d.ndm_state = state;
      d.ndm_flags = flags;
      m.head(d)
          .addr(NDA_DST, ip4(10, 0, 0, static_cast<u8>(first + i)))
          .attr(NDA_LLADDR, A.data(), 6);
      made += netlink_talk(n, m.bytes()).has_value();
    }
    return made;
  }
  size_t in_state(u8 state) {
    size_t count = 0;
    tbl.each([&](const neighbour& e) { count += e.nud_state == state; });
    return count;
  }
};

TEST_F(nud_gc, periodic_collection_takes_stale_and_failed_ones_from_gc_thresh1_on) {
  tbl.gc_thresh1 = 6;
  parms.gc_staletime = secs(60);
  EXPECT_EQ(add(NUD_STALE, 10, 3), 3);
  EXPECT_EQ(add(NUD_PERMANENT, 20, 1), 1);
  EXPECT_EQ(add(NUD_STALE, 30, 1, NTF_EXT_LEARNED), 1);
  run(secs(200));
  EXPECT_EQ(in_state(NUD_STALE), 4u);  // below gc_thresh1 nothing goes
  EXPECT_EQ(add(NUD_STALE, 40, 1), 1);
  run(secs(40));
  EXPECT_EQ(in_state(NUD_PERMANENT), 1u);
  EXPECT_TRUE(entry(ip4(10, 0, 0, 40)));  // not yet stale for long enough
  EXPECT_TRUE(entry(ip4(10, 0, 0, 30)));  // learned by a control plane, which will take it away
  EXPECT_EQ(in_state(NUD_STALE), 2u);
}

TEST_F(nud_gc, a_full_table_collects_what_has_not_changed_for_five_seconds) {
  tbl.gc_thresh2 = 4;
  tbl.gc_thresh3 = 8;
  EXPECT_EQ(add(NUD_STALE, 10, 8), 8);
  EXPECT_EQ(add(NUD_STALE, 20, 1), 0);  // all are fresh
  EXPECT_EQ(tbl.stats.table_fulls, 1u);
  run(secs(6));
  EXPECT_EQ(add(NUD_STALE, 20, 1), 1);
  EXPECT_EQ(tbl.entries(), 4u);
  EXPECT_TRUE(entry(ip4(10, 0, 0, 17)));  // the oldest go
  EXPECT_FALSE(entry(ip4(10, 0, 0, 10)));
}

TEST_F(nud_gc, permanent_entries_do_not_count) {
  tbl.gc_thresh2 = 4;
  tbl.gc_thresh3 = 8;
  EXPECT_EQ(add(NUD_PERMANENT, 10, 20), 20);
  EXPECT_EQ(add(NUD_STALE, 40, 20, NTF_EXT_LEARNED), 20);
  EXPECT_EQ(add(NUD_STALE, 80, 9), 8);
  EXPECT_EQ(tbl.entries(), 48u);
}

TEST_F(nud_gc, entries_whose_timer_runs_are_in_use) {
  tbl.gc_thresh2 = 4;
  tbl.gc_thresh3 = 8;
  EXPECT_EQ(add(NUD_REACHABLE, 10, 8), 8);
  run(secs(10));
  EXPECT_EQ(add(NUD_STALE, 20, 1), 0);
  EXPECT_EQ(in_state(NUD_REACHABLE), 8u);
}

TEST_F(nud_gc, entries_that_need_no_resolution_go_first) {
  tbl.gc_thresh2 = 4;
  tbl.gc_thresh3 = 8;
  EXPECT_EQ(add(NUD_NOARP, 10, 8), 8);
  EXPECT_EQ(add(NUD_STALE, 20, 1), 1);
  EXPECT_EQ(in_state(NUD_NOARP), 3u);
}

TEST_F(nud_gc, the_router_flag_is_kept) {
  EXPECT_EQ(add(NUD_STALE, 10, 1, NTF_ROUTER), 1);
  EXPECT_EQ(entry(ip4(10, 0, 0, 10))->flags, NTF_ROUTER);
}

}  // namespace
}  // namespace linnet::kit
