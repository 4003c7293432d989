// /proc/net/stat/rt_cache and /proc/net/rt_acct: how packets found their routes, and how much belonged to which realm.
// Both are the machine's, and the same in each namespace; there is one cpu, so one line.
#include "net/core/procfs.hh"
#include "net/core/world.hh"
#include "net/ipv4/fib_exceptions.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/proc.hh"

namespace linnet {
namespace {

u32 cached(const fib_nh& nh) {
  u32 count = u32{!!nh.rth_input} + u32{!!nh.rth_output};
  if (nh.exceptions)
    for (const auto& [key, e] : nh.exceptions->by_bucket)
      count += u32{!!e.rth_input} + u32{!!e.rth_output};
  return count;
}

// Routes that the caches hold. Those that only packets and sockets still have are not among them.
u32 dst_entries(const net& n) {
  const fib_tables& t = fib_tables_of(n);
  u32 count = u32{!!t.routes->broadcast} + u32{!!t.routes->multicast};
  for (const auto& [error, rt] : t.routes->error) count += u32{!!rt};
  for (const auto& fi : t.infos.by_content)
    for (const fib_nh& nh : fi->nh) count += cached(nh);
  return count;
}

}  // namespace

void rt_cache_stat_show(net& n, std::string& out) {
  u32 entries = 0;
  for (const auto& [inum, ns] : n.w.nets)
    if (ns->ipv4 && ns->ipv4->fib) entries += dst_entries(*ns);
  const rt_cache_stat& s = rt_stat_of(n);
  out +=
      "entries  in_hit   in_slow_tot in_slow_mc in_no_route in_brd   in_martian_dst in_martian_src "
      "out_hit  out_slow_tot out_slow_mc gc_total gc_ignored gc_goal_miss gc_dst_overflow "
      "in_hlist_search out_hlist_search\n";
  seq_printf(out,
             "%08x %08x %08x    %08x   %08x    %08x %08x       %08x       %08x %08x     %08x    "
             "%08x %08x   %08x     %08x        %08x        %08x\n",
             entries, 0u, s.in_slow_tot, s.in_slow_mc, s.in_no_route, s.in_brd, s.in_martian_dst,
             s.in_martian_src, 0u, s.out_slow_tot, s.out_slow_mc, 0u, 0u, 0u, 0u, 0u, 0u);
}

// 256 times struct ip_rt_acct, as rtacct(8) reads them.
void rt_acct_show(net& n, std::string& out) {
  static constexpr ip_rt_accts none{};
  const auto& acct = ipv4_of(*n.w.init_net).rt_acct;
  const ip_rt_accts& all = acct ? *acct : none;
  out.append(reinterpret_cast<const char*>(all.data()), sizeof all);
}

}  // namespace linnet
