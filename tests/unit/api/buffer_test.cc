// Streams whose bytes are handed over instead of copied, mixed with calls that copy.
#include <sys/epoll.h>

#include <numeric>

#include "tests/unit/api/api_kit.hh"

namespace api_test {
namespace {

using linnet::buffer;

struct connection {
  explicit connection(two_hosts& h, std::uint16_t port = 80) {
    auto listener = linnet::tcp_listener(h.b, {.port = port}).value();
    near = linnet::tcp_connect(h.a, {"10.0.0.2", port}).value();
    h.w.poll();
    far = listener.accept().value();
  }
  std::optional<linnet::socket> near, far;
};

buffer filled(linnet::socket& s, std::string_view text) {
  buffer b = s.make_buffer(text.size()).value();
  std::memcpy(b.writable().data(), text.data(), text.size());
  return b;
}

linnet::result<std::size_t> hand(linnet::socket& s, buffer b, int flags = 0) {
  return s.send_buffer(b, flags);
}

std::string text_of(const buffer& b) {
  return {reinterpret_cast<const char*>(b.data().data()), b.size()};
}

// What recv_buffer finds, or the errno in brackets.
std::string taken(linnet::socket& s) {
  const auto b = s.recv_buffer();
  return b ? text_of(*b) : "[" + std::to_string(b.error().code) + "]";
}

TEST(api_buffer, the_same_memory_arrives) {
  two_hosts h;
  connection c(h);
  buffer b = filled(*c.near, "handed over");
  const std::byte* memory = b.data().data();
  EXPECT_EQ(c.near->send_buffer(b).value(), 11u);
  EXPECT_TRUE(b.empty());
  EXPECT_EQ(taken(*c.far), "[11]");
  h.w.poll();
  buffer got = c.far->recv_buffer().value();
  EXPECT_EQ(text_of(got), "handed over");
  EXPECT_EQ(got.data().data(), memory);
  EXPECT_EQ(got.writable().data(), memory) << "the sender has its acknowledgement";
  // And goes on to another connection as it is.
  connection next(h, 81);
  got.drop(7);
  got.trim(3);
  ASSERT_TRUE(next.near->send_buffer(got));
  h.w.poll();
  got = next.far->recv_buffer().value();
  EXPECT_EQ(text_of(got), "ove");
  EXPECT_EQ(got.data().data(), memory + 7);
}

TEST(api_buffer, mixed_with_copies_to_the_end) {
  two_hosts h;
  connection c(h);
  ASSERT_TRUE(c.near->send(bytes("one")));
  ASSERT_TRUE(hand(*c.near, filled(*c.near, "two"), MSG_MORE));
  ASSERT_TRUE(c.near->send(bytes("three")));
  h.w.poll();
  std::array<std::byte, 2> two;
  ASSERT_EQ(c.far->recv(two).value(), 2u);
  std::string all;
  for (int n = 0; n < 9; ++n) {
    const std::string piece = taken(*c.far);
    if (piece == "[11]") break;
    all += piece;
  }
  EXPECT_EQ(all, "etwothree");
  // With the end in the last packet.
  ASSERT_TRUE(hand(*c.near, filled(*c.near, "last"), MSG_MORE));
  ASSERT_TRUE(c.near->shutdown(SHUT_WR));
  h.w.poll();
  EXPECT_EQ(taken(*c.far), "last");
  EXPECT_EQ(taken(*c.far), "");
  EXPECT_EQ(taken(*c.far), "");
  EXPECT_EQ(hand(*c.near, filled(*c.near, "x")).error(), EPIPE);
}

TEST(api_buffer, an_urgent_byte_is_passed_over) {
  two_hosts h;
  connection c(h);
  ASSERT_TRUE(hand(*c.near, filled(*c.near, "before")));
  ASSERT_TRUE(c.near->send(bytes("!"), MSG_OOB));
  ASSERT_TRUE(hand(*c.near, filled(*c.near, "behind")));
  h.w.poll();
  EXPECT_EQ(taken(*c.far), "before");
  EXPECT_EQ(taken(*c.far), "behind");
  EXPECT_EQ(taken(*c.far), "[11]");
}

TEST(api_buffer, a_full_send_buffer_leaves_it_to_the_caller) {
  two_hosts h;
  connection c(h);
  ASSERT_TRUE(c.near->set_option(SOL_SOCKET, SO_SNDBUF, 50'000));
  std::size_t sent = 0;
  for (int n = 0; n < 100; ++n) {
    buffer b = c.near->make_buffer(20'000).value();
    std::ranges::fill(b.writable(), static_cast<std::byte>(n));
    const auto went = c.near->send_buffer(b);
    if (!went) {
      EXPECT_EQ(went.error(), EAGAIN);
      EXPECT_EQ(b.size(), 20'000u);
      break;
    }
    sent += *went;
  }
  ASSERT_LT(sent, 1'000'000u);
  std::size_t received = 0;
  for (int n = 0; n < 1000 && received < sent; ++n) {
    h.w.poll();
    while (true) {
      const auto b = c.far->recv_buffer();
      if (!b) break;
      for (const std::byte x : b->data()) ASSERT_EQ(x, std::byte(received++ / 20'000));
    }
  }
  EXPECT_EQ(received, sent);
  EXPECT_TRUE(c.near->poll() & EPOLLOUT);
}

TEST(api_buffer, as_much_as_goes_down_at_once) {
  two_hosts h;
  connection c(h);
  const std::size_t unit = c.near->make_buffer().value().size();
  EXPECT_EQ(unit % 1448, 0u);
  EXPECT_GT(unit, 20'000u);
  // A larger one arrives in pieces, in order.
  buffer b = c.near->make_buffer(buffer::max_size).value();
  std::uint32_t n = 0;
  for (std::byte& x : b.writable()) x = static_cast<std::byte>(n++ % 251);
  ASSERT_TRUE(c.near->send_buffer(b));
  n = 0;
  for (int rounds = 0; rounds < 100 && n < buffer::max_size; ++rounds) {
    h.w.poll();
    while (const auto got = c.far->recv_buffer())
      for (const std::byte x : got->data()) ASSERT_EQ(x, static_cast<std::byte>(n++ % 251));
  }
  EXPECT_EQ(n, buffer::max_size);
}

TEST(api_buffer, what_it_refuses) {
  two_hosts h, other;
  connection c(h), d(other);
  EXPECT_EQ(c.near->make_buffer(buffer::max_size + 1).error(), EMSGSIZE);
  buffer foreign = filled(*d.near, "of another world");
  EXPECT_EQ(c.near->send_buffer(foreign).error(), EXDEV);
  EXPECT_EQ(foreign.size(), 16u);
  EXPECT_EQ(hand(*c.near, filled(*c.near, "x"), MSG_OOB).error(), EOPNOTSUPP);
  EXPECT_EQ(c.near->recv_buffer(MSG_PEEK).error(), EOPNOTSUPP);
  EXPECT_EQ(hand(*c.near, buffer()).value(), 0u);
  auto udp = linnet::udp_socket(h.a).value();
  EXPECT_EQ(udp.make_buffer(10).error(), EOPNOTSUPP);
  EXPECT_EQ(udp.recv_buffer().error(), EOPNOTSUPP);
  EXPECT_EQ(hand(udp, filled(*c.near, "x")).error(), EOPNOTSUPP);
  auto alone = linnet::socket::open(h.a, AF_INET, SOCK_STREAM).value();
  EXPECT_EQ(hand(alone, filled(alone, "x")).error(), EPIPE);
  EXPECT_EQ(alone.recv_buffer().error(), ENOTCONN);
}

TEST(api_buffer, outlives_its_socket_and_its_world) {
  buffer kept;
  {
    two_hosts h;
    connection c(h);
    ASSERT_TRUE(hand(*c.near, filled(*c.near, "kept")));
    h.w.poll();
    kept = c.far->recv_buffer().value();
  }
  EXPECT_EQ(text_of(kept), "kept");
}

}  // namespace
}  // namespace api_test
