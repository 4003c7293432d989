// Finds out what a path argument of a guest's call means.
#pragma once

#include <string>

#include "guest/guest_call.hh"
#include "guest/pseudo_view.hh"
#include "guest/virtual_path.hh"

namespace linnet {

class supervisor;

struct resolved_path {
  virtual_path path;  // kind none: the host's, or unreadable
  net* ns = nullptr;  // whose tree or handle it is
  std::string text;   // as the guest gave it, made absolute where it could matter

  bool ours() const { return path.ours(); }
  pseudo_location location() const { return {ns, path.tree, path.rest, path.device}; }
};

// `dirfd` may be AT_FDCWD. Costs a copy of the path for an absolute one; a readlink more for a relative one.
resolved_path resolve_path(supervisor&, const guest_call&, int dirfd, u64 address);

// The namespace that a resolved path names as a handle: /proc/PID/ns/net or a bound /run/netns/NAME.
net* handle_of(supervisor&, const resolved_path&);

}  // namespace linnet
