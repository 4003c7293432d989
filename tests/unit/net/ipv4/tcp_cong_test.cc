// Congestion control over a bottleneck on the virtual clock: how much of it is used, how much waits at it, who chooses.
#include "net/ipv4/tcp_cong.hh"

#include <linux/inet_diag.h>
#include <linux/tcp.h>

#include "tests/support/tcp_kit.hh"

namespace linnet::kit {
namespace {

constexpr u64 ten_mbit = 1'250'000;

status choose(socket& s, std::string_view name) {
  return sock_setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, std::as_bytes(std::span(name)));
}

std::string chosen(socket& s) {
  std::array<std::byte, 16> name{};
  EXPECT_TRUE(sock_getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, name));
  return reinterpret_cast<const char*>(name.data());
}

// Bytes that arrive within `t` of a sender that always has more.
size_t flood(two_hosts& h, socket& from, socket& to, ktime t) {
  const std::vector<std::byte> data(1 << 16);
  std::vector<std::byte> room(1 << 20);
  size_t got = 0;
  for (ktime end = h.w->now() + t; h.w->now() < end; h.run(ns_per_ms)) {
    while (sock_sendmsg(from, {.name = {}, .data = data, .control = {}}, MSG_DONTWAIT)) continue;
    for (msg_in m{.data = room};;) {
      const auto n = sock_recvmsg(to, m, MSG_DONTWAIT);
      if (!n || !*n) break;
      got += *n;
    }
  }
  return got;
}

struct path {
  explicit path(link_faults f, std::string_view algorithm) : h(f) {
    auto l = listening(h.b, 80);
    client = stream(h.a);
    EXPECT_TRUE(choose(*client, algorithm));
    EXPECT_TRUE(choose(*l, algorithm));  // DCTCP is for both ends
    EXPECT_EQ(errno_of(sock_connect(*client, sockaddr_of(there, 80), 0)), EINPROGRESS);
    h.run(ns_per_sec);
    server = std::move(*sock_accept(*l, 0));
  }
  double share(ktime t) {
    const double bytes = static_cast<double>(flood(h, *client, *server, t));
    return bytes / static_cast<double>(ten_mbit) / static_cast<double>(t / ns_per_sec);
  }
  tcp_sock& sk() { return tcp_sk(*client); }
  tcp_cc_info info() {
    tcp_cc_info i{};
    EXPECT_TRUE(sock_getsockopt(*client, IPPROTO_TCP, TCP_CC_INFO,
                                std::as_writable_bytes(std::span(&i, 1))));
    return i;
  }

  two_hosts h;
  socket_ptr client, server;
};

link_faults bottleneck(u32 loss = 0) {
  return {.delay = 20 * ns_per_ms, .loss = loss, .rate = ten_mbit, .queue = 100};
}

TEST(tcp_cong, bbr_uses_a_path_that_loses_without_a_reason) {
  path bbr(bottleneck(20), "bbr"), reno(bottleneck(20), "reno");
  EXPECT_GT(bbr.share(20 * ns_per_sec), 0.75);
  EXPECT_LT(reno.share(20 * ns_per_sec), 0.4);
}

TEST(tcp_cong, bbr_finds_rate_and_round_trip_and_leaves_the_queue_empty) {
  path p(bottleneck(), "bbr");
  EXPECT_GT(p.share(12 * ns_per_sec), 0.85);  // with a probe for the round trip
  EXPECT_EQ(p.h.link->lost, 0u);
  const tcp_cc_info i = p.info();
  EXPECT_NEAR(i.bbr.bbr_bw_lo, ten_mbit, ten_mbit / 10);
  EXPECT_NEAR(i.bbr.bbr_min_rtt, 41'000, 3'000);
  // A tenth of a second's worth of packets would be 82; twice the pipe is 68.
  EXPECT_LT(tcp_packets_in_flight(p.sk()), 80u);
}

TEST(tcp_cong, cubic_fills_the_queue_and_loses) {
  path p(bottleneck(), "cubic");
  EXPECT_GT(p.share(12 * ns_per_sec), 0.85);
  EXPECT_GT(p.h.link->lost, 0u);
}

TEST(tcp_cong, dctcp_stays_near_the_mark) {
  link_faults f = bottleneck();
  f.mark = 10;
  path p(f, "dctcp");
  EXPECT_GT(p.share(5 * ns_per_sec), 0.9);
  EXPECT_EQ(p.h.link->lost, 0u);
  EXPECT_GT(p.h.link->marked, 0u);
  const tcp_cc_info i = p.info();
  EXPECT_EQ(i.dctcp.dctcp_enabled, 1);
  EXPECT_LT(i.dctcp.dctcp_alpha, 512u);
  // The pipe holds 34; what is beyond it waits.
  EXPECT_LT(tcp_packets_in_flight(p.sk()), 34u + 30u);
}

TEST(tcp_cong, a_largest_rate_is_kept) {
  two_hosts h;
  auto c = connect_pair(h);
  const u64 rate = 100'000;
  ASSERT_TRUE(sock_setsockopt(*c.client, SOL_SOCKET, SO_MAX_PACING_RATE,
                              std::as_bytes(std::span(&rate, 1))));
  const double got = static_cast<double>(flood(h, *c.client, *c.server, 10 * ns_per_sec));
  EXPECT_NEAR(got, 1'000'000, 60'000);
}

TEST(tcp_cong, algorithms_come_when_they_are_asked_for) {
  two_hosts h;
  EXPECT_EQ(tcp_get_available_congestion_control(h.b), "reno cubic");
  auto s = stream(h.b);
  EXPECT_EQ(chosen(*s), "cubic");
  EXPECT_EQ(errno_of(choose(*s, "nosuch")), ENOENT);
  EXPECT_EQ(errno_of(choose(*s, "dctcp")), 0);
  EXPECT_EQ(tcp_get_available_congestion_control(h.a), "reno cubic dctcp");
  EXPECT_EQ(tcp_get_allowed_congestion_control(h.a), "reno cubic");
  EXPECT_EQ(errno_of(tcp_set_default_congestion_control(h.b, "dctcp")), EPERM);
  EXPECT_EQ(errno_of(tcp_set_default_congestion_control(h.a, "dctcp")), 0);
  EXPECT_EQ(tcp_get_allowed_congestion_control(h.b), "reno cubic dctcp");
  EXPECT_EQ(chosen(*stream(h.b)), "cubic");
  EXPECT_EQ(chosen(*stream(net_create(*h.w, *h.w->cpus[0]))), "dctcp");
}

}  // namespace
}  // namespace linnet::kit
