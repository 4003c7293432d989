// One block of 64 bytes after the other, as RFC 1321 §3 has it; what is left over waits for more.
#include "base/md5.hh"

#include <algorithm>
#include <bit>
#include <cstring>

namespace linnet {
namespace {

// floor(2^32 * |sin(i + 1)|)
constexpr std::array<u32, 64> sines = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr std::array<std::array<u8, 4>, 4> turns = {
    {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};

u32 le32(const std::byte* p) {
  u32 v = 0;
  for (int i = 0; i < 4; ++i) v |= std::to_integer<u32>(p[i]) << 8 * i;
  return v;
}

}  // namespace

void md5::block(const std::byte* p) {
  std::array<u32, 16> x;
  for (size_t i = 0; i < 16; ++i) x[i] = le32(p + 4 * i);
  auto [a, b, c, d] = state_;
  for (u32 i = 0; i < 64; ++i) {
    u32 f, k;
    switch (i / 16) {
      case 0: f = (b & c) | (~b & d), k = i; break;
      case 1: f = (d & b) | (~d & c), k = 5 * i + 1; break;
      case 2: f = b ^ c ^ d, k = 3 * i + 5; break;
      default: f = c ^ (b | ~d), k = 7 * i; break;
    }
    const u32 t = a + f + sines[i] + x[k % 16];
    a = d;
    d = c;
    c = b;
    b += std::rotl(t, turns[i / 16][i % 4]);
  }
  state_[0] += a;
  state_[1] += b;
  state_[2] += c;
  state_[3] += d;
}

void md5::update(std::span<const std::byte> data) {
  size_t have = size_ % 64;
  size_ += data.size();
  while (!data.empty()) {
    if (!have && data.size() >= 64) {
      block(data.data());
      data = data.subspan(64);
      continue;
    }
    const size_t n = std::min(64 - have, data.size());
    std::memcpy(rest_.data() + have, data.data(), n);
    data = data.subspan(n);
    have += n;
    if (have < 64) return;
    block(rest_.data());
    have = 0;
  }
}

md5::digest md5::final() {
  const u64 bits = size_ * 8;
  static constexpr std::array<std::byte, 64> padding = {std::byte{0x80}};
  update(std::span(padding).first(1 + (119 - size_ % 64) % 64));
  std::array<std::byte, 8> length;
  for (size_t i = 0; i < 8; ++i) length[i] = static_cast<std::byte>(bits >> 8 * i);
  update(length);
  digest out;
  for (size_t i = 0; i < 16; ++i) out[i] = static_cast<std::byte>(state_[i / 4] >> 8 * (i % 4));
  return out;
}

}  // namespace linnet
