// vrf: a device that stands for a routing table of its own. Ports given to it (ip link set DEV master VRF) are looked up
// in its table instead of the main one; packets for this host that come by them count as having come by the vrf, and
// sockets bound to it use its routes. Its rule, which sends lookups to it, is made with a namespace's first vrf.
#include <algorithm>

#include "drivers/drivers.hh"
#include "net/core/dev.hh"
#include "net/core/dst.hh"
#include "net/core/l3mdev.hh"
#include "net/core/rtnetlink.hh"
#include "net/core/sock.hh"
#include "net/core/sysctl.hh"
#include "net/core/tracepoint.hh"
#include "net/ethernet/eth.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/route.hh"
#include "net/ipv4/snmp.hh"

namespace linnet {

// A namespace's vrfs: which tables are whose, and whether two may share one (net.vrf.strict_mode).
struct netns_vrf {
  std::vector<net_device*> all;  // in the order of their making
  bool strict_mode = false;
  bool add_fib_rules = true;
};

namespace {

using enum skb_drop_reason;

constexpr u32 ip6_max_mtu = 0xffff + 40;  // bytes
constexpr u32 l3mdev_rule_pref = 1000;

struct vrf_dev : net_device {
  vrf_dev();
  u32 tb_id = 0;
};
vrf_dev& of(net_device& d) { return static_cast<vrf_dev&>(d); }

u32 vrf_fib_table(const net_device& d) { return static_cast<const vrf_dev&>(d).tb_id; }

// Shows a packet, whose data stands at the network header, to those who look on at the vrf, behind an Ethernet header.
void show_to_taps(net_device& vrf, sk_buff& s, const mac_addr& to, const mac_addr& from) {
  const auto mac = s.mac_header;
  skb_cow_head(s, ETH_HLEN);
  auto& eth = *reinterpret_cast<ethhdr*>(skb_push(s, ETH_HLEN));
  eth = {.h_dest = to, .h_source = from, .h_proto = s.protocol};
  sk_buff_head one;
  one.enqueue(skb_ptr(&s));
  dev_queue_xmit_nit(vrf, one);
  (void)one.dequeue().release();
  skb_pull(s, ETH_HLEN);
  if (mac < s.network_header) s.mac_header = mac;
}

mac_addr mac_of(const net_device& d) {
  mac_addr a;
  std::memcpy(a.data(), d.dev_addr.data(), a.size());
  return a;
}

void count_rx(net_device& vrf, u32 len) {
  ++vrf.stats.rx_packets;
  vrf.stats.rx_bytes += len;
}

// vrf_ip_rcv.
void vrf_l3_rcv(net_device& vrf, sk_buff& s) {
  s.dev = &vrf;
  s.skb_iif = vrf.ifindex;
  ipcb(s).flags |= IPSKB_L3SLAVE;
  if (ipv4_is_multicast(ip_hdr(s).daddr)) return;
  if (s.pkt == pkt_type::loopback) {  // sent by this host to itself; seen and counted as it was
    s.pkt = pkt_type::host;
    return;
  }
  count_rx(vrf, s.len());
  if (likely(!dev_has_own_taps(vrf))) return;
  mac_addr to = mac_of(vrf), from = to;
  if (s.mac_header + u32{ETH_HLEN} == s.network_header) {
    const auto& eth = *reinterpret_cast<const ethhdr*>(s.mac());
    to = eth.h_dest;
    from = eth.h_source;
  }
  show_to_taps(vrf, s, to, from);
}

// vrf_ip_out: what this host sends by a port is shown on the vrf, and goes on.
bool vrf_l3_out(net_device& vrf, skb_ptr& p) {
  const be32 to = ip_hdr(*p).daddr;
  if (ipv4_is_multicast(to) || ipv4_is_lbcast(to)) return true;
  if (unlikely(!vrf.up())) {  // its queue takes nothing
    ip_inc_stats(*vrf.nd_net, IPSTATS_MIB_OUTPKTS);
    ip_inc_stats(*vrf.nd_net, IPSTATS_MIB_OUTOCTETS, p->len());
    kfree_skb_reason(std::move(p), QDISC_DROP);
    return false;
  }
  if (unlikely(dev_has_own_taps(vrf))) {
    p->dev = &vrf;
    show_to_taps(vrf, *p, mac_addr{}, mac_of(vrf));
  }
  return true;
}

constexpr l3mdev_ops vrf_l3mdev_ops = {
    .l3mdev_fib_table = vrf_fib_table, .l3mdev_l3_rcv = vrf_l3_rcv, .l3mdev_l3_out = vrf_l3_out};

// To itself (vrf_local_xmit).
void local_xmit(net_device& vrf, skb_ptr p, dst_entry& dst, sk_buff_head& in) {
  const u32 len = p->len();
  skb_orphan(*p);
  skb_dst_set(*p, &dst);
  if (!eth_type_trans(*p, vrf)) return kfree_skb_reason(std::move(p), PKT_TOO_SMALL);
  p->pkt = pkt_type::loopback;
  count_rx(vrf, len);
  in.enqueue(std::move(p));
}

// vrf_process_v4_outbound: a packet that was sent by the vrf itself finds its way by the vrf's table.
void process_outbound(net_device& vrf, skb_ptr p, sk_buff_head& in) {
  const iphdr* ip = skb_header<iphdr>(*p, ETH_HLEN);
  if (!ip) {
    ++vrf.stats.tx_errors;
    return kfree_skb_reason(std::move(p), HDR_TRUNC);
  }
  flowi4 fl;
  fl.l3mdev = vrf.ifindex;
  fl.tos = ip->tos & IPTOS_RT_MASK;
  fl.flags = FLOWI_FLAG_ANYSRC;
  fl.proto = ip->protocol;
  fl.daddr = ip->daddr;
  fl.saddr = ip->saddr;
  net& n = *vrf.nd_net;
  auto rt = ip_route_output_key(n, fl);
  if (!rt) {
    ++vrf.stats.tx_errors;
    return kfree_skb_reason(std::move(p), NOT_SPECIFIED);
  }
  if (p->sk && p->sk->family != AF_INET) skb_orphan(*p);  // IPv4's output asks senders of its own
  skb_dst_drop(*p);
  if ((*rt)->dev == &vrf) return local_xmit(vrf, std::move(p), **rt, in);
  skb_pull(*p, ETH_HLEN);
  p->reset_network_header();
  skb_dst_set(*p, rt->get());
  if (ip_local_out(n, std::move(p))) ++vrf.stats.tx_errors;
}

void vrf_xmit(net_device& dev, sk_buff_head&& list) {
  sk_buff_head in;
  while (skb_ptr p = list.dequeue()) {
    ++dev.stats.tx_packets;
    dev.stats.tx_bytes += p->len();
    if (p->protocol == be16(ETH_P_IP)) {
      process_outbound(dev, std::move(p), in);
    } else {
      ++dev.stats.tx_errors;
      kfree_skb_reason(std::move(p), NOT_SPECIFIED);
    }
  }
  netif_rx(std::move(in));
}

// ---- ports

// Down and up again, so that its routes and neighbours move to the other table (cycle_netdev).
void cycle_netdev(net_device& port) {
  const unsigned flags = port.flags;
  if (!port.up()) return;
  if (dev_change_flags(port, flags & ~unsigned{IFF_UP})) (void)dev_change_flags(port, flags);
}

status vrf_add_slave(net_device& vrf, net_device& port) {
  if (netif_is_l3_master(port)) return err(EINVAL, "Can not enslave an L3 master device to a VRF");
  if (netif_is_l3_slave(port)) return err(EINVAL);
  if (&port == vrf.nd_net->loopback_dev)
    return err(EOPNOTSUPP, "Can not enslave loopback device to a VRF");
  if (port.master) return err(EBUSY);
  port.master = &vrf;
  notify_changeupper(port, vrf);
  cycle_netdev(port);
  return {};
}

status vrf_del_slave(net_device& vrf, net_device& port) {
  port.master = nullptr;
  notify_changeupper(port, vrf);
  cycle_netdev(port);
  return {};
}

void release_slaves(net_device& vrf) {
  std::vector<ref<net_device>> ports;
  for (const auto& [index, d] : vrf.nd_net->dev_base)
    if (d->master == &vrf) ports.push_back(d);
  for (auto& d : ports) (void)vrf_del_slave(vrf, *d);
}

constexpr net_device_ops vrf_netdev_ops = {.ndo_start_xmit = vrf_xmit,
                                           .ndo_set_mac_address = eth_mac_addr,
                                           .ndo_add_slave = vrf_add_slave,
                                           .ndo_del_slave = vrf_del_slave};

// ---- links

constexpr auto vrf_policy = [] {
  std::array<nla_policy, IFLA_VRF_MAX + 1> p{};
  p[IFLA_VRF_TABLE] = nla_of(NLA_U32);
  return p;
}();

bool table_taken(const netns_vrf& v, u32 table) {
  return std::ranges::any_of(v.all, [&](net_device* d) { return of(*d).tb_id == table; });
}

status validate_address(const_bytes a) {
  if (a.empty()) return {};
  if (a.size() != ETH_ALEN) return err(EINVAL, "Invalid hardware address");
  if (!is_valid_ether_addr(reinterpret_cast<const u8*>(a.data())))
    return err(EADDRNOTAVAIL, "Invalid hardware address");
  return {};
}

void vrf_dellink(net_device& dev) {
  ref<net_device> hold(&dev);
  release_slaves(dev);
  std::erase(dev.nd_net->vrf->all, &dev);
  unregister_netdevice(dev);
}

extern const rtnl_link_ops vrf_link_ops;

result<net_device*> vrf_newlink(const rtnl_newlink_params& p) {
  if (status s = validate_address(p.address); !s) return std::unexpected(s.error());
  nla_table<IFLA_VRF_MAX> data;
  if (status s = nla_parse(data, p.data, vrf_policy, NL_VALIDATE_LIBERAL); !s)
    return std::unexpected(s.error());
  const ifla_table tb = rtnl_parse_request(p);
  ref<vrf_dev> vrf(new vrf_dev);
  eth_hw_addr_random(*vrf, p.dest_net->c);
  if (status s = rtnl_create_link(*vrf, vrf_link_ops, tb); !s) return std::unexpected(s.error());
  if (!data[IFLA_VRF_TABLE]) return err(EINVAL, "VRF table id is missing");
  vrf->tb_id = data[IFLA_VRF_TABLE].get_u32();
  if (vrf->tb_id == RT_TABLE_UNSPEC)
    return err(EINVAL, "Invalid VRF table id", data[IFLA_VRF_TABLE].raw());
  net& n = *p.dest_net;
  if (status s = register_netdevice(n, vrf, p.name, p.ifindex); !s)
    return std::unexpected(s.error());
  netns_vrf& v = *n.vrf;
  if (v.strict_mode && table_taken(v, vrf->tb_id)) {
    unregister_netdevice(*vrf);
    return err(EBUSY, "Table is used by another VRF");
  }
  v.all.push_back(vrf.get());
  if (std::exchange(v.add_fib_rules, false)) fib4_add_l3mdev_rule(n, l3mdev_rule_pref);
  return vrf.get();
}

void vrf_fill_info(const net_device& dev, std::vector<std::byte>& out) {
  nla_append_raw(out, IFLA_VRF_TABLE, vrf_fib_table(dev));
}
void vrf_fill_slave_info(const net_device& vrf, const net_device&, std::vector<std::byte>& out) {
  nla_append_raw(out, IFLA_VRF_PORT_TABLE, vrf_fib_table(vrf));
}

const rtnl_link_ops vrf_link_ops = {.kind = "vrf",
                                    .newlink = vrf_newlink,
                                    .dellink = vrf_dellink,
                                    .fill_info = vrf_fill_info,
                                    .fill_slave_info = vrf_fill_slave_info};

// A port that goes, to another namespace or for good, leaves its vrf.
void vrf_device_event(net_device& dev, netdev_event e) {
  if (e != netdev_event::unregister) return;
  if (netif_is_l3_slave(dev)) (void)vrf_del_slave(*dev.master, dev);
}

// ---- net.vrf.strict_mode

status set_strict_mode(const ctl_at& at, const s64* v) {
  netns_vrf& vrfs = *at.ns.vrf;
  if (*v && !vrfs.strict_mode)
    for (const net_device* d : vrfs.all)
      if (std::ranges::count_if(
              vrfs.all, [&](net_device* o) { return of(*o).tb_id == vrf_fib_table(*d); }) > 1)
        return err(EBUSY);
  vrfs.strict_mode = *v;
  return {};
}
constexpr ctl_ops strict_mode_ops = {
    .get = [](const ctl_at& at, s64* v) { *v = at.ns.vrf->strict_mode; }, .set = set_strict_mode};
constexpr ctl_table settings[] = {
    {.name = "vrf/strict_mode", .min = 0, .max = 1, .ops = &strict_mode_ops}};

void vrf_net_init(net& n) {
  n.vrf = {new netns_vrf, [](netns_vrf* v) { delete v; }};
}

}  // namespace

vrf_dev::vrf_dev() {
  ether_setup(*this);
  ops = &vrf_netdev_ops;
  linnet::net_device::l3mdev_ops = &vrf_l3mdev_ops;
  hw_features = NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_SCTP_CRC | NETIF_F_SG |
                NETIF_F_FRAGLIST | NETIF_F_HIGHDMA | NETIF_F_GSO_SOFTWARE;
  features = hw_features | NETIF_F_LLTX | NETIF_F_VLAN_CHALLENGED | NETIF_F_NETNS_LOCAL;
  flags = IFF_MASTER | IFF_NOARP;
  mtu = max_mtu = ip6_max_mtu;
  min_mtu = 1280;  // IPV6_MIN_MTU
  operstate = IF_OPER_UP;
  netns_local = true;
  noqueue = true;
  live_addr_change = true;
}

void vrf_init(world& w) {
  w.pernet.push_back({vrf_net_init, nullptr});
  w.link_ops.push_back(&vrf_link_ops);
  w.netdev_chain.push_back(vrf_device_event);
  sysctl_register(w, settings);
}

}  // namespace linnet
