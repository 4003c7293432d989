// A network device: name and index, flags and operational state, addresses, queues, statistics, and the
// driver's functions. Drivers derive from net_device and register; the namespace's table holds the
// reference that keeps it. Fields are changed through the functions below, which notify.
#pragma once

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/list.hh"
#include "base/ref.hh"
#include "base/result.hh"
#include "base/types.hh"
#include "net/core/net.hh"
#include "net/core/netdev_features.hh"
#include "net/core/sk_buff.hh"
#include "net/core/world.hh"

namespace linnet {

struct cred;
struct in_device;
struct l3mdev_ops;
struct net_bridge_port;
struct ndo_bridge_ops;
struct neighbour;
struct nl_request;
struct qdisc;
struct rtnl_link_ops;
struct vlan_info;

inline constexpr unsigned max_addr_len = 32;  // MAX_ADDR_LEN
using hw_addr = std::array<u8, max_addr_len>;

// rtnl_link_stats64's counters that the core keeps; the driver may add its own in ndo_get_stats64.
struct pcpu_stats {
  u64 rx_packets = 0, rx_bytes = 0, tx_packets = 0, tx_bytes = 0;
  u64 rx_dropped = 0, tx_dropped = 0, rx_errors = 0, tx_errors = 0;
  u64 multicast = 0, rx_nohandler = 0, rx_otherhost_dropped = 0;
  u64 rx_length_errors = 0, rx_crc_errors = 0, rx_frame_errors = 0, rx_fifo_errors = 0;
  u64 tx_carrier_errors = 0, tx_aborted_errors = 0, collisions = 0;
};

struct net_device_ops {
  // Takes the burst; each packet has its link-layer header. Never calls a receive function.
  void (*ndo_start_xmit)(net_device&, sk_buff_head&&);
  status (*ndo_open)(net_device&) = nullptr;
  void (*ndo_stop)(net_device&) = nullptr;
  status (*ndo_set_mac_address)(net_device&, const_bytes) = nullptr;  // null: not supported
  status (*ndo_change_mtu)(net_device&, u32) = nullptr;               // null: within min and max
  void (*ndo_uninit)(net_device&) = nullptr;                          // at unregistration
  int (*ndo_get_iflink)(const net_device&) = nullptr;                 // veth: the peer's ifindex
  net* (*ndo_get_link_net)(const net_device&) = nullptr;              // veth: the peer's namespace
  status (*ndo_change_carrier)(net_device&, bool on) = nullptr;       // null: not supported
  // Of a master: takes a device as its lower one (IFLA_MASTER), and lets it go. Null: not a master.
  status (*ndo_add_slave)(net_device&, net_device& slave) = nullptr;
  status (*ndo_del_slave)(net_device&, net_device& slave) = nullptr;
  // What goes with IFF_PROMISC or IFF_ALLMULTI (the bit that changed), and with the lists of addresses.
  void (*ndo_change_rx_flags)(net_device&, unsigned changed) = nullptr;
  void (*ndo_set_rx_mode)(net_device&) = nullptr;
  // Of a VLAN's device: takes a packet of that VLAN that arrived on its lower device. False: it may not have it.
  bool (*ndo_vlan_rcv)(net_device&, sk_buff&) = nullptr;
  // SIOCGETTUNNEL and its kin, whose argument `arg` is an ip_tunnel_parm (ndo_siocdevprivate).
  result<int> (*ndo_tunnel_ioctl)(net_device&, const cred&, unsigned cmd, bytes arg) = nullptr;
  // What of the wanted features goes together, and what a change of them brings about (netdev_update_features).
  u64 (*ndo_fix_features)(const net_device&, u64 features) = nullptr;
  void (*ndo_set_features)(net_device&, u64 features) = nullptr;
  bool no_link_state = false;              // ETHTOOL_GLINK has no answer (dummy)
  const ndo_bridge_ops* bridge = nullptr;  // what a bridge alone does
};

struct header_ops {
  // Pushes the link-layer header. `daddr`/`saddr` null: leave open / the device's. False: daddr unknown.
  bool (*create)(sk_buff&, net_device&, u16 proto, const u8* daddr, const u8* saddr);
  // The cached header of one neighbour (hh_cache): fills `out`, returns its length.
  u8 (*cache)(const neighbour&, be16 proto, std::array<std::byte, 16>& out) = nullptr;
  // The sender's address from the header at mac(): fills `out`, returns its length.
  u8 (*parse)(const sk_buff&, hw_addr& out) = nullptr;
  // The protocol that a frame at data is of. Null: what the Ethernet header says.
  be16 (*parse_protocol)(const sk_buff&) = nullptr;
};

// A link-layer address that a device filters by (struct netdev_hw_addr).
struct netdev_hw_addr {
  hw_addr addr;
  u32 refcount = 1;
  bool global_use = false;  // one of the users is user space
};

// What software segmentation can take (GSO_MAX_SIZE): tso_max_size of lo and veth.
inline constexpr u32 gso_max = 8 * 65535;

struct net_device : refcounted {
  net_device();
  ~net_device() override;

