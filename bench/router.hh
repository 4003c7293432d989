// Routers between memory devices, and frames for them: what the forwarding benchmarks measure.
#pragma once

#include "base/checksum.hh"
#include "bench/full_table.hh"
#include "net/core/pseudo_files.hh"
#include "tests/support/net_kit.hh"
#include "wire/ip.hh"

namespace linnet {

using kit::ip4;

struct router {
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1, .cpus = 1});
  net& n = *w->init_net;
  ref<kit::memory_device> in, out;
  std::vector<std::array<std::byte, 60>> frames;

  // Two devices, and in the table as many prefixes as flows, all by one next hop.
  explicit router(size_t flows) : router() {
    check(kit::add_neigh(n, "eth1", ip4(10, 0, 1, 2), {2, 0, 0, 0, 1, 2}));
    for (size_t i = 0; i < flows; ++i) {
      const be32 net = ip4(20, static_cast<u8>(i >> 8), static_cast<u8>(i), 0);
      check(kit::add_route(n, net, 24, ip4(10, 0, 1, 2)));
      frames.push_back(frame(be32(net.host() | 7)));
    }
  }

  // A full table by 64 next hops; frames to random addresses.
  static std::unique_ptr<router> with_full_table(size_t prefixes) {
    auto r = std::unique_ptr<router>(new router);
    constexpr u32 hops = 64;
    const auto hop = [](u64 i) {
      return be32(ip4(10, 0, 1, 2).host() + static_cast<u32>(i % hops));
    };
    for (u8 i = 0; i < hops; ++i) check(kit::add_neigh(r->n, "eth1", hop(i), {2, 0, 0, 0, 1, i}));
    rng x(3);
    check(kit::add_route(r->n, be32(), 0, hop(0)));
    for (auto [key, plen] : full_table(prefixes))
      check(kit::add_route(r->n, be32(key), plen, hop(x.next())));
    for (size_t i = 0; i < 65536; ++i) r->frames.push_back(r->frame(be32(some_address(x))));
    return r;
  }

  router() {
    in = kit::memory_device::add(n, "eth0", 1);
    out = kit::memory_device::add(n, "eth1", 2);
    for (const char* dev : {"eth0", "eth1"}) check(kit::set_up(n, dev));
    check(kit::add_addr(n, "eth0", ip4(10, 0, 0, 1), 24));
    check(kit::add_addr(n, "eth1", ip4(10, 0, 1, 1), 24));
    ipv4_forward_on();
    world_poll(*w);
  }

  static void check(const status& s) {
    if (!s) throw std::runtime_error(s.error().msg ? s.error().msg : strerror(s.error().code));
  }

  void ipv4_forward_on();

  std::array<std::byte, 60> frame(be32 daddr) const {
    std::array<std::byte, 60> f{};
    auto* eth = reinterpret_cast<ethhdr*>(f.data());
    eth->h_dest = {2, 0, 0, 0, 0, 1};
    eth->h_source = {2, 0, 0, 0, 0, 9};
    eth->h_proto = u16{ETH_P_IP};
    auto* ip = reinterpret_cast<iphdr*>(f.data() + ETH_HLEN);
    ip->set_version_ihl(4, 5);
    ip->tot_len = u16{46};
    ip->ttl = 64;
    ip->protocol = 17;
    ip->saddr = ip4(10, 0, 0, 2);
    ip->daddr = daddr;
    ip->check = ip_fast_csum(ip, 5);
    return f;
  }
};

inline void router::ipv4_forward_on() {
  check(pseudo_write(n, pseudo_tree::proc_sys_net, "ipv4/ip_forward", "1\n"));
}

}  // namespace linnet
