// The registry behind /proc/sys/net: finds the file that a path names in this namespace, and reads or writes
// it. Listings are in the order of names, as Linux's.
#include "net/core/sysctl.hh"

#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "net/core/optmem.hh"
#include "net/core/world.hh"

namespace linnet {

struct sysctl_registry {
  std::map<std::string, const ctl_table*, std::less<>>
      files;  // by path; those of ctl_dirs aren't here
  std::vector<ctl_dir> dirs;
  int optmem_max = 20480;
};

struct netns_sysctl {
  std::map<const ctl_table*, ctl_values> kept;  // looked into, never walked
};

namespace {

sysctl_registry& registry(world& w) {
  if (!w.sysctls)
    w.sysctls =
        pernet_ptr<sysctl_registry>(new sysctl_registry, [](sysctl_registry* r) { delete r; });
  return *w.sysctls;
}

bool visible(const net& n, const ctl_table& t) { return !t.init_net_only || &n == n.w.init_net; }

struct found {
  const ctl_table* table = nullptr;
  void* object = nullptr;
};

// `path` below a ctl_dir: instance and file name.
found find_in_dirs(net& n, std::string_view path) {
  for (const ctl_dir& d : registry(n.w).dirs) {
    if (!path.starts_with(d.path) || path.size() <= d.path.size() || path[d.path.size()] != '/')
      continue;
    const std::string_view rest = path.substr(d.path.size() + 1);
    const size_t slash = rest.find('/');
    if (slash == rest.npos) continue;
    const std::string_view instance = rest.substr(0, slash);
    const auto instances = d.instances(n);  // two directories of one path may differ in them
    if (std::ranges::find(instances, instance) == instances.end()) continue;
    void* object = d.find(n, instance);
    if (!object) continue;
    for (const ctl_table& t : d.tables)
      if (rest.substr(slash + 1) == t.name) return {&t, object};
  }
  return {};
}

found find(net& n, std::string_view path) {
  auto& files = registry(n.w).files;
  if (auto it = files.find(path); it != files.end() && visible(n, *it->second)) return {it->second};
  return find_in_dirs(n, path);
}

u32 file_mode(const ctl_table& t) { return S_IFREG | t.mode; }
constexpr u32 dir_mode = S_IFDIR | 0555;

// Adds to `names` the entry of `path`'s directory that `full` lies in or is.
void add_below(std::map<std::string, u32>& names, const std::string& dir, std::string_view full,
               u32 mode) {
  if (!full.starts_with(dir) || full.size() == dir.size()) return;
  const std::string_view rest = full.substr(dir.size());
  const size_t slash = rest.find('/');
  names.emplace(rest.substr(0, slash), slash == rest.npos ? mode : dir_mode);
}

ctl_values values_of(const ctl_at& at) {
  if (!at.table.ops || !at.table.ops->get) return sysctl_kept(at.ns, at.table);
  ctl_values v{};
  at.table.ops->get(at, v.data());
  return v;
}

}  // namespace

int& sysctl_optmem_max(world& w) { return registry(w).optmem_max; }

void sysctl_register(world& w, std::span<const ctl_table> tables) {
  for (const ctl_table& t : tables) registry(w).files.insert_or_assign(t.name, &t);
}

void sysctl_register_dir(world& w, const ctl_dir& d) { registry(w).dirs.push_back(d); }

ctl_values sysctl_kept(const net& n, const ctl_table& t) {
  if (n.sysctl)
    if (auto it = n.sysctl->kept.find(&t); it != n.sysctl->kept.end()) return it->second;
  return t.initial;
}

void sysctl_keep(net& n, const ctl_table& t, const s64* values) {
  if (!n.sysctl)
    n.sysctl = pernet_ptr<netns_sysctl>(new netns_sysctl, [](netns_sysctl* s) { delete s; });
  ctl_values v{};
  std::copy_n(values, t.count, v.begin());
  n.sysctl->kept.insert_or_assign(&t, v);
}

std::optional<ctl_values> sysctl_values(net& n, std::string_view path) {
  const found f = find(n, path);
  if (!f.table || f.table->kind == ctl_kind::text) return {};
  return values_of({n, *f.table, f.object});
}

result<std::vector<pseudo_entry>> sysctl_list(net& n, std::string_view path) {
  if (find(n, path).table) return err(ENOTDIR);
  std::map<std::string, u32> names;
  const std::string dir = path.empty() ? "" : std::string(path) + "/";
  for (auto& [full, t] : registry(n.w).files)
    if (visible(n, *t)) add_below(names, dir, full, file_mode(*t));
  for (const ctl_dir& d : registry(n.w).dirs)
    for (const std::string& instance : d.instances(n))
      for (const ctl_table& t : d.tables)
        add_below(names, dir, d.path + "/" + instance + "/" + t.name, file_mode(t));
  if (names.empty()) return err(ENOENT);
  std::vector<pseudo_entry> all;
  all.reserve(names.size());
  for (auto& [name, mode] : names) all.push_back({name, mode, {}});
  return all;
}

result<pseudo_entry> sysctl_stat(net& n, std::string_view path) {
  const std::string name(path.substr(path.rfind('/') + 1));
  if (const found f = find(n, path); f.table) return pseudo_entry{name, file_mode(*f.table), {}};
  for (size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1))
    if (find(n, path.substr(0, slash)).table) return err(ENOTDIR);
  if (auto dir = sysctl_list(n, path); !dir) return std::unexpected(dir.error());
  return pseudo_entry{name, dir_mode, {}};
}

result<std::string> sysctl_read(net& n, std::string_view path) {
  const found f = find(n, path);
  if (!f.table) {
    if (auto at = sysctl_stat(n, path); !at) return std::unexpected(at.error());
    return err(EISDIR);
  }
  const ctl_table& t = *f.table;
  if (!(t.mode & 0400)) return err(EACCES);
  const ctl_at at{n, t, f.object};
  if (t.kind == ctl_kind::text)
    return (t.ops && t.ops->show ? t.ops->show(at) : t.initial_text) + std::string("\n");
  return sysctl_format(t, values_of(at));
}

status sysctl_write(net& n, std::string_view path, std::string_view value) {
  const found f = find(n, path);
  if (!f.table) {
    if (auto at = sysctl_stat(n, path); !at) return std::unexpected(at.error());
    return err(EISDIR);
  }
  const ctl_table& t = *f.table;
  if (!(t.mode & 0200)) return err(EACCES);
  if (value.empty()) return {};
  const ctl_at at{n, t, f.object};
  if (t.kind == ctl_kind::text)
    return t.ops && t.ops->store ? t.ops->store(at, value) : err(EINVAL);
  ctl_values v = values_of(at);
  unsigned parsed;
  const status s = sysctl_parse(t, value, v, parsed);
  if (t.ops && t.ops->set) {
    if (!s && !(t.ops->plain && parsed)) return s;
    const status taken = t.ops->set(at, v.data());
    return s ? taken : s;
  }
  // A plain vector takes what came before the error.
  if (parsed) sysctl_keep(n, t, v.data());
  return s;
}

}  // namespace linnet
