// ipip: IPv4 in IPv4 (RFC 2003). `ip tunnel add mode ipip`, `ip link add type ipip`.
// Before <netinet/in.h>, which then leaves its structures alone.
#include <linux/if_tunnel.h>
//
#include <linux/icmp.h>
#include <netinet/in.h>

#include "net/core/dev.hh"
#include "net/ipv4/fib_exceptions.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/ip_tunnel.hh"
#include "net/ipv4/ip_tunnel_core.hh"
#include "net/ipv4/snmp.hh"
#include "wire/icmp.hh"

namespace linnet {
namespace {

using enum skb_drop_reason;

void ipip_tunnel_xmit(net_device& dev, sk_buff_head&& list) {
  ip_tunnel& t = tunnel_of(dev);
  const bool takes_ip = t.parms.protocol == 0 || t.parms.protocol == IPPROTO_IPIP;
  sk_buff_head out;
  while (skb_ptr p = list.dequeue()) {
    // Of an external tunnel each packet has to say where to.
    const ip_tunnel_key* key = unlikely(t.collect_md) ? skb_tunnel_tx_key(*p) : nullptr;
    if (unlikely(p->protocol != be16(ETH_P_IP) || !takes_ip || (t.collect_md && !key) ||
                 !skb_header<iphdr>(*p))) {
      tunnel_tx_error(t, std::move(p), NOT_SPECIFIED);
      continue;
    }
    if (unlikely(key != nullptr)) {
      const ip_tunnel_key to = *key;  // the packet lets go of it on the way
      ip_md_tunnel_xmit(t, std::move(p), to, IPPROTO_IPIP, 0);
      continue;
    }
    out.enqueue(std::move(p));
  }
  if (!out.empty()) ip_tunnel_xmit(t, std::move(out), t.parms, IPPROTO_IPIP);
}

// Whether it was for a tunnel here.
bool ipip_rcv(net& n, skb_ptr& p, sk_buff_head& in) {
  const iphdr& outer = ip_hdr(*p);
  ip_tunnel* t =
      ip_tunnel_lookup(n, tunnel_kind::ipip, p->skb_iif, 0, outer.saddr, outer.daddr, be32(), true);
  if (!t) return false;
  if (t->parms.protocol && t->parms.protocol != IPPROTO_IPIP) {
    kfree_skb_reason(std::move(p), NOT_SPECIFIED);
    return true;
  }
  p->protocol = be16(ETH_P_IP);
  p->reset_mac_header();
  p->mac_len = 0;
  ip_tunnel_rcv(*t, std::move(p), {}, in);
  return true;
}

void ipip_list_rcv(sk_buff_head&& list, net& n) {
  sk_buff_head in;
  while (skb_ptr p = list.dequeue()) {
    if (ipip_rcv(n, p, in)) continue;
    icmp_send(*p, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, be32());
    kfree_skb_reason(std::move(p), NOT_SPECIFIED);
  }
  netif_rx(std::move(in));
}

// Whether an ICMP error says that packets don't get to the tunnel's end.
bool means_trouble(const icmphdr& icmp, const ip_tunnel& t) {
  if (!t.parms.daddr) return false;
  if (icmp.type == ICMP_DEST_UNREACH) return icmp.code != ICMP_SR_FAILED;
  // With an inherited TTL it is the sender's affair.
  return icmp.type == ICMP_TIME_EXCEEDED && icmp.code == ICMP_EXC_TTL && t.parms.ttl;
}

void ipip_err(net& n, sk_buff& s, u32 info) {
  const auto& quoted = *reinterpret_cast<const iphdr*>(s.data);
  const auto& icmp = *reinterpret_cast<const icmphdr*>(s.transport());
  ip_tunnel* t = ip_tunnel_lookup(n, tunnel_kind::ipip, s.skb_iif, 0, quoted.daddr, quoted.saddr,
                                  be32(), true);
  if (!t) return;
  if (icmp.type == ICMP_DEST_UNREACH && icmp.code == ICMP_FRAG_NEEDED)
    return ipv4_update_pmtu(n, quoted, info, quoted.protocol);
  if (means_trouble(icmp, *t)) ip_tunnel_note_error(*t);
}

const net_protocol ipip_protocol_ = {.handler = ipip_list_rcv, .err_handler = ipip_err};

// ---- links

status ipip_init(ip_tunnel& t) {
  t.hlen = 0;
  return {};
}

constexpr auto policy = [] {
  std::array<nla_policy, IFLA_IPTUN_MAX + 1> p{};
  p[IFLA_IPTUN_LINK] = p[IFLA_IPTUN_LOCAL] = p[IFLA_IPTUN_REMOTE] = p[IFLA_IPTUN_FWMARK] =
      nla_of(NLA_U32);
  p[IFLA_IPTUN_TTL] = p[IFLA_IPTUN_TOS] = p[IFLA_IPTUN_PROTO] = p[IFLA_IPTUN_PMTUDISC] =
      nla_of(NLA_U8);
  p[IFLA_IPTUN_ENCAP_TYPE] = p[IFLA_IPTUN_ENCAP_FLAGS] = p[IFLA_IPTUN_ENCAP_SPORT] =
      p[IFLA_IPTUN_ENCAP_DPORT] = nla_of(NLA_U16);
  p[IFLA_IPTUN_COLLECT_METADATA] = nla_of(NLA_FLAG);
  return p;
}();

// ipip_tunnel_validate and ipip_netlink_parms.
result<tunnel_parms> parse(ip_tunnel& t, const_bytes data) {
  nla_table<IFLA_IPTUN_MAX> tb;
  if (status s = nla_parse(tb, data, policy, NL_VALIDATE_LIBERAL); !s)
    return std::unexpected(s.error());
  tunnel_parms p{.protocol = IPPROTO_IPIP};
  if (tb[IFLA_IPTUN_PROTO]) p.protocol = tb[IFLA_IPTUN_PROTO].get_u8();
  if (p.protocol != 0 && p.protocol != IPPROTO_IPIP && p.protocol != IPPROTO_MPLS)
    return err(EINVAL);
  // Inside UDP (fou, gue) there is nothing yet.
  if (tb[IFLA_IPTUN_ENCAP_TYPE] && tb[IFLA_IPTUN_ENCAP_TYPE].get_u16() != TUNNEL_ENCAP_NONE)
    return err(EINVAL);
  if (!data.data()) return p;
  if (tb[IFLA_IPTUN_LINK]) p.link = tb[IFLA_IPTUN_LINK].get_s32();
  if (tb[IFLA_IPTUN_LOCAL]) p.saddr = tb[IFLA_IPTUN_LOCAL].get_be32();
  if (tb[IFLA_IPTUN_REMOTE]) p.daddr = tb[IFLA_IPTUN_REMOTE].get_be32();
  if (tb[IFLA_IPTUN_TTL]) p.ttl = tb[IFLA_IPTUN_TTL].get_u8();
  if (tb[IFLA_IPTUN_TOS]) p.tos = tb[IFLA_IPTUN_TOS].get_u8();
  p.df = p.ttl || !tb[IFLA_IPTUN_PMTUDISC] || tb[IFLA_IPTUN_PMTUDISC].get_u8();
  if (tb[IFLA_IPTUN_COLLECT_METADATA]) t.collect_md = true;
  if (tb[IFLA_IPTUN_FWMARK]) p.fwmark = tb[IFLA_IPTUN_FWMARK].get_u32();
  return p;
}

result<net_device*> ipip_newlink(const rtnl_newlink_params& p) {
  ipip_load(p.dest_net->w);
  const ifla_table tb = rtnl_parse_request(p);
  ref<ip_tunnel> t(new ip_tunnel(ipip_kind));
  if (status s = rtnl_create_link(*t, ipip_kind.link_ops, tb); !s)
    return std::unexpected(s.error());
  auto parms = parse(*t, p.data);
  if (!parms) return std::unexpected(parms.error());
  return ip_tunnel_newlink(p, std::move(t), *parms);
}

status ipip_changelink(net_device& dev, const_bytes data) {
  ip_tunnel& t = tunnel_of(dev);
  const bool external = t.collect_md;
  auto p = parse(t, data);
  if (!p) return std::unexpected(p.error());
  const bool asked = std::exchange(t.collect_md, external);
  if (asked != external || external) return err(EINVAL);
  const bool multipoint = (dev.flags & IFF_POINTOPOINT) && !p->daddr;
  if (multipoint || (!(dev.flags & IFF_POINTOPOINT) && p->daddr)) return err(EINVAL);
  return ip_tunnel_changelink(t, *p);
}

void ipip_fill_info(const net_device& dev, std::vector<std::byte>& out) {
  const ip_tunnel& t = tunnel_of(dev);
  const tunnel_parms& p = t.parms;
  nla_append_raw(out, IFLA_IPTUN_LINK, p.link);
  nla_append_raw(out, IFLA_IPTUN_LOCAL, p.saddr);
  nla_append_raw(out, IFLA_IPTUN_REMOTE, p.daddr);
  nla_append_raw(out, IFLA_IPTUN_TTL, p.ttl);
  nla_append_raw(out, IFLA_IPTUN_TOS, p.tos);
  nla_append_raw(out, IFLA_IPTUN_PROTO, p.protocol);
  nla_append_raw(out, IFLA_IPTUN_PMTUDISC, static_cast<u8>(p.df));
  nla_append_raw(out, IFLA_IPTUN_FWMARK, p.fwmark);
  for (int none : {IFLA_IPTUN_ENCAP_TYPE, IFLA_IPTUN_ENCAP_SPORT, IFLA_IPTUN_ENCAP_DPORT,
                   IFLA_IPTUN_ENCAP_FLAGS})
    nla_append_raw(out, none, u16{0});
  if (t.collect_md) nla_append(out, IFLA_IPTUN_COLLECT_METADATA, {});
}

constexpr net_device_ops ipip_netdev_ops = {.ndo_start_xmit = ipip_tunnel_xmit,
                                            .ndo_change_mtu = ip_tunnel_change_mtu,
                                            .ndo_uninit = ip_tunnel_uninit,
                                            .ndo_get_iflink = ip_tunnel_get_iflink,
                                            .ndo_get_link_net = ip_tunnel_get_link_net,
                                            .ndo_tunnel_ioctl = ip_tunnel_siocdevprivate};
constexpr rtnl_link_ops ipip_link_ops = {.kind = "ipip",
                                         .newlink = ipip_newlink,
                                         .dellink = ip_tunnel_dellink,
                                         .fill_info = ipip_fill_info,
                                         .changelink = ipip_changelink};

}  // namespace

const tunnel_kind_ops ipip_kind = {.kind = tunnel_kind::ipip,
                                   .fallback_name = "tunl0",
                                   .name_pattern = "ipip%d",
                                   .type = ARPHRD_TUNNEL,
                                   .netdev_ops = ipip_netdev_ops,
                                   .link_ops = ipip_link_ops,
                                   .init = ipip_init};

const net_protocol& ipip_protocol() { return ipip_protocol_; }

}  // namespace linnet
