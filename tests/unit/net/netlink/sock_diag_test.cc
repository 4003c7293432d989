// NETLINK_SOCK_DIAG from memory: dumps of many sockets over many pages, filters, one socket, ends of sockets.
#include "net/netlink/sock_diag.hh"

#include <gtest/gtest.h>

#include <set>

#include "net/ipv4/inet_diag.hh"
#include "net/ipv4/tcp.hh"
#include "net/socket.hh"
#include "tests/support/net_kit.hh"

namespace linnet {
namespace {

using kit::ip4;

struct answers final : netlink_reply {
  void on_reply(const_bytes d) override {
    ++datagrams;
    while (d.size() >= NLMSG_HDRLEN) {
      const auto& h = *reinterpret_cast<const nlmsghdr*>(d.data());
      if (h.nlmsg_type == NLMSG_DONE || h.nlmsg_type == NLMSG_ERROR) {
        int code;
        std::memcpy(&code, nlmsg_data(h), sizeof code);
        end = code;
      } else if (const auto* m = nlmsg_header<inet_diag_msg>(h)) {
        found.push_back(*m);
      }
      d = d.subspan(std::min<size_t>(NLMSG_ALIGN(size_t{h.nlmsg_len}), d.size()));
    }
  }
  std::vector<inet_diag_msg> found;
  int end = 1, datagrams = 0;
};

struct sock_diag : testing::Test {
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 7});
  net& n = *w->init_net;
  std::vector<socket_ptr> sockets;

  void SetUp() override { ASSERT_TRUE(kit::set_up(n, "lo")); }

  static sockaddr_in address(be32 a, u16 port) {
    return {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {a.raw()}, .sin_zero = {}};
  }
  socket& open(int type, int protocol = 0) {
    auto s = sock_create(n, {}, AF_INET, type, protocol);
    EXPECT_TRUE(s);
    sockets.push_back(std::move(*s));
    return *sockets.back();
  }
  socket& bound(int type, u16 port) {
    socket& s = open(type);
    const int on = 1;
    EXPECT_TRUE(sock_setsockopt(s, SOL_SOCKET, SO_REUSEADDR, std::as_bytes(std::span(&on, 1))));
    const auto a = address(ip4(127, 0, 0, 1), port);
    EXPECT_TRUE(sock_bind(s, std::as_bytes(std::span(&a, 1))));
    return s;
  }
  void connect(socket& s, u16 port) {
    const auto a = address(ip4(127, 0, 0, 1), port);
    (void)sock_connect(s, std::as_bytes(std::span(&a, 1)), 0);
    world_run_for(*w, 10 * ns_per_ms);
  }

  static inet_diag_req_v2 request(u8 protocol, u32 states = ~0u) {
    inet_diag_req_v2 r{};
    r.sdiag_family = AF_INET;
    r.sdiag_protocol = protocol;
    r.idiag_states = states;
    r.id.idiag_cookie[0] = r.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    return r;
  }
  answers ask(const inet_diag_req_v2& r, u16 flags = NLM_F_DUMP, u16 type = SOCK_DIAG_BY_FAMILY,
              const_bytes filter = {}, cred who = {}) {
    kit::message m(type, flags);
    m.head(r);
    if (!filter.empty()) m.attr(INET_DIAG_REQ_BYTECODE, filter.data(), filter.size());
    answers a;
    EXPECT_TRUE(netlink_request(n, m.bytes(), &a, who, NETLINK_SOCK_DIAG));
    return a;
  }
};

TEST_F(sock_diag, dumps_many_listeners_each_once) {
  for (u16 port = 1000; port < 1500; ++port) {
    ASSERT_TRUE(sock_listen(bound(SOCK_STREAM, port), 5));
  }
  const answers a = ask(request(IPPROTO_TCP));
  EXPECT_EQ(a.end, 0);
  EXPECT_GT(a.datagrams, 2);
  ASSERT_EQ(a.found.size(), 500u);
  for (size_t i = 0; i < 500; ++i) EXPECT_EQ(ntohs(a.found[i].id.idiag_sport), 1000 + i);
}

TEST_F(sock_diag, dumps_more_connections_than_names_at_a_time) {
  // What is left of connections stands for them: there are more than one round of names holds.
  tcp_table& t = tcp_of(n);
  std::vector<std::unique_ptr<tcp_timewait_sock>> left;
  for (u32 i = 0; i < 10000; ++i) {
    auto tw = std::make_unique<tcp_timewait_sock>(n);
    tw->laddr = ip4(10, 0, 0, 1);
    tw->raddr = be32(0x0a010000 + i / 100);
    tw->lport = static_cast<u16>(5000 + i % 7);
    tw->rport = static_cast<u16>(1000 + i % 100);
    tw->substate = TCP_TIME_WAIT;
    tcp_hash_insert(n, *tw);
    left.push_back(std::move(tw));
  }
  const answers a = ask(request(IPPROTO_TCP));
  EXPECT_EQ(a.end, 0);
  std::set<std::tuple<u16, u32, u16>> seen;
  for (const auto& m : a.found) seen.emplace(m.id.idiag_sport, m.id.idiag_dst[0], m.id.idiag_dport);
  EXPECT_EQ(a.found.size(), 10000u);
  EXPECT_EQ(seen.size(), 10000u);
  for (const auto& tw : left) t.ehash.erase(*tw);
}

