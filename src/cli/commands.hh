// The commands of `linnet`. Each takes the arguments after its name and returns the exit status.
#pragma once

#include <span>

namespace linnet {

using arguments = std::span<char* const>;

int run_command(arguments);
int compare_command(arguments);
int doctor_command(arguments);
int why_command(arguments);
int drops_command(arguments);
int trace_command(arguments);

}  // namespace linnet
