// The cache of metrics: what a connection leaves and the next one finds, how it ages and is bounded; and MD5 signatures and
// Fast Open between two hosts, where a script of packets cannot know the other end's numbers.
#include "net/ipv4/tcp_metrics.hh"

#include <linux/tcp.h>

#include "net/core/sysctl.hh"
#include "tests/support/tcp_kit.hh"

namespace linnet::kit {
namespace {

const tcp_metrics_key to_b = {there, here}, to_a = {here, there};

void exchange_and_close(two_hosts& h) {
  auto c = connect_pair(h);
  EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(100000, 1)));
  c.client.reset();
  h.run(100 * ns_per_ms);
  c.server.reset();
  h.run(ns_per_sec);
}

TEST(tcp_metrics, a_connection_leaves_its_round_trip) {
  two_hosts h({.delay = 50 * ns_per_ms});
  exchange_and_close(h);
  const tcp_metrics_block* b = tcp_of(h.a).metrics.find(to_b);
  ASSERT_TRUE(b);
  EXPECT_GE(b->vals[TCP_METRIC_RTT] / 8, 100000u);
  EXPECT_LT(b->vals[TCP_METRIC_RTT] / 8, 200000u);
  EXPECT_GE(b->vals[TCP_METRIC_CWND], 10u);
  EXPECT_EQ(b->vals[TCP_METRIC_SSTHRESH], 0u);  // no_ssthresh_metrics_save
  EXPECT_TRUE(tcp_of(h.b).metrics.find(to_a));
}

TEST(tcp_metrics, nothing_is_kept_where_that_is_off) {
  two_hosts h;
  ASSERT_TRUE(sysctl_write(h.a, "ipv4/tcp_no_metrics_save", "1\n"));
  exchange_and_close(h);
  EXPECT_FALSE(tcp_of(h.a).metrics.find(to_b));
  EXPECT_TRUE(tcp_of(h.b).metrics.find(to_a));
}

TEST(tcp_metrics, the_next_connection_waits_as_long_as_the_path_needs) {
  two_hosts h;
  tcp_metrics_block& b = tcp_of(h.a).metrics.make(to_b);
  b.stamp = h.w->now();
  b.vals[TCP_METRIC_RTT] = 8 * 500000;
  b.vals[TCP_METRIC_REORDERING] = 17;
  const auto c = connect_pair(h);
  EXPECT_EQ(tcp_sk(*c.client).rto, 1500 * ns_per_ms);  // three times
  EXPECT_EQ(tcp_sk(*c.client).reordering, 17u);
  EXPECT_EQ(tcp_sk(*c.server).reordering, 3u);
}

TEST(tcp_metrics, an_hour_later_it_holds_no_longer) {
  two_hosts h;
  tcp_metrics_block& b = tcp_of(h.a).metrics.make(to_b);
  b.stamp = h.w->now();
  b.vals[TCP_METRIC_REORDERING] = 17;
  h.run(3601 * ns_per_sec);
  const auto c = connect_pair(h);
  EXPECT_EQ(tcp_sk(*c.client).reordering, 3u);
}

TEST(tcp_metrics, the_oldest_gives_way) {
  two_hosts h;
  tcp_metrics_table& t = tcp_of(h.a).metrics;
  constexpr u32 most = 16384 * 5;
  for (u32 i = 0; i < most; ++i) t.make({be32(i), here});
  t.touch(*t.find({be32(0u), here}), h.w->now());
  t.make({be32(most), here});
  EXPECT_EQ(t.all().size(), most);
  EXPECT_TRUE(t.find({be32(0u), here}));
  EXPECT_FALSE(t.find({be32(1u), here}));
}

// ---- signatures

void set_key(socket& s, be32 peer, std::string_view key, int expect = 0, u8 prefix = 32) {
  tcp_md5sig m{};
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = peer.raw();
  std::memcpy(&m.tcpm_addr, &a, sizeof a);
  m.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
  m.tcpm_prefixlen = prefix;
  m.tcpm_keylen = static_cast<u16>(key.size());
  std::memcpy(m.tcpm_key, key.data(), key.size());
  EXPECT_EQ(
      errno_of(sock_setsockopt(s, IPPROTO_TCP, TCP_MD5SIG_EXT, std::as_bytes(std::span(&m, 1)))),
      expect);
}

