// ARP's settings, a table for each: what a request that arrives is answered with, what is learnt from a packet
// that asks nothing of us, and from which address this host asks. eth0 is 10.0.0.1/24 (and 10.0.0.9/32 of link
// scope), eth1 is 10.1.0.1/24; the peer is 10.0.0.2 with the address mac(0x80).
#include "net/ipv4/devinet.hh"
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

const mac_addr peer_mac = mac(0x80);

class arp_settings : public wire_node {
 protected:
  memory_device& eth0 = add_device(ip4(10, 0, 0, 1), 24);
  memory_device& eth1 = add_device(ip4(10, 1, 0, 1), 24);

  arp_settings() { settle(); }

  void set_all(int id, s32 v) { devinet_conf_write(n, {devconf_target::which::all}, id, v); }
  void set(memory_device& d, int id, s32 v) {
    devinet_conf_write(n, {devconf_target::which::device, d.ip_ptr}, id, v);
  }
  void arrive(const arp_args& a, const mac_addr& to = mac_broadcast) {
    eth0.receive(ether(to, peer_mac, ETH_P_ARP, arp_packet(a)));
    world_poll(*w);
  }
  void ask(be32 target, be32 from, const mac_addr& to = mac_broadcast) {
    arrive({.op = ARPOP_REQUEST, .sha = peer_mac, .sip = from, .tip = target}, to);
  }
  // How many replies went out since the last call.
  size_t replies() {
    size_t r = 0;
    for (auto& f : sent) r += f.is(ETH_P_ARP) && f.arp().ar_op == be16(ARPOP_REPLY);
    sent.clear();
    return r;
  }
  bool answered(be32 target, be32 from = ip4(10, 0, 0, 2)) {
    ask(target, from);
    return replies() == 1;
  }
  neighbour* known(be32 a) {
    return neigh_lookup(*n.ipv4->arp_tbl, std::as_bytes(std::span(&a, 1)), eth0);
  }
};

TEST_F(arp_settings, ignore) {
  struct row {
    s32 all, dev;
    bool own, other_port, other_net;  // 10.0.0.1 asked for; 10.1.0.1; 10.0.0.1 by 10.9.0.2
  };
  const row rows[] = {{0, 0, true, true, true},    {0, 1, true, false, true},
                      {1, 0, true, false, true},   {0, 2, true, false, false},
                      {0, 3, true, true, true},    {0, 5, true, true, true},
                      {1, 8, false, false, false}, {8, 1, false, false, false}};
  for (const row& r : rows) {
    SCOPED_TRACE(testing::Message() << "all " << r.all << ", eth0 " << r.dev);
    set_all(IPV4_DEVCONF_ARP_IGNORE, r.all);
    set(eth0, IPV4_DEVCONF_ARP_IGNORE, r.dev);
    EXPECT_EQ(answered(ip4(10, 0, 0, 1)), r.own);
    EXPECT_EQ(answered(ip4(10, 1, 0, 1)), r.other_port);
    EXPECT_EQ(answered(ip4(10, 0, 0, 1), ip4(10, 9, 0, 2)), r.other_net);
  }
}

TEST_F(arp_settings, ignore_holds_for_probes_too) {
  EXPECT_TRUE(answered(ip4(10, 0, 0, 1), be32()));
  EXPECT_TRUE(answered(ip4(10, 1, 0, 1), be32()));
  set(eth0, IPV4_DEVCONF_ARP_IGNORE, 1);
  EXPECT_FALSE(answered(ip4(10, 1, 0, 1), be32()));
}

TEST_F(arp_settings, filter) {
  EXPECT_TRUE(answered(ip4(10, 0, 0, 1), ip4(10, 1, 0, 2)));
  set(eth0, IPV4_DEVCONF_ARPFILTER, 1);
  EXPECT_FALSE(answered(ip4(10, 0, 0, 1), ip4(10, 1, 0, 2)));
  EXPECT_EQ(n.ipv4->mib.net[LINUX_MIB_ARPFILTER], 1u);
  EXPECT_TRUE(answered(ip4(10, 0, 0, 1)));
}

