// A node seen from the wire: frames put together field by field, so that any of them can be wrong; a world
// whose Ethernet devices write down what they send; and what changed in the counters, as a line of text.
#pragma once

#include <gtest/gtest.h>
#include <linux/icmp.h>
#include <linux/if_ether.h>
#include <linux/snmp.h>
#include <netinet/in.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/checksum.hh"
#include "net/core/sock.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/socket.hh"
#include "tests/support/net_kit.hh"
#include "wire/arp.hh"
#include "wire/ethernet.hh"
#include "wire/icmp.hh"
#include "wire/ip.hh"
#include "wire/udp.hh"

namespace linnet::kit {

using buffer = std::vector<std::byte>;

inline constexpr mac_addr mac_broadcast = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
constexpr mac_addr mac(u8 last) { return {2, 0, 0, 0, 0, last}; }

template <class T>
buffer bytes_of(const T& v) {
  auto s = std::as_bytes(std::span(&v, 1));
  return {s.begin(), s.end()};
}
inline buffer operator+(buffer a, const_bytes b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
inline buffer pattern(size_t n) {
  buffer b(n);
  for (size_t i = 0; i < n; ++i) b[i] = static_cast<std::byte>(i * 7 + 1);
  return b;
}
inline buffer octets(std::initializer_list<int> v) {
  buffer b;
  for (int x : v) b.push_back(static_cast<std::byte>(x));
  return b;
}

inline buffer ether(const mac_addr& to, const mac_addr& from, u16 proto, const_bytes payload) {
  return bytes_of(ethhdr{to, from, proto}) + payload;
}

struct arp_args {
  u16 op = 1;  // ARPOP_REQUEST
  mac_addr sha{};
  be32 sip;
  mac_addr tha{};
  be32 tip;
  u16 hrd = 1, pro = ETH_P_IP;
  u8 hln = 6, pln = 4;
};
inline buffer arp_packet(const arp_args& a) {
  return bytes_of(arphdr{a.hrd, a.pro, a.hln, a.pln, a.op}) +
         bytes_of(arp_eth_ip{a.sha, a.sip, a.tha, a.tip});
}

struct ip_args {
  be32 saddr, daddr;
  u8 protocol = IPPROTO_ICMP;
  u8 ttl = 64, tos = 0;
  u16 id = 0, frag_off = 0;
  buffer options = {};  // a multiple of four
};
inline void set_ip_check(buffer& packet) {
  auto& h = *reinterpret_cast<iphdr*>(packet.data());
  h.check = be16();
  h.check = ip_fast_csum(&h, h.ihl());
}
inline buffer ip_packet(const ip_args& a, const_bytes payload) {
  iphdr h{};
  h.set_version_ihl(4, static_cast<u8>(5 + a.options.size() / 4));
  h.tos = a.tos;
  h.tot_len = static_cast<u16>(sizeof h + a.options.size() + payload.size());
  h.id = a.id;
  h.frag_off = a.frag_off;
  h.ttl = a.ttl;
  h.protocol = a.protocol;
  h.saddr = a.saddr;
  h.daddr = a.daddr;
  buffer b = bytes_of(h) + a.options + payload;
  set_ip_check(b);
  return b;
}
inline buffer icmp_message(u8 type, u8 code, u32 info, const_bytes body) {
  icmphdr h{type, code, be16(), be16(), be16()};
  h.set_info(info);
  buffer b = bytes_of(h) + body;
  reinterpret_cast<icmphdr*>(b.data())->checksum = csum_fold(csum_partial(b.data(), b.size(), 0));
  return b;
}
inline buffer udp_datagram(be32 saddr, be32 daddr, u16 sport, u16 dport, const_bytes body) {
  const u16 len = static_cast<u16>(sizeof(udphdr) + body.size());
  buffer b = bytes_of(udphdr{sport, dport, len, be16()}) + body;
  const u32 pseudo = csum_tcpudp_nofold(saddr, daddr, len, IPPROTO_UDP, 0);
  reinterpret_cast<udphdr*>(b.data())->check = csum_fold(csum_partial(b.data(), b.size(), pseudo));
  return b;
}

// A frame as it left, with checked views of what is in it.
struct sent_frame {
  ktime time;
  buffer b;
  template <class T>
  const T& at(size_t off) const {
    EXPECT_LE(off + sizeof(T), b.size()) << "frame too short";
    static constexpr T none{};
    return off + sizeof(T) <= b.size() ? *reinterpret_cast<const T*>(b.data() + off) : none;
  }
  const ethhdr& eth() const { return at<ethhdr>(0); }
  bool is(u16 proto) const { return eth().h_proto == be16(proto); }
  const arphdr& arp() const { return at<arphdr>(14); }
  const arp_eth_ip& arp_body() const { return at<arp_eth_ip>(22); }
  const iphdr& ip() const { return at<iphdr>(14); }
  const icmphdr& icmp() const { return at<icmphdr>(14 + ip().header_len()); }
  const_bytes ip_bytes() const { return const_bytes(b).subspan(14, ip().tot_len.host()); }
  const_bytes payload() const {
    return ip_bytes().subspan(ip().header_len());
  }  // behind the IP header
  bool ip_check_ok() const { return ip_fast_csum(&ip(), ip().ihl()).raw() == 0; }
  bool icmp_check_ok() const {
    return csum_fold(csum_partial(payload().data(), payload().size(), 0)).raw() == 0;
  }
};

// ---- counters

// Every counter of IPv4 by the name that nstat(8) shows, so that a test compares all of them at once.
inline std::vector<std::pair<std::string, u64>> counters_of(const net& n) {
  const ipv4_mib& m = ipv4_of(n).mib;
  std::vector<std::pair<std::string, u64>> r;
  // By number; those without a name count bytes, or packets that are not marked by ECN.
  static constexpr const char* ip[] = {"",
                                       "IpInReceives",
                                       "",
                                       "IpInDelivers",
                                       "IpForwDatagrams",
                                       "IpOutRequests",
                                       "",
                                       "IpInHdrErrors",
                                       "IpInTooBigErrors",
                                       "IpInNoRoutes",
                                       "IpInAddrErrors",
                                       "IpInUnknownProtos",
                                       "IpInTruncated",
                                       "IpInDiscards",
                                       "IpOutDiscards",
                                       "IpOutNoRoutes",
                                       "IpReasmTimeout",
                                       "IpReasmReqds",
                                       "IpReasmOKs",
                                       "IpReasmFails",
                                       "IpFragOKs",
                                       "IpFragFails",
                                       "IpFragCreates",
                                       "IpInMcastPkts",
                                       "IpOutMcastPkts",
                                       "IpInBcastPkts",
                                       "IpOutBcastPkts",
                                       "",
                                       "",
                                       "",
                                       "",
                                       "IpInCsumErrors",
                                       "",
                                       "IpInECT1Pkts",
                                       "IpInECT0Pkts",
                                       "IpInCEPkts",
                                       "IpReasmOverlaps"};
  static_assert(IPSTATS_MIB_INHDRERRORS == 7 && IPSTATS_MIB_OUTNOROUTES == 15);
  static_assert(IPSTATS_MIB_CSUMERRORS == 31 && IPSTATS_MIB_REASM_OVERLAPS == 36);
  r.reserve(128);
  for (size_t i = 0; i < std::size(ip); ++i) r.emplace_back(ip[i], m.ip[i]);
  r.emplace_back("IcmpInMsgs", m.icmp[ICMP_MIB_INMSGS]);
  r.emplace_back("IcmpInErrors", m.icmp[ICMP_MIB_INERRORS]);
  r.emplace_back("IcmpInCsumErrors", m.icmp[ICMP_MIB_CSUMERRORS]);
  r.emplace_back("IcmpOutMsgs", m.icmp[ICMP_MIB_OUTMSGS]);
  r.emplace_back("IcmpOutErrors", m.icmp[ICMP_MIB_OUTERRORS]);
  for (size_t t = 0; t < 256; ++t) {
    r.emplace_back("IcmpInType" + std::to_string(t), m.icmpmsg[t]);
    r.emplace_back("IcmpOutType" + std::to_string(t), m.icmpmsg[256 + t]);
  }
  static constexpr const char* udp[] = {"",
                                        "UdpInDatagrams",
                                        "UdpNoPorts",
                                        "UdpInErrors",
                                        "UdpOutDatagrams",
                                        "UdpRcvbufErrors",
                                        "UdpSndbufErrors",
                                        "UdpInCsumErrors"};
  for (size_t i = 0; i < std::size(udp); ++i) r.emplace_back(udp[i], m.udp[i]);
  r.emplace_back("TcpExtIPReversePathFilter", m.net[LINUX_MIB_IPRPFILTER]);
  return r;
}

// ---- the node

// One namespace with Ethernet devices eth0, eth1 ... (addresses mac(1), mac(2) ...) whose other ends are the
// test. Every test ends with the devices down, no socket and no packet left.
class wire_node : public ::testing::Test {
 protected:
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1});
  net& n = *w->init_net;
  recorder rec;
  std::vector<sent_frame> sent;
  std::vector<ref<memory_device>> devices;

