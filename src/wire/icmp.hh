// ICMP header (RFC 792).
#pragma once

#include "base/endian.hh"

namespace linnet {

struct icmphdr {
  u8 type;
  u8 code;
  be16 checksum;
  be16 id;  // echo; for other types part of `info`
  be16 sequence;

  be32 info() const { return be32::load(&id); }
  void set_info(be32 v) {
    id = be16::load(&v);
    sequence = be16::load(reinterpret_cast<const std::byte*>(&v) + 2);
  }
};
static_assert(sizeof(icmphdr) == 8 && alignof(icmphdr) == 1);

}  // namespace linnet
