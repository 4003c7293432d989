// From a path argument to its meaning: copy it, make it absolute where it could matter, classify it.
#include "guest/path_call.hh"

#include <fcntl.h>

#include "guest/supervisor.hh"

namespace linnet {
namespace {

net* namespace_of(supervisor& s, const guest_call& c, pid_t pid) {
  if (pid == 0 || pid == c.tid || pid == c.tgid) return c.ns;
  return s.namespaces.of_process(pid);
}

// What is bound over a path hides what it was before.
void look_for_bind(supervisor& s, const guest_call& c, resolved_path& r) {
  std::string source = bound_source(s.mounts.of(c.tgid), r.text, r.mount_point);
  if (!source.empty()) r.path = {.what = virtual_path::kind::etc, .rest = std::move(source)};
}

}  // namespace

std::string as_guests_know(const supervisor& s, std::string path, net*& ns) {
  std::string_view inside;
  if (!s.dir.contains(path, inside)) return path;
  if (inside == "netns") return "/run/netns";
  if (inside.starts_with("etc/")) return "/" + std::string(inside);
  u32 inum;
  pseudo_tree tree;
  bool device;
  std::string rest;
  if (!inside.starts_with("view/") ||
      !pseudo_view::parse(inside.substr(5), inum, tree, device, rest))
    return path;
  ns = net_by_inum(s.w, inum);
  std::string known(device ? "/sys/devices/virtual/net" : tree_root(tree));
  return rest.empty() ? known : known + "/" + rest;
}

resolved_path resolve_path(supervisor& s, const guest_call& c, int dirfd, u64 address) {
  resolved_path r;
  if (c.mem.read_path(address, r.text) != 0 || r.text.empty()) return r;
  net* skeleton_ns = nullptr;
  if (r.text.front() != '/') {
    const std::string base = as_guests_know(
        s, dirfd == AT_FDCWD ? current_directory(c.tid) : descriptor_link(c.tid, dirfd),
        skeleton_ns);
    if (base.empty() || base.front() != '/') return r;
    if (!may_be_virtual(base) && r.text.find("..") == r.text.npos) return r;
    r.text = base + "/" + r.text;
  }
  if (!may_be_virtual(r.text)) return r;
  r.text = normal_path(r.text);
  r.path = classify_path(r.text, c.tgid, c.tid);
  if (!s.mounts.empty()) look_for_bind(s, c, r);
  if (!r.ours()) return r;
  r.ns = skeleton_ns ? skeleton_ns : namespace_of(s, c, r.path.pid);
  if (!r.ns) r.path = {};  // of a process that is no guest
  return r;
}

net* handle_of(supervisor& s, const resolved_path& r) {
  if (r.path.what == virtual_path::kind::netns_handle) return r.ns;
  if (r.path.what == virtual_path::kind::netns_name) return s.namespaces.by_name(r.path.rest);
  return nullptr;
}

}  // namespace linnet
