// IPv4's files in /proc/net and /proc/sys/net: what boot registers.
#pragma once

#include "net/core/net.hh"

namespace linnet {

struct inet_sock;

// proc.cc with arp_proc.cc, fib_proc.cc and igmp_proc.cc: /proc/net.
void ip_proc_init(world&);
void arp_show(net&, std::string& out);
void arp_cache_stat_show(net&, std::string& out);
void fib_route_show(net&, std::string& out);
void fib_trie_show(net&, std::string& out);  // fib_trie_proc.cc
void fib_triestat_show(net&, std::string& out);
void rt_cache_stat_show(net&, std::string& out);  // rt_proc.cc
void rt_acct_show(net&, std::string& out);
void igmp_show(net&, std::string& out);
void mcfilter_show(net&, std::string& out);

// Socket tables: one line for each socket, shown by the protocol that has them.
void raw_show(net&, std::string& out);   // raw.cc
void ping_show(net&, std::string& out);  // ping.cc
void udp_show(net&, std::string& out);   // udp.cc
void tcp_show(net&, std::string& out);   // tcp_proc.cc
void tcp_sockstat(net&, std::string& out);
void udplite_show(net&, std::string& out);
// How many can be found in their tables, for sockstat and protocols.
size_t tcp_in_use(const net&);
size_t ping_in_use(const net&);
size_t raw_in_use(const net&);
size_t udp_in_use(const net&);
size_t udplite_in_use(const net&);
// What all three have of a socket's line, from its local address on.
std::string inet_sock_line(const inet_sock&);
// The title of icmp and udp.
void udp_title(std::string& out);
size_t ip_frag_queues(const net&, size_t& memory);  // ip_fragment.cc

// sysctl_net_ipv4.cc with sysctl_tcp.cc and devinet_sysctl.cc: net.ipv4.
void sysctl_ipv4_init(world&);
void sysctl_tcp_init(world&);
void devinet_sysctl_init(world&);  // conf and neigh

}  // namespace linnet
