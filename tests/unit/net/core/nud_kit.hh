// What the neighbour tests share: a node 10.0.0.1, its peer 10.0.0.2 with two link-layer addresses A and B to
// claim, events by name, and what was sent and told as text.
#pragma once

#include <sstream>

#include "net/core/neighbour.hh"
#include "tests/support/wire_kit.hh"

namespace linnet::kit {

inline const be32 us = ip4(10, 0, 0, 1), peer = ip4(10, 0, 0, 2);
inline constexpr mac_addr A = mac(0xa), B = mac(0xb);

class nud : public wire_node {
 protected:
  memory_device& eth0 = add_device(us, 24);
  neigh_table& tbl = *ipv4_of(n).arp_tbl;
  neigh_parms& parms = *eth0.ip_ptr->arp_parms;
  socket_ptr udp = open_socket(n, AF_INET, SOCK_DGRAM, 0);
  socket_ptr listener = open_socket(n, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  std::vector<std::string> frames;

  nud() {
    EXPECT_TRUE(set_up(n, "lo"));
    sockaddr_nl nl{};
    nl.nl_family = AF_NETLINK;
    nl.nl_groups = 1 << (RTNLGRP_NEIGH - 1);
    EXPECT_TRUE(sock_bind(*listener, bytes_of(nl)));
    parms.reachable_time = secs(30);  // else drawn at random around it
    settle();
  }
  void TearDown() override {
    udp.reset();
    listener.reset();
    wire_node::TearDown();
  }

  static const_bytes key(const be32& a) { return std::as_bytes(std::span(&a, 1)); }
  neighbour* entry(be32 a = peer) { return neigh_lookup_noref(tbl, key(a), eth0); }
  void use() { EXPECT_TRUE(send_to(*udp, peer, 9, pattern(10))); }
  void arp_in(const arp_args& a, const mac_addr& to) {
    eth0.receive(ether(to, a.sha, ETH_P_ARP, arp_packet(a)));
    world_poll(*w);
  }
  status admin(u16 state, const mac_addr* lladdr, u16 nlflags, u8 ntf = 0) {
    message m(RTM_NEWNEIGH, static_cast<u16>(nlflags | NLM_F_CREATE | NLM_F_ACK));
    ndmsg d{};
    d.ndm_family = AF_INET;
    d.ndm_ifindex = eth0.ifindex;
    d.ndm_state = state;
    d.ndm_flags = ntf;
    m.head(d).addr(NDA_DST, peer);
    if (lladdr) m.attr(NDA_LLADDR, lladdr->data(), 6);
    return netlink_talk(n, m.bytes());
  }
  status admin_del() {
    message m(RTM_DELNEIGH, NLM_F_ACK);
    ndmsg d{};
    d.ndm_family = AF_INET;
    d.ndm_ifindex = eth0.ifindex;
    m.head(d).addr(NDA_DST, peer);
    return netlink_talk(n, m.bytes());
  }
  void enter(std::string_view state);
  void happen(const std::string& event);
  std::string sent_text();
  std::string told_text();
};

inline void nud::enter(std::string_view state) {
  if (state == "none") return;
  if (state == "NONE") {
    ASSERT_TRUE(neigh_create(tbl, key(peer), eth0));
  } else if (state == "INCOMPLETE") {
    use();
  } else if (state == "FAILED") {
    use();
    run(secs(3));
  } else if (state == "REACHABLE") {
    ASSERT_TRUE(admin(NUD_REACHABLE, &A, 0));
  } else if (state == "NOARP") {
    ASSERT_TRUE(admin(NUD_NOARP, &A, 0));
  } else if (state == "PERMANENT") {
    ASSERT_TRUE(admin(NUD_PERMANENT, &A, 0));
  } else {
    ASSERT_TRUE(admin(NUD_STALE, &A, 0));
    if (state != "STALE") use();
    if (state == "PROBE") run(secs(5));
  }
  ASSERT_EQ(nud_name(entry()->nud_state), state);
}

inline void nud::happen(const std::string& event) {
  std::istringstream in(event);
  std::string what, who, how;
  in >> what >> who >> how;
  const mac_addr& m = who == "B" ? B : A;
  mac_addr own;
  std::copy_n(eth0.dev_addr.begin(), 6, own.begin());
  const u16 replace = NLM_F_REPLACE;
  if (what == "use")
    use();
  else if (what == "wait")
    run(msecs(std::stoi(who)));
  else if (what == "confirm")
    neigh_confirm(*entry());
  else if (what == "reply")
    arp_in({.op = 2, .sha = m, .sip = peer, .tha = own, .tip = us},
           how == "broadcast" ? mac_broadcast : own);
  else if (what == "request")
    arp_in({.op = 1, .sha = m, .sip = peer, .tip = us}, mac_broadcast);
  else if (what == "other-request")
    arp_in({.op = 1, .sha = m, .sip = peer, .tip = ip4(10, 0, 0, 9)}, mac_broadcast);
  else if (what == "announce")
    arp_in({.op = 1, .sha = m, .sip = peer, .tip = peer}, mac_broadcast);
  else if (what == "announce-reply")
    arp_in({.op = 2, .sha = m, .sip = peer, .tha = m, .tip = peer}, mac_broadcast);
  else if (what == "odd-announce-reply")
    arp_in({.op = 2, .sha = m, .sip = peer, .tha = own, .tip = peer}, mac_broadcast);
  else if (what == "reachable")
    EXPECT_TRUE(admin(NUD_REACHABLE, &m, replace));
  else if (what == "stale")
    EXPECT_TRUE(admin(NUD_STALE, &m, replace));
  else if (what == "stale-same")
    EXPECT_TRUE(admin(NUD_STALE, nullptr, replace));
  else if (what == "permanent")
    EXPECT_TRUE(admin(NUD_PERMANENT, &m, replace));
  else if (what == "noarp")
    EXPECT_TRUE(admin(NUD_NOARP, &m, replace));
  else if (what == "probe")
    EXPECT_TRUE(admin(NUD_PROBE, &m, replace));
  else if (what == "failed")
    EXPECT_TRUE(admin(NUD_FAILED, nullptr, replace));
  else if (what == "keep")
    EXPECT_TRUE(admin(NUD_REACHABLE, &m, 0));  // without NLM_F_REPLACE
  else if (what == "touch")
    EXPECT_TRUE(admin(NUD_NONE, nullptr, replace, NTF_USE));
  else if (what == "delete")
    EXPECT_TRUE(admin_del());
  else if (what == "down")
    dev_close(eth0);
  else if (what == "carrier-off") {
    netif_carrier_off(eth0);
    world_poll(*w);
  } else if (what == "new-address") {
    eth0.live_addr_change = true;
    EXPECT_TRUE(dev_set_mac_address(eth0, bytes_of(mac(0x77))));
  } else
    FAIL() << "no such event: " << what;
}

inline std::string mac_name(const mac_addr& m) {
  return m == A ? "A" : m == B ? "B" : m == mac_broadcast ? "all" : "?";
}

// Frames and ICMP errors in the order in which they came about.
inline std::string nud::sent_text() {
  std::string r;
  auto add = [&](const std::string& s) { r += (r.empty() ? "" : ", ") + s; };
  for (const sent_frame& f : sent) {
    const std::string to = mac_name(f.eth().h_dest);
    if (f.is(ETH_P_ARP)) {
      add((f.arp().ar_op == be16(u16{1}) ? "request " : "reply ") + to);
      EXPECT_EQ(f.arp_body().ar_sip, us);
      EXPECT_EQ(f.arp_body().ar_tip, peer);
    } else {
      add("data " + to);
    }
  }
  for (const trace_event& e : rec.events) {
    if (e.point == tp::icmp_send && e.match.c == 3 && e.match.d == 1) add("unreachable");
  }
  return r;
}

inline std::string nud::told_text() {
  std::string r;
  while (true) {
    buffer b(4096);
    msg_in m{.data = b};
    auto got = sock_recvmsg(*listener, m, 0);
    if (!got) break;
    const auto& h = *reinterpret_cast<const nlmsghdr*>(b.data());
    const auto& d = *reinterpret_cast<const ndmsg*>(b.data() + NLMSG_HDRLEN);
    r += (r.empty() ? "" : ", ") + std::string(h.nlmsg_type == RTM_DELNEIGH ? "del " : "") +
         nud_name(d.ndm_state);
  }
  return r;
}

}  // namespace linnet::kit
