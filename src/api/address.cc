// Addresses as text.
#include <cstdio>

#include "api/state.hh"

namespace linnet::v0 {

std::string ipv4_address::text() const {
  char out[16];
  snprintf(out, sizeof out, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
  return out;
}

std::string ipv4_prefix::text() const { return address.text() + '/' + std::to_string(length); }

std::string mac_address::text() const {
  char out[18];
  snprintf(out, sizeof out, "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1], bytes[2], bytes[3],
           bytes[4], bytes[5]);
  return out;
}

std::string endpoint::text() const { return address.text() + ':' + std::to_string(port); }

}  // namespace linnet::v0
