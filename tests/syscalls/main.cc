// Makes thousands of socket calls with right and wrong arguments and prints a line for each, so that two kernels can be
// compared line by line. It is run in a fresh namespace that tests/syscalls/world.sh has furnished.
//
//   linnet_syscalls creation                  socket(2) with many arguments
//   linnet_syscalls options                   each option of each level on each kind of socket
//   linnet_syscalls arguments                 each call with each wrong argument
//   linnet_syscalls episodes SEED FIRST COUNT random calls on some sockets at a time, anew in each episode
//   linnet_syscalls streams SEED FIRST COUNT  the same on TCP sockets
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/syscalls/sockets.hh"

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  constexpr unsigned limit_seconds = 600;
  alarm(limit_seconds);    // none of the calls may block
  close_range(3, ~0u, 0);  // numbers that are asked about are the same everywhere
  if (what == "creation") {
    calls::try_creation();
  } else if (what == "options") {
    calls::try_options();
  } else if (what == "arguments") {
    calls::try_arguments();
  } else if (what == "episodes" && argc == 5) {
    calls::try_episodes(strtoull(argv[2], nullptr, 10),
                        static_cast<unsigned>(strtoul(argv[3], nullptr, 10)),
                        static_cast<unsigned>(strtoul(argv[4], nullptr, 10)));
  } else if (what == "streams" && argc == 5) {
    calls::try_streams(strtoull(argv[2], nullptr, 10),
                       static_cast<unsigned>(strtoul(argv[3], nullptr, 10)),
                       static_cast<unsigned>(strtoul(argv[4], nullptr, 10)));
  } else {
    fprintf(stderr,
            "usage: %s creation | options | arguments | episodes SEED FIRST COUNT |\n"
            "       streams SEED FIRST COUNT\n",
            argv[0]);
    return 2;
  }
  return 0;
}
