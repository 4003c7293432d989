// Finds out whether guests can be supervised on this machine, by doing each needed thing once.
#pragma once

#include <string>
#include <vector>

namespace linnet {

struct check {
  const char* name;
  bool ok = false;
  bool optional = false;
  std::string cause{};   // when not ok: what happened
  const char* fix = "";  // and what to do about it
};

std::vector<check> examine_machine();

}  // namespace linnet
