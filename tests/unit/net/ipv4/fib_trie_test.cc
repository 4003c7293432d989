// The trie against a list that is searched from end to end: the same changes to both, then the same
// answers for every prefix, every lookup, and the walk in order.
#include "net/ipv4/fib_trie.hh"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "net/ipv4/fib_walk.hh"

namespace linnet {
namespace {

u32 mask_of(unsigned plen) { return plen ? ~u32{0} << (32 - plen) : 0; }

// Dumps go by key, and for one key from the longest prefix down.
struct order {
  bool operator()(std::pair<u32, u8> a, std::pair<u32, u8> b) const {
    return a.first != b.first ? a.first < b.first : a.second > b.second;
  }
};
using model = std::map<std::pair<u32, u8>, std::vector<u32>, order>;

fib_alias numbered(u32 id) {
  fib_alias a;
  a.info = reinterpret_cast<fib_info*>(u64{1});  // nobody looks behind it
  a.tb_id = id;
  return a;
}

std::vector<u32> ids(std::span<const fib_alias> s) {
  std::vector<u32> r;
  for (const fib_alias& a : s) r.push_back(a.tb_id);
  return r;
}

std::vector<std::pair<u8, std::vector<u32>>> all_matches(const fib_trie& t, u32 key) {
  std::vector<std::pair<u8, std::vector<u32>>> r;
  t.match(key, [&](const fib_leaf& l, u8 plen) {
    r.emplace_back(plen, ids(l.aliases()));
    return false;
  });
  return r;
}

void expect_same(fib_trie& t, const model& m, const std::vector<u32>& keys) {
  RC_ASSERT(t.prefixes() == m.size());
  fib_trie::cursor c;
  for (auto& [prefix, list] : m) {
    auto got = t.next(c);
    RC_ASSERT(c.key == prefix.first);
    RC_ASSERT(c.plen == prefix.second);
    RC_ASSERT(ids(got) == list);
    RC_ASSERT(ids(t.find(prefix.first, prefix.second)) == list);
  }
  RC_ASSERT(t.next(c).empty());
  fib_walk walk(t);
  for (auto& [prefix, list] : m) {
    RC_ASSERT(ids(walk.next()) == list);
    RC_ASSERT(std::pair(walk.at().key, walk.at().plen) == prefix);
  }
  RC_ASSERT(walk.next().empty());
  for (size_t i = 0; i < keys.size(); ++i) {
    std::vector<std::pair<u8, std::vector<u32>>> want;
    for (unsigned plen = 33; plen-- > 0;) {
      auto it = m.find({keys[i] & mask_of(plen), static_cast<u8>(plen)});
      if (it != m.end()) want.emplace_back(plen, it->second);
    }
    RC_ASSERT(all_matches(t, keys[i]) == want);
    if (const fib_index* index = t.index()) {
      const fib_answer* a = index->find(keys[i]);
      const bool found = a, answers = a && a->info;
      RC_ASSERT(found == !want.empty());
      if (answers) {
        RC_ASSERT(a->plen == want[0].first);
        RC_ASSERT(want[0].second == std::vector{a->tb_id});
      }
      RC_ASSERT(answers == (found && want[0].second.size() == 1));
    }
  }
}

// Few distinct bits, so that prefixes nest and meet; now and then anything at all.
rc::Gen<u32> some_key() {
  return rc::gen::oneOf(
      rc::gen::map(rc::gen::inRange<u32>(0, 4096),
                   [](u32 v) { return (v & 0xf) | (v >> 4 & 0xf) << 14 | (v >> 8 & 0xf) << 28; }),
      rc::gen::arbitrary<u32>(), rc::gen::element<u32>(0, ~0u, 0x0a000001));
}

RC_GTEST_PROP(fib_trie, behaves_as_a_list_of_prefixes, ()) {
  fib_trie t;
  model m;
  u32 next_id = 1;
  auto ops = *rc::gen::container<std::vector<std::tuple<u32, int, int, int>>>(rc::gen::tuple(
      some_key(), rc::gen::inRange(0, 33), rc::gen::inRange(0, 4), rc::gen::inRange(0, 8)));
  std::vector<u32> keys;
  for (auto [key, plen, op, where] : ops) {
    auto prefix = std::pair(key & mask_of(static_cast<unsigned>(plen)), static_cast<u8>(plen));
    keys.push_back(key);
    keys.push_back(key ^ 1);
    if (op > 0) {
      auto& list = m[prefix];
      size_t at = static_cast<size_t>(where) % (list.size() + 1);
      list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), next_id);
      t.insert(prefix.first, prefix.second, at, numbered(next_id++));
    } else if (!m.empty()) {
      auto it = m.lower_bound(prefix);
      if (it == m.end()) it = m.begin();
      size_t at = static_cast<size_t>(where) % it->second.size();
      it->second.erase(it->second.begin() + static_cast<std::ptrdiff_t>(at));
      t.erase(it->first.first, it->first.second, at);
      if (it->second.empty()) m.erase(it);
    }
  }
  expect_same(t, m, keys);
}

