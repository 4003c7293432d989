// IPv4 addresses of devices and their settings (struct in_device, in_ifaddr, ipv4_devconf). Adding and
// removing an address makes and removes the routes it implies (fib_frontend.cc) and notifies RTM_NEWADDR
// and RTM_DELADDR.
#pragma once

#include <linux/ip.h>  // IPV4_DEVCONF_*
#include <linux/netconf.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/endian.hh"
#include "base/result.hh"
#include "net/core/neighbour.hh"
#include "net/core/net_device.hh"

namespace linnet {

// Settings by IPV4_DEVCONF_* number (from 1), as RTM_GETNETCONF and IFLA_AF_SPEC show them.
struct ipv4_devconf {
  std::array<s32, IPV4_DEVCONF_MAX> data{};
  s32 get(int id) const { return data[static_cast<size_t>(id - 1)]; }
  void set(int id, s32 v) { data[static_cast<size_t>(id - 1)] = v; }
};

struct in_ifaddr {
  in_device* ifa_dev = nullptr;
  be32 ifa_local;    // the address
  be32 ifa_address;  // the peer's on point-to-point, else the same
  be32 ifa_mask;
  be32 ifa_broadcast;       // 0: none
  u32 ifa_rt_priority = 0;  // IFA_RT_PRIORITY, metric of the prefix route
  u8 ifa_scope = 0;
  u8 ifa_prefixlen = 0;
  u8 ifa_proto = 0;
  u32 ifa_flags = 0;  // IFA_F_*
  std::string ifa_label;
  u32 ifa_valid_lft = 0xffffffff, ifa_preferred_lft = 0xffffffff;  // seconds
  ktime ifa_cstamp = 0, ifa_tstamp = 0;
};

struct ip_mc_device;

struct in_device : refcounted {
  explicit in_device(net_device& d) : dev(&d) {}
  net_device* dev;
  std::vector<std::unique_ptr<in_ifaddr>> ifa_list;  // in the order `ip addr` shows them
  ipv4_devconf cnf;
  u64 cnf_state = 0;  // bit per id: set on the device itself
  std::unique_ptr<neigh_parms, void (*)(neigh_parms*)> arp_parms{nullptr, nullptr};
  pernet_ptr<ip_mc_device> mc{nullptr, nullptr};  // multicast groups (igmp.hh); null: none yet
  bool dead = false;
};

inline in_device* in_dev_get(const net_device& d) { return d.ip_ptr; }

// The setting as it counts on a device: the macros IN_DEV_ORCONF, IN_DEV_ANDCONF, IN_DEV_MAXCONF.
s32 in_dev_conf_get(const in_device&, int id);
bool in_dev_orconf(const in_device&, int id);
bool in_dev_andconf(const in_device&, int id);
s32 in_dev_maxconf(const in_device&, int id);
bool in_dev_forward(const in_device&);
bool in_dev_promote_secondaries(const in_device&);

constexpr be32 inet_make_mask(u8 prefixlen) {
  return prefixlen ? be32(~u32{0} << (32 - prefixlen)) : be32();
}
constexpr bool inet_ifa_match(be32 addr, const in_ifaddr& ifa) {
  return ((addr ^ ifa.ifa_address) & ifa.ifa_mask).raw() == 0;
}
constexpr bool ipv4_is_loopback(be32 a) { return a.host() >> 24 == 127; }
constexpr bool ipv4_is_multicast(be32 a) { return a.host() >> 28 == 0xe; }
constexpr bool ipv4_is_local_multicast(be32 a) { return a.host() >> 8 == 0xe00000; }
constexpr bool ipv4_is_lbcast(be32 a) { return a.raw() == 0xffffffff; }
// Since Linux 5.3 only 0.0.0.0 itself; the rest of 0.0.0.0/8 is ordinary unicast.
constexpr bool ipv4_is_zeronet(be32 a) { return a.raw() == 0; }

in_device* inetdev_init(net_device&);  // makes it when the device has none (and its MTU allows)
// EEXIST as devinet's __inet_insert_ifa; takes ownership; `rq`: the request behind it, for the notification.
status inet_insert_ifa(std::unique_ptr<in_ifaddr>, const nl_request* rq = nullptr);
status inet_del_ifa(in_device&, in_ifaddr&, const nl_request* rq = nullptr);
// Address of `dev` in `scope` on the way to `dst` (0: any): man 7 ip, inet_select_addr.
be32 inet_select_addr(const net_device&, be32 dst, int scope);
// An address fit to be the source of an ARP request for `dst` (inet_confirm_addr).
be32 inet_confirm_addr(const net&, in_device*, be32 dst, be32 local, int scope);
// Whether `a`, and `b` unless 0, are addresses of one of the device's subnets.
bool inet_addr_onlink(const in_device&, be32 a, be32 b);
// The address as one of ours, or null (inet_lookup_ifaddr_rcu).
const in_ifaddr* inet_lookup_ifaddr(const net&, be32 addr);
// The device that holds `addr`, or null (__ip_dev_find).
net_device* ip_dev_find(const net&, be32 addr);

// Multicast groups (igmp.cc): one user more or less of a group, and what devices' coming and going does to all.
void ip_mc_inc_group(in_device&, be32 group);
void ip_mc_dec_group(in_device&, be32 group);
void ip_mc_up(in_device&);
void ip_mc_down(in_device&);
void ip_mc_destroy_dev(in_device&);
// Whether the device listens to what `source` (0: anybody) sends to `group` (ip_check_mc_rcu). IGMP passes all filters.
bool ip_check_mc(const in_device&, be32 group, be32 source, u8 protocol);

}  // namespace linnet
