// /proc/net/igmp: the groups each device listens to. Nothing is reported to routers yet, so no timer runs.
#include "net/core/procfs.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/proc.hh"

namespace linnet {

void igmp_show(net& n, std::string& out) {
  out += "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n";
  for (auto& [index, dev] : n.dev_base) {
    const in_device* in = in_dev_get(*dev);
    if (!in || in->mc_list.empty()) continue;
    seq_printf(out, "%d\t%-10s: %5zu %7s\n", index, dev->name.c_str(), in->mc_list.size(), "V3");
    for (auto& [group, users] : in->mc_list)
      seq_printf(out, "\t\t\t\t%08X %5u %d:%08X\t\t%d\n", group.raw(), users, 0, 0, 0);
  }
}

}  // namespace linnet
