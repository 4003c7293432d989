// /proc/net: dev, dev_mcast, softnet_stat. Devices go in the order of ifindex.
#include "net/core/dev.hh"
#include "net/core/net_device.hh"
#include "net/core/procfs.hh"

namespace linnet {
namespace {

using ull = unsigned long long;

void dev_show(net& n, std::string& out) {
  out +=
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|"
      "bytes    packets errs drop fifo colls carrier compressed\n";
  for (auto& [index, dev] : n.dev_base) {
    const rtnl_link_stats64 s = dev_get_stats(*dev);
    seq_printf(
        out,
        "%6s: %7llu %7llu %4llu %4llu %4llu %5llu %10llu %9llu "
        "%8llu %7llu %4llu %4llu %4llu %5llu %7llu %10llu\n",
        dev->name.c_str(), ull{s.rx_bytes}, ull{s.rx_packets}, ull{s.rx_errors},
        ull{s.rx_dropped + s.rx_missed_errors}, ull{s.rx_fifo_errors},
        ull{s.rx_length_errors + s.rx_over_errors + s.rx_crc_errors + s.rx_frame_errors},
        ull{s.rx_compressed}, ull{s.multicast}, ull{s.tx_bytes}, ull{s.tx_packets},
        ull{s.tx_errors}, ull{s.tx_dropped}, ull{s.tx_fifo_errors}, ull{s.collisions},
        ull{s.tx_carrier_errors + s.tx_aborted_errors + s.tx_window_errors + s.tx_heartbeat_errors},
        ull{s.tx_compressed});
  }
}

void dev_mcast_show(net& n, std::string& out) {
  for (auto& [index, dev] : n.dev_base)
    for (const netdev_hw_addr& a : dev->mc) {
      seq_printf(out, "%-4d %-15s %-5u %-5d ", index, dev->name.c_str(), a.refcount, a.global_use);
      for (u8 i = 0; i < dev->addr_len; ++i) seq_printf(out, "%02x", a.addr[i]);
      out += '\n';
    }
}

void softnet_stat_show(net& n, std::string& out) {
  for (auto& c : n.w.cpus)
    seq_printf(out, "%08x %08x %08x %08x %08x %08x %08x %08x %08x %08x %08x %08x %08x\n",
               static_cast<u32>(c->sd.processed), static_cast<u32>(c->sd.dropped),
               static_cast<u32>(c->sd.time_squeeze), 0, 0, 0, 0, 0, 0, 0, 0, 0, c->id);
}

}  // namespace

void net_procfs_init(world& w) {
  proc_register(w, {"dev", dev_show});
  proc_register(w, {"dev_mcast", dev_mcast_show});
  proc_register(w, {"softnet_stat", softnet_stat_show});
}

}  // namespace linnet
