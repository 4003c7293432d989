// What made a device, its link, its clocks; features are in ethtool_features.cc.
#include "net/core/ethtool.hh"

#include <linux/ethtool.h>
#include <linux/net_tstamp.h>

#include <algorithm>
#include <cstring>

#include "net/core/cred.hh"
#include "net/core/net_device.hh"

namespace linnet {
namespace {

template <class T>
status put(bytes out, const T& v) {
  if (out.size() < sizeof v) return err(EFAULT);
  std::memcpy(out.data(), &v, sizeof v);
  return {};
}

status driver(const net_device& dev, bytes out) {
  if (!dev.rtnl_link_ops) return err(EOPNOTSUPP);
  ethtool_drvinfo i{};
  i.cmd = ETHTOOL_GDRVINFO;
  std::strncpy(i.driver, dev.rtnl_link_ops->kind, sizeof i.driver - 1);
  std::strncpy(i.version, "1.0", sizeof i.version);
  return put(out, i);
}

status time_stamps(bytes out) {
  ethtool_ts_info i{};
  i.cmd = ETHTOOL_GET_TS_INFO;
  i.so_timestamping = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  i.phc_index = -1;
  return put(out, i);
}

// The caller says how much room follows.
status permanent_address(const net_device& dev, bytes out) {
  ethtool_perm_addr a;
  if (out.size() < sizeof a + max_addr_len) return err(EFAULT);
  std::memcpy(&a, out.data(), sizeof a);
  if (a.size < dev.addr_len) return err(EINVAL);
  a.size = dev.addr_len;
  std::memcpy(out.data(), &a, sizeof a);
  std::memcpy(out.data() + sizeof a, dev.perm_addr.data(), dev.addr_len);
  return {};
}

}  // namespace

size_t ethtool_size(u32 command) {
  switch (command) {
    case ETHTOOL_GDRVINFO: return sizeof(ethtool_drvinfo);
    case ETHTOOL_GET_TS_INFO: return sizeof(ethtool_ts_info);
    case ETHTOOL_GPERMADDR: return sizeof(ethtool_perm_addr) + max_addr_len;
    case ETHTOOL_GLINK: return sizeof(ethtool_value);
    default: return ethtool_features_size(command);
  }
}

namespace {

// Who may change nothing may ask for these only.
bool needs_no_right(u32 cmd) {
  switch (cmd) {
    case ETHTOOL_GDRVINFO:
    case ETHTOOL_GET_TS_INFO:
    case ETHTOOL_GPERMADDR:
    case ETHTOOL_GLINK:
    case ETHTOOL_GTXCSUM:
    case ETHTOOL_GRXCSUM:
    case ETHTOOL_GSG:
    case ETHTOOL_GTSO:
    case ETHTOOL_GGSO:
    case ETHTOOL_GGRO:
    case ETHTOOL_GFLAGS:
    case ETHTOOL_GSSET_INFO:
    case ETHTOOL_GSTRINGS:
    case ETHTOOL_GFEATURES: return true;
    default: return false;
  }
}

status information(const net_device& dev, u32 cmd, bytes command) {
  switch (cmd) {
    case ETHTOOL_GDRVINFO: return driver(dev, command);
    case ETHTOOL_GET_TS_INFO: return time_stamps(command);
    case ETHTOOL_GPERMADDR: return permanent_address(dev, command);
    default:
      if (dev.ops->no_link_state) return err(EOPNOTSUPP);
      return put(command, ethtool_value{cmd, dev.up() && dev.carrier_ok()});
  }
}

}  // namespace

result<int> dev_ethtool(net_device& dev, const cred& who, bytes command) {
  u32 cmd;
  if (command.size() < sizeof cmd) return err(EFAULT);
  std::memcpy(&cmd, command.data(), sizeof cmd);
  if (!needs_no_right(cmd) && !who.net_admin) return err(EPERM);
  switch (cmd) {
    case ETHTOOL_GDRVINFO:
    case ETHTOOL_GET_TS_INFO:
    case ETHTOOL_GPERMADDR:
    case ETHTOOL_GLINK:
      if (status done = information(dev, cmd, command); !done) return std::unexpected(done.error());
      return 0;
    default: return dev_ethtool_features(dev, cmd, command);
  }
}

}  // namespace linnet
