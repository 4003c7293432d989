// /proc/net: snmp, netstat, sockstat, and the registration of IPv4's other files.
#include "net/ipv4/proc.hh"

#include <algorithm>

#include "net/core/procfs.hh"
#include "net/core/world.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/mib_names.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/udp.hh"

namespace linnet {
namespace {

using ull = unsigned long long;

void names(std::string& out, std::span<const snmp_mib> list) {
  for (auto& m : list) seq_printf(out, " %s", m.name);
}
void values(std::string& out, std::span<const snmp_mib> list, std::span<const u64> mib) {
  for (auto& m : list) seq_printf(out, " %llu", ull{mib[static_cast<size_t>(m.entry)]});
}
// "NAME: names\nNAME: values\n"
void block(std::string& out, const char* name, std::span<const snmp_mib> list,
           std::span<const u64> mib) {
  seq_printf(out, "%s:", name);
  names(out, list);
  seq_printf(out, "\n%s:", name);
  values(out, list, mib);
  out += '\n';
}

void icmp_types(std::string& out, const char* direction, std::span<const u64, 256> msgs,
                bool titles) {
  for (auto& m : icmpmibmap) {
    if (titles)
      seq_printf(out, " %s%s", direction, m.name);
    else
      seq_printf(out, " %llu", ull{msgs[static_cast<size_t>(m.entry)]});
  }
}

void icmp_block(std::string& out, const ipv4_mib& mib) {
  const std::span all(mib.icmpmsg);
  auto in = all.first<256>();
  auto sent = all.last<256>();
  out += "Icmp: InMsgs InErrors InCsumErrors";
  icmp_types(out, "In", in, true);
  out += " OutMsgs OutErrors OutRateLimitGlobal OutRateLimitHost";
  icmp_types(out, "Out", sent, true);
  seq_printf(out, "\nIcmp: %llu %llu %llu", ull{mib.icmp[ICMP_MIB_INMSGS]},
             ull{mib.icmp[ICMP_MIB_INERRORS]}, ull{mib.icmp[ICMP_MIB_CSUMERRORS]});
  icmp_types(out, "In", in, false);
  seq_printf(out, " %llu %llu %llu %llu", ull{mib.icmp[ICMP_MIB_OUTMSGS]},
             ull{mib.icmp[ICMP_MIB_OUTERRORS]}, ull{mib.icmp[ICMP_MIB_RATELIMITGLOBAL]},
             ull{mib.icmp[ICMP_MIB_RATELIMITHOST]});
  icmp_types(out, "Out", sent, false);
  out += '\n';
}

// The types that were seen, sixteen to a pair of lines.
void icmpmsg_blocks(std::string& out, const ipv4_mib& mib) {
  std::vector<size_t> seen;
  for (size_t i = 0; i < mib.icmpmsg.size(); ++i)
    if (mib.icmpmsg[i]) seen.push_back(i);
  for (size_t at = 0; at < seen.size(); at += 16) {
    const std::span some = std::span(seen).subspan(at, std::min<size_t>(16, seen.size() - at));
    out += "IcmpMsg:";
    for (size_t i : some) seq_printf(out, " %sType%zu", i & 256 ? "Out" : "In", i & 255);
    out += "\nIcmpMsg:";
    for (size_t i : some) seq_printf(out, " %llu", ull{mib.icmpmsg[i]});
    out += '\n';
  }
}

void tcp_block(std::string& out, const ipv4_mib& mib) {
  // The first four are not counters: the algorithm (Van Jacobson's), its bounds in ms, and no limit.
  constexpr int fixed[] = {1, 200, 120000, -1};
  out += "Tcp:";
  names(out, snmp4_tcp_list);
  out += "\nTcp:";
  for (int v : fixed) seq_printf(out, " %d", v);
  values(out, std::span(snmp4_tcp_list).subspan(std::size(fixed)), mib.tcp);
  out += '\n';
}

void snmp_show(net& n, std::string& out) {
  const netns_ipv4& p = ipv4_of(n);
  out += "Ip: Forwarding DefaultTTL";
  names(out, snmp4_ipstats_list);
  seq_printf(out, "\nIp: %d %d", p.devconf_all.get(IPV4_DEVCONF_FORWARDING) ? 1 : 2,
             p.sysctl_ip_default_ttl);
  values(out, snmp4_ipstats_list, p.mib.ip);
  out += '\n';
  icmp_block(out, p.mib);
  icmpmsg_blocks(out, p.mib);
  tcp_block(out, p.mib);
  block(out, "Udp", snmp4_udp_list, p.mib.udp);
  block(out, "UdpLite", snmp4_udp_list, p.mib.udplite);
}

void netstat_show(net& n, std::string& out) {
  const ipv4_mib& mib = ipv4_of(n).mib;
  block(out, "TcpExt", snmp4_net_list, mib.net);
  block(out, "IpExt", snmp4_ipextstats_list, mib.ip);
}

// The first line counts sockets of all families, also those that nobody can find yet.
void sockstat_show(net& n, std::string& out) {
  const size_t udp = udp_in_use(n), lite = udplite_in_use(n), raw = raw_in_use(n);
  size_t frag_memory = 0;
  const size_t frags = ip_frag_queues(n, frag_memory);
  seq_printf(out, "sockets: used %u\n", n.sock_inuse);
  tcp_sockstat(n, out);
  seq_printf(out, "UDP: inuse %zu mem %lld\nUDPLITE: inuse %zu\nRAW: inuse %zu\n", udp,
             static_cast<long long>(udp_memory_of(n).shown()), lite, raw);
  seq_printf(out, "FRAG: inuse %zu memory %zu\n", frags, frag_memory);
}

void rt_cache_show(net&, std::string& out) {
  seq_pad_line(out,
               "Iface\tDestination\tGateway "
               "\tFlags\t\tRefCnt\tUse\tMetric\tSource\t\tMTU\tWindow\tIRTT\tTOS\t"
               "HHRef\tHHUptod\tSpecDst",
               127);
}

// The sockets of this family that guests have are the host's.
void unix_show(net&, std::string& out) {
  out += "Num       RefCount Protocol Flags    Type St Inode Path\n";
}

}  // namespace

std::string inet_sock_line(const inet_sock& sk) {
  std::string s;
  seq_printf(s, "%08X:%04X %08X:%04X %02X %08X:%08X %02X:%08X %08X %5u %8d %d %d %016x %u",
             sk.inet_rcv_saddr.raw(), sk.inet_num, sk.inet_daddr.raw(), sk.inet_dport, sk.state,
             static_cast<unsigned>(sk.wmem_alloc), static_cast<unsigned>(sk.rqueue()), 0, 0, 0,
             sock_i_uid(sk), 0, static_cast<int>(sock_i_ino(sk)), 2, 0, sk.drops);
  return s;
}

void udp_title(std::string& out) {
  seq_pad_line(
      out,
      "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode ref pointer drops",
      127);
}

void ip_proc_init(world& w) {
  proc_register(w, {"arp", arp_show});
  proc_register(w, {"fib_trie", fib_trie_show});
  proc_register(w, {"fib_triestat", fib_triestat_show});
  proc_register(w, {"icmp", ping_show});
  proc_register(w, {"igmp", igmp_show});
  proc_register(w, {"mcfilter", mcfilter_show});
  proc_register(w, {"netstat", netstat_show});
  proc_register(w, {"raw", raw_show});
  proc_register(w, {"route", fib_route_show});
  proc_register(w, {"rt_acct", rt_acct_show});
  proc_register(w, {"rt_cache", rt_cache_show});
  proc_register(w, {"snmp", snmp_show});
  proc_register(w, {"sockstat", sockstat_show});
  proc_register(w, {"stat/arp_cache", arp_cache_stat_show, true});
  proc_register(w, {"stat/rt_cache", rt_cache_stat_show});
  proc_register(w, {"tcp", tcp_show});
  proc_register(w, {"udp", udp_show});
  proc_register(w, {"udplite", udplite_show});
  proc_register(w, {"unix", unix_show});
}

}  // namespace linnet
