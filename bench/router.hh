// A router between two memory devices, and frames for it: what the forwarding benchmarks measure.
#pragma once

#include "base/checksum.hh"
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

  explicit router(size_t flows) {
    in = kit::memory_device::add(n, "eth0", 1);
    out = kit::memory_device::add(n, "eth1", 2);
    for (const char* dev : {"eth0", "eth1"}) check(kit::set_up(n, dev));
    check(kit::add_addr(n, "eth0", ip4(10, 0, 0, 1), 24));
    check(kit::add_addr(n, "eth1", ip4(10, 0, 1, 1), 24));
    check(kit::add_neigh(n, "eth1", ip4(10, 0, 1, 2), {2, 0, 0, 0, 1, 2}));
    for (size_t i = 0; i < flows; ++i) {
      check(kit::add_route(n, ip4(20, static_cast<u8>(i >> 8), static_cast<u8>(i), 0), 24,
                           ip4(10, 0, 1, 2)));
    }
    ipv4_forward_on();
    world_poll(*w);
    for (size_t i = 0; i < flows; ++i) {
      frames.push_back(frame(ip4(20, static_cast<u8>(i >> 8), static_cast<u8>(i), 7)));
    }
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
