// The registry behind /proc/net. Directories are there because a file's path names them. Linux keeps a
// directory's entries in a tree ordered by length, then by text, and lists them in that order.
#include "net/core/procfs.hh"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <map>

#include "net/core/world.hh"

namespace linnet {

struct proc_registry {
  std::map<std::string, proc_file, std::less<>> files;
  std::vector<proc_dir> dirs;
};

namespace {

struct by_length {
  bool operator()(const std::string& a, const std::string& b) const {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
};

const proc_file* find_file(const net& n, std::string_view path) {
  if (!n.w.procfs) return nullptr;
  auto it = n.w.procfs->files.find(path);
  if (it == n.w.procfs->files.end()) return nullptr;
  return it->second.init_net_only && &n != n.w.init_net ? nullptr : &it->second;
}

// The directory and the name in it that `path` means, if there is such a file.
std::pair<const proc_dir*, std::string> find_in_dir(net& n, std::string_view path) {
  const size_t slash = path.rfind('/');
  if (!n.w.procfs || slash == path.npos) return {};
  const std::string name(path.substr(slash + 1));
  for (const proc_dir& d : n.w.procfs->dirs)
    if (d.path == path.substr(0, slash) && std::ranges::count(d.names(n), name)) return {&d, name};
  return {};
}

}  // namespace

void proc_register_dir(world& w, const proc_dir& d) {
  if (!w.procfs)
    w.procfs = pernet_ptr<proc_registry>(new proc_registry, [](proc_registry* r) { delete r; });
  w.procfs->dirs.push_back(d);
}

void proc_register(world& w, const proc_file& f) {
  if (!w.procfs)
    w.procfs = pernet_ptr<proc_registry>(new proc_registry, [](proc_registry* r) { delete r; });
  w.procfs->files.insert_or_assign(f.path, f);
}

void seq_printf(std::string& out, const char* format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  const int len = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (len > 0) out.append(text, std::min(static_cast<size_t>(len), sizeof text - 1));
}

void seq_pad_line(std::string& out, const std::string& line, size_t width) {
  out += line;
  if (line.size() < width) out.append(width - line.size(), ' ');
  out += '\n';
}

result<std::vector<pseudo_entry>> proc_net_list(net& n, std::string_view path) {
  if (find_file(n, path) || find_in_dir(n, path).first) return err(ENOTDIR);
  std::map<std::string, u32, by_length> names;
  const std::string prefix = path.empty() ? "" : std::string(path) + "/";
  if (n.w.procfs)
    for (auto& [name, f] : n.w.procfs->files) {
      if (!name.starts_with(prefix) || !find_file(n, name)) continue;
      const std::string rest = name.substr(prefix.size());
      const size_t slash = rest.find('/');
      names.emplace(rest.substr(0, slash), slash == rest.npos ? S_IFREG | 0444 : S_IFDIR | 0555);
    }
  if (n.w.procfs)
    for (const proc_dir& d : n.w.procfs->dirs)
      if (d.path == path)
        for (const std::string& name : d.names(n)) names.emplace(name, S_IFREG | 0444);
  if (names.empty() && !path.empty()) return err(ENOENT);
  std::vector<pseudo_entry> all;
  all.reserve(names.size());
  for (auto& [name, mode] : names) all.push_back({name, mode, {}});
  return all;
}

result<pseudo_entry> proc_net_stat(net& n, std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (find_file(n, path) || find_in_dir(n, path).first)
    return pseudo_entry{std::string(name), S_IFREG | 0444, {}};
  for (size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1))
    if (find_file(n, path.substr(0, slash))) return err(ENOTDIR);
  if (auto dir = proc_net_list(n, path); !dir) return std::unexpected(dir.error());
  return pseudo_entry{std::string(name), S_IFDIR | 0555, {}};
}

result<std::string> proc_net_read(net& n, std::string_view path) {
  if (const proc_file* f = find_file(n, path)) {
    std::string out;
    f->show(n, out);
    return out;
  }
  if (auto [dir, name] = find_in_dir(n, path); dir) {
    std::string out;
    dir->show(n, name, out);
    return out;
  }
  if (auto at = proc_net_stat(n, path); !at) return std::unexpected(at.error());
  return err(EISDIR);
}

status proc_net_write(net& n, std::string_view path) {
  auto at = proc_net_stat(n, path);
  if (!at) return std::unexpected(at.error());
  return err(S_ISDIR(at->mode) ? EISDIR : EACCES);
}

}  // namespace linnet
