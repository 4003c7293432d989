// /proc/net/igmp: the groups that each device listens to; /proc/net/mcfilter: their sources. Devices go by index.
#include <netinet/in.h>

#include "net/core/procfs.hh"
#include "net/ipv4/igmp.hh"
#include "net/ipv4/proc.hh"

namespace linnet {
namespace {

// Calls `show` for each device that has groups.
template <class F>
void for_each_mc_device(net& n, F show) {
  for (auto& [index, dev] : n.dev_base) {
    const in_device* in = in_dev_get(*dev);
    if (in && in->mc && !in->mc->groups.empty()) show(*dev, *in->mc);
  }
}

}  // namespace

void igmp_show(net& n, std::string& out) {
  out += "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n";
  for_each_mc_device(n, [&](const net_device& dev, const ip_mc_device& d) {
    const char* querier = d.old_querier(1) ? "V1" : d.old_querier(2) ? "V2" : "V3";
    seq_printf(out, "%d\t%-10s: %5zu %7s\n", dev.ifindex, dev.name.c_str(), d.groups.size(),
               querier);
    for (auto& im : d.groups) {
      const bool running = im->tmr.pending();
      const u64 left = running ? ktime_to_clock_t(im->tmr.expires() - n.w.now()) : 0;
      seq_printf(out, "\t\t\t\t%08X %5u %d:%08llX\t\t%d\n", im->multiaddr.raw(), im->users, running,
                 static_cast<unsigned long long>(left), im->reporter);
    }
  });
}

void mcfilter_show(net& n, std::string& out) {
  out += "Idx Device        MCA        SRC    INC    EXC\n";
  // Linux begins with the first device whose newest group has sources, and shows nothing when there is none such.
  bool begun = false;
  for_each_mc_device(n, [&](const net_device& dev, const ip_mc_device& d) {
    begun |= !d.groups.front()->sources.empty();
    if (!begun) return;
    for (auto& im : d.groups)
      for (const ip_sf_list& s : im->sources)
        seq_printf(out, "%3d %6.6s 0x%08x 0x%08x %6u %6u\n", dev.ifindex, dev.name.c_str(),
                   im->multiaddr.host(), s.addr.host(), s.count[MCAST_INCLUDE],
                   s.count[MCAST_EXCLUDE]);
  });
}

}  // namespace linnet
