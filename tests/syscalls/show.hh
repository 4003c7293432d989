// One line for each call: what was asked, what came of it, and the bytes that came back as far as they are the same on every
// run. What is not (ephemeral ports, process numbers, times, cookies) is shown by a word in its place.
#pragma once

#include <sys/socket.h>

#include <string>

#include "tests/syscalls/arena.hh"

namespace calls {

// Adds to the line of the call that is being made.
[[gnu::format(printf, 1, 2)]] void say(const char* format, ...);
// Ends the line with "= VALUE" or "= ERRNO"; returns the value.
long result(long value);
void end_line();

std::string hex(const_bytes);
// As much of a socket address as there is: "in 127.0.0.1:5000", "nl SELF 0", ...
std::string show_address(const_bytes);
// The control messages of a received message.
std::string show_control(const msghdr&);
// A received IPv4 packet with its header: what of it is the same on each run.
std::string show_packet(const_bytes);

}  // namespace calls