// Enough prefixes for the index of the first 16 bits, and removals that take whole branches away.
RC_GTEST_PROP(fib_trie, large_tables_keep_their_index_true, (u64 seed)) {
  fib_trie t;
  model m;
  rc::Random r(seed);
  std::vector<u32> keys;
  for (u32 i = 0; i < 3000; ++i) {
    auto x = r.next();
    auto plen = static_cast<u8>(x % 33);
    u32 key = static_cast<u32>(x >> 32) & (x >> 8 & 1 ? ~0u : 0xff0f00ff) & mask_of(plen);
    auto& list = m[{key, plen}];
    t.insert(key, plen, list.size(), numbered(i));
    list.push_back(i);
    keys.push_back(static_cast<u32>(r.next()));
    keys.push_back(key);
  }
  for (u32 i = 0; i < 1500; ++i) {
    auto it = std::next(m.begin(), static_cast<std::ptrdiff_t>(r.next() % m.size()));
    t.erase(it->first.first, it->first.second, 0);
    it->second.erase(it->second.begin());
    if (it->second.empty()) m.erase(it);
  }
  keys.resize(600);
  expect_same(t, m, keys);
  while (!m.empty()) {
    auto it = m.begin();
    while (!it->second.empty()) {
      it->second.pop_back();
      t.erase(it->first.first, it->first.second, it->second.size());
    }
    m.erase(it);
  }
  expect_same(t, m, keys);
}

TEST(fib_trie, walk_survives_changes) {
  fib_trie t;
  for (u32 i = 0; i < 10; ++i) t.insert(i << 24, 8, 0, numbered(i));
  fib_trie::cursor c;
  t.next(c);
  t.next(c);
  EXPECT_EQ(c.key, 1u << 24);
  t.erase(1u << 24, 8, 0);
  t.erase(2u << 24, 8, 0);
  t.insert((1u << 24) | 5, 32, 0, numbered(77));
  EXPECT_EQ(t.next(c)[0].tb_id, 77u);
  EXPECT_EQ(t.next(c)[0].tb_id, 3u);
}

TEST(fib_trie, is_small_while_it_has_few_prefixes) {
  fib_trie t;
  EXPECT_LE(t.memory(), 256u);
  for (auto [key, plen] : std::initializer_list<std::pair<u32, u8>>{{0x7f000000, 8},
                                                                    {0x7f000001, 32},
                                                                    {0x7fffffff, 32},
                                                                    {0x0a000000, 24},
                                                                    {0x0a000001, 32},
                                                                    {0x0a0000ff, 32},
                                                                    {0, 0}})
    t.insert(key, plen, 0, numbered(0));
  EXPECT_LE(t.memory(), 2048u);
}

}  // namespace
}  // namespace linnet
