// What the parts of devinet share: the namespace's table of addresses and devices (devinet.cc), lifetimes
// (devinet_lifetime.cc), settings (devinet_conf.cc), netlink (devinet_netlink.cc, netconf.cc).
#pragma once

#include <unordered_map>

#include "net/core/rtnetlink.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "time/timer.hh"

namespace linnet {

// One namespace's devices with IPv4, and its addresses by value. The maps are looked into, never walked.
struct devinet_table {
  explicit devinet_table(net&);
  ~devinet_table();
  net& ns;
  std::unordered_map<const net_device*, ref<in_device>> idevs;
  std::unordered_map<u32, std::vector<in_ifaddr*>>
      addrs;  // by ifa_local, newest last (inet_addr_lst)
  struct lifetime_timer : timer {
    using timer::timer;
    devinet_table* owner = nullptr;
  } lifetime;
};
devinet_table& devinet_of(net&);

// devinet_lifetime.cc
inline constexpr u32 INFINITY_LIFE_TIME = 0xffffffff;
void set_ifa_lifetime(in_ifaddr&, u32 valid, u32 preferred, ktime now);
void check_lifetime_soon(net&);  // looks at all addresses from the timer, at once

// devinet_netlink.cc: RTM_NEWADDR, RTM_DELADDR to RTNLGRP_IPV4_IFADDR.
void rtmsg_ifa(int event, const in_ifaddr&, const nl_request* rq);
void devinet_netlink_init(world&);

// netconf.cc: RTM_NEWNETCONF and RTM_DELNETCONF to RTNLGRP_IPV4_NETCONF. `type`: NETCONFA_*, or
// NETCONFA_ALL; `conf` null: the index alone.
void inet_netconf_notify_devconf(net&, int event, int type, int ifindex, const ipv4_devconf* conf);
void netconf_init(world&);

// devinet_conf.cc: net.ipv4.conf. `set_all`: conf was set on the device itself, every field of it.
void ipv4_devconf_setall(in_device&);
// What a write to net.ipv4.conf.{all,default,DEV}.* does, with everything that follows from it: copies of
// the default to devices that have no value of their own, forwarding everywhere, route cache, netconf.
struct devconf_target {
  enum class which : u8 { all, dflt, device } w;
  in_device* dev = nullptr;
};
void devinet_conf_write(net&, devconf_target, int id, s32 value);
void devinet_conf_init(world&);  // IFLA_AF_SPEC

// Boot: the notifier, the message types; for each namespace after its netns_ipv4 and arp_tbl are there, the
// default settings.
void devinet_init(world&);
void devinet_net_init(net&);

}  // namespace linnet
