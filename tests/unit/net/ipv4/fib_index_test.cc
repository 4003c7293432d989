// The index where it runs out: of groups, and of numbers for answers. What it cannot hold it must ask the trie for, and
// never answer wrongly. The trie's own tests check it while there is room (fib_trie_test.cc).
#include "net/ipv4/fib_index.hh"

#include <gtest/gtest.h>

#include "net/ipv4/fib_trie.hh"

namespace linnet {
namespace {

const fib_info* const somewhere =
    reinterpret_cast<const fib_info*>(u64{16});  // nobody looks behind it

fib_answer route(u8 plen, u32 id) {
  return {.info = somewhere, .tb_id = id, .type = 1, .plen = plen};
}

// "8/1": of length 8, answer 1; "8/ask"; "none".
std::string text(const fib_answer* a) {
  if (!a) return "none";
  if (!a->info) return "ask";
  return std::to_string(a->plen) + '/' + std::to_string(a->tb_id);
}

TEST(fib_index, longer_prefixes_hide_shorter_ones_until_they_go) {
  fib_index x;
  const u32 at = 0x0a010203;
  EXPECT_EQ(text(x.find(at)), "none");
  x.insert(0, route(0, 1));
  x.insert(0x0a000000, route(8, 2));
  x.insert(0x0a010200, route(24, 3));
  x.insert(0x0a010203, route(32, 4));
  EXPECT_EQ(text(x.find(at)), "32/4");
  EXPECT_EQ(text(x.find(at + 1)), "24/3");
  EXPECT_EQ(text(x.find(at + 256)), "8/2");
  EXPECT_EQ(text(x.find(0x0b000000)), "0/1");
  // A shorter one that comes later changes only what longer ones leave.
  x.insert(0x0a010000, route(20, 5));
  EXPECT_EQ(text(x.find(at)), "32/4");
  EXPECT_EQ(text(x.find(at + 256)), "20/5");
  fib_answer slash8 = route(8, 2), slash20 = route(20, 5), slash24 = route(24, 3);
  x.erase(0x0a010200, slash24, &slash20);
  EXPECT_EQ(text(x.find(at + 1)), "20/5");
  x.erase(0x0a010203, route(32, 4), &slash20);
  EXPECT_EQ(text(x.find(at)), "20/5");
  x.erase(0x0a010000, slash20, &slash8);
  EXPECT_EQ(text(x.find(at)), "8/2");
}

TEST(fib_index, asks_for_prefixes_with_several_routes) {
  fib_index x;
  x.insert(0x0a000000, route(8, 1));
  x.replace(0x0a000000, route(8, 1), {.plen = 8});
  EXPECT_EQ(text(x.find(0x0a000001)), "ask");
  x.replace(0x0a000000, {.plen = 8}, route(8, 2));
  EXPECT_EQ(text(x.find(0x0a000001)), "8/2");
}

TEST(fib_index, asks_where_no_group_is_left) {
  fib_index x;
  constexpr u32 hosts = 40000;
  fib_answer dflt = route(0, 7);
  x.insert(0, dflt);
  for (u32 i = 0; i < hosts; ++i) x.insert(i << 8 | 5, route(32, 1));
  EXPECT_EQ(text(x.find(5)), "32/1");
  EXPECT_EQ(text(x.find(6)), "0/7");
  EXPECT_EQ(text(x.find((hosts - 1) << 8 | 5)), "ask");
  EXPECT_EQ(text(x.find((hosts - 1) << 8 | 6)), "ask");
  // A shorter prefix over it changes nothing of that.
  x.insert((hosts - 1) << 8, route(24, 2));
  EXPECT_EQ(text(x.find((hosts - 1) << 8 | 5)), "ask");
  x.erase((hosts - 1) << 8, route(24, 2), &dflt);
  for (u32 i = 0; i < hosts; ++i) x.erase(i << 8 | 5, route(32, 1), &dflt);
  EXPECT_EQ(text(x.find((hosts - 1) << 8 | 5)), "0/7");
  EXPECT_EQ(text(x.find(5)), "0/7");
}

TEST(fib_index, asks_where_no_number_is_left_and_uses_those_that_come_free) {
  fib_index x;
  constexpr u32 nets = 40000;
  for (u32 i = 0; i < nets; ++i) x.insert(i << 8, route(24, i));
  EXPECT_EQ(text(x.find(0x1234)), "24/18");
  EXPECT_EQ(text(x.find((nets - 1) << 8)), "ask");
  x.erase(0x1200, route(24, 0x12), nullptr);
  x.replace((nets - 1) << 8, route(24, nets - 1), route(24, 1));  // an answer that is known
  EXPECT_EQ(text(x.find((nets - 1) << 8)), "24/1");
  x.replace((nets - 2) << 8, route(24, nets - 2),
            route(24, nets));  // one that takes the free number
  EXPECT_EQ(text(x.find((nets - 2) << 8)), "24/" + std::to_string(nets));
  EXPECT_EQ(text(x.find(0x1200)), "none");
  x.replace((nets - 3) << 8, route(24, nets - 3), route(24, nets + 1));  // and none is left again
  EXPECT_EQ(text(x.find((nets - 3) << 8)), "ask");
  x.erase((nets - 3) << 8, route(24, nets + 1), nullptr);
  EXPECT_EQ(text(x.find((nets - 3) << 8)), "none");
}

}  // namespace
}  // namespace linnet
