// IPv4's share of a namespace (struct netns_ipv4): tables, settings, counters.
#pragma once

#include <linux/snmp.h>

#include <array>
#include <memory>
#include <vector>

#include "net/core/neighbour.hh"
#include "net/core/net.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/inetpeer.hh"
#include "net/ipv4/ip_fib.hh"
#include "net/ipv4/route.hh"

namespace linnet {

struct fib_tables;  // fib_frontend.cc's: the tables and rules of this namespace
struct nexthop_table;
struct raw_hashinfo;
struct ping_table;
struct udp_table;
struct tcp_table;
struct devinet_table;
struct ip_frag_table;
struct ip_tunnel_tables;
class ip_mc_memberships;
struct raw_sock;

// What is left of the right to send ICMP messages, for all peers together (icmp_global). The last that is sent may cost more
// than was left.
struct icmp_rate {
  s32 msgs_per_sec = 1000, msgs_burst = 50;
  s32 credit = 0;  // messages
  ktime stamp = -ns_per_sec;
};

struct ipv4_mib {
  std::array<u64, __IPSTATS_MIB_MAX> ip{};
  std::array<u64, __ICMP_MIB_MAX> icmp{};
  std::array<u64, 512> icmpmsg{};  // in types, then out types (256 each)
  std::array<u64, __UDP_MIB_MAX> udp{}, udplite{};
  std::array<u64, __TCP_MIB_MAX> tcp{};
  std::array<u64, __LINUX_MIB_MAX> net{};  // TcpExt
};

struct netns_ipv4 {
  explicit netns_ipv4(net&);
  ~netns_ipv4();

  net& ns;
  ipv4_devconf devconf_all, devconf_dflt;
  std::unique_ptr<neigh_table> arp_tbl;
  pernet_ptr<fib_tables> fib{nullptr, nullptr};
  pernet_ptr<nexthop_table> nexthop{nullptr, nullptr};
  pernet_ptr<devinet_table> devinet{nullptr, nullptr};
  pernet_ptr<raw_hashinfo> raw{nullptr, nullptr};
  pernet_ptr<ping_table> ping{nullptr, nullptr};
  pernet_ptr<udp_table> udp{nullptr, nullptr}, udplite{nullptr, nullptr};
  pernet_ptr<tcp_table> tcp{nullptr, nullptr};
  u32 rt_genid = 0;
  u32 fnhe_genid = 0;  // moves on when everything learnt about destinations is to be forgotten
  u32 dev_addr_genid = 0;
  ipv4_mib mib;
  std::array<u32, 256> ip_idents{};  // ip_select_ident's counters
  pernet_ptr<ip_frag_table> frags{nullptr, nullptr};
  pernet_ptr<ip_tunnel_tables> tunnels{nullptr, nullptr};
  inet_peer_base peers;
  pernet_ptr<ip_mc_memberships> mc_autojoin{nullptr,
                                            nullptr};  // of addresses that join their group
  std::vector<raw_sock*> ra_chain;  // sockets that want what carries a router alert, in their order

  // net.ipv4.*
  s32 sysctl_ip_default_ttl = 64;
  bool sysctl_icmp_echo_ignore_all = false;
  bool sysctl_icmp_echo_ignore_broadcasts = true;
  bool sysctl_icmp_ignore_bogus_error_responses = true;
  bool sysctl_icmp_errors_use_inbound_ifaddr = false;
  bool sysctl_icmp_echo_enable_probe = false;
  u8 sysctl_fwmark_reflect = 0;
  u8 sysctl_ip_fwd_use_pmtu = 0;
  bool sysctl_ip_fwd_update_priority = true;
  s32 sysctl_icmp_ratelimit = 1000;  // ms
  s32 sysctl_icmp_ratemask = 0x1818;
  s32 sysctl_ip_no_pmtu_disc = 0;
  s32 sysctl_ip_rt_min_pmtu = 552;                  // bytes
  s32 sysctl_ip_rt_min_advmss = 256;                // bytes
  s32 sysctl_ip_rt_mtu_expires = 600;               // seconds
  s32 sysctl_ipfrag_time = 30;                      // seconds
  s64 sysctl_ipfrag_high_thresh = 4 * 1024 * 1024;  // bytes of truesize in all queues
  u8 sysctl_fib_multipath_hash_policy = 0;
  bool sysctl_fib_multipath_use_neigh = false;
  u32 sysctl_fib_multipath_hash_fields = 7;  // FIB_MULTIPATH_HASH_FIELD_*
  bool sysctl_nexthop_compat_mode = true;
  s64 sysctl_ipfrag_low_thresh = 3 * 1024 * 1024;
  s32 sysctl_ipfrag_max_dist = 64;
  icmp_rate icmp_limits;
  u8 sysctl_igmp_llm_reports = 1;
  s32 sysctl_igmp_max_memberships = 20;
  s32 sysctl_igmp_max_msf = 10;  // sources of one filter
  s32 sysctl_igmp_qrv = 2;       // robustness
  u32 ping_group_range[2] = {1, 0};
  u16 local_port_range[2] = {32768, 60999};
  std::vector<bool> reserved_ports;  // ip_local_reserved_ports; empty: none
  u8 sysctl_ip_nonlocal_bind = 0;
  u8 sysctl_ip_dynaddr = 0;  // not 0: a SYN may change its source
  bool sysctl_ip_autobind_reuse = false;
  u8 sysctl_ip_early_demux = 1, sysctl_udp_early_demux = 1;
  // Whether a socket that is bound to no device takes what came by a VRF.
  bool sysctl_raw_l3mdev_accept = true, sysctl_udp_l3mdev_accept = false;
  s32 sysctl_udp_rmem_min = 4096;  // bytes that a socket may have whatever udp_mem says

  // Linux has these once for the machine: the first namespace's count.
  s32 sysctl_ip_rt_redirect_load = 20, sysctl_ip_rt_redirect_silence = 20480;  // ms
  s32 sysctl_ip_rt_redirect_number = 9;
  rt_cache_stat rt_stat;
  std::unique_ptr<ip_rt_accts> rt_acct;  // made by the first packet with a realm
  s32 sysctl_ip_rt_error_cost = 1000, sysctl_ip_rt_error_burst = 5000;  // ms
  s32 sysctl_ip_rt_gc_timeout = 300;  // seconds that a redirect holds
  s32 sysctl_inet_peer_threshold = 65664;
  s32 sysctl_inet_peer_minttl = 120, sysctl_inet_peer_maxttl = 600;  // seconds
};

inline netns_ipv4& ipv4_of(const net& n) { return *n.ipv4; }

}  // namespace linnet