  wire_node() { n.c.trace = &rec; }

  memory_device& add_device(be32 addr, u8 prefixlen) {
    const std::string name = "eth" + std::to_string(devices.size());
    auto dev = memory_device::add(n, name, static_cast<u8>(devices.size() + 1));
    dev->on_send = [this](sk_buff_head&& list) {
      while (skb_ptr p = list.dequeue()) {
        sent.push_back({w->now(), {p->data, p->tail}});
        consume_skb(std::move(p));
      }
    };
    devices.push_back(dev);
    EXPECT_TRUE(set_up(n, name));
    EXPECT_TRUE(add_addr(n, name, addr, prefixlen));
    return *dev;
  }
  // What setting up has sent and counted is of no interest.
  void settle() {
    run(msecs(100));
    sent.clear();
    rec.events.clear();
    before_ = counters_of(n);
  }
  void run(ktime t) { world_run_for(*w, t); }
  // An IP packet from the peer with address mac(0x80) on `dev`, taken in at once.
  void put_in(memory_device& dev, const_bytes ip, const mac_addr& from = mac(0x80)) {
    mac_addr to;
    std::copy_n(dev.dev_addr.begin(), to.size(), to.begin());
    dev.receive(ether(to, from, ETH_P_IP, ip));
    world_poll(*w);
  }

