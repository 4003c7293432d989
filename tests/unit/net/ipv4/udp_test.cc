// UDP's own: who gets what when several sockets fit, groups that share a port, ports that nobody asked for, datagrams put
// together or cut, UDP-Lite's coverage.
#include <linux/filter.h>
#include <linux/udp.h>

#include <array>
#include <set>

#include "net/core/sysctl.hh"
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

const be32 us = ip4(10, 0, 0, 1), other = ip4(10, 0, 0, 3), peer = ip4(10, 0, 0, 2);

class udp : public wire_node {
 protected:
  memory_device& eth0 = add_device(us, 24);
  udp() {
    EXPECT_TRUE(add_neigh(n, "eth0", peer, mac(0x80)));
    settle();
  }
  socket_ptr make(int protocol = 0) { return open_socket(n, AF_INET, SOCK_DGRAM, protocol); }
  socket_ptr bound(be32 addr, u16 port, bool reuseport = false) {
    auto s = make();
    if (reuseport) set(*s, SOL_SOCKET, SO_REUSEPORT, 1);
    EXPECT_EQ(bind(*s, addr, port), 0);
    return s;
  }
  static int bind(socket& s, be32 addr, u16 port) {
    return errno_of(sock_bind(s, sockaddr_of(addr, port)));
  }
  static int connect(socket& s, be32 addr, u16 port) {
    return errno_of(sock_connect(s, sockaddr_of(addr, port), 0));
  }
  static int set(socket& s, int level, int name, int v) {
    return errno_of(sock_setsockopt(s, level, name, bytes_of(v)));
  }
  static u16 port_of(socket& s) {
    sockaddr_storage name;
    EXPECT_TRUE(sock_getname(s, name, false));
    return ntohs(reinterpret_cast<sockaddr_in&>(name).sin_port);
  }
  // The length of the next message, -1 when there is none.
  static int received(socket& s, int flags = 0, size_t room = 2000) {
    buffer b(room);
    msg_in m{.data = b};
    const auto r = sock_recvmsg(s, m, flags);
    return r ? static_cast<int>(*r) : -1;
  }
  void arrives(u16 sport, u16 dport, size_t length = 5) {
    put_in(eth0, ip_packet({.saddr = peer, .daddr = us, .protocol = IPPROTO_UDP},
                           udp_datagram(peer, us, sport, dport, pattern(length))));
  }
};

TEST_F(udp, the_better_match_wins_and_of_equal_ones_the_newest) {
  auto any = bound(be32(), 4000), exact = bound(be32(), 4001);
  auto here = make();
  set(*any, SOL_SOCKET, SO_REUSEADDR, 1);
  set(*here, SOL_SOCKET, SO_REUSEADDR, 1);
  ASSERT_EQ(bind(*here, us, 4000), 0);
  arrives(9, 4000);
  EXPECT_EQ(received(*here), 5);  // its address beats any
  set(*exact, SOL_SOCKET, SO_REUSEADDR, 1);
  auto newest = make();
  set(*newest, SOL_SOCKET, SO_REUSEADDR, 1);
  ASSERT_EQ(bind(*newest, be32(), 4001), 0);
  arrives(9, 4001);
  EXPECT_EQ(received(*newest), 5);
  ASSERT_EQ(connect(*exact, peer, 9), 0);
  arrives(9, 4001);
  EXPECT_EQ(received(*exact), 5);
  arrives(10, 4001);
  EXPECT_EQ(received(*newest), 5);
  EXPECT_EQ(received(*any), -1);
}

TEST_F(udp, a_group_shares_its_port_by_flow) {
  std::vector<socket_ptr> group;
  for (int i = 0; i < 4; ++i) group.push_back(bound(us, 4000, true));
  auto stranger = make();
  EXPECT_EQ(bind(*stranger, us, 4000), EADDRINUSE);
  std::array<int, 4> got{};
  for (u16 sport = 1000; sport < 1100; ++sport) arrives(sport, 4000);
  for (size_t i = 0; i < 4; ++i)
    while (received(*group[i]) > 0) ++got[i];
  for (const int k : got) EXPECT_GT(k, 8);
  // One flow stays with one socket.
  for (int i = 0; i < 6; ++i) arrives(1234, 4000);
  int holders = 0;
  for (auto& s : group) {
    const bool has = received(*s) > 0;
    holders += has;
    while (received(*s) > 0) {
    }
  }
  EXPECT_EQ(holders, 1);
}

