// The receive and transmit core (net/core/dev.c): from a device's poll to the protocols, and from the
// protocols through the queueing discipline to the driver.
#pragma once

#include "net/core/net_device.hh"

namespace linnet {

// A protocol's entry (struct packet_type). Bursts share device and protocol.
struct packet_type {
  be16 type;
  void (*list_func)(sk_buff_head&&, net_device&);
};

// Someone who looks on without being the protocol: a packet socket (packet_type in ptype_all or ptype_base).
// `func` gets the packet as it stands in the path, and clones what it keeps: on receive data stands at the
// network header; what goes out is shown a clone with the type PACKET_OUTGOING and data at the link-layer header.
struct packet_tap {
  be16 type;                    // ETH_P_ALL: every packet, sent ones too; 0: none
  net_device* dev = nullptr;    // null: any of the namespace
  const sock* owner = nullptr;  // whose own packets it isn't shown
  bool ignore_outgoing = false;
  // The device that it is on, and the one that it came by, if that is one below.
  void (*func)(packet_tap&, const sk_buff&, net_device&, const net_device& orig) = nullptr;
};
void dev_add_tap(net&, packet_tap&);
// Shows a burst, as one that goes out by `dev`, to those who want all protocols; data stands at the link-layer header.
void dev_queue_xmit_nit(net_device& dev, const sk_buff_head&);
// Whether anybody looks on at that device itself.
bool dev_has_own_taps(const net_device& dev);
void dev_remove_tap(net&, packet_tap&);

// Queues packets from a virtual device on the cpu's backlog, at most netdev_max_backlog of them
// (CPU_BACKLOG beyond); `protocol` and `pkt` are set and data stands behind the link-layer header.
void netif_rx(sk_buff_head&&);
inline void netif_rx(skb_ptr p) {
  sk_buff_head one;
  one.enqueue(std::move(p));
  netif_rx(std::move(one));
}
void napi_schedule(cpu&, napi_struct&);
// Drops what waits on the backlog for a device that goes.
void flush_backlog(net_device&);

// Delivers a burst to the protocols. Each packet's dev, protocol, pkt and mac_header are set, and data
// stands at the network header.
void netif_receive_skb_list(cpu&, sk_buff_head&&);
// One packet, or a burst, from a driver that is not polled.
void netif_receive_skb(skb_ptr);

// Sends a burst that shares `dev`. Link-layer headers are in place.
void dev_queue_xmit(net_device& dev, sk_buff_head&&);
// The same past the queueing discipline, and unseen by those who look on (PACKET_QDISC_BYPASS).
void dev_direct_xmit(net_device& dev, sk_buff_head&&);
// Starts the queue again after a driver that was full has room (netif_tx_wake_queue).
void netif_wake_queue(net_device&);

inline constexpr u32 netdev_max_backlog = 1000;
inline constexpr int netdev_budget = 300;
inline constexpr int dev_weight = 64;

}  // namespace linnet
