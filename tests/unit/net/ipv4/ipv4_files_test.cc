// IPv4's files: tables of /proc/net, and what settings do to each other. Texts are Linux 6.1's.
#include <netinet/in.h>

#include "net/core/neighbour.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/socket.hh"
#include "tests/unit/net/core/pseudo_test.hh"

namespace linnet::test {
namespace {

using enum pseudo_tree;

class ipv4_files : public pseudo_test {
 protected:
  net_device* d0 = nullptr;
  void SetUp() override {
    add_link("d0", "dummy");
    d0 = dev_get_by_name(n, "d0");
    ASSERT_TRUE(d0);
  }
  void up_with_address() {
    ASSERT_TRUE(dev_open(*d0));
    ASSERT_EQ(talk(address(RTM_NEWADDR, create, d0->ifindex, 0x0a000001, 24)).code, 0);
  }
  int route(u32 dst, u8 plen, u8 type, std::initializer_list<std::pair<int, u32>> attrs) {
    rtmsg r{};
    r.rtm_family = AF_INET;
    r.rtm_dst_len = plen;
    r.rtm_type = type;
    r.rtm_table = RT_TABLE_MAIN;
    r.rtm_protocol = RTPROT_BOOT;
    message m(RTM_NEWROUTE, create, r);
    be32 d(dst);
    m.put(RTA_DST, &d, 4);
    for (auto [a, v] : attrs) m.u32_(a, a == RTA_GATEWAY ? be32(v).raw() : v);
    return talk(std::move(m)).code;
  }
  std::string conf(std::string_view of, std::string_view name) {
    std::string s = read(proc_sys_net, "ipv4/conf/" + std::string(of) + "/" + std::string(name));
    return s.substr(0, s.find('\n'));
  }
  int set_conf(std::string_view of, std::string_view name, std::string_view v) {
    return write(proc_sys_net, "ipv4/conf/" + std::string(of) + "/" + std::string(name), v);
  }
};

std::string padded(std::string s) {
  s.resize(127, ' ');
  return s + '\n';
}

TEST_F(ipv4_files, route) {
  up_with_address();
  EXPECT_EQ(route(0x01020400, 24, RTN_PROHIBIT, {}), 0);
  EXPECT_EQ(route(0x01020909, 32, RTN_UNICAST, {{RTA_GATEWAY, 0x0a000002}, {RTA_PRIORITY, 7}}), 0);
  EXPECT_EQ(
      read(proc_net, "route"),
      padded(
          "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT") +
          padded("*\t00040201\t00000000\t0201\t0\t0\t0\t00FFFFFF\t0\t0\t0") +
          padded("d0\t09090201\t0200000A\t0007\t0\t0\t7\tFFFFFFFF\t0\t0\t0") +
          padded("d0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0"));
}

TEST_F(ipv4_files, arp) {
  up_with_address();
  d0->flags &= ~static_cast<unsigned>(IFF_NOARP);
  constexpr u8 key[] = {10, 0, 0, 9}, mac[] = {2, 0, 0, 0, 0, 9};
  auto made = neigh_create(*ipv4_of(n).arp_tbl, std::as_bytes(std::span(key)), *d0);
  ASSERT_TRUE(made);
  ASSERT_TRUE(neigh_update(**made, mac, NUD_PERMANENT, NEIGH_UPDATE_F_ADMIN, 0));
  EXPECT_EQ(read(proc_net, "arp"),
            "IP address       HW type     Flags       HW address            Mask     Device\n"
            "10.0.0.9         0x1         0x6         02:00:00:00:00:09     *        d0\n");
}

TEST_F(ipv4_files, snmp_counts) {
  ipv4_mib& mib = ipv4_of(n).mib;
  mib.ip[IPSTATS_MIB_INPKTS] = 3;
  mib.icmpmsg[8] = 1;
  mib.icmpmsg[256] = 2;
  mib.net[LINUX_MIB_IPRPFILTER] = 9;
  mib.ip[IPSTATS_MIB_OUTOCTETS] = 77;
  const std::string s = read(proc_net, "snmp");
  EXPECT_NE(s.find("\nIp: 2 64 3 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"), s.npos) << s;
  EXPECT_NE(s.find("\nIcmp: 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 2 0 0 0 0\n"), s.npos)
      << s;
  EXPECT_NE(s.find("\nIcmpMsg: InType8 OutType0\nIcmpMsg: 1 2\n"), s.npos) << s;
  EXPECT_NE(s.find("\nTcp: 1 200 120000 -1 0 0"), s.npos) << s;
  const std::string t = read(proc_net, "netstat");
  EXPECT_TRUE(t.starts_with("TcpExt: SyncookiesSent SyncookiesRecv ")) << t;
  EXPECT_NE(t.find("\nIpExt: 0 0 0 0 0 0 0 77 0 "), t.npos) << t;
  // The 73rd name and the 73rd value.
  const auto field = [](std::string_view line, int i) {
    while (i-- > 0) line.remove_prefix(line.find(' ') + 1);
    return std::string(line.substr(0, line.find_first_of(" \n")));
  };
  int at = 1;
  while (field(t, at) != "IPReversePathFilter" && at < 130) ++at;
  EXPECT_EQ(field(std::string_view(t).substr(t.find('\n') + 1), at), "9");
}

TEST_F(ipv4_files, igmp_after_a_device_came_up) {
  up_with_address();
  EXPECT_EQ(read(proc_net, "igmp"),
            "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n"
            "2\td0        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n");
  EXPECT_EQ(read(proc_net, "dev_mcast"), "2    d0              1     0     01005e000001\n");
}

TEST_F(ipv4_files, ip_forward_reaches_everything) {
  EXPECT_EQ(write(proc_sys_net, "ipv4/ip_forward", "1\n"), 0);
  for (auto of : {"all", "default", "lo", "d0"}) EXPECT_EQ(conf(of, "forwarding"), "1") << of;
  EXPECT_EQ(conf("all", "accept_redirects"), "0");
  EXPECT_EQ(conf("d0", "accept_redirects"), "1");
  EXPECT_EQ(set_conf("d0", "forwarding", "0"), 0);
  EXPECT_EQ(conf("all", "forwarding"), "1");
  EXPECT_EQ(set_conf("all", "forwarding", "0"), 0);
  EXPECT_EQ(read(proc_sys_net, "ipv4/ip_forward"), "0\n");
  EXPECT_EQ(conf("all", "accept_redirects"), "1");
  const u32 genid = ipv4_of(n).rt_genid;
  EXPECT_EQ(write(proc_sys_net, "ipv4/ip_forward", "1"), 0);
  EXPECT_NE(ipv4_of(n).rt_genid, genid);
}

TEST_F(ipv4_files, default_reaches_devices_without_a_value_of_their_own) {
  EXPECT_EQ(set_conf("lo", "rp_filter", "2"), 0);
  EXPECT_EQ(set_conf("default", "rp_filter", "1"), 0);
  EXPECT_EQ(conf("lo", "rp_filter"), "2");
  EXPECT_EQ(conf("d0", "rp_filter"), "1");
  EXPECT_EQ(conf("all", "rp_filter"), "0");
  // An address makes all of a device's settings its own.
  up_with_address();
  EXPECT_EQ(set_conf("default", "rp_filter", "0"), 0);
  EXPECT_EQ(conf("d0", "rp_filter"), "1");
  add_link("d1", "dummy");
  EXPECT_EQ(conf("d1", "rp_filter"), "0");
}

TEST_F(ipv4_files, neigh_units) {
  struct {
    const char* name;
    const char* first;
    const char* written;
    int answer;
    const char* then;
  } constexpr cases[] = {
      {"base_reachable_time", "30\n", "20", 0, "20\n"},
      {"base_reachable_time_ms", "20000\n", "15000", 0, "15000\n"},
      {"retrans_time", "100\n", "50", 0, "50\n"},
      {"retrans_time_ms", "500\n", "-1", EINVAL, "500\n"},
      {"unres_qlen", "101\n", "10", 0, "10\n"},
      {"unres_qlen_bytes", "20900\n", "-1", EINVAL, "20900\n"},
      {"interval_probe_time_ms", "5000\n", "0", EINVAL, "5000\n"},
      {"locktime", "100\n", "-1", 0, "-1\n"},
      {"proxy_delay", "80\n", "81", 0, "81\n"},
      {"gc_stale_time", "60\n", "2147483647", EINVAL, "60\n"},
      {"mcast_solicit", "3\n", "5", 0, "5\n"},
  };
  for (auto& c : cases) {
    const std::string path = std::string("ipv4/neigh/d0/") + c.name;
    EXPECT_EQ(read(proc_sys_net, path), c.first) << path;
    EXPECT_EQ(write(proc_sys_net, path, c.written), c.answer) << path;
    EXPECT_EQ(read(proc_sys_net, path), c.then) << path;
  }
  EXPECT_EQ(write(proc_sys_net, "ipv4/neigh/default/mcast_solicit", "7"), 0);
  EXPECT_EQ(read(proc_sys_net, "ipv4/neigh/d0/mcast_solicit"), "5\n");
  EXPECT_EQ(read(proc_sys_net, "ipv4/neigh/lo/mcast_solicit"), "7\n");
  EXPECT_EQ(write(proc_sys_net, "ipv4/neigh/default/gc_thresh1", "64"), 0);
  EXPECT_EQ(ipv4_of(n).arp_tbl->gc_thresh1, 64u);
  EXPECT_EQ(read(proc_sys_net, "ipv4/neigh/d0/gc_thresh1"), "ENOENT");
}

TEST_F(ipv4_files, sockets) {
  auto s = sock_create(n, {}, AF_INET, SOCK_RAW, IPPROTO_ICMP);
  ASSERT_TRUE(s);
  auto u = sock_create(n, {}, AF_INET, SOCK_DGRAM, 0);
  ASSERT_TRUE(u);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = be16(5000).raw();
  ASSERT_TRUE(sock_bind(**u, std::as_bytes(std::span(&any, 1))));
  const std::string raw = read(proc_net, "raw");
  EXPECT_NE(raw.find("00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0  "
                     "      0 0 2 "),
            raw.npos)
      << raw;
  const std::string udp = read(proc_net, "udp");
  EXPECT_NE(udp.find(": 00000000:1388 00000000:0000 07 00000000:00000000 00:00000000 00000000     "
                     "0        0 0 2 "),
            udp.npos)
      << udp;
  EXPECT_EQ(udp.size(), 2 * 128u);
  EXPECT_EQ(read(proc_net, "sockstat"),
            "sockets: used 2\nTCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\nUDP: inuse 1 mem "
            "0\nUDPLITE: inuse 0\n"
            "RAW: inuse 1\nFRAG: inuse 0 memory 0\n");
}

}  // namespace
}  // namespace linnet::test
