// SIOCSIFVLAN and SIOCGIFVLAN, as vconfig(8) uses them; either number does all.
#include <cstdio>

#include "net/8021q/vlan.hh"
#include "net/core/cred.hh"
#include "net/core/sysctl.hh"

namespace linnet {
namespace {

// How devices made so are named (VLAN_NAME_TYPE_*), in each namespace. Kept beside its settings; no file shows it but
// vlan/config.
constexpr ctl_table name_type = {.name = "vlan/name_type",
                                 .initial = {VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD}};

std::string name_of(const net_device& real, int vid) {
  std::array<char, 64> text;
  const char* dev = real.name.c_str();
  switch (sysctl_kept(*real.nd_net, name_type)[0]) {
    case VLAN_NAME_TYPE_RAW_PLUS_VID:
      snprintf(text.data(), text.size(), "%s.%.4i", dev, vid);
      break;
    case VLAN_NAME_TYPE_PLUS_VID: snprintf(text.data(), text.size(), "vlan%.4i", vid); break;
    case VLAN_NAME_TYPE_PLUS_VID_NO_PAD: snprintf(text.data(), text.size(), "vlan%i", vid); break;
    default: snprintf(text.data(), text.size(), "%s.%i", dev, vid); break;
  }
  return std::string(text.data()).substr(0, IFNAMSIZ - 1);
}

// register_vlan_device.
status add(net_device& real, int vid) {
  if (vid < 0 || vid >= VLAN_VID_MASK) return err(ERANGE);
  const u16 id = static_cast<u16>(vid);
  ref<vlan_dev> v(new vlan_dev);
  if (status s = vlan_check_real_dev(real, v->vlan_proto, id); !s) return err(s.error().code);
  v->broadcast.fill(0);
  v->rtnl_link_ops = &vlan_link_ops;
  v->vlan_id = id;
  v->real_dev = ref<net_device>(&real);
  v->mtu = real.mtu;
  return register_vlan_dev(*real.nd_net, v, name_of(real, vid), 0);
}

status set_name_type(net& n, unsigned type) {
  if (type >= VLAN_NAME_TYPE_HIGHEST) return err(EINVAL);
  const s64 v = type;
  sysctl_keep(n, name_type, &v);
  return {};
}

status change(net_device& dev, const vlan_ioctl_args& a) {
  if (a.cmd == ADD_VLAN_CMD) return add(dev, a.u.VID);
  vlan_dev& v = of_vlan(dev);
  const u16 qos = static_cast<u16>(a.vlan_qos);
  switch (a.cmd) {
    case DEL_VLAN_CMD: unregister_vlan_dev(dev); return {};
    case SET_VLAN_INGRESS_PRIORITY_CMD:
      vlan_dev_set_ingress_priority(v, a.u.skb_priority, qos);
      return {};
    case SET_VLAN_EGRESS_PRIORITY_CMD:
      vlan_dev_set_egress_priority(v, a.u.skb_priority, qos);
      return {};
    default: return vlan_dev_change_flags(v, qos ? a.u.flag : 0, a.u.flag);
  }
}

void get(const vlan_dev& v, vlan_ioctl_args& a) {
  if (a.cmd == GET_VLAN_VID_CMD) {
    a.u.VID = v.vlan_id;
    return;
  }
  const std::string& name = v.real_dev->name;
  std::memcpy(a.u.device2, name.c_str(), name.size() + 1);
}

}  // namespace

const char* vlan_name_type(const net& n) {
  switch (sysctl_kept(n, name_type)[0]) {
    case VLAN_NAME_TYPE_RAW_PLUS_VID: return "VLAN_NAME_TYPE_RAW_PLUS_VID";
    case VLAN_NAME_TYPE_PLUS_VID: return "VLAN_NAME_TYPE_PLUS_VID";
    case VLAN_NAME_TYPE_PLUS_VID_NO_PAD: return "VLAN_NAME_TYPE_PLUS_VID_NO_PAD";
    default: return "VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD";
  }
}

result<int> vlan_ioctl(net& n, const cred& who, bytes arg) {
  vlan_ioctl_args a;
  if (arg.size() < sizeof a) return err(EFAULT);
  std::memcpy(&a, arg.data(), sizeof a);
  a.device1[sizeof a.device1 - 1] = 0;
  const bool gets = a.cmd == GET_VLAN_REALDEV_NAME_CMD || a.cmd == GET_VLAN_VID_CMD;
  const bool reads_priorities =
      a.cmd == GET_VLAN_INGRESS_PRIORITY_CMD || a.cmd == GET_VLAN_EGRESS_PRIORITY_CMD;
  if (a.cmd < ADD_VLAN_CMD || a.cmd > GET_VLAN_VID_CMD || reads_priorities) return err(EOPNOTSUPP);
  net_device* dev = dev_get_by_name(n, a.device1);
  if (a.cmd != SET_VLAN_NAME_TYPE_CMD) {
    if (!dev) return err(ENODEV);
    if (a.cmd != ADD_VLAN_CMD && !is_vlan_dev(*dev)) return err(EINVAL);
  }
  if (!gets && !who.net_admin) return err(EPERM);
  status s;
  if (a.cmd == SET_VLAN_NAME_TYPE_CMD)
    s = set_name_type(n, a.u.name_type);
  else if (gets)
    get(of_vlan(*dev), a);
  else
    s = change(*dev, a);
  if (!s) return std::unexpected(s.error());
  if (gets) std::memcpy(arg.data(), &a, sizeof a);
  return 0;
}

}  // namespace linnet
