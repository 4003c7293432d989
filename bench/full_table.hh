// A table shaped like the Internet's: as many prefixes as asked for, of lengths as they are there, none twice.
#pragma once

#include <unordered_set>
#include <utility>
#include <vector>

#include "base/rng.hh"

namespace linnet {

// Of a thousand prefixes, how many are of each length (a full table, late 2023, rounded).
inline u8 some_length(rng& r) {
  static constexpr std::pair<u8, u32> share[] = {
      {24, 620}, {23, 100}, {22, 110}, {21, 50}, {20, 45}, {19, 25}, {18, 15},
      {17, 9},   {16, 14},  {15, 3},   {14, 2},  {13, 1},  {12, 1},  {32, 5}};
  u32 x = r.below(1000);
  for (auto [plen, n] : share) {
    if (x < n) return plen;
    x -= n;
  }
  return 24;
}

// In 1.0.0.0 to 223.255.255.255 but for 10/8 and 127/8, host order.
inline u32 some_address(rng& r) {
  u32 first;
  do first = r.below(223) + 1;
  while (first == 10 || first == 127);
  return first << 24 | static_cast<u32>(r.next() >> 40);
}

// Prefixes (host order) and lengths, the same for the same `n`.
inline std::vector<std::pair<u32, u8>> full_table(size_t n) {
  rng r(n);
  std::unordered_set<u64> seen;
  std::vector<std::pair<u32, u8>> list;
  list.reserve(n);
  while (list.size() < n) {
    const u8 plen = some_length(r);
    const u32 key = some_address(r) & (~u32{0} << (32 - plen));
    if (seen.insert(u64{key} << 8 | plen).second) list.emplace_back(key, plen);
  }
  return list;
}

}  // namespace linnet
