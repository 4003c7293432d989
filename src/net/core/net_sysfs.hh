// /sys/class/net: a link for each device to ../../devices/virtual/net/NAME, and below the same name the
// device's attributes, as if the link had been followed.
#pragma once

#include "net/core/net_device.hh"
#include "net/core/pseudo_files.hh"

namespace linnet {

// One attribute; a directory has neither function. Text comes and goes without what sysfs's caller adds.
struct device_attribute {
  const char* path;  // below the device: "mtu", "statistics/rx_bytes"
  u32 mode;          // S_IFREG, S_IFDIR or S_IFLNK with permissions
  result<std::string> (*show)(net_device&, const device_attribute&) = nullptr;
  status (*store)(net_device&, std::string_view) = nullptr;
  const char* target = "";  // of a link
};

// In the order in which Linux lists them: by its hash of the names, so the same for every device.
extern const std::span<const device_attribute> net_class_attributes;  // net_sysfs_attrs.cc
extern const std::span<const device_attribute> net_class_statistics;  // net_sysfs_stats.cc

result<std::vector<pseudo_entry>> net_sysfs_list(net&, std::string_view path);
result<pseudo_entry> net_sysfs_stat(net&, std::string_view path);
result<std::string> net_sysfs_read(net&, std::string_view path);
status net_sysfs_write(net&, std::string_view path, std::string_view value);

}  // namespace linnet
