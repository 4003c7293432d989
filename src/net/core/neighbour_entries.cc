// Where a table's entries stand: by key in the hash table, by age on one of two lists, those that are kept resolved on
// a third; and the side object that few entries have. Walks and dumps go by the lists, so that their order is total.
#include <bit>
#include <cstring>

#include "net/core/neighbour.hh"
#include "net/core/neighbour_gc.hh"

namespace linnet {
namespace {

using table_node = list_node<neigh_table_tag>;
using table_list = list<neighbour, neigh_table_tag>;

}  // namespace

size_t neigh_hash_table::index(const u8* key, unsigned key_len, const net_device& dev) const {
  u64 h = secret_ ^ static_cast<u64>(dev.ifindex);
  for (unsigned at = 0; at < key_len; at += 4) {
    u32 word;
    std::memcpy(&word, key + at, 4);
    h = (std::rotl(h, 23) ^ word) * 0xbf58476d1ce4e5b9;
  }
  h ^= h >> 29;
  return (h * secret_ >> 32) & (chains_.size() - 1);
}

neighbour* neigh_hash_table::find(const u8* key, unsigned key_len, const net_device& dev) const {
  neighbour* n = chains_[index(key, key_len, dev)];
  while (n && (n->dev != &dev || std::memcmp(n->primary_key.data(), key, key_len) != 0))
    n = n->hash_next;
  return n;
}

bool neigh_hash_table::insert(neighbour& n) {
  const bool grows = ++size_ > chains_.size();
  if (grows) grow();
  neighbour*& chain = chains_[index(n.primary_key.data(), n.key_len, *n.dev)];
  n.hash_next = chain;
  chain = &n;
  return grows;
}

void neigh_hash_table::erase(neighbour& n) {
  neighbour** at = &chains_[index(n.primary_key.data(), n.key_len, *n.dev)];
  while (*at != &n) at = &(*at)->hash_next;
  *at = n.hash_next;
  --size_;
}

void neigh_hash_table::grow() {
  const std::vector<neighbour*> old = std::move(chains_);
  chains_.assign(old.size() * 2, nullptr);
  for (neighbour* n : old) {
    while (n) {
      neighbour* next = n->hash_next;
      neighbour*& chain = chains_[index(n->primary_key.data(), n->key_len, *n->dev)];
      n->hash_next = chain;
      chain = n;
      n = next;
    }
  }
}

neighbour* neigh_table::first() const {
  return !kept.empty() ? &kept.front() : !collectable.empty() ? &collectable.front() : nullptr;
}

neighbour* neigh_table::after(const neighbour& n) const {
  table_node* next = n.table_node::next;
  if (n.collectable) {
    const table_list::iterator it(next);
    return it == collectable.end() ? nullptr : &*it;
  }
  const table_list::iterator it(next);
  if (it != kept.end()) return &*it;
  return collectable.empty() ? nullptr : &collectable.front();
}

void neigh_set_parms(neighbour& n, neigh_parms& p) {
  --n.parms->users;
  n.parms = &p;
  ++p.users;
}

neigh_extra& neigh_extra_of(neighbour& n) {
  if (!n.extra) n.extra = std::make_unique<neigh_extra>(n);
  return *n.extra;
}

void neigh_drop_extra(neighbour& n) {
  if (n.extra && n.extra->arp_queue.empty() && !n.extra->linked()) n.extra.reset();
}

void neigh_file(neighbour& n) {
  neigh_table& t = n.tbl();
  const bool collect = !n.dead && !(n.nud_state & NUD_PERMANENT) && !(n.flags & NTF_EXT_LEARNED);
  if (n.dead || collect != n.collectable) {
    if (t.cursor.next == &n) t.cursor.next = t.after(n);
    n.table_node::unlink();
    t.gc_entries -= n.collectable;
    t.gc_entries += collect;
    n.collectable = collect;
    if (!n.dead) (collect ? t.collectable : t.kept).push_back(n);
  }
  const bool manage = !n.dead && (n.ext_flags & NTF_EXT_MANAGED);
  if (manage == (n.extra && n.extra->linked())) return;
  if (!manage) {
    n.extra->unlink();
    neigh_drop_extra(n);
    return;
  }
  t.managed.push_back(neigh_extra_of(n));
  if (!t.managed_timer.pending())
    t.ns.c.timers.mod(t.managed_timer, t.ns.w.now() + t.parms.interval_probe_time);
}

// Every interval_probe_time_ms those that are managed are asked about, as if a packet were to go.
void neigh_managed_work(timer& tm) {
  neigh_table& t = *static_cast<neigh_table::table_timer&>(tm).owner;
  for (neigh_extra& x : t.managed) neigh_event_send(x.owner, skb_ptr(), false);
  if (!t.managed.empty())
    t.ns.c.timers.mod(tm, t.ns.w.now() + std::max(t.parms.interval_probe_time, msecs(1)));
}

}  // namespace linnet
