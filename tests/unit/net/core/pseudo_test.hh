// A world in virtual time whose files are read and written.
#pragma once

#include <cstring>

#include "net/core/pseudo_files.hh"
#include "tests/unit/net/netlink/nl_test.hh"

namespace linnet::test {

class pseudo_test : public netlink_test {
 protected:
  void add_link(std::string_view name, std::string_view kind) {
    ASSERT_EQ(talk(new_link(name, kind)).code, 0);
  }
  // The content, or the name of the errno.
  std::string read(pseudo_tree tree, std::string_view path) {
    auto r = pseudo_read(n, tree, path);
    return r ? *r : strerrorname_np(r.error().code);
  }
  // 0 or the errno.
  int write(pseudo_tree tree, std::string_view path, std::string_view value) {
    auto r = pseudo_write(n, tree, path, value);
    return r ? 0 : r.error().code;
  }
};

}  // namespace linnet::test
