// TCP between two hosts on a link that may lose, delay, repeat and damage: what is read is what was written, and both
// ends get to their end.
#include "net/ipv4/tcp.hh"

#include <sys/epoll.h>

#include "tests/support/tcp_kit.hh"

namespace linnet::kit {
namespace {

TEST(tcp, handshake_data_and_close) {
  two_hosts h;
  auto c = connect_pair(h);
  EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(100000, 1)));
  EXPECT_TRUE(transfer(h, *c.server, *c.client, pattern(100000, 2)));
  EXPECT_EQ(h.tcp(h.a, TCP_MIB_RETRANSSEGS), 0u);
  EXPECT_EQ(h.tcp(h.b, TCP_MIB_RETRANSSEGS), 0u);
  EXPECT_EQ(errno_of(sock_shutdown(*c.client, SHUT_WR)), 0);
  h.run(100 * ns_per_ms);
  EXPECT_EQ(read_one(*c.server), 0);
  EXPECT_EQ(tcp_sk(*c.client).state, TCP_FIN_WAIT2);
  EXPECT_EQ(tcp_sk(*c.server).state, TCP_CLOSE_WAIT);
  c.server.reset();
  h.run(100 * ns_per_ms);
  EXPECT_EQ(read_one(*c.client), 0);
  c.client.reset();
  h.run(ns_per_sec);
  EXPECT_EQ(tcp_of(h.a).tw_count, 1u);
  EXPECT_EQ(tcp_of(h.b).ehash.size(), 0u);
  h.run(61 * ns_per_sec);
  EXPECT_EQ(tcp_of(h.a).ehash.size(), 0u);
  EXPECT_TRUE(tcp_of(h.a).bind.empty());
  EXPECT_EQ(tcp_of(h.a).orphans, 0u);
}

TEST(tcp, refused_and_unreachable) {
  two_hosts h;
  auto s = stream(h.a);
  EXPECT_EQ(errno_of(sock_connect(*s, sockaddr_of(there, 81), 0)), EINPROGRESS);
  h.run(100 * ns_per_ms);
  EXPECT_EQ(errno_of(sock_connect(*s, sockaddr_of(there, 81), 0)), ECONNREFUSED);
  EXPECT_EQ(h.tcp(h.b, TCP_MIB_OUTRSTS), 1u);
  auto t = stream(h.a);
  EXPECT_EQ(errno_of(sock_connect(*t, sockaddr_of(ip4(192, 0, 2, 1), 80), 0)), ENETUNREACH);
}

TEST(tcp, nobody_answers) {
  two_hosts h({.loss = 1000});
  auto s = stream(h.a);
  EXPECT_EQ(errno_of(sock_connect(*s, sockaddr_of(there, 80), 0)), EINPROGRESS);
  h.run(126 * ns_per_sec);
  EXPECT_EQ(tcp_sk(*s).state, TCP_SYN_SENT);
  EXPECT_EQ(h.ext(h.a, LINUX_MIB_TCPSYNRETRANS), 6u);
  h.run(3 * ns_per_sec);
  EXPECT_EQ(tcp_sk(*s).state, TCP_CLOSE);
  EXPECT_EQ(errno_of(sock_connect(*s, sockaddr_of(there, 80), 0)), ETIMEDOUT);
}

TEST(tcp, unread_data_resets) {
  two_hosts h;
  auto c = connect_pair(h);
  const auto data = pattern(100, 3);
  EXPECT_TRUE(sock_sendmsg(*c.client, {.name = {}, .data = data, .control = {}}, 0));
  h.run(100 * ns_per_ms);
  c.server.reset();
  h.run(100 * ns_per_ms);
  EXPECT_EQ(read_one(*c.client), ECONNRESET);
  EXPECT_EQ(h.ext(h.b, LINUX_MIB_TCPABORTONCLOSE), 1u);
}

TEST(tcp, window_shuts_and_opens) {
  two_hosts h({.delay = 5 * ns_per_ms});
  auto c = connect_pair(h);
  const auto data = pattern(4 << 20, 4);
  size_t sent = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto n = sock_sendmsg(
        *c.client, {.name = {}, .data = const_bytes(data).subspan(sent), .control = {}}, 0);
    if (n) sent += *n;
    h.run(ns_per_ms);
  }
  EXPECT_LT(sent, data.size());
  EXPECT_FALSE(sock_poll(*c.client) & EPOLLOUT);
  EXPECT_EQ(tcp_sk(*c.client).snd_wnd, 0u);
  h.run(20 * ns_per_sec);
  EXPECT_GT(h.ext(h.a, LINUX_MIB_TCPWINPROBE), 2u);
  std::vector<std::byte> got(data.size());
  size_t n_got = 0;
  for (int i = 0; i < 20000 && n_got < data.size(); ++i) {
    msg_in m{.data = bytes(got).subspan(n_got)};
    if (const auto n = sock_recvmsg(*c.server, m, 0)) n_got += *n;
    if (sent < data.size())
      if (const auto n = sock_sendmsg(
              *c.client, {.name = {}, .data = const_bytes(data).subspan(sent), .control = {}}, 0))
        sent += *n;
    h.run(ns_per_ms);
  }
  EXPECT_EQ(n_got, data.size());
  EXPECT_EQ(got, data);
}

