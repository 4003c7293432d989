// Sockets of the public interface: datagrams alone and in batches, streams, options, call-backs.
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <sys/epoll.h>

#include "tests/unit/api/api_kit.hh"

namespace api_test {
namespace {

using linnet::endpoint;

TEST(api_socket, datagrams) {
  two_hosts h;
  auto server = linnet::udp_socket(h.b, {.port = 7}).value();
  auto client = linnet::udp_socket(h.a).value();
  EXPECT_EQ(received(server), "[11]");
  EXPECT_EQ(client.send_to(bytes("hello"), {"10.0.0.2", 7}).value(), 5u);
  h.w.poll();
  std::array<std::byte, 100> room;
  endpoint from;
  ASSERT_EQ(server.recv_from(room, from).value(), 5u);
  EXPECT_EQ(from, (endpoint{"10.0.0.1", client.local()->port}));
  ASSERT_TRUE(server.send_to(std::span(room).first(5), from));
  h.w.poll();
  EXPECT_EQ(received(client), "hello");
  // Connected: ICMP errors come back.
  ASSERT_TRUE(client.connect({"10.0.0.2", 9}));
  EXPECT_EQ(client.peer().value(), (endpoint{"10.0.0.2", 9}));
  ASSERT_TRUE(client.send(bytes("x")));
  h.w.poll();
  EXPECT_EQ(client.option(SOL_SOCKET, SO_ERROR).value(), ECONNREFUSED);
  EXPECT_EQ(client.send_to(bytes("x"), {"192.0.2.1", 1}).error(), ENETUNREACH);
}

struct batch {
  static constexpr size_t count = 8;
  std::array<std::array<char, 32>, count> data{};
  std::array<iovec, count> iov{};
  std::array<sockaddr_in, count> names{};
  std::array<mmsghdr, count> list{};
  batch() {
    for (size_t i = 0; i < count; ++i) {
      iov[i] = {data[i].data(), data[i].size()};
      list[i].msg_hdr.msg_name = &names[i];
      list[i].msg_hdr.msg_namelen = sizeof names[i];
      list[i].msg_hdr.msg_iov = &iov[i];
      list[i].msg_hdr.msg_iovlen = 1;
    }
  }
};

TEST(api_socket, batches) {
  two_hosts h;
  auto server = linnet::udp_socket(h.b, {.port = 7}).value();
  auto client = linnet::udp_socket(h.a, {.port = 1000}).value();
  batch out, in;
  for (size_t i = 0; i < out.count; ++i) {
    out.names[i] = endpoint{"10.0.0.2", 7}.raw();
    out.data[i][0] = static_cast<char>('a' + i);
    out.iov[i].iov_len = i + 1;
  }
  EXPECT_EQ(server.recvmmsg(in.list).error(), EAGAIN);
  EXPECT_EQ(client.sendmmsg(std::span(out.list).first(5)).value(), 5u);
  EXPECT_EQ(out.list[4].msg_len, 5u);
  h.w.poll();
  ASSERT_EQ(server.recvmmsg(in.list).value(), 5u);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(in.list[i].msg_len, i + 1);
    EXPECT_EQ(in.data[i][0], static_cast<char>('a' + i));
    EXPECT_EQ(endpoint::from(in.names[i]), (endpoint{"10.0.0.1", 1000}));
    EXPECT_EQ(in.list[i].msg_hdr.msg_namelen, sizeof(sockaddr_in));
  }
  // The first that fails ends the batch, and is told if there was none before it.
  out.names[2] = endpoint{"192.0.2.1", 7}.raw();
  EXPECT_EQ(client.sendmmsg(out.list).value(), 2u);
  EXPECT_EQ(client.sendmmsg(std::span(out.list).subspan(2)).error(), ENETUNREACH);
}

TEST(api_socket, pieces_and_control_messages) {
  two_hosts h;
  auto server = linnet::udp_socket(h.b, {.port = 7}).value();
  auto client = linnet::udp_socket(h.a).value();
  ASSERT_TRUE(server.set_option(IPPROTO_IP, IP_PKTINFO, 1));
  ASSERT_TRUE(server.set_option(IPPROTO_IP, IP_RECVTTL, 1));
  char one[] = "abc", two[] = "defgh";
  iovec pieces[] = {{one, 3}, {two, 5}};
  sockaddr_in to = endpoint{"10.0.0.2", 7}.raw();
  msghdr m{};
  m.msg_name = &to;
  m.msg_namelen = sizeof to;
  m.msg_iov = pieces;
  m.msg_iovlen = 2;
  for (int i = 0; i < 2; ++i) ASSERT_EQ(client.sendmsg(m).value(), 8u);
  h.w.poll();

  char first[2], second[4];
  iovec rooms[] = {{first, 2}, {second, 4}};
  alignas(cmsghdr) char control[256];
  m.msg_iov = rooms;
  m.msg_control = control;
  m.msg_controllen = sizeof control;
  ASSERT_EQ(server.recvmsg(m).value(), 6u);
  EXPECT_EQ(std::string_view(first, 2), "ab");
  EXPECT_EQ(std::string_view(second, 4), "cdef");
  EXPECT_EQ(m.msg_flags, MSG_TRUNC);
  int ttl = 0;
  in_addr local{};
  for (cmsghdr* c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    if (c->cmsg_type == IP_TTL) std::memcpy(&ttl, CMSG_DATA(c), sizeof ttl);
    if (c->cmsg_type == IP_PKTINFO)
      std::memcpy(&local, CMSG_DATA(c) + offsetof(in_pktinfo, ipi_addr), sizeof local);
  }
  EXPECT_EQ(ttl, 64);
  EXPECT_EQ(linnet::ipv4_address(local).text(), "10.0.0.2");
  // Without room for all of them.
  m.msg_controllen = CMSG_LEN(2);
  ASSERT_TRUE(server.recvmsg(m));
  EXPECT_TRUE(m.msg_flags & MSG_CTRUNC);
  EXPECT_EQ(m.msg_controllen, CMSG_LEN(2));
}

TEST(api_socket, call_backs) {
  two_hosts h;
  auto server = linnet::udp_socket(h.b, {.port = 7}).value();
  auto client = linnet::udp_socket(h.a).value();
  std::string got;
  server.on_ready([&](std::uint32_t events) {
    endpoint from;
    std::array<std::byte, 100> room;
    if (!(events & EPOLLIN)) return;
    while (const auto n = server.recv_from(room, from)) {
      got.append(reinterpret_cast<char*>(room.data()), *n);
      EXPECT_TRUE(server.send_to(std::span(room).first(*n), from));
    }
  });
  std::string echoed;
  client.on_ready([&](std::uint32_t events) {
    if (events & EPOLLIN) echoed += received(client);
  });
  ASSERT_TRUE(client.send_to(bytes("one"), {"10.0.0.2", 7}));
  EXPECT_EQ(got, "");  // not from within the call
  h.w.poll();
  EXPECT_EQ(got, "one");
  EXPECT_EQ(echoed, "one");
  server.on_ready({});
  ASSERT_TRUE(client.send_to(bytes("two"), {"10.0.0.2", 7}));
  h.w.poll();
  EXPECT_EQ(got, "one");
}

TEST(api_socket, a_call_back_may_destroy_its_socket) {
  two_hosts h;
  std::optional<linnet::socket> server = linnet::udp_socket(h.b, {.port = 7}).value();
  auto client = linnet::udp_socket(h.a).value();
  h.w.poll();
  int calls = 0;
  server->on_ready([&](std::uint32_t events) {
    if (!(events & EPOLLIN)) return;
    server.reset();
    ++calls;
  });
  ASSERT_TRUE(client.send_to(bytes("one"), {"10.0.0.2", 7}));
  h.w.poll();
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(server);
}

TEST(api_socket, streams) {
  two_hosts h;
  auto listener = linnet::tcp_listener(h.b, {.port = 80}).value();
  EXPECT_EQ(listener.accept().error(), EAGAIN);
  auto client = linnet::tcp_connect(h.a, {"10.0.0.2", 80}).value();
  EXPECT_EQ(client.poll() & EPOLLIN, 0u);
  h.w.poll();
  EXPECT_TRUE(client.poll() & EPOLLOUT);
  EXPECT_EQ(client.option(SOL_SOCKET, SO_ERROR).value(), 0);
  auto server = listener.accept().value();
  EXPECT_EQ(server.peer().value(), client.local().value());
  ASSERT_EQ(client.send(bytes("request")).value(), 7u);
  h.w.poll();
  EXPECT_EQ(received(server), "request");
  EXPECT_EQ(received(server), "[11]");
  ASSERT_TRUE(server.send(bytes("response")));
  ASSERT_TRUE(server.shutdown(SHUT_WR));
  h.w.poll();
  EXPECT_EQ(received(client), "response");
  EXPECT_EQ(received(client), "");
  // Nobody there.
  auto refused = linnet::tcp_connect(h.a, {"10.0.0.2", 81}).value();
  h.w.poll();
  EXPECT_TRUE(refused.poll() & EPOLLERR);
  EXPECT_EQ(refused.option(SOL_SOCKET, SO_ERROR).value(), ECONNREFUSED);
  EXPECT_EQ(linnet::tcp_connect(h.a, {"192.0.2.1", 81}).error(), ENETUNREACH);
  EXPECT_EQ(linnet::tcp_listener(h.b, {.port = 80}).error(), EADDRINUSE);
}

TEST(api_socket, other_families) {
  two_hosts h;
  auto sniffer = linnet::socket::open(h.b, AF_PACKET, SOCK_RAW, htons(ETH_P_ARP)).value();
  auto client = linnet::udp_socket(h.a).value();
  ASSERT_TRUE(client.send_to(bytes("x"), {"10.0.0.2", 7}));
  h.w.poll();
  std::array<std::byte, 100> frame;
  sockaddr_ll from{};
  iovec v{frame.data(), frame.size()};
  msghdr m{};
  m.msg_name = &from;
  m.msg_namelen = sizeof from;
  m.msg_iov = &v;
  m.msg_iovlen = 1;
  ASSERT_EQ(sniffer.recvmsg(m).value(), 42u);
  EXPECT_EQ(from.sll_pkttype, PACKET_BROADCAST);
  EXPECT_EQ(from.sll_ifindex, h.b.ifindex("eth0"));
  EXPECT_EQ(sniffer.local().error(), EAFNOSUPPORT);
  EXPECT_EQ(linnet::socket::open(h.a, AF_UNIX, SOCK_STREAM).error(), EAFNOSUPPORT);
  EXPECT_EQ(linnet::socket::open(h.a, AF_INET, SOCK_STREAM, IPPROTO_UDP).error(), EPROTONOSUPPORT);
}

TEST(api_socket, notifications_of_netlink) {
  two_hosts h;
  auto monitor = linnet::socket::open(h.a, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE).value();
  sockaddr_nl at{};
  at.nl_family = AF_NETLINK;
  at.nl_groups = RTMGRP_IPV4_ROUTE;
  ASSERT_TRUE(monitor.bind(reinterpret_cast<sockaddr*>(&at), sizeof at));
  ASSERT_TRUE(add_route(h.a, {.destination = "10.7.0.0/16", .gateway = "10.0.0.2"}));
  std::array<std::byte, 1000> room;
  ASSERT_TRUE(monitor.recv(room));
  nlmsghdr header;
  std::memcpy(&header, room.data(), sizeof header);
  EXPECT_EQ(header.nlmsg_type, RTM_NEWROUTE);
}

}  // namespace
}  // namespace api_test
