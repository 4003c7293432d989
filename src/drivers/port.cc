// Ports: the two queues.
#include "drivers/port.hh"

#include "net/core/dev.hh"
#include "net/core/dst.hh"
#include "net/core/sock.hh"
#include "net/ethernet/eth.hh"

namespace linnet {
namespace {

port_device& of(net_device& d) { return static_cast<port_device&>(d); }

int port_poll(napi_struct& n, int budget) {
  port_device& dev = *static_cast<port_device::rx_napi&>(n).port;
  sk_buff_head burst;
  int done = 0;
  for (; done < budget && !dev.rx.empty(); ++done) burst.enqueue(dev.rx.dequeue());
  if (done) netif_receive_skb_list(dev.nd_net->c, std::move(burst));
  return done;
}

void port_xmit(net_device& d, sk_buff_head&& list) {
  port_device& dev = of(d);
  const bool was_empty = dev.tx.empty();
  while (skb_ptr p = list.dequeue()) {
    if (unlikely(dev.tx.qlen() >= dev.tx_limit)) {
      ++dev.stats.tx_dropped;
      p->home->xmit_error = ENOBUFS;
      kfree_skb_reason(std::move(p), skb_drop_reason::FULL_RING);
      continue;
    }
    skb_tx_timestamp(*p);
    skb_orphan(*p);  // the program may take its time
    skb_dst_drop(*p);
    ++dev.stats.tx_packets;
    dev.stats.tx_bytes += p->len();
    dev.tx.enqueue(std::move(p));
  }
  if (was_empty && !dev.tx.empty() && dev.ready) dev.ready(dev);
}

void port_stop(net_device& d) {
  port_device& dev = of(d);
  dev.napi.unlink();
  dev.rx.purge(skb_drop_reason::DEV_READY);
}

void port_uninit(net_device& d) { of(d).tx.purge(skb_drop_reason::QUEUE_PURGE); }

constexpr net_device_ops port_ops = {.ndo_start_xmit = port_xmit,
                                     .ndo_stop = port_stop,
                                     .ndo_set_mac_address = eth_mac_addr,
                                     .ndo_uninit = port_uninit,
                                     .ndo_set_rx_mode = eth_set_rx_mode};

}  // namespace

bool port_device::inject(const_bytes frame) {
  if (!up()) {
    ++stats.rx_dropped;
    return false;
  }
  if (frame.size() < hard_header_len || frame.size() > size_t{mtu} + hard_header_len + 4) {
    ++stats.rx_errors;
    ++stats.rx_length_errors;
    return false;
  }
  cpu& c = nd_net->c;
  skb_ptr p = alloc_skb(c, skb_default_headroom + static_cast<u32>(frame.size()));
  skb_reserve(*p, skb_default_headroom);
  skb_put_data(*p, frame);
  eth_type_trans(*p, *this);
  ++stats.rx_packets;
  stats.rx_bytes += frame.size();
  if (p->pkt == pkt_type::multicast) ++stats.multicast;
  rx.enqueue(std::move(p));
  napi_schedule(c, napi);
  return true;
}

result<ref<port_device>> port_add(net& n, std::string_view name, const port_params& params) {
  ref<port_device> dev(new port_device);
  ether_setup(*dev);
  dev->napi.poll = port_poll;
  dev->napi.port = dev.get();
  dev->ops = &port_ops;
  dev->max_mtu = ETH_MAX_MTU - ETH_HLEN;
  dev->noqueue = true;
  dev->live_addr_change = true;
  dev->tx_limit = params.tx_limit;
  if (params.mtu < dev->min_mtu || params.mtu > dev->max_mtu) return err(EINVAL);
  dev->mtu = params.mtu;
  eth_hw_addr_random(*dev, n.c);
  if (!params.address.empty()) {
    if (status s = eth_mac_addr(*dev, params.address); !s) return std::unexpected(s.error());
    std::memcpy(dev->dev_addr.data(), params.address.data(), ETH_ALEN);
    dev->addr_assign_type = 3;  // NET_ADDR_SET
  }
  if (status s = register_netdevice(n, dev, name); !s) return std::unexpected(s.error());
  return dev;
}

}  // namespace linnet
