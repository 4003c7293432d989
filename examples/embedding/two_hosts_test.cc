// A test of a protocol of one's own, by two hosts on the virtual clock: the protocol here sends a request again each second
// until an answer comes. Seconds pass in no time, a lossy link loses the same packets in each run, and nothing on the host is touched.
#include <gtest/gtest.h>
#include <linnet/linnet.hh>

#include <sys/epoll.h>

using namespace std::chrono_literals;

namespace {

// What is tested: asks until it is answered.
class client {
 public:
  client(linnet::world& w, const linnet::net& n, linnet::endpoint server)
      : socket_(linnet::must(linnet::udp_socket(n))),
        server_(server),
        again_(w, [this] { ask(); }) {
    socket_.on_ready([this](std::uint32_t events) {
      if (events & EPOLLIN) take_answer();
    });
  }
  void ask() {
    ++requests;
    (void)socket_.send_to(std::as_bytes(std::span("what time is it?")), server_);
    again_.start(1s);
  }

  int requests = 0;
  std::string answer;

 private:
  void take_answer() {
    char text[100];
    const auto n = socket_.recv(std::as_writable_bytes(std::span(text)));
    if (!n) return;
    answer.assign(text, *n);
    again_.cancel();
  }

  linnet::socket socket_;
  linnet::endpoint server_;
  linnet::timer again_;
};

class protocol : public testing::Test {
 protected:
  protocol() {
    linnet::must(add_veth(a, "eth0", b, "eth0"));
    linnet::must(add_address(a, "eth0", linnet::ipv4_prefix("10.0.0.1/24")));
    linnet::must(add_address(b, "eth0", linnet::ipv4_prefix("10.0.0.2/24")));
    linnet::must(set_up(a, "eth0"));
    linnet::must(set_up(b, "eth0"));
    server.on_ready([this](std::uint32_t) {
      std::array<std::byte, 100> request;
      linnet::endpoint from;
      while (server.recv_from(request, from))
        (void)server.send_to(std::as_bytes(std::span("noon", 4)), from);
    });
  }

  linnet::world w{{.clock = linnet::clock_kind::virtual_time, .seed = 1, .record = 1 << 12}};
  linnet::net a = linnet::must(w.add_net("a")), b = linnet::must(w.add_net("b"));
  linnet::socket server = linnet::must(linnet::udp_socket(b, {.port = 37}));
};

TEST_F(protocol, is_answered_at_once) {
  client c(w, a, {"10.0.0.2", 37});
  c.ask();
  w.run_for(10s);
  EXPECT_EQ(c.answer, "noon");
  EXPECT_EQ(c.requests, 1);
}

TEST_F(protocol, asks_again_while_the_link_is_down) {
  linnet::must(set_link(b, "eth0", {.up = false}));
  client c(w, a, {"10.0.0.2", 37});
  c.ask();
  w.run_for(3500ms);
  EXPECT_EQ(c.answer, "");
  EXPECT_EQ(c.requests, 4);
  linnet::must(set_up(b, "eth0"));
  const auto before = w.now();
  EXPECT_TRUE(w.run_until([&] { return c.answer == "noon"; }, 10s)) << w.why();
  EXPECT_LE(w.now() - before, 1s);
}

TEST_F(protocol, knows_what_became_of_a_request) {
  client c(w, a, {"10.0.0.2", 38});  // nobody listens there
  c.ask();
  w.run_for(100ms);
  EXPECT_EQ(w.drops().at(0).reason, "NO_SOCKET") << w.why();
}

}  // namespace
