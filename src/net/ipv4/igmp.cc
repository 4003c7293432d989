// Multicast groups that a device listens to, with their users, and the link-layer filters that follow. (Telling
// routers about them by IGMP comes with multicast routing.)
#include <algorithm>

#include "net/ipv4/arp.hh"
#include "net/ipv4/inetdevice.hh"

namespace linnet {
namespace {

hw_addr filter_of(be32 group) {
  hw_addr a{};
  ip_eth_mc_map(group, a.data());
  return a;
}

constexpr be32 all_hosts = be32(0xe0000001);

// Every device that is up is in 224.0.0.1 (RFC 1112 §4; ip_mc_up, ip_mc_down).
void igmp_netdev_event(net_device& dev, netdev_event e) {
  in_device* idev = in_dev_get(dev);
  if (!idev) return;
  if (e == netdev_event::up) ip_mc_inc_group(*idev, all_hosts);
  if (e == netdev_event::down) ip_mc_dec_group(*idev, all_hosts);
}

}  // namespace

void igmp_init(world& w) { w.netdev_chain.push_back(igmp_netdev_event); }

void ip_mc_inc_group(in_device& idev, be32 group) {
  auto it = std::ranges::find(idev.mc_list, group, &std::pair<be32, u32>::first);
  if (it != idev.mc_list.end()) {
    ++it->second;
    return;
  }
  idev.mc_list.emplace(idev.mc_list.begin(), group, 1);
  if (idev.dev->type == ARPHRD_ETHER) dev_mc_add(*idev.dev, filter_of(group));
}

void ip_mc_dec_group(in_device& idev, be32 group) {
  auto it = std::ranges::find(idev.mc_list, group, &std::pair<be32, u32>::first);
  if (it == idev.mc_list.end() || --it->second) return;
  idev.mc_list.erase(it);
  if (idev.dev->type == ARPHRD_ETHER) dev_mc_del(*idev.dev, filter_of(group));
}

bool ip_check_mc(const in_device& idev, be32 group) {
  return std::ranges::any_of(idev.mc_list, [&](auto& e) { return e.first == group; });
}

}  // namespace linnet
