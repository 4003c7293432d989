// The list of rules, with a family that matches on a number: order, jumps as rules come and go, suppression, devices that
// are renamed.
#include "net/core/fib_rules.hh"

#include <gtest/gtest.h>

#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

struct number_rule : fib_rule {
  int number = 0;  // matches flows of this number; 0: all
};

struct answer {
  std::vector<u32> acted;  // priorities of the rules that were asked, in order
  int error = 0;
};

class rules : public ::testing::Test {
 protected:
  rules() {
    ops.make = []() -> std::unique_ptr<fib_rule> { return std::make_unique<number_rule>(); };
    ops.match = [](const fib_rule& r, const void* flow, int) {
      const int wanted = static_cast<const number_rule&>(r).number;
      return !wanted || wanted == *static_cast<const int*>(flow);
    };
    ops.act = [](fib_rule& r, const void*, int, void* result) {
      static_cast<answer*>(result)->acted.push_back(r.pref);
      return r.table == 99 ? EAGAIN : r.action == FR_ACT_UNREACHABLE ? ENETUNREACH : 0;
    };
    ops.suppress = [](const fib_rule& r, void*) { return r.suppress_prefixlen >= 0; };
  }

  fib_rule& add(u32 pref, u32 table, int number = 0, u8 action = FR_ACT_TO_TBL, u32 target = 0) {
    auto r = ops.make();
    r->pref = pref;
    r->table = table;
    r->action = action;
    r->target = target;
    static_cast<number_rule&>(*r).number = number;
    fib_rule& kept = *r;
    fib_rule_insert(ops, std::move(r));
    return kept;
  }
  answer ask(int number, const flowi_common& f = {}) {
    answer a;
    matched = nullptr;
    a.error = fib_rules_lookup(ops, f, &number, 0, &a, &matched);
    return a;
  }
  using prefs = std::vector<u32>;

  fib_rules_ops ops;
  const fib_rule* matched = nullptr;
};

TEST_F(rules, are_asked_in_order_and_equal_priorities_in_that_of_their_making) {
  add(20, 99);
  add(10, 99);
  const fib_rule& later = add(20, 1);
  add(30, 1);
  const answer a = ask(0);
  EXPECT_EQ(a.acted, (prefs{10, 20, 20}));
  EXPECT_EQ(a.error, 0);
  EXPECT_EQ(matched, &later);
}

TEST_F(rules, that_give_no_answer_leave_ESRCH) {
  add(10, 99);
  add(20, 1, 7);
  EXPECT_EQ(ask(0).error, ESRCH);
  EXPECT_EQ(matched, nullptr);
  EXPECT_EQ(ask(7).error, 0);
}

TEST_F(rules, refuse_and_end_the_search) {
  add(10, 0, 0, FR_ACT_UNREACHABLE);
  add(20, 1);
  EXPECT_EQ(ask(0).error, ENETUNREACH);
}

TEST_F(rules, that_suppress_their_answer_pass_on) {
  add(10, 1).suppress_prefixlen = 0;
  add(20, 2);
  EXPECT_EQ(ask(0).acted, (prefs{10, 20}));
}

TEST_F(rules, inverted_match_what_they_would_not) {
  add(10, 1, 7).flags |= FIB_RULE_INVERT;
  EXPECT_EQ(ask(7).error, ESRCH);
  EXPECT_EQ(ask(8).error, 0);
}

TEST_F(rules, select_by_mark_user_device_and_tunnel) {
  fib_rule& r = add(10, 1);
  r.mark = 5;
  r.mark_mask = 0xf;
  r.uid_range = {10, 20};
  r.iifindex = 3;
  r.tun_id = 77;
  const flowi_common right = {.iif = 3, .mark = 0x25, .uid = 20, .tun_id = 77};
  EXPECT_EQ(ask(0, right).error, 0);
  for (auto change :
       {+[](flowi_common& f) { f.mark = 6; }, +[](flowi_common& f) { f.uid = 21; },
        +[](flowi_common& f) { f.iif = 0; }, +[](flowi_common& f) { f.tun_id = 0; }}) {
    flowi_common f = right;
    change(f);
    EXPECT_EQ(ask(0, f).error, ESRCH);
  }
}

TEST_F(rules, jump_over_those_between_to_a_rule_that_must_match_too) {
  add(10, 0, 0, FR_ACT_GOTO, 30);
  add(20, 1);
  add(30, 2, 7);
  add(40, 3);
  EXPECT_EQ(ask(7).acted, (prefs{30}));
  EXPECT_EQ(ask(8).acted, (prefs{40}));
}

TEST_F(rules, jump_nowhere_until_their_target_comes_and_when_it_has_gone) {
  const fib_rule& jump = add(10, 0, 0, FR_ACT_GOTO, 30);
  add(20, 1);
  EXPECT_EQ(ops.unresolved_rules, 1u);
  EXPECT_EQ(ask(0).acted, (prefs{20}));
  fib_rule& first = add(30, 2);
  fib_rule& second = add(30, 3);
  EXPECT_EQ(ops.unresolved_rules, 0u);
  EXPECT_EQ(ask(0).acted, (prefs{30}));
  EXPECT_EQ(matched, &first);
  (void)fib_rule_remove(ops, first);
  EXPECT_EQ(jump.ctarget, &second);
  (void)fib_rule_remove(ops, second);
  EXPECT_EQ(ops.unresolved_rules, 1u);
  EXPECT_EQ(ask(0).acted, (prefs{20}));
  (void)fib_rule_remove(ops, *ops.rules[0]);
  EXPECT_EQ(ops.unresolved_rules, 0u);
  EXPECT_EQ(ops.nr_goto_rules, 0u);
}

TEST_F(rules, do_nothing_when_told_so) {
  add(10, 0, 0, FR_ACT_NOP);
  add(20, 1);
  EXPECT_EQ(ask(0).acted, (prefs{20}));
}

class rules_and_devices : public wire_node {};

TEST_F(rules_and_devices, are_bound_by_name) {
  fib_rules_ops ops;
  ops.make = [] { return std::make_unique<fib_rule>(); };
  auto fresh = ops.make();
  fresh->iifname = "eth0";
  fresh->iifindex = -1;
  fib_rule& r = *fresh;
  fib_rule_insert(ops, std::move(fresh));
  memory_device& eth0 = add_device(ip4(10, 0, 0, 1), 24);
  fib_rules_device_event(ops, eth0, netdev_event::registered);
  EXPECT_EQ(r.iifindex, eth0.ifindex);
  eth0.name = "other";
  fib_rules_device_event(ops, eth0, netdev_event::changename);
  EXPECT_EQ(r.iifindex, -1);
  eth0.name = "eth0";
  fib_rules_device_event(ops, eth0, netdev_event::changename);
  EXPECT_EQ(r.iifindex, eth0.ifindex);
  fib_rules_device_event(ops, eth0, netdev_event::unregister);
  EXPECT_EQ(r.iifindex, -1);
}

}  // namespace
}  // namespace linnet::kit