TEST_F(sock_diag, a_connection_keeps_its_cookie_to_the_end) {
  socket& listener = bound(SOCK_STREAM, 5000);
  ASSERT_TRUE(sock_listen(listener, 5));
  connect(bound(SOCK_STREAM, 6000), 5000);
  auto accepted = sock_accept(listener, 0);
  ASSERT_TRUE(accepted);
  inet_diag_req_v2 r = request(IPPROTO_TCP);
  r.id.idiag_sport = htons(6000);
  const answers before = ask(r);
  ASSERT_EQ(before.found.size(), 1u);
  EXPECT_EQ(before.found[0].idiag_state, TCP_ESTABLISHED);
  sockets.pop_back();
  world_run_for(*w, 10 * ns_per_ms);
  accepted->reset();
  world_run_for(*w, 10 * ns_per_ms);
  const answers after = ask(r);
  ASSERT_EQ(after.found.size(), 1u);
  EXPECT_EQ(after.found[0].idiag_state, TCP_TIME_WAIT);
  EXPECT_EQ(after.found[0].idiag_timer, 3);
  EXPECT_EQ(after.found[0].id.idiag_cookie[0], before.found[0].id.idiag_cookie[0]);
}

TEST_F(sock_diag, filters_are_checked_and_run) {
  bound(SOCK_DGRAM, 7000);
  bound(SOCK_DGRAM, 7001);
  const inet_diag_bc_op take_7001[] = {{INET_DIAG_BC_S_EQ, 8, 12}, {0, 0, 7001}};
  const answers a = ask(request(IPPROTO_UDP), NLM_F_DUMP, SOCK_DIAG_BY_FAMILY,
                        std::as_bytes(std::span(take_7001)));
  ASSERT_EQ(a.found.size(), 1u);
  EXPECT_EQ(ntohs(a.found[0].id.idiag_sport), 7001);
  const inet_diag_bc_op into_itself[] = {{INET_DIAG_BC_S_EQ, 8, 4}, {0, 0, 7001}};
  EXPECT_EQ(ask(request(IPPROTO_UDP), NLM_F_DUMP, SOCK_DIAG_BY_FAMILY,
                std::as_bytes(std::span(into_itself)))
                .end,
            -EINVAL);
}

TEST_F(sock_diag, marks_are_for_administrators) {
  struct {
    inet_diag_bc_op op;
    inet_diag_markcond cond;
  } const marked = {{INET_DIAG_BC_MARK_COND, 12, 16}, {1, 1}};
  const auto program = std::as_bytes(std::span(&marked, 1));
  EXPECT_TRUE(inet_diag_bc_audit(program, true));
  EXPECT_EQ(inet_diag_bc_audit(program, false).error(), EPERM);
}

TEST_F(sock_diag, ends_who_may_be_ended) {
  socket& raw = open(SOCK_RAW, 89);
  inet_diag_req_v2 r = request(IPPROTO_RAW);
  r.pad = 89;  // sdiag_raw_protocol
  EXPECT_EQ(ask(r, NLM_F_ACK, SOCK_DESTROY, {}, {.net_admin = false}).end, -EPERM);
  EXPECT_EQ(raw.sk->sk_err, 0);
  EXPECT_EQ(ask(r, NLM_F_ACK, SOCK_DESTROY).end, 0);
  EXPECT_EQ(raw.sk->sk_err, ECONNABORTED);
  r.pad = 90;
  EXPECT_EQ(ask(r, NLM_F_ACK, SOCK_DESTROY).end, -ENOENT);
}

TEST_F(sock_diag, ends_a_request_and_its_listener) {
  socket& listener = bound(SOCK_STREAM, 5000);
  ASSERT_TRUE(sock_listen(listener, 5));
  connect(bound(SOCK_STREAM, 6000), 5000);
  inet_diag_req_v2 r = request(IPPROTO_TCP);
  r.id.idiag_sport = htons(5000);
  r.id.idiag_src[0] = ip4(127, 0, 0, 1).raw();
  EXPECT_EQ(ask(r, NLM_F_ACK, SOCK_DESTROY).end, 0);
  world_run_for(*w, 10 * ns_per_ms);
  EXPECT_EQ(listener.sk->state, TCP_CLOSE);
  EXPECT_EQ(sock_accept(listener, 0).error(), EINVAL);
  EXPECT_EQ(sockets.back()->sk->sk_err, ECONNRESET);  // who waited to be accepted
  EXPECT_TRUE(ask(request(IPPROTO_TCP)).found.empty());
}

TEST_F(sock_diag, counts_sockets_until_they_are_gone) {
  const u32 before = n.sock_inuse;
  open(SOCK_DGRAM);
  open(SOCK_STREAM);
  EXPECT_EQ(n.sock_inuse, before + 2);
  sockets.clear();
  world_run_for(*w, 10 * ns_per_ms);
  EXPECT_EQ(n.sock_inuse, before);
}

}  // namespace
}  // namespace linnet
