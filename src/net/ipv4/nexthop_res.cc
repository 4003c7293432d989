// Resilient groups' buckets. When members or weights change, each member's share of the buckets is worked out anew:
// some then have fewer than they want (underweight), others more. Buckets of members that are gone move at once.
// Buckets of an overweight member move once nothing has used them for idle_timer, or all of them when the group has
// been out of balance for unbalanced_timer (0: never by force). A timer looks again when the first may be due.
#include <algorithm>

#include "net/core/cpu.hh"
#include "net/core/world.hh"
#include "net/ipv4/nexthop.hh"

namespace linnet {

namespace {

// As often as this the buckets are gone through, and no more (NH_RES_UPKEEP_DW_MINIMUM_INTERVAL).
constexpr ktime min_interval = ns_per_sec / 2;

using uw_node = list_node<nh_uw_tag>;

void set_nh(nh_res_bucket& b, nh_grp_entry& e) {
  b.occupied = true;
  b.nh_entry = &e;
  ++e.count_buckets;
}

// The member is gone; packets may go by it until the bucket is moved, in this same call.
void unset_nh(nh_res_bucket& b) {
  b.occupied = false;
  b.nh_entry = nullptr;
}

// A bucket that was not used since it moved counts as idle already.
ktime idle_point(const nh_res_table& t, const nh_res_bucket& b, ktime now) {
  return b.used_time == b.migrated_time ? now : b.used_time + t.idle_timer;
}

// Whether the bucket moves now; if it may later, `deadline` is no later than that.
bool should_migrate(const nh_res_table& t, const nh_res_bucket& b, ktime now, ktime& deadline) {
  if (!b.occupied) return true;
  if (!b.nh_entry->is_overweight()) return false;
  const ktime idle = idle_point(t, b, now);
  if (now >= idle) return true;
  if (t.unbalanced_timer) {
    const ktime forced = t.unbalanced_since + t.unbalanced_timer;
    if (now > forced) return true;
    deadline = std::min(deadline, forced);
  }
  deadline = std::min(deadline, idle);
  return false;
}

void migrate(nh_res_table& t, size_t i, ktime now, bool notify) {
  nh_grp_entry& to = t.uw_nh_entries.front();
  nh_res_bucket& b = t.buckets[i];
  if (b.occupied) --b.nh_entry->count_buckets;
  set_nh(b, to);
  b.used_time = b.migrated_time = now;
  if (notify) nexthop_bucket_notify(t, static_cast<u16>(i));
  if (!to.is_underweight()) static_cast<uw_node&>(to).unlink();
}

}  // namespace

nh_res_table::nh_res_table(net& n, u32 id, u16 num_buckets)
    : timer([](timer& t) { nh_res_table_upkeep(static_cast<nh_res_table&>(t), true); }),
      ns(n),
      nhg_id(id),
      buckets(num_buckets) {}

nh_res_table::~nh_res_table() { ns.c.timers.del(*this); }

ktime nh_res_table::unbalanced_time() const {
  return is_balanced() ? 0 : ns.w.now() - unbalanced_since;
}

void nh_res_group_rebalance(nh_group& g, nh_res_table& t) {
  while (t.uw_nh_entries.pop_front()) {
  }
  t.unbalanced_since = t.ns.w.now();
  u32 total = 0, so_far = 0, before = 0;
  for (const nh_grp_entry& e : g.entries) total += e.weight;
  for (nh_grp_entry& e : g.entries) {
    so_far += e.weight;
    const u32 upto = static_cast<u32>((u64{t.buckets.size()} * so_far + total / 2) / total);
    e.wants_buckets = static_cast<u16>(upto - before);
    before = upto;
    if (e.is_underweight()) t.uw_nh_entries.push_front(e);
  }
}

void nh_res_table_upkeep(nh_res_table& t, bool notify) {
  const ktime now = t.ns.w.now();
  ktime deadline = now + (t.unbalanced_timer ? t.unbalanced_timer : t.idle_timer);
  for (size_t i = 0; i < t.buckets.size(); ++i)
    if (should_migrate(t, t.buckets[i], now, deadline)) migrate(t, i, now, notify);
  if (!t.is_balanced()) t.ns.c.timers.mod(t, std::max(deadline, now + min_interval));
}

void replace_nexthop_grp_res(nh_res_table& t, nh_group& g) {
  const ktime since = t.unbalanced_since;
  const bool was_unbalanced = !t.is_balanced();
  t.ns.c.timers.del(t);
  for (nh_res_bucket& b : t.buckets) {
    const auto same = std::find_if(g.entries.begin(), g.entries.end(),
                                   [&](const nh_grp_entry& e) { return e.nh == b.nh_entry->nh; });
    if (same == g.entries.end())
      unset_nh(b);
    else
      set_nh(b, *same);
  }
  nh_res_group_rebalance(g, t);
  if (was_unbalanced && !t.is_balanced()) t.unbalanced_since = since;
  nh_res_table_upkeep(t, false);
}

}  // namespace linnet
