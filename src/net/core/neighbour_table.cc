// Tables: parameters per device, garbage collection by gc_thresh1 to 3, and flushing when a device changes.
#include <algorithm>

#include "net/core/neighbour.hh"
#include "net/core/neighbour_gc.hh"

namespace linnet {
namespace {

// On Linux a reference keeps an entry from collection: that of a pending timer, or of whoever works on it just now.
// Routes that remember it don't.
bool unused(const neighbour& n) { return !n.pending(); }

// neigh_forced_gc: of what counts and is not in use, everything that has failed, needs no resolution or has not
// changed for 5 s, until gc_thresh2 is met with the entry that is to be made.
u32 forced_gc(neigh_table& t) {
  ++t.stats.forced_gc_runs;
  const ktime now = t.ns.w.now();
  const ktime stale_before = now - secs(5);
  const s64 most = static_cast<s64>(t.gc_entries) + 1 - t.gc_thresh2;
  u32 shrunk = 0;
  for (auto it = t.collectable.begin(); it != t.collectable.end() && shrunk < most;) {
    neighbour& n = *it++;
    if (!unused(n)) continue;
    if (n.nud_state == NUD_FAILED || n.nud_state == NUD_NOARP || n.type == RTN_MULTICAST ||
        n.updated < stale_before) {
      neigh_remove(n);
      ++shrunk;
    }
  }
  t.last_flush = now;
  return shrunk;
}

// neigh_periodic_work.
void periodic_gc(timer& tm) {
  neigh_table& t = *static_cast<neigh_table::table_timer&>(tm).owner;
  const ktime now = t.ns.w.now();
  ++t.stats.periodic_gc_runs;
  if (now > t.last_rand + secs(300)) {
    t.last_rand = now;
    t.parms.reachable_time = neigh_rand_reach_time(t, t.parms.base_reachable_time);
    for (neigh_parms* p : t.parms_list) {
      p->reachable_time = neigh_rand_reach_time(t, p->base_reachable_time);
    }
  }
  if (t.entries() >= t.gc_thresh1) {
    for (auto it = t.collectable.begin(); it != t.collectable.end();) {
      neighbour& n = *it++;
      if (n.nud_state & NUD_IN_TIMER_) continue;
      n.used = std::max(n.used, n.confirmed);
      const bool stale = now >= n.used + n.parms->gc_staletime;
      if (unused(n) && (n.nud_state == NUD_FAILED || stale)) neigh_remove(n);
    }
  }
  if (t.entries())  // else the next one that is made starts it again
    t.ns.c.timers.mod(t.gc_timer, now + std::max(t.parms.base_reachable_time / 2, msecs(10)));
}

// neigh_flush_dev: what a device's going or changing takes with it.
void flush_dev(neigh_table& t, net_device& dev, bool skip_permanent) {
  t.each([&](neighbour& n) {
    if (n.dev == &dev && !(skip_permanent && (n.nud_state & NUD_PERMANENT))) neigh_remove(n);
  });
}

}  // namespace

ktime neigh_rand_reach_time(neigh_table& t, ktime base) {
  if (base <= 0) return 0;
  return base / 2 + static_cast<ktime>(t.ns.c.rand.next() % static_cast<u64>(base));
}

// What is the machine's, not the namespace's.
void neigh_share_defaults(neigh_table& first) {
  for (auto& [inum, n] : first.ns.w.nets)
    for (neigh_table* t : n->neigh_tables)
      if (t != &first && t->family == first.family) t->take_defaults(first);
}

void neigh_table::take_defaults(const neigh_table& from) {
  gc_thresh1 = from.gc_thresh1;
  gc_thresh2 = from.gc_thresh2;
  gc_thresh3 = from.gc_thresh3;
  gc_interval = from.gc_interval;
  const ktime mine = parms.reachable_time;
  const u32 queued = parms.proxy_queued, users = parms.users;
  parms = from.parms;
  parms.tbl = this;
  parms.reachable_time = mine;
  parms.proxy_queued = queued;
  parms.users = users;
}

neigh_table::neigh_table(net& n, int family_, u8 key_len_, const char* id_)
    : ns(n),
      family(family_),
      key_len(key_len_),
      id(id_),
      gc_timer(periodic_gc),
      proxy_timer(neigh_proxy_process),
      managed_timer(neigh_managed_work),
      pool(new slab_pool(sizeof(neighbour))),
      hash(n.c.rand.next()) {
  gc_timer.owner = proxy_timer.owner = managed_timer.owner = this;
  parms.tbl = this;
  if (net* first = n.w.init_net; first && first != &n)
    for (const neigh_table* t : first->neigh_tables)
      if (t->family == family) take_defaults(*t);
  ns.neigh_tables.push_back(this);
  parms.reachable_time = neigh_rand_reach_time(*this, parms.base_reachable_time);
  last_flush = last_rand = n.w.now();
}

neigh_table::~neigh_table() {
  std::erase(ns.neigh_tables, this);
  each([&](neighbour& n) {
    const ref<neighbour> was = ref<neighbour>::adopt(&n);
    hash.erase(n);
    neigh_cleanup(n);
  });
  for (auto* t : {&gc_timer, &proxy_timer, &managed_timer}) ns.c.timers.del(*t);
  proxy_queue.purge(skb_drop_reason::NOT_SPECIFIED);
}

bool neigh_make_room(neigh_table& t) {
  if (!t.gc_timer.pending()) {
    t.ns.c.timers.mod(t.gc_timer, t.ns.w.now() + t.parms.reachable_time);
  }
  const size_t entries = t.gc_entries;
  if (entries >= t.gc_thresh3 ||
      (entries >= t.gc_thresh2 && t.ns.w.now() > t.last_flush + secs(5))) {
    if (!forced_gc(t) && entries >= t.gc_thresh3) return false;
  }
  return true;
}

std::unique_ptr<neigh_parms, void (*)(neigh_parms*)> neigh_parms_alloc(net_device& dev,
                                                                       neigh_table& t) {
  auto* p = new neigh_parms(t.parms);
  p->dev = &dev;
  p->set = 0;
  p->proxy_queued = p->users = 0;
  p->reachable_time = neigh_rand_reach_time(t, p->base_reachable_time);
  t.parms_list.push_back(p);
  return {p, [](neigh_parms* q) {
            std::erase(q->tbl->parms_list, q);
            delete q;
          }};
}

void neigh_changeaddr(neigh_table& t, net_device& dev) { flush_dev(t, dev, false); }
void neigh_ifdown(neigh_table& t, net_device& dev) {
  flush_dev(t, dev, false);
  pneigh_ifdown(t, dev, false);
}
void neigh_carrier_down(neigh_table& t, net_device& dev) {
  flush_dev(t, dev, true);
  pneigh_ifdown(t, dev, true);
}

}  // namespace linnet