  // Read by the data path.
  unsigned flags = 0;  // IFF_*, the administrative and the volatile ones (dev_get_flags)
  u16 type = ARPHRD_ETHER;
  u8 addr_len = 6;
  u8 operstate = IF_OPER_UNKNOWN;  // RFC 2863, IF_OPER_*
  bool carrier = true;             // __LINK_STATE_START / NOCARRIER
  bool dormant = false;
  u32 mtu = 1500;
  u16 hard_header_len = 14;
  u8 min_header_len = 14;
  u16 needed_headroom = 0;
  u64 features = 0;       // NETIF_F_*: those in force
  u64 vlan_features = 0;  // those that hold for its VLANs too
  int ifindex = 0;
  net* nd_net = nullptr;
  const net_device_ops* ops = nullptr;
  const linnet::header_ops* header_ops = nullptr;
  in_device* ip_ptr = nullptr;  // IPv4's part, owned by IPv4
  // Of a device that has a master: sees each burst before the protocols do, and takes what it wants from it
  // (netdev_rx_handler_register). What it leaves goes on.
  void (*rx_handler)(net_device&, sk_buff_head&) = nullptr;
  net_bridge_port* br_port = nullptr;  // set while it is a bridge's port, owned by the bridge
  net_device* master = nullptr;        // the upper device that it belongs to (IFLA_MASTER)
  const linnet::l3mdev_ops* l3mdev_ops = nullptr;  // of a VRF's device (net/core/l3mdev.hh)
  pernet_ptr<linnet::vlan_info> vlan_info{nullptr,
                                          nullptr};  // its VLANs' devices; null: it has none
  pcpu_stats stats;
  // The discipline that is attached, and the one that packets go through: null, which is Linux's noop, while the
  // device is down or has no carrier.
  std::unique_ptr<linnet::qdisc, void (*)(linnet::qdisc*)> qdisc_sleeping{nullptr, nullptr};
  linnet::qdisc* qdisc = nullptr;

  hw_addr dev_addr{};
  hw_addr broadcast{};
  hw_addr perm_addr{};
  u8 addr_assign_type = 0;  // NET_ADDR_PERM 0, NET_ADDR_RANDOM 1, NET_ADDR_SET 3

  // Control.
  std::string name;
  std::string ifalias;
  std::vector<std::string> altnames;
  u32 group = 0;
  u32 tx_queue_len = 1000;
  u32 min_mtu = 68, max_mtu = 65535;
  u32 num_tx_queues = 1, num_rx_queues = 1;
  u32 promiscuity = 0, allmulti = 0;
  unsigned flags_changed = 0;           // IFF_* that the change now being notified is about
  net_device* upper_changed = nullptr;  // the upper device that `changeupper` is about
  unsigned gflags = 0;                  // PROMISC and ALLMULTI as user space set them
  u32 gso_max_size = 65536, gso_max_segs = 65535, tso_max_size = 65536, tso_max_segs = 65535;
  u32 gro_max_size = 65536;
  u64 hw_features = 0, wanted_features = 0;  // those that may be switched, and how they were
  u64 gro_flush_timeout = 0;                 // ns that joined packets may wait for more
  u32 napi_defer_hard_irqs = 0;
  u8 link_mode = 0;  // IF_LINK_MODE_DEFAULT
  bool proto_down = false;
  u32 carrier_up_count = 0, carrier_down_count = 0;
  bool netns_local = false;  // may not leave its namespace (lo)
  bool noqueue = false;      // IFF_NO_QUEUE: no discipline by default (virtual devices)
  bool tx_stopped = false;   // the driver is full (netif_tx_stop_queue)
  const linnet::rtnl_link_ops* rtnl_link_ops = nullptr;  // null: made by no kind (lo)
  bool rtnl_initializing = false;  // RTNL_LINK_INITIALIZING: not yet announced by rtnetlink
  bool registered = false;
  bool dismantled = false;        // NETREG_UNREGISTERING: goes for good, not to another namespace
  bool live_addr_change = false;  // IFF_LIVE_ADDR_CHANGE: address may change while up
  struct linkwatch_work : work {
    linkwatch_work() : work(nullptr) {}
    net_device* dev = nullptr;
  } linkwatch;
  // Reference-counted link-layer multicast filters (dev_mc_add).
  std::vector<netdev_hw_addr> mc;
  std::vector<netdev_hw_addr> uc;  // the same for unicast addresses (dev_uc_add)
  bool unicast_filter =
      false;                // IFF_UNICAST_FLT: needs no promiscuity for more addresses than its own
  bool uc_promisc = false;  // it is promiscuous because of them

