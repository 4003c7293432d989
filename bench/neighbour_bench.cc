// Neighbours: how fast they go in over netlink, what each takes, what their timers cost, how fast they are found and
// dumped, and what a storm of packets to hosts that aren't there does to a full table.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <time.h>

#include "base/rng.hh"
#include "net/ipv4/arp.hh"
#include "tests/support/net_kit.hh"

namespace linnet {
namespace {

using kit::ip4;

// A world with one device, 10.0.0.1/8, and room for any number of neighbours.
struct lan {
  lan() {
    eth0 = kit::memory_device::add(n, "eth0", 1);
    ok = eth0 && kit::add_addr(n, "eth0", ip4(10, 0, 0, 1), 8) && kit::set_up(n, "eth0");
    world_poll(*w);
    tbl.gc_thresh1 = tbl.gc_thresh2 = tbl.gc_thresh3 = 1u << 30;
  }
  ~lan() {
    if (eth0) dev_close(*eth0);
  }

  // Adds 10.x.x.x for `count` numbers from `first` on, `per_datagram` requests in each datagram.
  void add(u32 first, u32 count, u16 state, u32 per_datagram = 256) {
    ndmsg d{};
    d.ndm_family = AF_INET;
    d.ndm_ifindex = eth0->ifindex;
    d.ndm_state = state;
    for (u32 i = 0; i < count;) {
      batch.clear();
      for (u32 k = 0; k < per_datagram && i < count; ++k, ++i) {
        kit::message m(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
        const mac_addr mac = {
            0x02, 0, 0, static_cast<u8>(i >> 16), static_cast<u8>(i >> 8), static_cast<u8>(i)};
        m.head(d).addr(NDA_DST, address(first + i)).attr(NDA_LLADDR, mac.data(), mac.size());
        const const_bytes b = m.bytes();
        batch.insert(batch.end(), b.begin(), b.end());
      }
      ok = ok && netlink_request(n, batch);
    }
  }
  static be32 address(u32 i) { return be32(0x0a000000u + 2 + i); }

  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1, .cpus = 1});
  net& n = *w->init_net;
  ref<kit::memory_device> eth0;
  neigh_table& tbl = *ipv4_of(n).arp_tbl;
  std::vector<std::byte> batch;
  bool ok = false;
};

size_t allocated() {
  const auto m = mallinfo2();
  return m.uordblks + m.hblkhd;
}

double cpu_seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

// Requests are made and handled; entries per CPU-second, and bytes of each with its place in the table.
void neigh_add(benchmark::State& s) {
  const u32 count = static_cast<u32>(s.range(0));
  double bytes = 0;
  for (auto _ : s) {
    s.PauseTiming();
    auto l = std::make_unique<lan>();
    l->batch.reserve(1 << 16);
    const size_t before = allocated();
    s.ResumeTiming();
    l->add(0, count, NUD_PERMANENT);
    s.PauseTiming();
    bytes = static_cast<double>(allocated() - before) / count;
    if (!l->ok || l->tbl.entries() != count) return s.SkipWithError("not all went in");
    l.reset();
    s.ResumeTiming();
  }
  s.SetItemsProcessed(s.iterations() * count);
  s.counters["bytes/entry"] = bytes;
}
BENCHMARK(neigh_add)->Arg(1000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

// A minute of world time, in which every entry's timer runs out and is armed again by an answer (as a control plane or
// traffic would do), once for each entry. What part of a core the timers take.
void neigh_timers(benchmark::State& s) {
  const u32 count = static_cast<u32>(s.range(0));
  lan l;
  l.add(0, count, NUD_REACHABLE);
  constexpr int seconds = 60;
  double spent = 0;
  int minutes = 0;
  for (auto _ : s) {
    for (int i = 0; i < seconds; ++i) {
      const double began = cpu_seconds();
      world_run_for(*l.w, secs(1));
      spent += cpu_seconds() - began;
      // Answers that come meanwhile are not what is measured.
      l.add(static_cast<u32>(i) * (count / seconds), count / seconds, NUD_REACHABLE);
    }
    ++minutes;
  }
  if (!l.ok) return s.SkipWithError("set-up failed");
  s.counters["core %"] = 100 * spent / (seconds * minutes);
}
BENCHMARK(neigh_timers)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kSecond)->Iterations(1);

void neigh_find(benchmark::State& s) {
  const u32 count = static_cast<u32>(s.range(0));
  lan l;
  l.add(0, count, NUD_PERMANENT);
  rng r(5);
  for (auto _ : s) benchmark::DoNotOptimize(ip_neigh_gw4(*l.eth0, lan::address(r.below(count))));
  s.SetItemsProcessed(s.iterations());
}
BENCHMARK(neigh_find)->Arg(10)->Arg(1000)->Arg(1'000'000);

struct counting_reply final : netlink_reply {
  size_t bytes = 0;
  void on_reply(const_bytes d) override { bytes += d.size(); }
};

void neigh_dump(benchmark::State& s) {
  const u32 count = static_cast<u32>(s.range(0));
  lan l;
  l.add(0, count, NUD_PERMANENT);
  kit::message m(RTM_GETNEIGH, NLM_F_DUMP);
  ndmsg d{};
  d.ndm_family = AF_INET;
  m.head(d);
  for (auto _ : s) {
    counting_reply r;
    if (!netlink_request(l.n, m.bytes(), &r) || r.bytes < count * 76u)
      return s.SkipWithError("not all came");
  }
  s.SetItemsProcessed(s.iterations() * count);
}
BENCHMARK(neigh_dump)->Arg(1000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

// Every lookup is for another host that isn't there; the table holds 1024 entries that are in use.
void neigh_storm(benchmark::State& s) {
  lan l;
  l.tbl.gc_thresh1 = 128;
  l.tbl.gc_thresh2 = 512;
  l.tbl.gc_thresh3 = 1024;
  l.add(0, 1024, NUD_REACHABLE);
  u32 i = 5000;
  for (auto _ : s) benchmark::DoNotOptimize(ip_neigh_gw4(*l.eth0, lan::address(i++ & 0x7fffff)));
  if (l.tbl.entries() > 1024) return s.SkipWithError("it grew");
  s.SetItemsProcessed(s.iterations());
}
BENCHMARK(neigh_storm);

}  // namespace
}  // namespace linnet
