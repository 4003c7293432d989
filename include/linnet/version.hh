// Which Linnet this is, and the namespace that its public names are in.
//
// All of them are in linnet::v0: the number goes up with each change after which programs must be compiled anew, so
// that a program and a library that don't fit each other don't link. Write linnet::world; leave the v0 out.
#pragma once

/// The version of these headers, by Semantic Versioning.
#define LINNET_VERSION_MAJOR 0
#define LINNET_VERSION_MINOR 1
#define LINNET_VERSION_PATCH 0

/// The Linux network stack as a library.
namespace linnet::v0 {

/// "MAJOR.MINOR.PATCH" of the library that the program is linked with. Static storage.
const char* version();

}  // namespace linnet::v0

// The library itself has other things of the same names in linnet.
#ifndef LINNET_IMPLEMENTATION
namespace linnet {
using namespace v0;
}
#endif
