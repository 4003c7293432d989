// Which Linnet this is: the version that the build was given (project() in CMakeLists.txt).
#pragma once

namespace linnet {

// "MAJOR.MINOR.PATCH"; static storage.
const char* version();

}  // namespace linnet
