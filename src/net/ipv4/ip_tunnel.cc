// Tunnels come, change and go; which of them a packet is for.
// Before <netinet/in.h>, which then leaves its structures alone.
#include <linux/if_tunnel.h>
//
#include <linux/sockios.h>
#include <netinet/in.h>

#include <algorithm>

#include "net/core/cred.hh"
#include "net/core/sysctl.hh"
#include "net/ethernet/eth.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/ip_tunnel.hh"
#include "net/ipv4/ip_tunnel_ioctl.hh"
#include "net/ipv4/route.hh"

namespace linnet {
namespace {

constexpr u32 ipv4_min_mtu = 68, ip_max_mtu = 0xffff;

bool key_match(const tunnel_parms& p, u16 flags, be32 key) {
  if (p.i_flags & gre_key) return (flags & gre_key) && key == p.i_key;
  return !(flags & gre_key);
}

bool ethernet(const ip_tunnel& t) { return t.type == ARPHRD_ETHER; }

void tunnel_add(ip_tunnel& t) {
  ip_tunnel_net& itn = tunnel_net_of(t);
  if (t.collect_md) itn.collect_md_tun = &t;
  itn.tunnels.insert(itn.tunnels.begin(), &t);
}

void tunnel_del(ip_tunnel& t) {
  ip_tunnel_net& itn = tunnel_net_of(t);
  if (itn.collect_md_tun == &t) itn.collect_md_tun = nullptr;
  std::erase(itn.tunnels, &t);
}

// The tunnel with just these parameters (ip_tunnel_find).
ip_tunnel* tunnel_find(const ip_tunnel_net& itn, const tunnel_parms& p, u16 type) {
  for (ip_tunnel* t : itn.tunnels)
    if (t->parms.saddr == p.saddr && t->parms.daddr == p.daddr && t->parms.link == p.link &&
        t->type == type && key_match(t->parms, p.i_flags, p.i_key))
      return t;
  return nullptr;
}

// Its addresses are the ends of the tunnel.
void set_addresses(ip_tunnel& t) {
  if (ethernet(t)) return;
  std::memcpy(t.dev_addr.data(), &t.parms.saddr, 4);
  std::memcpy(t.broadcast.data(), &t.parms.daddr, 4);
}

unsigned kind_flags(be32 daddr) {
  if (ipv4_is_multicast(daddr)) return IFF_BROADCAST;
  return daddr ? IFF_POINTOPOINT : 0;
}

u32 ethernet_header(const ip_tunnel& t) { return ethernet(t) ? t.hard_header_len : 0; }

// ip_tunnel_update.
void update(ip_tunnel& t, const tunnel_parms& p, bool set_mtu) {
  tunnel_del(t);
  t.parms.saddr = p.saddr;
  t.parms.daddr = p.daddr;
  t.parms.i_key = p.i_key;
  t.parms.o_key = p.o_key;
  set_addresses(t);
  tunnel_add(t);
  t.parms.ttl = p.ttl;
  t.parms.tos = p.tos;
  t.parms.df = p.df;
  if (t.parms.link != p.link || t.parms.fwmark != p.fwmark) {
    t.parms.link = p.link;
    t.parms.fwmark = p.fwmark;
    const u32 mtu = ip_tunnel_bind_dev(t);
    if (set_mtu) t.mtu = mtu;
  }
  if (!t.up()) return;
  call_netdevice_notifiers(t, netdev_event::change);
  rtmsg_ifinfo(RTM_NEWLINK, t, 0);
}

// Whether it can become what `p` says, and is nobody else's. `found`: who has just these parameters.
status may_become(const ip_tunnel& t, const ip_tunnel* found, const tunnel_parms& p) {
  if (found) return found == &t ? status() : err(EEXIST);
  constexpr unsigned mask = IFF_POINTOPOINT | IFF_BROADCAST;
  if (!ethernet(t) && ((t.flags ^ kind_flags(p.daddr)) & mask)) return err(EINVAL);
  return {};
}

status enter(net& n, ref<ip_tunnel> t, std::string_view name, int ifindex) {
  t->tun_net = &n;
  set_addresses(*t);
  if (status s = t->kind.init(*t); !s) return s;
  return register_netdevice(n, t, name, ifindex);
}

// ---- fallback devices

void add_fallback(net& n, const tunnel_kind_ops& k) {
  ref<ip_tunnel> t(new ip_tunnel(k));
  t->netns_local = true;
  if (!enter(n, t, k.fallback_name, 0)) return;  // the name is taken
  t->mtu = ip_tunnel_bind_dev(*t);
  tunnel_net_of(*t).fb_tunnel_dev = t.get();
  tunnel_add(*t);
}

// net.core.fb_tunnels_only_for_init_net: 0 all namespaces, 1 the first, 2 none.
bool has_fallback_tunnels(const net& n) {
  if (!n.w.init_net) return true;
  const auto v = sysctl_values(*n.w.init_net, "core/fb_tunnels_only_for_init_net");
  const s64 only = v ? (*v)[0] : 0;
  return only == 0 || (only == 1 && &n == n.w.init_net);
}

void load_into(net& n, bool ipip) {
  ip_tunnel_tables& t = tunnels_of(n);
  (ipip ? t.ipip_loaded : t.gre_loaded) = true;
  if (!has_fallback_tunnels(n)) return;
  if (ipip) return add_fallback(n, ipip_kind);
  add_fallback(n, gre_kind);
  add_fallback(n, gretap_kind);
  add_fallback(n, erspan_kind);
}

void load(world& w, bool ipip) {
  for (auto& [inum, n] : w.nets) {
    if (!n->alive) continue;
    const ip_tunnel_tables& t = tunnels_of(*n);
    if (!(ipip ? t.ipip_loaded : t.gre_loaded)) load_into(*n, ipip);
  }
}

// What a new namespace has from the start depends on what others have used.
void tunnels_net_init(net& n) {
  for (auto& [inum, other] : n.w.nets) {
    if (other.get() == &n || !other->alive || !other->ipv4 || !other->ipv4->tunnels) continue;
    if (tunnels_of(*other).ipip_loaded) load_into(n, true);
    if (tunnels_of(*other).gre_loaded) load_into(n, false);
    return;
  }
}

// Those whose device is elsewhere go with the namespace that they were made in, too.
void tunnels_net_exit(net& n) {
  for (ip_tunnel_net& itn : tunnels_of(n).of)
    while (!itn.tunnels.empty()) unregister_netdevice(*itn.tunnels.front());
}

// ---- ioctl

tunnel_parms parms_from(const ip_tunnel_parm& p) {
  return {.link = p.link,
          .i_flags = be16::from_raw(p.i_flags).host(),
          .o_flags = be16::from_raw(p.o_flags).host(),
          .i_key = be32::from_raw(p.i_key),
          .o_key = be32::from_raw(p.o_key),
          .saddr = be32::from_raw(p.iph.saddr),
          .daddr = be32::from_raw(p.iph.daddr),
          .ttl = p.iph.ttl,
          .tos = p.iph.tos,
          .protocol = p.iph.protocol,
          .df = (be16::from_raw(p.iph.frag_off).host() & ip_df) != 0};
}

ip_tunnel_parm parms_to(const ip_tunnel& t) {
  ip_tunnel_parm p{};
  std::memcpy(p.name, t.name.data(), t.name.size());
  p.link = t.parms.link;
  p.i_flags = be16(t.parms.i_flags).raw();
  p.o_flags = be16(t.parms.o_flags).raw();
  p.i_key = t.parms.i_key.raw();
  p.o_key = t.parms.o_key.raw();
  p.iph.version = 4;
  p.iph.ihl = 5;
  p.iph.saddr = t.parms.saddr.raw();
  p.iph.daddr = t.parms.daddr.raw();
  p.iph.ttl = t.parms.ttl;
  p.iph.tos = t.parms.tos;
  p.iph.protocol = t.parms.protocol;
  p.iph.frag_off = be16(t.parms.df ? ip_df : u16{0}).raw();
  return p;
}

// What each kind takes (ipip_tunnel_ctl, ipgre_tunnel_ctl).
status check(const tunnel_kind_ops& k, ip_tunnel_parm& p) {
  const u16 frag_off = be16::from_raw(p.iph.frag_off).host();
  if (p.iph.version != 4 || p.iph.ihl != 5 || (frag_off & ~ip_df)) return err(EINVAL);
  if (k.kind == tunnel_kind::ipip) {
    if (p.iph.protocol != 0 && p.iph.protocol != IPPROTO_IPIP && p.iph.protocol != IPPROTO_MPLS)
      return err(EINVAL);
    return {};
  }
  const u16 flags = be16::from_raw(p.i_flags | p.o_flags).host();
  if (p.iph.protocol != IPPROTO_GRE || (flags & (gre_version | gre_routing))) return err(EINVAL);
  return {};
}

// ip_tunnel_create: what a request by ioctl makes.
status create(net& n, const tunnel_kind_ops& k, const tunnel_parms& p, const ip_tunnel_parm& raw) {
  const std::string_view given(raw.name, strnlen(raw.name, IFNAMSIZ));
  if (given.size() >= IFNAMSIZ || (!given.empty() && !dev_valid_name(given))) return err(E2BIG);
  ref<ip_tunnel> t(new ip_tunnel(k));
  t->parms = p;
  const std::string name = given.empty() ? std::string(k.name_pattern) : std::string(given);
  if (status s = enter(n, t, name, 0); !s) return s;
  (void)dev_set_mtu(*t, ip_tunnel_bind_dev(*t));
  t->min_mtu = ETH_MIN_MTU;
  t->max_mtu = ip_max_mtu - (t->hlen + static_cast<u32>(sizeof(iphdr))) - ethernet_header(*t);
  tunnel_add(*t);
  return {};
}

status change(ip_tunnel& dev, ip_tunnel* found, const tunnel_parms& p) {
  if (&dev == tunnel_net_of(dev).fb_tunnel_dev) {
    if (!found) return err(ENOENT);
    update(*found, p, true);
    return {};
  }
  if (status s = may_become(dev, found, p); !s) return s;
  update(dev, p, true);
  dev.parms.i_flags = p.i_flags;
  dev.parms.o_flags = p.o_flags;
  return {};
}

status remove(ip_tunnel& dev, ip_tunnel* found) {
  ip_tunnel* t = &dev;
  if (t == tunnel_net_of(dev).fb_tunnel_dev) {
    if (!found) return err(ENOENT);
    if (found == t) return err(EPERM);
    t = found;
  }
  unregister_netdevice(*t);
  return {};
}

// ip_tunnel_ctl.
status control(ip_tunnel& dev, const cred& who, unsigned cmd, ip_tunnel_parm& raw) {
  const tunnel_kind_ops& k = dev.kind;
  net& n = *dev.tun_net;
  const bool writes = cmd == SIOCADDTUNNEL || cmd == SIOCCHGTUNNEL;
  if (writes)
    if (status s = check(k, raw); !s) return s;
  tunnel_parms p = parms_from(raw);
  if (k.kind == tunnel_kind::ipip) {
    p.i_key = p.o_key = be32();
    p.i_flags = p.o_flags = 0;
  }
  if (cmd != SIOCGETTUNNEL && !who.net_admin) return err(EPERM);
  if (writes) {
    if (p.ttl) p.df = true;
    if (!(p.i_flags & gre_key)) p.i_key = be32();
    if (!(p.o_flags & gre_key)) p.o_key = be32();
  }
  ip_tunnel_net& itn = tunnel_net_of(dev);
  ip_tunnel* found = tunnel_find(itn, p, k.type);
  switch (cmd) {
    case SIOCGETTUNNEL:
      raw = parms_to(&dev == itn.fb_tunnel_dev && found ? *found : dev);
      return {};
    case SIOCADDTUNNEL: return found ? err(EEXIST) : create(n, k, p, raw);
    case SIOCCHGTUNNEL: return change(dev, found, p);
    default: return remove(dev, found);
  }
}

}  // namespace

ip_tunnel::ip_tunnel(const tunnel_kind_ops& k) : kind(k) {
  if (k.type == ARPHRD_ETHER) {
    ether_setup(*this);
    max_mtu = 0;
    live_addr_change = true;
  } else {
    type = k.type;
    flags = IFF_NOARP;
    addr_len = 4;
    broadcast.fill(0);
    hard_header_len = min_header_len = 0;
    min_mtu = max_mtu = 0;
    noqueue = true;
  }
  ops = &k.netdev_ops;
  linnet::net_device::rtnl_link_ops = &k.link_ops;
  features = NETIF_F_LLTX;
  if (k.kind != tunnel_kind::ipip) parms.protocol = IPPROTO_GRE;
}

ip_tunnel_net& tunnel_net_of(const ip_tunnel& t) {
  return tunnels_of(*t.tun_net).of[static_cast<size_t>(t.kind.kind)];
}

ip_tunnel* ip_tunnel_lookup(const net& n, tunnel_kind kind, int link, u16 flags, be32 remote,
                            be32 local, be32 key, bool keyless) {
  const ip_tunnel_net& itn = tunnels_of(n).of[static_cast<size_t>(kind)];
  ip_tunnel* cand = nullptr;
  // The first that fits; of those, one that is on the device it came by is better.
  const auto pick = [&](auto&& fits, bool keep) -> ip_tunnel* {
    for (ip_tunnel* t : itn.tunnels) {
      if (!t->up() || !fits(t->parms)) continue;
      if (t->parms.link == link) return t;
      if (!keep || !cand) cand = t;
    }
    return nullptr;
  };
  if (ip_tunnel* t = pick(
          [&](const tunnel_parms& p) {
            return p.saddr == local && p.daddr == remote && key_match(p, flags, key);
          },
          false))
    return t;
  if (ip_tunnel* t = pick(
          [&](const tunnel_parms& p) {
            return !p.saddr && p.daddr == remote && key_match(p, flags, key);
          },
          true))
    return t;
  if (ip_tunnel* t = pick(
          [&](const tunnel_parms& p) {
            const bool ours = p.saddr == local && !p.daddr;
            return (ours || (p.daddr == local && ipv4_is_multicast(local))) &&
                   key_match(p, flags, key);
          },
          true))
    return t;
  if (!keyless)
    if (ip_tunnel* t = pick(
            [&](const tunnel_parms& p) { return !p.saddr && !p.daddr && p.i_key == key; }, true))
      return t;
  if (cand) return cand;
  if (itn.collect_md_tun && itn.collect_md_tun->up()) return itn.collect_md_tun;
  return itn.fb_tunnel_dev && itn.fb_tunnel_dev->up() ? itn.fb_tunnel_dev : nullptr;
}

u32 ip_tunnel_bind_dev(ip_tunnel& t) {
  net& n = *t.tun_net;
  const net_device* out = nullptr;
  const u32 t_hlen = t.hlen + static_cast<u32>(sizeof(iphdr));
  if (t.parms.daddr) {
    flowi4 fl;
    fl.daddr = t.parms.daddr;
    fl.saddr = t.parms.saddr;
    fl.tos = t.parms.tos & IPTOS_RT_MASK;
    fl.oif = t.parms.link;
    fl.proto = t.parms.protocol;
    fl.mark = t.parms.fwmark;
    if (auto rt = ip_route_output_key(n, fl)) out = (*rt)->dev;
    if (!ethernet(t)) t.flags |= IFF_POINTOPOINT;
  }
  if (!out && t.parms.link) out = dev_get_by_index(n, t.parms.link);
  u32 mtu = ETH_DATA_LEN, below = 128;  // LL_MAX_HEADER
  if (out) {
    mtu = std::min(out->mtu, ip_max_mtu);
    below = u32{out->hard_header_len} + out->needed_headroom;
  }
  t.needed_headroom = static_cast<u16>(t_hlen + below);
  const u32 over = t_hlen + ethernet_header(t);
  return std::max(mtu > over ? mtu - over : 0, ipv4_min_mtu);
}

result<net_device*> ip_tunnel_newlink(const rtnl_newlink_params& p, ref<ip_tunnel> t,
                                      const tunnel_parms& parms) {
  const ifla_table tb = rtnl_parse_request(p);
  net& n = *p.dest_net;
  t->parms = parms;
  t->tun_net = &n;
  ip_tunnel_net& itn = tunnel_net_of(*t);
  if (t->collect_md ? itn.collect_md_tun != nullptr : tunnel_find(itn, parms, t->type) != nullptr)
    return err(EEXIST);
  if (ethernet(*t) && !tb[IFLA_ADDRESS]) eth_hw_addr_random(*t, n.c);
  if (status s = enter(n, t, p.name, p.ifindex); !s) return std::unexpected(s.error());
  u32 mtu = ip_tunnel_bind_dev(*t);
  if (tb[IFLA_MTU]) {
    const u32 most = ip_max_mtu - (t->hlen + static_cast<u32>(sizeof(iphdr))) - ethernet_header(*t);
    mtu = std::clamp<u32>(t->mtu, ETH_MIN_MTU, most);
  }
  if (status s = dev_set_mtu(*t, mtu); !s) {
    unregister_netdevice(*t);
    return std::unexpected(s.error());
  }
  tunnel_add(*t);
  return t.get();
}

status ip_tunnel_changelink(ip_tunnel& t, const tunnel_parms& p) {
  const ip_tunnel_net& itn = tunnel_net_of(t);
  if (&t == itn.fb_tunnel_dev) return err(EINVAL);
  if (status s = may_become(t, tunnel_find(itn, p, t.type), p); !s) return s;
  update(t, p, true);
  return {};
}

void ip_tunnel_dellink(net_device& dev) {
  ip_tunnel& t = tunnel_of(dev);
  // The fallback device stays as long as its namespace.
  if (&t == tunnel_net_of(t).fb_tunnel_dev && dev.nd_net->alive) return;
  unregister_netdevice(dev);
}

status ip_tunnel_change_mtu(net_device& dev, u32 mtu) {
  const ip_tunnel& t = tunnel_of(dev);
  const u32 most = ip_max_mtu - (t.hlen + static_cast<u32>(sizeof(iphdr))) - ethernet_header(t);
  return mtu < ETH_MIN_MTU || mtu > most ? err(EINVAL) : status();
}

void ip_tunnel_uninit(net_device& dev) {
  ip_tunnel& t = tunnel_of(dev);
  ip_tunnel_net& itn = tunnel_net_of(t);
  tunnel_del(t);
  if (itn.fb_tunnel_dev == &t) itn.fb_tunnel_dev = nullptr;
}

int ip_tunnel_get_iflink(const net_device& dev) { return tunnel_of(dev).parms.link; }
net* ip_tunnel_get_link_net(const net_device& dev) { return tunnel_of(dev).tun_net; }

const size_t ip_tunnel_parm_size = sizeof(ip_tunnel_parm);
const unsigned tunnel_ioctl_get = SIOCGETTUNNEL;
bool is_tunnel_ioctl(unsigned cmd) { return cmd >= SIOCGETTUNNEL && cmd <= SIOCCHGTUNNEL; }

result<int> ip_tunnel_ioctl(net& n, const cred& who, unsigned cmd, bytes arg) {
  ifreq r;
  if (arg.size() < sizeof r + sizeof(ip_tunnel_parm)) return err(EFAULT);
  std::memcpy(&r, arg.data(), sizeof r);
  r.ifr_name[IFNAMSIZ - 1] = 0;
  const std::string_view name = r.ifr_name;
  if (!dev_get_by_name(n, name)) {  // its module may bring it (dev_load)
    if (name == ipip_kind.fallback_name) ipip_load(n.w);
    if (name == gre_kind.fallback_name || name == gretap_kind.fallback_name ||
        name == erspan_kind.fallback_name)
      gre_load(n.w);
  }
  net_device* dev = dev_get_by_name(n, name);
  if (!dev) return err(ENODEV);
  if (!dev->ops->ndo_tunnel_ioctl) return err(EOPNOTSUPP);
  return dev->ops->ndo_tunnel_ioctl(*dev, who, cmd, arg.subspan(sizeof r));
}

result<int> ip_tunnel_siocdevprivate(net_device& dev, const cred& who, unsigned cmd, bytes arg) {
  ip_tunnel_parm p;
  std::memcpy(&p, arg.data(), sizeof p);
  p.name[IFNAMSIZ - 1] = 0;
  ref<net_device> hold(&dev);
  if (status s = control(tunnel_of(dev), who, cmd, p); !s) return std::unexpected(s.error());
  std::memcpy(arg.data(), &p, sizeof p);
  return 0;
}

void ipip_load(world& w) { load(w, true); }
void gre_load(world& w) { load(w, false); }

void ip_tunnel_init(world& w) {
  w.pernet.push_back({tunnels_net_init, tunnels_net_exit});
  for (const tunnel_kind_ops* k : {&ipip_kind, &gre_kind, &gretap_kind, &erspan_kind})
    w.link_ops.push_back(&k->link_ops);
}

void ip_tunnel_net_init(net& n) {
  ipv4_of(n).tunnels = {new ip_tunnel_tables, [](ip_tunnel_tables* t) { delete t; }};
}

}  // namespace linnet
