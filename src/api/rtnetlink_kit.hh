// What the typed rtnetlink calls share.
#pragma once

#include "api/state.hh"

namespace linnet::v0 {

inline error no_device() { return {ENODEV, "Cannot find device", 0}; }

// An interface's index as `ip` looks it up first.
inline result<int> device_index(const net& n, std::string_view name) {
  const int index = n.ifindex(name);
  if (!index) return std::unexpected(no_device());
  return index;
}

inline std::string device_name(const net& n, int ifindex) {
  const net_device* d = dev_get_by_index(n.impl().n, ifindex);
  return d ? d->name : std::string();
}

inline ipv4_address address_of(const netlink_attribute& a) { return ipv4_address(a.as<in_addr>()); }

// Leaves the attribute out for 0.0.0.0/0.
inline void put_prefix(netlink_request& m, std::uint16_t type, const ipv4_prefix& p) {
  if (p.length) m.attribute(type, p.address.bytes);
}

}  // namespace linnet::v0
