// The neighbour state machine as a table: from each state, what an event leads to, what is sent and told, and
// when the timer is due. The peer is 10.0.0.2; A and B are two link-layer addresses it may claim.
#include "tests/unit/net/core/nud_kit.hh"

namespace linnet::kit {
namespace {

struct row {
  const char* from;
  const char* event;  // what happens, one after the other, with ';' between
  const char* to;     // the state, and the address while it is valid; "gone"
  const char* sent;   // frames, and ICMP host unreachable to this host's own sender
  const char* told;   // RTNLGRP_NEIGH's messages
  int timer_ms;       // from the last event on; -1: none
};
std::ostream& operator<<(std::ostream& os, const row& r) { return os << r.from << ": " << r.event; }

const row table[] = {
    // Creation and resolution: three broadcasts, a second apart (RFC 1122 §2.3.2.1; mcast_solicit).
    {"none", "use", "INCOMPLETE", "request all", "", 1000},
    {"none", "request A", "STALE A", "reply A", "STALE", -1},
    {"none", "reply A", "gone", "", "", -1},
    {"none", "other-request A", "gone", "", "", -1},
    {"none", "announce A", "gone", "", "", -1},
    {"NONE", "use", "INCOMPLETE", "request all", "", 1000},
    {"NONE", "reply A", "REACHABLE A", "", "REACHABLE", 30000},
    {"NONE", "confirm", "NONE", "", "", -1},
    {"INCOMPLETE", "use", "INCOMPLETE", "", "", 1000},
    {"INCOMPLETE", "wait 999", "INCOMPLETE", "", "", 1},
    {"INCOMPLETE", "wait 1000", "INCOMPLETE", "request all", "", 1000},
    {"INCOMPLETE", "wait 2999", "INCOMPLETE", "request all, request all", "", 1},
    {"INCOMPLETE", "wait 3000", "FAILED", "request all, request all, unreachable", "FAILED", -1},
    {"INCOMPLETE", "use; use; wait 3000", "FAILED",
     "request all, request all, unreachable, unreachable, unreachable", "FAILED", -1},
    {"INCOMPLETE", "reply A", "REACHABLE A", "data A", "REACHABLE", 30000},
    {"INCOMPLETE", "use; wait 1500; use; reply A", "REACHABLE A",
     "request all, data A, data A, data A", "REACHABLE", 30000},
    // Not addressed to us, or not an answer: it is known, but not that it is there. What waits goes, and so
    // the entry is in use.
    {"INCOMPLETE", "reply A broadcast", "DELAY A", "data A", "DELAY", 5000},
    {"INCOMPLETE", "request A", "DELAY A", "data A, reply A", "DELAY", 5000},
    {"INCOMPLETE", "other-request A", "DELAY A", "data A", "DELAY", 5000},
    {"INCOMPLETE", "confirm", "INCOMPLETE", "", "", 1000},
    {"INCOMPLETE", "permanent A", "PERMANENT A", "data A", "PERMANENT", -1},
    {"INCOMPLETE", "failed", "FAILED", "unreachable", "FAILED", -1},
    {"INCOMPLETE", "delete", "gone", "unreachable", "FAILED, del FAILED", -1},
    {"INCOMPLETE", "down", "gone", "", "del INCOMPLETE", -1},
    // A failed one is asked for anew.
    {"FAILED", "use", "INCOMPLETE", "request all", "", 1000},
    {"FAILED", "reply A", "REACHABLE A", "", "REACHABLE", 30000},
    {"FAILED", "request A", "STALE A", "reply A", "STALE", -1},
    {"FAILED", "wait 100000", "FAILED", "", "", -1},
    {"FAILED", "delete", "gone", "", "del FAILED", -1},
    // Reachable until reachable_time has passed since the last confirmation.
    {"REACHABLE", "use", "REACHABLE A", "data A", "", 30000},
    {"REACHABLE", "wait 30000", "REACHABLE A", "", "", 10},
    {"REACHABLE", "wait 30010", "STALE A", "", "STALE", -1},
    {"REACHABLE", "wait 20000; use; wait 10010", "STALE A", "data A", "STALE", -1},
    {"REACHABLE", "wait 26000; use; wait 4010", "DELAY A", "data A", "", 5000},
    {"REACHABLE", "wait 26000; use; wait 9010", "PROBE A", "data A, request A", "PROBE", 1000},
    {"REACHABLE", "wait 20000; confirm; wait 29000", "REACHABLE A", "", "", 1000},
    {"REACHABLE", "wait 20000; confirm; wait 30010", "STALE A", "", "STALE", -1},
    {"REACHABLE", "wait 20000; reply A; wait 29000", "REACHABLE A", "", "", 1000},
    {"REACHABLE", "request A", "REACHABLE A", "reply A", "", 30000},
    // Another address: not within locktime (1 s), unless it is announced.
    {"REACHABLE", "wait 1000; reply B", "REACHABLE A", "", "", 29000},
    {"REACHABLE", "wait 1001; reply B", "REACHABLE B", "", "REACHABLE", 28999},
    {"REACHABLE", "wait 1001; reply B broadcast", "STALE B", "", "STALE", -1},
    {"REACHABLE", "announce B", "STALE B", "", "STALE", -1},
    {"REACHABLE", "announce-reply B", "STALE B", "", "STALE", -1},
    {"REACHABLE", "odd-announce-reply B", "REACHABLE A", "", "", 30000},
    {"REACHABLE", "announce A", "REACHABLE A", "", "", 30000},
    {"REACHABLE", "request B", "STALE B", "reply B", "STALE", -1},
    {"REACHABLE", "other-request B", "REACHABLE A", "", "", 30000},
    {"REACHABLE", "announce B; use", "DELAY B", "data B", "STALE", 5000},
    {"REACHABLE", "stale-same", "STALE A", "", "STALE", -1},
    {"REACHABLE", "failed", "FAILED", "", "FAILED", -1},
    {"REACHABLE", "delete", "gone", "", "FAILED, del FAILED", -1},
    {"REACHABLE", "new-address", "gone", "", "del REACHABLE", -1},
    {"REACHABLE", "carrier-off", "gone", "", "del REACHABLE", -1},
    // Stale: usable, and asked about once it is used.
    {"STALE", "use", "DELAY A", "data A", "", 5000},
    {"STALE", "wait 100000", "STALE A", "", "", -1},
    {"STALE", "confirm", "STALE A", "", "", -1},
    {"STALE", "confirm; use; wait 5000", "REACHABLE A", "data A", "REACHABLE", 25000},
    {"STALE", "reply A", "REACHABLE A", "", "REACHABLE", 30000},
    {"STALE", "reply B", "STALE A", "", "", -1},
    {"STALE", "wait 1001; reply B", "REACHABLE B", "", "REACHABLE", 30000},
    {"STALE", "request A", "STALE A", "reply A", "", -1},
    {"STALE", "request B", "STALE B", "reply B", "STALE", -1},
    {"STALE", "probe A; wait 1", "PROBE A", "request A", "PROBE", 1000},
    {"STALE", "reachable B", "REACHABLE B", "", "REACHABLE", 30000},
    {"STALE", "keep A", "REACHABLE A", "", "REACHABLE", 30000},
    {"STALE", "keep B", "STALE A", "", "", -1},
    {"STALE", "touch", "DELAY A", "", "", 5000},
    {"STALE", "down", "gone", "", "del STALE", -1},
    // Delay: five seconds for a confirmation to come by itself.
    {"DELAY", "use", "DELAY A", "data A", "", 5000},
    {"DELAY", "wait 4999", "DELAY A", "", "", 1},
    {"DELAY", "wait 5000", "PROBE A", "request A", "PROBE", 1000},
    {"DELAY", "wait 2000; confirm; wait 3000", "REACHABLE A", "", "REACHABLE", 27000},
    {"DELAY", "reply A", "REACHABLE A", "", "REACHABLE", 30000},
    {"DELAY", "request A", "DELAY A", "reply A", "", 5000},
    {"DELAY", "request B", "STALE B", "reply B", "STALE", -1},
    // Probe: three unicast requests in all, of which the first has been sent.
    {"PROBE", "use", "PROBE A", "data A", "", 1000},
    {"PROBE", "wait 1000", "PROBE A", "request A", "", 1000},
    {"PROBE", "wait 2999", "PROBE A", "request A, request A", "", 1},
    {"PROBE", "wait 3000", "FAILED", "request A, request A", "FAILED", -1},
    {"PROBE", "wait 1500; reply A", "REACHABLE A", "request A", "REACHABLE", 30000},
    {"PROBE", "reply A broadcast", "PROBE A", "", "", 1000},
    {"PROBE", "confirm; wait 3000", "FAILED", "request A, request A", "FAILED", -1},
    {"PROBE", "request A", "PROBE A", "reply A", "", 1000},
    {"PROBE", "request B", "STALE B", "reply B", "STALE", -1},
    {"PROBE", "failed", "FAILED", "", "FAILED", -1},
    // Permanent and unresolvable ones heed administrators only.
    {"PERMANENT", "use; wait 100000; use", "PERMANENT A", "data A, data A", "", -1},
    {"PERMANENT", "wait 2000; reply B; announce B", "PERMANENT A", "", "", -1},
    {"PERMANENT", "request B", "PERMANENT A", "reply B", "", -1},
    {"PERMANENT", "permanent B", "PERMANENT B", "", "PERMANENT", -1},
    {"PERMANENT", "stale A", "STALE A", "", "STALE", -1},
    {"PERMANENT", "touch", "INCOMPLETE", "request all", "", 1000},
    {"PERMANENT", "delete", "gone", "", "FAILED, del FAILED", -1},
    {"PERMANENT", "carrier-off", "PERMANENT A", "", "", -1},
    {"PERMANENT", "new-address", "gone", "", "del PERMANENT", -1},
    {"PERMANENT", "down", "gone", "", "del PERMANENT", -1},
    {"NOARP", "use; wait 100000; use", "NOARP A", "data A, data A", "", -1},
    {"NOARP", "wait 2000; reply B; announce B", "NOARP A", "", "", -1},
    {"NOARP", "request B", "NOARP A", "reply B", "", -1},
    {"NOARP", "reachable B", "REACHABLE B", "", "REACHABLE", 30000},
    {"NOARP", "carrier-off", "gone", "", "del NOARP", -1},
    {"none", "touch", "INCOMPLETE", "request all", "", 1000},
    {"none", "noarp B", "NOARP B", "", "NOARP", -1},
};

class nud_table : public nud, public ::testing::WithParamInterface<row> {};
INSTANTIATE_TEST_SUITE_P(rows, nud_table, ::testing::ValuesIn(table));

TEST_P(nud_table, row) {
  const row& r = GetParam();
  enter(r.from);
  sent.clear();
  rec.events.clear();
  told_text();

  std::istringstream events(r.event);
  for (std::string e; std::getline(events, e, ';');) happen(e);

  const neighbour* e = entry();
  std::string to = e ? nud_name(e->nud_state) : "gone";
  if (e && (e->nud_state & NUD_VALID_)) {
    mac_addr m;
    std::copy_n(e->ha.begin(), 6, m.begin());
    to += " " + mac_name(m);
  }
  EXPECT_EQ(to, r.to);
  EXPECT_EQ(sent_text(), r.sent);
  EXPECT_EQ(told_text(), r.told);
  const bool armed = e && e->pending();
  EXPECT_EQ(armed ? (e->expires() - w->now()) / ns_per_ms : -1, r.timer_ms);
  // Only an unresolved entry keeps packets.
  EXPECT_TRUE(!e || e->nud_state == NUD_INCOMPLETE || !e->waiting());
}

TEST_F(nud, a_full_queue_loses_its_oldest) {
  use();
  const u32 truesize = entry()->waiting()->truesize;
  parms.queue_len_bytes = 2 * truesize;
  for (size_t size : {20, 30, 40}) EXPECT_TRUE(send_to(*udp, peer, 9, pattern(size)));
  EXPECT_EQ(dropped(), "NEIGH_QUEUEFULL NEIGH_QUEUEFULL");
  EXPECT_EQ(tbl.stats.unres_discards, 2u);
  EXPECT_EQ(entry()->extra->arp_queue_len_bytes, 2 * truesize);
  sent.clear();
  happen("reply A");
  ASSERT_EQ(sent.size(), 2u);  // in the order in which they came
  EXPECT_EQ(sent[0].b.size(), 42u + 30);
  EXPECT_EQ(sent[1].b.size(), 42u + 40);
  EXPECT_FALSE(entry()->extra);  // nothing of it is left
}

TEST_F(nud, without_probes_resolution_fails_at_once) {
  parms.mcast_probes = 0;
  use();
  EXPECT_EQ(entry()->nud_state, NUD_FAILED);
  EXPECT_EQ(dropped(), "NEIGH_FAILED");
  EXPECT_EQ(sent_text(), "");
}

TEST_F(nud, the_settings_count) {
  parms.mcast_probes = 2;
  parms.retrans_time = msecs(300);
  use();
  run(msecs(600));
  EXPECT_EQ(entry()->nud_state, NUD_FAILED);
  EXPECT_EQ(sent_text(), "request all, request all, unreachable");
  sent.clear();
  parms.ucast_probes = 1;
  parms.mcast_reprobes = 1;
  parms.delay_probe_time = secs(2);
  happen("reply A");
  happen("stale A");
  run(secs(3));  // else the reply would still count as a confirmation
  use();
  run(msecs(1999));
  EXPECT_EQ(entry()->nud_state, NUD_DELAY);
  run(msecs(601));
  EXPECT_EQ(entry()->nud_state, NUD_FAILED);
  // One unicast, and one more by broadcast.
  rec.events.clear();
  EXPECT_EQ(sent_text(), "data A, request A, request all");
}

TEST_F(nud, dead_entries_drop_what_waits) {
  use();
  happen("down");
  EXPECT_EQ(dropped(), "NEIGH_DEAD");
  EXPECT_FALSE(send_to(*udp, peer, 9, pattern(10)));
}

}  // namespace
}  // namespace linnet::kit
