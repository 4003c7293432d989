// L3 master devices (VRFs): devices that others are ports of at layer 3. What arrives by a port is looked up in the
// master's table and counts as having come by the master; what this host sends by a port passes the master too.
#pragma once

#include "net/core/net_device.hh"

namespace linnet {

struct l3mdev_ops {
  u32 (*l3mdev_fib_table)(const net_device& master);
  // A packet of a port's, or of the master's own, before it is routed; data stands at the network header.
  void (*l3mdev_l3_rcv)(net_device& master, sk_buff&);
  // A packet of this host on its way to a port. True: goes on; false: dropped, and freed.
  bool (*l3mdev_l3_out)(net_device& master, skb_ptr&);
};

inline bool netif_is_l3_master(const net_device& d) { return d.l3mdev_ops != nullptr; }
inline bool netif_is_l3_slave(const net_device& d) { return d.master && d.master->l3mdev_ops; }

// The master that a device belongs to, which may be itself; null: none (l3mdev_master_dev_rcu).
inline net_device* l3mdev_master_dev(const net_device& d) {
  if (netif_is_l3_master(d)) return const_cast<net_device*>(&d);
  return netif_is_l3_slave(d) ? d.master : nullptr;
}
inline int l3mdev_master_ifindex(const net_device& d) {
  const net_device* m = l3mdev_master_dev(d);
  return m ? m->ifindex : 0;
}
inline int l3mdev_master_ifindex_by_index(const net& n, int ifindex) {
  const net_device* d = ifindex ? dev_get_by_index(n, ifindex) : nullptr;
  return d ? l3mdev_master_ifindex(*d) : 0;
}
// The table of the master that a device belongs to; 0: none.
inline u32 l3mdev_fib_table(const net_device& d) {
  const net_device* m = l3mdev_master_dev(d);
  return m ? m->l3mdev_ops->l3mdev_fib_table(*m) : 0;
}
inline u32 l3mdev_fib_table_by_index(const net& n, int ifindex) {
  const net_device* d = ifindex ? dev_get_by_index(n, ifindex) : nullptr;
  return d ? l3mdev_fib_table(*d) : 0;
}

}  // namespace linnet
