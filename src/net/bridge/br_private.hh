// The learning switch (net/bridge): a bridge device, the devices enslaved to it as ports, and a table of which
// address was last seen behind which port. A port's rx_handler takes every frame from its device: learns the
// source, then forwards to the destination's port, floods to all others, or passes up to the bridge device, which is
// an Ethernet device of this host like any other. No spanning tree, VLAN filtering or multicast snooping.
//
//   br_if.cc       ports come and go; states follow the carrier; MAC and MTU of the bridge follow its ports
//   br_fdb.cc      the table: learning, ageing, what users add
//   br_input.cc    received frames, in bursts       br_forward.cc  delivery to ports
//   br_netlink.cc  attributes of bridge and ports   br_netlink_fdb.cc  the table over RTM_*NEIGH
#pragma once

#include <linux/if_bridge.h>

#include <map>

#include "net/core/net_device.hh"
#include "net/core/rtnetlink.hh"
#include "net/ethernet/eth.hh"
#include "time/timer.hh"

namespace linnet {

struct net_bridge;

struct net_bridge_fdb_entry {
  u64 key;  // address and vid
  u16 vid = 0;
  std::array<u8, ETH_ALEN> addr{};
  net_bridge_port* dst = nullptr;  // null: the bridge itself
  bool is_local = false, is_static = false, sticky = false, by_user = false, ext_learn = false;
  ktime updated = 0, used = 0;
  net_bridge_fdb_entry* next = nullptr;  // in the hash chain
  net_bridge_fdb_entry *newer = nullptr, *older = nullptr;
};

// Address and vid to entry; walked from the newest entry to the oldest.
class fdb_table {
 public:
  fdb_table() : heads_(64) {}
  ~fdb_table();
  fdb_table(const fdb_table&) = delete;
  fdb_table& operator=(const fdb_table&) = delete;

  static u64 key_of(const u8* addr, u16 vid);
  net_bridge_fdb_entry* find(u64 key) const {
    net_bridge_fdb_entry* e = heads_[slot(key)];
    while (e && e->key != key) e = e->next;
    return e;
  }
  net_bridge_fdb_entry& insert(const u8* addr, u16 vid);  // not there yet
  void erase(net_bridge_fdb_entry&);
  net_bridge_fdb_entry* newest() const { return newest_; }
  size_t size() const { return size_; }

 private:
  // Addresses differ mostly in their last bytes, which are the key's highest: they must be folded in before the
  // multiplication, which carries only upwards.
  size_t slot(u64 key) const {
    return ((key ^ key >> 32) * 0x9e3779b97f4a7c15u) >> 32 & (heads_.size() - 1);
  }
  void grow();
  std::vector<net_bridge_fdb_entry*> heads_;
  net_bridge_fdb_entry* newest_ = nullptr;
  size_t size_ = 0;
};

struct net_bridge_port {
  net_bridge* br;
  net_device* dev;
  u16 port_no;
  u8 state = BR_STATE_DISABLED;
  u16 priority = 32;  // 0x8000 >> BR_PORT_BITS
  u32 path_cost = 100;
  bool admin_cost = false;
  bool learning = true, flood = true, mcast_flood = true, bcast_flood = true;
  bool hairpin = false, isolated = false;
  u16 group_fwd_mask = 0;
  ktime forward_delay_until = 0;

  u16 port_id() const { return static_cast<u16>(priority << 10 | port_no); }
};

struct net_bridge : net_device {
  net_bridge();

  std::vector<net_bridge_port*> ports;  // the newest first (port_list)
  fdb_table fdb;
  struct gc_timer : timer {
    explicit gc_timer(net_bridge& b);
    net_bridge& br;
  } gc;
  ktime ageing_time = 300 * ns_per_sec;
  ktime forward_delay = 15 * ns_per_sec, hello_time = 2 * ns_per_sec, max_age = 20 * ns_per_sec;
  u16 priority = 0x8000;
  std::array<u8, ETH_ALEN> bridge_addr{};  // of the bridge's id
  std::array<u8, ETH_ALEN> group_addr = {0x01, 0x80, 0xc2, 0, 0, 0};
  u16 group_fwd_mask = 0;
  bool no_linklocal_learn = false;
  bool mtu_set_by_user = false;
};

// The vid under which static and local entries are entered a second time: Linux's default PVID, though nothing filters.
inline constexpr u16 br_default_pvid = 1;
inline constexpr u16 BR_GROUPFWD_RESTRICTED_ =
    7;  // the first three link-local groups are never forwarded

bool is_bridge(const net_device&);
inline net_bridge& of_bridge(net_device& d) { return static_cast<net_bridge&>(d); }

// ---- br_if.cc
status br_add_if(net_bridge&, net_device&);
void br_del_if(net_bridge&, net_device&);
void br_stp_enable_port(net_bridge_port&);
void br_stp_disable_port(net_bridge_port&);
status br_set_port_state(net_bridge_port&, u8 state);
void br_stp_change_bridge_id(net_bridge&, const u8* addr);
void br_netdev_event(net_device&, netdev_event);

// ---- br_fdb.cc
inline net_bridge_fdb_entry* br_fdb_find(const net_bridge& br, const u8* addr, u16 vid) {
  return br.fdb.find(fdb_table::key_of(addr, vid));
}
void br_fdb_update(net_bridge&, net_bridge_port& source, const u8* addr, u16 vid, bool by_user);
void br_fdb_add_local(net_bridge&, net_bridge_port*, const u8* addr);
void br_fdb_changeaddr(net_bridge_port&, const u8* addr);
void br_fdb_change_mac_address(net_bridge&, const u8* addr);
void br_fdb_delete_by_port(net_bridge&, net_bridge_port&, bool all);
void br_fdb_flush(net_bridge&, bool all);  // or what was learnt
void fdb_delete(net_bridge&, net_bridge_fdb_entry&);
void br_fdb_rearm(net_bridge&);

// ---- br_input.cc, br_forward.cc
void br_handle_frames(net_device& dev, sk_buff_head& run);  // of a port
void br_dev_xmit(net_device&, sk_buff_head&&);

// Packets on their way out, gathered while they go the same way.
class br_deliveries {
 public:
  ~br_deliveries() { flush(); }
  void to(net_bridge_port& p, skb_ptr s);
  void flush();

 private:
  net_bridge_port* port_ = nullptr;
  sk_buff_head list_;
};
enum class br_pkt : u8 { unicast, multicast, broadcast };
// `from`: the port it came by; null for the bridge's own. Takes the packet unless `keep`.
void br_forward(br_deliveries&, net_bridge_port& to, const net_bridge_port* from, skb_ptr& s,
                bool keep);
void br_flood(br_deliveries&, net_bridge&, const net_bridge_port* from, skb_ptr& s, br_pkt,
              bool keep);

// ---- br_netlink.cc, br_netlink_fdb.cc
void br_ifinfo_notify(int event, const net_bridge_port&);
void fdb_notify(net_bridge&, const net_bridge_fdb_entry&, int type);
void br_netlink_init(world&);
void br_netlink_fdb_init(world&);
extern const rtnl_link_ops br_link_ops;
status br_changelink(net_bridge&, const_bytes data);
void br_fill_info(const net_device&, std::vector<std::byte>&);
void br_port_fill_slave_info(const net_device&, const net_device&, std::vector<std::byte>&);
status br_port_slave_changelink(net_device&, net_device&, const_bytes);

}  // namespace linnet
