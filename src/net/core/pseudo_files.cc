// Hands each tree's requests to the part that keeps it. Paths may carry superfluous slashes.
#include "net/core/pseudo_files.hh"

#include "net/core/net_sysfs.hh"
#include "net/core/procfs.hh"
#include "net/core/sysctl.hh"

namespace linnet {
namespace {

std::string tidy(std::string_view path) {
  std::string out;
  for (char c : path)
    if (c != '/' || (!out.empty() && out.back() != '/')) out += c;
  if (!out.empty() && out.back() == '/') out.pop_back();
  return out;
}

}  // namespace

result<std::vector<pseudo_entry>> pseudo_list(net& n, pseudo_tree tree, std::string_view path) {
  const std::string p = tidy(path);
  switch (tree) {
    case pseudo_tree::proc_net: return proc_net_list(n, p);
    case pseudo_tree::proc_sys_net: return sysctl_list(n, p);
    case pseudo_tree::sys_class_net: return net_sysfs_list(n, p);
  }
  return err(ENOENT);
}

result<pseudo_entry> pseudo_stat(net& n, pseudo_tree tree, std::string_view path) {
  const std::string p = tidy(path);
  switch (tree) {
    case pseudo_tree::proc_net: return proc_net_stat(n, p);
    case pseudo_tree::proc_sys_net: return sysctl_stat(n, p);
    case pseudo_tree::sys_class_net: return net_sysfs_stat(n, p);
  }
  return err(ENOENT);
}

result<std::string> pseudo_read(net& n, pseudo_tree tree, std::string_view path) {
  const std::string p = tidy(path);
  switch (tree) {
    case pseudo_tree::proc_net: return proc_net_read(n, p);
    case pseudo_tree::proc_sys_net: return sysctl_read(n, p);
    case pseudo_tree::sys_class_net: return net_sysfs_read(n, p);
  }
  return err(ENOENT);
}

status pseudo_write(net& n, pseudo_tree tree, std::string_view path, std::string_view value) {
  const std::string p = tidy(path);
  switch (tree) {
    case pseudo_tree::proc_net: return proc_net_write(n, p);
    case pseudo_tree::proc_sys_net: return sysctl_write(n, p, value);
    case pseudo_tree::sys_class_net: return net_sysfs_write(n, p, value);
  }
  return err(ENOENT);
}

}  // namespace linnet
