// IPv4 header (RFC 791).
#pragma once

#include "base/endian.hh"

namespace linnet {

struct iphdr {
  u8 version_ihl;
  u8 tos;
  be16 tot_len;
  be16 id;
  be16 frag_off;
  u8 ttl;
  u8 protocol;
  be16 check;
  be32 saddr;
  be32 daddr;

  u8 version() const { return version_ihl >> 4; }
  u8 ihl() const { return version_ihl & 0xf; }
  u32 header_len() const { return ihl() * 4u; }
  void set_version_ihl(u8 version, u8 ihl) { version_ihl = static_cast<u8>(version << 4 | ihl); }
};
static_assert(sizeof(iphdr) == 20 && alignof(iphdr) == 1);

inline constexpr u16 ip_df = 0x4000;      // don't fragment
inline constexpr u16 ip_mf = 0x2000;      // more fragments
inline constexpr u16 ip_offset = 0x1fff;  // in units of 8 bytes

}  // namespace linnet
