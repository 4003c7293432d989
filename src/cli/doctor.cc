// linnet doctor: one line for each thing that Linnet needs of the machine, found out by trying it.
#include <cstdio>
#include <string_view>

#include "cli/commands.hh"
#include "guest/doctor.hh"

namespace linnet {
namespace {

constexpr char usage[] =
    "Usage: linnet doctor\n"
    "\n"
    "Checks what Linnet needs of this machine by trying it, and says how to mend what is missing.\n"
    "Exit status: 0 when everything needed is there, 1 when something is missing.\n";

void print(const check& c) {
  const char* verdict = c.ok ? "ok" : c.optional ? "missing (optional)" : "MISSING";
  printf("%-18s  %s", verdict, c.name);
  if (!c.ok) printf(": %s", c.cause.c_str());
  putchar('\n');
  if (!c.ok) printf("%-18s  fix: %s\n", "", c.fix);
}

}  // namespace

int doctor_command(arguments args) {
  if (!args.empty()) {
    const std::string_view arg = args[0];
    const bool help = arg == "--help" || arg == "-h";
    fputs(usage, help ? stdout : stderr);
    return help ? 0 : 2;
  }
  bool all = true;
  for (const check& c : examine_machine()) {
    print(c);
    all = all && (c.ok || c.optional);
  }
  return all ? 0 : 1;
}

}  // namespace linnet
