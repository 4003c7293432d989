// A network namespace: devices, FIB tables, rules, neighbour tables, sockets and sysctls (struct net).
// It belongs to one cpu and is touched only from there, so nothing inside it locks. Parts that a folder
// above this one defines hang off it by pernet_ptr and are made when the namespace is (setup_net).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ref.hh"
#include "base/result.hh"
#include "base/types.hh"

namespace linnet {

struct cpu;
struct world;
struct net_device;
struct netns_ipv4;
struct netns_netlink;
struct netns_packet;
struct packet_tap;
struct neigh_table;
struct netns_sysctl;
struct netns_vrf;

// Owns a type that this folder does not know; the deleter comes from where it is made.
template <class T>
using pernet_ptr = std::unique_ptr<T, void (*)(T*)>;

struct net : refcounted {
  net(world& w, cpu& c, u32 inum);
  ~net() override;

  world& w;
  cpu& c;
  const u32 inum;     // the inode number by which nsfs shows it: 4026531840 for a world's first
  u32 users = 0;      // see net_get_user
  u64 cookie = 0;     // SO_NETNS_COOKIE; 0: nobody has asked yet
  bool alive = true;  // false once its devices are gone and it only waits for the last reference

  // Devices in the order of ifindex, as dumps walk them. The map owns a reference.
  std::map<int, ref<net_device>> dev_base;
  // By name and by every alternative name.
  std::map<std::string, net_device*, std::less<>> dev_name_head;
  net_device* loopback_dev = nullptr;
  int last_ifindex = 0;
  u32 dev_base_seq = 1;  // changes with every registration: NLM_F_DUMP_INTR

  // Ids by which this namespace knows others (RTM_NEWNSID, IFLA_LINK_NETNSID).
  std::map<int, net*> netns_ids;
  std::unordered_map<const net*, int> nsid_of;  // the same the other way round; never walked
  std::map<u32, net*> known_by;                 // namespaces that have an id for this one, by inum

  u32 sock_inuse = 0;                      // socks of all families that programs have or had
  std::vector<packet_tap*> taps;           // who looks on (dev_add_tap), in the order of coming
  std::vector<neigh_table*> neigh_tables;  // in the order of their making (neigh_find_table)
  pernet_ptr<netns_ipv4> ipv4{nullptr, nullptr};
  pernet_ptr<netns_netlink> netlink{nullptr, nullptr};
  pernet_ptr<netns_packet> packet{nullptr, nullptr};
  pernet_ptr<netns_vrf> vrf{nullptr, nullptr};
  pernet_ptr<netns_sysctl> sysctl{nullptr, nullptr};  // values that nothing obeys yet
};

// Makes a namespace with its loopback device (down), as unshare(CLONE_NEWNET) does. The world holds it
// until net_put_user says that no process, name or descriptor holds it any more.
net& net_create(world&, cpu&);

// Processes, bound names (ip netns) and open descriptors keep a namespace alive; sockets do so through
// their creator's descriptor. The last put tears it down (cleanup_net): virtual devices are deleted.
void net_get_user(net&);
void net_put_user(net&);

net* net_by_inum(world&, u32 inum);

// The id by which `from` knows `other`: -1 (NETNSA_NSID_NOT_ASSIGNED) when none is assigned.
int peernet2id(const net& from, const net& other);
// The same, assigning the lowest free id first where there is none (peernet2id_alloc).
int peernet2id_alloc(net& from, net& other);
net* get_net_ns_by_id(const net& from, int id);
// Takes the namespace out of the others' ids, telling them, and drops its own (unhash_nsid).
void net_nsid_exit(net&);

net_device* dev_get_by_index(const net&, int ifindex);
net_device* dev_get_by_name(const net&, std::string_view name);  // also by altname

}  // namespace linnet
