// Next hops as devices and addresses come and go: which are dead, which lack carrier, how flows are shared
// among the rest, and which source address each implies.
#include "net/core/l3mdev.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/fib_semantics.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {

namespace {

// The distinct fib_infos with a next hop on `dev`, in the order in which those were made.
std::vector<fib_info*> infos_of(net_device& dev) {
  std::vector<fib_info*> r;
  auto& by_dev = fib_tables_of(*dev.nd_net).infos.by_dev;
  auto it = by_dev.find(&dev);
  if (it == by_dev.end()) return r;
  for (fib_nh& nh : it->second)
    if (r.empty() || r.back() != nh.parent) r.push_back(nh.parent);
  return r;
}

bool carries_flows(const fib_nh& nh) {
  if (nh.flags & RTNH_F_DEAD) return false;
  return !(nh.flags & RTNH_F_LINKDOWN) || !nh.dev || !ip_ignore_linkdown(*nh.dev);
}

}  // namespace

// Each next hop gets the part of the hash's 31 bits that is its share of the weight.
void fib_rebalance(fib_info& fi) {
  if (fi.nh.size() < 2) return;
  u64 total = 0, so_far = 0;
  for (const fib_nh& nh : fi.nh)
    if (carries_flows(nh)) total += static_cast<u64>(nh.weight);
  for (fib_nh& nh : fi.nh) {
    if (!carries_flows(nh)) {
      nh.upper_bound = -1;
      continue;
    }
    so_far += static_cast<u64>(nh.weight);
    nh.upper_bound = static_cast<s32>(((so_far << 31) + total / 2) / total - 1);
  }
}

unsigned fib_sync_down_dev(net_device& dev, netdev_event event, bool force) {
  unsigned count = 0;
  u32 mark =
      event == netdev_event::change ? u32{RTNH_F_LINKDOWN} : u32{RTNH_F_DEAD | RTNH_F_LINKDOWN};
  for (fib_info* fi : infos_of(dev)) {
    size_t dead = 0;
    for (fib_nh& nh : fi->nh) {
      bool here = nh.dev == &dev;
      if (nh.flags & RTNH_F_DEAD) {
        ++dead;
      } else if (here && (force || nh.scope != RT_SCOPE_NOWHERE)) {
        nh.flags |= mark;
        fib_nh_flush_routes(*dev.nd_net, nh);
        ++dead;
      }
      // Without the device not even the other next hops are worth keeping.
      if (event == netdev_event::unregister && here) {
        dead = fi->nh.size();
        break;
      }
    }
    if (dead == fi->nh.size()) {
      fi->flags |= mark;
      ++count;
    }
    fib_rebalance(*fi);
  }
  return count;
}

unsigned fib_sync_up(net_device& dev, u32 nh_flags) {
  if (!dev.up()) return 0;
  if ((nh_flags & RTNH_F_DEAD) && (dev_get_flags(dev) & (IFF_RUNNING | IFF_LOWER_UP)))
    nh_flags |= RTNH_F_LINKDOWN;
  unsigned count = 0;
  for (fib_info* fi : infos_of(dev)) {
    bool alive = false;
    for (fib_nh& nh : fi->nh) {
      if (nh.flags & nh_flags) {
        if (nh.dev != &dev || !in_dev_get(dev)) continue;
        nh.flags &= ~nh_flags;
        fib_nh_flush_routes(*dev.nd_net, nh);
      }
      alive = true;
    }
    if (alive) {
      fi->flags &= ~nh_flags;
      ++count;
    }
    fib_rebalance(*fi);
  }
  return count;
}

unsigned fib_sync_down_addr(net_device& dev, be32 local) {
  auto& by_prefsrc = fib_tables_of(*dev.nd_net).infos.by_prefsrc;
  auto it = by_prefsrc.find(local.raw());
  if (!local || it == by_prefsrc.end()) return 0;
  unsigned count = 0;
  const u32 vrf_table = l3mdev_fib_table(dev);
  const u32 table = vrf_table ? vrf_table : u32{RT_TABLE_MAIN};
  for (fib_info& fi : it->second) {
    if (fi.tb_id != table) continue;
    fi.flags |= RTNH_F_DEAD;
    fi.pfsrc_removed = true;
    ++count;
  }
  return count;
}

void fib_nh_flush_routes(net& n, const fib_nh& nh) {
  rt_cache_store(n, nh.rth_input, nullptr);
  rt_cache_store(n, nh.rth_output, nullptr);
}

be32 fib_info_update_nhc_saddr(net& n, const fib_nh& nh, u8 scope) {
  nh.saddr = nh.dev ? inet_select_addr(*nh.dev, nh.gw, scope) : be32();
  nh.saddr_genid = ipv4_of(n).dev_addr_genid + 1;  // 0: never looked
  return nh.saddr;
}

be32 fib_result_prefsrc(net& n, const fib_result& res) {
  if (res.fi->prefsrc) return res.fi->prefsrc;
  const fib_nh& nh = *res.nh;
  if (nh.saddr_genid == ipv4_of(n).dev_addr_genid + 1) return nh.saddr;
  return fib_info_update_nhc_saddr(n, nh, res.fi->scope);
}

}  // namespace linnet
