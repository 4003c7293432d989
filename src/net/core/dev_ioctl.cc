// struct ifreq requests on devices.
#include "net/core/dev_ioctl.hh"

#include <linux/if.h>
#include <linux/sockios.h>

#include "net/core/ethtool.hh"
#include "net/core/net_device.hh"

namespace linnet {
namespace {

// A link-layer group, without any of a protocol's (`ip maddr`).
status change_filter(net_device& dev, bool add, const sockaddr& a) {
  if (!dev.ops->ndo_set_rx_mode || a.sa_family != AF_UNSPEC) return err(EINVAL);
  hw_addr addr{};
  std::memcpy(addr.data(), a.sa_data, std::min<size_t>(sizeof a.sa_data, dev.addr_len));
  if (!add) return dev_mc_del_global(dev, addr);
  dev_mc_add_global(dev, addr);
  return {};
}

result<int> set(net_device& dev, unsigned cmd, ifreq& r) {
  auto done = [](const status& s) -> result<int> {
    if (!s) return std::unexpected(s.error());
    return 0;
  };
  switch (cmd) {
    case SIOCSIFFLAGS: return done(dev_change_flags(dev, static_cast<u16>(r.ifr_flags)));
    case SIOCSIFMTU:
      if (r.ifr_mtu < 0) return err(EINVAL);
      return done(dev_set_mtu(dev, static_cast<u32>(r.ifr_mtu)));
    case SIOCSIFHWADDR:
      if (r.ifr_hwaddr.sa_family != dev.type) return err(EINVAL);
      return done(dev_set_mac_address(
          dev,
          {reinterpret_cast<const std::byte*>(r.ifr_hwaddr.sa_data), sizeof r.ifr_hwaddr.sa_data}));
    case SIOCSIFTXQLEN:
      if (r.ifr_qlen < 0) return err(EINVAL);
      dev.tx_queue_len = static_cast<u32>(r.ifr_qlen);
      return 0;
    case SIOCSIFNAME: {
      r.ifr_newname[IFNAMSIZ - 1] = 0;
      return done(dev_change_name(dev, r.ifr_newname));
    }
    case SIOCADDMULTI:
    case SIOCDELMULTI: return done(change_filter(dev, cmd == SIOCADDMULTI, r.ifr_hwaddr));
    case SIOCSIFHWBROADCAST:
      if (r.ifr_hwaddr.sa_family != dev.type) return err(EINVAL);
      std::memcpy(dev.broadcast.data(), r.ifr_hwaddr.sa_data,
                  std::min<size_t>(sizeof r.ifr_hwaddr.sa_data, dev.addr_len));
      call_netdevice_notifiers(dev, netdev_event::changeaddr);
      return 0;
    case SIOCSIFSLAVE: return err(EINVAL);
    default: return err(EOPNOTSUPP);  // SIOCSIFMETRIC, and what only some hardware knows
  }
}

result<int> get(const net_device& dev, unsigned cmd, ifreq& r) {
  switch (cmd) {
    case SIOCGIFFLAGS: r.ifr_flags = static_cast<short>(dev_get_flags(dev)); return 0;
    case SIOCGIFMETRIC: r.ifr_metric = 0; return 0;
    case SIOCGIFMTU: r.ifr_mtu = static_cast<int>(dev.mtu); return 0;
    case SIOCGIFHWADDR:
      std::memset(r.ifr_hwaddr.sa_data, 0, sizeof r.ifr_hwaddr.sa_data);
      std::memcpy(r.ifr_hwaddr.sa_data, dev.dev_addr.data(),
                  std::min<size_t>(sizeof r.ifr_hwaddr.sa_data, dev.addr_len));
      r.ifr_hwaddr.sa_family = dev.type;
      return 0;
    case SIOCGIFINDEX: r.ifr_ifindex = dev.ifindex; return 0;
    case SIOCGIFTXQLEN: r.ifr_qlen = static_cast<int>(dev.tx_queue_len); return 0;
    case SIOCGIFMAP: r.ifr_map = {}; return 0;
    default:  // SIOCGIFSLAVE; a device's own commands, of which none here has any
      return err(cmd >= SIOCDEVPRIVATE ? EOPNOTSUPP : EINVAL);
  }
}

result<int> ethtool_ioctl(net& n, const cred& who, bytes arg) {
  ifreq r;
  if (arg.size() < sizeof r) return err(EFAULT);
  std::memcpy(&r, arg.data(), sizeof r);
  r.ifr_name[IFNAMSIZ - 1] = 0;
  net_device* dev = dev_get_by_name(n, r.ifr_name);
  if (!dev) return err(ENODEV);
  return dev_ethtool(*dev, who, arg.subspan(sizeof r));
}

}  // namespace

result<int> dev_ioctl(net& n, const cred& who, unsigned cmd, bytes arg) {
  if (cmd == SIOCETHTOOL) return ethtool_ioctl(n, who, arg);
  switch (cmd) {
    case SIOCGIFNAME:
    case SIOCGIFFLAGS:
    case SIOCGIFMETRIC:
    case SIOCGIFMTU:
    case SIOCGIFHWADDR:
    case SIOCGIFINDEX:
    case SIOCGIFTXQLEN:
    case SIOCGIFMAP:
    case SIOCGIFSLAVE:
    case SIOCSIFFLAGS:
    case SIOCSIFMTU:
    case SIOCSIFHWADDR:
    case SIOCSIFTXQLEN:
    case SIOCSIFNAME:
    case SIOCSIFMETRIC:
    case SIOCSIFHWBROADCAST:
    case SIOCSIFSLAVE:
    case SIOCSIFMAP:
    case SIOCGMIIPHY:
    case SIOCGMIIREG:
    case SIOCSMIIREG:
    case SIOCWANDEV:
    case SIOCADDMULTI:
    case SIOCDELMULTI: break;
    case SIOCGIFBR:
    case SIOCSIFBR: return err(EOPNOTSUPP);
    default:
      if (cmd < SIOCDEVPRIVATE || cmd > SIOCDEVPRIVATE + 15) return err(ENOTTY);
  }
  ifreq r;
  if (arg.size() < sizeof r) return err(EFAULT);
  std::memcpy(&r, arg.data(), sizeof r);
  net_device* dev;
  result<int> done = 0;
  if (cmd == SIOCGIFNAME) {
    dev = dev_get_by_index(n, r.ifr_ifindex);
    if (!dev) return err(ENODEV);
    std::memcpy(r.ifr_name, dev->name.c_str(), dev->name.size() + 1);
  } else {
    r.ifr_name[IFNAMSIZ - 1] = 0;
    std::string_view name = r.ifr_name;
    name = name.substr(0, name.find(':'));  // an alias label
    const bool changes = cmd == SIOCSIFFLAGS || cmd == SIOCSIFMTU || cmd == SIOCSIFHWADDR ||
                         cmd == SIOCSIFTXQLEN || cmd == SIOCSIFNAME || cmd == SIOCSIFMETRIC ||
                         cmd == SIOCADDMULTI || cmd == SIOCDELMULTI || cmd == SIOCSIFHWBROADCAST ||
                         cmd == SIOCSIFSLAVE || cmd == SIOCSIFMAP || cmd == SIOCGMIIPHY ||
                         cmd == SIOCGMIIREG || cmd == SIOCSMIIREG || cmd == SIOCWANDEV;
    if (changes && !who.net_admin) return err(EPERM);
    dev = dev_get_by_name(n, name);
    if (!dev) return err(ENODEV);
    done = changes ? set(*dev, cmd, r) : get(*dev, cmd, r);
  }
  if (done) std::memcpy(arg.data(), &r, sizeof r);
  return done;
}

}  // namespace linnet
