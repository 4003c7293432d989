// Received frames, and those that the bridge device itself sends.
#include "net/bridge/br_private.hh"
#include "net/core/dev.hh"
#include "net/core/dst.hh"

namespace linnet {
namespace {

bool is_link_local(const u8* a) {
  static constexpr u8 base[] = {0x01, 0x80, 0xc2, 0, 0};
  return std::memcmp(a, base, sizeof base) == 0 && (a[5] & 0xf0) == 0;
}
bool is_broadcast(const u8* a) { return (a[0] & a[1] & a[2] & a[3] & a[4] & a[5]) == 0xff; }
br_pkt kind_of(const u8* dest) {
  if (!is_multicast_ether_addr(dest)) return br_pkt::unicast;
  return is_broadcast(dest) ? br_pkt::broadcast : br_pkt::multicast;
}

enum class verdict : u8 { forward, pass, drop };

// What becomes of a frame to 01:80:c2:00:00:0X, which a bridge normally keeps to itself.
verdict link_local(const net_bridge_port& p, const u8* dest) {
  if (dest[5] == 0) return verdict::forward;  // without a spanning tree, as any other group
  if (dest[5] == 1) return verdict::drop;     // pause
  const unsigned mask = p.group_fwd_mask | p.br->group_fwd_mask;
  return mask & (1u << dest[5]) ? verdict::forward : verdict::pass;
}

void br_pass_frame_up(net_bridge& br, skb_ptr s, sk_buff_head& up) {
  ++br.stats.rx_packets;
  br.stats.rx_bytes += s->len();
  s->dev = &br;
  up.enqueue(std::move(s));
}

// br_handle_frame_finish, of a frame that the port's state lets in.
void finish(net_bridge_port& p, skb_ptr s, br_deliveries& out, sk_buff_head& up) {
  net_bridge& br = *p.br;
  const auto& eth = *reinterpret_cast<const ethhdr*>(s->mac());
  if (p.learning) br_fdb_update(br, p, eth.h_source.data(), 0, false);
  if (p.state == BR_STATE_LEARNING)
    return kfree_skb_reason(std::move(s), skb_drop_reason::BRIDGE_INGRESS_STP_STATE);
  const br_pkt what = kind_of(eth.h_dest.data());
  const bool local = what != br_pkt::unicast || (br.flags & IFF_PROMISC);
  if (what == br_pkt::multicast) ++br.stats.multicast;
  net_bridge_fdb_entry* dst = nullptr;
  if (what == br_pkt::unicast) dst = br_fdb_find(br, eth.h_dest.data(), 0);
  if (dst && dst->is_local) return br_pass_frame_up(br, std::move(s), up);
  if (dst) {
    dst->used = br.nd_net->w.now();
    br_forward(out, *dst->dst, &p, s, local);
  } else {
    br_flood(out, br, &p, s, what, local);
  }
  if (local) br_pass_frame_up(br, std::move(s), up);
}

// br_handle_frame. What isn't the bridge's stays in `rest`.
void handle(net_bridge_port& p, skb_ptr s, br_deliveries& out, sk_buff_head& up,
            sk_buff_head& rest) {
  const auto& eth = *reinterpret_cast<const ethhdr*>(s->mac());
  if (unlikely(!is_valid_ether_addr(eth.h_source.data())))
    return kfree_skb_reason(std::move(s), skb_drop_reason::MAC_INVALID_SOURCE);
  const u8* dest = eth.h_dest.data();
  if (unlikely(is_link_local(dest))) {
    const verdict v = link_local(p, dest);
    if (v == verdict::drop)
      return kfree_skb_reason(std::move(s), skb_drop_reason::MAC_IEEE_MAC_CONTROL);
    if (v == verdict::pass) {
      const bool learns = p.state == BR_STATE_LEARNING || p.state == BR_STATE_FORWARDING;
      if (p.learning && learns && !p.br->no_linklocal_learn)
        br_fdb_update(*p.br, p, eth.h_source.data(), 0, false);
      return rest.enqueue(std::move(s));
    }
  }
  if (p.state != BR_STATE_FORWARDING && p.state != BR_STATE_LEARNING)
    return kfree_skb_reason(std::move(s), skb_drop_reason::BRIDGE_INGRESS_STP_STATE);
  if (std::memcmp(p.br->dev_addr.data(), dest, ETH_ALEN) == 0) s->pkt = pkt_type::host;
  finish(p, std::move(s), out, up);
}

}  // namespace

void br_handle_frames(net_device& dev, sk_buff_head& run) {
  net_bridge_port& p = *dev.br_port;
  sk_buff_head up, rest;
  {
    br_deliveries out;
    while (skb_ptr s = run.dequeue()) {
      if (const sk_buff* following = run.peek()) __builtin_prefetch(following->mac());
      handle(p, std::move(s), out, up, rest);
    }
  }
  run = std::move(rest);
  if (!up.empty()) netif_receive_skb_list(p.br->nd_net->c, std::move(up));
}

namespace {

// Whoever sends by a bridge hears nothing of what its ports refuse.
struct deaf_to_ports {
  explicit deaf_to_ports(cpu& of) : c(of), before(of.xmit_error) {}
  ~deaf_to_ports() { c.xmit_error = before; }
  deaf_to_ports(const deaf_to_ports&) = delete;
  deaf_to_ports& operator=(const deaf_to_ports&) = delete;
  cpu& c;
  const int before;
};

}  // namespace

void br_dev_xmit(net_device& dev, sk_buff_head&& list) {
  net_bridge& br = of_bridge(dev);
  const deaf_to_ports deaf(dev.nd_net->c);
  br_deliveries out;
  while (skb_ptr s = list.dequeue()) {
    ++br.stats.tx_packets;
    br.stats.tx_bytes += s->len();
    s->reset_mac_header();
    if (!skb_header<ethhdr>(*s)) {
      kfree_skb_reason(std::move(s), skb_drop_reason::HDR_TRUNC);
      continue;
    }
    const u8* dest = reinterpret_cast<const ethhdr*>(s->mac())->h_dest.data();
    skb_pull(*s, ETH_HLEN);
    const br_pkt what = kind_of(dest);
    net_bridge_fdb_entry* dst = what == br_pkt::unicast ? br_fdb_find(br, dest, 0) : nullptr;
    if (dst && dst->dst) {
      br_forward(out, *dst->dst, nullptr, s, false);
    } else if (dst) {
      kfree_skb_reason(std::move(s), skb_drop_reason::NO_TX_TARGET);  // to itself
    } else {
      br_flood(out, br, nullptr, s, what, false);
    }
  }
}

}  // namespace linnet
