// The connection is looked up by the addresses that the packet has at the IP header, and lends it its input route.
#include "net/ipv4/early_demux.hh"

#include "net/core/dst.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/route.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/udp_sock.hh"
#include "wire/udp.hh"

namespace linnet {
namespace {

// The protocol's header behind the IP header, when it is there whole.
template <class T>
const T* header_behind(const sk_buff& s, const iphdr& ip) {
  return skb_header<T>(s, ip.header_len());
}

bool usable(const ref<rtable>& rt, int ifindex, const sk_buff& s) {
  return rt && ifindex == s.skb_iif && rt_is_valid(*rt);
}

void tcp_v4_early_demux(net& n, sk_buff& s, const iphdr& ip) {
  const auto* th = header_behind<tcphdr>(s, ip);
  if (!th) return;
  tcp_endpoint* e = tcp_lookup_established(n, ip.saddr, th->source.host(), ip.daddr,
                                           th->dest.host(), s.skb_iif, inet_sdif(s));
  if (!e || e->what != tcp_endpoint::kind::full) return;
  const auto& sk = static_cast<const tcp_sock&>(*e);
  if (usable(sk.rx_dst, sk.rx_dst_ifindex, s)) skb_dst_set_noref(s, sk.rx_dst.get());
}

// Only a socket that has its address and port to itself, and so is the one that a lookup would find. While a burst is
// delivered no socket comes or goes, so the packet may keep it until then.
void udp_v4_early_demux(net& n, sk_buff& s, const iphdr& ip) {
  const auto* uh = header_behind<udphdr>(s, ip);
  if (!uh) return;
  const udp_table::slot& slot = ipv4_of(n).udp->by_address(ip.daddr, uh->dest.host());
  if (slot.size() != 1) return;
  udp_sock& sk = *slot.front();
  if (sk.inet_daddr != ip.saddr || sk.inet_dport != uh->source.host()) return;
  const bool vrf_too = ipv4_of(n).sysctl_udp_l3mdev_accept;
  if (!inet_bound_dev_eq(vrf_too, sk.bound_dev_if, s.skb_iif, inet_sdif(s))) return;
  s.sk = &sk;
  if (usable(sk.rx_dst, sk.rx_dst_ifindex, s)) skb_dst_set_noref(s, sk.rx_dst.get());
}

template <class Sock>
void keep(Sock& sk, const sk_buff& s) {
  rtable* rt = skb_rtable(s);
  if (likely(rt == sk.rx_dst.get() && s.skb_iif == sk.rx_dst_ifindex)) return;
  sk.rx_dst = ref<rtable>(rt);
  sk.rx_dst_ifindex = s.skb_iif;
}

}  // namespace

early_demux::early_demux(const net& n) {
  const netns_ipv4& v4 = ipv4_of(n);
  if (!v4.sysctl_ip_early_demux) return;
  const tcp_table& t = tcp_of(n);
  tcp_ = t.settings.early_demux && t.ehash.size();
  udp_ = v4.sysctl_udp_early_demux && v4.udp->size();
}

void early_demux::find(net& n, sk_buff& s, const iphdr& ip) const {
  if (!(tcp_ && ip.protocol == IPPROTO_TCP) && !(udp_ && ip.protocol == IPPROTO_UDP)) return;
  if (s.pkt != pkt_type::host || ip.frag_off.host() & (ip_mf | ip_offset)) return;
  if (ip.protocol == IPPROTO_TCP)
    tcp_v4_early_demux(n, s, ip);
  else
    udp_v4_early_demux(n, s, ip);
}

void tcp_rx_dst_keep(tcp_sock& sk, const sk_buff& s) { keep(sk, s); }
void udp_rx_dst_keep(udp_sock& sk, const sk_buff& s) { keep(sk, s); }

}  // namespace linnet