TEST_F(udp, a_program_chooses_in_the_group) {
  auto first = bound(us, 4000, true), second = bound(us, 4000, true);
  // The datagram's first byte is the index.
  const sock_filter program[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
                                 BPF_STMT(BPF_RET | BPF_A, 0)};
  ASSERT_TRUE(sock_setsockopt(*first, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF,
                              std::as_bytes(std::span(program))));
  for (const u8 index : {1, 0, 1, 1})
    put_in(eth0, ip_packet({.saddr = peer, .daddr = us, .protocol = IPPROTO_UDP},
                           udp_datagram(peer, us, 9, 4000, octets({index}))));
  int one = 0, two = 0;
  while (received(*first) > 0) ++one;
  while (received(*second) > 0) ++two;
  EXPECT_EQ(one, 1);
  EXPECT_EQ(two, 3);
  EXPECT_EQ(set(*second, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0), 0);
  EXPECT_EQ(set(*second, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0), ENOENT);
}

TEST_F(udp, ports_come_from_the_range_without_the_reserved) {
  ASSERT_TRUE(sysctl_write(n, "ipv4/ip_local_port_range", "5000 5009"));
  ASSERT_TRUE(sysctl_write(n, "ipv4/ip_local_reserved_ports", "5000-5003,5005"));
  std::vector<socket_ptr> all;
  std::set<u16> ports;
  for (int i = 0; i < 5; ++i) {
    all.push_back(bound(us, 0));
    ports.insert(port_of(*all.back()));
  }
  EXPECT_EQ(ports, (std::set<u16>{5004, 5006, 5007, 5008, 5009}));
  auto none = make();
  EXPECT_EQ(bind(*none, us, 0), EADDRINUSE);
  EXPECT_EQ(bind(*none, us, 5001), 0);  // asked for, it may be had
  auto narrow = make();
  EXPECT_EQ(set(*narrow, IPPROTO_IP, 51, 5007 | 5006 << 16), EINVAL);
  EXPECT_EQ(set(*narrow, IPPROTO_IP, 51, 5006 | 5006 << 16), 0);
  EXPECT_EQ(bind(*narrow, be32(), 0), EADDRINUSE);
}

TEST_F(udp, disconnecting_gives_back_what_connect_has_chosen) {
  auto s = make();
  ASSERT_EQ(connect(*s, peer, 9), 0);
  EXPECT_NE(port_of(*s), 0);
  sockaddr_in unspec{};
  EXPECT_TRUE(sock_connect(*s, bytes_of(unspec), 0));
  EXPECT_EQ(port_of(*s), 0);
  EXPECT_EQ(bind(*s, us, 4000), 0);
  EXPECT_TRUE(sock_connect(*s, bytes_of(unspec), 0));
  EXPECT_EQ(port_of(*s), 4000);
}

TEST_F(udp, corked_pieces_leave_as_one) {
  auto s = bound(us, 4000);
  EXPECT_EQ(set(*s, IPPROTO_UDP, UDP_CORK, 1), 0);
  EXPECT_TRUE(send_to(*s, peer, 9, pattern(10)));
  EXPECT_TRUE(sock_sendmsg(*s, {.name = {}, .data = pattern(20), .control = {}}, 0));
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(set(*s, IPPROTO_UDP, UDP_CORK, 0), 0);
  run(msecs(1));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ip().tot_len.host(), 20 + 8 + 30);
  // MSG_MORE does it for one call; too much in all drops everything.
  sent.clear();
  EXPECT_TRUE(sock_sendmsg(*s, {.name = sockaddr_of(peer, 9), .data = pattern(1), .control = {}},
                           MSG_MORE));
  EXPECT_EQ(errno_of(sock_sendmsg(*s, {.name = {}, .data = buffer(65507), .control = {}}, 0)),
            EMSGSIZE);
  EXPECT_EQ(errno_of(sock_sendmsg(*s, {}, 0)), EDESTADDRREQ);
  run(msecs(1));
  EXPECT_TRUE(sent.empty());
}

