// TCP's congestion control algorithms by name, as settings and routes (RTAX_CC_ALGO) refer to them.
#pragma once

#include <array>
#include <string_view>

#include "base/types.hh"

namespace linnet {

inline constexpr std::array<std::string_view, 2> tcp_cong_names = {"cubic", "reno"};
inline constexpr u32 TCP_CA_UNSPEC = 0;

// What a route keeps for a name: TCP_CA_UNSPEC when there is no such algorithm.
constexpr u32 tcp_ca_get_key_by_name(std::string_view name) {
  for (u32 i = 0; i < tcp_cong_names.size(); ++i)
    if (tcp_cong_names[i] == name) return i + 1;
  return TCP_CA_UNSPEC;
}
constexpr std::string_view tcp_ca_get_name_by_key(u32 key) {
  return key && key <= tcp_cong_names.size() ? tcp_cong_names[key - 1] : std::string_view();
}

}  // namespace linnet
