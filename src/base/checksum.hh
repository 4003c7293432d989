// The Internet checksum (RFC 1071): the ones' complement sum of 16-bit words. Partial sums are 32 bits
// wide, not folded, and in the byte order of memory, so they can be added and stored without swapping.
#pragma once

#include <bit>
#include <cstring>

#include "base/endian.hh"
#include "base/types.hh"

namespace linnet {

// Adds two partial sums with end-around carry.
constexpr u32 csum_add(u32 a, u32 b) {
  u32 r = a + b;
  return r + (r < b);
}
constexpr u32 csum_sub(u32 a, u32 b) { return csum_add(a, ~b); }

// The sum of `n` bytes added to `sum`. The bytes start at an even offset of what is summed.
u32 csum_partial(const void* p, size_t n, u32 sum);

// Folds to 16 bits and complements: what goes in the header.
constexpr be16 csum_fold(u32 sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return be16::from_raw(static_cast<u16>(~sum));
}

// Sum of the TCP/UDP pseudo-header (RFC 793 §3.1); `len` of transport header and data.
constexpr u32 csum_tcpudp_nofold(be32 saddr, be32 daddr, u32 len, u8 proto, u32 sum) {
  sum = csum_add(sum, saddr.raw());
  sum = csum_add(sum, daddr.raw());
  return csum_add(sum, be32(len + proto).raw());
}

// The checksum of an IPv4 header of `ihl` words; 0 when the header's own checksum is right.
inline be16 ip_fast_csum(const void* header, unsigned ihl) {
  if (unlikely(ihl != 5)) return csum_fold(csum_partial(header, ihl * 4u, 0));
  const auto* p = static_cast<const std::byte*>(header);
  u64 sum, second;
  u32 last;
  std::memcpy(&sum, p, 8);
  std::memcpy(&second, p + 8, 8);
  std::memcpy(&last, p + 16, 4);
  sum += second;
  sum += (sum < second) + u64{last};
  sum += sum < last;
  return csum_fold(csum_add(static_cast<u32>(sum), static_cast<u32>(sum >> 32)));
}

// Updates a checksum for a 16- or 32-bit word that changed (RFC 1624 eq. 3).
constexpr be16 csum_replace2(be16 check, be16 from, be16 to) {
  u32 sum = static_cast<u16>(~check.raw());
  sum = csum_add(sum, static_cast<u16>(~from.raw()));
  return csum_fold(csum_add(sum, to.raw()));
}

}  // namespace linnet
