// DPDK on the work that Linnet's benchmarks do: rte_fib and rte_lpm lookups in the same full table, and the least that a
// router on DPDK must do with a packet: take a buffer, copy the frame into it, receive, look up, rewrite, transmit,
// give the buffer back. Rings in memory stand for the ports. Says "ready" when the tables are full; then answers each
// name on a line of its input with a number: CPU nanoseconds an operation, for `forward` a packet.
// Ahead of DPDK, whose macros take names of ours.
#include "bench/full_table.hh"

#include <rte_eal.h>
#include <rte_ether.h>
#include <rte_fib.h>
#include <rte_ip.h>
#include <rte_lpm.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <iostream>
#include <map>
#include <string>

namespace linnet {
namespace {

constexpr unsigned burst = 32, next_hops = 64;
constexpr size_t destinations = 65536;  // a power of two

[[noreturn]] void give_up(const char* what) {
  fprintf(stderr, "dpdk_peer: %s\n", what);
  exit(1);
}

double cpu_seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

// CPU nanoseconds that f() takes for each of its `operations`; it runs for half a second at least.
template <class F>
double measure(size_t operations, F&& f) {
  f();
  size_t rounds = 0;
  const double begin = cpu_seconds();
  double now = begin;
  while (now - begin < 0.5) {
    f();
    ++rounds;
    now = cpu_seconds();
  }
  return (now - begin) * 1e9 / static_cast<double>(rounds * operations);
}

u64 sink;  // so that no lookup is left out

struct full_router {
  explicit full_router(size_t prefixes) {
    rte_fib_conf conf{};
    conf.type = RTE_FIB_DIR24_8;
    conf.default_nh = 0;
    conf.max_routes = static_cast<int>(prefixes + 16);
    conf.dir24_8.nh_sz = RTE_FIB_DIR24_8_4B;
    conf.dir24_8.num_tbl8 = 1 << 15;
    fib = rte_fib_create("fib", SOCKET_ID_ANY, &conf);
    rte_lpm_config lconf{};
    lconf.max_rules = static_cast<u32>(prefixes + 16);
    lconf.number_tbl8s = 1 << 15;
    lpm = rte_lpm_create("lpm", SOCKET_ID_ANY, &lconf);
    if (!fib || !lpm) give_up("no memory for the tables");
    rng x(3);
    const auto table = full_table(prefixes);
    const double begin = cpu_seconds();
    for (auto [key, plen] : table)
      if (rte_fib_add(fib, key, plen, x.next() % next_hops + 1) != 0) give_up("rte_fib_add");
    add_ns = (cpu_seconds() - begin) * 1e9 / static_cast<double>(prefixes);
    for (auto [key, plen] : table)
      if (rte_lpm_add(lpm, key, plen, static_cast<u32>(x.next() % next_hops + 1)) != 0)
        give_up("rte_lpm_add");
    rng d(7);
    for (u32& a : dst) a = some_address(d);
  }
  rte_fib* fib;
  rte_lpm* lpm;
  double add_ns;
  std::array<u32, destinations> dst;
};

// Each lookup waits for the one before, as Linnet's does in its benchmark: the next address depends on the last answer, in a
// way that only the data knows to be none.
double fib_single(full_router& r) {
  return measure(destinations, [&] {
    u64 hop = 0;
    for (size_t i = 0; i < destinations; ++i) {
      u32 to = r.dst[(i + (hop >> 16)) & (destinations - 1)];
      rte_fib_lookup_bulk(r.fib, &to, &hop, 1);
      sink += hop;
    }
  });
}

double lpm_single(full_router& r) {
  return measure(destinations, [&] {
    u32 hop = 0;
    for (size_t i = 0; i < destinations; ++i) {
      rte_lpm_lookup(r.lpm, r.dst[(i + (hop >> 16)) & (destinations - 1)], &hop);
      sink += hop;
    }
  });
}

double fib_burst(full_router& r) {
  return measure(destinations, [&] {
    std::array<u64, burst> hops;
    for (size_t i = 0; i < destinations; i += burst) {
      rte_fib_lookup_bulk(r.fib, &r.dst[i], hops.data(), burst);
      sink += hops[0];
    }
  });
}

double lpm_burst(full_router& r) {
  return measure(destinations, [&] {
    std::array<u32, burst> hops;
    for (size_t i = 0; i < destinations; i += burst) {
      rte_lpm_lookup_bulk(r.lpm, &r.dst[i], hops.data(), burst);
      sink += hops[0];
    }
  });
}

struct frame {
  rte_ether_hdr eth;
  rte_ipv4_hdr ip;
  std::array<u8, 26> payload;
} __attribute__((packed, aligned(2)));
static_assert(sizeof(frame) == 60);

std::vector<frame> frames_to(const full_router& r) {
  std::vector<frame> all(destinations);
  for (size_t i = 0; i < destinations; ++i) {
    frame& f = all[i];
    memset(&f, 0, sizeof f);
    f.eth.ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
    f.ip.version_ihl = 0x45;
    f.ip.total_length = rte_cpu_to_be_16(46);
    f.ip.time_to_live = 64;
    f.ip.next_proto_id = 17;
    f.ip.src_addr = rte_cpu_to_be_32(0x0a000002);
    f.ip.dst_addr = rte_cpu_to_be_32(r.dst[i]);
    f.ip.hdr_checksum = rte_ipv4_cksum(&f.ip);
  }
  return all;
}

void rewrite(rte_mbuf* m, const rte_ether_addr& to) {
  auto* f = rte_pktmbuf_mtod(m, frame*);
  f->eth.dst_addr = to;
  --f->ip.time_to_live;
  u32 sum = f->ip.hdr_checksum + rte_cpu_to_be_16(0x0100);
  f->ip.hdr_checksum = static_cast<u16>(sum + (sum >= 0xffff));
}

struct ports {
  ports() {
    constexpr unsigned flags = RING_F_SP_ENQ | RING_F_SC_DEQ;
    pool = rte_pktmbuf_pool_create("pool", 8191, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
    in = rte_ring_create("in", 1024, SOCKET_ID_ANY, flags);
    out = rte_ring_create("out", 1024, SOCKET_ID_ANY, flags);
    if (!pool || !in || !out) give_up("no memory for the packets");
    for (u8 i = 0; i <= next_hops; ++i) neighbours[i] = {{2, 0, 0, 0, 1, i}};
  }
  rte_mempool* pool;
  rte_ring *in, *out;
  std::array<rte_ether_addr, 128> neighbours{};
};

// What a port's driver does: a buffer and a copy for each frame.
void arrive(ports& p, const frame* frames) {
  std::array<rte_mbuf*, burst> m;
  if (rte_pktmbuf_alloc_bulk(p.pool, m.data(), burst) != 0) give_up("out of buffers");
  for (unsigned i = 0; i < burst; ++i)
    memcpy(rte_pktmbuf_append(m[i], sizeof(frame)), &frames[i], sizeof(frame));
  rte_ring_sp_enqueue_bulk(p.in, reinterpret_cast<void**>(m.data()), burst, nullptr);
}

void route_burst(full_router& r, ports& p) {
  std::array<void*, burst> got;
  const unsigned n = rte_ring_sc_dequeue_burst(p.in, got.data(), burst, nullptr);
  std::array<u32, burst> to;
  std::array<u64, burst> hops;
  for (unsigned i = 0; i < n; ++i)
    to[i] = rte_be_to_cpu_32(rte_pktmbuf_mtod(static_cast<rte_mbuf*>(got[i]), frame*)->ip.dst_addr);
  rte_fib_lookup_bulk(r.fib, to.data(), hops.data(), static_cast<int>(n));
  for (unsigned i = 0; i < n; ++i)
    rewrite(static_cast<rte_mbuf*>(got[i]), p.neighbours[hops[i] & 127]);
  rte_ring_sp_enqueue_bulk(p.out, got.data(), n, nullptr);
}

void leave(ports& p) {
  std::array<void*, burst> got;
  const unsigned n = rte_ring_sc_dequeue_burst(p.out, got.data(), burst, nullptr);
  rte_pktmbuf_free_bulk(reinterpret_cast<rte_mbuf**>(got.data()), n);
}

double forward(full_router& r) {
  static ports p;
  static const auto frames = frames_to(r);
  return measure(destinations, [&] {
    for (size_t at = 0; at < destinations; at += burst) {
      arrive(p, &frames[at]);
      route_burst(r, p);
      leave(p);
    }
  });
}

}  // namespace
}  // namespace linnet

// dpdk_peer [PREFIXES [CPU]]
int main(int argc, char** argv) {
  using namespace linnet;
  const char* eal[] = {
      argv[0], "--no-huge",     "--no-pci", "--no-telemetry",        "--no-shconf", "-m",
      "3072",  "--log-level=1", "-l",       argc > 2 ? argv[2] : "0"};
  if (rte_eal_init(static_cast<int>(std::size(eal)), const_cast<char**>(eal)) < 0)
    give_up("the environment cannot be set up");
  full_router r(argc > 1 ? strtoul(argv[1], nullptr, 10) : 1000000);
  puts("ready");
  const std::map<std::string, std::function<double()>> measures = {
      {"fib_add", [&] { return r.add_ns; }},       {"fib_single", [&] { return fib_single(r); }},
      {"fib_burst", [&] { return fib_burst(r); }}, {"lpm_single", [&] { return lpm_single(r); }},
      {"lpm_burst", [&] { return lpm_burst(r); }}, {"forward", [&] { return forward(r); }},
  };
  fflush(stdout);
  for (std::string name; std::getline(std::cin, name);) {
    const auto it = measures.find(name);
    if (it == measures.end()) give_up("no such measure");
    printf("%.2f\n", it->second());
    fflush(stdout);
  }
  return sink == 1;
}
