// What sending and receiving ICMP share (icmp_pointers).
#pragma once

#include <linux/icmp.h>

#include "base/types.hh"

namespace linnet {

// Types that report errors, the obsolete and unassigned ones among those known.
constexpr bool icmp_type_is_error(u8 type) {
  switch (type) {
    case 1:
    case 2:
    case ICMP_DEST_UNREACH:
    case ICMP_SOURCE_QUENCH:
    case ICMP_REDIRECT:
    case 6:
    case 7:
    case 9:
    case 10:
    case ICMP_TIME_EXCEEDED:
    case ICMP_PARAMETERPROB: return true;
    default: return false;
  }
}

}  // namespace linnet
