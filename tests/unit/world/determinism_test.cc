// The same seed gives the same run to the last event, alone or beside another world in the process.
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

// Two hosts and a router between them: pings and datagrams at random times, neighbours that expire, links that go
// down and up, routes that come and go. Everything random is drawn from the world's seed.
class scenario {
 public:
  static constexpr int steps = 60;

  explicit scenario(u64 seed) : w(boot_world({.virtual_time = true, .seed = seed})), draw(seed) {
    name_namespaces_by_inum(*w);
    r().c.trace = &rec;
    wire("r1", h1, "h1", ip4(10, 0, 1, 1), ip4(10, 0, 1, 2));
    wire("r2", h2, "h2", ip4(10, 0, 2, 1), ip4(10, 0, 2, 2));
    EXPECT_TRUE(add_route(h1, be32(), 0, ip4(10, 0, 1, 1)));
    EXPECT_TRUE(add_route(h2, be32(), 0, ip4(10, 0, 2, 1)));
    for (auto& [i, d] : r().dev_base) d->ip_ptr->cnf.set(IPV4_DEVCONF_FORWARDING, 1);
    ping = open_socket(h1, AF_INET, SOCK_RAW, IPPROTO_ICMP);
    for (net* n : {&h1, &h2}) udp.push_back(open_socket(*n, AF_INET, SOCK_DGRAM, 0));
  }
  ~scenario() {
    ping.reset();
    udp.clear();
    r().c.trace = nullptr;
  }
  void step() {
    switch (draw.next() % 8) {
      case 0: (void)set_up(r(), "r2", draw.next() % 4 != 0); break;
      case 1:
        (void)add_route(h1, ip4(10, 9, static_cast<u8>(draw.next()), 0), 24, ip4(10, 0, 1, 1));
        break;
      case 2: (void)send_to(*udp[0], ip4(10, 0, 2, 2), 4000, pattern(draw.next() % 3000)); break;
      case 3: (void)send_to(*udp[1], ip4(10, 0, 1, 2), 4000, pattern(draw.next() % 100)); break;
      case 4:
        (void)send_to(*udp[0], ip4(10, 0, 2, static_cast<u8>(draw.next())), 1, pattern(9));
        break;
      default:
        (void)send_to(*ping, ip4(10, 0, 2, 2), 0, icmp_message(ICMP_ECHO, 0, 1, pattern(56)));
        break;
    }
    world_run_for(*w, msecs(static_cast<s64>(draw.next() % 20000)));
    buffer b(4000);
    msg_in m{.data = b};
    while (sock_recvmsg(*ping, m, 0)) ++replies;
  }
  u64 run() {
    for (int i = 0; i < steps; ++i) step();
    return rec.hash;
  }

  int replies = 0;
  recorder rec;

 private:
  net& r() { return *w->init_net; }
  void wire(const char* a, net& other, const char* b, be32 a_addr, be32 b_addr) {
    EXPECT_TRUE(add_veth(r(), a, other, b));
    EXPECT_TRUE(set_up(r(), a) && set_up(other, b));
    EXPECT_TRUE(add_addr(r(), a, a_addr, 24) && add_addr(other, b, b_addr, 24));
  }
  std::unique_ptr<world> w;
  rng draw;
  net& h1 = net_create(*w, *w->cpus[0]);
  net& h2 = net_create(*w, *w->cpus[0]);
  socket_ptr ping;
  std::vector<socket_ptr> udp;
};

TEST(determinism, the_same_seed_gives_the_same_run) {
  scenario a(7), b(7);
  EXPECT_EQ(a.run(), b.run());
  EXPECT_EQ(a.rec.events.size(), b.rec.events.size());
  // The scenario does something: replies came, packets were dropped, neighbours failed and expired.
  EXPECT_GT(a.replies, 5);
  EXPECT_GT(a.rec.count(skb_drop_reason::NEIGH_FAILED), 0u);
  EXPECT_GT(a.rec.count(tp::neigh_update), 20u);
  EXPECT_GT(a.rec.count(tp::ip_forward), 20u);
}

TEST(determinism, another_seed_gives_another) { EXPECT_NE(scenario(7).run(), scenario(8).run()); }

TEST(determinism, worlds_do_not_touch_each_other) {
  const u64 alone7 = scenario(7).run(), alone8 = scenario(8).run();
  scenario a(7), b(8);
  for (int i = 0; i < scenario::steps; ++i) {
    a.step();
    b.step();
  }
  EXPECT_EQ(a.rec.hash, alone7);
  EXPECT_EQ(b.rec.hash, alone8);
}

}  // namespace
}  // namespace linnet::kit
