// What benchmarks of forwarding share: frames put in at one device in bursts, counted at another.
#pragma once

#include <benchmark/benchmark.h>

#include "tests/support/net_kit.hh"

namespace linnet {

// Feeds `rig.frames` to `rig.in`, `burst` at a time, in turn; all must leave by `rig.out`. The cost of making each packet
// (allocation and copy) is included, as a driver pays it.
template <class rig_t>
void pass_bursts(benchmark::State& state, rig_t& rig, size_t burst) {
  size_t at = 0;
  const u64 before = rig.out->stats.tx_packets;
  for (auto _ : state) {
    sk_buff_head list;
    for (size_t i = 0; i < burst; ++i) {
      list.enqueue(rig.in->frame(rig.frames[at]));
      if (++at == rig.frames.size()) at = 0;
    }
    netif_receive_skb_list(rig.n.c, std::move(list));
  }
  const u64 sent = rig.out->stats.tx_packets - before;
  if (sent != static_cast<u64>(state.iterations()) * burst)
    state.SkipWithError("packets were lost");
  state.counters["Mpps"] =
      benchmark::Counter(static_cast<double>(sent) / 1e6, benchmark::Counter::kIsRate);
}

}  // namespace linnet
