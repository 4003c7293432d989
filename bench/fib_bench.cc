// Routing tables: lookups of random destinations, one at a time and in bursts, in tables of 10 to a million
// routes with prefix lengths spread as in the Internet's tables; how fast routes go in; bytes each takes.
#include <benchmark/benchmark.h>

#include "bench/full_table.hh"
#include "net/ipv4/fib_frontend.hh"

namespace linnet {
namespace {

struct table {
  explicit table(size_t n) : list(full_table(n)) {
    info.nh = std::vector<fib_nh>(1);
    info.nh[0].parent = &info;
    info.nh[0].oif = 2;
    info.single_nh = &info.nh[0];
    info.type = RTN_UNICAST;
    tb.id = RT_TABLE_MAIN;
    tb.trie = std::make_shared<fib_trie>();
    for (auto [key, plen] : list) tb.trie->insert(key, plen, 0, alias());
    rng x(7);
    for (u32& d : dst) d = some_address(x);
  }
  fib_alias alias() { return {&info, RT_TABLE_MAIN, 0, RTN_UNICAST}; }
  std::vector<std::pair<u32, u8>> list;
  fib_info info;
  fib_table tb;
  std::array<u32, 65536> dst;
};

table& table_of(size_t n) {
  static std::unique_ptr<table> last;
  if (!last || last->list.size() != n) last = std::make_unique<table>(n);
  return *last;
}

void report(benchmark::State& s, table& t) {
  s.SetItemsProcessed(s.iterations());
  s.counters["bytes/route"] =
      static_cast<double>(t.tb.trie->memory()) / static_cast<double>(t.tb.trie->prefixes());
}

// Each lookup waits for the one before, as packets handled one by one do.
void fib_lookup_single(benchmark::State& s) {
  table& t = table_of(static_cast<size_t>(s.range(0)));
  flowi4 fl;
  fl.iif = 2;
  u32 i = 0;
  for (auto _ : s) {
    fl.daddr = be32(t.dst[i & 65535]);
    auto res = fib_table_lookup(t.tb, fl);
    i += 1 + (res ? res->prefixlen >> 6 : 0);
    benchmark::DoNotOptimize(i);
  }
  report(s, t);
}

// As a burst's routes are looked up (route_burst): the index's answers for 32 addresses at a time.
void fib_lookup_burst32(benchmark::State& s) {
  table& t = table_of(static_cast<size_t>(s.range(0)));
  const fib_index* index = t.tb.trie->index();
  std::array<const fib_answer*, 32> answers;
  u32 i = 0;
  for (auto _ : s) {
    if (i % 32 == 0) {
      index->find(std::span(t.dst).subspan(i & 65535, 32), answers);
      benchmark::DoNotOptimize(answers[0]->info);
    }
    ++i;
  }
  report(s, t);
}

void fib_insert(benchmark::State& s) {
  table& t = table_of(static_cast<size_t>(s.range(0)));
  for (auto _ : s) {
    fib_trie fresh;
    for (auto [key, plen] : t.list) fresh.insert(key, plen, 0, t.alias());
    benchmark::DoNotOptimize(fresh.prefixes());
  }
  s.SetItemsProcessed(s.iterations() * s.range(0));
}

void fib_walk(benchmark::State& s) {
  table& t = table_of(static_cast<size_t>(s.range(0)));
  for (auto _ : s) {
    fib_trie::cursor c;
    while (!t.tb.trie->next(c).empty()) benchmark::DoNotOptimize(c.key);
  }
  s.SetItemsProcessed(s.iterations() * s.range(0));
}

BENCHMARK(fib_lookup_single)->Arg(10)->Arg(1000)->Arg(100000)->Arg(1000000);
BENCHMARK(fib_lookup_burst32)->Arg(100000)->Arg(1000000);
BENCHMARK(fib_insert)->Arg(1000)->Arg(1000000)->Unit(benchmark::kMillisecond);
BENCHMARK(fib_walk)->Arg(1000000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace linnet