TEST_F(arp_settings, accept) {
  struct row {
    s32 accept;
    be32 who;
    u16 op;
    bool gratuitous, learnt;
  };
  const be32 near = ip4(10, 0, 0, 7), far = ip4(10, 9, 0, 7), elsewhere = ip4(10, 0, 0, 77);
  const row rows[] = {{0, near, ARPOP_REQUEST, true, false}, {0, near, ARPOP_REPLY, false, false},
                      {1, near, ARPOP_REQUEST, true, true},  {1, far, ARPOP_REQUEST, true, true},
                      {1, near, ARPOP_REPLY, false, true},   {1, near, ARPOP_REQUEST, false, false},
                      {2, near, ARPOP_REQUEST, true, true},  {2, far, ARPOP_REQUEST, true, false},
                      {2, near, ARPOP_REPLY, false, true},   {3, near, ARPOP_REQUEST, true, false}};
  for (const row& r : rows) {
    SCOPED_TRACE(testing::Message() << r.accept << ' ' << r.op << ' ' << r.gratuitous);
    set(eth0, IPV4_DEVCONF_ARP_ACCEPT, r.accept);
    const arp_args a = {.op = r.op,
                        .sha = peer_mac,
                        .sip = r.who,
                        .tha = peer_mac,
                        .tip = r.gratuitous ? r.who : elsewhere};
    arrive(a);
    EXPECT_EQ(known(r.who) != nullptr, r.learnt);
    set(eth0, IPV4_DEVCONF_DROP_GRATUITOUS_ARP, 1);
    if (neighbour* e = known(r.who)) neigh_remove(*e);
    arrive(a);
    EXPECT_EQ(known(r.who) != nullptr, r.learnt && !r.gratuitous);
    if (neighbour* e = known(r.who)) neigh_remove(*e);
    set(eth0, IPV4_DEVCONF_DROP_GRATUITOUS_ARP, 0);
  }
}

TEST_F(arp_settings, notify) {
  for (s32 on : {0, 1}) {
    set(eth0, IPV4_DEVCONF_ARP_NOTIFY, on);
    sent.clear();
    EXPECT_TRUE(set_up(n, "eth0", false));
    EXPECT_TRUE(set_up(n, "eth0"));
    world_poll(*w);
    size_t announcements = 0;
    for (auto& f : sent)
      if (f.is(ETH_P_ARP)) {
        ++announcements;
        EXPECT_EQ(f.arp_body().ar_sip, f.arp_body().ar_tip);
      }
    EXPECT_EQ(announcements, static_cast<size_t>(on));
  }
}

TEST_F(arp_settings, proxy) {
  devinet_conf_write(n, {devconf_target::which::all}, IPV4_DEVCONF_FORWARDING, 1);
  eth0.ip_ptr->arp_parms->proxy_delay = 0;
  const be32 behind = ip4(10, 1, 0, 2), beside = ip4(10, 0, 0, 77);
  EXPECT_FALSE(answered(behind));
  set(eth0, IPV4_DEVCONF_PROXY_ARP, 1);
  EXPECT_TRUE(answered(behind));
  EXPECT_FALSE(answered(beside));
  struct row {
    s32 here, there;
    bool answers;
  };
  for (const row& r :
       {row{0, 0, true}, {-1, 0, false}, {1, 1, false}, {1, 2, true}, {1, -1, false}}) {
    set(eth0, IPV4_DEVCONF_MEDIUM_ID, r.here);
    set(eth1, IPV4_DEVCONF_MEDIUM_ID, r.there);
    EXPECT_EQ(answered(behind), r.answers) << r.here << ' ' << r.there;
  }
  set(eth0, IPV4_DEVCONF_PROXY_ARP, 0);
  pneigh_create(*n.ipv4->arp_tbl, std::as_bytes(std::span(&behind, 1)), &eth0);
  EXPECT_TRUE(answered(behind));
  EXPECT_TRUE(pneigh_delete(*n.ipv4->arp_tbl, std::as_bytes(std::span(&behind, 1)), &eth0));
  EXPECT_FALSE(answered(behind));
  set(eth0, IPV4_DEVCONF_PROXY_ARP_PVLAN, 1);
  EXPECT_TRUE(answered(beside));
  EXPECT_FALSE(answered(ip4(10, 0, 0, 2)));  // about itself
}

TEST_F(arp_settings, proxy_delay) {
  devinet_conf_write(n, {devconf_target::which::all}, IPV4_DEVCONF_FORWARDING, 1);
  set(eth0, IPV4_DEVCONF_PROXY_ARP, 1);
  neigh_parms& parms = *eth0.ip_ptr->arp_parms;
  parms.proxy_delay = secs(1);
  parms.proxy_qlen = 2;
  const be32 behind = ip4(10, 1, 0, 2);
  ask(behind, ip4(10, 0, 0, 2), mac(1));  // to us alone: at once
  EXPECT_EQ(replies(), 1u);
  for (int i = 0; i < 5; ++i) ask(behind, ip4(10, 0, 0, 2));
  EXPECT_EQ(parms.proxy_queued, 3u);  // one more than proxy_qlen
  EXPECT_EQ(replies(), 0u);
  run(secs(1) + msecs(1));
  EXPECT_EQ(replies(), 3u);
  EXPECT_EQ(parms.proxy_queued, 0u);
  ask(behind, ip4(10, 0, 0, 2));
  EXPECT_TRUE(set_up(n, "eth0", false));
  run(secs(2));
  EXPECT_EQ(replies(), 0u);
  EXPECT_EQ(parms.proxy_queued, 0u);
}

}  // namespace
}  // namespace linnet::kit
