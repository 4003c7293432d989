// Tunnels through IPv4: devices whose packets travel inside others (ipip.cc, ip_gre.cc). What they share is here: which
// tunnel an arriving packet is for, making and changing them by rtnetlink and by the older ioctls, their MTU, and the way
// of a packet out (ip_tunnel_xmit.cc) and in. A tunnel belongs to the namespace that it was made in, whose routes its
// outer packets take, even when its device has been moved to another.
#pragma once

#include "net/core/lwtunnel.hh"
#include "net/core/net_device.hh"
#include "net/core/rtnetlink.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "wire/ip.hh"

namespace linnet {

inline constexpr u16 gre_csum = 0x8000, gre_routing = 0x4000, gre_key = 0x2000, gre_seq = 0x1000,
                     gre_version = 0x0007;

// What a tunnel is asked to be (struct ip_tunnel_parm); flags and keys in host order, GRE's.
struct tunnel_parms {
  int link = 0;  // ifindex that outer packets go by, 0: as routed
  u16 i_flags = 0, o_flags = 0;
  be32 i_key = {}, o_key = {};
  be32 saddr = {}, daddr = {};
  u8 ttl = 0;  // 0: the inner packet's
  u8 tos = 0;  // bit 0: the inner packet's
  u8 protocol = 0;
  bool df = false;
  u32 fwmark = 0;
};

struct tunnel_kind_ops;
struct ip_tunnel : net_device {
  explicit ip_tunnel(const tunnel_kind_ops&);

  const tunnel_kind_ops& kind;
  net* tun_net = nullptr;
  tunnel_parms parms;
  u32 hlen = 0;  // bytes between the outer IP header and what is inside
  bool ignore_df = false;
  bool collect_md = false;  // `external`: what it does is told with each packet
  u32 o_seqno = 0, i_seqno = 0;
  int err_count = 0;  // ICMP errors about it that nobody has been told of
  ktime err_time = 0;
  int mlink = 0;             // the device that it joined its group on
  ref<metadata_dst> rx_dst;  // of an external one: what was said of the packet before
};
inline ip_tunnel& tunnel_of(net_device& d) { return static_cast<ip_tunnel&>(d); }
inline const ip_tunnel& tunnel_of(const net_device& d) { return static_cast<const ip_tunnel&>(d); }

// The kinds, each with tables of its own (ip_tunnel_net).
enum class tunnel_kind : u8 { ipip, gre, gretap, erspan, max_ };

struct ip_tunnel_net {
  std::vector<ip_tunnel*> tunnels;  // newest first
  ip_tunnel* fb_tunnel_dev = nullptr;
  ip_tunnel* collect_md_tun = nullptr;
};
struct ip_tunnel_tables {
  std::array<ip_tunnel_net, static_cast<size_t>(tunnel_kind::max_)> of;
  bool ipip_loaded = false, gre_loaded = false;  // as if Linux's modules were
  unsigned xmit_depth = 0;                       // tunnels inside tunnels, now
};
inline ip_tunnel_tables& tunnels_of(const net& n) { return *ipv4_of(n).tunnels; }

// How a kind differs from the others.
struct tunnel_kind_ops {
  tunnel_kind kind;
  const char* fallback_name;
  const char* name_pattern;  // of what the ioctl makes
  u16 type;                  // ARPHRD_*
  const net_device_ops& netdev_ops;
  const linnet::rtnl_link_ops& link_ops;
  // After its parameters are known: header lengths, and what a packet for it looks like (ndo_init). EINVAL.
  status (*init)(ip_tunnel&);
};
ip_tunnel_net& tunnel_net_of(const ip_tunnel&);
extern const tunnel_kind_ops ipip_kind, gre_kind, gretap_kind, erspan_kind;

// Which tunnel a packet between these addresses, with these of GRE's flags and key, is for; null: none
// (ip_tunnel_lookup). `keyless`: of a protocol that has no keys.
ip_tunnel* ip_tunnel_lookup(const net&, tunnel_kind, int link, u16 flags, be32 remote, be32 local,
                            be32 key, bool keyless);

// ---- control

// Registers a new tunnel with what the request says (ip_tunnel_newlink): EEXIST.
result<net_device*> ip_tunnel_newlink(const rtnl_newlink_params&, ref<ip_tunnel>,
                                      const tunnel_parms&);
// Gives it other parameters: EINVAL, EEXIST (ip_tunnel_changelink).
status ip_tunnel_changelink(ip_tunnel&, const tunnel_parms&);
void ip_tunnel_dellink(net_device&);
void ip_tunnel_uninit(net_device&);
status ip_tunnel_change_mtu(net_device&, u32 mtu);
int ip_tunnel_get_iflink(const net_device&);
net* ip_tunnel_get_link_net(const net_device&);
// Guesses the device that outer packets go by; returns the MTU that follows (ip_tunnel_bind_dev).
u32 ip_tunnel_bind_dev(ip_tunnel&);
// The ioctls of ip_tunnel_ioctl.hh on one device; `arg` is an ip_tunnel_parm.
result<int> ip_tunnel_siocdevprivate(net_device&, const cred&, unsigned cmd, bytes arg);
// The first use of a kind brings its fallback devices into the namespaces, as loading Linux's module does.
void ipip_load(world&);
void gre_load(world&);
void ip_tunnel_net_init(net&);  // before the namespace has devices
void ip_tunnel_init(world&);

// ---- packets (ip_tunnel_xmit.cc)

// Puts the outer header on a burst of packets, whose data stands `hlen` bytes before what is inside, and sends them.
// `p`: addresses, TTL and so on, normally the tunnel's own.
void ip_tunnel_xmit(ip_tunnel&, sk_buff_head&&, const tunnel_parms& p, u8 protocol);
// The same for one packet of an external tunnel, which goes as its key says; `hlen`: as above (ip_md_tunnel_xmit).
void ip_md_tunnel_xmit(ip_tunnel&, skb_ptr, const ip_tunnel_key&, u8 protocol, u32 hlen);
// What one packet said on the outside (struct tnl_ptk_info).
struct tunnel_arrival {
  u16 flags = 0;
  be32 key;
  u32 seq = 0;
  be16 proto;
  u32 hdr_len = 0;
};
// A packet, data at what is inside, that arrived for the tunnel; freed if it isn't wanted (ip_tunnel_rcv).
void ip_tunnel_rcv(ip_tunnel&, skb_ptr, const tunnel_arrival&, sk_buff_head& in);
// Notes that ICMP told of trouble behind the tunnel.
void ip_tunnel_note_error(ip_tunnel&);

// The handlers of IPPROTO_IPIP and IPPROTO_GRE.
struct net_protocol;
const net_protocol& ipip_protocol();
const net_protocol& gre_protocol();

// Counts a packet that the tunnel can't send.
inline void tunnel_tx_error(ip_tunnel& t, skb_ptr p, skb_drop_reason why) {
  ++t.stats.tx_errors;
  kfree_skb_reason(std::move(p), why);
}

}  // namespace linnet
