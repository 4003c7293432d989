// Routing tables: lookups of random destinations, one at a time and in bursts, in tables of 10 to a million
// routes with prefix lengths spread as in the Internet's tables; how fast routes go in; bytes each takes.
#include <benchmark/benchmark.h>

#include <set>

#include "base/rng.hh"
#include "net/ipv4/fib_frontend.hh"

namespace linnet {
namespace {

// Of a thousand prefixes, how many are of each length (a full table, late 2023, rounded).
u8 some_length(rng& r) {
  static constexpr std::pair<u8, u32> share[] = {
      {24, 620}, {23, 100}, {22, 110}, {21, 50}, {20, 45}, {19, 25}, {18, 15},
      {17, 9},   {16, 14},  {15, 3},   {14, 2},  {13, 1},  {12, 1},  {32, 5}};
  u32 x = r.below(1000);
  for (auto [plen, n] : share) {
    if (x < n) return plen;
    x -= n;
  }
  return 24;
}

struct routes {
  explicit routes(size_t n) {
    rng r(n);
    std::set<std::pair<u32, u8>> seen;
    while (list.size() < n) {
      u8 plen = some_length(r);
      // 1.0.0.0 to 223.255.255.255
      u32 key =
          ((r.below(223) + 1) << 24 | static_cast<u32>(r.next() >> 40)) & (~u32{0} << (32 - plen));
      if (seen.insert({key, plen}).second) list.emplace_back(key, plen);
    }
  }
  std::vector<std::pair<u32, u8>> list;
};

struct table {
  explicit table(size_t n) : r(n) {
    info.nh = std::vector<fib_nh>(1);
    info.nh[0].parent = &info;
    info.nh[0].oif = 2;
    info.type = RTN_UNICAST;
    tb.id = RT_TABLE_MAIN;
    tb.trie = std::make_shared<fib_trie>();
    for (auto [key, plen] : r.list) tb.trie->insert(key, plen, 0, alias());
    rng x(7);
    for (u32& d : dst) d = (x.below(223) + 1) << 24 | static_cast<u32>(x.next() >> 40);
  }
  fib_alias alias() { return {&info, RT_TABLE_MAIN, 0, RTN_UNICAST}; }
  routes r;
  fib_info info;
  fib_table tb;
  std::array<u32, 65536> dst;
};

table& table_of(size_t n) {
  static std::unique_ptr<table> last;
  if (!last || last->r.list.size() != n) last = std::make_unique<table>(n);
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

// As ip_list_rcv does with a burst.
void fib_lookup_burst32(benchmark::State& s) {
  table& t = table_of(static_cast<size_t>(s.range(0)));
  const fib_index* index = t.tb.trie->index();
  flowi4 fl;
  fl.iif = 2;
  u32 i = 0;
  for (auto _ : s) {
    if (i % 32 == 0 && index) {
      const auto next = std::span(t.dst).subspan(i & 65535, 32);
      for (u32 d : next) index->prefetch_top(d);
      for (u32 d : next) index->prefetch_chunk(d);
    }
    fl.daddr = be32(t.dst[i++ & 65535]);
    benchmark::DoNotOptimize(fib_table_lookup(t.tb, fl));
  }
  report(s, t);
}

void fib_insert(benchmark::State& s) {
  table& t = table_of(static_cast<size_t>(s.range(0)));
  for (auto _ : s) {
    fib_trie fresh;
    for (auto [key, plen] : t.r.list) fresh.insert(key, plen, 0, t.alias());
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
BENCHMARK(fib_lookup_burst32)->Arg(10)->Arg(1000)->Arg(100000)->Arg(1000000);
BENCHMARK(fib_insert)->Arg(1000)->Arg(1000000)->Unit(benchmark::kMillisecond);
BENCHMARK(fib_walk)->Arg(1000000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace linnet
