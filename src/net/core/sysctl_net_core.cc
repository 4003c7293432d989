// net.core and net.unix. Most of net.core is the machine's on Linux and shows in its first namespace alone.
// What has no ops is not obeyed yet: the stack's own limits are the defaults that these files show.
#include "net/core/optmem.hh"
#include "net/core/sysctl.hh"

namespace linnet {
namespace {

using enum ctl_kind;

// What has one value for the machine.
constexpr ctl_table machine(const char* name, s64 initial, s64 min = LLONG_MIN, s64 max = LLONG_MAX,
                            ctl_kind kind = integer) {
  return {.name = name,
          .kind = kind,
          .initial = {initial},
          .min = min,
          .max = max,
          .init_net_only = true};
}

constexpr ctl_ops optmem_max_ops = {
    .get = [](const ctl_at& at, s64* v) { *v = sysctl_optmem_max(at.ns.w); },
    .set = [](const ctl_at& at, const s64* v) -> status {
      sysctl_optmem_max(at.ns.w) = static_cast<int>(*v);
      return {};
    },
};

// The same of that which is obeyed.
constexpr ctl_table machine_obeyed(const char* name, const ctl_ops& ops) {
  ctl_table t = machine(name, 0);
  t.ops = &ops;
  return t;
}

constexpr ctl_table tables[] = {
    machine("core/busy_poll", 0, 0),
    machine("core/busy_read", 0, 0),
    {.name = "core/default_qdisc",
     .kind = text,
     .mode = 0444,
     .init_net_only = true,
     .initial_text = "pfifo_fast"},
    machine("core/dev_weight", 64, 1),
    machine("core/dev_weight_rx_bias", 1, 1),
    machine("core/dev_weight_tx_bias", 1, 1),
    machine("core/devconf_inherit_init_net", 0, 0, 3),
    machine("core/fb_tunnels_only_for_init_net", 0, 0, 2),
    machine("core/gro_normal_batch", 8, 1),
    machine("core/high_order_alloc_disable", 0, 0, 1),
    machine("core/max_skb_frags", 17, 1, 17),
    machine("core/message_burst", 10),
    machine("core/message_cost", 5, LLONG_MIN, LLONG_MAX, seconds),
    machine("core/netdev_budget", 300),
    machine("core/netdev_budget_usecs", 2000, 2000),
    machine("core/netdev_max_backlog", 1000),
    machine("core/netdev_tstamp_prequeue", 1),
    machine("core/netdev_unregister_timeout_secs", 10, 1, 3600),
    machine_obeyed("core/optmem_max", optmem_max_ops),
    machine("core/rmem_default", 212992, 2304),
    machine("core/rmem_max", 212992, 2304),
    machine("core/skb_defer_max", 64, 0),
    {.name = "core/somaxconn", .initial = {4096}, .min = 0},
    machine("core/tstamp_allow_data", 1, 0, 1),
    {.name = "core/txrehash", .kind = byte, .initial = {1}, .max = 1},
    machine("core/warnings", 0),
    machine("core/wmem_default", 212992, 4608),
    machine("core/wmem_max", 212992, 4608),
    {.name = "unix/max_dgram_qlen", .initial = {10}},
};

}  // namespace

void sysctl_init(world& w) { sysctl_register(w, tables); }

}  // namespace linnet
