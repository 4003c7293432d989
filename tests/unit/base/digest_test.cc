// Digests against the vectors that their definitions give.
#include <gtest/gtest.h>

#include <string>

#include "base/md5.hh"
#include "base/siphash.hh"

namespace linnet {
namespace {

std::string hex(std::span<const std::byte> b) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string s;
  for (const std::byte x : b) {
    s += digits[std::to_integer<unsigned>(x) >> 4];
    s += digits[std::to_integer<unsigned>(x) & 15];
  }
  return s;
}

std::string md5_of(std::string_view text, size_t step = 0) {
  md5 m;
  const auto b = std::as_bytes(std::span(text));
  for (size_t i = 0; i < b.size(); i += step ? step : b.size())
    m.update(b.subspan(i, std::min(step ? step : b.size(), b.size() - i)));
  return hex(m.final());
}

// RFC 1321 appendix A.5.
TEST(md5, rfc1321) {
  EXPECT_EQ(md5_of(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5_of("a"), "0cc175b9c0f1b6a831c399e269772661");
  EXPECT_EQ(md5_of("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(
      md5_of("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
      "57edf4a22be3c955ac49da2e2107b67a");
}

TEST(md5, in_pieces) {
  const std::string text(1000, 'x');
  for (const size_t step : {1, 7, 55, 56, 63, 64, 65, 128, 999})
    EXPECT_EQ(md5_of(text, step), md5_of(text));
  for (size_t n = 50; n < 70; ++n)
    EXPECT_EQ(md5_of(std::string(n, 'y'), 1), md5_of(std::string(n, 'y'))) << n;
}

// The reference implementation's vectors: key 00..0f, data 00, 01, ... of each length.
TEST(siphash, reference_vectors) {
  const siphash_key key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::array<std::byte, 16> data;
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i);
  const auto of = [&](size_t n) { return siphash(std::span<const std::byte>(data).first(n), key); };
  EXPECT_EQ(of(0), 0x726fdb47dd0e0e31);
  EXPECT_EQ(of(1), 0x74f839c593dc67fd);
  EXPECT_EQ(of(7), 0xab0200f58b01d137);
  EXPECT_EQ(of(8), 0x93f5f5799a932462);
  EXPECT_EQ(of(15), 0xa129ca6149be45e5);
}

}  // namespace
}  // namespace linnet
