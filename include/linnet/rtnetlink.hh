// What `ip` does, as functions: links, addresses, routes, neighbours and rules of a namespace. Each makes one rtnetlink
// request and has it handled by the same code that answers `ip`; there is no other way to the state. Errors are Linux's,
// with its sentence. What a structure leaves out, `ip` leaves out too. Devices are named; ENODEV when there is none.
#pragma once

#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/address.hh>
#include <linnet/world.hh>

namespace linnet::v0 {

// ---- links

/// A device to be made, as by `ip link add`.
struct link_config {
  std::string name{};                    ///< A "%d" in it becomes the lowest free number.
  std::string kind{};                    ///< "dummy", "bridge", "vlan", "vrf", "ipip", "gre" ...
  std::optional<mac_address> address{};  ///< Without one, a random one.
  std::optional<std::uint32_t> mtu{};    ///< Bytes.
  std::string lower{};                   ///< The device it stands on (vlan).
  std::uint16_t vlan_id = 0;             ///< Of a vlan.
  std::uint32_t table = 0;               ///< Of a vrf: its routing table.
  bool up = false;                       ///< Set up at once.
};

/// What `ip link set` changes; what is left out stays.
struct link_change {
  std::optional<bool> up{};              ///< Up or down.
  std::optional<mac_address> address{};  ///< Ethernet address.
  std::optional<std::uint32_t> mtu{};    ///< Bytes.
  std::optional<std::string> name{};     ///< A new name.
  std::optional<std::string> master{};   ///< Bridge or VRF it belongs to; "" for none.
  const net* move_to = nullptr;          ///< The namespace it goes to.
};

/// A device as it is.
struct link_info {
  int ifindex = 0;               ///< Its index.
  std::string name{};            ///< Its name.
  std::string kind{};            ///< As in link_config; empty for lo and devices of the program.
  unsigned flags = 0;            ///< IFF_UP, IFF_RUNNING ...
  std::uint8_t operstate = 0;    ///< IF_OPER_UP ... (RFC 2863).
  std::uint32_t mtu = 0;         ///< Bytes.
  mac_address address{};         ///< All zero when it has none of six bytes.
  int master = 0;                ///< Index of its bridge or VRF, or 0.
  rtnl_link_stats64 counters{};  ///< Packets, bytes, errors, drops.

