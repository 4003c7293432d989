// Packets against a vector of bytes.
#include "net/core/sk_buff.hh"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "base/checksum.hh"
#include "net/core/cpu.hh"
#include "net/core/world.hh"

namespace linnet {
namespace {

struct bare_world {
  world w{std::make_unique<virtual_clock>(), 1, 1};
  cpu& c = *w.cpus[0];
  ~bare_world() { EXPECT_EQ(c.skbs_live, 0u); }
};

std::vector<std::byte> bytes_of(const sk_buff& s) { return {s.data, s.tail}; }

TEST(SkBuff, StartsEmptyWithRoom) {
  bare_world b;
  skb_ptr p = alloc_skb(b.c, 100);
  EXPECT_EQ(p->len(), 0u);
  EXPECT_EQ(p->headroom(), 0u);
  EXPECT_GE(p->tailroom(), 100u);
  EXPECT_NE(p->id, 0u);
  consume_skb(std::move(p));
}

TEST(SkBuff, PullBeyondTheEndIsRefused) {
  bare_world b;
  skb_ptr p = alloc_skb(b.c, 100);
  skb_put(*p, 10);
  EXPECT_EQ(skb_pull(*p, 11), nullptr);
  EXPECT_EQ(p->len(), 10u);
  EXPECT_EQ((skb_header<std::array<u8, 11>>(*p)), nullptr);
  EXPECT_NE((skb_header<std::array<u8, 10>>(*p)), nullptr);
  EXPECT_EQ((skb_header<std::array<u8, 2>>(*p, 0xffffffff)), nullptr);
  consume_skb(std::move(p));
}

TEST(SkBuff, ACloneKeepsTheIdAndSharesData) {
  bare_world b;
  skb_ptr p = alloc_skb(b.c, 64);
  skb_reserve(*p, 16);
  skb_put(*p, 4)[0] = std::byte{7};
  skb_ptr q = skb_clone(*p);
  EXPECT_EQ(q->id, p->id);
  EXPECT_EQ(q->data, p->data);
  EXPECT_TRUE(skb_cloned(*p));
  skb_unshare(*q);
  EXPECT_NE(q->data, p->data);
  EXPECT_FALSE(skb_cloned(*q));
  q->data[0] = std::byte{9};
  EXPECT_EQ(p->data[0], std::byte{7});
  kfree_skb_reason(std::move(q), skb_drop_reason::NOMEM);
  EXPECT_FALSE(skb_cloned(*p));
  consume_skb(std::move(p));
}

TEST(SkBuff, PartialChecksumIsFinishedInSoftware) {
  bare_world b;
  skb_ptr p = alloc_skb(b.c, 64);
  skb_reserve(*p, 8);
  skb_put(*p, 20);
  std::memset(p->data, 0x5a, 20);
  std::memset(p->data + 10, 0, 2);
  p->summed = ip_summed::partial;
  p->csum_start = static_cast<u16>(p->headroom());
  p->csum_offset = 10;
  ASSERT_TRUE(skb_checksum_help(*p));
  EXPECT_EQ(csum_fold(csum_partial(p->data, 20, 0)).raw(), 0);
  p->summed = ip_summed::partial;
  p->csum_offset = 19;  // the field would leave the packet
  EXPECT_FALSE(skb_checksum_help(*p));
  consume_skb(std::move(p));
}

RC_GTEST_PROP(SkBuff, EqualsAByteVector, ()) {
  bare_world b;
  const u32 head = *rc::gen::inRange<u32>(0, 200), size = *rc::gen::inRange<u32>(0, 4000);
  skb_ptr p = alloc_skb(b.c, head + size);
  skb_reserve(*p, head);
  std::vector<std::byte> model;
  std::vector<skb_ptr> clones;
  std::vector<std::vector<std::byte>> clone_models;
  for (int step = *rc::gen::inRange(0, 40); step > 0; --step) {
    const u32 n = *rc::gen::inRange<u32>(0, 300);
    const auto fill = std::byte{*rc::gen::arbitrary<u8>()};
    switch (*rc::gen::inRange(0, 7)) {
      case 0:
        skb_expand(*p, 0, n);
        std::memset(skb_put(*p, n), static_cast<int>(fill), n);
        model.insert(model.end(), n, fill);
        break;
      case 1:
        skb_cow_head(*p, n);
        std::memset(skb_push(*p, n), static_cast<int>(fill), n);
        model.insert(model.begin(), n, fill);
        break;
      case 2:
        RC_ASSERT((skb_pull(*p, n) != nullptr) == (n <= model.size()));
        if (n <= model.size()) model.erase(model.begin(), model.begin() + n);
        break;
      case 3:
        skb_trim(*p, n);
        if (n < model.size()) model.resize(n);
        break;
      case 4:
        clones.push_back(skb_clone(*p));
        clone_models.push_back(model);
        break;
      case 5: {
        skb_ptr copy = skb_copy(*p);
        RC_ASSERT(bytes_of(*copy) == model);
        consume_skb(std::move(p));
        p = std::move(copy);
        break;
      }
      default:
        skb_unshare(*p);
        if (!model.empty()) {
          const size_t at = n % model.size();
          p->data[at] = model[at] = fill;
        }
    }
    RC_ASSERT(bytes_of(*p) == model);
  }
  for (size_t i = 0; i < clones.size(); ++i) {
    RC_ASSERT(bytes_of(*clones[i]) == clone_models[i]);
    consume_skb(std::move(clones[i]));
  }
  consume_skb(std::move(p));
}

}  // namespace
}  // namespace linnet
