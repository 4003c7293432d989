// Devices that go while packets that came by them are still somewhere: on the backlog, in a socket, waiting for the
// other fragments. Nothing may look at them any more; under sanitizers a mistake shows.
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

class device_goes : public wire_node {
 protected:
  const be32 here = ip4(10, 0, 0, 1), there = ip4(10, 0, 0, 2);
  memory_device& dev = add_device(here, 24);

  buffer frame(const_bytes ip) { return ether(mac(1), mac(0x80), ETH_P_IP, ip); }
  void remove() {
    unregister_netdevice(dev);
    devices.clear();
    run(msecs(10));
  }
};

TEST_F(device_goes, with_packets_on_the_backlog) {
  settle();
  netif_rx(dev.frame(frame(
      ip_packet({.saddr = there, .daddr = here}, icmp_message(ICMP_ECHO, 0, 1, pattern(8))))));
  remove();
  EXPECT_EQ(dropped(), "NOT_SPECIFIED");
}

TEST_F(device_goes, and_others_packets_stay) {
  memory_device& other = add_device(ip4(10, 0, 1, 1), 24);
  settle();
  netif_rx(dev.frame(frame(
      ip_packet({.saddr = there, .daddr = here}, icmp_message(ICMP_ECHO, 0, 1, pattern(8))))));
  netif_rx(other.frame(ether(mac(2), mac(0x80), ETH_P_IP,
                             ip_packet({.saddr = ip4(10, 0, 1, 2), .daddr = ip4(10, 0, 1, 1)},
                                       icmp_message(ICMP_ECHO, 0, 1, pattern(8))))));
  const ref<memory_device> hold = devices[1];
  unregister_netdevice(dev);
  devices.erase(devices.begin());
  run(msecs(10));
  EXPECT_EQ(n.ipv4->mib.icmpmsg[ICMP_ECHO], 1u) << "the other's was taken in";
}

TEST_F(device_goes, with_packets_in_a_socket) {
  auto s = open_socket(n, AF_INET, SOCK_RAW, IPPROTO_ICMP);
  settle();
  put_in(dev, ip_packet({.saddr = there, .daddr = here},
                        icmp_message(ICMP_ECHOREPLY, 0, 1, pattern(8))));
  remove();
  buffer b(100);
  msg_in m{.data = b};
  EXPECT_TRUE(sock_recvmsg(*s, m, 0));
}

TEST_F(device_goes, with_fragments_that_wait) {
  settle();
  put_in(dev, ip_packet({.saddr = there, .daddr = here, .id = 7, .frag_off = ip_mf}, pattern(16)));
  remove();
  run(secs(31));
  EXPECT_EQ(dropped(), "FRAG_REASM_TIMEOUT");
}

}  // namespace
}  // namespace linnet::kit
