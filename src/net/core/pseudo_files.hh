// The stack's state as files: /proc/net, /proc/sys/net and /sys/class/net of one namespace. Front ends
// (the guests' supervisor, the C++ API) list, read and write them by path; content and errno are what
// the kernel's files give. A path is relative to its tree's root and has no leading slash: "dev",
// "ipv4/conf/all/forwarding", "eth0/address"; "" is the root directory itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "base/types.hh"

namespace linnet {

struct net;

enum class pseudo_tree : u8 { proc_net, proc_sys_net, sys_class_net };

struct pseudo_entry {
  std::string name;
  u32 mode;            // S_IFREG, S_IFDIR or S_IFLNK with the permission bits
  std::string target;  // of a link
};

// The entries of a directory, in the order in which the kernel lists them; ENOENT, ENOTDIR.
result<std::vector<pseudo_entry>> pseudo_list(net&, pseudo_tree, std::string_view path);
// What one path is; ENOENT, ENOTDIR.
result<pseudo_entry> pseudo_stat(net&, pseudo_tree, std::string_view path);
// A file's whole content; ENOENT, EISDIR, EACCES (write-only), EINVAL (such as sysfs's speed when down).
result<std::string> pseudo_read(net&, pseudo_tree, std::string_view path);
// What one write(2) of `value` at offset 0 does; EINVAL, EACCES, EPERM, ENOENT, EISDIR, ERANGE.
status pseudo_write(net&, pseudo_tree, std::string_view path, std::string_view value);

}  // namespace linnet
