// The address ioctls of struct ifreq (man 7 netdevice), as ifconfig and older programs use them. With a label
// ("eth0:1") they mean that address; without, the device's first.
#include <linux/sockios.h>
#include <netinet/in.h>

#include <optional>

#include "net/core/dev_ioctl.hh"
#include "net/ipv4/devinet_ioctl.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/ip_rt_ioctl.hh"

namespace linnet {
namespace {

in_ifaddr* find(const net_device& dev, std::string_view label) {
  const in_device* idev = dev.ip_ptr;
  if (!idev) return nullptr;
  for (auto& ifa : idev->ifa_list) {
    if (label == ifa->ifa_label) return ifa.get();
  }
  return nullptr;
}

void put(sockaddr& out, be32 addr) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = addr.raw();
  std::memcpy(&out, &a, sizeof a);
}

be32 addr_of(const sockaddr& in) {
  sockaddr_in a;
  std::memcpy(&a, &in, sizeof a);
  return be32::from_raw(a.sin_addr.s_addr);
}

u8 prefixlen_of(be32 mask) { return static_cast<u8>(__builtin_popcount(mask.raw())); }
// The mask of an address's class (RFC 791), as SIOCSIFADDR takes it; nothing for a group (inet_abc_len).
std::optional<u8> class_prefix(be32 a) {
  const u32 h = a.host();
  if (!h || ipv4_is_lbcast(a)) return 0;
  if (ipv4_is_multicast(a)) return std::nullopt;
  if (!(h & 0x80000000)) return 8;
  if (!(h & 0x40000000)) return 16;
  return (h & 0x20000000) ? 32 : 24;
}

// Replaces `old` (may be null) by a changed copy: the routes follow.
status replace(net_device& dev, in_ifaddr* old, std::unique_ptr<in_ifaddr> fresh) {
  in_device* idev = inetdev_init(dev);
  if (!idev) return err(ENOBUFS);
  fresh->ifa_dev = idev;
  if (old) {
    if (status s = inet_del_ifa(*idev, *old); !s) return s;
  }
  return inet_insert_ifa(std::move(fresh));
}

status set(net_device& dev, unsigned cmd, std::string_view label, const ifreq& r) {
  in_ifaddr* old = find(dev, label);
  if (cmd != SIOCSIFADDR && !old) return err(EADDRNOTAVAIL);
  auto a = old ? std::make_unique<in_ifaddr>(*old) : std::make_unique<in_ifaddr>();
  const be32 v = addr_of(r.ifr_addr);
  switch (cmd) {
    case SIOCSIFADDR: {
      const auto prefix = class_prefix(v);
      if (!prefix) return err(EINVAL);
      if (old && old->ifa_local == v) return {};
      a->ifa_label = label;
      a->ifa_flags |= IFA_F_PERMANENT;
      a->ifa_local = a->ifa_address = v;
      a->ifa_prefixlen = dev.flags & IFF_POINTOPOINT ? u8{32} : *prefix;
      a->ifa_mask = inet_make_mask(a->ifa_prefixlen);
      a->ifa_broadcast = be32();
      if ((dev.flags & IFF_BROADCAST) && a->ifa_prefixlen < 31) a->ifa_broadcast = v | ~a->ifa_mask;
      a->ifa_scope = ipv4_is_loopback(v) ? u8{RT_SCOPE_HOST} : u8{RT_SCOPE_UNIVERSE};
      if (!v) {  // 0.0.0.0 takes the address away
        return old ? inet_del_ifa(*dev.ip_ptr, *old) : status();
      }
      break;
    }
    case SIOCSIFBRDADDR:
      if (a->ifa_broadcast == v) return {};
      a->ifa_broadcast = v;
      break;
    case SIOCSIFDSTADDR:
      if (a->ifa_address == v) return {};
      if (!class_prefix(v)) return err(EINVAL);
      a->ifa_address = v;
      break;
    case SIOCSIFNETMASK: {
      const u32 inverse = ~v.host();
      if (inverse & (inverse + 1)) return err(EINVAL);
      const be32 old_mask = a->ifa_mask;
      if (old_mask == v) return {};
      a->ifa_mask = v;
      a->ifa_prefixlen = prefixlen_of(v);
      // The broadcast address moves with the mask if it was the mask's.
      if ((dev.flags & IFF_BROADCAST) && a->ifa_prefixlen < 31 &&
          a->ifa_broadcast == (a->ifa_local | ~old_mask)) {
        a->ifa_broadcast = a->ifa_local | ~v;
      }
      break;
    }
    default: return err(EINVAL);
  }
  return replace(dev, old, std::move(a));
}

// Several addresses may have one label: the one that is asked for by its value too, else the first.
const in_ifaddr* find_asked(const net_device& dev, std::string_view label, const sockaddr& asked) {
  if (asked.sa_family == AF_INET && dev.ip_ptr) {
    for (auto& ifa : dev.ip_ptr->ifa_list)
      if (label == ifa->ifa_label && ifa->ifa_local == addr_of(asked)) return ifa.get();
  }
  return find(dev, label);
}

status get(net_device& dev, unsigned cmd, std::string_view label, ifreq& r) {
  const in_ifaddr* a = find_asked(dev, label, r.ifr_addr);
  if (!a) return err(EADDRNOTAVAIL);
  switch (cmd) {
    case SIOCGIFADDR: put(r.ifr_addr, a->ifa_local); break;
    case SIOCGIFBRDADDR: put(r.ifr_broadaddr, a->ifa_broadcast); break;
    case SIOCGIFDSTADDR: put(r.ifr_dstaddr, a->ifa_address); break;
    default: put(r.ifr_netmask, a->ifa_mask); break;
  }
  return {};
}

// SIOCSIFFLAGS of an alias: down takes its address away, all else is for the device itself.
status set_alias_flags(net_device& dev, std::string_view label, const ifreq& r) {
  in_ifaddr* a = find(dev, label);
  if (!a) return err(EADDRNOTAVAIL);
  return r.ifr_flags & IFF_UP ? status() : inet_del_ifa(*dev.ip_ptr, *a);
}

// SIOCGIFCONF: each address with its label, as many as fit.
int gifconf(net& n, bytes arg) {
  size_t at = 0;
  for (auto& [index, dev] : n.dev_base) {
    if (!dev->ip_ptr) continue;
    for (auto& ifa : dev->ip_ptr->ifa_list) {
      if (arg.empty()) {
        at += sizeof(ifreq);
        continue;
      }
      if (at + sizeof(ifreq) > arg.size()) return static_cast<int>(at);
      ifreq r{};
      std::memcpy(r.ifr_name, ifa->ifa_label.data(),
                  std::min<size_t>(ifa->ifa_label.size(), IFNAMSIZ - 1));
      put(r.ifr_addr, ifa->ifa_local);
      std::memcpy(arg.data() + at, &r, sizeof r);
      at += sizeof r;
    }
  }
  return static_cast<int>(at);
}

}  // namespace

