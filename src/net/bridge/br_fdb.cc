// The forwarding table. Entries are learnt, age, and go; local ones (the ports' and the bridge's own addresses) and
// static ones stay. Every entry that is made, moved or deleted is told to RTNLGRP_NEIGH.
#include <algorithm>

#include "net/bridge/br_private.hh"

namespace linnet {

fdb_table::~fdb_table() {
  for (net_bridge_fdb_entry* e = newest_; e;) delete std::exchange(e, e->older);
}

u64 fdb_table::key_of(const u8* addr, u16 vid) {
  u64 key = vid;
  std::memcpy(reinterpret_cast<std::byte*>(&key) + 2, addr, ETH_ALEN);
  return key;
}

net_bridge_fdb_entry& fdb_table::insert(const u8* addr, u16 vid) {
  if (size_ >= heads_.size()) grow();
  auto* e = new net_bridge_fdb_entry{.key = key_of(addr, vid), .vid = vid};
  std::memcpy(e->addr.data(), addr, ETH_ALEN);
  net_bridge_fdb_entry*& head = heads_[slot(e->key)];
  e->next = std::exchange(head, e);
  e->older = std::exchange(newest_, e);
  if (e->older) e->older->newer = e;
  ++size_;
  return *e;
}

void fdb_table::erase(net_bridge_fdb_entry& e) {
  net_bridge_fdb_entry** at = &heads_[slot(e.key)];
  while (*at != &e) at = &(*at)->next;
  *at = e.next;
  (e.newer ? e.newer->older : newest_) = e.older;
  if (e.older) e.older->newer = e.newer;
  --size_;
  delete &e;
}

void fdb_table::grow() {
  heads_.assign(heads_.size() * 2, nullptr);
  for (net_bridge_fdb_entry* e = newest_; e; e = e->older)
    e->next = std::exchange(heads_[slot(e->key)], e);
}

namespace {

bool ages(const net_bridge_fdb_entry& e) { return !e.is_static && !e.ext_learn; }

net_bridge_fdb_entry& fdb_create(net_bridge& br, net_bridge_port* dst, const u8* addr, u16 vid) {
  net_bridge_fdb_entry& e = br.fdb.insert(addr, vid);
  e.dst = dst;
  e.updated = e.used = br.nd_net->w.now();
  return e;
}

void add_local(net_bridge& br, net_bridge_port* p, const u8* addr, u16 vid) {
  if (!is_valid_ether_addr(addr)) return;
  if (net_bridge_fdb_entry* e = br_fdb_find(br, addr, vid)) {
    if (e->is_local) return;  // several ports may have one address
    fdb_delete(br, *e);
  }
  net_bridge_fdb_entry& e = fdb_create(br, p, addr, vid);
  e.is_local = e.is_static = true;
  fdb_notify(br, e, RTM_NEWNEIGH);
}

// Another port, or the bridge, may have the same address: then the entry is its.
void delete_local(net_bridge& br, const net_bridge_port* p, net_bridge_fdb_entry& e) {
  auto has = [&](const net_device& d) {
    return std::memcmp(d.dev_addr.data(), e.addr.data(), ETH_ALEN) == 0;
  };
  for (net_bridge_port* other : br.ports) {
    if (other == p || !has(*other->dev)) continue;
    e.dst = other;
    e.by_user = false;
    return;
  }
  if (p && has(br)) {
    e.dst = nullptr;
    e.by_user = false;
    return;
  }
  fdb_delete(br, e);
}

// br_fdb_cleanup: once nothing is left that ages, it waits for the next entry that does.
void gc_expired(timer& t) {
  net_bridge& br = static_cast<net_bridge::gc_timer&>(t).br;
  const ktime now = br.nd_net->w.now();
  for (net_bridge_fdb_entry* e = br.fdb.newest(); e;) {
    net_bridge_fdb_entry& at = *std::exchange(e, e->older);
    if (ages(at) && at.updated + br.ageing_time <= now) fdb_delete(br, at);
  }
  br_fdb_rearm(br);
}

}  // namespace

net_bridge::gc_timer::gc_timer(net_bridge& b) : timer(gc_expired), br(b) {}

void br_fdb_rearm(net_bridge& br) {
  ktime first = ktime_max;
  for (net_bridge_fdb_entry* e = br.fdb.newest(); e; e = e->older)
    if (ages(*e)) first = std::min(first, e->updated + br.ageing_time);
  timer_wheel& timers = br.nd_net->c.timers;
  if (first == ktime_max) {
    timers.del(br.gc);
  } else {
    timers.mod(br.gc, std::max(first, br.nd_net->w.now() + 10 * ns_per_ms));
  }
}

void fdb_delete(net_bridge& br, net_bridge_fdb_entry& e) {
  fdb_notify(br, e, RTM_DELNEIGH);
  br.fdb.erase(e);
}

void br_fdb_update(net_bridge& br, net_bridge_port& source, const u8* addr, u16 vid, bool by_user) {
  if (br.ageing_time == 0) return;  // who wants to flood always
  const ktime now = br.nd_net->w.now();
  if (net_bridge_fdb_entry* e = br_fdb_find(br, addr, vid)) {
    if (e->is_local) return;  // our own address comes from outside
    e->updated = now;
    e->by_user |= by_user;
    if (likely(e->dst == &source) || e->sticky) return;
    e->dst = &source;
    e->ext_learn = false;
    fdb_notify(br, *e, RTM_NEWNEIGH);
    return;
  }
  net_bridge_fdb_entry& e = fdb_create(br, &source, addr, vid);
  e.by_user = by_user;
  fdb_notify(br, e, RTM_NEWNEIGH);
  if (!br.gc.pending()) br.nd_net->c.timers.mod(br.gc, now + br.ageing_time);
}

void br_fdb_add_local(net_bridge& br, net_bridge_port* p, const u8* addr) {
  for (u16 vid : {u16{0}, br_default_pvid}) add_local(br, p, addr, vid);
}

void br_fdb_changeaddr(net_bridge_port& p, const u8* addr) {
  for (net_bridge_fdb_entry* e = p.br->fdb.newest(); e;) {
    net_bridge_fdb_entry& at = *std::exchange(e, e->older);
    if (at.dst == &p && at.is_local && !at.by_user) delete_local(*p.br, &p, at);
  }
  br_fdb_add_local(*p.br, &p, addr);
}

// While the device still has its old address.
void br_fdb_change_mac_address(net_bridge& br, const u8* addr) {
  for (u16 vid : {u16{0}, br_default_pvid}) {
    net_bridge_fdb_entry* e = br_fdb_find(br, br.dev_addr.data(), vid);
    if (e && e->is_local && !e->dst && !e->by_user) delete_local(br, nullptr, *e);
    add_local(br, nullptr, addr, vid);
  }
}

void br_fdb_delete_by_port(net_bridge& br, net_bridge_port& p, bool all) {
  for (net_bridge_fdb_entry* e = br.fdb.newest(); e;) {
    net_bridge_fdb_entry& at = *std::exchange(e, e->older);
    if (at.dst != &p || (!all && !ages(at))) continue;
    if (at.is_local) {
      delete_local(br, &p, at);
    } else {
      fdb_delete(br, at);
    }
  }
}

void br_fdb_flush(net_bridge& br, bool all) {
  for (net_bridge_fdb_entry* e = br.fdb.newest(); e;) {
    net_bridge_fdb_entry& at = *std::exchange(e, e->older);
    if (all || !at.is_static) fdb_delete(br, at);
  }
}

}  // namespace linnet
