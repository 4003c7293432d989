// The attributes of a device that are files of their own, what they show, and what a write to them does. Numbers
// are read as kstrtoul reads them: nothing but one newline may follow.
#include <sys/stat.h>

#include <cctype>
#include <cstdio>
#include <span>

#include "net/core/net_sysfs.hh"
#include "net/core/rtnetlink.hh"

namespace linnet {
namespace {

using text = result<std::string>;
using attribute = const device_attribute&;

text line(auto number) { return std::to_string(number) + '\n'; }
text hex(unsigned number) {
  char s[16];
  snprintf(s, sizeof s, "0x%x\n", number);
  return s;
}
text mac(const hw_addr& a, unsigned len) {
  std::string s;
  for (unsigned i = 0; i < len; ++i) {
    char part[4];
    snprintf(part, sizeof part, i ? ":%02x" : "%02x", a[i]);
    s += part;
  }
  return s + '\n';
}

int digit(char c) {
  if (std::isdigit(static_cast<unsigned char>(c))) return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

// kstrtoul with base 0: EINVAL, ERANGE.
result<u64> number(std::string_view s) {
  if (s.ends_with('\n')) s.remove_suffix(1);
  if (s.starts_with('+')) s.remove_prefix(1);
  unsigned base = 10;
  if (s.size() > 2 && s[0] == '0' && (s[1] | 0x20) == 'x' && digit(s[2]) < 16) {
    base = 16;
    s.remove_prefix(2);
  } else if (s.starts_with('0')) {
    base = 8;
  }
  u64 value = 0;
  bool overflow = false;
  size_t i = 0;
  for (; i < s.size() && static_cast<unsigned>(digit(s[i])) < base; ++i)
    overflow |= __builtin_mul_overflow(value, u64{base}, &value) ||
                __builtin_add_overflow(value, static_cast<u64>(digit(s[i])), &value);
  if (i == 0 || (i < s.size() && !overflow)) return err(EINVAL);
  if (overflow) return err(ERANGE);
  return value;
}

// A store that wants a number.
template <status (*set)(net_device&, u64)>
status numeric(net_device& d, std::string_view s) {
  auto v = number(s);
  if (!v) return std::unexpected(v.error());
  return set(d, *v);
}

template <auto M>
text field(net_device& d, attribute) {
  return line(d.*M);
}

// What counts only while the device is up.
template <text (*show)(net_device&, attribute)>
text when_up(net_device& d, attribute a) {
  if (!d.up()) return err(EINVAL);
  return show(d, a);
}

status set_mtu(net_device& d, u64 v) {
  const int mtu = static_cast<int>(v);
  if (mtu < 0) return err(EINVAL);
  return dev_set_mtu(d, static_cast<u32>(mtu));
}

status set_flags(net_device& d, u64 v) { return dev_change_flags(d, static_cast<unsigned>(v)); }

status set_tx_queue_len(net_device& d, u64 v) {
  if (v > UINT32_MAX) return err(ERANGE);
  d.tx_queue_len = static_cast<u32>(v);
  return {};
}

status set_group(net_device& d, u64 v) {
  d.group = static_cast<u32>(v);
  return {};
}

status set_carrier(net_device& d, u64 v) {
  if (!d.up()) return err(EINVAL);
  return d.ops->ndo_change_carrier(d, v != 0);
}

status store_carrier(net_device& d, std::string_view s) {
  return d.ops->ndo_change_carrier ? numeric<set_carrier>(d, s) : err(EOPNOTSUPP);
}

status unsupported(net_device&, u64) { return err(EOPNOTSUPP); }

status store_ifalias(net_device& d, std::string_view s) {
  if (s.ends_with('\n')) s.remove_suffix(1);
  if (status done = dev_set_alias(d, s); !done) return done;
  rtmsg_ifinfo(RTM_NEWLINK, d, 0);
  return {};
}

text show_operstate(net_device& d, attribute) {
  static constexpr const char* names[] = {"unknown\n", "notpresent\n", "down\n", "lowerlayerdown\n",
                                          "testing\n", "dormant\n",    "up\n"};
  const u8 state = d.up() ? d.operstate : u8{IF_OPER_DOWN};
  return state < std::size(names) ? names[state] : "unknown\n";
}

std::string_view kind_of(const net_device& d) {
  return d.rtnl_link_ops ? d.rtnl_link_ops->kind : "";
}

// Of the virtual devices only veth says a speed, and a VLAN that of the device below.
bool has_speed(const net_device& d) {
  if (!d.up()) return false;
  if (kind_of(d) == "vlan") {
    const net_device* lower = dev_get_by_index(*d.nd_net, d.ops->ndo_get_iflink(d));
    return lower && lower != &d && has_speed(*lower);
  }
  return kind_of(d) == "veth";
}
text show_speed(net_device& d, attribute) {
  if (!has_speed(d)) return err(EINVAL);
  return "10000\n";
}
text show_duplex(net_device& d, attribute) {
  if (!has_speed(d)) return err(EINVAL);
  return "full\n";
}

text zero(net_device&, attribute) { return "0\n"; }
text not_supported(net_device&, attribute) { return err(EOPNOTSUPP); }

// How the name came about (NET_NAME_*): the kernel's own lo is predictable, others were asked for.
text show_name_assign_type(net_device& d, attribute) { return d.rtnl_link_ops ? "3\n" : "2\n"; }

constexpr u32 ro = S_IFREG | 0444, rw = S_IFREG | 0644, dir = S_IFDIR | 0755;

constexpr device_attribute attributes[] = {
    {"uevent", rw,
     [](net_device& d, attribute) -> text {
       const std::string_view kind = kind_of(d);
       const bool named = kind == "vlan" || kind == "bridge";
       return (named ? "DEVTYPE=" + std::string(kind) + '\n' : "") + "INTERFACE=" + d.name +
              "\nIFINDEX=" + std::to_string(d.ifindex) + '\n';
     }},
    {"carrier_changes", ro,
     [](net_device& d, attribute) { return line(d.carrier_up_count + d.carrier_down_count); }},
    {"testing", ro, when_up<zero>},
    {"carrier", rw, when_up<[](net_device& d, attribute) { return line(int{d.carrier_ok()}); }>,
     store_carrier},
    {"dev_id", ro, [](net_device&, attribute) { return hex(0); }},
    {"carrier_down_count", ro, field<&net_device::carrier_down_count>},
    {"proto_down", rw, [](net_device& d, attribute) { return line(int{d.proto_down}); },
     numeric<unsupported>},
    {"address", ro, [](net_device& d, attribute) { return mac(d.dev_addr, d.addr_len); }},
    {"operstate", ro, show_operstate},
    {"phys_switch_id", ro, not_supported},
    {"link_mode", ro, field<&net_device::link_mode>},
    {"dormant", ro, when_up<[](net_device& d, attribute) { return line(int{d.dormant}); }>},
    {"statistics", dir},
    {"mtu", rw, field<&net_device::mtu>, numeric<set_mtu>},
    {"carrier_up_count", ro, field<&net_device::carrier_up_count>},
    {"ifalias", rw,
     [](net_device& d, attribute) -> text { return d.ifalias.empty() ? "" : d.ifalias + '\n'; },
     store_ifalias},
    {"speed", ro, show_speed},
    {"netdev_group", rw, [](net_device& d, attribute) { return line(static_cast<s32>(d.group)); },
     numeric<set_group>},
    {"phys_port_name", ro, not_supported},
    {"ifindex", ro, field<&net_device::ifindex>},
    {"broadcast", ro, [](net_device& d, attribute) { return mac(d.broadcast, d.addr_len); }},
    {"type", ro, field<&net_device::type>},
    {"dev_port", ro, zero},
    {"phys_port_id", ro, not_supported},
    {"queues", dir},
    {"queues/rx-0", dir},
    {"queues/tx-0", dir},
    {"queues/tx-0/tx_timeout", ro, zero},
    {"queues/tx-0/traffic_class", ro, [](net_device&, attribute) -> text { return err(ENOENT); }},
    {"name_assign_type", ro, show_name_assign_type},
    {"duplex", ro, show_duplex},
    {"subsystem", S_IFLNK | 0777, [](net_device&, attribute) -> text { return err(EISDIR); },
     nullptr, "../../../../class/net"},
    {"addr_assign_type", ro, field<&net_device::addr_assign_type>},
    {"addr_len", ro, field<&net_device::addr_len>},
    {"threaded", rw, zero, numeric<unsupported>},
    {"tx_queue_len", rw,
     [](net_device& d, attribute) { return line(static_cast<s32>(d.tx_queue_len)); },
     numeric<set_tx_queue_len>},
    {"iflink", ro,
     [](net_device& d, attribute) {
       return line(d.ops && d.ops->ndo_get_iflink ? d.ops->ndo_get_iflink(d) : d.ifindex);
     }},
    // Without the volatile ones but for what user space set of them.
    {"flags", rw, [](net_device& d, attribute) { return hex(d.flags); }, numeric<set_flags>},
};

}  // namespace

const std::span<const device_attribute> net_class_attributes = attributes;

}  // namespace linnet
