// The library that is preloaded into guests (guest/preload), as the bytes of its file: `linnet` carries it, so there is
// nothing beside it to be found or to be of another version.
#pragma once

#include "base/result.hh"
#include "base/types.hh"
#include "guest/private_dir.hh"

namespace linnet {

const_bytes preload_image();

// Writes it into the private directory and appends its path to LD_PRELOAD, which guests inherit. An error when guests
// could not load it from there: a file system that executes nothing.
status offer_preload(const private_dir&);

}  // namespace linnet
