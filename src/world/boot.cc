// Registers every subsystem in the order in which they depend on each other, then makes the first namespace.
#include "world/boot.hh"

#include <sys/random.h>

#include "drivers/drivers.hh"
#include "net/8021q/vlan.hh"
#include "net/bridge/bridge.hh"
#include "net/core/procfs.hh"
#include "net/core/rtnetlink.hh"
#include "net/core/sysctl.hh"
#include "net/ipv4/arp.hh"
#include "net/ipv4/devinet.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/inet_diag.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/ip_tunnel.hh"
#include "net/ipv4/nexthop.hh"
#include "net/ipv4/proc.hh"
#include "net/ipv4/protocol.hh"
#include "net/ipv4/tcp_metrics.hh"
#include "net/netlink/netlink.hh"
#include "net/netlink/sock_diag.hh"
#include "net/packet/af_packet.hh"
#include "net/socket_proc.hh"

namespace linnet {
namespace {

u64 host_seed() {
  u64 seed = 0;
  while (getrandom(&seed, sizeof seed, 0) != sizeof seed) {
  }
  return seed | 1;
}

}  // namespace

std::unique_ptr<world> boot_world(const world_options& o) {
  std::unique_ptr<clock> clk;
  if (o.virtual_time) {
    clk = std::make_unique<virtual_clock>();
  } else {
    clk = std::make_unique<monotonic_clock>();
  }
  const u64 seed = o.seed || o.virtual_time ? o.seed : host_seed();
  auto w = std::make_unique<world>(std::move(clk), seed, o.cpus);

  rtnetlink_init(*w);
  netlink_proto_init(*w);
  genl_init(*w);
  sock_diag_init(*w);
  net_nsid_init(*w);
  neighbour_netlink_init(*w);

  w->pernet.push_back({ipv4_net_init, ipv4_net_exit});
  fib_init(*w);  // before devinet and ARP: routes go before addresses and neighbours do
  nexthop_init(*w);
  devinet_init(*w);
  nexthop_netdev_init(*w);
  ip_rt_init(*w);
  arp_init(*w);
  ip_init(*w);
  inet_init(*w);
  inet_diag_init(*w);
  tcp_metrics_init(*w);
  packet_init(*w);
  bridge_init(*w);
  vlan_init(*w);

  // The state as files.
  socket_proc_init(*w);
  net_procfs_init(*w);
  netlink_proc_init(*w);
  ip_proc_init(*w);
  sysctl_init(*w);
  sysctl_ipv4_init(*w);

  w->pernet.push_back({loopback_net_init, nullptr});
  ip_tunnel_init(*w);
  dummy_init(*w);
  veth_init(*w);
  vrf_init(*w);

  w->init_net = &net_create(*w, *w->cpus[0]);
  return w;
}

}  // namespace linnet
