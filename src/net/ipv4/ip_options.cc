// Options: validation on input.
#include "net/ipv4/ip_options.hh"

#include <linux/icmp.h>
#include <linux/ip.h>

#include "net/ipv4/icmp.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/snmp.hh"

namespace linnet {

u8 ip_options_check(const_bytes header, bool& source_route) {
  auto at = [&](size_t i) { return std::to_integer<u8>(header[i]); };
  bool have_rr = false, have_ts = false, have_srr = false, have_ra = false;
  for (size_t i = 20; i < header.size();) {
    const auto bad = [&](size_t k) { return static_cast<u8>(i + k); };
    const u8 opt = at(i);
    if (opt == IPOPT_END) return 0;
    if (opt == IPOPT_NOOP) {
      ++i;
      continue;
    }
    if (i + 1 >= header.size()) return bad(0);
    const size_t len = at(i + 1);
    if (len < 2 || i + len > header.size()) return bad(0);
    switch (opt) {
      case IPOPT_SSRR:
      case IPOPT_LSRR:
        if (len < 3) return bad(1);
        if (at(i + 2) < 4) return bad(2);
        if (have_srr) return bad(0);
        have_srr = source_route = true;
        break;
      case IPOPT_RR: {
        if (have_rr) return bad(0);
        if (len < 3) return bad(1);
        const u8 ptr = at(i + 2);
        if (ptr < 4 || (ptr <= len && ptr + 3u > len)) return bad(2);
        have_rr = true;
        break;
      }
      case IPOPT_TIMESTAMP: {
        if (have_ts) return bad(0);
        if (len < 4) return bad(1);
        const u8 ptr = at(i + 2);
        if (ptr < 5) return bad(2);
        if (ptr <= len) {
          const u8 flag = at(i + 3) & 0xf;
          if (ptr + 3u > len) return bad(2);
          if (flag != IPOPT_TS_TSONLY && ptr + 7u > len) return bad(2);
          if (flag != IPOPT_TS_TSONLY && flag != IPOPT_TS_TSANDADDR && flag != IPOPT_TS_PRESPEC) {
            return bad(3);
          }
        }
        have_ts = true;
        break;
      }
      case IPOPT_RA:
        if (len < 4) return bad(1);
        if (have_ra) return bad(0);
        have_ra = true;
        break;
      default: break;  // unknown options are passed over
    }
    i += len;
  }
  return 0;
}

skb_drop_reason ip_rcv_options(sk_buff& s, net_device& dev) {
  net& n = *dev.nd_net;
  const iphdr& ip = ip_hdr(s);
  bool source_route = false;
  const const_bytes header = {s.network(), ip.header_len()};
  if (const u8 bad = ip_options_check(header, source_route)) {
    icmp_send(s, ICMP_PARAMETERPROB, 0, be32(u32{bad} << 24));
    ip_inc_stats(n, IPSTATS_MIB_INHDRERRORS);
    return skb_drop_reason::IP_INHDR;
  }
  // The sum of the "all" and the device's setting must allow it (IN_DEV_SOURCE_ROUTE).
  if (source_route && !in_dev_andconf(*dev.ip_ptr, IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE)) {
    return skb_drop_reason::NOT_SPECIFIED;
  }
  ipcb(s).optlen = static_cast<u8>(ip.header_len() - sizeof(iphdr));
  return skb_drop_reason::not_dropped_yet;
}

}  // namespace linnet
