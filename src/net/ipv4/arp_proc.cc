// /proc/net/arp and /proc/net/stat/arp_cache. Entries are listed as they were made; those that need no
// resolution (NUD_NOARP) aren't. Behind them stand the proxy entries.
#include <linux/if_arp.h>

#include "net/core/procfs.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/proc.hh"

namespace linnet {
namespace {

unsigned flags_of(const neighbour& n) {
  if (n.nud_state & NUD_PERMANENT) return ATF_PERM | ATF_COM;
  return n.nud_state & NUD_VALID_ ? ATF_COM : 0;
}

std::string dotted(be32 a) {
  const u32 h = a.host();
  std::string s;
  seq_printf(s, "%u.%u.%u.%u", h >> 24, h >> 16 & 255, h >> 8 & 255, h & 255);
  return s;
}

}  // namespace

void arp_show(net& net_, std::string& out) {
  out += "IP address       HW type     Flags       HW address            Mask     Device\n";
  ipv4_of(net_).arp_tbl->each([&](const neighbour& n) {
    if (!(n.nud_state & ~NUD_NOARP)) return;
    std::string hw;
    for (unsigned i = 0; i < n.dev->addr_len; ++i) seq_printf(hw, i ? ":%02x" : "%02x", n.ha[i]);
    seq_printf(out, "%-16s 0x%-10x0x%-10x%-17s     *        %s\n", dotted(n.key4()).c_str(),
               n.dev->type, flags_of(n), hw.c_str(), n.dev->name.c_str());
  });
  for (const auto& [key, proxy] : ipv4_of(net_).arp_tbl->proxies) {
    const net_device* dev = key.second ? dev_get_by_index(net_, key.second) : nullptr;
    seq_printf(out, "%-16s 0x%-10x0x%-10x%s     *        %s\n",
               dotted(be32::load(key.first.data())).c_str(), dev ? dev->type : 0u,
               unsigned{ATF_PUBL | ATF_PERM}, "00:00:00:00:00:00", dev ? dev->name.c_str() : "*");
  }
}

// Counters of the table; on Linux one line for each of the machine's cpus.
void arp_cache_stat_show(net& n, std::string& out) {
  const neigh_table& t = *ipv4_of(n).arp_tbl;
  const neigh_statistics& s = t.stats;
  const auto hex = [](u64 v) { return static_cast<u32>(v); };
  out +=
      "entries  allocs   destroys hash_grows lookups  hits     res_failed rcv_probes_mcast "
      "rcv_probes_ucast "
      "periodic_gc_runs forced_gc_runs unresolved_discards table_fulls\n";
  seq_printf(out,
             "%08x %08x %08x %08x   %08x %08x %08x   %08x         %08x         %08x         %08x   "
             "    %08x"
             "            %08x\n",
             hex(t.entries()), hex(s.allocs), hex(s.destroys), hex(s.hash_grows), hex(s.lookups),
             hex(s.hits), hex(s.res_failed), hex(s.rcv_probes_mcast), hex(s.rcv_probes_ucast),
             hex(s.periodic_gc_runs), hex(s.forced_gc_runs), hex(s.unres_discards),
             hex(s.table_fulls));
}

}  // namespace linnet
