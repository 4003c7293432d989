// MD5 (RFC 1321), which TCP's signatures (RFC 2385) are made with. No longer good for anything else.
#pragma once

#include <array>
#include <span>

#include "base/types.hh"

namespace linnet {

class md5 {
 public:
  using digest = std::array<std::byte, 16>;

  void update(std::span<const std::byte> data);
  digest final();  // the object is spent then

 private:
  void block(const std::byte* p);

  std::array<u32, 4> state_ = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  std::array<std::byte, 64> rest_{};  // what doesn't fill a block yet
  u64 size_ = 0;                      // bytes so far
};

}  // namespace linnet
