// A mixing step for hashes of a few words: cheap, and without a secret that goes in first, easy to guess.
#pragma once

#include "base/types.hh"

namespace linnet {

// What `h` becomes with one word more.
constexpr u64 hash_mix(u64 h, u64 v) {
  h = (h ^ v) * 0x9fb21c651e98df25;
  return h ^ (h >> 29);
}

}  // namespace linnet
