// Forwarding of 64-byte frames through the whole path between two memory devices: receive, route, TTL, neighbour
// header, transmit, with tracing compiled in and off. A frame is 60 bytes in memory (64 on the wire with its
// FCS).
#include "bench/bursts.hh"
#include "bench/router.hh"

namespace linnet {
namespace {

void forward(benchmark::State& state) {
  router r(static_cast<size_t>(state.range(1)));
  pass_bursts(state, r, static_cast<size_t>(state.range(0)));
}
// A million routes, 64 next hops, every packet to another address.
void forward_full_table(benchmark::State& state) {
  static const auto r = router::with_full_table(1000000);
  pass_bursts(state, *r, static_cast<size_t>(state.range(0)));
}
BENCHMARK(forward)->ArgNames({"burst", "flows"})->ArgsProduct({{1, 32, 256}, {1, 1000}});
BENCHMARK(forward_full_table)->ArgName("burst")->Arg(1)->Arg(32)->Arg(64)->Arg(256);

}  // namespace
}  // namespace linnet
