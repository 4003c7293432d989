// A world: one simulated kernel's networking. It owns the clock, the cpus and the namespaces, and the
// registries through which folders plug into the core without the core knowing them: packet types,
// device kinds, rtnetlink handlers, socket families, device notifiers. Everything that Linux keeps in
// globals hangs from here, so many worlds live in one process without touching each other.
// `boot_world` (world/boot.hh) makes one with every subsystem registered.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/types.hh"
#include "net/core/cpu.hh"
#include "net/core/net.hh"
#include "net/core/sock_family.hh"
#include "time/clock.hh"

namespace linnet {

struct cred;
struct netlink_table;
struct packet_type;
struct proc_registry;
struct rtnl_link_ops;
struct rtnl_registry;
struct sock;
struct sock_diag_registry;
struct sysctl_registry;

enum class netdev_event : u8 {
  up,
  down,
  change,      // flags or operstate
  registered,  // NETDEV_REGISTER
  unregister,  // NETDEV_UNREGISTER: every holder lets go
  changemtu,
  changeaddr,
  changename,
  goingdown,
  feat_change,  // NETDEV_FEAT_CHANGE
  changeupper,  // an upper device has come or gone (net_device::upper_changed)
};
using netdev_notifier = void (*)(net_device&, netdev_event);

struct world {
  world(std::unique_ptr<linnet::clock> clk, u64 seed, unsigned n_cpus);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  ktime now() const { return clk->now(); }

  std::unique_ptr<linnet::clock> clk;
  const u64 seed;
  std::vector<std::unique_ptr<cpu>> cpus;

  std::map<u32, ref<net>> nets;  // by inum, in the order of creation
  u32 last_inum;
  net* init_net = nullptr;
  u64 last_cookie = 0;  // SO_COOKIE

  // Registries, filled at boot and constant afterwards.
  std::vector<packet_type*> ptypes;
  std::vector<const rtnl_link_ops*> link_ops;
  std::vector<netdev_notifier> netdev_chain;
  std::array<const net_proto_family*, 48> families{};
  std::unique_ptr<rtnl_registry, void (*)(rtnl_registry*)> rtnl{nullptr, nullptr};
  std::unique_ptr<netlink_table, void (*)(netlink_table*)> netlink{nullptr, nullptr};
  pernet_ptr<sock_diag_registry> sock_diag{nullptr, nullptr};
  // Told of each sock as it ends, while it is still whole (sock_diag_broadcast_destroy); null: nobody is.
  void (*sock_ends)(sock&) = nullptr;
  // Whether a datagram that begins at its IPv4 header is for a socket, and one that takes joined ones
  // (udp4_gro_lookup_skb). Null while no socket wants anything of GRO (udp_encap_needed_key).
  enum class gro_socket : u8 { none, plain, takes_joined };
  gro_socket (*udp_gro_lookup)(const sk_buff&) = nullptr;
  u32 udp_gro_sockets = 0;                                // which do
  pernet_ptr<proc_registry> procfs{nullptr, nullptr};     // procfs.hh
  pernet_ptr<sysctl_registry> sysctls{nullptr, nullptr};  // sysctl.hh

  // How a request that names a namespace by one of its sender's descriptors or by a process (IFLA_NET_NS_FD,
  // IFLA_NET_NS_PID, NETNSA_FD, NETNSA_PID) finds it: filled in by the front end that knows the sender's
  // descriptors and processes. Null when it is none: EINVAL or ESRCH to the caller. Empty without guests.
  std::function<net*(const cred& who, int fd)> net_by_fd;
  std::function<net*(const cred& who, u32 pid)> net_by_pid;
  // The name that people know a namespace by (ip netns add); empty when it has none, or without guests.
  std::function<std::string(const net&)> net_name;

  // Called in this order for each new namespace, and in reverse when it goes (register_pernet_subsys).
  struct pernet_operations {
    void (*init)(net&);
    void (*exit)(net&);
  };
  std::vector<pernet_operations> pernet;
  // Told when a namespace begins to go, so that sockets and messages about it can end (nsid notifications).
  std::vector<void (*)(net&)> net_exit_chain;
  void net_exit_hook(net& n) {
    for (auto f : net_exit_chain) f(n);
  }
};

}  // namespace linnet
