// Options and control messages of IPv4 sockets (man 7 ip).

#include <algorithm>

#include "base/checksum.hh"
#include "net/core/cmsg.hh"
#include "net/core/l3mdev.hh"
#include "net/core/net_device.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/raw.hh"

namespace linnet {
namespace {

template <class T>
const_bytes bytes_of(const T& v) {
  return std::as_bytes(std::span(&v, 1));
}

status int_in(int v, int low, int high) {
  if (v < low || v > high) return err(EINVAL);
  return {};
}

void set_bit(u32& flags, u32 bit, int v) { flags = v ? flags | bit : flags & ~bit; }

status set_membership(inet_sock& sk, int name, const_bytes value) {
  const bool of_stream = sk.type == SOCK_STREAM;  // one that will be connected listens to one peer
  if (of_stream && (name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP)) return err(EPROTO);
  return ip_mc_setsockopt(sk.mc_list, sk.ns, name, value);
}

// The device and source of multicasts, by a struct ip_mreqn, ip_mreq or in_addr.
status multicast_if(inet_sock& sk, const_bytes value) {
  if (sk.type == SOCK_STREAM || value.size() < sizeof(in_addr)) return err(EINVAL);
  ip_mreqn m{};
  if (value.size() >= sizeof m)
    std::memcpy(&m, value.data(), sizeof m);
  else if (value.size() >= sizeof(ip_mreq))
    std::memcpy(&m, value.data(), sizeof(ip_mreq));
  else
    std::memcpy(&m.imr_address, value.data(), sizeof(in_addr));
  const be32 addr = be32::from_raw(m.imr_address.s_addr);
  if (!m.imr_ifindex && !addr) {
    sk.mc_index = 0;
    sk.mc_addr = be32();
    return {};
  }
  const net_device* dev =
      m.imr_ifindex ? dev_get_by_index(sk.ns, m.imr_ifindex) : ip_dev_find(sk.ns, addr);
  if (!dev) return err(EADDRNOTAVAIL);
  const net_device* vrf = l3mdev_master_dev(*dev);
  if (sk.bound_dev_if && sk.bound_dev_if != dev->ifindex &&
      !(vrf && sk.bound_dev_if == vrf->ifindex))
    return err(EINVAL);
  sk.mc_index = dev->ifindex;
  sk.mc_addr = addr;
  return {};
}

}  // namespace

namespace {

// MRT_BASE to MRT_MAX; <linux/mroute.h> and <netinet/in.h> cannot be read together.
bool is_mroute_option(int name) {
  constexpr int first = 200, last = 212;
  return name >= first && name <= last;
}

// Options that take an int or a byte, and are read as that before anything else.
bool takes_int(int name) {
  switch (name) {
    case IP_PKTINFO:
    case IP_RECVTTL:
    case IP_RECVOPTS:
    case IP_RECVTOS:
    case IP_RETOPTS:
    case IP_TOS:
    case IP_TTL:
    case IP_HDRINCL:
    case IP_MTU_DISCOVER:
    case IP_RECVERR:
    case IP_ROUTER_ALERT:
    case IP_FREEBIND:
    case IP_PASSSEC:
    case IP_TRANSPARENT:
    case IP_MINTTL:
    case IP_NODEFRAG:
    case IP_BIND_ADDRESS_NO_PORT:
    case IP_UNICAST_IF:
    case IP_MULTICAST_TTL:
    case IP_MULTICAST_ALL:
    case IP_MULTICAST_LOOP:
    case IP_RECVORIGDSTADDR:
    case IP_CHECKSUM:
    case IP_RECVFRAGSIZE:
    case IP_RECVERR_RFC4884:
    case IP_LOCAL_PORT_RANGE_: return true;
    default: return false;
  }
}

// Policies of IPsec for one socket (xfrm_user_policy): there is nobody who would understand one.
status set_policy(const sockopt_value& value) {
  if (value.is_null && value.empty()) return {};
  if (value.empty() || value.size() > 4096) return err(EMSGSIZE);
  return err(value.has(value.size()) ? EINVAL : EFAULT);
}

// IP_LOCAL_PORT_RANGE: the lowest port in the lower half, the highest in the upper; 0: no bound.
status set_port_range(inet_sock& sk, int v, size_t length) {
  if (length != sizeof v) return err(EINVAL);
  const u16 low = static_cast<u16>(v), high = static_cast<u16>(static_cast<u32>(v) >> 16);
  if (low && high && low > high) return err(EINVAL);
  sk.local_port_range = {low, high};
  return {};
}

}  // namespace

status ip_getsockopt_check(const socket&, int name) {
  return is_mroute_option(name) ? status(err(EOPNOTSUPP)) : status();
}

status ip_setsockopt(socket& s, int name, const sockopt_value& value) {
  inet_sock& sk = inet_sk(s);
  if (is_mroute_option(name)) return err(EOPNOTSUPP);
  // Only as much as the option takes has to be there.
  const size_t needed = takes_int(name) ? std::min(value.size(), value.size() < 4 ? size_t{1} : 4)
                        : name == IP_MSFILTER || name == MCAST_MSFILTER || name == IP_OPTIONS
                            ? value.size()
                            : std::min(value.size(), sizeof(group_source_req));
  const bool known =
      takes_int(name) || (name >= IP_MULTICAST_IF && name <= MCAST_MSFILTER) || name == IP_OPTIONS;
  if (known && (name != IP_OPTIONS || value.size() <= max_ipoptlen) && !value.has(needed))
    return err(EFAULT);
  // Most options take an int, or a byte.
  int v = 0;
  if (value.size() >= sizeof v) {
    std::memcpy(&v, value.data(), sizeof v);
  } else if (!value.empty()) {
    v = std::to_integer<u8>(value[0]);
  }
  const bool have = !value.empty();
  if (is_ip_mc_option(name)) return set_membership(sk, name, value);
  switch (name) {
    case IP_TTL:
      if (!have) return err(EINVAL);
      if (v != -1) {
        if (status ok = int_in(v, 1, 255); !ok) return ok;
      }
      sk.uc_ttl = v;
      return {};
    case IP_TOS:
      // The bits of ECN are TCP's own.
      sk.tos = static_cast<u8>(sk.type == SOCK_STREAM ? (v & ~3) | (sk.tos & 3) : v);
      sk.priority = rt_tos2priority(sk.tos);
      return {};
    case IP_HDRINCL:
      if (sk.type != SOCK_RAW) return err(ENOPROTOOPT);
      sk.hdrincl = v;
      return {};
    case IP_RECVERR:
      sk.recverr = v;
      if (!v) sk.error_queue.purge(skb_drop_reason::QUEUE_PURGE);
      return {};
    case IP_RECVERR_RFC4884:
      if (status ok = int_in(v, 0, 1); !ok) return ok;
      sk.recverr_rfc4884 = v;
      return {};
    case IP_MTU_DISCOVER:
      if (status ok = int_in(v, IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT); !ok) return ok;
      sk.pmtudisc = static_cast<u8>(v);
      return {};
    case IP_OPTIONS: {
      auto opt = ip_options_get(sk.ns, value, s.owner.net_raw);
      if (!opt) return std::unexpected(opt.error());
      sk.inet_opt = opt->optlen ? std::make_unique<ip_options_data>(*opt) : nullptr;
      return {};
    }
    case IP_ROUTER_ALERT: return ip_ra_control(sk, v != 0);
    case IP_CHECKSUM: set_bit(sk.cmsg_flags, IP_CMSG_CHECKSUM, v); return {};
    case IP_RECVFRAGSIZE:
      if (sk.type != SOCK_RAW && sk.type != SOCK_DGRAM) return err(EINVAL);
      set_bit(sk.cmsg_flags, IP_CMSG_RECVFRAGSIZE, v);
      return {};
    case IP_PKTINFO: set_bit(sk.cmsg_flags, IP_CMSG_PKTINFO, v); return {};
    case IP_RECVTTL: set_bit(sk.cmsg_flags, IP_CMSG_TTL, v); return {};
    case IP_RECVTOS: set_bit(sk.cmsg_flags, IP_CMSG_TOS, v); return {};
    case IP_RECVOPTS: set_bit(sk.cmsg_flags, IP_CMSG_RECVOPTS, v); return {};
    case IP_RETOPTS: set_bit(sk.cmsg_flags, IP_CMSG_RETOPTS, v); return {};
    case IP_RECVORIGDSTADDR: set_bit(sk.cmsg_flags, IP_CMSG_ORIGDSTADDR, v); return {};
    case IP_PASSSEC: set_bit(sk.cmsg_flags, IP_CMSG_PASSSEC, v); return {};
    case IP_IPSEC_POLICY:
    case IP_XFRM_POLICY:
      if (!s.owner.net_admin) return err(EPERM);
      return set_policy(value);
    case IP_LOCAL_PORT_RANGE_: return set_port_range(sk, v, value.size());
    case IP_FREEBIND:
      if (!have) return err(EINVAL);
      sk.freebind = v;
      return {};
    case IP_TRANSPARENT:
      if (v && !s.owner.net_admin && !s.owner.net_raw) return err(EPERM);
      if (!have) return err(EINVAL);
      sk.transparent = v;
      return {};
    case IP_BIND_ADDRESS_NO_PORT: sk.bind_address_no_port = v; return {};
    case IP_NODEFRAG:
      if (sk.type != SOCK_RAW) return err(ENOPROTOOPT);
      sk.nodefrag = v;
      return {};
    case IP_MINTTL:
      if (!have) return err(EINVAL);
      if (status ok = int_in(v, 0, 255); !ok) return ok;
      sk.min_ttl = static_cast<u8>(v);
      return {};
    case IP_MULTICAST_TTL:
      if (sk.type == SOCK_STREAM || !have) return err(EINVAL);
      if (v == -1) v = 1;
      if (status ok = int_in(v, 0, 255); !ok) return ok;
      sk.mc_ttl = static_cast<u8>(v);
      return {};
    case IP_MULTICAST_LOOP:
      if (!have) return err(EINVAL);
      sk.mc_loop = v;
      return {};
    case IP_MULTICAST_ALL:
      if (status ok = int_in(v, 0, 1); !have || !ok) return err(EINVAL);
      sk.mc_all = v;
      return {};
    case IP_MULTICAST_IF: return multicast_if(sk, value);
    case IP_UNICAST_IF: {
      if (value.size() != sizeof(int)) return err(EINVAL);
      const int index = static_cast<int>(ntohl(static_cast<u32>(v)));
      const net_device* dev = dev_get_by_index(sk.ns, index);
      if (index && !dev) return err(EADDRNOTAVAIL);
      // A bound socket may only choose among its VRF's ports.
      const int master = dev ? l3mdev_master_ifindex(*dev) : 0;
      if (index && sk.bound_dev_if && master != sk.bound_dev_if) return err(EINVAL);
      sk.unicast_if = index;
      return {};
    }
    default: return err(ENOPROTOOPT);
  }
}

result<u32> ip_getsockopt(socket& s, int name, bytes out) {
  const inet_sock& sk = inet_sk(s);
  // Small values may be read into a byte, as Linux allows.
  auto put = [&](int v) -> result<u32> {
    if (out.size() < sizeof v && !out.empty() && v >= 0 && v <= 255) {
      const u8 b = static_cast<u8>(v);
      return sockopt_put(out, &b, 1);
    }
    return sockopt_put_int(out, v);
  };
  switch (name) {
    case IP_TTL: return put(sk.uc_ttl == -1 ? ipv4_of(sk.ns).sysctl_ip_default_ttl : sk.uc_ttl);
    case IP_TOS: return put(sk.tos);
    case IP_HDRINCL: return put(sk.hdrincl);
    case IP_RECVERR: return put(sk.recverr);
    case IP_RECVERR_RFC4884: return put(sk.recverr_rfc4884);
    case IP_MTU_DISCOVER: return put(sk.pmtudisc);
    case IP_PKTINFO: return put((sk.cmsg_flags & IP_CMSG_PKTINFO) != 0);
    case IP_RECVTTL: return put((sk.cmsg_flags & IP_CMSG_TTL) != 0);
    case IP_RECVTOS: return put((sk.cmsg_flags & IP_CMSG_TOS) != 0);
    case IP_RECVOPTS: return put((sk.cmsg_flags & IP_CMSG_RECVOPTS) != 0);
    case IP_RETOPTS: return put((sk.cmsg_flags & IP_CMSG_RETOPTS) != 0);
    case IP_RECVORIGDSTADDR: return put((sk.cmsg_flags & IP_CMSG_ORIGDSTADDR) != 0);
    case IP_FREEBIND: return put(sk.freebind);
    case IP_TRANSPARENT: return put(sk.transparent);
    case IP_BIND_ADDRESS_NO_PORT: return put(sk.bind_address_no_port);
    case IP_NODEFRAG: return put(sk.nodefrag);
    case IP_MINTTL: return put(sk.min_ttl);
    case IP_MULTICAST_TTL: return put(sk.mc_ttl);
    case IP_MULTICAST_LOOP: return put(sk.mc_loop);
    case IP_MULTICAST_ALL: return put(sk.mc_all);
    case IP_MULTICAST_IF: return sockopt_put(out, &sk.mc_addr, sizeof sk.mc_addr);
    case IP_MSFILTER:
    case MCAST_MSFILTER: return ip_mc_getsockopt(sk.mc_list, name, out);
    case IP_UNICAST_IF: return put(static_cast<int>(htonl(static_cast<u32>(sk.unicast_if))));
    case IP_OPTIONS: {
      if (!sk.inet_opt) return u32{0};
      ip_options_data opt = *sk.inet_opt;
      ip_options_undo(opt);
      return sockopt_put(out, opt.data.data(), opt.optlen);
    }
    case IP_PASSSEC: return put((sk.cmsg_flags & IP_CMSG_PASSSEC) != 0);
    case IP_LOCAL_PORT_RANGE_:
      return put(static_cast<int>(sk.local_port_range[0] | u32{sk.local_port_range[1]} << 16));
    case IP_PROTOCOL_: return put(sk.inet_num);
    case IP_CHECKSUM: return put((sk.cmsg_flags & IP_CMSG_CHECKSUM) != 0);
    case IP_RECVFRAGSIZE: return put((sk.cmsg_flags & IP_CMSG_RECVFRAGSIZE) != 0);
    case IP_MTU: {
      if (!sk.inet_daddr) return err(ENOTCONN);
      flowi4 fl4;
      fl4.daddr = sk.inet_daddr;
      fl4.saddr = sk.inet_saddr;
      fl4.oif = sk.bound_dev_if;
      auto rt = ip_route_output_key(sk.ns, fl4);
      if (!rt) return err(ENOTCONN);
      return put(static_cast<int>(rt_mtu(**rt)));
    }
    default: return err(ENOPROTOOPT);
  }
}

status ip_cmsg_send(const inet_sock& sk, const_bytes control, ipcm_cookie& ipc) {
  cmsg_walk walk(control);
  while (const auto c = walk.next()) {
    const const_bytes data = c->data;
    if (c->level == SOL_SOCKET) {
      if (status ok = sock_cmsg_send(sk, c->type, data, ipc.sockc); !ok) return ok;
      continue;
    }
    if (c->level != SOL_IP) continue;
    auto int_value = [&] {
      int v = 0;
      std::memcpy(&v, data.data(), std::min(data.size(), sizeof v));
      return v;
    };
    switch (c->type) {
      case IP_RETOPTS: {
        auto opt = ip_options_get(sk.ns, data.first(std::min<size_t>(data.size(), max_ipoptlen)),
                                  sk.sk_socket->owner.net_raw);
        if (!opt) return std::unexpected(opt.error());
        ipc.opt = *opt;
        break;
      }
      case IP_PKTINFO: {
        in_pktinfo info;
        if (data.size() != sizeof info) return err(EINVAL);
        std::memcpy(&info, data.data(), sizeof info);
        if (info.ipi_ifindex) ipc.oif = info.ipi_ifindex;
        ipc.addr = be32::from_raw(info.ipi_spec_dst.s_addr);
        break;
      }
      case IP_TTL:
        if (data.size() != sizeof(int)) return err(EINVAL);
        ipc.ttl = int_value();
        if (ipc.ttl < 1 || ipc.ttl > 255) return err(EINVAL);
        break;
      case IP_TOS:
        if (data.size() != sizeof(int) && data.size() != 1) return err(EINVAL);
        ipc.tos = int_value();
        if (ipc.tos < 0 || ipc.tos > 255) return err(EINVAL);
        break;
      case IP_PROTOCOL_:
        if (data.size() != sizeof(int)) return err(EINVAL);
        if (int_value() < 1 || int_value() > 255) return err(EINVAL);
        ipc.protocol = static_cast<u8>(int_value());
        break;
      default: return err(EINVAL);
    }
  }
  return walk.malformed() ? status(err(EINVAL)) : status();
}

namespace {

// IP_RETOPTS: the options that an answer would carry.
void recv_retopts(inet_sock& sk, const sk_buff& s, msg_in& m) {
  if (!ipcb(s).opt.optlen) return;
  auto opt = ip_options_echo(sk.ns, s, ipcb(s).opt);
  if (!opt) {
    m.flags |= MSG_CTRUNC;
    return;
  }
  ip_options_undo(*opt);
  put_cmsg(m.control, SOL_IP, IP_RETOPTS, opt->bytes());
}

}  // namespace

void ip_cmsg_recv(inet_sock& sk, const sk_buff& s, msg_in& m, u32 skip) {
  if (!sk.cmsg_flags) return;
  const iphdr& ip = ip_hdr(s);
  if (sk.cmsg_flags & IP_CMSG_PKTINFO) {
    in_pktinfo info{};
    info.ipi_ifindex = inet_sdif(s) ? inet_sdif(s) : s.skb_iif;  // a VRF's port, not the VRF
    info.ipi_addr.s_addr = ip.daddr.raw();
    // A queued error has no route, and so none of our addresses was meant.
    const net_device* dev = dev_get_by_index(sk.ns, s.skb_iif);
    if (dev && s.dst) info.ipi_spec_dst.s_addr = fib_compute_spec_dst(s, *dev).raw();
    put_cmsg(m.control, SOL_IP, IP_PKTINFO, bytes_of(info));
  }
  if (sk.cmsg_flags & IP_CMSG_TTL) {
    const int ttl = ip.ttl;
    put_cmsg(m.control, SOL_IP, IP_TTL, bytes_of(ttl));
  }
  if (sk.cmsg_flags & IP_CMSG_TOS) put_cmsg(m.control, SOL_IP, IP_TOS, bytes_of(ip.tos));
  if ((sk.cmsg_flags & IP_CMSG_RECVOPTS) && ipcb(s).opt.optlen)
    put_cmsg(m.control, SOL_IP, IP_RECVOPTS, {s.network() + sizeof(iphdr), ipcb(s).opt.optlen});
  if (sk.cmsg_flags & IP_CMSG_RETOPTS) recv_retopts(sk, s, m);
  if ((sk.cmsg_flags & IP_CMSG_ORIGDSTADDR) && s.transport() + 4 <= s.tail) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = ip.daddr.raw();
    std::memcpy(&a.sin_port, s.transport() + 2, 2);
    put_cmsg(m.control, SOL_IP, IP_ORIGDSTADDR, bytes_of(a));
  }
  if ((sk.cmsg_flags & IP_CMSG_CHECKSUM) && s.summed == ip_summed::complete) {
    const u32 sum = csum_sub(csum_partial(s.data, s.len(), 0), csum_partial(s.data, skip, 0));
    put_cmsg(m.control, SOL_IP, IP_CHECKSUM, bytes_of(sum));
  }
  if ((sk.cmsg_flags & IP_CMSG_RECVFRAGSIZE) && ipcb(s).frag_max_size) {
    const int size = ipcb(s).frag_max_size;
    put_cmsg(m.control, SOL_IP, IP_RECVFRAGSIZE, bytes_of(size));
  }
}

}  // namespace linnet
