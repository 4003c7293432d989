// What is said of TCP segments that are refused: signatures, a listener's full queue.
#include <linux/tcp.h>

#include "tests/unit/trace/trace_kit.hh"

namespace linnet::kit {
namespace {

const be32 client_addr = ip4(10, 0, 1, 2), server_addr = ip4(10, 0, 2, 2);

class explained_tcp : public traced_router {
 protected:
  socket_ptr listener(int backlog) {
    auto s = open_socket(h2, AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(errno_of(sock_bind(*s, sockaddr_of(be32(), 80))), 0);
    EXPECT_EQ(errno_of(sock_listen(*s, backlog)), 0);
    return s;
  }
  socket_ptr client() { return open_socket(h1, AF_INET, SOCK_STREAM, 0); }
  void connect(socket& s) {
    EXPECT_EQ(errno_of(sock_connect(s, sockaddr_of(server_addr, 80), 0)), EINPROGRESS);
    world_run_for(*w, msecs(500));
  }
  static void key(socket& s, be32 peer, std::string_view secret) {
    tcp_md5sig k{};
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = peer.raw();
    std::memcpy(&k.tcpm_addr, &a, sizeof a);
    k.tcpm_keylen = static_cast<u16>(secret.size());
    std::memcpy(k.tcpm_key, secret.data(), secret.size());
    EXPECT_EQ(errno_of(sock_setsockopt(s, IPPROTO_TCP, TCP_MD5SIG, bytes_of(k))), 0);
  }
  void expect(const std::string& reason, const std::string& sentence) {
    const ending e = last_trouble();
    EXPECT_EQ(e.where.substr(0, 7), "h2 eth0") << why();
    EXPECT_EQ(e.reason, reason) << why();
    EXPECT_EQ(e.why.sentence, sentence) << why();
  }
};

TEST_F(explained_tcp, a_signature_is_wanted) {
  auto l = listener(4), c = client();
  key(*l, client_addr, "secret");
  connect(*c);
  expect("TCP_MD5NOTFOUND",
         "the socket on port 80 of 10.0.2.2 wants segments from 10.0.1.2 to be signed (RFC 2385): "
         "this one is not");
  key(*c, server_addr, "secret");
  world_run_for(*w, secs(10));
  EXPECT_TRUE(sock_accept(*l, 0)) << "the key mends it";
}

TEST_F(explained_tcp, a_signature_that_nobody_has_a_key_for) {
  auto l = listener(4), c = client();
  key(*c, server_addr, "secret");
  connect(*c);
  expect("TCP_MD5UNEXPECTED",
         "it is signed (RFC 2385), but the socket on port 80 of 10.0.2.2 has no key for 10.0.1.2");
}

TEST_F(explained_tcp, a_signature_by_another_key) {
  auto l = listener(4), c = client();
  key(*l, client_addr, "secret");
  key(*c, server_addr, "Secret");
  connect(*c);
  expect("TCP_MD5FAILURE",
         "its signature (RFC 2385) does not fit the key that the socket on port 80 of 10.0.2.2 has "
         "for 10.0.1.2");
}

TEST_F(explained_tcp, a_queue_that_is_full) {
  set(h2, "net.ipv4.tcp_syncookies", "0");
  auto l = listener(1);
  std::vector<socket_ptr> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(client());
    connect(*all.back());
  }
  expect("TCP_LISTEN_FULL",
         "too many connections to the socket on port 80 of 10.0.2.2 wait to be accepted, or to be "
         "made");
  const explanation told = last_trouble().why;
  EXPECT_EQ(told.settings.at(0).name, "net.core.somaxconn");
  EXPECT_EQ(told.settings.at(0).value, "4096");
}

}  // namespace
}  // namespace linnet::kit
