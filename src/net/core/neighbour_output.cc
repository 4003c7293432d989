// Sending through a neighbour: the output functions that its state selects.
#include <linux/if_ether.h>

#include "net/core/dev.hh"
#include "net/core/neighbour.hh"
#include "net/core/tracepoint.hh"

namespace linnet {
namespace {

void trace_output(neighbour& n, tp point, const sk_buff& s) {
  cpu& c = n.tbl().ns.c;
  if (likely(c.trace == nullptr)) return;
  trace_match m = {.a = n.key4().host(), .b = n.nud_state};
  if (n.nud_state & NUD_VALID_) {
    m.c = be16::load(n.ha.data()).host();
    m.d = be32::load(n.ha.data() + 2).host();
  }
  trace(c, point, &s, n.dev.get(), m);
}

void trace_output(neighbour& n, tp point, const sk_buff_head& list) {
  for (const sk_buff* s = list.peek(); s; s = s->next) trace_output(n, point, *s);
}

// Puts the link-layer header on each packet and sends the burst.
void xmit_with_header(neighbour& n, sk_buff_head&& list) {
  net_device& dev = *n.dev;
  sk_buff_head out;
  while (skb_ptr p = list.dequeue()) {
    p->dev = &dev;
    if (dev.header_ops->create(*p, dev, p->protocol.host(), n.ha.data(), nullptr)) {
      out.enqueue(std::move(p));
    } else {
      kfree_skb_reason(std::move(p), skb_drop_reason::NEIGH_HH_FILLFAIL);
    }
  }
  dev_queue_xmit(dev, std::move(out));
}

}  // namespace

// Not known to be valid: each packet may have to wait.
void neigh_resolve_output(neighbour& n, sk_buff_head&& list) {
  trace_output(n, tp::neigh_resolve_output, list);
  ref<neighbour> hold(&n);
  sk_buff_head ready;
  while (skb_ptr p = list.dequeue()) {
    // STALE is usable too, and turns DELAY by this.
    if (n.nud_state & NUD_VALID_) {
      neigh_event_send(n, skb_ptr());
      ready.enqueue(std::move(p));
    } else {
      neigh_event_send(n, std::move(p));
    }
  }
  if (ready.empty()) return;
  if (!n.hh_len && n.dev->header_ops->cache) {
    n.hh_len = n.dev->header_ops->cache(n, ready.peek()->protocol, n.hh);
  }
  xmit_with_header(n, std::move(ready));
}

void neigh_connected_output(neighbour& n, sk_buff_head&& list) {
  trace_output(n, tp::neigh_connected_output, list);
  if (!n.hh_len && n.dev->header_ops->cache && !list.empty()) {
    n.hh_len = n.dev->header_ops->cache(n, list.peek()->protocol, n.hh);
  }
  xmit_with_header(n, std::move(list));
}

void neigh_direct_output(neighbour& n, sk_buff_head&& list) {
  for (sk_buff* s = list.peek(); s; s = s->next) s->dev = n.dev.get();
  dev_queue_xmit(*n.dev, std::move(list));
}

bool neigh_use_header(neighbour& n) {
  if (unlikely(!n.hh_len)) return false;
  if (likely(n.nud_state & NUD_CONNECTED_)) return true;
  if (!(n.nud_state & (NUD_DELAY | NUD_PROBE))) return false;
  n.used = n.tbl().ns.w.now();
  return true;
}

void neigh_hh_output(neighbour& n, sk_buff& s) {
  const bool connected = n.nud_state & NUD_CONNECTED_;
  trace_output(n, connected ? tp::neigh_connected_output : tp::neigh_resolve_output, s);
  skb_cow_head(s, n.hh_len);
  std::byte* head = skb_push(s, n.hh_len);
  if (likely(n.hh_len == ETH_HLEN))  // a length that the compiler knows
    std::memcpy(head, n.hh.data(), ETH_HLEN);
  else
    std::memcpy(head, n.hh.data(), n.hh_len);
  s.reset_mac_header();
  s.dev = n.dev.get();
}

void neigh_output(neighbour& n, sk_buff_head&& list) {
  if (!neigh_use_header(n)) {
    n.output(n, std::move(list));
    return;
  }
  for (sk_buff* s = list.peek(); s; s = s->next) neigh_hh_output(n, *s);
  dev_queue_xmit(*n.dev, std::move(list));
}

}  // namespace linnet
