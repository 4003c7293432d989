// What recording the path of packets costs: a single step with tracing off and on, and forwarding of 64-byte frames
// in both cases (as forward_bench.cc; off is the same as there). `ns_per_step` is the time of all over the number of
// steps recorded.
#include <benchmark/benchmark.h>

#include "bench/router.hh"
#include "trace/path_recorder.hh"
#include "trace/story.hh"

namespace linnet {
namespace {

void trace_step(benchmark::State& state) {
  router r(1);
  path_recorder rec;
  if (state.range(0)) rec.attach(*r.w);
  skb_ptr p = r.in->frame(r.frames[0]);
  for (auto _ : state) {
    trace(r.n.c, tp::ip_rcv, p.get(), r.in.get());
    benchmark::ClobberMemory();
  }
  rec.detach();
  consume_skb(std::move(p));
}
BENCHMARK(trace_step)->ArgName("on")->Arg(0)->Arg(1);

void forward_traced(benchmark::State& state) {
  const bool on = state.range(0);
  const size_t burst = static_cast<size_t>(state.range(1));
  router r(1000);
  path_recorder rec;
  if (on) rec.attach(*r.w);
  size_t at = 0;
  const u64 before = r.out->stats.tx_packets, first = rec.next();
  for (auto _ : state) {
    sk_buff_head list;
    for (size_t i = 0; i < burst; ++i) {
      list.enqueue(r.in->frame(r.frames[at]));
      at = at + 1 == r.frames.size() ? 0 : at + 1;
    }
    netif_receive_skb_list(r.n.c, std::move(list));
  }
  rec.detach();
  const double sent = static_cast<double>(r.out->stats.tx_packets - before);
  state.counters["Mpps"] = benchmark::Counter(sent / 1e6, benchmark::Counter::kIsRate);
  if (!on) return;
  const double steps = static_cast<double>(rec.next() - first);
  state.counters["steps_per_packet"] = steps / sent;
  state.counters["ns_per_step"] =
      benchmark::Counter(steps / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(forward_traced)->ArgNames({"on", "burst"})->ArgsProduct({{0, 1}, {1, 32}});

// A question over a full ring.
void index_ring(benchmark::State& state) {
  router r(1000);
  path_recorder rec;
  rec.attach(*r.w);
  for (size_t at = 0; rec.next() <= rec.capacity(); at = (at + 1) % r.frames.size())
    netif_receive_skb(r.in->frame(r.frames[at]));
  rec.detach();
  const namespace_names names(*r.w);
  for (auto _ : state) {
    const trace_index index(rec);
    benchmark::DoNotOptimize(index.last({}, std::ref(names)));
  }
}
BENCHMARK(index_ring)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace linnet
