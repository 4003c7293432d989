// Each file is a field of neigh_parms in some unit; several files may show one field. A value written for a
// device counts as its own from then on; one written to the default goes to the devices without their own.
#include "net/core/neighbour_sysctl.hh"

#include "net/core/neighbour_gc.hh"
#include "net/core/world.hh"

namespace linnet {
namespace {

constexpr s64 truesize_of_frame = 2090;  // SKB_TRUESIZE(ETH_FRAME_LEN) on x86-64

struct field {
  u32 neigh_parms::* count = nullptr;
  ktime neigh_parms::* time = nullptr;
  ktime unit = 1;  // of the file, in what the field counts
};

// By ctl_table::id. Files of one field have one bit in neigh_parms::set.
constexpr field fields[] = {
    {&neigh_parms::mcast_probes},
    {&neigh_parms::ucast_probes},
    {&neigh_parms::app_probes},
    {&neigh_parms::mcast_reprobes},
    {&neigh_parms::queue_len_bytes},
    {&neigh_parms::queue_len_bytes, nullptr, truesize_of_frame},
    {&neigh_parms::proxy_qlen},
    {nullptr, &neigh_parms::anycast_delay, msecs(10)},
    {nullptr, &neigh_parms::proxy_delay, msecs(10)},
    {nullptr, &neigh_parms::locktime, msecs(10)},
    {nullptr, &neigh_parms::retrans_time, msecs(10)},
    {nullptr, &neigh_parms::retrans_time, msecs(1)},
    {nullptr, &neigh_parms::base_reachable_time, secs(1)},
    {nullptr, &neigh_parms::base_reachable_time, msecs(1)},
    {nullptr, &neigh_parms::delay_probe_time, secs(1)},
    {nullptr, &neigh_parms::gc_staletime, secs(1)},
    {nullptr, &neigh_parms::interval_probe_time, msecs(1)},
};

u64 bit_of(const field& f) {
  for (unsigned i = 0;; ++i)
    if (fields[i].count == f.count && fields[i].time == f.time) return u64{1} << i;
}

}  // namespace

u64 neigh_parms_bit(u32 neigh_parms::* count) { return bit_of({.count = count}); }
u64 neigh_parms_bit(ktime neigh_parms::* time) { return bit_of({.time = time}); }

namespace {

void copy_field(const field& f, const neigh_parms& from, neigh_parms& to) {
  if (f.count) to.*f.count = from.*f.count;
  if (f.time) to.*f.time = from.*f.time;
}

void get_field(const ctl_at& at, s64* v) {
  const field& f = fields[at.table.id];
  const auto& p = *static_cast<neigh_parms*>(at.object);
  *v = (f.count ? static_cast<s64>(p.*f.count) : p.*f.time) / f.unit;
}

status set_field(const ctl_at& at, const s64* v) {
  const field& f = fields[at.table.id];
  auto& p = *static_cast<neigh_parms*>(at.object);
  if (f.count) p.*f.count = static_cast<u32>(*v * f.unit);
  if (f.time) p.*f.time = *v * f.unit;
  p.set |= bit_of(f);
  const bool redraw = f.time == &neigh_parms::base_reachable_time;
  if (redraw) p.reachable_time = neigh_rand_reach_time(*p.tbl, p.base_reachable_time);
  if (p.dev) return {};
  for (neigh_parms* other : p.tbl->parms_list)
    if (!(other->set & bit_of(f))) copy_field(f, p, *other);
  neigh_share_defaults(*p.tbl);
  return {};
}

constexpr ctl_ops field_ops = {.get = get_field, .set = set_field};

using enum ctl_kind;
constexpr ctl_table file(const char* name, int id, ctl_kind kind = integer, s64 min = LLONG_MIN,
                         s64 max = LLONG_MAX) {
  return {.name = name, .kind = kind, .min = min, .max = max, .ops = &field_ops, .id = id};
}

constexpr ctl_table parms_files[] = {
    file("anycast_delay", 7, userhz),
    file("app_solicit", 2, integer, 0),
    file("base_reachable_time", 12, seconds),
    file("base_reachable_time_ms", 13, ms),
    file("delay_first_probe_time", 14, seconds),
    file("gc_stale_time", 15, seconds),
    file("interval_probe_time_ms", 16, ms, 1),
    file("locktime", 9, userhz),
    file("mcast_resolicit", 3, integer, 0),
    file("mcast_solicit", 0, integer, 0),
    file("proxy_delay", 8, userhz),
    file("proxy_qlen", 6, integer, 0),
    file("retrans_time", 10, userhz),
    file("retrans_time_ms", 11, ms),
    file("ucast_solicit", 1, integer, 0),
    file("unres_qlen", 5, integer, 0, INT_MAX / truesize_of_frame),
    file("unres_qlen_bytes", 4, integer, 0),
};

// What only a table has.
template <auto M, s64 unit>
constexpr ctl_ops table_ops = {
    .get = [](const ctl_at& at,
              s64* v) { *v = static_cast<neigh_parms*>(at.object)->tbl->*M / unit; },
    .set = [](const ctl_at& at, const s64* v) -> status {
      neigh_table& tbl = *static_cast<neigh_parms*>(at.object)->tbl;
      auto& value = tbl.*M;
      value = static_cast<std::remove_reference_t<decltype(value)>>(*v * unit);
      neigh_share_defaults(tbl);
      return {};
    },
};

constexpr ctl_table table_files[] = {
    {.name = "gc_interval", .kind = seconds, .ops = &table_ops<&neigh_table::gc_interval, secs(1)>},
    {.name = "gc_thresh1", .min = 0, .ops = &table_ops<&neigh_table::gc_thresh1, 1>},
    {.name = "gc_thresh2", .min = 0, .ops = &table_ops<&neigh_table::gc_thresh2, 1>},
    {.name = "gc_thresh3", .min = 0, .ops = &table_ops<&neigh_table::gc_thresh3, 1>},
};

std::vector<std::string> default_only(net& n) {
  return &n == n.w.init_net ? std::vector<std::string>{"default"} : std::vector<std::string>{};
}

}  // namespace

void neigh_sysctl_register(world& w, const char* dir, std::vector<std::string> (*instances)(net&),
                           void* (*find)(net&, std::string_view)) {
  sysctl_register_dir(w, {dir, instances, find, parms_files});
  sysctl_register_dir(w, {dir, default_only, find, table_files});
}

}  // namespace linnet
