// The calls on raw, ping and UDP sockets: which errno each wrong argument gets, and what the right ones do.
#include <linux/udp.h>

#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

const be32 us = ip4(10, 0, 0, 1), peer = ip4(10, 0, 0, 2), nowhere = ip4(192, 0, 2, 1);

class inet_socket : public wire_node {
 protected:
  memory_device& eth0 = add_device(us, 24);
  inet_socket() {
    ipv4_of(n).ping_group_range[0] = 0;
    EXPECT_TRUE(add_neigh(n, "eth0", peer, mac(0x80)));
    settle();
  }
  int create(int type, int protocol, const cred& who = {}) {
    return errno_of(sock_create(n, who, AF_INET, type, protocol));
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
  static int get(socket& s, int level, int name) {
    buffer b(4);
    return errno_of(sock_getsockopt(s, level, name, b));
  }
  static int receive(socket& s, int flags = 0) {
    buffer b(2000);
    msg_in m{.data = b};
    return errno_of(sock_recvmsg(s, m, flags));
  }
};

TEST_F(inet_socket, creation) {
  const cred user = {
      .uid = 1000, .gid = 1000, .net_admin = false, .net_raw = false, .net_bind_service = false};
  EXPECT_EQ(create(SOCK_DGRAM, 0), 0);
  EXPECT_EQ(create(SOCK_DGRAM, IPPROTO_UDP), 0);
  EXPECT_EQ(create(SOCK_DGRAM, IPPROTO_ICMP), 0);
  EXPECT_EQ(create(SOCK_DGRAM, IPPROTO_TCP), EPROTONOSUPPORT);
  EXPECT_EQ(create(SOCK_RAW, 0), EPROTONOSUPPORT);
  EXPECT_EQ(create(SOCK_RAW, IPPROTO_ICMP), 0);
  EXPECT_EQ(create(SOCK_RAW, IPPROTO_ICMP, user), EPERM);
  EXPECT_EQ(create(SOCK_RDM, 0), ESOCKTNOSUPPORT);
  EXPECT_EQ(create(SOCK_DGRAM, -1), EINVAL);
  ipv4_of(n).ping_group_range[0] = 1;
  EXPECT_EQ(create(SOCK_DGRAM, IPPROTO_ICMP), EACCES);
  EXPECT_EQ(errno_of(sock_create(n, {}, AF_APPLETALK, SOCK_DGRAM, 0)), EAFNOSUPPORT);
}

TEST_F(inet_socket, bind) {
  auto s = open_socket(n, AF_INET, SOCK_DGRAM, 0), t = open_socket(n, AF_INET, SOCK_DGRAM, 0);
  EXPECT_EQ(errno_of(sock_bind(*s, octets({2, 0, 0, 0}))), EINVAL);
  EXPECT_EQ(bind(*s, nowhere, 4000), EADDRNOTAVAIL);
  EXPECT_EQ(bind(*s, us, 4000), 0);
  EXPECT_EQ(bind(*s, us, 4001), EINVAL);  // bound already
  EXPECT_EQ(bind(*t, be32(), 4000), EADDRINUSE);
  EXPECT_EQ(bind(*t, be32(), 4001), 0);
  const cred user = {
      .uid = 1000, .gid = 1000, .net_admin = false, .net_raw = false, .net_bind_service = false};
  auto u = open_socket(n, AF_INET, SOCK_DGRAM, 0, user);
  EXPECT_EQ(bind(*u, us, 53), EACCES);
  sockaddr_in a{};
  a.sin_family = AF_INET6;
  EXPECT_EQ(errno_of(sock_bind(*u, bytes_of(a))), EAFNOSUPPORT);
}

TEST_F(inet_socket, connect_and_names) {
  auto s = open_socket(n, AF_INET, SOCK_DGRAM, 0);
  sockaddr_storage name;
  EXPECT_EQ(errno_of(sock_getname(*s, name, true)), ENOTCONN);
  EXPECT_EQ(errno_of(sock_shutdown(*s, SHUT_RDWR)), ENOTCONN);
  EXPECT_EQ(connect(*s, nowhere, 9), ENETUNREACH);
  EXPECT_EQ(connect(*s, ip4(10, 0, 0, 255), 9), EACCES);
  EXPECT_EQ(errno_of(sock_connect(*s, octets({2, 0, 0, 0}), 0)), EINVAL);
  EXPECT_EQ(connect(*s, peer, 9), 0);
  ASSERT_EQ(errno_of(sock_getname(*s, name, false)), 0);
  EXPECT_EQ(reinterpret_cast<sockaddr_in&>(name).sin_addr.s_addr, us.raw());
  EXPECT_EQ(errno_of(sock_listen(*s, 1)), EOPNOTSUPP);
  EXPECT_EQ(errno_of(sock_accept(*s, 0)), EOPNOTSUPP);
  EXPECT_EQ(errno_of(sock_shutdown(*s, 7)), EINVAL);
  EXPECT_EQ(errno_of(sock_shutdown(*s, SHUT_WR)), 0);
  EXPECT_EQ(errno_of(sock_sendmsg(*s, {}, 0)), EPIPE);
}

TEST_F(inet_socket, send) {
  auto s = open_socket(n, AF_INET, SOCK_DGRAM, 0);
  EXPECT_EQ(errno_of(sock_sendmsg(*s, {}, 0)), EDESTADDRREQ);
  EXPECT_EQ(errno_of(send_to(*s, nowhere, 9, {})), ENETUNREACH);
  EXPECT_EQ(counted(), "IpOutNoRoutes");
  EXPECT_EQ(errno_of(send_to(*s, peer, 0, {})), EINVAL);
  EXPECT_EQ(errno_of(send_to(*s, ip4(10, 0, 0, 255), 9, {})), EACCES);
  EXPECT_EQ(errno_of(send_to(*s, peer, 9, buffer(65508))), EMSGSIZE);
  EXPECT_EQ(
      errno_of(sock_sendmsg(*s, {.name = octets({2, 0, 0, 9}), .data = {}, .control = {}}, 0)),
      EINVAL);
  EXPECT_EQ(errno_of(sock_sendmsg(*s, {}, MSG_OOB)), EOPNOTSUPP);
  EXPECT_EQ(set(*s, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
  EXPECT_EQ(errno_of(send_to(*s, peer, 9, buffer(1473))), EMSGSIZE);
  EXPECT_EQ(errno_of(send_to(*s, peer, 9, buffer(1472))), 0);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].ip().frag_off, be16(ip_df));
  auto ping = open_socket(n, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
  EXPECT_EQ(errno_of(send_to(*ping, peer, 0, pattern(7))), EINVAL);
  EXPECT_EQ(errno_of(send_to(*ping, peer, 0, icmp_message(ICMP_ECHOREPLY, 0, 0, {}))), EINVAL);
  EXPECT_EQ(errno_of(send_to(*ping, peer, 0, icmp_message(ICMP_ECHO, 0, 0, {}))), 0);
}

TEST_F(inet_socket, options) {
  auto udp = open_socket(n, AF_INET, SOCK_DGRAM, 0);
  auto raw = open_socket(n, AF_INET, SOCK_RAW, IPPROTO_ICMP);
  auto raw99 = open_socket(n, AF_INET, SOCK_RAW, 99);
  EXPECT_EQ(get(*udp, IPPROTO_IP, 9999), ENOPROTOOPT);
  EXPECT_EQ(get(*udp, SOL_SOCKET, 9999), ENOPROTOOPT);
  EXPECT_EQ(set(*udp, IPPROTO_IP, 9999, 1), ENOPROTOOPT);
  EXPECT_EQ(set(*udp, SOL_SOCKET, 9999, 1), ENOPROTOOPT);
  EXPECT_EQ(set(*udp, SOL_SOCKET, SO_TYPE, 1), ENOPROTOOPT);
  EXPECT_EQ(set(*udp, IPPROTO_IP, IP_HDRINCL, 1), ENOPROTOOPT);
  EXPECT_EQ(set(*raw, IPPROTO_IP, IP_HDRINCL, 1), 0);
  EXPECT_EQ(set(*udp, IPPROTO_IP, IP_TTL, 0), EINVAL);
  EXPECT_EQ(set(*udp, IPPROTO_IP, IP_TTL, 256), EINVAL);
  EXPECT_EQ(set(*udp, IPPROTO_IP, IP_TTL, -1), 0);
  EXPECT_EQ(set(*raw, SOL_RAW, 1, 1), 0);  // ICMP_FILTER
  EXPECT_EQ(set(*raw99, SOL_RAW, 1, 1), EOPNOTSUPP);
  EXPECT_EQ(get(*udp, IPPROTO_IP, IP_MTU), ENOTCONN);
  EXPECT_EQ(errno_of(sock_setsockopt(*udp, SOL_SOCKET, SO_BROADCAST, octets({1}))), EINVAL);
  EXPECT_EQ(errno_of(sock_setsockopt(*udp, SOL_SOCKET, SO_BINDTODEVICE, octets({'x', 0}))), ENODEV);
}

TEST_F(inet_socket, each_reader_gets_what_is_meant_for_it) {
  auto udp = open_socket(n, AF_INET, SOCK_DGRAM, 0);
  auto ping = open_socket(n, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
  auto raw = open_socket(n, AF_INET, SOCK_RAW, IPPROTO_ICMP);
  EXPECT_EQ(bind(*udp, us, 4000), 0);
  EXPECT_EQ(bind(*ping, us, 7), 0);
  EXPECT_EQ(receive(*udp), EAGAIN);
  put_in(eth0, ip_packet({.saddr = peer, .daddr = us, .protocol = IPPROTO_UDP},
                         udp_datagram(peer, us, 9, 4000, pattern(5))));
  put_in(eth0,
         ip_packet({.saddr = peer, .daddr = us}, icmp_message(ICMP_ECHOREPLY, 0, 7 << 16 | 1, {})));
  put_in(eth0,
         ip_packet({.saddr = peer, .daddr = us}, icmp_message(ICMP_ECHOREPLY, 0, 8 << 16 | 1, {})));
  EXPECT_EQ(receive(*udp), 0);
  EXPECT_EQ(receive(*udp), EAGAIN);
  EXPECT_EQ(receive(*ping), 0);
  EXPECT_EQ(receive(*ping), EAGAIN);  // the other id isn't its own
  EXPECT_EQ(receive(*raw), 0);
  EXPECT_EQ(receive(*raw), 0);
  EXPECT_EQ(receive(*raw), EAGAIN);
}

TEST_F(inet_socket, errors_reach_the_connected_and_those_who_ask) {
  auto connected = open_socket(n, AF_INET, SOCK_DGRAM, 0),
       asking = open_socket(n, AF_INET, SOCK_DGRAM, 0);
  EXPECT_EQ(connect(*connected, peer, 9), 0);
  EXPECT_EQ(set(*asking, IPPROTO_IP, IP_RECVERR, 1), 0);
  EXPECT_TRUE(sock_sendmsg(*connected, {.name = {}, .data = pattern(3), .control = {}}, 0));
  EXPECT_TRUE(send_to(*asking, peer, 9, pattern(3)));
  const auto out = sent;
  for (const sent_frame& f : out)
    put_in(eth0, ip_packet({.saddr = peer, .daddr = us},
                           icmp_message(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, f.ip_bytes())));
  EXPECT_EQ(receive(*connected), ECONNREFUSED);
  EXPECT_EQ(receive(*connected), EAGAIN);
  EXPECT_EQ(receive(*asking, MSG_ERRQUEUE), 0);
  EXPECT_EQ(receive(*asking, MSG_ERRQUEUE), EAGAIN);
}

TEST_F(inet_socket, a_full_receive_buffer_drops) {
  auto udp = open_socket(n, AF_INET, SOCK_DGRAM, 0);
  EXPECT_EQ(bind(*udp, us, 4000), 0);
  EXPECT_EQ(set(*udp, SOL_SOCKET, SO_RCVBUF, 0), 0);
  for (int i = 0; i < 20; ++i)
    put_in(eth0, ip_packet({.saddr = peer, .daddr = us, .protocol = IPPROTO_UDP},
                           udp_datagram(peer, us, 9, 4000, pattern(5))));
  const u64 lost = rec.count(skb_drop_reason::SOCKET_RCVBUFF);
  EXPECT_GT(lost, 0u);
  EXPECT_EQ(ipv4_of(n).mib.udp[UDP_MIB_RCVBUFERRORS], lost);
  // Datagrams count when they are read.
  EXPECT_EQ(ipv4_of(n).mib.udp[UDP_MIB_INDATAGRAMS], 0u);
  for (u64 i = lost; i < 20; ++i) EXPECT_EQ(receive(*udp), 0);
  EXPECT_EQ(ipv4_of(n).mib.udp[UDP_MIB_INDATAGRAMS], 20 - lost);
}

}  // namespace
}  // namespace linnet::kit
