// The protocols above IPv4, and what each namespace gets from this folder.
#include <netinet/in.h>

#include "net/ipv4/arp.hh"
#include "net/ipv4/devinet.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/igmp.hh"
#include "net/ipv4/ip_fragment.hh"
#include "net/ipv4/ip_tunnel.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/ping.hh"
#include "net/ipv4/protocol.hh"
#include "net/ipv4/raw.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/udp.hh"

namespace linnet {

const net_protocol* inet_protocol(const net& n, u8 protocol) {
  switch (protocol) {
    case IPPROTO_ICMP: return &icmp_protocol();
    case IPPROTO_IGMP: return &igmp_protocol();
    case IPPROTO_TCP: return &tcp_protocol();
    case IPPROTO_UDP: return &udp_protocol();
    case IPPROTO_UDPLITE: return &udplite_protocol();
    case IPPROTO_IPIP: return tunnels_of(n).ipip_loaded ? &ipip_protocol() : nullptr;
    case IPPROTO_GRE: return tunnels_of(n).gre_loaded ? &gre_protocol() : nullptr;
    default: return nullptr;
  }
}

netns_ipv4::netns_ipv4(net& n) : ns(n) {}
netns_ipv4::~netns_ipv4() = default;

void ipv4_net_init(net& n) {
  n.ipv4 = {new netns_ipv4(n), [](netns_ipv4* p) { delete p; }};
  devinet_net_init(n);
  igmp_net_init(n);
  arp_net_init(n);
  ip_frag_net_init(n);
  raw_net_init(n);
  ping_net_init(n);
  udp_net_init(n);
  tcp_net_init(n);
  ip_tunnel_net_init(n);
}

void ipv4_net_exit(net& n) {
  tcp_net_exit(n);
  n.ipv4.reset();
}

}  // namespace linnet
