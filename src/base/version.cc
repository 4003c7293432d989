// The version as text. The build defines LINNET_VERSION for this file alone, so that a new version
// recompiles nothing else.
#include "base/version.hh"

#ifndef LINNET_VERSION
#define LINNET_VERSION "unknown"
#endif

namespace linnet {

const char* version() { return LINNET_VERSION; }

}  // namespace linnet
