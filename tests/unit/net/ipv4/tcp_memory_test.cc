// What TCP's buffers take: small packets in a full buffer are put together, memory is bounded for all sockets of a world, and
// what is read is what was written in any case.
#include "net/ipv4/tcp_memory.hh"

#include <linux/tcp.h>

#include "tests/support/tcp_kit.hh"

namespace linnet::kit {
namespace {

size_t send_pieces(two_hosts& h, socket& to, const_bytes data, size_t piece, ktime apart) {
  size_t sent = 0;
  while (sent < data.size()) {
    const auto part = data.subspan(sent, std::min(piece, data.size() - sent));
    const auto n = sock_sendmsg(to, {.name = {}, .data = part, .control = {}}, MSG_DONTWAIT);
    if (!n) break;
    sent += *n;
    h.run(apart);
  }
  return sent;
}

std::vector<std::byte> read_all(two_hosts& h, socket& from, size_t wanted) {
  std::vector<std::byte> got(wanted);
  size_t n_got = 0;
  for (int i = 0; i < 20000 && n_got < wanted; ++i) {
    msg_in m{.data = bytes(got).subspan(n_got)};
    if (const auto n = sock_recvmsg(from, m, MSG_DONTWAIT)) n_got += *n;
    h.run(ns_per_ms);
  }
  got.resize(n_got);
  return got;
}

void set_int(socket& s, int level, int name, int v) {
  EXPECT_TRUE(sock_setsockopt(s, level, name, std::as_bytes(std::span(&v, 1))));
}

TEST(tcp_memory, small_packets_are_put_together) {
  two_hosts h;
  auto c = connect_pair(h);
  set_int(*c.server, SOL_SOCKET, SO_RCVBUF, 2304);
  set_int(*c.client, IPPROTO_TCP, TCP_NODELAY, 1);
  const auto data = pattern(30000, 5);
  const size_t sent = send_pieces(h, *c.client, data, 40, 2 * ns_per_ms);
  EXPECT_GT(h.ext(h.b, LINUX_MIB_PRUNECALLED), 0u);
  EXPECT_GT(h.ext(h.b, LINUX_MIB_TCPRCVCOLLAPSED), 0u);
  EXPECT_LT(sent, data.size());
  EXPECT_TRUE(std::ranges::equal(read_all(h, *c.server, sent), const_bytes(data).first(sent)));
  EXPECT_EQ(tcp_sk(*c.server).rmem_alloc, 0);
}

TEST(tcp_memory, small_packets_behind_a_hole_are_put_together) {
  two_hosts h({.loss = 60}, 11);
  auto c = connect_pair(h);
  set_int(*c.server, SOL_SOCKET, SO_RCVBUF, 6000);
  set_int(*c.client, IPPROTO_TCP, TCP_NODELAY, 1);
  const auto data = pattern(60000, 6);
  size_t sent = 0;
  std::vector<std::byte> got;
  for (int i = 0; i < 400 && got.size() < data.size(); ++i) {
    sent += send_pieces(h, *c.client, const_bytes(data).subspan(sent), 40, ns_per_us);
    h.run(50 * ns_per_ms);
    const auto more = read_all(h, *c.server, std::min<size_t>(sent - got.size(), 4000));
    got.insert(got.end(), more.begin(), more.end());
  }
  EXPECT_EQ(got, data);
  EXPECT_GT(h.ext(h.b, LINUX_MIB_TCPRCVCOLLAPSED), 0u);
}

// Three limits: below the first all is granted, above the second there is pressure until the first is reached again, nobody
// gets more than the third.
TEST(tcp_memory, pressure_comes_and_goes) {
  two_hosts h;
  tcp_memory& m = tcp_memory_of(h.a);
  EXPECT_EQ(&m, &tcp_memory_of(h.b));  // the world's
  m.limits = {300, 400, 900};
  std::vector<connection> all;
  const auto data = pattern(4 << 20, 7);
  std::vector<size_t> sent;
  for (u16 i = 0; i < 40; ++i) {
    all.push_back(connect_pair(h, static_cast<u16>(1000 + i)));
    sent.push_back(send_pieces(h, *all.back().client, data, 65536, ns_per_ms));
  }
  h.run(ns_per_sec);
  EXPECT_TRUE(m.under_pressure());
  EXPECT_EQ(h.ext(h.a, LINUX_MIB_TCPMEMORYPRESSURES) + h.ext(h.b, LINUX_MIB_TCPMEMORYPRESSURES),
            1u);
  EXPECT_GT(m.allocated, m.limits[1]);
  EXPECT_LT(m.allocated, m.limits[2] + 300);  // what is not counted yet
  // While there is pressure, those who have little go on.
  for (size_t i = 0; i < all.size(); ++i) {
    const auto got = read_all(h, *all[i].server, sent[i]);
    EXPECT_TRUE(std::ranges::equal(got, const_bytes(data).first(sent[i])));
  }
  EXPECT_FALSE(m.under_pressure());
  EXPECT_GT(h.ext(h.a, LINUX_MIB_TCPMEMORYPRESSURESCHRONO) +
                h.ext(h.b, LINUX_MIB_TCPMEMORYPRESSURESCHRONO),
            0u);
  all.clear();
  h.run(ns_per_sec);
  EXPECT_EQ(m.allocated + m.reserve, 0);
}

TEST(tcp_memory, forward_alloc_is_the_rest_of_a_page) {
  two_hosts h;
  auto c = connect_pair(h);
  const auto data = pattern(100, 8);
  EXPECT_EQ(send_pieces(h, *c.client, data, 100, 100 * ns_per_ms), data.size());
  const tcp_sock& sk = tcp_sk(*c.server);
  EXPECT_GT(sk.rmem_alloc, 0);
  EXPECT_EQ((sk.rmem_alloc + sk.forward_alloc()) % 4096, 0);
  EXPECT_LT(sk.forward_alloc(), 4096);
}

}  // namespace
}  // namespace linnet::kit
