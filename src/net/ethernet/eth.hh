// Ethernet framing: classification on receive, headers on send (net/ethernet/eth.c).
#pragma once

#include "net/core/net_device.hh"
#include "wire/ethernet.hh"

namespace linnet {

// Sets the packet's protocol, type (host, broadcast, multicast, otherhost) and MAC header from the frame
// that begins at data, and pulls the header. False: shorter than a header.
bool eth_type_trans(sk_buff&, net_device& dev);

extern const header_ops eth_header_ops;

// What every Ethernet-like device starts from (ether_setup).
void ether_setup(net_device&);
void eth_hw_addr_random(net_device&, cpu&);
// ndo_set_rx_mode of devices that see every frame anyway: user space may give them groups (SIOCADDMULTI).
void eth_set_rx_mode(net_device&);
// ndo_set_mac_address of devices without filters: EADDRNOTAVAIL for multicast or zero, EBUSY while up.
status eth_mac_addr(net_device&, const_bytes);

constexpr bool is_multicast_ether_addr(const u8* a) { return a[0] & 1; }
bool is_zero_ether_addr(const u8* a);
inline bool is_valid_ether_addr(const u8* a) {
  return !is_multicast_ether_addr(a) && !is_zero_ether_addr(a);
}

}  // namespace linnet
