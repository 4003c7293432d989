// Finds what a path below /sys/class/net names. Devices are listed by ifindex (Linux: by a hash that differs
// from namespace to namespace).
#include "net/core/net_sysfs.hh"

#include <sys/stat.h>

#include <span>

namespace linnet {
namespace {

struct place {
  net_device* dev = nullptr;
  const device_attribute* attr = nullptr;  // null: the device's directory
  std::string_view rest;                   // the path below the device
};

const device_attribute* find_attribute(std::string_view path) {
  for (auto table : {net_class_attributes, net_class_statistics})
    for (const device_attribute& a : table)
      if (path == a.path) return &a;
  return nullptr;
}

result<place> find(const net& n, std::string_view path) {
  place p;
  const size_t slash = path.find('/');
  p.dev = dev_get_by_name(n, path.substr(0, slash));
  if (!p.dev || p.dev->name != path.substr(0, slash)) return err(ENOENT);
  if (slash == path.npos) return p;
  p.rest = path.substr(slash + 1);
  p.attr = find_attribute(p.rest);
  if (p.attr) return p;
  for (size_t end = p.rest.rfind('/'); end != p.rest.npos; end = p.rest.rfind('/', end - 1)) {
    const device_attribute* parent = find_attribute(p.rest.substr(0, end));
    if (parent && !S_ISDIR(parent->mode)) return err(ENOTDIR);
    if (end == 0) break;
  }
  return err(ENOENT);
}

pseudo_entry entry_of(std::string_view path, const device_attribute& a) {
  return {std::string(path.substr(path.rfind('/') + 1)), a.mode, a.target};
}

pseudo_entry device_link(const net_device& dev) {
  return {dev.name, S_IFLNK | 0777, "../../devices/virtual/net/" + dev.name};
}

}  // namespace

result<std::vector<pseudo_entry>> net_sysfs_list(net& n, std::string_view path) {
  std::vector<pseudo_entry> all;
  if (path.empty()) {
    for (auto& [index, dev] : n.dev_base) all.push_back(device_link(*dev));
    return all;
  }
  auto p = find(n, path);
  if (!p) return std::unexpected(p.error());
  if (p->attr && !S_ISDIR(p->attr->mode)) return err(ENOTDIR);
  const std::string dir = p->attr ? std::string(p->rest) + "/" : "";
  for (auto table : {net_class_attributes, net_class_statistics})
    for (const device_attribute& a : table) {
      const std::string_view name = a.path;
      if (!name.starts_with(dir) || name.find('/', dir.size()) != name.npos) continue;
      all.push_back(entry_of(name, a));
    }
  return all;
}

result<pseudo_entry> net_sysfs_stat(net& n, std::string_view path) {
  if (path.empty()) return pseudo_entry{"", S_IFDIR | 0755, {}};
  auto p = find(n, path);
  if (!p) return std::unexpected(p.error());
  return p->attr ? entry_of(p->rest, *p->attr) : device_link(*p->dev);
}

result<std::string> net_sysfs_read(net& n, std::string_view path) {
  if (path.empty()) return err(EISDIR);
  auto p = find(n, path);
  if (!p) return std::unexpected(p.error());
  if (!p->attr || !p->attr->show) return err(EISDIR);
  return p->attr->show(*p->dev, *p->attr);
}

status net_sysfs_write(net& n, std::string_view path, std::string_view value) {
  if (path.empty()) return err(EISDIR);
  auto p = find(n, path);
  if (!p) return std::unexpected(p.error());
  if (!p->attr || !p->attr->show) return err(EISDIR);
  if (!(p->attr->mode & 0200)) return err(EACCES);
  if (value.empty()) return {};
  return p->attr->store ? p->attr->store(*p->dev, value) : err(EINVAL);
}

}  // namespace linnet
