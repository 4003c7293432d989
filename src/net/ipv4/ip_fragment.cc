// A packet that is larger than its path takes goes in pieces, each with a header of its own.
#include "net/ipv4/ip_fragment.hh"

#include "net/core/tracepoint.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/snmp.hh"

namespace linnet {

using enum skb_drop_reason;

bool ip_fragment(net& n, skb_ptr p, u32 mtu, sk_buff_head& out) {
  // A checksum left to the device covers the whole datagram, so it is done first.
  if (p->summed == ip_summed::partial && !skb_checksum_help(*p)) {
    ip_inc_stats(n, IPSTATS_MIB_FRAGFAILS);
    kfree_skb_reason(std::move(p), SKB_CSUM);
    return false;
  }
  const iphdr ip = ip_hdr(*p);
  const u32 hlen = ip.header_len();
  if (mtu < hlen + 8) {
    ip_inc_stats(n, IPSTATS_MIB_FRAGFAILS);
    kfree_skb_reason(std::move(p), PKT_TOO_BIG);
    return false;
  }
  const u32 step = (mtu - hlen) & ~7u;
  const u32 payload = p->len() - hlen;
  const u32 base = (ip.frag_off.host() & ip_offset) * 8u;
  const bool last_more = ip.frag_off.host() & ip_mf;
  const u16 df = ipcb(*p).flags & IPSKB_FRAG_PMTU ? ip_df : u16{0};
  const bool options = hlen > sizeof(iphdr) && !base;
  if (unlikely(options)) skb_cow_head(*p, p->headroom());
  for (u32 at = 0; at < payload; at += step) {
    const u32 len = std::min(step, payload - at);
    const bool more = last_more || at + len < payload;
    skb_ptr f = alloc_skb(*p->home, skb_default_headroom + hlen + len);
    skb_reserve(*f, skb_default_headroom);
    f->reset_network_header();
    auto& h = *reinterpret_cast<iphdr*>(skb_put_data(*f, {p->network(), hlen}));
    f->reset_transport_header();
    skb_put_data(*f, {p->data + hlen + at, len});
    f->transport_header = static_cast<u16>(f->network_header + hlen);
    h.tot_len = static_cast<u16>(hlen + len);
    h.frag_off = static_cast<u16>((base + at) / 8 | (more ? ip_mf : 0) | df);
    ip_send_check(h);
    f->dev = p->dev;
    f->protocol = p->protocol;
    f->mark = p->mark;
    f->priority = p->priority;
    f->local = p->local;
    trace(*f->home, tp::ip_fragment, f.get(), p->dev, {.a = base + at, .b = len, .other = p->id});
    f->cb = p->cb;
    // Later pieces have only the options that are for all of them.
    if (unlikely(options && at == 0)) ip_options_fragment(*p);
    if (p->dst) skb_dst_set(*f, p->dst);
    out.enqueue(std::move(f));
  }
  consume_skb(std::move(p));
  return true;
}

}  // namespace linnet
