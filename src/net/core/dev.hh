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

// Queues packets from a virtual device on the cpu's backlog, at most netdev_max_backlog of them
// (CPU_BACKLOG beyond); `protocol` and `pkt` are set and data stands behind the link-layer header.
void netif_rx(sk_buff_head&&);
inline void netif_rx(skb_ptr p) {
  sk_buff_head one;
  one.enqueue(std::move(p));
  netif_rx(std::move(one));
}
void napi_schedule(cpu&, napi_struct&);

// Delivers a burst to the protocols. Each packet's dev, protocol, pkt and mac_header are set, and data
// stands at the network header.
void netif_receive_skb_list(cpu&, sk_buff_head&&);
// One packet, or a burst, from a driver that is not polled.
void netif_receive_skb(skb_ptr);

// Sends a burst that shares `dev`. Link-layer headers are in place.
void dev_queue_xmit(net_device& dev, sk_buff_head&&);
// Starts the queue again after a driver that was full has room (netif_tx_wake_queue).
void netif_wake_queue(net_device&);

inline constexpr u32 netdev_max_backlog = 1000;
inline constexpr int netdev_budget = 300;
inline constexpr int dev_weight = 64;

}  // namespace linnet
