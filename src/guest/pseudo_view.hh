// Shows the stack's files (pseudo_files.hh) to guests as real descriptors: a file is a snapshot of its
// content in memory, a directory is a skeleton in the private directory whose entries have the right names
// and kinds. Paths below an open skeleton are mapped back to the tree, so openat(2) there works.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "base/result.hh"
#include "guest/private_dir.hh"
#include "guest/unique_fd.hh"
#include "net/core/pseudo_files.hh"

namespace linnet {

struct pseudo_location {
  net* ns;
  pseudo_tree tree;
  std::string path;
  bool device = false;  // reached through /sys/devices/virtual/net
};

class pseudo_view {
 public:
  explicit pseudo_view(const private_dir& dir) : dir_(dir) {}

  // What the place is; a link in the middle or, with `follow`, at the end is resolved into `where`.
  result<pseudo_entry> look(pseudo_location& where, bool follow) const;

  result<unique_fd> open_file(const pseudo_location&) const;  // for reading
  result<unique_fd> open_directory(const pseudo_location&) const;

  static void fill_stat(const pseudo_location&, const pseudo_entry&, struct stat&);

  // The place that a path in the private directory stands for: what follows "view/". `inum` names its namespace.
  static bool parse(std::string_view inside_view, u32& inum, pseudo_tree&, bool& device,
                    std::string& path);

 private:
  const private_dir& dir_;
};

}  // namespace linnet
