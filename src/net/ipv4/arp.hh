// ARP (RFC 826): IPv4's neighbour table.
#pragma once

#include <linux/if_arp.h>

#include "net/core/cred.hh"
#include "net/core/neighbour.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {

struct rtable;

// The neighbour for `key` on `dev`, made when there is none (ip_neigh_gw4). On loopback and point-to-point
// devices all keys are one.
result<neighbour*> ip_neigh_gw4(net_device& dev, be32 key);
// The next hop of packets to `daddr` by that route was heard from (dst_confirm_neigh).
void ipv4_confirm_neigh(const rtable&, be32 daddr);
const u8* arp_broadcast_addr(const net_device&);
// The link-layer address of an IPv4 multicast group: 01:00:5e and its low 23 bits (RFC 1112 §6.4).
void ip_eth_mc_map(be32 group, u8* out);
// What a device filters by for a group (arp_mc_map). False: it has no such filter.
bool arp_mc_map(be32 group, const net_device&, hw_addr& out);

// Builds an ARP packet and sends it. `dest_hw` null: broadcast; `src_hw` null: the device's; `target_hw`
// null: zeros. `dst`: what stands at the packet; null: nothing (arp_send_dst).
void arp_send(u16 op, be32 dest_ip, net_device&, be32 src_ip, const u8* dest_hw, const u8* src_hw,
              const u8* target_hw, dst_entry* dst = nullptr);

// What arrives (arp_rcv.cc): a burst from the wire, and a request whose answer for another host was put off.
void arp_list_rcv(sk_buff_head&&, net_device&);
void parp_redo(skb_ptr);

// Forgets `addr` on `dev`; one that is valid only by `force`. ENXIO: there was none (arp_invalidate).
status arp_invalidate(net_device& dev, be32 addr, bool force);
// SIOCSARP, SIOCGARP, SIOCDARP with a struct arpreq (man 7 arp).
result<int> arp_ioctl(net&, const cred&, unsigned cmd, bytes arg);

void arp_init(world&);
void arp_net_init(net&);

}  // namespace linnet
