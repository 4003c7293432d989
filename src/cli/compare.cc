// linnet compare: the same script on Linux and here. The work is done by the harness in tools/oracle (installed as
// share/linnet/oracle), a program of its own because it is made of other programs: kernels, shells, tcpdump.
#include <limits.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <vector>

#include "cli/commands.hh"

namespace linnet {
namespace {

// Where the harness is when the program is in bin/ of an installation, or in build/KIND/bin of the sources.
std::filesystem::path find_harness(const std::filesystem::path& program) {
  const auto bin = program.parent_path();
  for (const char* place : {"../share/linnet/oracle", "../../../tools/oracle"}) {
    const auto script = (bin / place / "compare.py").lexically_normal();
    if (access(script.c_str(), R_OK) == 0) return script;
  }
  return {};
}

}  // namespace

int compare_command(arguments args) {
  std::error_code ec;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ec);
  const auto harness = find_harness(program);
  if (harness.empty()) {
    fprintf(stderr, "linnet compare: its scripts are not beside %s (share/linnet/oracle)\n",
            program.c_str());
    return 2;
  }
  setenv("LINNET", program.c_str(), 1);
  std::vector<char*> argv{const_cast<char*>("python3"), const_cast<char*>(harness.c_str())};
  argv.insert(argv.end(), args.begin(), args.end());
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  fprintf(stderr, "linnet compare: python3: %s\n", strerror(errno));
  return 2;
}

}  // namespace linnet
