// One line on standard error for each thing that is refused, and only once.
#include "guest/complaints.hh"

#include <cstdio>
#include <cstdlib>

namespace linnet {

complaints::complaints() : quiet_(getenv("LINNET_QUIET") != nullptr) {}

void complaints::say(std::string_view what) {
  if (quiet_ || said_.contains(what)) return;
  said_.emplace(what);
  fprintf(stderr, "linnet: %.*s\n", static_cast<int>(what.size()), what.data());
}

}  // namespace linnet
