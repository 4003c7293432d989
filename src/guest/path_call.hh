// Finds out what a path argument of a guest's call means.
#pragma once

#include <string>

#include "guest/guest_call.hh"
#include "guest/pseudo_view.hh"
#include "guest/virtual_path.hh"

namespace linnet {

class supervisor;

struct resolved_path {
  virtual_path path;         // kind none: the host's, or unreadable
  bool mount_point = false;  // something is bound here
  net* ns = nullptr;         // whose tree or handle it is
  std::string text;          // as the guest gave it, made absolute where it could matter

  bool ours() const { return path.ours(); }
  pseudo_location location() const { return {ns, path.tree, path.rest, path.device}; }
};

// `dirfd` may be AT_FDCWD. Costs a copy of the path for an absolute one; a readlink more for a relative one.
resolved_path resolve_path(supervisor&, const guest_call&, int dirfd, u64 address);

// A path of the host's as guests know it: what is in our private directory stands for something else. `ns` is set when
// it is a skeleton of that namespace's tree.
std::string as_guests_know(const supervisor&, std::string path, net*& ns);

// The namespace that a resolved path names as a handle: /proc/PID/ns/net or a bound /run/netns/NAME.
net* handle_of(supervisor&, const resolved_path&);

}  // namespace linnet