TEST(tcp, a_lost_segment_is_sent_again_at_once) {
  two_hosts h({.delay = 20 * ns_per_ms});
  auto c = connect_pair(h);
  EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(200000, 5)));
  int seen = 0;
  h.link->drop = [&](const_bytes f) { return f.size() > 1000 && ++seen == 5; };
  const auto before_ms = h.w->now();
  EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(200000, 6)));
  EXPECT_LT(h.w->now() - before_ms, 500 * ns_per_ms);
  EXPECT_EQ(h.tcp(h.a, TCP_MIB_RETRANSSEGS), 1u);
  EXPECT_EQ(h.ext(h.a, LINUX_MIB_TCPSACKRECOVERY), 1u);
  EXPECT_EQ(h.ext(h.a, LINUX_MIB_TCPTIMEOUTS), 0u);
}

TEST(tcp, a_lost_tail_is_probed) {
  two_hosts h({.delay = 20 * ns_per_ms});
  auto c = connect_pair(h);
  EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(50000, 7)));
  h.run(ns_per_sec);
  bool dropped = false;
  h.link->drop = [&](const_bytes f) { return f.size() > 100 && !std::exchange(dropped, true); };
  EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(1000, 8)));
  EXPECT_EQ(h.ext(h.a, LINUX_MIB_TCPLOSSPROBES), 1u);
  EXPECT_EQ(h.ext(h.a, LINUX_MIB_TCPTIMEOUTS), 0u);
}

TEST(tcp, backlog_overflows_and_recovers) {
  two_hosts h;
  auto l = listening(h.b, 80, 1);
  std::vector<socket_ptr> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(stream(h.a));
    EXPECT_EQ(errno_of(sock_connect(*all.back(), sockaddr_of(there, 80), 0)), EINPROGRESS);
    h.run(10 * ns_per_ms);
  }
  EXPECT_GT(h.ext(h.b, LINUX_MIB_LISTENOVERFLOWS), 0u);
  int accepted = 0;
  std::vector<socket_ptr> taken;
  for (int i = 0; i < 600 && accepted < 5; ++i) {
    if (auto s = sock_accept(*l, 0)) {
      taken.push_back(std::move(*s));
      ++accepted;
    }
    h.run(100 * ns_per_ms);
  }
  EXPECT_EQ(accepted, 5);
}

TEST(tcp, cookies_when_the_queue_is_full) {
  two_hosts h;
  auto l = listening(h.b, 80, 2);
  tcp_of(h.b).settings.syncookies = 2;
  auto s = stream(h.a);
  EXPECT_EQ(errno_of(sock_connect(*s, sockaddr_of(there, 80), 0)), EINPROGRESS);
  h.run(100 * ns_per_ms);
  EXPECT_EQ(h.ext(h.b, LINUX_MIB_SYNCOOKIESSENT), 1u);
  EXPECT_EQ(h.ext(h.b, LINUX_MIB_SYNCOOKIESRECV), 1u);
  auto t = sock_accept(*l, 0);
  ASSERT_TRUE(t);
  EXPECT_TRUE(tcp_sk(**t).rx_opt.sack_ok);
  EXPECT_TRUE(tcp_sk(**t).rx_opt.wscale_ok);
  EXPECT_TRUE(transfer(h, *s, **t, pattern(100000, 9)));
}

TEST(tcp, keepalive_finds_a_dead_peer) {
  two_hosts h;
  auto c = connect_pair(h);
  const int on = 1, idle = 5, intvl = 2, count = 3;
  const auto set = [&](int level, int name, const int& v) {
    EXPECT_EQ(errno_of(sock_setsockopt(*c.client, level, name, bytes_of(v))), 0);
  };
  set(IPPROTO_TCP, TCP_KEEPIDLE, idle);
  set(IPPROTO_TCP, TCP_KEEPINTVL, intvl);
  set(IPPROTO_TCP, TCP_KEEPCNT, count);
  set(SOL_SOCKET, SO_KEEPALIVE, on);
  h.run(20 * ns_per_sec);
  EXPECT_EQ(tcp_sk(*c.client).state, TCP_ESTABLISHED);
  h.link->faults.loss = 1000;
  h.run(20 * ns_per_sec);
  EXPECT_EQ(tcp_sk(*c.client).state, TCP_CLOSE);
  EXPECT_EQ(read_one(*c.client), ETIMEDOUT);
}

// Selective acknowledgements that cut what was sent into small pieces make the queue larger up to a limit only.
TEST(tcp, a_queue_is_not_cut_without_end) {
  two_hosts h({.delay = 5 * ns_per_ms});
  auto c = connect_pair(h, 80, [](socket& s) {
    const int mss = 88, sndbuf = 50'000, rcvbuf = 100'000;
    EXPECT_EQ(errno_of(sock_setsockopt(s, IPPROTO_TCP, TCP_MAXSEG, bytes_of(mss))), 0);
    EXPECT_EQ(errno_of(sock_setsockopt(s, SOL_SOCKET, SO_SNDBUF, bytes_of(sndbuf))), 0);
    EXPECT_EQ(errno_of(sock_setsockopt(s, SOL_SOCKET, SO_RCVBUF, bytes_of(rcvbuf))), 0);
  });
  EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(500'000, 7)));
  EXPECT_EQ(h.ext(h.a, LINUX_MIB_TCPWQUEUETOOBIG), 0u);
  int n = 0;
  h.link->drop = [&](const_bytes f) { return f.size() > 100 && n < 20'000 && n++ % 2; };
  EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(500'000, 8)));
  EXPECT_GT(h.ext(h.a, LINUX_MIB_TCPWQUEUETOOBIG), 0u);
}

}  // namespace
}  // namespace linnet::kit