struct signed_pair {
  socket_ptr listener, client, server;
};
signed_pair connect_signed(two_hosts& h, std::string_view theirs, std::string_view ours) {
  signed_pair p;
  p.listener = listening(h.b, 80);
  if (!theirs.empty()) set_key(*p.listener, here, theirs, 0, 8);
  p.client = stream(h.a);
  if (!ours.empty()) set_key(*p.client, there, ours);
  EXPECT_EQ(errno_of(sock_connect(*p.client, sockaddr_of(there, 80), 0)), EINPROGRESS);
  h.run(200 * ns_per_ms);
  if (auto s = sock_accept(*p.listener, 0)) p.server = std::move(*s);
  return p;
}

TEST(tcp_md5, signed_both_ways) {
  two_hosts h({.delay = ns_per_ms, .loss = 50});
  auto p = connect_signed(h, "secret", "secret");
  for (int i = 0; i < 200 && !p.server; ++i) {
    h.run(50 * ns_per_ms);
    if (auto s = sock_accept(*p.listener, 0)) p.server = std::move(*s);
  }
  ASSERT_TRUE(p.server);
  EXPECT_TRUE(transfer(h, *p.client, *p.server, pattern(200000, 1)));
  EXPECT_TRUE(transfer(h, *p.server, *p.client, pattern(200000, 2)));
  // The child has the key for its peer alone, and without time stamps all segments have 20 bytes of options.
  ASSERT_TRUE(tcp_sk(*p.server).md5sig);
  EXPECT_EQ(tcp_sk(*p.server).md5sig->keys[0].prefixlen, 32);
  EXPECT_FALSE(tcp_sk(*p.client).rx_opt.tstamp_ok);
  EXPECT_EQ(h.ext(h.a, LINUX_MIB_TCPMD5FAILURE) + h.ext(h.b, LINUX_MIB_TCPMD5FAILURE), 0u);
  p.client.reset();
  h.run(100 * ns_per_ms);
  p.server.reset();
  h.run(10 * ns_per_sec);
  EXPECT_EQ(h.ext(h.a, LINUX_MIB_TCPMD5NOTFOUND) + h.ext(h.b, LINUX_MIB_TCPMD5NOTFOUND), 0u);
}

TEST(tcp_md5, only_who_knows_the_key) {
  struct {
    const char *theirs, *ours;
    int mib;
  } table[] = {{"secret", "", LINUX_MIB_TCPMD5NOTFOUND},
               {"", "secret", LINUX_MIB_TCPMD5UNEXPECTED},
               {"secret", "other", LINUX_MIB_TCPMD5FAILURE}};
  for (const auto& t : table) {
    two_hosts h;
    const auto p = connect_signed(h, t.theirs, t.ours);
    EXPECT_FALSE(p.server);
    EXPECT_EQ(tcp_sk(*p.client).state, TCP_SYN_SENT);
    EXPECT_EQ(h.ext(h.b, t.mib), 1u) << t.mib;
  }
}

TEST(tcp_md5, keys_come_and_go) {
  two_hosts h;
  auto s = stream(h.a);
  set_key(*s, there, "", ENOENT);
  set_key(*s, there, "one");
  set_key(*s, there, "two");  // in place of the first
  EXPECT_EQ(tcp_sk(*s).md5sig->keys.size(), 1u);
  set_key(*s, there, "wide", 0, 24);
  const tcp_md5sig_key* k = tcp_md5_do_lookup(tcp_sk(*s), 0, there);
  ASSERT_TRUE(k);
  EXPECT_EQ(k->prefixlen, 32);  // the longer one
  set_key(*s, there, "", 0);
  EXPECT_EQ(tcp_md5_do_lookup(tcp_sk(*s), 0, there)->prefixlen, 24);
  set_key(*s, there, "wide", EINVAL, 33);
}

