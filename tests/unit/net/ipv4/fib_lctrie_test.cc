// The level-compressed trie: shapes that Linux printed, and after any changes a trie that is whole, with the leaves of a
// plain list and counters that are true.
#include "net/ipv4/fib_lctrie.hh"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace linnet {
namespace {

using node = lc_trie::node;
using leaves = std::map<u32, u64>;

void check(const node& n, leaves& found) {
  if (n.is_leaf()) {
    ASSERT_NE(n.plens, 0u);
    ASSERT_TRUE(found.emplace(n.key, n.plens).second);
    return;
  }
  ASSERT_EQ(n.child.size(), size_t{1} << n.bits);
  ASSERT_LE(n.pos + n.bits, 32);
  u32 empty = 0, full = 0;
  for (size_t i = 0; i < n.child.size(); ++i) {
    const node* c = n.child[i];
    empty += !c;
    if (!c) continue;
    ASSERT_EQ(c->parent, &n);
    ASSERT_EQ(u64{c->key ^ n.key} >> n.pos, i);
    full += !c->is_leaf() && c->pos + c->bits == n.pos;
    check(*c, found);
  }
  EXPECT_EQ(empty, n.empty_children);
  EXPECT_EQ(full, n.full_children);
  EXPECT_GE(n.child.size() - empty, 2u) << "such a node is not needed";
}

leaves leaves_of(const lc_trie& t) {
  leaves found;
  if (t.top()) check(*t.top(), found);
  return found;
}

std::string shape(const node& n) {
  if (n.is_leaf()) return ".";
  std::string s = std::to_string(n.bits) + "@" + std::to_string(n.pos) + "(";
  for (const node* c : n.child) s += c ? shape(*c) : "-";
  return s + ")";
}

// As /proc/net/fib_trie had it: lo up, then 10.0.0.1/24 with its broadcast address on a device that comes up.
TEST(lctrie, has_the_shape_of_a_small_host_on_linux) {
  lc_trie t;
  for (u32 key : {0x7f000001u, 0x7f000000u, 0x7fffffffu, 0x0a000001u, 0x0a0000ffu, 0x0a000000u})
    t.insert(key, 32);
  ASSERT_NE(t.top(), nullptr);
  EXPECT_EQ(shape(*t.top()), "2@29(2@6(1@0(..)--.)--2@22(1@0(..)--.))");
}

TEST(lctrie, keeps_one_leaf_for_all_lengths_of_a_key) {
  lc_trie t;
  t.insert(0x0a000000, 8);
  t.insert(0x0a000000, 24);
  EXPECT_EQ(leaves_of(t), (leaves{{0x0a000000, u64{1} << 8 | u64{1} << 24}}));
  t.erase(0x0a000000, 8);
  t.erase(0x0a000000, 9);
  EXPECT_EQ(leaves_of(t), (leaves{{0x0a000000, u64{1} << 24}}));
  t.erase(0x0a000000, 24);
  EXPECT_EQ(t.top(), nullptr);
}

RC_GTEST_PROP(lctrie, is_whole_after_any_changes, ()) {
  lc_trie t;
  leaves model;
  const u32 mask = *rc::gen::element(0xffu, 0xf000000fu, 0x0f0f0f0fu, 0xffffffffu);
  const int steps = *rc::gen::inRange(1, 300);
  for (int i = 0; i < steps; ++i) {
    const u32 key = *rc::gen::arbitrary<u32>() & mask;
    const u8 plen = *rc::gen::inRange<u8>(0, 33);
    const int what = *rc::gen::inRange(0, 100);
    if (what < 60) {
      t.insert(key, plen);
      model[key] |= u64{1} << plen;
    } else if (what < 97 && !model.empty()) {
      auto it = model.lower_bound(key);
      if (it == model.end()) it = model.begin();
      const u8 len = static_cast<u8>(std::countr_zero(it->second));
      t.erase(it->first, len);
      it->second &= it->second - 1;
      if (!it->second) model.erase(it);
    } else {
      leaves gone;
      for (auto& [k, lens] : model)
        if ((k * 2654435761u >> 31) != 0) gone[k] = lens;
      t.flush(gone);
      for (auto& [k, lens] : gone) model.erase(k);
    }
  }
  // A flush may leave nodes that the next change of their neighbourhood will mend, so only what it holds is compared.
  leaves found;
  const auto collect = [&](auto&& self, const node& n) -> void {
    if (n.is_leaf()) found[n.key] = n.plens;
    for (const node* c : n.child)
      if (c) self(self, *c);
  };
  if (t.top()) collect(collect, *t.top());
  RC_ASSERT(found == model);
}

TEST(lctrie, of_a_history_is_that_of_the_changes_themselves) {
  fib_history h;
  lc_trie t, again;
  for (u32 i = 0; i < 200; ++i) {
    h.note(fib_history::what::insert, i << 8, 24);
    t.insert(i << 8, 24);
  }
  std::map<u32, u64> gone;
  h.note(fib_history::what::flush_begin);
  for (u32 i = 0; i < 200; i += 3) {
    h.note(fib_history::what::erase, i << 8, 24);
    gone[i << 8] = u64{1} << 24;
  }
  h.note(fib_history::what::flush_end);
  t.flush(gone);
  again.replay(h);
  EXPECT_EQ(shape(*again.top()), shape(*t.top()));
  EXPECT_EQ(leaves_of(again), leaves_of(t));
}

TEST(lctrie, forgets_a_history_that_grows_too_long) {
  fib_history h;
  for (u32 i = 0; i < 4096; ++i) h.note(fib_history::what::insert, i, 32);
  EXPECT_TRUE(h.complete());
  h.note(fib_history::what::insert, 5000, 32);
  EXPECT_FALSE(h.complete());
  EXPECT_TRUE(h.events().empty());
}

}  // namespace
}  // namespace linnet
