// GRE header (RFC 2784, with the key and sequence number of RFC 2890): this, then by its flags a checksum with 16 bits
// of padding, a key, a sequence number, each 4 bytes.
#pragma once

#include "base/endian.hh"

namespace linnet {

struct gre_base_hdr {
  be16 flags;
  be16 protocol;
};
static_assert(sizeof(gre_base_hdr) == 4 && alignof(gre_base_hdr) == 1);

}  // namespace linnet
