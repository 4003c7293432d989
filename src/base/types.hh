// Short names for fixed-width integers and branch hints, as kernel code spells them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace linnet {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s32 = std::int32_t;
using s64 = std::int64_t;

using bytes = std::span<std::byte>;
using const_bytes = std::span<const std::byte>;

constexpr bool likely(bool x) { return __builtin_expect(x, true); }
constexpr bool unlikely(bool x) { return __builtin_expect(x, false); }

}  // namespace linnet
