// The neighbour state machine. One private setter (set_state) owns the state, its timer, the output
// pointer and the trace; each event is one function under Linux's name.
//
//   neigh_event_send     a packet wants to go:   NONE|FAILED → INCOMPLETE (solicit), STALE → DELAY
//   neigh_timer_handler  time passed:            REACHABLE → DELAY|STALE, DELAY → REACHABLE|PROBE,
//                                                INCOMPLETE|PROBE → solicit again, or FAILED
//   neigh_update         an answer, or an administrator
//   neigh_confirm        a layer above heard from it: remembered, the timer looks at it
#include "net/core/neighbour.hh"

#include <algorithm>
#include <utility>

#include "net/core/dev.hh"
#include "net/core/neighbour_gc.hh"
#include "net/core/tracepoint.hh"

namespace linnet {
namespace {

constexpr ktime min_timer = secs(1) / 100;  // HZ/100

void neigh_timer_handler(timer&);
void neigh_blackhole(neighbour&, sk_buff_head&& list) { list.purge(skb_drop_reason::NEIGH_DEAD); }

ktime now_of(const neighbour& n) { return n.tbl().ns.w.now(); }
timer_wheel& wheel_of(const neighbour& n) { return n.tbl().ns.c.timers; }

// Everything that follows from a state: the output function and the trace.
void set_state(neighbour& n, u8 state) {
  trace(n.tbl().ns.c, tp::neigh_update, nullptr, n.dev.get(),
        {.a = n.key4().host(), .b = n.nud_state, .c = state});
  n.nud_state = state;
  n.output = state & NUD_CONNECTED_ ? n.ops->connected_output : n.ops->output;
  neigh_file(n);
}

void arm(neighbour& n, ktime at) { wheel_of(n).mod(n, at); }
void disarm(neighbour& n) { wheel_of(n).del(n); }

ktime retrans(const neighbour& n) { return std::max(n.parms->retrans_time, min_timer); }

u32 max_probes(const neighbour& n) {
  const neigh_parms& p = *n.parms;
  return p.ucast_probes + p.app_probes +
         (n.nud_state & NUD_PROBE ? p.mcast_reprobes : p.mcast_probes);
}

// Sends a solicitation, with the packet that waits for the answer as a hint of the source address.
void neigh_probe(neighbour& n) {
  const sk_buff* waiting = n.waiting();
  const trace_cause because(n.tbl().ns.c, waiting ? waiting->id : 0);
  n.ops->solicit(n, waiting);
  ++n.probes;
}

void purge_queue(neighbour& n, skb_drop_reason why) {
  if (!n.extra) return;
  n.extra->arp_queue.purge(why);
  n.extra->arp_queue_len_bytes = 0;
  neigh_drop_extra(n);
}

// Resolution failed: who waited is told.
void neigh_invalidate(neighbour& n) {
  ++n.tbl().stats.res_failed;
  n.updated = now_of(n);
  ref<neighbour> hold(&n);
  while (n.nud_state == NUD_FAILED && n.waiting()) {
    n.ops->error_report(n, n.extra->arp_queue.dequeue());
  }
  purge_queue(n, skb_drop_reason::NEIGH_FAILED);
}

void neigh_timer_handler(timer& t) {
  auto& n = static_cast<neighbour&>(t);
  ref<neighbour> hold(&n);
  const ktime now = now_of(n);
  const neigh_parms& p = *n.parms;
  ktime next = now + secs(1);
  bool notify = false;
  if (!(n.nud_state & NUD_IN_TIMER_)) return;
  trace(n.tbl().ns.c, tp::neigh_timer, nullptr, n.dev.get(),
        {.a = n.key4().host(), .b = n.nud_state});

  if (n.nud_state & NUD_REACHABLE) {
    if (now <= n.confirmed + p.reachable_time) {
      next = n.confirmed + p.reachable_time;
    } else if (now <= n.used + p.delay_probe_time) {
      set_state(n, NUD_DELAY);
      n.updated = now;
      next = now + p.delay_probe_time;
    } else {
      set_state(n, NUD_STALE);
      n.updated = now;
      notify = true;
    }
  } else if (n.nud_state & NUD_DELAY) {
    if (now <= n.confirmed + p.delay_probe_time) {
      set_state(n, NUD_REACHABLE);
      n.updated = now;
      notify = true;
      next = n.confirmed + p.reachable_time;
    } else {
      set_state(n, NUD_PROBE);
      n.updated = now;
      n.probes = 0;
      notify = true;
      next = now + retrans(n);
    }
  } else {  // PROBE or INCOMPLETE
    next = now + retrans(n);
  }

  const bool soliciting = n.nud_state & (NUD_INCOMPLETE | NUD_PROBE);
  if (soliciting && n.probes >= max_probes(n)) {
    set_state(n, NUD_FAILED);
    neigh_invalidate(n);
    neigh_notify(n, RTM_NEWNEIGH, 0);
    return;
  }
  if (n.nud_state & NUD_IN_TIMER_) arm(n, std::max(next, now + min_timer));
  if (soliciting) neigh_probe(n);
  if (notify) neigh_notify(n, RTM_NEWNEIGH, 0);
}

void queue_packet(neighbour& n, skb_ptr p) {
  neigh_extra& x = neigh_extra_of(n);
  while (!x.arp_queue.empty() && x.arp_queue_len_bytes + p->truesize > n.parms->queue_len_bytes) {
    skb_ptr oldest = x.arp_queue.dequeue();
    x.arp_queue_len_bytes -= oldest->truesize;
    ++n.tbl().stats.unres_discards;
    kfree_skb_reason(std::move(oldest), skb_drop_reason::NEIGH_QUEUEFULL);
  }
  skb_dst_force(*p);
  x.arp_queue_len_bytes += p->truesize;
  x.arp_queue.enqueue(std::move(p));
}

void send_waiting(neighbour& n) {
  if (!n.waiting()) return;
  ref<neighbour> hold(&n);
  sk_buff_head waiting = std::move(n.extra->arp_queue);
  n.extra->arp_queue_len_bytes = 0;
  neigh_drop_extra(n);
  n.output(n, std::move(waiting));
}

// The NTF_* bits that neigh_update's flags set or clear. True when something changed that is told.
bool update_flags(neighbour& n, u32 flags) {
  bool notify = false;
  if (flags & NEIGH_UPDATE_F_ADMIN) {
    auto sync8 = [&](u32 f, u8 bit) {
      const u8 want = flags & f ? bit : 0;
      if ((n.flags & bit) != want) {
        n.flags = static_cast<u8>((n.flags & ~bit) | want);
        notify = true;
      }
    };
    sync8(NEIGH_UPDATE_F_EXT_LEARNED, NTF_EXT_LEARNED);
    const u8 managed = flags & NEIGH_UPDATE_F_MANAGED ? NTF_EXT_MANAGED : 0;
    if ((n.ext_flags & NTF_EXT_MANAGED) != managed) {
      n.ext_flags = static_cast<u8>((n.ext_flags & ~NTF_EXT_MANAGED) | managed);
      notify = true;
    }
    if (notify) neigh_file(n);
  }
  return notify;
}

// neigh_update_is_router. True when the flag changed.
bool update_is_router(neighbour& n, u32 flags) {
  if (!(flags & NEIGH_UPDATE_F_OVERRIDE_ISROUTER)) return false;
  const u8 want = flags & NEIGH_UPDATE_F_ISROUTER ? NTF_ROUTER : 0;
  const u8 old = std::exchange(n.flags, static_cast<u8>((n.flags & ~NTF_ROUTER) | want));
  return old != n.flags;
}

void set_lladdr(neighbour& n, const u8* lladdr, u8 state) {
  std::memcpy(n.ha.data(), lladdr, n.dev->addr_len);
  n.hh_len = 0;  // made anew by the next packet
  if (!(state & NUD_CONNECTED_)) n.confirmed = now_of(n) - n.parms->base_reachable_time * 2;
}

}  // namespace

neighbour::neighbour(neigh_table& t, net_device& d, const_bytes key)
    : timer(neigh_timer_handler),
      dev(&d),
      parms(&t.parms),
      output(neigh_blackhole),
      key_len(t.key_len) {
  ++t.parms.users;
  std::memcpy(primary_key.data(), key.data(), key_len);
  confirmed = updated = used = t.ns.w.now();
}

neighbour::~neighbour() { assert(!extra); }

neighbour* neigh_lookup_noref(const neigh_table& t, const_bytes key, const net_device& dev) {
  return t.hash.find(reinterpret_cast<const u8*>(key.data()), t.key_len, dev);
}

neighbour* neigh_lookup(neigh_table& t, const_bytes key, const net_device& dev) {
  neighbour* n = neigh_lookup_noref(t, key, dev);
  ++t.stats.lookups;
  t.stats.hits += n != nullptr;
  return n;
}

result<neighbour*> neigh_create(neigh_table& t, const_bytes key, net_device& dev,
                                bool exempt_from_gc, u8 flags, u8 ext_flags) {
  if (!exempt_from_gc && !neigh_make_room(t)) {
    ++t.stats.table_fulls;
    return err(ENOBUFS, "Neighbour table overflow");
  }
  ref<neighbour> n(new (*t.pool) neighbour(t, dev, key));
  ++t.stats.allocs;
  n->flags = flags;
  n->ext_flags = ext_flags;
  const auto discard = [&] {
    --n->parms->users;
    ++t.stats.destroys;
  };
  if (!t.constructor(*n)) {
    discard();
    return err(EINVAL);
  }
  n->confirmed = t.ns.w.now() - n->parms->base_reachable_time * 2;
  n->output = n->nud_state & NUD_VALID_ ? n->ops->connected_output : n->ops->output;
  // On devices where all keys are one, it may be there after all.
  if (neighbour* same = t.hash.find(n->primary_key.data(), t.key_len, dev)) {
    discard();
    return same;
  }
  t.stats.hash_grows += t.hash.insert(*n);
  if (exempt_from_gc) {
    t.kept.push_back(*n);
  } else {
    n->collectable = true;
    ++t.gc_entries;
    t.collectable.push_back(*n);
  }
  if (ext_flags & NTF_EXT_MANAGED) neigh_file(*n);
  trace(t.ns.c, tp::neigh_create, nullptr, &dev, {.a = n->key4().host()});
  neighbour* made = nullptr;
  n.swap_out(made);  // the table's reference
  return made;
}

bool neigh_event_send(neighbour& n, skb_ptr p, bool immediate_ok) {
  const ktime now = now_of(n);
  n.used = now;
  if (n.nud_state & (NUD_CONNECTED_ | NUD_DELAY | NUD_PROBE)) {
    assert(!p);
    return false;
  }
  if (n.dead) {
    kfree_skb_reason(std::move(p), skb_drop_reason::NEIGH_DEAD);
    return true;
  }
  if (n.nud_state & NUD_STALE) {
    set_state(n, NUD_DELAY);
    n.updated = now;
    arm(n, now + n.parms->delay_probe_time);
    assert(!p);
    return false;
  }
  const bool start = !(n.nud_state & NUD_INCOMPLETE);
  if (start) {
    if (n.parms->mcast_probes + n.parms->app_probes == 0) {
      set_state(n, NUD_FAILED);
      n.updated = now;
      kfree_skb_reason(std::move(p), skb_drop_reason::NEIGH_FAILED);
      return true;
    }
    n.probes = n.parms->ucast_probes;
    set_state(n, NUD_INCOMPLETE);
    n.updated = now;
    arm(n, now + (immediate_ok ? retrans(n) : timer_wheel::tick_ns));
  }
  if (p) queue_packet(n, std::move(p));
  if (start && immediate_ok) neigh_probe(n);
  return true;
}

status neigh_update(neighbour& n, const u8* lladdr, u8 state, u32 flags, u32 portid) {
  ref<neighbour> hold(&n);
  const ktime now = now_of(n);
  const u8 old = n.nud_state;
  if (n.dead) return err(EPERM, "Neighbor entry is now dead");
  if (!(flags & NEIGH_UPDATE_F_ADMIN) && (old & (NUD_NOARP | NUD_PERMANENT))) return err(EPERM);

  bool notify = update_flags(n, flags);
  if (flags & (NEIGH_UPDATE_F_USE | NEIGH_UPDATE_F_MANAGED)) {
    set_state(n, old & static_cast<u8>(~NUD_PERMANENT));
    if (notify) neigh_notify(n, RTM_NEWNEIGH, portid);
    return {};
  }

  if (!(state & NUD_VALID_)) {
    disarm(n);
    set_state(n, state);
    notify |= (old & NUD_VALID_) != 0;
    if ((old & (NUD_INCOMPLETE | NUD_PROBE)) && (state & NUD_FAILED)) {
      neigh_invalidate(n);
      notify = true;
    }
    if (notify) neigh_notify(n, RTM_NEWNEIGH, portid);
    return {};
  }

  const u8 addr_len = n.dev->addr_len;
  if (!addr_len) {
    lladdr = n.ha.data();
  } else if (lladdr) {
    if ((old & NUD_VALID_) && std::memcmp(lladdr, n.ha.data(), addr_len) == 0) lladdr = n.ha.data();
  } else {
    if (!(old & NUD_VALID_)) return err(EINVAL, "No link layer address given");
    lladdr = n.ha.data();
  }
  // Heard from it, whether or not anything changes.
  if (state & NUD_CONNECTED_) n.confirmed = now;

  if (old & NUD_VALID_) {
    if (lladdr != n.ha.data() && !(flags & NEIGH_UPDATE_F_OVERRIDE)) {
      if (!((flags & NEIGH_UPDATE_F_WEAK_OVERRIDE) && (old & NUD_CONNECTED_))) {
        if (notify) neigh_notify(n, RTM_NEWNEIGH, portid);
        return {};
      }
      lladdr = n.ha.data();
      state = NUD_STALE;
      flags &= ~NEIGH_UPDATE_F_OVERRIDE_ISROUTER;
    } else if (lladdr == n.ha.data() && state == NUD_STALE && !(flags & NEIGH_UPDATE_F_ADMIN)) {
      state = old;
    }
  }
  if (state != old || lladdr != n.ha.data()) n.updated = now;
  if (state != old) {
    disarm(n);
    if (state & NUD_PROBE) n.probes = 0;
    if (state & NUD_IN_TIMER_) {
      arm(n, now + (state & NUD_REACHABLE ? n.parms->reachable_time : 0));
    }
    notify = true;
  }
  if (lladdr != n.ha.data()) {
    set_lladdr(n, lladdr, state);
    notify = true;
  }
  if (state != old) {
    set_state(n, state);
    if (!(old & NUD_VALID_)) send_waiting(n);
  }
  notify |= update_is_router(n, flags);
  if (notify) neigh_notify(n, RTM_NEWNEIGH, portid);
  return {};
}

void neigh_confirm(neighbour& n) { n.confirmed = now_of(n); }

neighbour* neigh_event_ns(neigh_table& t, const u8* lladdr, const_bytes saddr, net_device& dev) {
  neighbour* n = neigh_lookup(t, saddr, dev);
  if (!n) {
    auto made = neigh_create(t, saddr, dev);
    if (!made) return nullptr;
    n = *made;
  }
  [[maybe_unused]] auto s = neigh_update(*n, lladdr, NUD_STALE, NEIGH_UPDATE_F_OVERRIDE, 0);
  return n;
}

void neigh_remove(neighbour& n) {
  neigh_table& t = n.tbl();
  const ref<neighbour> was = ref<neighbour>::adopt(&n);  // the table's
  t.hash.erase(n);
  neigh_cleanup(n);
  neigh_notify(n, RTM_DELNEIGH, 0);
}

// The entry leaves the table but may still be referenced: nothing goes out through it any more.
void neigh_cleanup(neighbour& n) {
  disarm(n);
  n.dead = true;
  neigh_file(n);
  neigh_set_parms(n, n.tbl().parms);  // the device's may go
  --n.parms->users;
  purge_queue(n, skb_drop_reason::NEIGH_DEAD);
  n.output = neigh_blackhole;
  n.hh_len = 0;
  ++n.tbl().stats.destroys;
}

const char* nud_name(u32 state) {
  switch (state) {
    case NUD_NONE: return "NONE";
    case NUD_INCOMPLETE: return "INCOMPLETE";
    case NUD_REACHABLE: return "REACHABLE";
    case NUD_STALE: return "STALE";
    case NUD_DELAY: return "DELAY";
    case NUD_PROBE: return "PROBE";
    case NUD_FAILED: return "FAILED";
    case NUD_NOARP: return "NOARP";
    case NUD_PERMANENT: return "PERMANENT";
    default: return "?";
  }
}

}  // namespace linnet
