// Forwarding of 64-byte frames through the whole path between two memory devices: receive, route, TTL, neighbour
// header, transmit, with tracing compiled in and off. A frame is 60 bytes in memory (64 on the wire with its
// FCS). The cost of making each packet (allocation and copy) is included, as a driver pays it.
#include <benchmark/benchmark.h>

#include "bench/router.hh"

namespace linnet {
namespace {

void forward(benchmark::State& state) {
  const size_t burst = static_cast<size_t>(state.range(0)),
               flows = static_cast<size_t>(state.range(1));
  router r(flows);
  size_t at = 0;
  const u64 before = r.out->stats.tx_packets;
  for (auto _ : state) {
    sk_buff_head list;
    for (size_t i = 0; i < burst; ++i) {
      list.enqueue(r.in->frame(r.frames[at]));
      at = at + 1 == flows ? 0 : at + 1;
    }
    netif_receive_skb_list(r.n.c, std::move(list));
  }
  const u64 sent = r.out->stats.tx_packets - before;
  if (sent != static_cast<u64>(state.iterations()) * burst)
    state.SkipWithError("packets were lost");
  state.counters["Mpps"] =
      benchmark::Counter(static_cast<double>(sent) / 1e6, benchmark::Counter::kIsRate);
}
BENCHMARK(forward)->ArgNames({"burst", "flows"})->ArgsProduct({{1, 32, 256}, {1, 1000}});

}  // namespace
}  // namespace linnet
