// One ping, h1 → r → h2 and back, as the tracepoints saw it. ARCHITECTURE.md ("One ping, walked") tells the same
// story in words; whoever changes the one changes the other.
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

// Namespaces h1 (10.0.1.2), r (10.0.1.1, 10.0.2.1) and h2 (10.0.2.2), joined by veths.
class path : public ::testing::Test {
 protected:
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1});
  net& r = *w->init_net;
  net& h1 = net_create(*w, *w->cpus[0]);
  net& h2 = net_create(*w, *w->cpus[0]);
  recorder rec;
  const be32 to = ip4(10, 0, 2, 2);

  path() {
    name_namespaces_by_inum(*w);
    wire(r, "r1", h1, "h1", ip4(10, 0, 1, 1), ip4(10, 0, 1, 2));
    wire(r, "r2", h2, "h2", ip4(10, 0, 2, 1), ip4(10, 0, 2, 2));
    EXPECT_TRUE(add_route(h1, be32(), 0, ip4(10, 0, 1, 1)));
    EXPECT_TRUE(add_route(h2, be32(), 0, ip4(10, 0, 2, 1)));
    for (auto& [i, d] : r.dev_base) d->ip_ptr->cnf.set(IPV4_DEVCONF_FORWARDING, 1);
    world_run_for(*w, secs(1));
  }
  static void wire(net& a, const char* a_dev, net& b, const char* b_dev, be32 a_addr, be32 b_addr) {
    EXPECT_TRUE(add_veth(a, a_dev, b, b_dev));
    EXPECT_TRUE(set_up(a, a_dev) && set_up(b, b_dev));
    EXPECT_TRUE(add_addr(a, a_dev, a_addr, 24) && add_addr(b, b_dev, b_addr, 24));
  }
  void ping(socket& s) {
    const cpu& c = h1.c;
    EXPECT_TRUE(send_to(s, to, 0, icmp_message(ICMP_ECHO, 0, 0x00070001, pattern(56))));
    world_run_for(*w, msecs(10));
    buffer b(200);
    msg_in m{.data = b};
    auto got = sock_recvmsg(s, m, 0);
    EXPECT_TRUE(got && *got == 84) << "no reply";
    EXPECT_EQ(c.skbs_live, 0u);
  }
  const char* host(const trace_event& e) const {
    return e.net_inum == h1.inum   ? "h1"
           : e.net_inum == h2.inum ? "h2"
           : e.net_inum == r.inum  ? "r"
                                   : "?";
  }
  // The steps of one packet, each with the namespace where it is taken.
  std::vector<std::string> steps(u64 id) const {
    std::vector<std::string> v;
    for (const trace_event& e : rec.events) {
      if (e.skb_id == id)
        v.push_back(std::string(host(e)) + " " + std::string(tracepoint_name(e.point)));
    }
    return v;
  }
  u64 first_id(tp point) const {
    for (const trace_event& e : rec.events) {
      if (e.point == point) return e.skb_id;
    }
    return 0;
  }
};

using steps_t = std::vector<std::string>;

TEST_F(path, of_a_ping_that_knows_its_neighbours) {
  auto s = open_socket(h1, AF_INET, SOCK_RAW, IPPROTO_ICMP);
  ping(*s);  // resolves
  r.c.trace = &rec;
  ping(*s);
  r.c.trace = nullptr;
  const steps_t request = {
      "h1 ip_output",
      "h1 ip_finish_output",
      "h1 neigh_connected_output",
      "h1 dev_queue_xmit",
      "h1 dev_hard_start_xmit",
      "r netif_rx",
      "r netif_receive_skb",
      "r ip_rcv",
      "r ip_route_input",
      "r ip_forward",
      "r ip_output",
      "r ip_finish_output",
      "r neigh_connected_output",
      "r dev_queue_xmit",
      "r dev_hard_start_xmit",
      "h2 netif_rx",
      "h2 netif_receive_skb",
      "h2 ip_rcv",
      "h2 ip_route_input",
      "h2 ip_local_deliver",
      "h2 icmp_rcv",
      "h2 consume_skb",
  };
  EXPECT_EQ(steps(first_id(tp::ip_output)), request);
  // The reply. That way the neighbours are only known by their own requests, not confirmed: resolve_output. On h1 the
  // socket has a clone, which is consumed when it is read; the protocol consumes the packet itself.
  const steps_t reply = {
      "h2 icmp_send",
      "h2 ip_output",
      "h2 ip_finish_output",
      "h2 neigh_resolve_output",
      "h2 dev_queue_xmit",
      "h2 dev_hard_start_xmit",
      "r netif_rx",
      "r netif_receive_skb",
      "r ip_rcv",
      "r ip_route_input",
      "r ip_forward",
      "r ip_output",
      "r ip_finish_output",
      "r neigh_resolve_output",
      "r dev_queue_xmit",
      "r dev_hard_start_xmit",
      "h1 netif_rx",
      "h1 netif_receive_skb",
      "h1 ip_rcv",
      "h1 ip_route_input",
      "h1 ip_local_deliver",
      "h1 raw_rcv",
      "h1 sock_queue_rcv_skb",
      "h1 icmp_rcv",
      "h1 ping_rcv",
      "h1 consume_skb",
      "h1 consume_skb",
  };
  EXPECT_EQ(steps(first_id(tp::icmp_send)), reply);
}

TEST_F(path, of_the_first_ping_waits_for_neighbours) {
  auto s = open_socket(h1, AF_INET, SOCK_RAW, IPPROTO_ICMP);
  r.c.trace = &rec;
  ping(*s);
  r.c.trace = nullptr;
  // It passes the neighbour's output twice: before it waits, and once there is an answer.
  const steps_t request = {
      "h1 ip_output",
      "h1 ip_finish_output",
      "h1 neigh_resolve_output",
      "h1 neigh_resolve_output",
      "h1 dev_queue_xmit",
      "h1 dev_hard_start_xmit",
      "r netif_rx",
      "r netif_receive_skb",
      "r ip_rcv",
      "r ip_route_input",
      "r ip_forward",
      "r ip_output",
      "r ip_finish_output",
      "r neigh_resolve_output",
      "r neigh_resolve_output",
      "r dev_queue_xmit",
      "r dev_hard_start_xmit",
      "h2 netif_rx",
      "h2 netif_receive_skb",
      "h2 ip_rcv",
      "h2 ip_route_input",
      "h2 ip_local_deliver",
      "h2 icmp_rcv",
      "h2 consume_skb",
  };
  EXPECT_EQ(steps(first_id(tp::ip_output)), request);
  const steps_t solicitation = {
      "h1 arp_send",         "h1 dev_queue_xmit", "h1 dev_hard_start_xmit", "r netif_rx",
      "r netif_receive_skb", "r arp_rcv",         "r arp_process",          "r consume_skb",
  };
  EXPECT_EQ(steps(first_id(tp::arp_rcv)), solicitation);
}

}  // namespace
}  // namespace linnet::kit
