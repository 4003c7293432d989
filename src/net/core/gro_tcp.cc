// GRO's rules for TCP (tcp_gro_receive): segments that follow each other, and say nothing that the first did not say.
#include <netinet/in.h>

#include "base/checksum.hh"
#include "net/core/gro_offload.hh"
#include "net/core/net_device.hh"
#include "wire/tcp.hh"

namespace linnet {
namespace {

const tcphdr& tcp_of(const gro_candidate& c) { return *reinterpret_cast<const tcphdr*>(c.l4); }
u32 flags_and_window(const gro_candidate& c) { return be32::load(c.l4 + 12).host(); }
constexpr u32 flag_bits(u8 flags) { return u32{flags} << 16; }

bool follows(sk_buff& p, const gro_candidate& held, const sk_buff& s, const gro_candidate& c) {
  const tcphdr &before = tcp_of(held), &th = tcp_of(c);
  if (th.has(TCPHDR_CWR)) return false;
  constexpr u32 may_differ = flag_bits(TCPHDR_CWR | TCPHDR_FIN | TCPHDR_PSH);
  if ((flags_and_window(held) ^ flags_and_window(c)) & ~may_differ) return false;
  if (before.ack_seq != th.ack_seq) return false;
  if (std::memcmp(&before + 1, &th + 1, c.l4_len - sizeof(tcphdr)) != 0) return false;
  if (!inet_gro_fits(p, held, c)) return false;
  const u32 mss = skb_shinfo(p).gso_size;
  if (skb_is_gso(s) ? skb_shinfo(s).gso_size != mss : c.len - 1 >= mss) return false;
  return before.seq.host() + gro_cb_of(p).payload == th.seq.host();
}

}  // namespace

bool tcp_gro_understands(const sk_buff& s, gro_candidate& c) {
  const auto* th = skb_header<tcphdr>(s, sizeof(iphdr));
  if (!th || th->header_len() < sizeof(tcphdr)) return false;
  c.l4_len = th->header_len();
  if (s.len() < sizeof(iphdr) + c.l4_len) return false;
  c.len = s.len() - static_cast<u32>(sizeof(iphdr)) - c.l4_len;
  return gro_checksum_good(s, c);
}

gro_verdict tcp_gro_receive(sk_buff* p, sk_buff& s, const gro_candidate& c) {
  gro_verdict v;
  const tcphdr& th = tcp_of(c);
  v.joined = p && follows(*p, gro_held(*p), s, c) && skb_gro_receive(*p, s, c);
  if (v.joined)
    reinterpret_cast<tcphdr*>(p->data + sizeof(iphdr))->flags |=
        th.flags & (TCPHDR_FIN | TCPHDR_PSH);
  // A short one is the last, and what these flags say should not wait.
  const u32 mss = v.joined ? skb_shinfo(*p).gso_size : 1;
  const bool is_short =
      skb_is_gso(s) ? c.len != u32{skb_shinfo(s).gso_segs} * skb_shinfo(s).gso_size : c.len < mss;
  v.passes = is_short ||
             (th.flags & (TCPHDR_URG | TCPHDR_PSH | TCPHDR_RST | TCPHDR_SYN | TCPHDR_FIN)) != 0;
  v.completes = !v.joined || v.passes;
  return v;
}

void tcp_gro_complete(sk_buff& p) {
  const auto& ip = *reinterpret_cast<const iphdr*>(p.data);
  auto& th = *reinterpret_cast<tcphdr*>(p.data + sizeof(iphdr));
  const gro_cb& cb = gro_cb_of(p);
  const u32 n = p.len() - static_cast<u32>(sizeof(iphdr));
  th.check = ~csum_fold(csum_tcpudp_nofold(ip.saddr, ip.daddr, n, IPPROTO_TCP, 0));
  p.summed = ip_summed::partial;
  p.csum_start = static_cast<u16>(p.headroom() + sizeof(iphdr));
  p.csum_offset = offsetof(tcphdr, check);
  u16 type = SKB_GSO_TCPV4;
  if (th.has(TCPHDR_CWR)) type |= SKB_GSO_TCP_ECN;
  if (cb.is_atomic) type |= SKB_GSO_TCP_FIXEDID;
  skb_gso_set(p, skb_shinfo(p).gso_size, cb.count, type);
}

}  // namespace linnet
