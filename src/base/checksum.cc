// The sum over bytes. Words of eight are added with end-around carry; compilers turn the loop into adds
// with carry, or vectors.
#include "base/checksum.hh"

namespace linnet {

u32 csum_partial(const void* p, size_t n, u32 sum) {
  auto* b = static_cast<const unsigned char*>(p);
  u64 acc = sum;
  for (; n >= 8; n -= 8, b += 8) {
    u64 w;
    std::memcpy(&w, b, 8);
    acc += w;
    acc += acc < w;
  }
  if (n >= 4) {
    u32 w;
    std::memcpy(&w, b, 4);
    acc += w;
    acc += acc < w;
    n -= 4;
    b += 4;
  }
  if (n) {  // the rest as if zeros followed
    u32 w = 0;
    std::memcpy(&w, b, n);
    acc += w;
    acc += acc < w;
  }
  u64 folded = (acc & 0xffffffff) + (acc >> 32);
  folded = (folded & 0xffffffff) + (folded >> 32);
  return static_cast<u32>(folded);
}

}  // namespace linnet
