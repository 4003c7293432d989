// Links and their addresses, as `ip link` and `ip addr` ask for them.
#include <linux/if_addr.h>
#include <linux/veth.h>

#include "api/rtnetlink_kit.hh"

namespace linnet::v0 {
namespace {

void put_kind_data(netlink_request& m, const link_config& c) {
  if (!c.vlan_id && !c.table) return;
  const std::size_t data = m.nest(IFLA_INFO_DATA);
  if (c.vlan_id) m.attribute(IFLA_VLAN_ID, c.vlan_id);
  if (c.table) m.attribute(IFLA_VRF_TABLE, c.table);
  m.end_nest(data);
}

mac_address mac_of(const netlink_attribute& a) {
  return a.payload.size() == 6 ? mac_address::from(a.as<std::array<std::uint8_t, 6>>())
                               : mac_address();
}

link_info link_of(const netlink_message& m) {
  const auto ifm = m.family_header<ifinfomsg>();
  const auto tb = m.attributes<ifinfomsg>();
  link_info i;
  i.ifindex = ifm.ifi_index;
  i.flags = ifm.ifi_flags;
  i.name = tb[IFLA_IFNAME].text();
  i.kind = netlink_attributes(tb[IFLA_LINKINFO].payload)[IFLA_INFO_KIND].text();
  i.operstate = tb[IFLA_OPERSTATE].as<std::uint8_t>();
  i.mtu = tb[IFLA_MTU].as<std::uint32_t>();
  i.address = mac_of(tb[IFLA_ADDRESS]);
  i.master = tb[IFLA_MASTER].as<int>();
  i.counters = tb[IFLA_STATS64].as<rtnl_link_stats64>();
  return i;
}

address_info address_of(const net& n, const netlink_message& m) {
  const auto ifa = m.family_header<ifaddrmsg>();
  const auto tb = m.attributes<ifaddrmsg>();
  address_info i;
  i.device = device_name(n, static_cast<int>(ifa.ifa_index));
  i.local = {v0::address_of(tb[IFA_LOCAL]), ifa.ifa_prefixlen};
  if (const auto other = v0::address_of(tb[IFA_ADDRESS]); other != i.local.address) i.peer = other;
  if (const auto b = tb[IFA_BROADCAST]) i.broadcast = v0::address_of(b);
  i.scope = ifa.ifa_scope;
  i.label = tb[IFA_LABEL].text();
  i.flags = tb[IFA_FLAGS].as<std::uint32_t>();
  return i;
}

}  // namespace

bool link_info::up() const { return flags & IFF_UP; }
bool link_info::running() const { return flags & IFF_RUNNING; }

status add_link(const net& n, const link_config& c) {
  netlink_request m(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  ifinfomsg ifm{};
  if (c.up) ifm.ifi_flags = ifm.ifi_change = IFF_UP;
  m.header(ifm).attribute(IFLA_IFNAME, c.name);
  if (!c.lower.empty()) {
    const auto lower = device_index(n, c.lower);
    if (!lower) return std::unexpected(lower.error());
    m.attribute(IFLA_LINK, *lower);
  }
  if (c.address) m.attribute(IFLA_ADDRESS, c.address->bytes);
  if (c.mtu) m.attribute(IFLA_MTU, *c.mtu);
  const std::size_t info = m.nest(IFLA_LINKINFO);
  m.attribute(IFLA_INFO_KIND, c.kind);
  put_kind_data(m, c);
  m.end_nest(info);
  return netlink_call(n, m);
}

status add_veth(const net& n, std::string_view name, const net& peer, std::string_view peer_name) {
  netlink_request m(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  m.header(ifinfomsg{}).attribute(IFLA_IFNAME, name);
  const std::size_t info = m.nest(IFLA_LINKINFO);
  m.attribute(IFLA_INFO_KIND, std::string_view("veth"));
  const std::size_t data = m.nest(IFLA_INFO_DATA), other = m.nest(VETH_INFO_PEER);
  m.header(ifinfomsg{}).attribute(IFLA_IFNAME, peer_name).attribute(IFLA_NET_NS_FD, peer.fd());
  m.end_nest(other).end_nest(data).end_nest(info);
  return netlink_call(n, m);
}

status set_link(const net& n, std::string_view name, const link_change& c) {
  ifinfomsg ifm{};
  const auto index = device_index(n, name);
  if (!index) return std::unexpected(index.error());
  ifm.ifi_index = *index;
  if (c.up) {
    ifm.ifi_change = IFF_UP;
    ifm.ifi_flags = *c.up ? IFF_UP : 0;
  }
  netlink_request m(RTM_NEWLINK);
  m.header(ifm);
  if (c.address) m.attribute(IFLA_ADDRESS, c.address->bytes);
  if (c.mtu) m.attribute(IFLA_MTU, *c.mtu);
  if (c.name) m.attribute(IFLA_IFNAME, *c.name);
  if (c.master) {
    int master = 0;
    if (!c.master->empty()) {
      const auto of = device_index(n, *c.master);
      if (!of) return std::unexpected(of.error());
      master = *of;
    }
    m.attribute(IFLA_MASTER, master);
  }
  if (c.move_to) m.attribute(IFLA_NET_NS_FD, c.move_to->fd());
  return netlink_call(n, m);
}

status set_up(const net& n, std::string_view name) { return set_link(n, name, {.up = true}); }

status del_link(const net& n, std::string_view name) {
  netlink_request m(RTM_DELLINK);
  ifinfomsg ifm{};
  const auto index = device_index(n, name);
  if (!index) return std::unexpected(index.error());
  ifm.ifi_index = *index;
  return netlink_call(n, m.header(ifm));
}

result<link_info> get_link(const net& n, std::string_view name) {
  netlink_request m(RTM_GETLINK);
  m.header(ifinfomsg{}).attribute(IFLA_IFNAME, name);
  link_info found;
  const status done =
      netlink_call(n, m, [&](const netlink_message& answer) { found = link_of(answer); });
  if (!done) return std::unexpected(done.error());
  return found;
}

std::vector<link_info> links(const net& n) {
  netlink_request m(RTM_GETLINK, NLM_F_DUMP);
  std::vector<link_info> all;
  (void)netlink_call(n, m.header(ifinfomsg{}),
                     [&](const netlink_message& answer) { all.push_back(link_of(answer)); });
  return all;
}

status add_address(const net& n, std::string_view device, const address_config& c) {
  const auto index = device_index(n, device);
  if (!index) return std::unexpected(index.error());
  ifaddrmsg ifa{};
  ifa.ifa_family = AF_INET;
  ifa.ifa_prefixlen = c.local.length;
  ifa.ifa_scope = c.scope;
  ifa.ifa_index = static_cast<std::uint32_t>(*index);
  netlink_request m(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  m.header(ifa).attribute(IFA_LOCAL, c.local.address.bytes);
  m.attribute(IFA_ADDRESS, c.peer.value_or(c.local.address).bytes);
  if (c.broadcast) m.attribute(IFA_BROADCAST, c.broadcast->bytes);
  if (!c.label.empty()) m.attribute(IFA_LABEL, c.label);
  return netlink_call(n, m);
}

status del_address(const net& n, std::string_view device, const ipv4_prefix& local) {
  const auto index = device_index(n, device);
  if (!index) return std::unexpected(index.error());
  ifaddrmsg ifa{};
  ifa.ifa_family = AF_INET;
  ifa.ifa_prefixlen = local.length;
  ifa.ifa_index = static_cast<std::uint32_t>(*index);
  netlink_request m(RTM_DELADDR);
  m.header(ifa).attribute(IFA_LOCAL, local.address.bytes);
  return netlink_call(n, m);
}

std::vector<address_info> addresses(const net& n) {
  ifaddrmsg ifa{};
  ifa.ifa_family = AF_INET;
  netlink_request m(RTM_GETADDR, NLM_F_DUMP);
  std::vector<address_info> all;
  (void)netlink_call(n, m.header(ifa),
                     [&](const netlink_message& answer) { all.push_back(address_of(n, answer)); });
  return all;
}

}  // namespace linnet::v0
