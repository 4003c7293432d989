// What waits in the queues of its own host: it is not sent again, and not more of it than may.
#include "net/ipv4/tcp_tsq.hh"

#include "tests/support/tcp_kit.hh"

namespace linnet::kit {
namespace {

// The first host's device keeps what it is given to send.
struct held_device {
  explicit held_device(two_hosts& h_) : h(h_), send(h.eth_a->on_send) {
    h.eth_a->on_send = [this](sk_buff_head&& list) { waiting.splice(std::move(list)); };
  }
  ~held_device() { let_go(); }
  void let_go() {
    h.eth_a->on_send = send;
    if (!waiting.empty()) send(std::move(waiting));
  }
  u64 bytes() const {
    u64 n = 0;
    for (const sk_buff* s = waiting.peek(); s; s = s->next) n += s->len();
    return n;
  }
  two_hosts& h;
  std::function<void(sk_buff_head&&)> send;
  sk_buff_head waiting;
};

size_t say(socket& s, const std::vector<std::byte>& data) {
  return sock_sendmsg(s, {.name = {}, .data = data, .control = {}}, MSG_DONTWAIT).value_or(0);
}

TEST(tcp_tsq, what_waits_below_is_not_sent_again) {
  two_hosts h({.delay = 5 * ns_per_ms});
  auto c = connect_pair(h);
  EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(20000, 1)));
  held_device held(h);
  EXPECT_EQ(say(*c.client, pattern(1000, 2)), 1000u);
  h.run(3 * ns_per_sec);
  EXPECT_EQ(held.waiting.qlen(), 1u);
  // The loss probe, and the timer for retransmission that then runs out again and again.
  EXPECT_GE(h.ext(h.a, LINUX_MIB_TCPSPURIOUS_RTX_HOSTQUEUES), 3u);
  EXPECT_EQ(h.tcp(h.a, TCP_MIB_RETRANSSEGS), 0u);
  held.let_go();
  EXPECT_TRUE(transfer(h, *c.client, *c.server, {}));
  h.run(ns_per_sec);
  EXPECT_EQ(tcp_sk(*c.client).packets_out, 0u);
}

TEST(tcp_tsq, what_was_lost_behind_the_queue_is) {
  two_hosts h({.delay = 5 * ns_per_ms});
  auto c = connect_pair(h);
  EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(20000, 1)));
  h.link->drop = [](const_bytes f) { return f.size() > 1000; };
  EXPECT_EQ(say(*c.client, pattern(1000, 2)), 1000u);
  h.run(ns_per_sec);
  EXPECT_EQ(h.ext(h.a, LINUX_MIB_TCPSPURIOUS_RTX_HOSTQUEUES), 0u);
  EXPECT_GE(h.tcp(h.a, TCP_MIB_RETRANSSEGS), 2u);
}

TEST(tcp_tsq, as_much_waits_as_may) {
  for (const u32 limit : {8000u, 100000u}) {
    two_hosts h({.delay = 5 * ns_per_ms});
    auto c = connect_pair(h);
    EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(2000000, 1)));
    tcp_of(h.a).settings.limit_output_bytes = limit;
    const tcp_sock& sk = tcp_sk(*c.client);
    EXPECT_GT(u64{sk.snd_cwnd} * sk.mss_cache, 200000u);
    held_device held(h);
    const auto data = pattern(150000, 3);
    const size_t sent = say(*c.client, data);
    h.run(10 * ns_per_ms);
    EXPECT_TRUE(sk.tsq_throttled);
    // Two pieces may always wait, and the last one may go beyond.
    EXPECT_GE(sk.wmem_alloc, static_cast<int>(limit));
    EXPECT_LE(held.bytes(), u64{limit} + u64{2} * 65536);
    EXPECT_LT(held.bytes(), sent);
    held.let_go();
    std::vector<std::byte> got;
    for (int i = 0; i < 1000 && got.size() < sent; ++i) {
      receive_some(*c.server, got, 1 << 16, way::copying);
      h.run(ns_per_ms);
    }
    EXPECT_EQ(got.size(), sent);
    EXPECT_EQ(h.tcp(h.a, TCP_MIB_RETRANSSEGS), 0u);
  }
}

// Small pieces are put together while one of them waits below, and go when it has left.
TEST(tcp_tsq, a_corked_piece_goes_when_the_queue_is_empty) {
  two_hosts h({.delay = 50 * ns_per_ms});
  auto c = connect_pair(h, 80, [](socket& s) {
    const int on = 1;
    EXPECT_TRUE(sock_setsockopt(s, IPPROTO_TCP, TCP_NODELAY, std::as_bytes(std::span(&on, 1))));
  });
  EXPECT_TRUE(transfer(h, *c.client, *c.server, pattern(20000, 1)));
  held_device held(h);
  // As long as they are less than what is below.
  EXPECT_EQ(say(*c.client, pattern(1000, 4)), 1000u);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(say(*c.client, pattern(100, 5)), 100u);
  EXPECT_EQ(held.waiting.qlen(), 1u);
  EXPECT_EQ(h.ext(h.a, LINUX_MIB_TCPAUTOCORKING), 1u);
  const auto at = h.w->now();
  held.let_go();
  h.run(ns_per_ms);
  EXPECT_EQ(tcp_sk(*c.client).write_queue.empty(), true);
  EXPECT_LE(h.w->now() - at, 2 * ns_per_ms);
  h.run(ns_per_sec);
  EXPECT_EQ(tcp_unread(tcp_sk(*c.server)), 1400u);
}

}  // namespace
}  // namespace linnet::kit