result<int> devinet_ioctl(net& n, const cred& who, unsigned cmd, bytes arg) {
  const bool reads =
      cmd == SIOCGIFADDR || cmd == SIOCGIFBRDADDR || cmd == SIOCGIFDSTADDR || cmd == SIOCGIFNETMASK;
  const bool writes =
      cmd == SIOCSIFADDR || cmd == SIOCSIFBRDADDR || cmd == SIOCSIFDSTADDR || cmd == SIOCSIFNETMASK;
  if (cmd == SIOCGIFCONF) return gifconf(n, arg);
  if (cmd == SIOCADDRT || cmd == SIOCDELRT) return ip_rt_ioctl(n, who, cmd, arg);
  ifreq r;
  const bool of_alias = cmd == SIOCSIFFLAGS && arg.size() >= sizeof r &&
                        std::memchr(arg.data(), ':', IFNAMSIZ - 1) != nullptr;
  if (!reads && !writes && !of_alias) return err(ENOIOCTLCMD);
  if (arg.size() < sizeof r) return err(EFAULT);
  std::memcpy(&r, arg.data(), sizeof r);
  r.ifr_name[IFNAMSIZ - 1] = 0;
  const std::string_view label = r.ifr_name;
  if (!reads && !who.net_admin) return err(EPERM);
  if (writes && r.ifr_addr.sa_family != AF_INET) return err(EINVAL);
  net_device* dev = dev_get_by_name(n, label.substr(0, label.find(':')));
  if (!dev) return err(ENODEV);
  const status done = of_alias ? set_alias_flags(*dev, label, r)
                      : reads  ? get(*dev, cmd, label, r)
                               : set(*dev, cmd, label, r);
  if (!done) return std::unexpected(done.error());
  if (reads) std::memcpy(arg.data(), &r, sizeof r);
  return 0;
}

}  // namespace linnet
