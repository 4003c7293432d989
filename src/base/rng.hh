// Seeded pseudo-random numbers (xoshiro256**, public domain algorithm of Blackman and Vigna). One per
// cpu, so that the same seed gives the same run. Not for secrets.
#pragma once

#include "base/types.hh"

namespace linnet {

class rng {
 public:
  explicit rng(u64 seed) {
    for (u64& s : s_) {  // splitmix64
      seed += 0x9e3779b97f4a7c15;
      u64 z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      s = z ^ (z >> 31);
    }
  }
  u64 next() {
    u64 r = rotl(s_[1] * 5, 7) * 9, t = s_[1] << 17;
    s_[2] ^= s_[0];
    s_[3] ^= s_[1];
    s_[1] ^= s_[2];
    s_[0] ^= s_[3];
    s_[2] ^= t;
    s_[3] = rotl(s_[3], 45);
    return r;
  }
  // Uniform in [0, n); 0 when n is 0 (get_random_u32_below).
  u32 below(u32 n) {
    return static_cast<u32>((static_cast<u64>(static_cast<u32>(next() >> 32)) * n) >> 32);
  }

 private:
  static constexpr u64 rotl(u64 x, int k) { return (x << k) | (x >> (64 - k)); }
  u64 s_[4];
};

}  // namespace linnet
