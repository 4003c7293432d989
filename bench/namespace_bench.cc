// Namespaces with a veth pair made through netlink: how many a second, and what one costs in memory.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include "tests/support/net_kit.hh"

namespace linnet {
namespace {

size_t heap_in_use() { return mallinfo2().uordblks + mallinfo2().hblkhd; }

// One iteration: a namespace with its lo, and a veth pair with one end in it, both up.
void namespaces_with_veth(benchmark::State& state) {
  const int count = static_cast<int>(state.range(0));
  double bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto w = boot_world({.virtual_time = true, .seed = 1, .cpus = 1});
    kit::name_namespaces_by_inum(*w);
    const size_t before = heap_in_use();
    state.ResumeTiming();
    for (int i = 0; i < count; ++i) {
      net& n = net_create(*w, *w->cpus[0]);
      if (!kit::add_veth(*w->init_net, "v" + std::to_string(i), n, "eth0") ||
          !kit::set_up(n, "eth0") || !kit::set_up(n, "lo")) {
        state.SkipWithError("netlink refused");
        return;
      }
    }
    world_poll(*w);
    state.PauseTiming();
    bytes = static_cast<double>(heap_in_use() - before) / count;
    w.reset();
    state.ResumeTiming();
  }
  state.counters["namespaces/s"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * count, benchmark::Counter::kIsRate);
  state.counters["bytes/namespace"] = bytes;
}
BENCHMARK(namespaces_with_veth)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

}  // namespace
}  // namespace linnet
