// Operational state (RFC 2863) follows the carrier a moment later, from the cpu's work list, as Linux's
// link watch does it: several changes between two looks are one event.
#include <linux/rtnetlink.h>

#include "net/core/net_device.hh"
#include "net/core/sch.hh"

namespace linnet {
namespace {

u8 default_operstate(const net_device& dev) {
  if (!dev.carrier_ok()) {
    const int iflink = dev.ops->ndo_get_iflink ? dev.ops->ndo_get_iflink(dev) : dev.ifindex;
    return iflink != dev.ifindex ? IF_OPER_LOWERLAYERDOWN : IF_OPER_DOWN;
  }
  return dev.dormant ? IF_OPER_DORMANT : IF_OPER_UP;
}

void rfc2863_policy(net_device& dev) {
  u8 state = default_operstate(dev);
  if (dev.link_mode == IF_LINK_MODE_DORMANT && state == IF_OPER_UP) state = IF_OPER_DORMANT;
  dev.operstate = state;
}

void netdev_state_change(net_device& dev) {
  if (!dev.up()) return;
  call_netdevice_notifiers(dev, netdev_event::change);
  rtmsg_ifinfo(RTM_NEWLINK, dev, 0);
}

void linkwatch_do_dev(work& w) {
  ref<net_device> dev(static_cast<net_device::linkwatch_work&>(w).dev);
  rfc2863_policy(*dev);
  if (!dev->up()) return;
  if (dev->carrier_ok()) {
    dev_activate(*dev);
  } else {
    dev_deactivate(*dev);
  }
  netdev_state_change(*dev);
}

}  // namespace

void linkwatch_init_dev(net_device& dev) {
  if (!dev.carrier_ok() || dev.dormant) rfc2863_policy(dev);
}

void linkwatch_fire_event(net_device& dev) {
  if (!dev.registered) return;
  dev.linkwatch.fn = linkwatch_do_dev;
  dev.nd_net->c.schedule(dev.linkwatch);
}

void netif_carrier_on(net_device& dev) {
  if (dev.carrier) return;
  dev.carrier = true;
  if (!dev.registered) return;
  ++dev.carrier_up_count;
  linkwatch_fire_event(dev);
}

void netif_carrier_off(net_device& dev) {
  if (!dev.carrier) return;
  dev.carrier = false;
  if (!dev.registered) return;
  ++dev.carrier_down_count;
  linkwatch_fire_event(dev);
}

void netdev_set_operstate(net_device& dev, u8 operstate) {
  if (dev.operstate == operstate) return;
  dev.operstate = operstate;
  netdev_state_change(dev);
}

}  // namespace linnet
