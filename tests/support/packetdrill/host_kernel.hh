// This machine's own kernel as the one that a script is about: real system calls, real time, and a TUN device in the
// namespace that the program runs in, which must be its own (it takes the addresses of the script) and root's.
#pragma once

#include <memory>

#include "tests/support/packetdrill/kernel.hh"

namespace linnet::packetdrill {

// Throws script_error when there can be no device.
std::unique_ptr<kernel> make_host_kernel(const addresses&);

}  // namespace linnet::packetdrill
