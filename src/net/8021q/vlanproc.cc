// /proc/net/vlan: config, the list of VLAN devices, and a file for each.
#include "net/8021q/vlan.hh"
#include "net/core/l3mdev.hh"
#include "net/core/procfs.hh"

namespace linnet {
namespace {

using ull = unsigned long long;

void config_show(net& n, std::string& out) {
  seq_printf(out, "VLAN Dev name\t | VLAN ID\nName-Type: %s\n", vlan_name_type(n));
  for (const auto& [index, dev] : n.dev_base) {
    if (!is_vlan_dev(*dev)) continue;
    const vlan_dev& v = of_vlan(*dev);
    seq_printf(out, "%-15s| %d  | %s\n", v.name.c_str(), v.vlan_id, v.real_dev->name.c_str());
  }
}

std::vector<std::string> names(net& n) {
  std::vector<std::string> r;
  for (const auto& [index, dev] : n.dev_base)
    if (is_vlan_dev(*dev)) r.push_back(dev->name);
  return r;
}

// IFF_802_1Q_VLAN and its kin in the order of Linux's enum netdev_priv_flags, which no header exports.
unsigned priv_flags(const net_device& dev) {
  constexpr unsigned vlan = 1u << 0, xmit_dst_release = 1u << 5, bridge_port = 1u << 9,
                     unicast_flt = 1u << 12, no_queue = 1u << 19, l3mdev_slave = 1u << 21;
  return vlan | xmit_dst_release | unicast_flt | no_queue | (dev.br_port ? bridge_port : 0) |
         (netif_is_l3_slave(dev) ? l3mdev_slave : 0);
}

void show_mappings(const vlan_dev& v, std::string& out) {
  const auto& in = v.ingress_priority_map;
  seq_printf(out, "INGRESS priority mappings: 0:%u  1:%u  2:%u  3:%u  4:%u  5:%u  6:%u 7:%u\n",
             in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7]);
  out += " EGRESS priority mappings: ";
  for (const auto& list : v.egress_priority_map)
    for (const auto& m : list) seq_printf(out, "%u:%d ", m.priority, m.vlan_qos >> VLAN_PRIO_SHIFT);
  out += '\n';
}

void device_show(net& n, const std::string& name, std::string& out) {
  const net_device* dev = dev_get_by_name(n, name);
  if (!dev || !is_vlan_dev(*dev)) return;
  const vlan_dev& v = of_vlan(*dev);
  seq_printf(out, "%s  VID: %d\t REORDER_HDR: %i  dev->priv_flags: %x\n", v.name.c_str(), v.vlan_id,
             v.vlan_flags & 1, priv_flags(v));
  const auto total = [&](const char* text, u64 count) {
    seq_printf(out, "%30s %12llu\n", text, ull{count});
  };
  total("total frames received", v.stats.rx_packets);
  total("total bytes received", v.stats.rx_bytes);
  total("Broadcast/Multicast Rcvd", v.stats.multicast);
  out += '\n';
  total("total frames transmitted", v.stats.tx_packets);
  total("total bytes transmitted", v.stats.tx_bytes);
  seq_printf(out, "Device: %s\n", v.real_dev->name.c_str());
  show_mappings(v, out);
}

}  // namespace

void vlan_proc_init(world& w) {
  proc_register(w, {"vlan/config", config_show});
  proc_register_dir(w, {"vlan", names, device_show});
}

}  // namespace linnet
