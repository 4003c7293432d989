// ARP packet (RFC 826), for Ethernet hardware and IPv4 protocol addresses.
#pragma once

#include "base/endian.hh"
#include "wire/ethernet.hh"

namespace linnet {

struct arphdr {
  be16 ar_hrd;  // ARPHRD_*
  be16 ar_pro;  // ETH_P_*
  u8 ar_hln;
  u8 ar_pln;
  be16 ar_op;  // ARPOP_*
};
static_assert(sizeof(arphdr) == 8 && alignof(arphdr) == 1);

// What follows when ar_hln is 6 and ar_pln is 4.
struct arp_eth_ip {
  mac_addr ar_sha;
  be32 ar_sip;
  mac_addr ar_tha;
  be32 ar_tip;
};
static_assert(sizeof(arp_eth_ip) == 20 && alignof(arp_eth_ip) == 1);

}  // namespace linnet
