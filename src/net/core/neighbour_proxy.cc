// Proxy neighbours: the addresses that this host answers for, and the requests whose answer is put off, each by a
// random time below proxy_delay, so that not everyone who stands in for an address answers at once. The table's
// queue keeps them in the order of arrival; its timer is due when the first of them is.
#include <algorithm>

#include "net/core/neighbour.hh"

namespace linnet {
namespace {

// In a packet's control block from arp_rcv on (struct neighbour_cb).
struct neighbour_cb {
  ktime sched_next;
  neigh_parms* parms;
  bool enqueued;
};
neighbour_cb& cb_of(const sk_buff& s) { return const_cast<sk_buff&>(s).cb_as<neighbour_cb>(); }

std::array<u8, 16> padded(const neigh_table& t, const_bytes key) {
  std::array<u8, 16> k{};
  std::memcpy(k.data(), key.data(), t.key_len);
  return k;
}

}  // namespace

pneigh_entry* pneigh_lookup(neigh_table& t, const_bytes key, const net_device* dev) {
  const auto k = padded(t, key);
  auto it = t.proxies.find({k, dev ? dev->ifindex : 0});
  if (it == t.proxies.end() && dev) it = t.proxies.find({k, 0});
  return it == t.proxies.end() ? nullptr : &it->second;
}

pneigh_entry& pneigh_create(neigh_table& t, const_bytes key, const net_device* dev) {
  if (pneigh_entry* e = pneigh_lookup(t, key, dev)) return *e;
  return t.proxies[{padded(t, key), dev ? dev->ifindex : 0}];
}

status pneigh_delete(neigh_table& t, const_bytes key, const net_device* dev) {
  if (!t.proxies.erase({padded(t, key), dev ? dev->ifindex : 0})) return err(ENOENT);
  return {};
}

void pneigh_clear(sk_buff& s) { cb_of(s) = {}; }
bool pneigh_was_enqueued(const sk_buff& s) { return cb_of(s).enqueued; }

void pneigh_enqueue(neigh_table& t, neigh_parms& parms, skb_ptr p) {
  if (parms.proxy_queued > parms.proxy_qlen)
    return kfree_skb_reason(std::move(p), skb_drop_reason::NEIGH_QUEUEFULL);
  const ktime now = t.ns.w.now();
  const u64 within = static_cast<u64>(std::max<ktime>(parms.proxy_delay, 1));
  ktime at = now + static_cast<ktime>(t.ns.c.rand.next() % within);
  cb_of(*p) = {.sched_next = at, .parms = &parms, .enqueued = true};
  if (t.proxy_timer.pending()) at = std::min(at, t.proxy_timer.expires());
  skb_dst_drop(*p);
  t.proxy_queue.enqueue(std::move(p));
  ++parms.proxy_queued;
  t.ns.c.timers.mod(t.proxy_timer, at);
}

void neigh_proxy_process(timer& tm) {
  neigh_table& t = *static_cast<neigh_table::table_timer&>(tm).owner;
  const ktime now = t.ns.w.now();
  sk_buff_head all = std::move(t.proxy_queue), due;
  ktime next = 0;
  while (skb_ptr p = all.dequeue()) {
    const neighbour_cb& cb = cb_of(*p);
    if (cb.sched_next <= now) {
      --cb.parms->proxy_queued;
      due.enqueue(std::move(p));
    } else {
      next = next ? std::min(next, cb.sched_next) : cb.sched_next;
      t.proxy_queue.enqueue(std::move(p));
    }
  }
  if (next) t.ns.c.timers.mod(t.proxy_timer, next);
  while (skb_ptr p = due.dequeue()) {
    if (t.proxy_redo && p->dev->up())
      t.proxy_redo(std::move(p));
    else
      kfree_skb_reason(std::move(p), skb_drop_reason::NOT_SPECIFIED);
  }
}

void pneigh_ifdown(neigh_table& t, const net_device& dev, bool skip_permanent) {
  std::erase_if(t.proxies, [&](auto& p) {
    return p.first.second == dev.ifindex && !(skip_permanent && p.second.permanent);
  });
  for (const sk_buff* s = t.proxy_queue.peek(); s; s = s->next) --cb_of(*s).parms->proxy_queued;
  t.proxy_queue.purge(skb_drop_reason::NOT_SPECIFIED);
  t.ns.c.timers.del(t.proxy_timer);
}

}  // namespace linnet
