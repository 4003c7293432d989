// veth: two Ethernet devices joined back to back, often across namespaces. What one sends goes on the
// backlog of the other's cpu. Carrier is up while both ends are. Deleting one end deletes the other.
//
// An end with GRO on polls a ring of its own, and joins there what the other end had to cut (one that cuts nothing goes by
// the backlog as ever). Joined packets wait for more until the poll ends, or for gro_flush_timeout.
#include <linux/veth.h>

#include "drivers/drivers.hh"
#include "net/core/dev.hh"
#include "net/core/dst.hh"
#include "net/core/gro.hh"
#include "net/core/rtnetlink.hh"
#include "net/core/sock.hh"
#include "net/ethernet/eth.hh"

namespace linnet {
namespace {

constexpr u32 veth_ring_size = 256;

struct veth;
int veth_poll(napi_struct&, int budget);
void veth_flush_timer(timer&);

// The receiving side of an end with GRO (struct veth_rq).
struct veth_rq : napi_struct, timer {
  explicit veth_rq(veth& d) : timer(veth_flush_timer), dev(d) { poll = veth_poll; }
  veth& dev;
  bool enabled = false;
  u32 defer_hard_irqs = 0;
  sk_buff_head ring;
  napi_gro gro;
};

struct veth : net_device {
  veth* peer = nullptr;
  veth_rq rq{*this};
};
veth& of(net_device& d) { return static_cast<veth&>(d); }

void veth_flush_timer(timer& t) {
  auto& rq = static_cast<veth_rq&>(t);
  napi_schedule(rq.dev.nd_net->c, rq);
}

// Whether joined packets are to wait for more although nothing is left to poll (napi_complete_done).
ktime veth_gro_wait(veth_rq& rq, bool worked) {
  u64 timeout = 0;
  if (worked) {
    if (rq.gro.holds()) timeout = rq.dev.gro_flush_timeout;
    rq.defer_hard_irqs = rq.dev.napi_defer_hard_irqs;
  }
  if (rq.defer_hard_irqs) {
    --rq.defer_hard_irqs;
    timeout = rq.dev.gro_flush_timeout;
  }
  return static_cast<ktime>(timeout);
}

int veth_poll(napi_struct& n, int budget) {
  auto& rq = static_cast<veth_rq&>(n);
  cpu& c = rq.dev.nd_net->c;
  int done = 0;
  for (; done < budget && !rq.ring.empty(); ++done) rq.gro.receive(c, rq.ring.dequeue());
  const ktime wait = done < budget ? veth_gro_wait(rq, done != 0) : 0;
  rq.gro.flush(c, wait != 0);
  rq.gro.deliver(c);
  if (wait) c.timers.mod(rq, c.now() + wait);
  return done;
}

void veth_rq_enable(veth& v) { v.rq.enabled = true; }

void veth_rq_disable(veth& v) {
  v.rq.enabled = false;
  v.nd_net->c.timers.del(v.rq);
  static_cast<napi_struct&>(v.rq).unlink();
  v.rq.ring.purge(skb_drop_reason::QUEUE_PURGE);
  v.rq.gro.purge();
}

void veth_set_features(net_device& dev, u64 features) {
  veth& v = of(dev);
  const bool gro = features & NETIF_F_GRO;
  if (!v.up() || gro == v.rq.enabled) return;
  if (gro)
    veth_rq_enable(v);
  else
    veth_rq_disable(v);
}

// What arrived goes to the ring of an end that polls (veth_xdp_rx).
void veth_to_ring(net_device& dev, veth& peer, sk_buff_head&& in) {
  cpu& c = peer.nd_net->c;
  while (skb_ptr p = in.dequeue()) {
    if (peer.rq.ring.qlen() >= veth_ring_size) {
      ++dev.stats.tx_dropped;
      p->home->xmit_error = ENOBUFS;
      kfree_skb_reason(std::move(p), skb_drop_reason::NOT_SPECIFIED);
      continue;
    }
    peer.rq.ring.enqueue(skb_move_to(c, std::move(p)));
  }
  napi_schedule(c, peer.rq);
}

// is_skb_forwardable: fits the receiver's MTU, with room for a VLAN tag. What is yet to be cut fits.
bool forwardable(const net_device& to, const sk_buff& s) {
  return to.up() && (s.len() <= to.mtu + to.hard_header_len + 4 || s.gso);
}

// skb_scrub_packet: what must not cross into another host.
void scrub(sk_buff& s, bool xnet) {
  skb_orphan(s);
  skb_dst_drop(s);
  s.ignore_df = 0;
  s.local = 0;
  s.tstamp = 0;
  if (xnet) {
    s.mark = 0;
    s.priority = 0;
  }
}

// What the other end may join: all that was cut here, or single datagrams if it puts them together. What may go whole is
// not worth joining (veth_skb_is_eligible_for_gro).
enum class joining : u8 { nothing, datagrams, all };
joining what_joins(const net_device& dev, const net_device& peer) {
  if (!(dev.features & NETIF_F_ALL_TSO)) return joining::all;
  const bool wanted = peer.features & (NETIF_F_GRO_FRAGLIST | NETIF_F_GRO_UDP_FWD);
  return wanted ? joining::datagrams : joining::nothing;
}
bool is_datagram(const sk_buff& s) { return s.sk && s.sk->type != SOCK_STREAM; }

sk_buff_head take_what_joins(sk_buff_head& list, joining what) {
  if (likely(what == joining::nothing)) return {};
  if (what == joining::all) return std::move(list);
  sk_buff_head joins, others;
  while (skb_ptr p = list.dequeue()) (is_datagram(*p) ? joins : others).enqueue(std::move(p));
  list = std::move(others);
  return joins;
}

// Makes arrivals at the other end of what fits there.
void cross(net_device& dev, veth& peer, sk_buff_head& list) {
  using enum skb_drop_reason;
  const bool xnet = peer.nd_net != dev.nd_net;
  u64 octets = 0;
  list.filter([&](sk_buff& s) {
    skb_drop_reason why = not_dropped_yet;
    const u32 len = s.len();
    if (unlikely(!forwardable(peer, s))) {
      why = peer.up() ? PKT_TOO_BIG : DEV_READY;
    } else {
      skb_tx_timestamp(s);
      scrub(s, xnet);
      if (unlikely(!eth_type_trans(s, peer))) why = HDR_TRUNC;
    }
    if (unlikely(why != not_dropped_yet)) {
      ++dev.stats.tx_dropped;
      s.home->xmit_error = ENOBUFS;
      return why;
    }
    // A checksum that begins in what was taken off will never be made (skb_postpull_rcsum).
    if (s.summed == ip_summed::partial && s.csum_start < s.headroom()) s.summed = ip_summed::none;
    octets += len;
    return why;
  });
  dev.stats.tx_packets += list.qlen();
  dev.stats.tx_bytes += octets;
  peer.stats.rx_packets += list.qlen();
  peer.stats.rx_bytes += octets;
}

void veth_xmit(net_device& dev, sk_buff_head&& list) {
  veth* peer = of(dev).peer;
  if (unlikely(!peer)) {
    dev.stats.tx_dropped += list.qlen();
    dev.nd_net->c.xmit_error = ENOBUFS;
    return list.purge(skb_drop_reason::DEV_READY);
  }
  const joining what = likely(!peer->rq.enabled) ? joining::nothing : what_joins(dev, *peer);
  if (sk_buff_head ring = take_what_joins(list, what); unlikely(!ring.empty())) {
    cross(dev, *peer, ring);
    veth_to_ring(dev, *peer, std::move(ring));
  }
  cross(dev, *peer, list);
  netif_rx(std::move(list));
}

status veth_open(net_device& dev) {
  veth* peer = of(dev).peer;
  if (!peer) return err(ENOTCONN);
  if (dev.features & NETIF_F_GRO) veth_rq_enable(of(dev));
  if (peer->up()) {
    netif_carrier_on(dev);
    netif_carrier_on(*peer);
  }
  return {};
}

void veth_stop(net_device& dev) {
  netif_carrier_off(dev);
  if (veth* peer = of(dev).peer) netif_carrier_off(*peer);
  if (of(dev).rq.enabled) veth_rq_disable(of(dev));
}

int veth_get_iflink(const net_device& dev) {
  const veth* peer = static_cast<const veth&>(dev).peer;
  return peer ? peer->ifindex : 0;
}

net* veth_get_link_net(const net_device& dev) {
  const veth* peer = static_cast<const veth&>(dev).peer;
  return peer ? peer->nd_net : dev.nd_net;
}

constexpr net_device_ops veth_ops = {.ndo_start_xmit = veth_xmit,
                                     .ndo_open = veth_open,
                                     .ndo_stop = veth_stop,
                                     .ndo_set_mac_address = eth_mac_addr,
                                     .ndo_get_iflink = veth_get_iflink,
                                     .ndo_get_link_net = veth_get_link_net,
                                     .ndo_set_rx_mode = eth_set_rx_mode,
                                     .ndo_set_features = veth_set_features};

result<net_device*> veth_newlink(const rtnl_newlink_params&);
void veth_dellink(net_device&);

constexpr rtnl_link_ops veth_link_ops = {
    .kind = "veth", .newlink = veth_newlink, .dellink = veth_dellink, .fill_info = nullptr};

ref<veth> veth_alloc(cpu& c) {
  ref<veth> dev(new veth);
  ether_setup(*dev);
  dev->ops = &veth_ops;
  dev->max_mtu = ETH_MAX_MTU;
  dev->tso_max_size = gso_max;
  constexpr u64 tags = NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_CTAG_RX | NETIF_F_HW_VLAN_STAG_TX |
                       NETIF_F_HW_VLAN_STAG_RX;
  dev->hw_features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM | NETIF_F_RXCSUM |
                     NETIF_F_SCTP_CRC | NETIF_F_HIGHDMA | NETIF_F_GSO_SOFTWARE |
                     NETIF_F_GSO_ENCAP_ALL | tags;
  dev->features = dev->hw_features | NETIF_F_LLTX;
  dev->vlan_features = dev->features & ~tags;
  dev->noqueue = true;
  dev->live_addr_change = true;
  eth_hw_addr_random(*dev, c);
  return dev;
}

// One end: attributes applied, registered, carrier off.
status veth_add(net& n, veth& dev, const ifla_table& tb, std::string_view name, int ifindex) {
  if (status s = rtnl_create_link(dev, veth_link_ops, tb); !s) return s;
  if (status s = register_netdevice(n, ref<net_device>(&dev), name, ifindex); !s) return s;
  // Nobody gains from joining what was cut nowhere (veth_disable_gro).
  dev.features &= ~NETIF_F_GRO;
  dev.wanted_features &= ~NETIF_F_GRO;
  netif_carrier_off(dev);
  return {};
}

result<net_device*> veth_newlink(const rtnl_newlink_params& p) {
  nla info_peer;
  for (nla a : nla_range(p.data)) {
    if (a.type() == VETH_INFO_PEER) info_peer = a;
  }
  auto pp = rtnl_parse_peer(p, info_peer, "veth%d");
  if (!pp) return std::unexpected(pp.error());
  const ifla_table tb = rtnl_parse_request(p);

  ref<veth> peer = veth_alloc(pp->ns->c);
  const int peer_index = pp->ifm ? pp->ifm->ifi_index : 0;
  if (status s = veth_add(*pp->ns, *peer, pp->tb, pp->name, peer_index); !s) {
    return std::unexpected(s.error());
  }
  status s = rtnl_configure_link(*peer, pp->ifm);
  ref<veth> dev = veth_alloc(p.dest_net->c);
  if (s) s = veth_add(*p.dest_net, *dev, tb, p.name, p.ifindex);
  if (!s) {
    unregister_netdevice(*peer);
    return std::unexpected(s.error());
  }
  dev->peer = peer.get();
  peer->peer = dev.get();
  return dev.get();
}

void veth_dellink(net_device& dev) {
  veth* peer = std::exchange(of(dev).peer, nullptr);
  if (!peer) {
    unregister_netdevice(dev);
    return;
  }
  ref<net_device> hold(peer);
  peer->peer = nullptr;
  netif_carrier_off(*peer);
  unregister_netdevice(dev);
  unregister_netdevice(*peer);
}

}  // namespace

void veth_init(world& w) { w.link_ops.push_back(&veth_link_ops); }

}  // namespace linnet
