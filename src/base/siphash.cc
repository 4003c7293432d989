// Two rounds for each word of data, four at the end.
#include "base/siphash.hh"

#include <bit>

#include "base/endian.hh"

namespace linnet {
namespace {

struct state {
  u64 v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }
  void take(u64 word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

u64 le64(const std::byte* p, size_t n) {
  u64 word = 0;
  for (size_t i = 0; i < n; ++i) word |= std::to_integer<u64>(p[i]) << 8 * i;
  return word;
}

}  // namespace

u64 siphash(std::span<const std::byte> data, const siphash_key& key) {
  state s{key.k0 ^ 0x736f6d6570736575, key.k1 ^ 0x646f72616e646f6d, key.k0 ^ 0x6c7967656e657261,
          key.k1 ^ 0x7465646279746573};
  const size_t whole = data.size() & ~size_t{7};
  for (size_t i = 0; i < whole; i += 8) s.take(le64(data.data() + i, 8));
  s.take(le64(data.data() + whole, data.size() - whole) | u64{data.size()} << 56);
  s.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) s.round();
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

}  // namespace linnet
