// VLAN devices (IEEE 802.1Q): an Ethernet device for one VLAN on another device, its lower one, which may be in another
// namespace. What it sends goes out by the lower device with the VLAN's tag; what arrives there with that tag arrives
// here without. It follows its lower device up and down, in carrier, MTU and (while it has none of its own) address.
#pragma once

#include <linux/if_vlan.h>  // VLAN_FLAG_*

#include <vector>

#include "net/core/vlan.hh"

namespace linnet {

struct cred;
struct nl_request;
struct world;

struct vlan_dev : net_device {
  vlan_dev();

  ref<net_device> real_dev;
  be16 vlan_proto = be16(ETH_P_8021Q);
  u16 vlan_id = 0;
  u16 vlan_flags = VLAN_FLAG_REORDER_HDR;
  hw_addr real_dev_addr{};      // the lower device's when we last looked
  std::vector<hw_addr> synced;  // our multicast addresses as the lower device has them
  // Priorities (PCP) of arriving packets to skb->priority, and back: by priority mod 16, newest first.
  std::array<u32, 8> ingress_priority_map{};
  struct egress_mapping {
    u32 priority;
    u16 vlan_qos;  // as in the tag
  };
  std::array<std::vector<egress_mapping>, 16> egress_priority_map;
  unsigned nr_ingress_mappings = 0, nr_egress_mappings = 0;

  u16 egress_qos_mask(u32 skb_priority) const;
  bool reorders() const { return vlan_flags & VLAN_FLAG_REORDER_HDR; }
  bool loose() const { return vlan_flags & VLAN_FLAG_LOOSE_BINDING; }
  bool bridge_bound() const { return vlan_flags & VLAN_FLAG_BRIDGE_BINDING; }
};

bool is_vlan_dev(const net_device&);
inline vlan_dev& of_vlan(net_device& d) { return static_cast<vlan_dev&>(d); }
inline const vlan_dev& of_vlan(const net_device& d) { return static_cast<const vlan_dev&>(d); }

// vlan_dev.cc
void vlan_dev_init(
    vlan_dev&);  // what it takes from its lower device, before it is registered (ndo_init)
void vlan_dev_set_ingress_priority(vlan_dev&, u32 skb_prio, u16 vlan_prio);
void vlan_dev_set_egress_priority(vlan_dev&, u32 skb_prio, u16 vlan_prio);
status vlan_dev_change_flags(vlan_dev&, u32 flags, u32 mask);
void vlan_sync_address(net_device& real_dev, vlan_dev&);

// vlan.cc
// EOPNOTSUPP, EEXIST: whether `real_dev` can have that VLAN.
status vlan_check_real_dev(const net_device& real_dev, be16 proto, u16 vid);
status register_vlan_dev(net& n, ref<vlan_dev>, std::string_view name, int ifindex);
void unregister_vlan_dev(net_device&);
void vlan_init(world&);

// vlan_ioctl.cc: SIOCSIFVLAN, SIOCGIFVLAN; `arg` is a vlan_ioctl_args. And how it names what it makes.
result<int> vlan_ioctl(net&, const cred&, bytes arg);
const char* vlan_name_type(const net&);

// vlan_netlink.cc
extern const rtnl_link_ops vlan_link_ops;
// vlanproc.cc
void vlan_proc_init(world&);

}  // namespace linnet