// A connection whose one end has gone: the reset is signed by the key of who listens.
TEST(tcp_md5, resets_without_a_socket_are_signed) {
  two_hosts h;
  auto p = connect_signed(h, "secret", "secret");
  ASSERT_TRUE(p.server);
  tcp_sock& gone = tcp_sk(*p.server);
  gone.linger = true;  // a close that says nothing to a peer who cannot hear it
  gone.linger_time = 0;
  h.link->drop = [](const_bytes) { return true; };
  p.server.reset();
  h.run(10 * ns_per_ms);
  h.link->drop = nullptr;
  const auto data = pattern(10, 1);
  EXPECT_TRUE(sock_sendmsg(*p.client, {.name = {}, .data = data, .control = {}}, 0));
  h.run(ns_per_sec);
  EXPECT_EQ(tcp_sk(*p.client).state, TCP_CLOSE);
  EXPECT_EQ(h.ext(h.a, LINUX_MIB_TCPMD5NOTFOUND), 0u);
}

// ---- Fast Open from end to end

TEST(tcp_fastopen, cookie_then_data) {
  two_hosts h({.delay = 20 * ns_per_ms});
  ASSERT_TRUE(sysctl_write(h.b, "ipv4/tcp_fastopen", "2\n"));
  auto l = listening(h.b, 80);
  const int most = 5;
  EXPECT_EQ(
      errno_of(sock_setsockopt(*l, IPPROTO_TCP, TCP_FASTOPEN, std::as_bytes(std::span(&most, 1)))),
      0);
  const auto data = pattern(1000, 7);
  const auto to = sockaddr_of(there, 80);
  for (const bool known : {false, true}) {
    auto c = stream(h.a);
    const auto n = sock_sendmsg(*c, {.name = to, .data = data, .control = {}}, MSG_FASTOPEN);
    EXPECT_EQ(n ? static_cast<int>(*n) : -n.error().code, known ? 1000 : -EINPROGRESS);
    h.run(25 * ns_per_ms);  // the SYN is there, its answer is not here
    auto s = sock_accept(*l, 0);
    EXPECT_EQ(static_cast<bool>(s), known);
    if (known) {
      std::vector<std::byte> got(2000);
      msg_in in{.data = got};
      const auto r = sock_recvmsg(**s, in, 0);
      EXPECT_TRUE(r && *r == 1000);
      EXPECT_TRUE(std::equal(data.begin(), data.end(), got.begin()));
    }
    h.run(100 * ns_per_ms);
    if (!known) {
      EXPECT_TRUE(sock_accept(*l, 0));
    }
    c.reset();
    h.run(100 * ns_per_ms);
  }
  EXPECT_EQ(h.ext(h.a, LINUX_MIB_TCPFASTOPENACTIVE), 1u);
  EXPECT_EQ(h.ext(h.b, LINUX_MIB_TCPFASTOPENPASSIVE), 1u);
  EXPECT_EQ(h.ext(h.b, LINUX_MIB_TCPFASTOPENCOOKIEREQD), 1u);
}

// A listener that closes before the handshakes of those it accepted have ended.
TEST(tcp_fastopen, the_listener_goes_first) {
  two_hosts h({.delay = 20 * ns_per_ms});
  ASSERT_TRUE(sysctl_write(h.a, "ipv4/tcp_fastopen", "5\n"));
  ASSERT_TRUE(sysctl_write(h.b, "ipv4/tcp_fastopen", "1538\n"));  // 0x602
  auto l = listening(h.b, 80);
  const auto data = pattern(100, 7);
  std::vector<socket_ptr> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(stream(h.a));
    EXPECT_TRUE(sock_sendmsg(*clients.back(),
                             {.name = sockaddr_of(there, 80), .data = data, .control = {}},
                             MSG_FASTOPEN));
  }
  h.run(25 * ns_per_ms);
  auto s = sock_accept(*l, 0);
  ASSERT_TRUE(s);
  l.reset();
  h.run(ns_per_sec);
  EXPECT_EQ(tcp_sk(**s).state, TCP_ESTABLISHED);
  EXPECT_FALSE(tcp_sk(**s).fastopen_rsk);
}

}  // namespace
}  // namespace linnet::kit
