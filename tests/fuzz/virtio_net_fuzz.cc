// A packet socket's frames with a header in front (PACKET_VNET_HDR), whatever they say, to devices that cut by themselves and
// to one that does nothing: each must be sent, refused or dropped, and what is seen of it at the other end can be said again.
// The first byte chooses the device, past its queue or not; the rest is the header and the frame.
#include <arpa/inet.h>
#include <linux/if_packet.h>

#include <array>
#include <cstdlib>

#include "net/socket.hh"
#include "tests/support/net_kit.hh"

namespace linnet {
namespace {

struct bench {
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1});
  net& n = *w->init_net;
  ref<kit::memory_device> able = kit::memory_device::add(n, "eth0", 1),
                          plain = kit::memory_device::add(n, "eth1", 2);
  socket_ptr from = open(), to = open();

  bench() {
    for (auto& dev : {able, plain}) (void)kit::set_up(n, dev->name);
    able->features |= NETIF_F_HW_CSUM | NETIF_F_SG | NETIF_F_GSO_SOFTWARE;
    plain->features &= ~u64{NETIF_F_HW_CSUM | NETIF_F_GSO_SOFTWARE};
  }
  socket_ptr open() {
    auto s = sock_create(n, {}, AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    const int on = 1;
    if (!s || !sock_setsockopt(**s, SOL_PACKET, PACKET_VNET_HDR, std::as_bytes(std::span(&on, 1))))
      std::abort();
    return std::move(*s);
  }
};

}  // namespace
}  // namespace linnet

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace linnet;
  static bench b;
  if (size < 1 || size > 70000) return 0;
  sockaddr_ll a{};
  a.sll_family = AF_PACKET;
  a.sll_ifindex = (data[0] & 1 ? b.able : b.plain)->ifindex;
  const int bypass = data[0] >> 1 & 1;
  (void)sock_setsockopt(*b.from, SOL_PACKET, PACKET_QDISC_BYPASS,
                        std::as_bytes(std::span(&bypass, 1)));
  (void)sock_sendmsg(*b.from,
                     {.name = std::as_bytes(std::span(&a, 1)),
                      .data = std::as_bytes(std::span(data + 1, size - 1)),
                      .control = {}},
                     MSG_DONTWAIT);
  world_poll(*b.w);
  static std::array<std::byte, 70000> room;
  for (const socket_ptr* s : {&b.to, &b.from})
    for (int i = 0; i < 100000; ++i) {
      msg_in m{.data = room};
      const auto r = sock_recvmsg(**s, m, MSG_DONTWAIT);
      if (!r && r.error() == EAGAIN) break;
    }
  if (b.n.c.skbs_live) std::abort();
  return 0;
}
