// Filling a table of a million routes by the C++ netlink API, and what it takes of the host's memory.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdio>

#include "bench/router.hh"

namespace linnet {
namespace {

double resident_megabytes() {
  long total = 0, resident = 0;
  if (FILE* f = fopen("/proc/self/statm", "r")) {
    if (fscanf(f, "%ld %ld", &total, &resident) != 2) resident = 0;
    fclose(f);
  }
  return static_cast<double>(resident * sysconf(_SC_PAGESIZE)) / 1e6;
}

void route_load(benchmark::State& state) {
  const auto prefixes = full_table(static_cast<size_t>(state.range(0)));
  double before = 0, after = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto r = std::make_unique<router>();
    before = resident_megabytes();
    state.ResumeTiming();
    u32 hop = 0;
    for (auto [key, plen] : prefixes)
      router::check(
          kit::add_route(r->n, be32(key), plen, be32(ip4(10, 0, 1, 2).host() + (hop++ & 63))));
    state.PauseTiming();
    after = resident_megabytes();
    r.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["MB"] = after - before;
}
BENCHMARK(route_load)->Arg(1000000)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace linnet
