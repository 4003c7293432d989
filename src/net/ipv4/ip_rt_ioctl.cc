// A struct rtentry becomes what a route message would be (fib_config), and goes to the table in the same way. Reject routes
// are unreachable ones; a device's alias ("eth0:1") gives the source address; its metrics become a route's.
#include "net/ipv4/ip_rt_ioctl.hh"

#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/route.h>
#include <netinet/in.h>

#include <array>
#include <bit>
#include <cstring>
#include <string_view>

#include "net/core/l3mdev.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/inetdevice.hh"

namespace linnet {
namespace {

// Route messages carry metrics as nested attributes, and so does fib_config.
struct metrics_attr {
  struct metric {
    nlattr header;
    u32 value;
  };
  nlattr nest{};
  std::array<metric, 3> all{};

  void add(int type, u32 value) {
    if (nest.nla_len == 0) nest = {sizeof nest, RTA_METRICS};
    all[(nest.nla_len - sizeof nest) / sizeof(metric)] = {{sizeof(metric), static_cast<u16>(type)},
                                                          value};
    nest.nla_len = static_cast<u16>(nest.nla_len + sizeof(metric));
  }
  nla attr() const { return nest.nla_len ? nla(reinterpret_cast<const std::byte*>(this)) : nla(); }
};

sockaddr_in as_in(const sockaddr& a) {
  sockaddr_in in;
  std::memcpy(&in, &a, sizeof in);
  return in;
}
be32 address(const sockaddr& a) { return be32::from_raw(as_in(a).sin_addr.s_addr); }

// The prefix: RTF_HOST says 32 bits, else the mask does.
status take_prefix(fib_config& cfg, const rtentry& rt) {
  if (rt.rt_dst.sa_family != AF_INET) return err(EAFNOSUPPORT);
  cfg.dst = address(rt.rt_dst);
  cfg.dst_len = 32;
  if (rt.rt_flags & RTF_HOST) return {};
  const be32 mask = address(rt.rt_genmask);
  if (rt.rt_genmask.sa_family != AF_INET && (mask || rt.rt_genmask.sa_family))
    return err(EAFNOSUPPORT);
  const u32 hosts = ~mask.host();
  if ((hosts & (hosts + 1)) || (cfg.dst.host() & hosts)) return err(EINVAL);
  cfg.dst_len = static_cast<u8>(std::popcount(mask.host()));
  return {};
}

// The device, or the address of a device by its label.
status take_device(net& n, fib_config& cfg, std::string_view name) {
  const size_t colon = name.find(':');
  net_device* dev = dev_get_by_name(n, name.substr(0, colon));
  if (!dev) return err(ENODEV);
  cfg.oif = dev->ifindex;
  cfg.table = l3mdev_fib_table(*dev);
  if (colon == std::string_view::npos) return {};
  if (!dev->ip_ptr) return err(ENODEV);
  for (const auto& ifa : dev->ip_ptr->ifa_list)
    if (ifa->ifa_label == name) {
      cfg.prefsrc = ifa->ifa_local;
      return {};
    }
  return err(ENODEV);
}

void take_metrics(metrics_attr& mx, const rtentry& rt) {
  constexpr u32 headers =
      40;  // of TCP and IP: what is given is an MTU, what is kept a segment's size
  if (rt.rt_flags & RTF_MTU) mx.add(RTAX_ADVMSS, static_cast<u32>(rt.rt_mtu) - headers);
  if (rt.rt_flags & RTF_WINDOW) mx.add(RTAX_WINDOW, static_cast<u32>(rt.rt_window));
  if (rt.rt_flags & RTF_IRTT) mx.add(RTAX_RTT, static_cast<u32>(rt.rt_irtt) << 3);
}

// rtentry_to_fib_config.
status to_fib_config(net& n, unsigned cmd, const rtentry& rt, std::string_view dev, fib_config& cfg,
                     metrics_attr& mx) {
  if (status s = take_prefix(cfg, rt); !s) return s;
  if (cmd != SIOCDELRT) {
    cfg.nlflags = NLM_F_CREATE;
    cfg.protocol = RTPROT_BOOT;
  }
  if (rt.rt_metric) cfg.priority = static_cast<u32>(rt.rt_metric - 1);
  cfg.table = RT_TABLE_MAIN;
  if (rt.rt_flags & RTF_REJECT) {
    cfg.scope = RT_SCOPE_HOST;
    cfg.type = RTN_UNREACHABLE;
    return {};
  }
  cfg.scope = RT_SCOPE_NOWHERE;
  cfg.type = RTN_UNICAST;
  if (rt.rt_dev)
    if (status s = take_device(n, cfg, dev); !s) return s;
  if (!cfg.table) cfg.table = RT_TABLE_MAIN;
  if (const be32 gw = address(rt.rt_gateway); rt.rt_gateway.sa_family == AF_INET && gw) {
    cfg.gw_family = AF_INET;
    cfg.gw = gw;
    if (rt.rt_flags & RTF_GATEWAY && inet_addr_type_table(n, gw, cfg.table) == RTN_UNICAST)
      cfg.scope = RT_SCOPE_UNIVERSE;
  }
  if (cmd == SIOCDELRT) return {};
  if (rt.rt_flags & RTF_GATEWAY && !cfg.gw_family) return err(EINVAL);
  if (cfg.scope == RT_SCOPE_NOWHERE) cfg.scope = RT_SCOPE_LINK;
  take_metrics(mx, rt);
  cfg.mx = mx.attr();
  return {};
}

}  // namespace

result<int> ip_rt_ioctl(net& n, const cred& who, unsigned cmd, bytes arg) {
  if (!who.net_admin) return err(EPERM);
  rtentry rt;
  if (arg.size() < sizeof rt) return err(EFAULT);
  std::memcpy(&rt, arg.data(), sizeof rt);
  std::string_view dev(reinterpret_cast<const char*>(arg.data()) + sizeof rt,
                       arg.size() - sizeof rt);
  dev = dev.substr(0, std::min<size_t>(dev.find('\0'), IFNAMSIZ - 1));
  fib_config cfg;
  metrics_attr mx;
  if (status s = to_fib_config(n, cmd, rt, dev, cfg, mx); !s) return std::unexpected(s.error());
  status done;
  if (cmd == SIOCDELRT) {
    fib_table* tb = fib_get_table(n, cfg.table);
    done = tb ? fib_table_delete(n, *tb, cfg) : status(err(ESRCH));
  } else {
    done = fib_table_insert(n, fib_new_table(n, cfg.table), cfg);
  }
  if (!done) return std::unexpected(done.error());
  return 0;
}

}  // namespace linnet
