// Makes the private directory and removes it.
#include "guest/private_dir.hh"

#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <filesystem>
#include <initializer_list>
#include <vector>

namespace linnet {

namespace {

// The places to try, those in memory first: there a directory lists "." and ".." first and its entries by age, as
// the kernel's own files do and procps' sysctl takes for granted.
std::vector<const char*> parents() {
  std::vector<const char*> in_memory, others;
  for (const char* p : std::initializer_list<const char*>{getenv("XDG_RUNTIME_DIR"),
                                                          getenv("TMPDIR"), "/dev/shm", "/tmp"}) {
    struct statfs fs;
    if (!p || p[0] != '/' || statfs(p, &fs) != 0) continue;
    (fs.f_type == TMPFS_MAGIC ? in_memory : others).push_back(p);
  }
  in_memory.insert(in_memory.end(), others.begin(), others.end());
  return in_memory;
}

}  // namespace

result<private_dir> private_dir::create() {
  for (const char* parent : parents()) {
    // The kernel's own names for open files have no links in them, and those are what we compare with.
    std::error_code ec;
    const auto real = std::filesystem::canonical(parent, ec);
    if (ec) continue;
    std::string path = real.string() + "/linnet-XXXXXX";
    if (!mkdtemp(path.data())) continue;
    private_dir dir(std::move(path));
    for (const std::string& sub : {dir.netns(), dir.etc(), dir.ns(), dir.view()})
      if (mkdir(sub.c_str(), 0755) != 0) return err(errno, "cannot make the private directory");
    // What cannot be read is not there for guests either.
    constexpr auto how =
        std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks;
    std::filesystem::copy("/etc/netns", dir.etc() + "/netns", how, ec);
    return dir;
  }
  return err(errno ? errno : ENOENT,
             "no directory for temporary files: set TMPDIR to one that is writable");
}

std::vector<std::string> private_dir::places() {
  std::vector<std::string> found;
  for (const char* parent : parents()) {
    std::error_code ec;
    const auto real = std::filesystem::canonical(parent, ec);
    if (!ec) found.push_back(real.string());
  }
  return found;
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
