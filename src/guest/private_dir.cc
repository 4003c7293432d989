// Makes the private directory and removes it.
#include "guest/private_dir.hh"

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

namespace linnet {

result<private_dir> private_dir::create() {
  for (const char* parent :
       std::initializer_list<const char*>{getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"), "/tmp"}) {
    if (!parent || parent[0] != '/') continue;
    // The kernel's own names for open files have no links in them, and those are what we compare with.
    std::error_code ec;
    const auto real = std::filesystem::canonical(parent, ec);
    if (ec) continue;
    std::string path = real.string() + "/linnet-XXXXXX";
    if (!mkdtemp(path.data())) continue;
    private_dir dir(std::move(path));
    for (const std::string& sub : {dir.netns(), dir.ns(), dir.view()})
      if (mkdir(sub.c_str(), 0755) != 0) return err(errno, "cannot make the private directory");
    return dir;
  }
  return err(errno ? errno : ENOENT,
             "no directory for temporary files: set TMPDIR to one that is writable");
}

private_dir::~private_dir() {
  if (root_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

bool private_dir::contains(std::string_view path, std::string_view& inside) const {
  if (!path.starts_with(root_)) return false;
  path.remove_prefix(root_.size());
  if (path.empty()) {
    inside = path;
    return true;
  }
  if (path.front() != '/') return false;
  inside = path.substr(1);
  return true;
}

}  // namespace linnet
