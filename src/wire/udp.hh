// UDP header (RFC 768).
#pragma once

#include "base/endian.hh"

namespace linnet {

struct udphdr {
  be16 source;
  be16 dest;
  be16 len;
  be16 check;
};
static_assert(sizeof(udphdr) == 8 && alignof(udphdr) == 1);

}  // namespace linnet
