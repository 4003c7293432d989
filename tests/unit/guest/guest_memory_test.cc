// A process may read its own memory by the same calls as another's.
#include "guest/guest_memory.hh"

#include <gtest/gtest.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstring>

#include "guest/netns_registry.hh"
#include "guest/process_table.hh"
#include "guest/replay_cache.hh"

namespace linnet {
namespace {

u64 address_of(const void* p) { return reinterpret_cast<u64>(p); }

// Two pages, the second not mapped.
class guest_memory_test : public testing::Test {
 protected:
  void SetUp() override {
    page_ = static_cast<char*>(
        mmap(nullptr, 2 * size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ASSERT_NE(page_, MAP_FAILED);
    munmap(page_ + size_, size_);
  }
  void TearDown() override { munmap(page_, size_); }

  const size_t size_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  char* page_ = nullptr;
  guest_memory mem{getpid()};
};

TEST_F(guest_memory_test, reads_a_path_that_ends_with_its_page) {
  const char text[] = "/proc/net/dev";
  char* at = page_ + size_ - sizeof text;
  memcpy(at, text, sizeof text);
  std::string path;
  EXPECT_EQ(mem.read_path(address_of(at), path), 0);
  EXPECT_EQ(path, text);
}

TEST_F(guest_memory_test, refuses_paths_without_end) {
  memset(page_, 'x', size_);
  std::string path;
  EXPECT_EQ(mem.read_path(address_of(page_ + size_ - 10), path), EFAULT);
  EXPECT_EQ(mem.read_path(0, path), EFAULT);
  const std::string endless(PATH_MAX + 1, 'y');
  EXPECT_EQ(mem.read_path(address_of(endless.data()), path), ENAMETOOLONG);
}

TEST_F(guest_memory_test, transfers_all_or_nothing) {
  u64 value = 42;
  EXPECT_EQ(mem.get<u64>(address_of(&value)), 42u);
  EXPECT_FALSE(mem.get<u64>(address_of(page_ + size_ - 4)));
  EXPECT_FALSE(mem.put(address_of(page_ + size_), value));
  EXPECT_TRUE(mem.write(1, {}));
}

TEST_F(guest_memory_test, checks_scatter_lists_as_linux_does) {
  std::vector<guest_iovec> iov;
  EXPECT_EQ(read_iovec(mem, 0, UIO_MAXIOV + 1, iov), EMSGSIZE);
  EXPECT_EQ(read_iovec(mem, 8, 1, iov), EFAULT);
  EXPECT_EQ(read_iovec(mem, 8, 0, iov), 0);
  const guest_iovec negative{0, ~u64{0}};
  EXPECT_EQ(read_iovec(mem, address_of(&negative), 1, iov), EINVAL);
  const guest_iovec huge[2] = {{0, 0x7fffffff}, {0, 0x7fffffff}};
  EXPECT_EQ(read_iovec(mem, address_of(huge), 2, iov), 0);
  EXPECT_EQ(iovec_bytes(iov), 0x7ffff000u);
}

TEST_F(guest_memory_test, gathers_and_scatters) {
  char a[3] = {'a', 'b', 'c'}, b[2] = {'d', 'e'};
  const std::vector<guest_iovec> iov = {{address_of(a), 3}, {0, 0}, {address_of(b), 2}};
  std::vector<std::byte> all;
  ASSERT_EQ(gather(mem, iov, all), 0);
  EXPECT_EQ(memcmp(all.data(), "abcde", 5), 0);
  guest_writes out;
  scatter(out, iov, std::as_bytes(std::span("1234", 4)));
  EXPECT_TRUE(out.flush(mem));
  EXPECT_EQ(std::string(a, 3) + std::string(b, 2), "1234e");
}

TEST_F(guest_memory_test, writes_many_pieces_in_their_order_or_says_that_it_could_not) {
  std::array<u32, 150> to{};
  guest_writes out;
  for (u32 i = 0; i < to.size(); ++i) out.add(address_of(&to[i]), i);
  ASSERT_TRUE(out.flush(mem));
  for (u32 i = 0; i < to.size(); ++i) ASSERT_EQ(to[i], i);
  out.add(address_of(page_ + size_ - 2), u32{7});
  EXPECT_FALSE(out.flush(mem));
}

TEST_F(guest_memory_test, keeps_a_page_until_told_to_forget_or_to_write) {
  const auto page = std::make_unique<guest_page>();
  const guest_memory kept(getpid(), page.get());
  volatile char* at = page_ + size_ - 1;
  *at = 'a';
  EXPECT_EQ(kept.get<char>(address_of(page_ + size_ - 1)), 'a');
  *at = 'b';
  EXPECT_EQ(kept.get<char>(address_of(page_ + size_ - 1)), 'a');
  kept.forget();
  EXPECT_EQ(kept.get<char>(address_of(page_ + size_ - 1)), 'b');
  EXPECT_TRUE(kept.put(address_of(page_), 'c'));
  EXPECT_EQ(kept.get<char>(address_of(page_)), 'c');
  // Over a page's end, and where there is none.
  EXPECT_FALSE(kept.get<u16>(address_of(page_ + size_ - 1)));
  EXPECT_FALSE(kept.get<char>(address_of(page_ + size_)));
}

TEST(replay_cache, answers_the_same_call_once) {
  replay_cache cache;
  const replay_cache::key send{44, 0x1000, {3, 1, 2}};
  cache.remember(7, send, 5);
  EXPECT_FALSE(cache.take(8, send));
  EXPECT_EQ(cache.take(7, send), 5);
  EXPECT_FALSE(cache.take(7, send));
}

TEST(replay_cache, forgets_when_the_thread_does_something_else) {
  replay_cache cache;
  const replay_cache::key send{44, 0x1000, {3, 1, 2}};
  cache.remember(7, send, 5);
  replay_cache::key other = send;
  other.args[5] = 1;
  EXPECT_FALSE(cache.take(7, other));
  EXPECT_FALSE(cache.take(7, send));
  EXPECT_EQ(cache.size(), 0u);
}

TEST(netns_tag, survives_the_round_trip_and_nothing_else_is_one) {
  EXPECT_EQ(netns_of_tag(7, netns_tag(7, 4026531840)), 4026531840u);
  EXPECT_FALSE(netns_of_tag(7, RLIM_INFINITY));
  EXPECT_FALSE(netns_of_tag(7, 0));
  EXPECT_FALSE(netns_of_tag(7, netns_tag_base - 1));
}

TEST(netns_tag, of_another_world_says_nothing) {
  EXPECT_FALSE(netns_of_tag(7, netns_tag(6, 4026531840)));
  EXPECT_FALSE(netns_of_tag(7, netns_tag(8, 4026531840)));
}

TEST(link_inode, reads_what_proc_shows) {
  EXPECT_EQ(link_inode("socket:[12345]", "socket"), 12345u);
  EXPECT_EQ(link_inode("pipe:[7]", "pipe"), 7u);
  EXPECT_EQ(link_inode("pipe:[7]", "socket"), 0u);
  EXPECT_EQ(link_inode("socket:12", "socket"), 0u);
  EXPECT_EQ(link_inode("", "socket"), 0u);
}

}  // namespace
}  // namespace linnet
