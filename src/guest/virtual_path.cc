// Classifies paths by their prefixes, component by component.
#include "guest/virtual_path.hh"

#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace linnet {
namespace {

constexpr std::array<std::string_view, 6> places = {"/proc",    "/sys", "/run",
                                                    "/var/run", "/var", "/etc"};

// Cuts `prefix` off when what follows is the end or a slash; the slash goes too.
bool cut(std::string_view& path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return false;
  if (path.size() == prefix.size()) {
    path = {};
    return true;
  }
  if (path[prefix.size()] != '/') return false;
  path.remove_prefix(prefix.size() + 1);
  return true;
}

std::optional<pid_t> cut_pid(std::string_view& path) {
  pid_t pid = 0;
  const auto [end, ec] = std::from_chars(path.data(), path.data() + path.size(), pid);
  if (ec != std::errc() || pid <= 0) return std::nullopt;
  const std::string_view number = path.substr(0, static_cast<size_t>(end - path.data()));
  if (!cut(path, number)) return std::nullopt;
  return pid;
}

virtual_path pseudo_place(pseudo_tree tree, pid_t pid, std::string_view rest) {
  return {.what = virtual_path::kind::pseudo, .tree = tree, .pid = pid, .rest = std::string(rest)};
}

// Below /proc/PID/ or /proc/PID/task/TID/.
virtual_path in_process(std::string_view path, pid_t pid) {
  using enum virtual_path::kind;
  if (path == "ns/net") return {.what = netns_handle, .pid = pid, .rest = {}};
  if (path == "uid_map" || path == "gid_map" || path == "setgroups")
    return {.what = userns_map, .pid = pid, .rest = {}};
  if (cut(path, "net")) return pseudo_place(pseudo_tree::proc_net, pid, path);
  return {};
}

virtual_path in_proc(std::string_view path, pid_t tgid, pid_t tid) {
  if (cut(path, "net")) return pseudo_place(pseudo_tree::proc_net, 0, path);
  if (cut(path, "sys"))
    return cut(path, "net") ? pseudo_place(pseudo_tree::proc_sys_net, 0, path) : virtual_path{};
  pid_t pid = 0;
  if (cut(path, "self")) {
    pid = tgid;
  } else if (cut(path, "thread-self")) {
    pid = tid;
  } else if (const auto named = cut_pid(path)) {
    pid = *named;
  } else {
    return {};
  }
  if (cut(path, "task")) {
    const auto thread = cut_pid(path);
    if (!thread) return {};
    pid = *thread;
  }
  return in_process(path, pid);
}

virtual_path in_sys(std::string_view path) {
  if (cut(path, "class/net")) return pseudo_place(pseudo_tree::sys_class_net, 0, path);
  if (cut(path, "devices/virtual/net")) {
    virtual_path v = pseudo_place(pseudo_tree::sys_class_net, 0, path);
    v.device = true;
    return v;
  }
  return {};
}

virtual_path in_netns(std::string_view path) {
  using enum virtual_path::kind;
  if (path.empty()) return {.what = netns_dir, .rest = {}};
  if (path.find('/') != path.npos) return {};
  return {.what = netns_name, .rest = std::string(path)};
}

}  // namespace

bool may_be_virtual(std::string_view absolute) {
  if (absolute == "/") return true;
  for (std::string_view place : places) {
    std::string_view path = absolute;
    if (cut(path, place)) return true;
  }
  // Any detour may end anywhere.
  return absolute.find("/.") != absolute.npos || absolute.find("//") != absolute.npos;
}

virtual_path classify_path(std::string_view path, pid_t tgid, pid_t tid) {
  if (cut(path, "/proc")) return in_proc(path, tgid, tid);
  if (cut(path, "/sys")) return in_sys(path);
  if (std::string_view inside = path; cut(inside, "/etc/netns"))
    return {.what = virtual_path::kind::etc, .rest = std::string(path.substr(5))};
  if (cut(path, "/run/netns") || cut(path, "/var/run/netns")) return in_netns(path);
  return {};
}

std::string normal_path(std::string_view absolute) {
  std::vector<std::string_view> parts;
  while (!absolute.empty()) {
    const size_t slash = absolute.find('/');
    const std::string_view part = absolute.substr(0, slash);
    absolute.remove_prefix(slash == absolute.npos ? absolute.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  std::string out;
  for (std::string_view part : parts) out.append("/").append(part);
  return out.empty() ? "/" : out;
}

std::string_view tree_root(pseudo_tree tree) {
  switch (tree) {
    case pseudo_tree::proc_net: return "/proc/net";
    case pseudo_tree::proc_sys_net: return "/proc/sys/net";
    case pseudo_tree::sys_class_net: return "/sys/class/net";
  }
  return {};
}

std::string_view tree_name(pseudo_tree tree) {
  switch (tree) {
    case pseudo_tree::proc_net: return "proc_net";
    case pseudo_tree::proc_sys_net: return "proc_sys_net";
    case pseudo_tree::sys_class_net: return "sys_class_net";
  }
  return {};
}

}  // namespace linnet
