// Switching of 60-byte frames between two ports of a bridge: receive, learn, look up, transmit. `hosts`: addresses on
// each side.
#include "bench/bursts.hh"
#include "net/bridge/br_private.hh"

namespace linnet {
namespace {

struct two_ports {
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1, .cpus = 1});
  net& n = *w->init_net;
  ref<kit::memory_device> in, out;
  std::vector<std::array<std::byte, 60>> frames;

  explicit two_ports(size_t hosts) {
    kit::message m(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
    m.head(ifinfomsg{}).attr(IFLA_IFNAME, std::string_view("br0"));
    const size_t info = m.nest(IFLA_LINKINFO);
    m.attr(IFLA_INFO_KIND, std::string_view("bridge")).end(info);
    (void)netlink_talk(n, m.bytes());
    (void)kit::set_up(n, "br0");
    in = join("p0", 1);
    out = join("p1", 2);
    world_poll(*w);
    for (size_t i = 0; i < hosts; ++i) {
      out->receive(frame(0xa, 0xb, i));  // learnt behind the other port
      frames.push_back(frame(0xb, 0xa, i));
    }
  }
  ref<kit::memory_device> join(const char* name, u8 last) {
    auto d = kit::memory_device::add(n, name, last);
    (void)kit::set_up(n, name);
    (void)br_add_if(of_bridge(*dev_get_by_name(n, "br0")), *d);
    return d;
  }
  static std::array<std::byte, 60> frame(u8 to, u8 from, size_t host) {
    std::array<std::byte, 60> f{};
    auto* eth = reinterpret_cast<ethhdr*>(f.data());
    const u8 hi = static_cast<u8>(host >> 8), lo = static_cast<u8>(host);
    eth->h_dest = {2, 0, 0, to, hi, lo};
    eth->h_source = {2, 0, 0, from, hi, lo};
    eth->h_proto = u16{0x88b5};
    return f;
  }
};

void bridge(benchmark::State& state) {
  two_ports r(static_cast<size_t>(state.range(1)));
  pass_bursts(state, r, static_cast<size_t>(state.range(0)));
}
BENCHMARK(bridge)->ArgNames({"burst", "hosts"})->ArgsProduct({{1, 32, 256}, {1, 1000}});

}  // namespace
}  // namespace linnet
