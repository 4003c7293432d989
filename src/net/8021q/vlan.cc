// VLAN devices come, go, and follow what happens to the device below them.
#include "net/8021q/vlan.hh"

#include "net/8021q/vlan_mrp.hh"
#include "net/core/ethtool.hh"
#include "net/core/world.hh"

namespace linnet {
namespace {

// The devices on `real`, held: what is done with one may take others away.
std::vector<ref<net_device>> vlans_on(const net_device& real) {
  std::vector<ref<net_device>> r;
  if (real.vlan_info) real.vlan_info->for_each([&](net_device& d) { r.emplace_back(&d); });
  return r;
}

void transfer_operstate(const net_device& real, vlan_dev& v) {
  if (!v.bridge_bound()) netif_stacked_transfer_operstate(real, v);
}

void lower_down(net_device& real) {
  std::vector<ref<net_device>> closed;
  for (auto& d : vlans_on(real))
    if (d->up() && !of_vlan(*d).loose()) closed.push_back(d);
  for (auto& d : closed) dev_close(*d);
  for (auto& d : closed) transfer_operstate(real, of_vlan(*d));
}

void lower_up(net_device& real) {
  for (auto& d : vlans_on(real)) {
    if (d->up()) continue;
    vlan_dev& v = of_vlan(*d);
    if (!v.loose()) (void)dev_change_flags(v, dev_get_flags(v) | IFF_UP);
    transfer_operstate(real, v);
  }
}

// vlan_device_event, of the device below.
void vlan_device_event(net_device& real, netdev_event e) {
  if (!real.vlan_info) return;
  switch (e) {
    case netdev_event::change:
      for (auto& d : vlans_on(real)) transfer_operstate(real, of_vlan(*d));
      break;
    case netdev_event::changeaddr:
      for (auto& d : vlans_on(real))
        if (d->up()) vlan_sync_address(real, of_vlan(*d));
      break;
    case netdev_event::changemtu:
      for (auto& d : vlans_on(real))
        if (d->mtu > real.mtu) (void)dev_set_mtu(*d, real.mtu);
      break;
    case netdev_event::feat_change:
      for (auto& d : vlans_on(real)) netdev_update_features(*d);
      break;
    case netdev_event::down: lower_down(real); break;
    case netdev_event::up: lower_up(real); break;
    case netdev_event::unregister:
      if (!real.dismantled) break;  // it only moves to another namespace
      for (auto& d : vlans_on(real))
        if (d->registered) unregister_vlan_dev(*d);
      break;
    default: break;
  }
}

}  // namespace

status vlan_check_real_dev(const net_device& real, be16 proto, u16 vid) {
  if (real.features & NETIF_F_VLAN_CHALLENGED)
    return err(EOPNOTSUPP, "8021q: VLANs not supported on device");
  if (vlan_find_dev(real, proto, vid)) return err(EEXIST, "8021q: VLAN device already exists");
  return {};
}

status register_vlan_dev(net& n, ref<vlan_dev> v, std::string_view name, int ifindex) {
  net_device& real = *v->real_dev;
  vlan_dev_init(*v);
  if (status s = register_netdevice(n, v, name, ifindex); !s) return s;
  notify_changeupper(real, *v);
  linkwatch_fire_event(*v);  // its operstate is still to be found out
  if (!real.vlan_info) {
    vlan_mrp_load(n.w);
    real.vlan_info = {new vlan_group(real),
                      [](linnet::vlan_info* i) { delete static_cast<vlan_group*>(i); }};
  }
  real.vlan_info->set(v->vlan_proto, v->vlan_id, v.get());
  ++real.vlan_info->nr_vlan_devs;
  return {};
}

void unregister_vlan_dev(net_device& dev) {
  vlan_dev& v = of_vlan(dev);
  ref<net_device> hold(&dev), real(v.real_dev);
  vlan_request_leave(v, v.vlan_flags);
  real->vlan_info->set(v.vlan_proto, v.vlan_id, nullptr);
  const bool last = --real->vlan_info->nr_vlan_devs == 0;
  notify_changeupper(*real, dev);
  unregister_netdevice(dev);
  if (last) real->vlan_info.reset();
}

void vlan_init(world& w) {
  w.link_ops.push_back(&vlan_link_ops);
  w.netdev_chain.push_back(vlan_device_event);
  vlan_proc_init(w);
}

}  // namespace linnet
