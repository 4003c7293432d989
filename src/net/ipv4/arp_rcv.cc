// ARP packets that arrive. A request for an address of ours is answered and its sender entered as STALE; one for
// an address that we stand in for likewise, at once or after a while; a reply makes the entry that waits for it
// REACHABLE; anything else may only update an entry that exists, or make one where arp_accept says so.
//
// Whether a request is for us is asked of the routing tables as for an IP packet from its sender to its target,
// so what refuses such a packet (a sender with one of our addresses, rp_filter) leaves the request unanswered.
// Then arp_ignore and arp_filter have their say. All settings are net.ipv4.conf's.
#include <algorithm>

#include "net/core/dev.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/arp.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/route.hh"
#include "wire/arp.hh"

namespace linnet {
namespace {

const_bytes key_of(const be32& a) { return std::as_bytes(std::span(&a, 1)); }

// A packet whose lengths are checked, taken apart.
struct arp_fields {
  u16 op;
  be32 sip, tip;
  const u8 *sha, *tha;
  dst_entry* reply_dst = nullptr;  // the way back into the tunnel that it came out of
};

arp_fields fields_of(const sk_buff& s, const net_device& dev) {
  const arphdr* arp = skb_header<arphdr>(s);
  auto* p = reinterpret_cast<const u8*>(arp + 1);
  return {.op = arp->ar_op.host(),
          .sip = be32::load(p + dev.addr_len),
          .tip = be32::load(p + 2 * dev.addr_len + 4),
          .sha = p,
          .tha = p + dev.addr_len + 4};
}

// iptunnel_metadata_reply: for the answer to what came out of an external tunnel; null: it did not.
ref<dst_entry> metadata_reply(const sk_buff& s) {
  const metadata_dst* md = skb_metadata_dst(s);
  if (likely(!md || md->tx)) return {};
  ref<metadata_dst> back(new metadata_dst);
  back->metadata = back->tx = true;
  back->key = {.tun_id = md->key.tun_id, .dst = md->key.src, .tun_flags = md->key.tun_flags};
  return back;
}

// Whether an address of ours is kept from whoever asks on this device: 1, when another device has it; 2, also
// when the sender is in none of its subnets; 3, when it is valid on this host only; 8, always.
bool arp_ignore(const net& n, in_device& in, be32 sip, be32 tip) {
  switch (in_dev_maxconf(in, IPV4_DEVCONF_ARP_IGNORE)) {
    case 1: return !inet_confirm_addr(n, &in, be32(), tip, RT_SCOPE_HOST);
    case 2: return !inet_confirm_addr(n, &in, sip, tip, RT_SCOPE_HOST);
    case 3: return !inet_confirm_addr(n, nullptr, be32(), tip, RT_SCOPE_LINK);
    case 8: return true;
    default: return false;
  }
}

// Whether packets to the sender would leave by another device than the one that it asks on.
bool arp_filter(net& n, const net_device& dev, be32 sip, be32 tip) {
  flowi4 fl;
  fl.daddr = sip;
  fl.saddr = tip;
  auto rt = ip_route_output_key(n, fl);
  if (!rt) return true;
  if ((*rt)->dev == &dev) return false;
  ++n.ipv4->mib.net[LINUX_MIB_ARPFILTER];
  return true;
}

// Whether hearing from `sip` is reason enough for an entry: 1, always; 2, if it is in one of the device's
// subnets.
bool arp_accept(const net& n, in_device& in, be32 sip) {
  switch (in_dev_maxconf(in, IPV4_DEVCONF_ARP_ACCEPT)) {
    case 1: return true;
    case 2: return bool(inet_confirm_addr(n, &in, sip, be32(), RT_SCOPE_LINK));
    default: return false;
  }
}

// proxy_arp: for what is behind another device, unless both are on one medium (medium_id; 0 is no medium in
// particular, -1 none that is stood in for).
bool arp_fwd_proxy(const in_device& in, const net_device& dev, const rtable& rt) {
  if (rt.dev == &dev || !in_dev_orconf(in, IPV4_DEVCONF_PROXY_ARP)) return false;
  const s32 here = in_dev_conf_get(in, IPV4_DEVCONF_MEDIUM_ID);
  if (here == 0 || here == -1) return here == 0;
  const in_device* out = in_dev_get(*rt.dev);
  const s32 there = out ? in_dev_conf_get(*out, IPV4_DEVCONF_MEDIUM_ID) : -1;
  return there != here && there != -1;
}

// proxy_arp_pvlan (RFC 3069): for what is behind the very device, whose ports can't reach each other.
bool arp_fwd_pvlan(const in_device& in, const net_device& dev, const rtable& rt,
                   const arp_fields& a) {
  return rt.dev == &dev && a.sip != a.tip && in_dev_orconf(in, IPV4_DEVCONF_PROXY_ARP_PVLAN);
}

bool stands_in(net& n, const in_device& in, net_device& dev, const rtable& rt,
               const arp_fields& a) {
  if (!in_dev_forward(in) || rt.rt_type != RTN_UNICAST) return false;
  return arp_fwd_proxy(in, dev, rt) || arp_fwd_pvlan(in, dev, rt, a) ||
         (rt.dev != &dev && pneigh_lookup(*ipv4_of(n).arp_tbl, key_of(a.tip), &dev));
}

void reply(net_device& dev, const arp_fields& a) {
  arp_send(ARPOP_REPLY, a.sip, dev, a.tip, a.sha, nullptr, a.sha, a.reply_dst);
}

// A gratuitous packet has the same address twice, a gratuitous reply the same hardware address as well, and it
// isn't about us (arp_is_garp).
bool is_garp(net& n, const net_device& dev, const arp_fields& a) {
  return a.tip == a.sip && (a.op != ARPOP_REPLY || std::memcmp(a.tha, a.sha, dev.addr_len) == 0) &&
         inet_addr_type_dev_table(n, dev, a.sip) == RTN_UNICAST;
}

// What is learnt from a packet that asks nothing of us. A gratuitous one may replace an address at once, others
// when the entry hasn't changed for locktime.
void arp_update_entry(net& n, net_device& dev, const arp_fields& a, pkt_type to) {
  neigh_table& tbl = *ipv4_of(n).arp_tbl;
  neighbour* e = neigh_lookup(tbl, key_of(a.sip), dev);
  const bool garp = is_garp(n, dev, a);
  if (!e && arp_accept(n, *dev.ip_ptr, a.sip)) {
    if (!garp && (a.op != ARPOP_REPLY || inet_addr_type_dev_table(n, dev, a.sip) != RTN_UNICAST))
      return;
    if (auto made = neigh_create(tbl, key_of(a.sip), dev)) e = *made;
  }
  if (!e) return;
  const bool override = n.w.now() > e->updated + e->parms->locktime || garp;
  const u8 state = a.op == ARPOP_REPLY && to == pkt_type::host ? NUD_REACHABLE : NUD_STALE;
  [[maybe_unused]] auto s =
      neigh_update(*e, a.sha, state, override ? NEIGH_UPDATE_F_OVERRIDE : 0, 0);
}

enum class verdict : u8 { done, drop, postpone };

// What became of a request, for who traces it.
void tell(sk_buff& s, net_device& dev, const arp_fields& a, trace_note note,
          skb_drop_reason why = skb_drop_reason::not_dropped_yet) {
  trace(dev.nd_net->c, tp::arp_process, &s, &dev,
        {.a = a.tip.host(), .b = a.sip.host(), .c = a.op, .note = note}, why);
}

// The rest of arp_process for a request that has a route. `done` also when it isn't for us to answer.
verdict answer(sk_buff& s, net_device& dev, const arp_fields& a, bool& ours) {
  net& n = *dev.nd_net;
  in_device& in = *dev.ip_ptr;
  neigh_table& tbl = *ipv4_of(n).arp_tbl;
  const rtable& rt = *skb_rtable(s);
  ours = true;
  if (rt.rt_type == RTN_LOCAL) {
    const bool ignored = arp_ignore(n, in, a.sip, a.tip);
    const bool silent =
        ignored || (in_dev_orconf(in, IPV4_DEVCONF_ARPFILTER) && arp_filter(n, dev, a.sip, a.tip));
    tell(s, dev, a,
         !silent   ? trace_note::answered
         : ignored ? trace_note::arp_ignore
                   : trace_note::arp_filter);
    if (!silent && neigh_event_ns(tbl, a.sha, key_of(a.sip), dev)) reply(dev, a);
    return verdict::done;
  }
  ours = stands_in(n, in, dev, rt, a);
  if (!ours) return tell(s, dev, a, trace_note::not_ours), verdict::done;
  tell(s, dev, a, trace_note::answered);
  neigh_event_ns(tbl, a.sha, key_of(a.sip), dev);
  // Whoever really has the address may answer first, unless the asker chose us.
  if (!pneigh_was_enqueued(s) && s.pkt != pkt_type::host && in.arp_parms->proxy_delay != 0)
    return verdict::postpone;
  reply(dev, a);
  return verdict::done;
}

verdict arp_decide(sk_buff& s, net_device& dev) {
  net& n = *dev.nd_net;
  in_device& in = *dev.ip_ptr;
  arp_fields a = fields_of(s, dev);
  const ref<dst_entry> back = a.op == ARPOP_REQUEST ? metadata_reply(s) : nullptr;
  a.reply_dst = back.get();
  if (ipv4_is_multicast(a.tip) ||
      (!in_dev_orconf(in, IPV4_DEVCONF_ROUTE_LOCALNET) && ipv4_is_loopback(a.tip)))
    return verdict::drop;
  if (a.sip == a.tip && in_dev_orconf(in, IPV4_DEVCONF_DROP_GRATUITOUS_ARP))
    return tell(s, dev, a, trace_note::drop_gratuitous), verdict::drop;
  if (!a.sip) {  // duplicate address detection (RFC 5227 §2.1.1): the address is ours, say so
    if (a.op == ARPOP_REQUEST && inet_addr_type_dev_table(n, dev, a.tip) == RTN_LOCAL &&
        !arp_ignore(n, in, a.sip, a.tip))
      reply(dev, a);
    return verdict::done;
  }
  if (a.op == ARPOP_REQUEST) {
    const skb_drop_reason why = ip_route_input_noref(s, a.tip, a.sip, 0, dev);
    if (why == skb_drop_reason::not_dropped_yet) {
      bool ours = false;
      const verdict v = answer(s, dev, a, ours);
      if (ours) return v;
    } else {
      const bool elsewhere = why == skb_drop_reason::IP_INVALID_DEST;
      tell(s, dev, a, elsewhere ? trace_note::not_ours : trace_note::refused_route, why);
    }
  }
  arp_update_entry(n, dev, a, s.pkt);
  return verdict::done;
}

void arp_process(skb_ptr p) {
  net_device& dev = *p->dev;
  const trace_cause because(dev.nd_net->c, p->id);
  switch (arp_decide(*p, dev)) {
    case verdict::done: return consume_skb(std::move(p));
    case verdict::drop: return kfree_skb_reason(std::move(p), skb_drop_reason::IP_INVALID_DEST);
    case verdict::postpone:
      return pneigh_enqueue(*ipv4_of(*dev.nd_net).arp_tbl, *dev.ip_ptr->arp_parms, std::move(p));
  }
}

// arp_rcv's checks: whether the packet is one of ARP for IPv4 on such a device.
skb_drop_reason arp_check(const sk_buff& s, const net_device& dev) {
  if ((dev.flags & IFF_NOARP) || s.pkt == pkt_type::otherhost || s.pkt == pkt_type::loopback)
    return skb_drop_reason::consumed;
  const arphdr* arp = skb_header<arphdr>(s);
  const u32 need = static_cast<u32>(sizeof(arphdr)) + 2 * (dev.addr_len + 4u);
  if (!arp || s.len() < need) return skb_drop_reason::PKT_TOO_SMALL;
  if (arp->ar_hln != dev.addr_len || arp->ar_pln != 4 || !dev.ip_ptr)
    return skb_drop_reason::HDR_TRUNC;
  // An Ethernet may say 802 too.
  const bool hw_ok = arp->ar_hrd == be16(dev.type) ||
                     (dev.type == ARPHRD_ETHER && arp->ar_hrd == be16(ARPHRD_IEEE802));
  if (!hw_ok || arp->ar_pro != be16(ETH_P_IP)) return skb_drop_reason::INVALID_PROTO;
  const u16 op = arp->ar_op.host();
  if (op != ARPOP_REQUEST && op != ARPOP_REPLY) return skb_drop_reason::INVALID_PROTO;
  return skb_drop_reason::not_dropped_yet;
}

}  // namespace

void arp_list_rcv(sk_buff_head&& list, net_device& dev) {
  while (skb_ptr p = list.dequeue()) {
    trace(*p->home, tp::arp_rcv, p.get(), &dev);
    const skb_drop_reason why = arp_check(*p, dev);
    if (why == skb_drop_reason::consumed) {
      consume_skb(std::move(p));
    } else if (why != skb_drop_reason::not_dropped_yet) {
      kfree_skb_reason(std::move(p), why);
    } else {
      p->dev = &dev;
      pneigh_clear(*p);
      arp_process(std::move(p));
    }
  }
}

void parp_redo(skb_ptr p) {
  if (!p->dev->ip_ptr) return kfree_skb_reason(std::move(p), skb_drop_reason::NOT_SPECIFIED);
  arp_process(std::move(p));
}

}  // namespace linnet
