// Thousands of TCP flows through one bottleneck, on the virtual clock: how equally they share it (Jain's index, 1: all have
// the same), and how much of it they use.
#include <benchmark/benchmark.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include "net/core/sock.hh"
#include "net/socket.hh"
#include "tests/support/link_kit.hh"

namespace linnet {
namespace {

using kit::ip4;

constexpr u64 rate_of_each = 50'000;  // bytes a second; 4 Gbit/s for all of ten thousand
constexpr ktime round_trip = 100 * ns_per_ms;
// Every packet comes a little earlier or later. Without that, flows that are in step with the queue find room in it again
// and again while others never do, as they would on no real path.
constexpr ktime jitter = 10 * ns_per_ms;
// Of the bottleneck: twice as many frames as are on their way.
constexpr size_t queue_for(u64 rate) { return 2 * rate / 10 / 1514; }

// One flow's two ends. Each tells when there is something to do for it.
struct flow {
  socket_ptr from, to;
  u64 received = 0;
  bool due = true;

  void watch() {
    for (socket* s : {from.get(), to.get()}) {
      s->wake_arg = this;
      s->wake = [](socket&, void* self) { static_cast<flow*>(self)->due = true; };
    }
  }
  void go_on(const_bytes data, bytes room) {
    if (!std::exchange(due, false)) return;
    msg_in m;
    m.data = room;
    while (const size_t n = sock_recvmsg(*to, m, MSG_DONTWAIT).value_or(0)) received += n;
    while (sock_sendmsg(*from, {.name = {}, .data = data, .control = {}}, MSG_DONTWAIT)) continue;
  }
};

struct bottleneck {
  bottleneck(benchmark::State& state, u64 rate)
      : w(boot_world({.virtual_time = true, .seed = 1, .cpus = 1})),
        a(*w->init_net),
        b(net_create(*w, *w->cpus[0])),
        eth_a(kit::memory_device::add(a, "eth0", 1)),
        eth_b(kit::memory_device::add(b, "eth0", 2)),
        link(*eth_a, *eth_b,
             {.delay = round_trip / 2, .jitter = jitter, .rate = rate, .queue = queue_for(rate)}) {
    const auto must = [&](const status& s) {
      if (!s) state.SkipWithError("set-up failed");
    };
    must(kit::set_up(a, "eth0"));
    must(kit::set_up(b, "eth0"));
    must(kit::add_addr(a, "eth0", ip4(10, 0, 0, 1), 24));
    must(kit::add_addr(b, "eth0", ip4(10, 0, 0, 2), 24));
    must(kit::add_neigh(a, "eth0", ip4(10, 0, 0, 2), {2, 0, 0, 0, 0, 2}));
    must(kit::add_neigh(b, "eth0", ip4(10, 0, 0, 1), {2, 0, 0, 0, 0, 1}));
  }

  // Connects that many, a few at a time.
  std::vector<std::unique_ptr<flow>> flows(size_t count) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(80);
    to.sin_addr.s_addr = ip4(10, 0, 0, 2).raw();
    const auto address = std::as_bytes(std::span(&to, 1));
    auto listener = *sock_create(b, {}, AF_INET, SOCK_STREAM, 0);
    (void)sock_bind(*listener, address);
    (void)sock_listen(*listener, 1024);
    std::vector<std::unique_ptr<flow>> all;
    while (all.size() < count) {
      std::vector<std::unique_ptr<flow>> some(std::min<size_t>(count - all.size(), 500));
      for (auto& f : some) {
        f = std::make_unique<flow>();
        f->from = *sock_create(a, {}, AF_INET, SOCK_STREAM, 0);
        // Or all their send buffers were more memory than tcp_mem allows.
        const int waiting = 16 << 10;
        (void)sock_setsockopt(*f->from, IPPROTO_TCP, TCP_NOTSENT_LOWAT,
                              std::as_bytes(std::span(&waiting, 1)));
        (void)sock_connect(*f->from, address, 0);
      }
      world_run_for(*w, 3 * round_trip);
      // Which server's end is whose is of no matter.
      for (auto& f : some) {
        auto s = sock_accept(*listener, 0);
        if (!s) return {};
        f->to = std::move(*s);
        f->watch();
        all.push_back(std::move(f));
      }
    }
    return all;
  }

  void run(std::vector<std::unique_ptr<flow>>& all, ktime time) {
    static std::vector<std::byte> data(64 << 10), room(256 << 10);
    for (const ktime until = w->now() + time; w->now() < until; world_run_for(*w, ns_per_ms))
      for (auto& f : all) f->go_on(data, room);
  }

  std::unique_ptr<world> w;
  net &a, &b;
  ref<kit::memory_device> eth_a, eth_b;
  kit::faulty_link link;
};

void tcp_fairness(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  const u64 rate = count * rate_of_each;
  constexpr ktime warm_up = 10 * ns_per_sec;
  constexpr int measured = 30;  // seconds
  for (auto _ : state) {
    bottleneck n(state, rate);
    auto all = n.flows(count);
    if (all.size() != count) return state.SkipWithError("not all are connected");
    n.run(all, warm_up);
    for (auto& f : all) f->received = 0;
    n.run(all, measured * ns_per_sec);
    double sum = 0, squares = 0;
    for (const auto& f : all) {
      const auto x = static_cast<double>(f->received);
      sum += x;
      squares += x * x;
    }
    state.counters["jain"] = sum * sum / (static_cast<double>(count) * squares);
    state.counters["used"] = sum / (static_cast<double>(rate) * measured);
  }
}
BENCHMARK(tcp_fairness)->Arg(1'000)->Arg(10'000)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace linnet
