// VLAN tag (IEEE 802.1Q clause 9), as it stands behind a frame's addresses and its tag protocol.
#pragma once

#include "base/endian.hh"
#include "wire/ethernet.hh"

namespace linnet {

struct vlan_hdr {
  be16 h_vlan_TCI;
  be16 h_vlan_encapsulated_proto;
};
static_assert(sizeof(vlan_hdr) == 4 && alignof(vlan_hdr) == 1);

inline constexpr u32 VLAN_HLEN = 4;
inline constexpr u16 VLAN_PRIO_SHIFT = 13;
inline constexpr u16 VLAN_PRIO_MASK = 0xe000;
inline constexpr u16 VLAN_VID_MASK = 0x0fff;
inline constexpr u16 VLAN_N_VID = 4096;

}  // namespace linnet
