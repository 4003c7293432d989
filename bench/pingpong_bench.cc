// Echo request and reply between two namespaces over veth: two packets through the whole path each time.
#include <benchmark/benchmark.h>
#include <linux/icmp.h>
#include <netinet/in.h>

#include "net/socket.hh"
#include "tests/support/net_kit.hh"
#include "wire/icmp.hh"

namespace linnet {
namespace {

using kit::ip4;

void veth_ping_pong(benchmark::State& state) {
  auto w = boot_world({.virtual_time = true, .seed = 1, .cpus = 1});
  kit::name_namespaces_by_inum(*w);
  net& a = *w->init_net;
  net& b = net_create(*w, *w->cpus[0]);
  auto must = [&](const status& s) {
    if (!s) state.SkipWithError("set-up failed");
  };
  must(kit::add_veth(a, "v0", b, "v1"));
  must(kit::add_addr(a, "v0", ip4(10, 0, 0, 1), 24));
  must(kit::add_addr(b, "v1", ip4(10, 0, 0, 2), 24));
  must(kit::set_up(a, "v0"));
  must(kit::set_up(b, "v1"));
  world_poll(*w);
  auto s = sock_create(a, {}, AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (!s) return state.SkipWithError("no raw socket");
  const u32 only_replies = ~(1u << ICMP_ECHOREPLY);
  must(sock_setsockopt(**s, SOL_RAW, ICMP_FILTER, std::as_bytes(std::span(&only_replies, 1))));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = ip4(10, 0, 0, 2).raw();
  struct {
    icmphdr h{ICMP_ECHO, 0, be16::from_raw(static_cast<u16>(~be16(0x0800).raw())), {}, {}};
    std::byte data[56]{};
  } echo;
  std::array<std::byte, 256> buf;
  for (auto _ : state) {
    auto sent = sock_sendmsg(**s,
                             {.name = std::as_bytes(std::span(&to, 1)),
                              .data = std::as_bytes(std::span(&echo, 1)),
                              .control = {}},
                             0);
    world_poll(*w);
    msg_in m;
    m.data = buf;
    auto got = sock_recvmsg(**s, m, 0);
    if (!sent || !got) return state.SkipWithError("no reply");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(veth_ping_pong);

}  // namespace
}  // namespace linnet