  // What was counted since settle(), or since the last call.
  std::string counted() {
    auto now = counters_of(n);
    std::string r;
    for (size_t i = 0; i < now.size(); ++i) {
      const u64 by = now[i].second - before_[i].second;
      if (!by || now[i].first.empty()) continue;
      r += (r.empty() ? "" : " ") + now[i].first;
      if (by > 1) r += "*" + std::to_string(by);
    }
    before_ = std::move(now);
    return r;
  }
  // Why packets were dropped since settle(), or since the last call.
  std::string dropped() {
    std::string r;
    for (; seen_ < rec.events.size(); ++seen_) {
      const trace_event& e = rec.events[seen_];
      if (e.point != tp::kfree_skb) continue;
      r += (r.empty() ? "" : " ") + std::string(drop_reason_name(e.reason));
    }
    return r;
  }

  void TearDown() override {
    while (!n.dev_base.empty()) {
      auto up = std::ranges::find_if(n.dev_base, [](auto& d) { return d.second->up(); });
      if (up == n.dev_base.end()) break;
      dev_close(*up->second);
    }
    run(secs(31));  // as long as fragments may wait
    EXPECT_EQ(n.c.skbs_live, 0u);
    EXPECT_EQ(n.c.socks_live, 0u);
    n.c.trace = nullptr;
    for (auto& d : devices) d->on_send = nullptr;
  }

 private:
  std::vector<std::pair<std::string, u64>> before_;
  size_t seen_ = 0;
};

// ---- sockets

inline buffer sockaddr_of(be32 addr, u16 port = 0) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(port);
  a.sin_addr.s_addr = addr.raw();
  return bytes_of(a);
}
inline socket_ptr open_socket(net& n, int family, int type, int protocol, const cred& who = {}) {
  auto s = sock_create(n, who, family, type, protocol);
  EXPECT_TRUE(s) << (s ? 0 : s.error().code);
  return s ? std::move(*s) : nullptr;
}
inline int errno_of(const status& s) { return s ? 0 : s.error().code; }
template <class T>
int errno_of(const result<T>& r) {
  return r ? 0 : static_cast<int>(r.error().code);
}
inline result<size_t> send_to(socket& s, be32 addr, u16 port, const_bytes data) {
  const buffer name = sockaddr_of(addr, port);
  return sock_sendmsg(s, {.name = name, .data = data, .control = {}}, 0);
}

}  // namespace linnet::kit
