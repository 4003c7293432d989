// Netlink sockets: port ids, groups, acks with and without their options, dumps that go on as the reader
// drains, overruns.
#include "net/netlink/af_netlink.hh"

#include "net/socket.hh"
#include "tests/unit/net/netlink/nl_test.hh"

namespace linnet::test {
namespace {

class af_netlink : public netlink_test {
 protected:
  socket_ptr open(u32 pid = 0, int protocol = NETLINK_ROUTE) {
    cred c;
    c.pid = pid;
    auto s = sock_create(n, c, AF_NETLINK, SOCK_RAW, protocol);
    EXPECT_TRUE(s);
    return std::move(*s);
  }
  static status bind(socket& s, u32 pid, u32 groups) {
    sockaddr_nl a{};
    a.nl_family = AF_NETLINK;
    a.nl_pid = pid;
    a.nl_groups = groups;
    return sock_bind(s, std::as_bytes(std::span(&a, 1)));
  }
  static u32 port(socket& s) {
    sockaddr_storage a{};
    EXPECT_EQ(sock_getname(s, a, false).value_or(0), sizeof(sockaddr_nl));
    return reinterpret_cast<sockaddr_nl&>(a).nl_pid;
  }
  static void send(socket& s, message m) {
    auto r = sock_sendmsg(s, {.name = {}, .data = m.bytes_(), .control = {}}, 0);
    ASSERT_TRUE(r) << r.error().code;
  }
  struct received {
    int code = 0;
    size_t len = 0;
    sockaddr_nl from{};
    std::vector<answer> all;
  };
  static received recv(socket& s, size_t room = 32768, int flags = 0) {
    std::vector<std::byte> b(room);
    msg_in m;
    m.data = b;
    auto r = sock_recvmsg(s, m, flags);
    received x;
    if (!r) {
      x.code = r.error().code;
      return x;
    }
    x.len = *r;
    std::memcpy(&x.from, &m.name, sizeof x.from);
    if (!(m.flags & MSG_TRUNC)) x.all = split(const_bytes(b).first(*r));
    return x;
  }
  static void set(socket& s, int option, int v) {
    ASSERT_TRUE(sock_setsockopt(s, SOL_NETLINK, option, std::as_bytes(std::span(&v, 1))));
  }
};

TEST_F(af_netlink, port_ids) {
  auto a = open(42), b = open(42);
  EXPECT_EQ(port(*a), 0u);
  ASSERT_TRUE(bind(*a, 0, 0));
  EXPECT_EQ(port(*a), 42u);
  ASSERT_TRUE(bind(*b, 0, 0));
  EXPECT_LT(static_cast<s32>(port(*b)), -4096);
  EXPECT_EQ(bind(*a, 43, 0).error().code, EINVAL);
  auto c = open(1);
  EXPECT_EQ(bind(*c, 42, 0).error().code, EADDRINUSE);
}

TEST_F(af_netlink, protocols) {
  auto create_ = [&](int type, int protocol) {
    auto s = sock_create(n, {}, AF_NETLINK, type, protocol);
    return s ? 0 : s.error().code;
  };
  EXPECT_EQ(create_(SOCK_DGRAM, NETLINK_GENERIC), 0);
  EXPECT_EQ(create_(SOCK_STREAM, NETLINK_ROUTE), ESOCKTNOSUPPORT);
  EXPECT_EQ(create_(SOCK_RAW, 31), EPROTONOSUPPORT);
  EXPECT_EQ(create_(SOCK_RAW, 99), EPROTONOSUPPORT);
}

TEST_F(af_netlink, an_ack_holds_the_request_unless_capped) {
  auto s = open(5);
  auto broken = [] { return message(RTM_GETLINK, 0, link(99)); };
  send(*s, broken());
  auto r = recv(*s);
  EXPECT_EQ(r.from.nl_pid, 0u);
  ASSERT_EQ(r.all.size(), 1u);
  EXPECT_EQ(r.len, NLMSG_HDRLEN + 4 + 32);
  EXPECT_EQ(r.all[0].h().nlmsg_pid, 5u);
  EXPECT_EQ(r.all[0].h().nlmsg_flags, 0);
  EXPECT_EQ(read_ack(r.all[0]).code, -ENODEV);
  set(*s, NETLINK_CAP_ACK, 1);
  send(*s, broken());
  r = recv(*s);
  EXPECT_EQ(r.len, NLMSG_HDRLEN + 20);
  EXPECT_EQ(r.all[0].h().nlmsg_flags, NLM_F_CAPPED);
}

TEST_F(af_netlink, texts_only_for_who_asks) {
  auto s = open(5);
  send(*s, message(RTM_NEWLINK, create, link(-3)));
  EXPECT_EQ(read_ack(recv(*s).all.at(0)).msg, "");
  set(*s, NETLINK_EXT_ACK, 1);
  send(*s, message(RTM_NEWLINK, create, link(-3)));
  ack a = read_ack(recv(*s).all.at(0));
  EXPECT_EQ(a.msg, "ifindex can't be negative");
  EXPECT_EQ(a.flags, NLM_F_ACK_TLVS);
}

TEST_F(af_netlink, a_peek_says_how_long) {
  auto s = open(5);
  send(*s, {RTM_GETLINK, NLM_F_DUMP, rtgenmsg{}});
  auto peek = recv(*s, 0, MSG_PEEK | MSG_TRUNC);
  EXPECT_GT(peek.len, 600u);
  auto all = recv(*s);
  EXPECT_EQ(all.len, peek.len);
  EXPECT_EQ(recv(*s).all.at(0).h().nlmsg_type, NLMSG_DONE);
  EXPECT_EQ(recv(*s).code, EAGAIN);
}

TEST_F(af_netlink, dumps_go_on_as_the_reader_drains) {
  for (int i = 0; i < 60; ++i) ASSERT_EQ(talk(new_link("d" + std::to_string(i), "dummy")).code, 0);
  auto s = open(5);
  send(*s, {RTM_GETLINK, NLM_F_DUMP, rtgenmsg{}});
  send(*s, {RTM_GETLINK, NLM_F_DUMP, rtgenmsg{}});  // refused: one at a time
  size_t links = 0, pages = 0, busy = 0;
  for (bool done = false; !done;) {
    auto r = recv(*s, 8192);
    ASSERT_EQ(r.code, 0);
    ++pages;
    EXPECT_LE(r.len, 8192u);
    for (const auto& a : r.all) {
      links += a.h().nlmsg_type == RTM_NEWLINK;
      busy += a.h().nlmsg_type == NLMSG_ERROR && read_ack(a).code == -EBUSY;
      done |= a.h().nlmsg_type == NLMSG_DONE;
    }
  }
  EXPECT_EQ(links, 61u);
  EXPECT_GT(pages, 6u);
  EXPECT_EQ(busy, 1u);
}

TEST_F(af_netlink, a_change_in_between_marks_the_dump) {
  for (int i = 0; i < 20; ++i) ASSERT_EQ(talk(new_link("d" + std::to_string(i), "dummy")).code, 0);
  auto s = open(5);
  send(*s, {RTM_GETLINK, NLM_F_DUMP, rtgenmsg{}});
  ASSERT_EQ(recv(*s, 4096).code, 0);
  ASSERT_EQ(talk(new_link("late", "dummy")).code, 0);
  bool interrupted = false;
  for (;;) {
    auto r = recv(*s, 4096);
    ASSERT_EQ(r.code, 0);
    for (const auto& a : r.all) interrupted |= a.h().nlmsg_flags & NLM_F_DUMP_INTR;
    if (!r.all.empty() && r.all.back().h().nlmsg_type == NLMSG_DONE) break;
  }
  EXPECT_TRUE(interrupted);
}

TEST_F(af_netlink, groups_hear_of_links) {
  auto s = open(5);
  ASSERT_TRUE(bind(*s, 0, RTMGRP_LINK));
  ASSERT_EQ(talk(new_link("d0", "dummy")).code, 0);
  auto r = recv(*s);
  ASSERT_EQ(r.all.size(), 1u);
  EXPECT_EQ(r.from.nl_groups, u32{RTMGRP_LINK});
  EXPECT_EQ(r.all[0].h().nlmsg_type, RTM_NEWLINK);
  EXPECT_EQ(r.all[0].body<ifinfomsg>().ifi_change, ~0u);
  EXPECT_EQ(recv(*s).code, EAGAIN);
  ASSERT_EQ(talk({RTM_NEWLINK, NLM_F_ACK, link(index_of("d0"), IFF_UP, IFF_UP)}).code, 0);
  EXPECT_EQ(recv(*s).all.at(0).body<ifinfomsg>().ifi_change, 1u);
  ASSERT_EQ(talk({RTM_DELLINK, NLM_F_ACK, link(index_of("d0"))}).code, 0);
  EXPECT_EQ(recv(*s).all.at(0).body<ifinfomsg>().ifi_change, 0x41u);
  EXPECT_EQ(recv(*s).all.at(0).h().nlmsg_type, RTM_DELLINK);
}

TEST_F(af_netlink, an_overrun_is_said_once_and_ends_when_read_empty) {
  auto s = open(5);
  int small = 2304;
  ASSERT_TRUE(sock_setsockopt(*s, SOL_SOCKET, SO_RCVBUF, std::as_bytes(std::span(&small, 1))));
  ASSERT_TRUE(bind(*s, 0, RTMGRP_LINK));
  for (int i = 0; i < 100; ++i) ASSERT_EQ(talk(new_link("d" + std::to_string(i), "dummy")).code, 0);
  EXPECT_EQ(recv(*s).code, ENOBUFS);
  size_t got = 0;
  while (recv(*s).code == 0) ++got;
  EXPECT_GT(got, 0u);
  EXPECT_LT(got, 100u);
  ASSERT_EQ(talk(new_link("again", "dummy")).code, 0);
  EXPECT_EQ(recv(*s).code, 0);
}

TEST_F(af_netlink, memberships) {
  auto s = open(5);
  set(*s, NETLINK_ADD_MEMBERSHIP, RTNLGRP_NEIGH);
  int none = 0, far = 99;
  EXPECT_FALSE(
      sock_setsockopt(*s, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, std::as_bytes(std::span(&none, 1))));
  EXPECT_FALSE(
      sock_setsockopt(*s, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, std::as_bytes(std::span(&far, 1))));
  EXPECT_TRUE(netlink_has_listeners(n, NETLINK_ROUTE, RTNLGRP_NEIGH));
  s.reset();
  EXPECT_FALSE(netlink_has_listeners(n, NETLINK_ROUTE, RTNLGRP_NEIGH));
}

}  // namespace
}  // namespace linnet::test