TEST_F(udp, a_call_may_carry_many_datagrams) {
  auto s = bound(us, 4000);
  EXPECT_EQ(set(*s, IPPROTO_UDP, UDP_SEGMENT, 400), 0);
  EXPECT_EQ(errno_of(send_to(*s, peer, 9, pattern(1000))), EIO);  // a device that sums nothing up
  eth0.features |= NETIF_F_HW_CSUM;
  EXPECT_TRUE(send_to(*s, peer, 9, pattern(1000)));
  run(msecs(1));
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0].ip().tot_len.host(), 428);
  EXPECT_EQ(sent[2].ip().tot_len.host(), 228);
  EXPECT_EQ(set(*s, IPPROTO_UDP, UDP_SEGMENT, 1473), 0);
  EXPECT_EQ(errno_of(send_to(*s, peer, 9, pattern(2000))), EMSGSIZE);
  EXPECT_EQ(set(*s, IPPROTO_UDP, UDP_SEGMENT, 10), 0);
  EXPECT_EQ(errno_of(send_to(*s, peer, 9, pattern(1281))), EINVAL);  // more than 128
}

TEST_F(udp, lite_covers_what_it_is_told_to) {
  auto s = make(IPPROTO_UDPLITE);
  ASSERT_EQ(bind(*s, us, 4000), 0);
  EXPECT_EQ(set(*s, IPPROTO_UDPLITE, 10, 3), 0);  // less than the header: the header
  EXPECT_TRUE(send_to(*s, peer, 9, pattern(100)));
  run(msecs(1));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ip().protocol, IPPROTO_UDPLITE);
  EXPECT_EQ(reinterpret_cast<const udphdr*>(sent[0].ip_bytes().data() + 20)->len.host(), 8);
  // It comes back with an uncovered byte broken.
  buffer packet(sent[0].ip_bytes().begin(), sent[0].ip_bytes().end());
  buffer body(packet.begin() + 20, packet.end());
  body.back() ^= std::byte{1};
  std::swap_ranges(body.begin(), body.begin() + 2, body.begin() + 2);
  put_in(eth0, ip_packet({.saddr = peer, .daddr = us, .protocol = IPPROTO_UDPLITE}, body));
  EXPECT_EQ(received(*s), 100);
  EXPECT_EQ(set(*s, IPPROTO_UDPLITE, 11, 50), 0);
  put_in(eth0, ip_packet({.saddr = peer, .daddr = us, .protocol = IPPROTO_UDPLITE}, body));
  EXPECT_EQ(received(*s), -1);
  EXPECT_EQ(ipv4_of(n).mib.udplite[UDP_MIB_INERRORS], 1u);
}

TEST_F(udp, peeks_go_on_where_the_last_ended) {
  auto s = bound(us, 4000);
  arrives(9, 4000, 10);
  arrives(9, 4000, 4);
  EXPECT_EQ(set(*s, SOL_SOCKET, SO_PEEK_OFF, 0), 0);
  EXPECT_EQ(received(*s, MSG_PEEK, 6), 6);
  EXPECT_EQ(received(*s, MSG_PEEK, 6), 4);
  EXPECT_EQ(received(*s, MSG_PEEK, 6), 4);
  EXPECT_EQ(received(*s, MSG_PEEK, 6), -1);
  EXPECT_EQ(received(*s), 10);
  EXPECT_EQ(received(*s, MSG_PEEK, 6), -1);
  EXPECT_EQ(received(*s), 4);
}

TEST_F(udp, broadcasts_reach_everybody_who_listens) {
  auto a = make(), b = make(), c = bound(us, 4000);
  for (socket* s : {a.get(), b.get()}) {
    set(*s, SOL_SOCKET, SO_REUSEADDR, 1);
    ASSERT_EQ(bind(*s, be32(), 4001), 0);
  }
  put_in(eth0, ip_packet({.saddr = peer, .daddr = ip4(10, 0, 0, 255), .protocol = IPPROTO_UDP},
                         udp_datagram(peer, ip4(10, 0, 0, 255), 9, 4001, pattern(3))));
  EXPECT_EQ(received(*a), 3);
  EXPECT_EQ(received(*b), 3);
  put_in(eth0, ip_packet({.saddr = peer, .daddr = ip4(10, 0, 0, 255), .protocol = IPPROTO_UDP},
                         udp_datagram(peer, ip4(10, 0, 0, 255), 9, 4000, pattern(3))));
  EXPECT_EQ(received(*c), -1);
  EXPECT_EQ(ipv4_of(n).mib.udp[UDP_MIB_IGNOREDMULTI], 1u);
}

}  // namespace
}  // namespace linnet::kit
