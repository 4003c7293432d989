// The Internet checksum against the textbook loop, and RFC 1071's own example.
#include "base/checksum.hh"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace linnet {
namespace {

u16 textbook(const std::vector<u8>& b) {
  u32 sum = 0;
  for (size_t i = 0; i < b.size(); i += 2) {
    sum += static_cast<u32>(b[i] << 8 | (i + 1 < b.size() ? b[i + 1] : 0));
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<u16>(~sum);
}

TEST(Checksum, Rfc1071Example) {
  const std::vector<u8> b = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(csum_fold(csum_partial(b.data(), b.size(), 0)).host(), static_cast<u16>(~0xddf2));
}

RC_GTEST_PROP(Checksum, EqualsTextbook, (const std::vector<u8>& b)) {
  RC_ASSERT(csum_fold(csum_partial(b.data(), b.size(), 0)).host() == textbook(b));
}

RC_GTEST_PROP(Checksum, SumsOfEvenPartsAdd, (std::vector<u8> a, const std::vector<u8>& b)) {
  if (a.size() % 2) a.push_back(0);
  std::vector<u8> both = a;
  both.insert(both.end(), b.begin(), b.end());
  const u32 parts =
      csum_add(csum_partial(a.data(), a.size(), 0), csum_partial(b.data(), b.size(), 0));
  RC_ASSERT(csum_fold(parts).raw() == csum_fold(csum_partial(both.data(), both.size(), 0)).raw());
}

RC_GTEST_PROP(Checksum, Replace16EqualsRecomputing, (std::vector<u8> b, u16 to)) {
  b.resize(20, 7);
  const be16 before = csum_fold(csum_partial(b.data(), b.size(), 0));
  const be16 from = be16::load(&b[4]), now = to;
  std::memcpy(&b[4], &now, 2);
  const be16 after = csum_fold(csum_partial(b.data(), b.size(), 0));
  const be16 updated = csum_replace2(before, from, now);
  // Zero has two forms in ones' complement.
  auto same = [](u16 x, u16 y) { return x == y || (x % 0xffff == 0 && y % 0xffff == 0); };
  RC_ASSERT(same(updated.raw(), after.raw()));
}

}  // namespace
}  // namespace linnet
