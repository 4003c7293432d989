// Snapshots of files, skeletons of directories, and the status that stat(2) shows of both.
#include "guest/pseudo_view.hh"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include <charconv>
#include <filesystem>
#include <functional>
#include <ranges>
#include <set>

#include "guest/virtual_path.hh"
#include "net/core/net.hh"

namespace linnet {
namespace {

constexpr std::string_view devices_name = "virtual_net";

std::string skeleton_of(const private_dir& dir, const pseudo_location& at) {
  std::string path = dir.view() + "/" + std::to_string(at.ns->inum) + "/";
  path += at.device ? devices_name : tree_name(at.tree);
  if (!at.path.empty()) path += "/" + at.path;
  return path;
}

int make_directories(const std::string& path) {
  std::error_code ec;
  std::filesystem::create_directories(path, ec);
  return ec.value();
}

bool make_entry(const std::string& path, const pseudo_entry& e) {
  if (S_ISDIR(e.mode)) return mkdir(path.c_str(), 0755) == 0;
  if (S_ISLNK(e.mode)) return symlink(e.target.c_str(), path.c_str()) == 0;
  return mknod(path.c_str(), S_IFREG | (e.mode & 0777) | S_IRUSR, 0) == 0;
}

mode_t kind_of(const std::string& path) {
  struct stat st;
  return lstat(path.c_str(), &st) == 0 ? st.st_mode & S_IFMT : 0;
}

// Makes the skeleton's directory agree with the listing. A directory in memory lists the newest first, so the last
// comes first.
void refresh(const std::string& at, const std::vector<pseudo_entry>& entries) {
  std::set<std::string> wanted;
  for (const pseudo_entry& e : std::views::reverse(entries)) {
    wanted.insert(e.name);
    const std::string path = at + "/" + e.name;
    const mode_t there = kind_of(path);
    std::error_code ignored;
    if (there != 0 && (there != (e.mode & S_IFMT) || S_ISLNK(e.mode)))
      std::filesystem::remove_all(path, ignored);
    if (kind_of(path) == 0) make_entry(path, e);
  }
  std::error_code ec;
  for (const auto& found : std::filesystem::directory_iterator(at, ec))
    if (!wanted.contains(found.path().filename().string())) {
      std::error_code ignored;
      std::filesystem::remove_all(found.path(), ignored);
    }
}

// Where a link's target leads, seen from the tree; false when out of it.
bool follow_link(pseudo_location& where, const std::string& target) {
  std::string from(where.device ? "/sys/devices/virtual/net" : tree_root(where.tree));
  from += "/" + where.path;
  from.resize(from.rfind('/') + 1);
  const std::string to = normal_path(target.starts_with('/') ? target : from + target);
  const virtual_path v = classify_path(to, 0, 0);
  if (v.what != virtual_path::kind::pseudo) return false;
  where.tree = v.tree;
  where.device = v.device;
  where.path = v.rest;
  return true;
}

}  // namespace

result<pseudo_entry> pseudo_view::look(pseudo_location& where, bool follow) const {
  for (int links = 0; links < 8; ++links) {
    auto entry = pseudo_stat(*where.ns, where.tree, where.path);
    if (!entry) return entry;
    if (!S_ISLNK(entry->mode)) return entry;
    if (where.device && where.path.find('/') == where.path.npos) {
      entry->mode = S_IFDIR | 0755;
      return entry;
    }
    if (!follow) return entry;
    if (!follow_link(where, entry->target)) return err(ENOENT);
  }
  return err(ELOOP);
}

result<unique_fd> pseudo_view::open_file(const pseudo_location& at) const {
  const auto content = pseudo_read(*at.ns, at.tree, at.path);
  if (!content) return std::unexpected(content.error());
  unique_fd memory(memfd_create(at.path.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory) return err(errno);
  for (std::string_view rest = *content; !rest.empty();) {
    const ssize_t n = write(memory.get(), rest.data(), rest.size());
    if (n <= 0) return err(errno);
    rest.remove_prefix(static_cast<size_t>(n));
  }
  fchmod(memory.get(), 0444);
  fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  lseek(memory.get(), 0, SEEK_SET);
  return memory;
}

result<unique_fd> pseudo_view::open_directory(const pseudo_location& at) const {
  auto entries = pseudo_list(*at.ns, at.tree, at.path);
  if (!entries) return std::unexpected(entries.error());
  if (at.device && at.path.empty())
    for (pseudo_entry& e : *entries) e.mode = S_ISLNK(e.mode) ? S_IFDIR | 0755 : e.mode;
  const std::string skeleton = skeleton_of(dir_, at);
  if (const int e = make_directories(skeleton)) return err(e);
  refresh(skeleton, *entries);
  unique_fd fd(open(skeleton.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return err(errno);
  return fd;
}

void pseudo_view::fill_stat(const pseudo_location& at, const pseudo_entry& entry, struct stat& st) {
  st = {};
  const bool sysfs = at.tree == pseudo_tree::sys_class_net;
  st.st_dev = makedev(0, sysfs ? 22 : 21);
  const u64 name =
      std::hash<std::string>{}(at.path) ^ (u64{at.ns->inum} << 8) ^ static_cast<u64>(at.tree);
  st.st_ino = name % 0x7fffffff + 1;
  st.st_mode = entry.mode;
  st.st_nlink = S_ISDIR(entry.mode) ? 2 : 1;
  st.st_size = S_ISREG(entry.mode) && sysfs ? 4096 : 0;
  st.st_blksize = sysfs ? 4096 : 1024;
  timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  st.st_atim = st.st_mtim = st.st_ctim = now;
}

bool pseudo_view::parse(std::string_view inside, u32& inum, pseudo_tree& tree, bool& device,
                        std::string& path) {
  const auto [end, ec] = std::from_chars(inside.data(), inside.data() + inside.size(), inum);
  if (ec != std::errc() || end == inside.data() + inside.size() || *end != '/') return false;
  inside.remove_prefix(static_cast<size_t>(end - inside.data()) + 1);
  const size_t slash = inside.find('/');
  const std::string_view name = inside.substr(0, slash);
  path = slash == inside.npos ? std::string_view{} : inside.substr(slash + 1);
  device = name == devices_name;
  tree = pseudo_tree::sys_class_net;
  if (device) return true;
  for (pseudo_tree t :
       {pseudo_tree::proc_net, pseudo_tree::proc_sys_net, pseudo_tree::sys_class_net})
    if (name == tree_name(t)) {
      tree = t;
      return true;
    }
  return false;
}

}  // namespace linnet
