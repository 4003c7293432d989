// Slabs: objects are apart and aligned, what is freed is used again, and a pool outlives its owner for its objects.
#include "base/slab.hh"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <set>

namespace linnet {
namespace {

using pool_ptr = std::unique_ptr<slab_pool, slab_pool::let_go>;

TEST(slab, objects_do_not_overlap) {
  pool_ptr p(new slab_pool(40));
  std::set<std::byte*> all;
  for (int i = 0; i < 1000; ++i) {
    auto* o = static_cast<std::byte*>(p->alloc());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(o) % 16, 0u);
    std::memset(o, i, 40);
    all.insert(o);
  }
  EXPECT_EQ(all.size(), 1000u);
  EXPECT_EQ(p->live(), 1000u);
  for (auto it = all.begin(); it != all.end() && std::next(it) != all.end(); ++it)
    EXPECT_GE(*std::next(it) - *it, 40);
  for (std::byte* o : all) {
    EXPECT_EQ(o[0], o[39]);
    slab_pool::free(o);
  }
  EXPECT_EQ(p->live(), 0u);
  EXPECT_EQ(p->bytes(), 0u);
}

TEST(slab, a_pool_that_was_let_go_lives_for_its_objects) {
  pool_ptr p(new slab_pool(240));
  void* a = p->alloc();
  void* b = p->alloc();
  p.reset();
  std::memset(a, 1, 240);
  slab_pool::free(a);
  std::memset(b, 2, 240);
  slab_pool::free(b);  // and the pool with it: the leak checker would tell
}

}  // namespace
}  // namespace linnet
