// A device whose other end is the program that holds the world: what the stack sends waits in a queue until the program
// takes it, and frames that the program puts in are polled like a network card's.
#pragma once

#include "net/core/net_device.hh"

namespace linnet {

struct port_device : net_device {
  struct rx_napi : napi_struct {
    port_device* port = nullptr;
  };
  rx_napi napi;
  sk_buff_head rx;         // put in, not yet processed; each begins behind its Ethernet header
  sk_buff_head tx;         // sent, not yet taken
  size_t tx_limit = 1024;  // frames in tx beyond which more are dropped
  // Called when there is something in tx where there was nothing. It may not call back into the stack.
  void (*ready)(port_device&) = nullptr;
  void* owner = nullptr;

  // A frame from the Ethernet header on. False: dropped, and counted.
  bool inject(const_bytes frame);
};

struct port_params {
  const_bytes address{};  // six bytes, or empty: a random one
  u32 mtu = 1500;
  size_t tx_limit = 1024;
};
// EADDRNOTAVAIL, EINVAL (the MTU), and register_netdevice's.
result<ref<port_device>> port_add(net&, std::string_view name, const port_params&);

}  // namespace linnet
