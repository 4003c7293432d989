// What is refused for want of support is said on standard error, once for each name; LINNET_QUIET silences it.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace linnet {

class complaints {
 public:
  complaints();
  void say(std::string_view what);

 private:
  bool quiet_;
  std::set<std::string, std::less<>> said_;
};

}  // namespace linnet
