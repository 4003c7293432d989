// Arbitrary frames into a whole node: a router that is a host too, with addresses, routes, forwarding, a raw, a
// ping and a UDP socket, and neighbours both permanent and to be resolved. The input is cut into frames, each
// behind four bytes: device, milliseconds to wait before it (units of 16), and length. At the end every packet must
// have met its end.
#include <netinet/in.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "net/ipv4/netns_ipv4.hh"
#include "net/socket.hh"
#include "tests/support/net_kit.hh"

namespace linnet {
namespace {

void require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "node_fuzz: %s\n", what);
  std::abort();
}

socket_ptr open_bound(net& n, int type, int protocol, u16 port) {
  auto s = sock_create(n, {}, AF_INET, type, protocol);
  require(s.has_value(), "no socket");
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(port);
  require(sock_bind(**s, std::as_bytes(std::span(&a, 1))).has_value(), "not bound");
  const int on = 1;
  (void)sock_setsockopt(**s, IPPROTO_IP, IP_RECVERR, std::as_bytes(std::span(&on, 1)));
  return std::move(*s);
}

void read_all(socket& s) {
  std::array<std::byte, 2048> b;
  for (int flags : {0, int{MSG_ERRQUEUE}}) {
    for (int i = 0; i < 64; ++i) {
      msg_in m{.data = b};
      if (!sock_recvmsg(s, m, flags)) break;
    }
  }
}

void run_node(const u8* data, size_t size) {
  auto w = boot_world({.virtual_time = true, .seed = 1});
  net& n = *w->init_net;
  ipv4_of(n).ping_group_range[0] = 0;
  (void)kit::set_up(n, "lo");
  std::array<ref<kit::memory_device>, 2> dev;
  for (u8 i = 0; i < 2; ++i) {
    const std::string name = i ? "eth1" : "eth0";
    dev[i] = kit::memory_device::add(n, name, static_cast<u8>(i + 1));
    (void)kit::set_up(n, name);
    (void)kit::add_addr(n, name, kit::ip4(10, 0, i, 1), 24);
    dev[i]->ip_ptr->cnf.set(IPV4_DEVCONF_FORWARDING, 1);
  }
  dev[1]->mtu = 600;  // what is forwarded by it may have to be cut
  (void)kit::add_neigh(n, "eth0", kit::ip4(10, 0, 0, 2), {2, 0, 0, 0, 0, 0x80});
  (void)kit::add_neigh(n, "eth1", kit::ip4(10, 0, 1, 2), {2, 0, 0, 0, 0, 0x81});
  (void)kit::add_route(n, kit::ip4(10, 2, 0, 0), 16, kit::ip4(10, 0, 1, 2));
  (void)kit::add_route(n, kit::ip4(10, 3, 0, 0), 16, kit::ip4(10, 0, 1, 3));  // to be resolved
  {
    const socket_ptr raw = open_bound(n, SOCK_RAW, IPPROTO_ICMP, 0);
    const socket_ptr ping = open_bound(n, SOCK_DGRAM, IPPROTO_ICMP, 7);
    const socket_ptr udp = open_bound(n, SOCK_DGRAM, 0, 4000);
    while (size >= 4) {
      kit::memory_device& d = *dev[data[0] & 1];
      const ktime wait = msecs(data[1]) * 16;
      const size_t len = std::min<size_t>(static_cast<size_t>(data[2]) << 8 | data[3], size - 4);
      data += 4;
      size -= 4;
      if (wait) world_run_for(*w, wait);
      d.receive(std::as_bytes(std::span(data, len)));
      world_poll(*w);
      data += len;
      size -= len;
    }
    for (const socket_ptr* s : {&raw, &ping, &udp}) read_all(**s);
  }
  world_run_for(*w, secs(40));  // longer than fragments and resolution wait
  require(n.c.skbs_live == 0, "a packet without an end");
  require(n.c.socks_live == 0, "a socket without an end");
}

}  // namespace
}  // namespace linnet

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  linnet::run_node(data, size);
  return 0;
}
