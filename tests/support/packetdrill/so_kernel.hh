// A shared object with packetdrill's interface (so_interface.hh) as the kernel that a script is about, driven as the public
// tool drives it.
#pragma once

#include <memory>
#include <string>

#include "tests/support/packetdrill/kernel.hh"

namespace linnet::packetdrill {

// Throws script_error when it cannot be loaded.
std::unique_ptr<kernel> make_so_kernel(const std::string& file, const std::string& flags);

}  // namespace linnet::packetdrill
