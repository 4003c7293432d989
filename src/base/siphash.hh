// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of few bytes that nobody without the key can foretell.
#pragma once

#include <array>
#include <span>

#include "base/types.hh"

namespace linnet {

struct siphash_key {
  u64 k0 = 0, k1 = 0;
  bool operator==(const siphash_key&) const = default;
};

// The bytes are taken as little-endian words, as the definition has it.
u64 siphash(std::span<const std::byte> data, const siphash_key& key);

}  // namespace linnet
