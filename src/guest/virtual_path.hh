// Which paths of a guest's belong to the world instead of the host. Text in, text out: nothing is opened.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "net/core/pseudo_files.hh"

namespace linnet {

struct virtual_path {
  enum class kind : u8 {
    none,          // the host's
    pseudo,        // in one of the stack's trees: `tree`, `rest`
    netns_handle,  // /proc/PID/ns/net
    netns_dir,     // /run/netns
    netns_name,    // /run/netns/NAME: `rest`
    userns_map,    // /proc/PID/uid_map and its kin
    etc,           // /etc/netns, and what is bound from there: `rest`, below private_dir::etc()
  };
  kind what = kind::none;
  pseudo_tree tree{};
  pid_t pid = 0;        // whose namespace: 0 for the caller's own
  bool device = false;  // under /sys/devices/virtual/net: a device is a directory there, not a link
  std::string rest;

  bool ours() const { return what != kind::none; }
};

// Could a path in this directory, or this path itself, lead to one of ours? Cheap, and errs towards yes.
bool may_be_virtual(std::string_view absolute);

// `path` must be absolute and normal (normal_path). `tgid` and `tid` are the caller's, for /proc/self and the like.
virtual_path classify_path(std::string_view path, pid_t tgid, pid_t tid);

// Without empty and "." components, and ".." taken as text.
std::string normal_path(std::string_view absolute);

// The root of a tree as guests see it, for mapping a skeleton directory back: "/proc/net", ...
std::string_view tree_root(pseudo_tree);
// The names of the skeletons' directories, one for each tree.
std::string_view tree_name(pseudo_tree);

}  // namespace linnet
