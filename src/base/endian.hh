// Big-endian fields. A be16, be32 or be64 has alignment 1 and holds the bytes as they stand on the
// wire, so that a header struct made of them can be laid over packet data at any offset. Reading one
// as a number (`host()`) swaps; comparing two compares the raw words and never swaps.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstring>
#include <span>

#include "base/types.hh"

namespace linnet {

template <std::unsigned_integral T>
class big_endian {
 public:
  constexpr big_endian() = default;
  // From host order; implicit, because assigning a number to a wire field means just this.
  constexpr big_endian(T host) : bytes_(std::bit_cast<storage>(swap(host))) {}

  // From a word already in network order (a system header's __be32, in_addr.s_addr).
  static constexpr big_endian from_raw(T raw) {
    big_endian r;
    r.bytes_ = std::bit_cast<storage>(raw);
    return r;
  }
  static big_endian load(const void* p) {
    big_endian r;
    std::memcpy(&r.bytes_, p, sizeof(T));
    return r;
  }

  constexpr T host() const { return swap(raw()); }
  // The word in network order, as the C interfaces hold it.
  constexpr T raw() const { return std::bit_cast<T>(bytes_); }

  constexpr explicit operator bool() const { return raw() != 0; }
  friend constexpr bool operator==(big_endian a, big_endian b) { return a.raw() == b.raw(); }
  // Numeric order.
  friend constexpr auto operator<=>(big_endian a, big_endian b) { return a.host() <=> b.host(); }
  friend constexpr big_endian operator&(big_endian a, big_endian b) {
    return from_raw(static_cast<T>(a.raw() & b.raw()));
  }
  friend constexpr big_endian operator|(big_endian a, big_endian b) {
    return from_raw(static_cast<T>(a.raw() | b.raw()));
  }
  friend constexpr big_endian operator^(big_endian a, big_endian b) {
    return from_raw(static_cast<T>(a.raw() ^ b.raw()));
  }
  friend constexpr big_endian operator~(big_endian a) { return from_raw(static_cast<T>(~a.raw())); }

 private:
  using storage = std::array<unsigned char, sizeof(T)>;
  static constexpr T swap(T v) {
    if constexpr (std::endian::native == std::endian::little) {
      if constexpr (sizeof(T) == 2) return __builtin_bswap16(v);
      if constexpr (sizeof(T) == 4) return __builtin_bswap32(v);
      if constexpr (sizeof(T) == 8) return __builtin_bswap64(v);
    }
    return v;
  }
  storage bytes_{};
};

using be16 = big_endian<u16>;
using be32 = big_endian<u32>;
using be64 = big_endian<u64>;
static_assert(sizeof(be16) == 2 && alignof(be16) == 1);
static_assert(sizeof(be32) == 4 && alignof(be32) == 1);
static_assert(sizeof(be64) == 8 && alignof(be64) == 1);

}  // namespace linnet
