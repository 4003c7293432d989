// Which ports are given to sockets that ask for none: net.ipv4.ip_local_port_range and its narrowing by one socket
// (IP_LOCAL_PORT_RANGE), without those of net.ipv4.ip_local_reserved_ports.
#include "net/ipv4/inet_ports.hh"

#include <algorithm>
#include <charconv>

#include "net/core/sysctl.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {

// inet_sk_get_local_port_range: a socket's bound counts where it lies within the namespace's.
std::pair<u16, u16> inet_local_port_range(const inet_sock& sk) {
  auto [low, high] = ipv4_of(sk.ns).local_port_range;
  const auto [own_low, own_high] = sk.local_port_range;
  if (own_low || own_high) {
    if (low <= own_low && own_low <= high) low = own_low;
    if (low <= own_high && own_high <= high) high = own_high;
  }
  return {low, high};
}

bool inet_is_local_reserved_port(const net& n, u16 port) {
  const auto& reserved = ipv4_of(n).reserved_ports;
  return !reserved.empty() && reserved[port];
}

bool inet_port_requires_bind_service(net& n, u16 port) {
  constexpr s64 usual = 1024;
  const auto start = sysctl_values(n, "ipv4/ip_unprivileged_port_start");
  return port < (start ? (*start)[0] : usual);
}

namespace {

// "5000,6000-6002" (proc_do_large_bitmap).
std::string show_ports(const std::vector<bool>& ports) {
  std::string out;
  for (size_t i = 0; i < ports.size(); ++i) {
    if (!ports[i]) continue;
    size_t last = i;
    while (last + 1 < ports.size() && ports[last + 1]) ++last;
    if (!out.empty()) out += ',';
    out += std::to_string(i);
    if (last > i) out += '-' + std::to_string(last);
    i = last;
  }
  return out;
}

}  // namespace

std::string show_reserved_ports(const ctl_at& at) {
  return show_ports(ipv4_of(at.ns).reserved_ports);
}

status store_reserved_ports(const ctl_at& at, std::string_view text) {
  constexpr size_t all = 65536;
  std::vector<bool> ports(all);
  const auto number = [&](size_t& v) {
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), v);
    if (bad != std::errc() || v >= all) return false;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return true;
  };
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  bool any = false;
  while (!text.empty()) {
    size_t first, last;
    if (!number(first)) return err(EINVAL);
    last = first;
    if (!text.empty() && text.front() == '-') {
      text.remove_prefix(1);
      if (!number(last) || last < first) return err(EINVAL);
    }
    if (!text.empty()) {
      if (text.front() != ',') return err(EINVAL);
      text.remove_prefix(1);
    }
    std::fill(ports.begin() + static_cast<std::ptrdiff_t>(first),
              ports.begin() + static_cast<std::ptrdiff_t>(last) + 1, true);
    any = true;
  }
  if (!any) ports.clear();
  ipv4_of(at.ns).reserved_ports = std::move(ports);
  return {};
}

}  // namespace linnet
