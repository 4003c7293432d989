// linnet_packetdrill [OPTION...] SCRIPT...: runs packetdrill scripts.
//
//   --kernel=linnet       each script against a fresh world on the virtual clock, in this process (the default)
//   --kernel=host         against the kernel that this process runs on, through a TUN device: as root, in a network
//                         namespace of its own, one script
//   --so_filename=FILE    against the stack in a shared object that has the public tool's interface (so_interface.hh)
//   --so_flags=FLAGS      and what it is to be told
//   --tolerance_usecs=N   how early or late an event may be (4000)
//   --record              prints the one script with the packets that the kernel sends: write what happens to the stack,
//                         have Linux say the rest
//   --verbose             each event's line, and what code prints
//
// Prints what differs, in the public tool's manner, and a line of counts; the exit status says whether all passed.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/packetdrill/host_kernel.hh"
#include "tests/support/packetdrill/linnet_kernel.hh"
#include "tests/support/packetdrill/runner.hh"
#include "tests/support/packetdrill/so_kernel.hh"

namespace {

using namespace linnet;
using namespace linnet::packetdrill;

struct choice {
  bool on_host = false, record = false;
  std::string so_filename{}, so_flags{};
};

std::unique_ptr<kernel> make_kernel(const choice& c, const addresses& a) {
  if (!c.so_filename.empty()) return make_so_kernel(c.so_filename, c.so_flags);
  if (c.on_host) return make_host_kernel(a);
  return std::make_unique<linnet_kernel>(a);
}

bool run_file(const std::string& file, const choice& c, run_options options) {
  try {
    std::ifstream in(file);
    if (!in) throw script_error(file + ": cannot be read");
    std::stringstream text;
    text << in.rdbuf();
    const script s = parse_script(file, text.str());
    addresses a{.local = be32(0xc0a80001), .remote = be32(0xc0000201)};
    apply_options(s, options, a);
    const std::unique_ptr<kernel> k = make_kernel(c, a);
    if (c.record)
      std::fputs(record_script(s, text.str(), *k, a).c_str(), stdout);
    else
      run_script(s, *k, a, options);
    return true;
  } catch (const script_error& e) {
    std::printf("%s\n", e.what());
    return false;
  }
}

}  // namespace

int main(int argc, char** argv) {
  run_options options;
  choice c;
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--kernel=host")
      c.on_host = true;
    else if (arg == "--kernel=linnet")
      c.on_host = false;
    else if (arg == "--record")
      c.record = true;
    else if (arg == "--verbose")
      options.verbose = true;
    else if (arg.starts_with("--so_filename="))
      c.so_filename = arg.substr(std::strlen("--so_filename="));
    else if (arg.starts_with("--so_flags="))
      c.so_flags = arg.substr(std::strlen("--so_flags="));
    else if (arg.starts_with("--tolerance_usecs="))
      options.tolerance =
          std::strtoll(arg.c_str() + std::strlen("--tolerance_usecs="), nullptr, 10);
    else if (arg.starts_with("--"))
      return std::fprintf(stderr, "linnet_packetdrill: unknown option %s\n", arg.c_str()), 2;
    else
      files.push_back(arg);
  }
  if (files.empty() || (c.on_host && files.size() > 1))
    return std::fprintf(stderr,
                        "usage: linnet_packetdrill [--kernel=linnet|host] [--tolerance_usecs=N] "
                        "[--verbose] SCRIPT...\n"),
           2;
  size_t failed = 0;
  for (const std::string& f : files) failed += !run_file(f, c, options);
  if (!c.record) std::printf("%zu passed, %zu failed\n", files.size() - failed, failed);
  return failed != 0;
}
