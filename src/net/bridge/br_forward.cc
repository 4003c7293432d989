// Delivery to ports. Packets that go the same way one after the other are sent as a burst.
#include "net/bridge/br_private.hh"
#include "net/core/dev.hh"

namespace linnet {
namespace {

bool should_deliver(const net_bridge_port& to, const net_bridge_port* from) {
  if (to.state != BR_STATE_FORWARDING) return false;
  if (&to == from && !to.hairpin) return false;
  return !(from && from->isolated && to.isolated);
}

bool floods(const net_bridge_port& p, br_pkt what, const net_bridge_port* from) {
  switch (what) {
    case br_pkt::unicast: return p.flood;
    case br_pkt::multicast: return p.mcast_flood || !from;
    case br_pkt::broadcast: return p.bcast_flood || !from;
  }
  return false;
}

}  // namespace

// br_dev_queue_push_xmit.
void br_deliveries::to(net_bridge_port& p, skb_ptr s) {
  skb_push(*s, ETH_HLEN);
  net_device& dev = *p.dev;
  if (!dev.up() ||
      (s->len() > dev.mtu + dev.hard_header_len + 4u && !s->gso)) {  // room for a VLAN tag
    kfree_skb_reason(std::move(s),
                     dev.up() ? skb_drop_reason::PKT_TOO_BIG : skb_drop_reason::DEV_READY);
    return;
  }
  if (port_ != &p) {
    flush();
    port_ = &p;
  }
  s->dev = &dev;
  s->tstamp = 0;
  list_.enqueue(std::move(s));
}

void br_deliveries::flush() {
  if (!list_.empty()) dev_queue_xmit(*port_->dev, std::move(list_));
}

void br_forward(br_deliveries& out, net_bridge_port& to, const net_bridge_port* from, skb_ptr& s,
                bool keep) {
  if (should_deliver(to, from)) {
    out.to(to, keep ? skb_clone(*s) : std::move(s));
  } else if (!keep) {
    kfree_skb_reason(std::move(s), skb_drop_reason::NO_TX_TARGET);
  }
}

void br_flood(br_deliveries& out, net_bridge& br, const net_bridge_port* from, skb_ptr& s,
              br_pkt what, bool keep) {
  net_bridge_port* prev = nullptr;  // the last one needs no clone
  for (net_bridge_port* p : br.ports) {
    if (!floods(*p, what, from) || !should_deliver(*p, from)) continue;
    if (prev) out.to(*prev, skb_clone(*s));
    prev = p;
  }
  if (prev) {
    out.to(*prev, keep ? skb_clone(*s) : std::move(s));
  } else if (!keep) {
    kfree_skb_reason(std::move(s), skb_drop_reason::NO_TX_TARGET);
  }
}

}  // namespace linnet
