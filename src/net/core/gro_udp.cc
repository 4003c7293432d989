// GRO's rules for UDP (udp_gro_receive, udp_gro_receive_segment): datagrams of one length, of which the last may be shorter,
// for a socket that reads them in one (UDP_GRO), or for none here on a device that joins what it forwards. What a device
// joins for its own sake (rx-gro-list) every reader gets in single datagrams again.
#include <netinet/in.h>

#include "base/checksum.hh"
#include "net/core/gro_offload.hh"
#include "net/core/net_device.hh"
#include "net/core/world.hh"
#include "wire/udp.hh"

namespace linnet {
namespace {

constexpr u16 most_joined = 64;  // UDP_GRO_CNT_MAX

// Whether somebody wants it joined, and how.
bool wanted(const sk_buff& s, gro_candidate& c) {
  using enum world::gro_socket;
  const auto lookup = s.home->w.udp_gro_lookup;
  const u64 features = s.dev->features;
  const world::gro_socket sk = lookup ? lookup(s) : none;
  c.is_flist = (features & NETIF_F_GRO_FRAGLIST) && sk != takes_joined;
  return c.is_flist || sk == takes_joined || (sk == none && (features & NETIF_F_GRO_UDP_FWD));
}

}  // namespace

bool udp_gro_understands(const sk_buff& s, gro_candidate& c) {
  const auto* uh = skb_header<udphdr>(s, sizeof(iphdr));
  // Without a checksum it could not be cut into the same again.
  if (!uh || !uh->check) return false;
  const u32 ulen = uh->len.host();
  if (ulen <= sizeof(udphdr) || ulen != s.len() - sizeof(iphdr)) return false;
  c.l4_len = sizeof(udphdr);
  c.len = ulen - c.l4_len;
  return wanted(s, c) && gro_checksum_good(s, c);
}

gro_verdict udp_gro_receive(sk_buff* p, sk_buff& s, const gro_candidate& c) {
  if (!p) return {.passes = skb_is_gso(s)};
  // What is one of many already is not joined with others.
  if (skb_is_gso(s) || gro_cb_of(*p).is_flist != c.is_flist)
    return {.completes = true, .passes = true};
  const u32 first = skb_shinfo(*p).gso_size;
  if (!inet_gro_fits(*p, gro_held(*p), c) || c.len > first) return {.completes = true};
  const bool joined = skb_gro_receive(*p, s, c);
  return {.joined = joined,
          .completes = !joined || c.len != first || gro_cb_of(*p).count >= most_joined};
}

void udp_gro_complete(sk_buff& p) {
  const auto& ip = *reinterpret_cast<const iphdr*>(p.data);
  auto& uh = *reinterpret_cast<udphdr*>(p.data + sizeof(iphdr));
  const gro_cb& cb = gro_cb_of(p);
  const u32 n = p.len() - static_cast<u32>(sizeof(iphdr));
  uh.len = static_cast<u16>(n);
  uh.check = ~csum_fold(csum_tcpudp_nofold(ip.saddr, ip.daddr, n, IPPROTO_UDP, 0));
  p.summed = ip_summed::partial;
  p.csum_start = static_cast<u16>(p.headroom() + sizeof(iphdr));
  p.csum_offset = offsetof(udphdr, check);
  const u16 type = SKB_GSO_UDP_L4 | (cb.is_flist ? SKB_GSO_FRAGLIST : 0);
  skb_gso_set(p, skb_shinfo(p).gso_size, cb.count, type);
}

}  // namespace linnet
