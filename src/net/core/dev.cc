// Receive: taps, then runs of packets with the same device and protocol go to the protocol's list
// function together. Transmit: the discipline, then the driver, in bursts. A transmit function never
// calls a receive function: virtual devices put packets on the backlog.
#include "net/core/dev.hh"

#include <algorithm>

#include "net/core/dst.hh"
#include "net/core/gso.hh"
#include "net/core/sch.hh"
#include "net/core/sock.hh"
#include "net/core/tracepoint.hh"
#include "net/core/vlan.hh"
#include "net/core/world.hh"

namespace linnet {

void napi_schedule(cpu& c, napi_struct& n) {
  if (!n.linked()) c.sd.poll_list.push_back(n);
}

namespace {

// What one thread's devices send to each other, when there is room for it and nobody looks on.
bool goes_as_it_is(const cpu& c, const sk_buff_head& list) {
  if (unlikely(c.trace || c.sd.input_pkt_queue.qlen() + list.qlen() > netdev_max_backlog))
    return false;
  for (const sk_buff* s = list.peek(); s; s = s->next)
    if (unlikely(s->home != &c || &s->dev->nd_net->c != &c)) return false;
  return true;
}

}  // namespace

void netif_rx(sk_buff_head&& list) {
  if (list.empty()) return;
  if (cpu& c = *list.peek()->home; likely(goes_as_it_is(c, list))) {
    for (sk_buff* s = list.peek(); s; s = s->next) skb_dst_force(*s);
    c.sd.input_pkt_queue.splice(std::move(list));
    napi_schedule(c, c.sd.backlog);
    return;
  }
  while (skb_ptr p = list.dequeue()) {
    cpu& c = p->dev->nd_net->c;
    p = skb_move_to(c, std::move(p));
    trace(c, tp::netif_rx, p.get(), p->dev);
    softnet_data& sd = c.sd;
    if (unlikely(sd.input_pkt_queue.qlen() > netdev_max_backlog)) {
      ++sd.dropped;
      ++p->dev->stats.rx_dropped;
      kfree_skb_reason(std::move(p), skb_drop_reason::CPU_BACKLOG);
      continue;
    }
    skb_dst_force(*p);
    sd.input_pkt_queue.enqueue(std::move(p));
    napi_schedule(c, sd.backlog);
  }
}

void flush_backlog(net_device& dev) {
  sk_buff_head& queue = dev.nd_net->c.sd.input_pkt_queue;
  for (u32 left = queue.qlen(); left; --left) {
    skb_ptr p = queue.dequeue();
    if (p->dev == &dev)
      kfree_skb_reason(std::move(p), skb_drop_reason::NOT_SPECIFIED);
    else
      queue.enqueue(std::move(p));
  }
}

void dev_add_tap(net& n, packet_tap& t) { n.taps.push_back(&t); }
void dev_remove_tap(net& n, packet_tap& t) { std::erase(n.taps, &t); }

namespace {

// Which of those who look on: those who want everything see a packet before a master takes it, those who want one
// protocol only what it left.
enum class tap_kind : u8 { all_protocols, one_protocol, any };

// Shows an arrived packet to who looks on. True: someone took it, so it isn't unhandled. `below`: the device it came by
// when that isn't its own but one below; who wants one protocol there sees what its VLANs took, too.
bool deliver_taps(const sk_buff& s, tap_kind which, const net_device* below = nullptr) {
  bool taken = false;
  for (packet_tap* t : s.dev->nd_net->taps) {
    const bool everything = t->type == be16(ETH_P_ALL);
    if (t->dev && t->dev != s.dev && (everything || t->dev != below)) continue;
    if (!everything && t->type != s.protocol) continue;
    if (which == (everything ? tap_kind::one_protocol : tap_kind::all_protocols)) continue;
    t->func(*t, s, *s.dev, below ? *below : *s.dev);
    taken = true;
  }
  return taken;
}

}  // namespace

void dev_queue_xmit_nit(net_device& dev, const sk_buff_head& list) {
  for (const sk_buff* s = list.peek(); s; s = s->next) {
    for (packet_tap* t : dev.nd_net->taps) {
      if (t->type != be16(ETH_P_ALL) || t->ignore_outgoing || (t->dev && t->dev != &dev)) continue;
      if (s->sk && s->sk == t->owner) continue;
      skb_ptr copy = skb_clone(*s);
      copy->reset_mac_header();
      if (copy->network() < copy->data || copy->network() > copy->tail)
        copy->reset_network_header();
      copy->transport_header = copy->network_header;
      copy->pkt = pkt_type::outgoing;
      copy->dev = &dev;
      t->func(*t, *copy, dev, dev);
      consume_skb(std::move(copy));
    }
  }
}

bool dev_has_own_taps(const net_device& dev) {
  return std::ranges::any_of(dev.nd_net->taps, [&](const packet_tap* t) {
    return t->dev == &dev && t->type == be16(ETH_P_ALL);
  });
}

namespace {

// What every arriving packet goes through first. DEV_READY: the device went down with it in the backlog.
skb_drop_reason arrive(cpu& c, sk_buff& s) {
  s.reset_network_header();
  s.skb_iif = s.dev->ifindex;
  trace(c, tp::netif_receive_skb, &s, s.dev);
  return likely(s.dev->up()) ? skb_drop_reason::not_dropped_yet : skb_drop_reason::DEV_READY;
}

const packet_type* find_ptype(const cpu& c, be16 protocol) {
  const packet_type* found = nullptr;
  for (const packet_type* t : c.w.ptypes)
    if (t->type == protocol) found = t;
  return found;
}

// To the protocols. `seen_before`: it has arrived already, and those who want everything have seen it.
void deliver_list(cpu& c, sk_buff_head&& list, bool seen_before, const net_device* below) {
  sk_buff_head run;
  net_device* dev = nullptr;
  const packet_type* pt = nullptr;
  be16 protocol;
  bool tapped = false;
  auto flush = [&] {
    if (!run.empty()) pt->list_func(std::move(run), *dev);
  };
  while (skb_ptr p = list.dequeue()) {
    if (const sk_buff* following = list.peek()) __builtin_prefetch(following->data);
    if (const auto why = seen_before ? skb_drop_reason::not_dropped_yet : arrive(c, *p);
        unlikely(why != skb_drop_reason::not_dropped_yet)) {
      kfree_skb_reason(std::move(p), why);
      continue;
    }
    if (p->dev != dev || p->protocol != protocol) {
      flush();
      dev = p->dev;
      protocol = p->protocol;
      pt = find_ptype(c, protocol);
      tapped = !dev->nd_net->taps.empty();
    }
    const bool seen = unlikely(tapped) &&
                      deliver_taps(*p, seen_before ? tap_kind::one_protocol : tap_kind::any, below);
    if (unlikely(!pt)) {
      if (seen) {
        dev = nullptr;
        consume_skb(std::move(p));
        continue;
      }
      ++dev->stats.rx_dropped;
      dev = nullptr;
      kfree_skb_reason(std::move(p), skb_drop_reason::UNHANDLED_PROTO);
      continue;
    }
    run.enqueue(std::move(p));
  }
  flush();
}

// A packet with a tag beside it, to its VLAN's device (vlan_do_receive). False: there is none, and `p` is as it was;
// otherwise `p` is with that device in `up`, or gone.
bool vlan_do_receive(skb_ptr& p, sk_buff_head& up) {
  net_device* vlan = vlan_find_dev(*p->dev, p->vlan_proto, skb_vlan_tag_get_id(*p));
  if (!vlan) return false;
  if (vlan->ops->ndo_vlan_rcv(*vlan, *p))
    up.enqueue(std::move(p));
  else
    kfree_skb_reason(std::move(p), skb_drop_reason::NOT_SPECIFIED);
  return true;
}

// A tag for which there is no device: of a priority alone it is forgotten, and what it hid may be a VLAN's; any other
// VLAN is not for this host. False: the packet is gone, or with a VLAN's device in `up`.
bool vlan_leave_tag(skb_ptr& p, sk_buff_head& up) {
  while (!skb_vlan_tag_get_id(*p) && eth_type_vlan(p->protocol)) {
    vlan_hwaccel_clear_tag(*p);
    if (!skb_vlan_untag(*p)) {
      kfree_skb_reason(std::move(p), skb_drop_reason::NOT_SPECIFIED);
      return false;
    }
    if (vlan_do_receive(p, up)) return false;
  }
  if (skb_vlan_tag_get_id(*p)) p->pkt = pkt_type::otherhost;
  vlan_hwaccel_clear_tag(*p);
  return true;
}

void receive_round(cpu& c, sk_buff_head&& list, const net_device* below);

// To their VLANs' devices, in a round of their own. One of another cpu's goes by that one's backlog.
void deliver_vlans(cpu& c, sk_buff_head&& up, const net_device& below) {
  if (likely(up.empty())) return;
  sk_buff_head here;
  while (skb_ptr p = up.dequeue()) {
    if (likely(&p->dev->nd_net->c == &c))
      here.enqueue(std::move(p));
    else
      netif_rx(std::move(p));
  }
  receive_round(c, std::move(here), &below);
}

// What came by a device with a master or with VLANs, in runs: tagged packets go to their VLANs' devices, then the
// master takes what it wants, the rest goes to the protocols (RX_HANDLER_PASS).
void deliver_to_uppers(cpu& c, sk_buff_head&& list, const net_device* below) {
  while (!list.empty()) {
    net_device& dev = *list.peek()->dev;
    sk_buff_head run, up, rest;
    while (list.peek() && list.peek()->dev == &dev) {
      skb_ptr p = list.dequeue();
      if (const auto why = arrive(c, *p); why != skb_drop_reason::not_dropped_yet) {
        kfree_skb_reason(std::move(p), why);
        continue;
      }
      if (eth_type_vlan(p->protocol) && !skb_vlan_untag(*p)) {
        kfree_skb_reason(std::move(p), skb_drop_reason::NOT_SPECIFIED);
        continue;
      }
      if (unlikely(!dev.nd_net->taps.empty())) deliver_taps(*p, tap_kind::all_protocols, below);
      if (!p->vlan_present || !vlan_do_receive(p, up)) run.enqueue(std::move(p));
    }
    deliver_vlans(c, std::exchange(up, {}), below ? *below : dev);
    if (dev.rx_handler) dev.rx_handler(dev, run);
    while (skb_ptr p = run.dequeue())
      if (!p->vlan_present || vlan_leave_tag(p, up)) rest.enqueue(std::move(p));
    deliver_vlans(c, std::move(up), below ? *below : dev);
    if (!rest.empty()) deliver_list(c, std::move(rest), true, below);
  }
}

void receive_round(cpu& c, sk_buff_head&& list, const net_device* below) {
  if (list.empty()) return;
  net_device& dev = *list.peek()->dev;
  const be16 protocol = list.peek()->protocol;
  bool to_uppers = false, mixed = false;
  for (const sk_buff* s = list.peek(); s; s = s->next) {
    to_uppers |= s->dev->rx_handler != nullptr || s->vlan_present || eth_type_vlan(s->protocol);
    mixed |= s->dev != &dev || s->protocol != protocol;
  }
  if (unlikely(to_uppers)) return deliver_to_uppers(c, std::move(list), below);
  const packet_type* pt = find_ptype(c, protocol);
  if (unlikely(mixed || !pt || !dev.nd_net->taps.empty()))
    return deliver_list(c, std::move(list), false, below);
  // What most bursts are: of one device and protocol, and nobody looks on.
  list.filter([&](sk_buff& s) { return arrive(c, s); });
  if (likely(!list.empty())) pt->list_func(std::move(list), dev);
}

}  // namespace

void netif_receive_skb_list(cpu& c, sk_buff_head&& list) {
  receive_round(c, std::move(list), nullptr);
}

void netif_receive_skb(skb_ptr p) {
  cpu& c = *p->home;
  sk_buff_head one;
  one.enqueue(std::move(p));
  netif_receive_skb_list(c, std::move(one));
}

namespace {

// What cannot be made fit for the device: its sender hears of it.
void refuse(net_device& dev, skb_ptr p, skb_drop_reason why) {
  ++dev.stats.tx_dropped;
  p->home->xmit_error = ENOMEM;
  kfree_skb_reason(std::move(p), why);
}

void sum_all(net_device& dev, sk_buff_head& list) {
  sk_buff_head good;
  while (skb_ptr p = list.dequeue()) {
    if (p->summed == ip_summed::partial && !p->gso && !skb_checksum_help(*p)) {
      refuse(dev, std::move(p), skb_drop_reason::SKB_CSUM);
    } else {
      good.enqueue(std::move(p));
    }
  }
  list = std::move(good);
}

// TCP's sum of zero is one, and says not that there is none, as skb_checksum_help takes care of (gso_make_checksum).
void sum_segment(sk_buff& s) {
  if (s.summed != ip_summed::partial || !skb_checksum_help(s)) return;
  constexpr u16 in_tcp = 16;
  if (s.csum_offset != in_tcp) return;
  be16 sum;
  std::byte* at = s.head + s.csum_start + s.csum_offset;
  std::memcpy(&sum, at, sizeof sum);
  if (sum == be16(0xffff)) std::memset(at, 0, sizeof sum);
}

// What the device does not take whole is cut here. Whether anything was.
bool segment_all(net_device& dev, sk_buff_head& list) {
  sk_buff_head small;
  bool cut = false;
  while (skb_ptr p = list.dequeue()) {
    sk_buff_head segments;
    const bool whole = !skb_is_gso(*p) || netif_takes_gso(dev, *p);
    const bool dodgy = skb_is_gso(*p) && (skb_shinfo(*p).gso_type & SKB_GSO_DODGY);
    if (unlikely(dodgy) && !skb_gso_check(*p)) {
      refuse(dev, std::move(p), skb_drop_reason::SKB_GSO_SEG);
    } else if (whole) {
      small.enqueue(std::move(p));
    } else if (skb_gso_segment(*p, segments)) {
      consume_skb(std::move(p));
      cut = true;
      if (!(dev.features & NETIF_F_HW_CSUM))
        for (sk_buff* s = segments.peek(); s; s = s->next) sum_segment(*s);
      small.splice(std::move(segments));
    } else {
      refuse(dev, std::move(p), skb_drop_reason::SKB_GSO_SEG);
    }
  }
  list = std::move(small);
  return cut;
}

// validate_xmit_skb: what the device cannot do is done here. Whether a packet was cut.
bool validate_xmit(net_device& dev, sk_buff_head& list) {
  bool unsummed = false, gso = false;
  for (sk_buff* s = list.peek(); s; s = s->next) {
    if (unlikely(s->vlan_present) && !vlan_hw_offload_capable(dev.features, s->vlan_proto))
      vlan_hwaccel_push_inside(*s);
    unsummed |= s->summed == ip_summed::partial;
    gso |= s->gso;
  }
  const bool cut = unlikely(gso) && segment_all(dev, list);
  if (unsummed && !(dev.features & NETIF_F_HW_CSUM)) sum_all(dev, list);
  return cut;
}

void hard_start_xmit(net_device& dev, sk_buff_head&& list) {
  const bool cut = validate_xmit(dev, list);
  if (list.empty()) return;
  cpu& c = *list.peek()->home;
  const int before = c.xmit_error;
  if (unlikely(!dev.nd_net->taps.empty())) dev_queue_xmit_nit(dev, list);
  trace_list(c, tp::dev_hard_start_xmit, list, &dev);
  dev.ops->ndo_start_xmit(dev, std::move(list));
  if (unlikely(cut)) c.xmit_error = before;  // what becomes of its pieces nobody is told
}

}  // namespace

// __qdisc_run: at most a burst at a time, while the driver takes them.
void qdisc_run(net_device& dev) {
  while (!dev.tx_stopped) {
    sk_buff_head burst;
    dev.qdisc->dequeue(burst, dev_weight);
    if (burst.empty()) return;
    hard_start_xmit(dev, std::move(burst));
  }
}

void netif_wake_queue(net_device& dev) {
  dev.tx_stopped = false;
  if (dev.qdisc) qdisc_run(dev);
}

void dev_direct_xmit(net_device& dev, sk_buff_head&& list) {
  const auto drop = [&] {
    dev.nd_net->c.xmit_error = ENOBUFS;
    dev.stats.tx_dropped += list.qlen();
    list.purge(skb_drop_reason::DEV_READY);
  };
  if (unlikely(!dev.up() || !dev.carrier_ok() || dev.tx_stopped)) return drop();
  const u32 given = list.qlen();
  (void)validate_xmit(dev, list);
  // What had to be cut does not go this way.
  if (unlikely(list.qlen() != given)) return drop();
  dev.ops->ndo_start_xmit(dev, std::move(list));
}

void dev_queue_xmit(net_device& dev, sk_buff_head&& list) {
  if (list.empty()) return;
  trace_list(*list.peek()->home, tp::dev_queue_xmit, list, &dev);
  if (unlikely(!dev.qdisc)) {
    list.purge(skb_drop_reason::QDISC_DROP);
    return;
  }
  if (unlikely(list.peek()->tx_stamp_sched)) skb_tstamp_tx(*list.peek(), SCM_TSTAMP_SCHED);
  if (dev.qdisc->is_noqueue()) {
    hard_start_xmit(dev, std::move(list));
    return;
  }
  for (sk_buff* s = list.peek(); s; s = s->next) skb_dst_force(*s);
  dev.qdisc->enqueue(std::move(list));
  qdisc_run(dev);
}

}  // namespace linnet
