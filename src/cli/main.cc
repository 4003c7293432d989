// linnet: finds the command and hands it its arguments.
#include <cstdio>
#include <string_view>

#include "base/version.hh"
#include "cli/commands.hh"

namespace {

constexpr char usage[] =
    "Usage: linnet COMMAND [ARGUMENT]...\n"
    "\n"
    "The Linux network stack as an ordinary program.\n"
    "\n"
    "Commands:\n"
    "  run       run a program, and all that it starts, in a fresh world of "
    "network namespaces\n"
    "  compare   run scripts on Linux and in a world, and show how the outputs differ\n"
    "  why       what happened to a packet, what matched, what would change it\n"
    "  drops     how many packets were dropped for which reason\n"
    "  trace     the path of packets as it happens\n"
    "  doctor    check whether this machine has what Linnet needs\n"
    "\n"
    "`linnet COMMAND --help` says more about each.\n";

}  // namespace

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  const linnet::arguments rest(argv + 2, argc > 2 ? static_cast<size_t>(argc - 2) : 0);
  if (command == "run") return linnet::run_command(rest);
  if (command == "compare") return linnet::compare_command(rest);
  if (command == "why") return linnet::why_command(rest);
  if (command == "drops") return linnet::drops_command(rest);
  if (command == "trace") return linnet::trace_command(rest);
  if (command == "doctor") return linnet::doctor_command(rest);
  if (command == "--help" || command == "-h" || command == "help") return fputs(usage, stdout), 0;
  if (command == "--version" || command == "-V") return printf("linnet %s\n", linnet::version()), 0;
  if (command.empty()) return fputs(usage, stderr), 2;
  fprintf(stderr, "linnet: there is no command '%s'; `linnet --help` lists them\n", argv[1]);
  return 2;
}
