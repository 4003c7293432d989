// The version reaches the program, and has the form that scripts may rely on.
#include "base/version.hh"

#include <gtest/gtest.h>

#include <cstdio>

namespace linnet {
namespace {

TEST(version, has_three_numbers) {
  unsigned major = 0, minor = 0, patch = 0;
  char rest = 0;
  EXPECT_EQ(3, std::sscanf(version(), "%u.%u.%u%c", &major, &minor, &patch, &rest)) << version();
}

}  // namespace
}  // namespace linnet
