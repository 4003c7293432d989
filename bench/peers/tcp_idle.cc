// What an established TCP connection takes while nothing happens on it: tcp_idle linnet|kernel N makes N/2 connections between
// two namespaces, and prints the bytes for each of the N ends: of this process's resident memory, or of the kernel's
// allocator (Slab in /proc/meminfo, which should be quiet else).
#include <sys/resource.h>

#include <cstring>
#include <fstream>
#include <vector>

#include "bench/peers/veth_ends.hh"

namespace {

using namespace ends;

// A field of a file in /proc, whose unit is a kB.
double kilobytes(const char* file, const std::string& field) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(field)) return strtod(line.c_str() + field.size(), nullptr);
  give_up(file);
}

// As many ends as there may be descriptors.
size_t limited(size_t n) {
  rlimit allowed;
  getrlimit(RLIMIT_NOFILE, &allowed);
  allowed.rlim_cur = allowed.rlim_max;
  setrlimit(RLIMIT_NOFILE, &allowed);
  return std::min<size_t>(n, allowed.rlim_max - 100);
}

// Connections to a listener: fewer than half of the ephemeral ports, so that one is found at once.
constexpr size_t per_port = 10'000;

template <class Ends>
double measure(size_t n, double (*in_use)()) {
  Ends e;
  using socket = typename Ends::socket;
  std::vector<socket> all;
  all.reserve(n);
  std::memset(static_cast<void*>(all.data()), 1, n * sizeof(socket));  // which is no part of them
  socket listener;
  const auto connect = [&](size_t i) {
    const linnet::endpoint to{far_address, static_cast<std::uint16_t>(1000 + i / per_port)};
    if (i % per_port == 0) {
      listener = e.open_far(SOCK_STREAM);
      listener.bind(to);
      listener.listen();
    }
    auto near = e.open_near(SOCK_STREAM);
    near.connect(to);
    e.run();
    all.push_back(std::move(near));
    all.push_back(listener.accept());
  };
  // The first ones make what all share.
  const size_t first = std::min<size_t>(1000, n / 4);
  for (size_t i = 0; i < first; ++i) connect(i);
  const double before = in_use();
  for (size_t i = first; i < n / 2; ++i) connect(i);
  return (in_use() - before) * 1024 / static_cast<double>(n - 2 * first);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string who = argc == 3 ? argv[1] : "";
  const size_t n = argc == 3 ? strtoul(argv[2], nullptr, 10) : 0;
  if (n < 4 || (who != "linnet" && who != "kernel"))
    return fprintf(stderr, "usage: tcp_idle linnet|kernel N\n"), 2;
  if (who == "kernel") {
    printf("%.0f\n",
           measure<in_kernel>(limited(n), [] { return kilobytes("/proc/meminfo", "Slab:"); }));
  } else {
    printf("%.0f\n",
           measure<in_linnet>(n, [] { return kilobytes("/proc/self/status", "VmRSS:"); }));
  }
}
