// Ethernet II header (IEEE 802.3 clause 3).
#pragma once

#include <linux/if_ether.h>

#include <array>

#include "base/endian.hh"

namespace linnet {

using mac_addr = std::array<u8, ETH_ALEN>;

struct ethhdr {
  mac_addr h_dest;
  mac_addr h_source;
  be16 h_proto;
};
static_assert(sizeof(ethhdr) == ETH_HLEN && alignof(ethhdr) == 1);

}  // namespace linnet
