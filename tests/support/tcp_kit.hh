// Two hosts on a link that may be bad, and TCP between them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "net/ipv4/tcp.hh"
#include "tests/support/link_kit.hh"
#include "tests/support/wire_kit.hh"

namespace linnet::kit {

inline const be32 here = ip4(10, 0, 0, 1), there = ip4(10, 0, 0, 2);

struct two_hosts {
  explicit two_hosts(link_faults f = {}, u64 seed = 7)
      : w(boot_world({.virtual_time = true, .seed = seed})),
        a(*w->init_net),
        b(net_create(*w, *w->cpus[0])) {
    net_get_user(b);
    eth_a = memory_device::add(a, "eth0", 1);
    eth_b = memory_device::add(b, "eth0", 2);
    link = std::make_unique<faulty_link>(*eth_a, *eth_b, f);
    for (net* n : {&a, &b}) {
      EXPECT_TRUE(set_up(*n, "lo"));
      EXPECT_TRUE(set_up(*n, "eth0"));
    }
    EXPECT_TRUE(add_addr(a, "eth0", here, 24));
    EXPECT_TRUE(add_addr(b, "eth0", there, 24));
    EXPECT_TRUE(add_neigh(a, "eth0", there, {2, 0, 0, 0, 0, 2}));
    EXPECT_TRUE(add_neigh(b, "eth0", here, {2, 0, 0, 0, 0, 1}));
    run(10 * ns_per_ms);
  }
  void run(ktime t) { world_run_for(*w, t); }
  u64 ext(net& n, int mib) { return ipv4_of(n).mib.net[static_cast<size_t>(mib)]; }
  u64 tcp(net& n, int mib) { return ipv4_of(n).mib.tcp[static_cast<size_t>(mib)]; }

  std::unique_ptr<world> w;
  net &a, &b;
  ref<memory_device> eth_a, eth_b;
  std::unique_ptr<faulty_link> link;
};

inline socket_ptr stream(net& n) { return open_socket(n, AF_INET, SOCK_STREAM, 0); }

inline socket_ptr listening(net& n, u16 port, int backlog = 8) {
  auto s = stream(n);
  EXPECT_EQ(errno_of(sock_bind(*s, sockaddr_of(be32(), port))), 0);
  EXPECT_EQ(errno_of(sock_listen(*s, backlog)), 0);
  return s;
}

struct connection {
  socket_ptr client, server;
};

inline connection connect_pair(two_hosts& h, u16 port = 80,
                               const std::function<void(socket&)>& prepare = {}) {
  connection c;
  auto l = listening(h.b, port);
  c.client = stream(h.a);
  if (prepare) {
    prepare(*l);
    prepare(*c.client);
  }
  EXPECT_EQ(errno_of(sock_connect(*c.client, sockaddr_of(there, port), 0)), EINPROGRESS);
  for (int i = 0; i < 400 && !c.server; ++i) {
    h.run(50 * ns_per_ms);
    if (auto s = sock_accept(*l, 0)) c.server = std::move(*s);
  }
  EXPECT_TRUE(c.server);
  EXPECT_EQ(tcp_sk(*c.client).state, TCP_ESTABLISHED);
  return c;
}

inline std::vector<std::byte> pattern(size_t n, u64 seed) {
  rng r(seed);
  std::vector<std::byte> v(n);
  for (auto& x : v) x = static_cast<std::byte>(r.next());
  return v;
}

enum class way : u8 { copying, handing_over };

// Sends what it can of the data, by calls of either kind: how much, or EAGAIN.
inline result<size_t> send_some(socket& to, const_bytes data, way w) {
  if (w == way::copying)
    return sock_sendmsg(to, {.name = {}, .data = data, .control = {}}, MSG_DONTWAIT);
  const auto n = static_cast<u32>(std::min<size_t>(data.size(), *sock_send_unit(to)));
  auto p = sock_alloc_skb(to, n);
  if (!p) return std::unexpected(p.error());
  skb_put_data(**p, data.first(n));
  const auto sent = sock_send_skb(to, *p, MSG_DONTWAIT);
  consume_skb(std::move(*p));
  return sent;
}

// Appends what there is; how much.
inline size_t receive_some(socket& from, std::vector<std::byte>& got, size_t per_read, way w) {
  const size_t before = got.size();
  if (w == way::copying) {
    got.resize(before + per_read);
    msg_in m{.data = bytes(got).subspan(before)};
    got.resize(before + sock_recvmsg(from, m, MSG_DONTWAIT).value_or(0));
  } else if (auto p = sock_recv_skb(from, MSG_DONTWAIT); p && *p) {
    const const_bytes data = std::as_const(**p).payload();
    got.insert(got.end(), data.begin(), data.end());
    consume_skb(std::move(*p));
  }
  return got.size() - before;
}

// Moves bytes one way, as fast as both ends take them; false when the connection gives up, or nothing moves for longer than
// that would take.
inline bool transfer(two_hosts& h, socket& from, socket& to, const_bytes data,
                     size_t per_read = 1 << 16, way w = way::copying, ktime step = ns_per_ms) {
  std::vector<std::byte> got;
  size_t sent = 0;
  ktime idle = 0;
  while (got.size() < data.size()) {
    size_t moved = 0;
    while (sent < data.size()) {
      const auto n = send_some(from, data.subspan(sent), w);
      if (!n) {
        if (n.error().code == ETIMEDOUT) return false;
        EXPECT_EQ(n.error().code, EAGAIN);
        if (n.error().code != EAGAIN) return false;
        break;
      }
      sent += *n;
      moved += *n;
    }
    while (const size_t n = receive_some(to, got, per_read, w)) moved += n;
    idle = moved ? 0 : idle + step;
    if (idle > 2000 * ns_per_sec) return false;
    h.run(step);
  }
  return std::ranges::equal(got, data);
}

// 0: the peer's end of the stream; else the errno.
inline int read_one(socket& s) {
  std::byte b;
  msg_in m{.data = {&b, 1}};
  const auto n = sock_recvmsg(s, m, MSG_DONTWAIT);
  return n ? (*n ? -1 : 0) : n.error().code;
}

}  // namespace linnet::kit
