// What waits in UDP's sockets is charged and given back to the last page, whoever ends it.
#include "net/core/sysctl.hh"
#include "net/ipv4/udp.hh"
#include "net/ipv4/udp_sock.hh"
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

const be32 us = ip4(10, 0, 0, 1), peer = ip4(10, 0, 0, 2);

struct udp_memory : wire_node {
  memory_device& eth0 = add_device(us, 24);
  proto_memory& memory = udp_memory_of(n);

  socket_ptr bound(u16 port, int room = 1 << 20) {
    auto s = open_socket(n, AF_INET, SOCK_DGRAM, 0);
    EXPECT_TRUE(sock_bind(*s, sockaddr_of(us, port)));
    EXPECT_TRUE(sock_setsockopt(*s, SOL_SOCKET, SO_RCVBUFFORCE, bytes_of(room)));
    return s;
  }
  static udp_sock& of(socket& s) { return udp_sk(*s.sk); }
  void arrive(u16 port, int count, size_t length = 1000) {
    for (int i = 0; i < count; ++i)
      put_in(eth0, ip_packet({.saddr = peer, .daddr = us, .protocol = IPPROTO_UDP},
                             udp_datagram(peer, us, 9, port, pattern(length))));
  }
  static void read(socket& s, int count) {
    std::array<std::byte, 10> b;
    for (int i = 0; i < count; ++i) {
      msg_in m{.data = b};
      EXPECT_TRUE(sock_recvmsg(s, m, 0));
    }
  }
  s64 pages() const { return memory.allocated + memory.reserve; }
  u64 mib(int field) const { return ipv4_of(n).mib.udp[static_cast<size_t>(field)]; }
};

TEST_F(udp_memory, is_charged_in_pages_and_given_back) {
  auto s = bound(4000);
  arrive(4000, 10);
  const udp_sock& sk = of(*s);
  EXPECT_EQ(sk.rmem_alloc + sk.forward_alloc(), pages() * sk_mem_quantum);
  EXPECT_GE(sk.rmem_alloc, 10000);
  read(*s, 9);
  EXPECT_EQ(sk.rqueue(), sk.rmem_alloc / 10);  // the rest waits to be given back together
  read(*s, 1);
  EXPECT_EQ(sk.rmem_alloc, 0);
  EXPECT_EQ(pages(), 1);
  arrive(4000, 5);
  s.reset();  // with what is in it
  EXPECT_EQ(pages(), 0);
}

TEST_F(udp_memory, a_quarter_of_the_buffer_is_given_back_at_once) {
  auto s = bound(4000, 20000);
  arrive(4000, 10);
  const int before = of(*s).rmem_alloc;
  read(*s, 3);
  EXPECT_EQ(of(*s).rmem_alloc, before);
  read(*s, 4);
  EXPECT_LT(of(*s).rmem_alloc, before);
}

TEST_F(udp_memory, is_bounded_for_all) {
  memory.add(-memory.reserve);
  memory.allocated = 5000;  // as if others had them
  ASSERT_TRUE(sysctl_write(n, "ipv4/udp_mem", "100 200 6000"));
  auto s = bound(4000);
  arrive(4000, 10);
  EXPECT_LE(of(*s).rmem_alloc, 4096);  // udp_rmem_min
  EXPECT_GT(of(*s).rmem_alloc, 0);
  EXPECT_EQ(mib(UDP_MIB_MEMERRORS), of(*s).drops);
  EXPECT_EQ(mib(UDP_MIB_INERRORS), of(*s).drops);
  ASSERT_TRUE(sysctl_write(n, "ipv4/udp_mem", "100 200 300"));
  auto other = bound(4001);
  arrive(4001, 1);
  EXPECT_EQ(of(*other).rmem_alloc, 0);  // above the last limit nobody gets anything
  EXPECT_EQ(of(*other).drops, 1u);
}

}  // namespace
}  // namespace linnet::kit