  bool up() const { return flags & IFF_UP; }
  bool carrier_ok() const { return carrier; }
  const_bytes addr() const { return std::as_bytes(std::span(dev_addr)).first(addr_len); }
};

// A device kind (struct rtnl_link_ops): what `ip link add type KIND` makes. The netlink parts take the
// attribute nests undigested: `data` is IFLA_INFO_DATA's payload.
struct rtnl_newlink_params {
  const_bytes data;       // IFLA_INFO_DATA payload, empty when absent
  const_bytes request;    // all attributes of the request (after ifinfomsg)
  net* src_net;           // the requester's namespace
  const nl_request* rq;   // who asks, for namespaces named by descriptor
  net* dest_net;          // where the device goes
  std::string_view name;  // may hold a %d pattern; never empty
  bool name_given;
  const_bytes address;  // IFLA_ADDRESS or empty
  int ifindex;          // asked for, or 0
};
struct rtnl_link_ops {
  const char* kind;
  // Makes and registers the device: rtnl_create_link (rtnetlink.hh), register_netdevice. Flags are set and
  // the device is announced by the caller afterwards.
  result<net_device*> (*newlink)(const rtnl_newlink_params&);
  // Unregisters `dev` and what goes with it (veth: the peer). Null: unregister_netdevice.
  void (*dellink)(net_device&) = nullptr;
  // Appends IFLA_INFO_DATA's attributes for `dev` (a ready sequence of struct nlattr), or nothing.
  void (*fill_info)(const net_device&, std::vector<std::byte>& out) = nullptr;
  // Obeys IFLA_INFO_DATA sent to a device that exists. Null: EOPNOTSUPP.
  status (*changelink)(net_device&, const_bytes data) = nullptr;
  // IFLA_INFO_SLAVE_DATA of a device whose master is of this kind, as above.
  void (*fill_slave_info)(const net_device& master, const net_device& slave,
                          std::vector<std::byte>& out) = nullptr;
  status (*slave_changelink)(net_device& master, net_device& slave, const_bytes data) = nullptr;
};
const rtnl_link_ops* rtnl_link_ops_get(const world&, std::string_view kind);

// Gives `dev` a name (a "%d" in it is replaced by the lowest free number) and an ifindex (`ifindex` when
// positive, else the next), links it into `n` and notifies. The namespace takes the reference.
// EEXIST, EINVAL (name), ENFILE (no number left), EBUSY (index taken).
status register_netdevice(net& n, ref<net_device> dev, std::string_view name, int ifindex = 0);
// Closes it, notifies every holder, unlinks it. The object lives on until its last reference goes.
void unregister_netdevice(net_device&);

status dev_open(net_device&);
void dev_close(net_device&);
unsigned dev_get_flags(
    const net_device&);  // as user space sees them: with RUNNING, LOWER_UP, DORMANT
status dev_change_flags(net_device&, unsigned flags);
status dev_set_mtu(net_device&, u32 mtu);  // with Linux's ext-ack texts
status dev_set_mac_address(net_device&, const_bytes addr);
status dev_change_name(net_device&, std::string_view name);
status dev_set_alias(net_device&, std::string_view alias);
status dev_change_net_namespace(net_device&, net& to, std::string_view pattern,
                                int new_ifindex = 0);
bool dev_valid_name(std::string_view);

void netif_carrier_on(net_device&);
void netif_carrier_off(net_device&);
// Recomputes operstate from carrier and flags (linkwatch_do_dev); runs from the cpu's link-watch work.
void linkwatch_fire_event(net_device&);
void linkwatch_init_dev(net_device&);
void netdev_set_operstate(net_device&, u8 operstate);

void dev_set_promiscuity(net_device&, int inc);  // each call is told to RTNLGRP_LINK
void dev_set_allmulti(net_device&, int inc);
void dev_mc_add(net_device&, const hw_addr&);
void dev_mc_del(net_device&, const hw_addr&);
// For user space, which counts once (SIOCADDMULTI, SIOCDELMULTI). ENOENT.
void dev_mc_add_global(net_device&, const hw_addr&);
status dev_mc_del_global(net_device&, const hw_addr&);
void dev_uc_add(net_device&, const hw_addr&);
void dev_uc_del(net_device&, const hw_addr&);

rtnl_link_stats64 dev_get_stats(const net_device&);

// Link messages to RTNLGRP_LINK (net/core/rtnetlink.cc). `change` goes in ifi_change. The functions above
// call this where Linux calls it itself; what follows from a notifier event alone (changemtu, changeaddr,
// changename: Linux's rtnetlink_event) is the notifier's to send.
// `rq`: the request that led to it, which may want an echo.
void rtmsg_ifinfo(int type, net_device&, unsigned change, const nl_request* rq = nullptr);
// RTM_DELLINK in the old namespace of a device that moves, with where it went.
void rtmsg_ifinfo_newnet(int type, net_device&, unsigned change, int new_nsid, int new_ifindex);

void call_netdevice_notifiers(net_device&, netdev_event);
// Tells that `upper` stands on `dev` now, or no more (NETDEV_CHANGEUPPER).
void notify_changeupper(net_device& dev, net_device& upper);
// Gives `dev` the carrier and dormancy of the device below (netif_stacked_transfer_operstate).
void netif_stacked_transfer_operstate(const net_device& below, net_device& dev);

}  // namespace linnet
