// The supervisor's own directory on the host: mode 0700, removed with everything in it at the end.
//
//   netns/          a file per name of the world's /run/netns; guests list, lock and unlink here for real
//   etc/netns        the world's /etc/netns: at first a copy of the host's, then the guests' own
//   ns/INUM         a file per namespace; an open descriptor of it is the handle of that namespace
//   view/INUM/...   skeletons of /proc/net, /proc/sys/net and /sys/class/net, for readdir
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "base/types.hh"

namespace linnet {

class private_dir {
 public:
  // In $XDG_RUNTIME_DIR, else $TMPDIR, else /tmp. The error's msg says what failed.
  static result<private_dir> create();
  private_dir(private_dir&& o) noexcept : root_(std::move(o.root_)) { o.root_.clear(); }
  private_dir& operator=(private_dir&&) = delete;
  ~private_dir();

  const std::string& root() const { return root_; }
  std::string netns() const { return root_ + "/netns"; }
  std::string netns_file(std::string_view name) const { return netns() + "/" + std::string(name); }
  std::string etc() const { return root_ + "/etc"; }
  std::string ns() const { return root_ + "/ns"; }
  std::string ns_file(u32 inum) const { return ns() + "/" + std::to_string(inum); }
  std::string view() const { return root_ + "/view"; }

  // Where such directories are looked for, as paths without links.
  static std::vector<std::string> places();
  // The part after "root/", when `path` lies in here.
  bool contains(std::string_view path, std::string_view& inside) const;

 private:
  explicit private_dir(std::string root) : root_(std::move(root)) {}
  std::string root_;
};

}  // namespace linnet