  /// Whether it is up.
  bool up() const;
  /// Whether it is up and has a carrier.
  bool running() const;
};

/// `ip link add`. EEXIST, EINVAL, EOPNOTSUPP ("Unknown device type").
status add_link(const net&, const link_config&);
/// Two Ethernet devices joined back to back, down: `name` here and `peer_name` there, which may be the same namespace.
status add_veth(const net&, std::string_view name, const net& peer, std::string_view peer_name);
/// `ip link set`, all changes by one request. EBUSY (a new name for a device that is up), EEXIST, EINVAL ...
status set_link(const net&, std::string_view name, const link_change&);
/// `ip link set NAME up`.
status set_up(const net&, std::string_view name);
/// `ip link del`. Of a veth, both ends. EOPNOTSUPP for devices that no request has made.
status del_link(const net&, std::string_view name);
/// One device, as `ip link show NAME`. ENODEV.
result<link_info> get_link(const net&, std::string_view name);
/// All, in the order of their indices.
std::vector<link_info> links(const net&);

// ---- addresses

/// An address of a device, as `ip addr add` takes it.
struct address_config {
  ipv4_prefix local{};                      ///< The address and its subnet's length.
  std::optional<ipv4_address> peer{};       ///< The other end's, on a point-to-point link.
  std::optional<ipv4_address> broadcast{};  ///< None by default, as with `ip`.
  std::uint8_t scope = RT_SCOPE_UNIVERSE;   ///< RT_SCOPE_*.
  std::string label{};                      ///< "" for the device's name.
};

/// An address as it is.
struct address_info : address_config {
  std::string device{};     ///< Whose it is.
  std::uint32_t flags = 0;  ///< IFA_F_SECONDARY ...
};

/// `ip addr add`. EEXIST, EINVAL.
status add_address(const net&, std::string_view device, const address_config&);
/// The same with an address and its subnet alone.
inline status add_address(const net& n, std::string_view device, const ipv4_prefix& local) {
  return add_address(n, device, {.local = local});
}
/// `ip addr del`. EADDRNOTAVAIL.
status del_address(const net&, std::string_view device, const ipv4_prefix&);
/// All, device by device.
std::vector<address_info> addresses(const net&);

// ---- routes

/// One way out of several.
struct next_hop {
  std::optional<ipv4_address> gateway{};  ///< None: the destination itself is on the link.
  std::string device{};                   ///< May be left out when there is a gateway.
  std::uint32_t weight = 1;               ///< 1 to 256.
};

/// A route, as `ip route add` takes it and `ip route show` shows it.
struct route {
  ipv4_prefix destination{};              ///< 0.0.0.0/0 is the default route.
  std::optional<ipv4_address> gateway{};  ///< `via`.
  std::string device{};                   ///< `dev`.
  std::vector<next_hop> next_hops{};      ///< Several, instead of the two above.
  std::optional<ipv4_address> source{};   ///< `src`: the preferred source address.
  std::uint32_t table = RT_TABLE_MAIN;    ///< RT_TABLE_* or any number.
  std::uint32_t metric = 0;               ///< Lower is better.
  std::uint8_t tos = 0;                   ///< 0: any.
  std::uint8_t type = RTN_UNICAST;        ///< RTN_UNREACHABLE, RTN_BLACKHOLE ...
  std::uint8_t protocol = RTPROT_BOOT;    ///< Who made it: RTPROT_*.
  std::optional<std::uint8_t> scope{};    ///< RT_SCOPE_*; as `ip` guesses it when left out.
  std::optional<std::uint32_t> mtu{};     ///< Bytes.
};

/// `ip route add`. EEXIST, ENETUNREACH ("Nexthop has invalid gateway"), EINVAL.
status add_route(const net&, const route&);
/// `ip route replace`.
status replace_route(const net&, const route&);
/// `ip route del`: the first that matches. ESRCH.
status del_route(const net&, const route&);
/// All of one table, in the order of `ip route show table`.
std::vector<route> routes(const net&, std::uint32_t table = RT_TABLE_MAIN);
/// `ip route get`: how a packet of this host's to that address would go: gateway, device and source. ENETUNREACH,
/// EHOSTUNREACH, EACCES.
result<route> get_route(const net&, const ipv4_address& to);

// ---- neighbours

/// A neighbour entry, as `ip neigh` takes and shows it.
struct neighbour {
  std::string device{};                       ///< Behind which it is.
  ipv4_address address{};                     ///< Whose.
  std::optional<mac_address> link_address{};  ///< None while it is sought.
  std::uint16_t state = NUD_PERMANENT;        ///< NUD_*.
};

/// `ip neigh replace`.
status add_neighbour(const net&, const neighbour&);
/// `ip neigh del`. ENOENT.
status del_neighbour(const net&, std::string_view device, const ipv4_address&);
/// All, as `ip neigh show nud all`.
std::vector<neighbour> neighbours(const net&);

// ---- rules

/// A policy rule, as `ip rule add` takes it and `ip rule show` shows it.
struct rule {
  std::optional<std::uint32_t> priority{};  ///< Without one, just before the lowest but 0.
  ipv4_prefix from{};                       ///< 0.0.0.0/0: any.
  ipv4_prefix to{};                         ///< 0.0.0.0/0: any.
  std::string input_device{};               ///< `iif`; "": any.
  std::string output_device{};              ///< `oif`; "": any.
  std::uint32_t mark = 0;                   ///< `fwmark`, with mark_mask.
  std::uint32_t mark_mask = 0;              ///< 0: any mark.
  std::uint8_t tos = 0;                     ///< 0: any.
  std::uint8_t action = 1;  ///< FR_ACT_TO_TBL (1), FR_ACT_UNREACHABLE ... (linux/fib_rules.h)
  std::uint32_t table = RT_TABLE_MAIN;  ///< Where FR_ACT_TO_TBL looks.
};

/// `ip rule add`. EEXIST, EINVAL.
status add_rule(const net&, const rule&);
/// `ip rule del`: the first that matches. ENOENT.
status del_rule(const net&, const rule&);
/// All, by priority.
std::vector<rule> rules(const net&);

}  // namespace linnet::v0
