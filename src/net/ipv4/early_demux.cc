// The connection is looked up by the addresses that the segment has at the IP header, and lends it its input route.
#include "net/ipv4/early_demux.hh"

#include "net/core/dst.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/route.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {

bool early_demux_wanted(const net& n) {
  const tcp_table& t = tcp_of(n);
  return t.ehash.size() && t.settings.early_demux && ipv4_of(n).sysctl_ip_early_demux && !n.c.trace;
}

void tcp_v4_early_demux(net& n, sk_buff& s) {
  const iphdr& ip = ip_hdr(s);
  if (s.pkt != pkt_type::host || ip.frag_off.host() & (ip_mf | ip_offset)) return;
  if (s.len() < ip.header_len() + sizeof(tcphdr)) return;
  const auto& th = *reinterpret_cast<const tcphdr*>(s.data + ip.header_len());
  tcp_endpoint* e = tcp_lookup_established(n, ip.saddr, th.source.host(), ip.daddr, th.dest.host(),
                                           s.skb_iif, inet_sdif(s));
  if (!e || e->what != tcp_endpoint::kind::full) return;
  const auto& sk = static_cast<const tcp_sock&>(*e);
  if (sk.rx_dst && sk.rx_dst_ifindex == s.skb_iif && rt_is_valid(*sk.rx_dst))
    skb_dst_set_noref(s, sk.rx_dst.get());
}

void tcp_rx_dst_keep(tcp_sock& sk, const sk_buff& s) {
  rtable* rt = skb_rtable(s);
  if (likely(rt == sk.rx_dst.get() && s.skb_iif == sk.rx_dst_ifindex)) return;
  sk.rx_dst = ref<rtable>(rt);
  sk.rx_dst_ifindex = s.skb_iif;
}

}  // namespace linnet
