// Runs a script against a kernel: each event at its time, what the stack sends and answers compared with what the
// script says. Throws script_error, in the public tool's manner, at the first thing that differs.
#pragma once

#include <string>
#include <string_view>

#include "tests/support/packetdrill/kernel.hh"
#include "tests/support/packetdrill/script.hh"

namespace linnet::packetdrill {

struct run_options {
  s64 tolerance = 4000;  // microseconds by which an event may be early or late
  s64 stamp_tick = 0;    // microseconds of a tick of TCP's time stamps; 0: they are not compared
  bool verbose = false;  // each event, and what code prints, on standard output
};

// What the script's own --options say, on top of `o` and `a`.
void apply_options(const script&, run_options& o, addresses& a);
void run_script(const script&, kernel&, const addresses&, const run_options&);
// Writes a script: runs one that says what happens to the stack but not what it sends, and prints it with the packets
// that were sent. `text` is the script's. What a call gave that the script has otherwise stands behind it.
std::string record_script(const script&, std::string_view text, kernel&, const addresses&);

}  // namespace linnet::packetdrill
