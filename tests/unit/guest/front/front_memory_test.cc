// A channel's request as guests may leave it there, and the answer; and when looking for the next is worth it.
#include "guest/front/front_memory.hh"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string_view>

#include "guest/front/spin.hh"

namespace linnet {
namespace {

using front::channel;
using front::verdict;

class front_memory_test : public testing::Test {
 protected:
  void bring(u64 address, std::string_view text) {
    auto& q = shared_->ask;
    const u32 at = q.segments ? shared_->ask_table[q.segments - 1].at +
                                    shared_->ask_table[q.segments - 1].length
                              : 0;
    std::memcpy(shared_->ask_data + at, text.data(), text.size());
    shared_->ask_table[q.segments++] = {address, static_cast<u32>(text.size()), at};
  }
  std::string read(u64 address, size_t n) {
    std::string out(n, '-');
    return memory_.read(address, std::as_writable_bytes(std::span(out))) ? out : "none";
  }
  bool write(u64 address, std::string_view text) {
    return memory_.write(address, std::as_bytes(std::span(text)));
  }

  std::unique_ptr<channel> shared_ = std::make_unique<channel>();
  front_memory memory_;
};

TEST_F(front_memory_test, finds_what_came_along_in_any_order) {
  bring(0x1000, "header");
  bring(0x2000, "data");
  bring(0x1800, "name");
  ASSERT_TRUE(memory_.take(*shared_));
  EXPECT_EQ(read(0x1000, 6), "header");
  EXPECT_EQ(read(0x2001, 3), "ata");
  EXPECT_EQ(read(0x1800, 4), "name");
  EXPECT_EQ(read(0x1002, 2), "ad");
  EXPECT_EQ(read(0x2000, 4), "data");
}

TEST_F(front_memory_test, says_so_when_a_part_is_missing) {
  bring(0x1000, "header");
  ASSERT_TRUE(memory_.take(*shared_));
  EXPECT_EQ(read(0x1000, 7), "none");
  EXPECT_EQ(read(0xfff, 2), "none");
  EXPECT_EQ(read(0x1006, 1), "none");
  EXPECT_EQ(read(~u64{0}, 1), "none");
}

TEST_F(front_memory_test, refuses_tables_that_lead_outside) {
  shared_->ask.segments = front::most_segments + 1;
  EXPECT_FALSE(memory_.take(*shared_));
  shared_->ask.segments = 1;
  shared_->ask_table[0] = {0x1000, 2, front::data_bytes - 1};
  EXPECT_FALSE(memory_.take(*shared_));
  shared_->ask_table[0] = {0x1000, 0xffffffff, 1};
  EXPECT_FALSE(memory_.take(*shared_));
  shared_->ask_table[0] = {0x1000, 1, 0xffffffff};
  EXPECT_FALSE(memory_.take(*shared_));
  shared_->ask_table[0] = {0x1000, front::data_bytes, 0};
  EXPECT_TRUE(memory_.take(*shared_));
}

TEST_F(front_memory_test, keeps_to_the_table_that_was_checked) {
  bring(0x1000, "header");
  ASSERT_TRUE(memory_.take(*shared_));
  shared_->ask_table[0] = {0x1000, 0xffffffff, 0xffffffff};
  shared_->ask.segments = 0xffffffff;
  EXPECT_EQ(read(0x1000, 6), "header");
}

TEST_F(front_memory_test, answers_only_where_the_guest_may_write) {
  shared_->ask.writable[0] = {0x1000, 0x1008};
  shared_->ask.writable[1] = {0x3000, 0x2000};  // nothing lies in it
  ASSERT_TRUE(memory_.take(*shared_));
  EXPECT_TRUE(write(0x1000, "abcd"));
  EXPECT_TRUE(write(0x1006, "ef"));
  EXPECT_FALSE(write(0x1007, "gh"));
  EXPECT_FALSE(write(0xfff, "ij"));
  EXPECT_FALSE(write(0x2800, "k"));
  memory_.reply(verdict::value, 6);
  EXPECT_EQ(shared_->reply.value, 6);
  ASSERT_EQ(shared_->reply.segments, 2u);
  EXPECT_EQ(shared_->reply_table[1].address, 0x1006u);
  EXPECT_EQ(std::memcmp(shared_->reply_data + shared_->reply_table[1].at, "ef", 2), 0);
}

TEST_F(front_memory_test, leaves_what_does_not_fit_to_others) {
  shared_->ask.writable[0] = {0, u64{1} << 40};
  ASSERT_TRUE(memory_.take(*shared_));
  const std::string much(front::data_bytes - 10, 'x');
  EXPECT_TRUE(write(0x1000, much));
  EXPECT_FALSE(write(0x1000, "eleven bytes"));
  EXPECT_TRUE(write(0x1000, "ten bytes."));
  ASSERT_TRUE(memory_.take(*shared_));
  for (u32 i = 0; i < front::most_segments; ++i) EXPECT_TRUE(write(i, "x"));
  EXPECT_FALSE(write(0, "x"));
  memory_.reply(verdict::would_block, 0);
  EXPECT_EQ(shared_->reply.segments, 0u);
}

TEST(spin_policy, looks_on_while_it_pays) {
  spin_policy p(false);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(p.worth());
    p.paid();
  }
}

TEST(spin_policy, gives_up_and_tries_again_ever_more_seldom) {
  spin_policy p(false);
  const auto answers_to_next_look = [&p] {
    int n = 0;
    while (!p.worth()) ++n;
    p.in_vain();
    return n;
  };
  EXPECT_EQ(answers_to_next_look(), 0);
  const int first = answers_to_next_look();
  EXPECT_GT(first, 0);
  EXPECT_GT(answers_to_next_look(), first);
  int last = 0;
  for (int i = 0; i < 20; ++i) last = answers_to_next_look();
  EXPECT_EQ(last, 1024);
  while (!p.worth()) {
  }
  p.paid();
  EXPECT_TRUE(p.worth());
}

TEST(spin_policy, never_looks_with_one_processor) {
  spin_policy p(true);
  for (int i = 0; i < 5000; ++i) EXPECT_FALSE(p.worth());
}

}  // namespace
}  // namespace linnet
