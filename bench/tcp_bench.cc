// TCP between two namespaces over veth, both ends in one thread: bulk data with the copying calls, one-byte requests, and
// connections that live for one exchange.
#include <benchmark/benchmark.h>
#include <netinet/in.h>

#include "net/socket.hh"
#include "tests/support/net_kit.hh"

namespace linnet {
namespace {

using kit::ip4;

// Two hosts on a cable, and a listener on the second.
struct cable {
  explicit cable(benchmark::State& state)
      : w(boot_world({.virtual_time = true, .seed = 1, .cpus = 1})),
        a(*w->init_net),
        b(net_create(*w, *w->cpus[0])) {
    kit::name_namespaces_by_inum(*w);
    const auto must = [&](const status& s) {
      if (!s) state.SkipWithError("set-up failed");
    };
    must(kit::add_veth(a, "v0", b, "v1"));
    must(kit::add_addr(a, "v0", ip4(10, 0, 0, 1), 24));
    must(kit::add_addr(b, "v1", ip4(10, 0, 0, 2), 24));
    must(kit::set_up(a, "v0"));
    must(kit::set_up(b, "v1"));
    world_poll(*w);
    listener = *sock_create(b, {}, AF_INET, SOCK_STREAM, 0);
    must(sock_bind(*listener, address()));
    must(sock_listen(*listener, 1024));
  }
  const_bytes address() {
    to.sin_family = AF_INET;
    to.sin_port = htons(80);
    to.sin_addr.s_addr = ip4(10, 0, 0, 2).raw();
    return std::as_bytes(std::span(&to, 1));
  }
  bool connect(socket_ptr& client, socket_ptr& server) {
    client = *sock_create(a, {}, AF_INET, SOCK_STREAM, 0);
    (void)sock_connect(*client, address(), 0);
    world_poll(*w);
    auto s = sock_accept(*listener, 0);
    if (s) server = std::move(*s);
    return static_cast<bool>(s);
  }

  std::unique_ptr<world> w;
  net &a, &b;
  sockaddr_in to{};
  socket_ptr listener;
};

result<size_t> send(socket& s, const_bytes data) {
  return sock_sendmsg(s, {.name = {}, .data = data, .control = {}}, MSG_DONTWAIT);
}
result<size_t> receive(socket& s, bytes to) {
  msg_in m;
  m.data = to;
  return sock_recvmsg(s, m, MSG_DONTWAIT);
}

void tcp_bulk(benchmark::State& state) {
  cable c(state);
  socket_ptr from, to;
  if (!c.connect(from, to)) return state.SkipWithError("no connection");
  std::vector<std::byte> data(256 << 10), got(256 << 10);
  u64 moved = 0;
  for (auto _ : state) {
    (void)send(*from, data);
    world_poll(*c.w);
    u64 now = 0;
    while (const auto n = receive(*to, got)) {
      if (!*n) break;
      now += *n;
    }
    world_poll(*c.w);
    moved += now;
    if (!now) world_run_for(*c.w, ns_per_ms);  // a delayed ack
  }
  state.SetBytesProcessed(static_cast<s64>(moved));
  state.counters["Gbit/s"] =
      benchmark::Counter(static_cast<double>(moved) * 8e-9, benchmark::Counter::kIsRate);
}
BENCHMARK(tcp_bulk);

void tcp_request_response(benchmark::State& state) {
  cable c(state);
  socket_ptr client, server;
  if (!c.connect(client, server)) return state.SkipWithError("no connection");
  std::byte byte{};
  for (auto _ : state) {
    (void)send(*client, {&byte, 1});
    world_poll(*c.w);
    if (!receive(*server, {&byte, 1})) return state.SkipWithError("no request");
    (void)send(*server, {&byte, 1});
    world_poll(*c.w);
    if (!receive(*client, {&byte, 1})) return state.SkipWithError("no response");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(tcp_request_response);

void tcp_connect_exchange_close(benchmark::State& state) {
  cable c(state);
  std::byte byte{};
  for (auto _ : state) {
    socket_ptr client, server;
    if (!c.connect(client, server)) return state.SkipWithError("no connection");
    (void)send(*client, {&byte, 1});
    world_poll(*c.w);
    (void)receive(*server, {&byte, 1});
    (void)send(*server, {&byte, 1});
    server.reset();
    world_poll(*c.w);
    (void)receive(*client, {&byte, 1});
    client.reset();
    world_poll(*c.w);
    // The server's TIME_WAITs end some time.
    if (state.iterations() % 1024 == 0) world_run_for(*c.w, 61 * ns_per_sec);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(tcp_connect_exchange_close);

}  // namespace
}  // namespace linnet
