// Options, control messages and error queue of IPv4 sockets (man 7 ip).
#include <linux/icmp.h>

#include <algorithm>

#include "base/checksum.hh"
#include "net/core/l3mdev.hh"
#include "net/core/net_device.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/raw.hh"
#include "wire/icmp.hh"

namespace linnet {
namespace {

template <class T>
const_bytes bytes_of(const T& v) {
  return std::as_bytes(std::span(&v, 1));
}

// What a queued error carries besides the packet (struct sock_exterr_skb).
struct exterr {
  inet_skb_parm h;  // first, as the control messages read it
  sock_extended_err ee;
  u32 addr;  // destination of the packet that failed, network order
  u16 port;
};

// `outer`: the header of the ICMP packet that told us, null for a local error.
void queue_error(inet_sock& sk, const exterr& e, const iphdr* outer, int iif, const_bytes payload) {
  skb_ptr p = alloc_skb(sk.ns.c, static_cast<u32>(payload.size() + sizeof(iphdr)));
  // The header stays in front of the data, for SO_EE_OFFENDER, IP_PKTINFO, IP_TTL and IP_TOS.
  auto& ip = *reinterpret_cast<iphdr*>(skb_put(*p, sizeof(iphdr)));
  ip = outer ? *outer : iphdr{};
  ip.set_version_ihl(4, 5);
  p->skb_iif = iif;
  p->reset_network_header();
  skb_pull(*p, sizeof(iphdr));
  skb_put_data(*p, payload);
  p->cb_as<exterr>() = e;
  ipcb(*p).iif = iif;
  sock_queue_err_skb(sk, std::move(p));
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

status ip_setsockopt(socket& s, int name, const_bytes value) {
  inet_sock& sk = inet_sk(s);
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
      sk.tos = static_cast<u8>(v);
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
    case IP_FREEBIND: sk.freebind = v; return {};
    case IP_TRANSPARENT:
      if (v && !s.owner.net_admin && !s.owner.net_raw) return err(EPERM);
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
  size_t at = 0;
  while (at + sizeof(cmsghdr) <= control.size()) {
    cmsghdr h;
    std::memcpy(&h, control.data() + at, sizeof h);
    if (h.cmsg_len < sizeof h || h.cmsg_len > control.size() - at) return err(EINVAL);
    const const_bytes data = control.subspan(at + CMSG_LEN(0), h.cmsg_len - CMSG_LEN(0));
    at += CMSG_ALIGN(h.cmsg_len);
    if (h.cmsg_level == SOL_SOCKET) {
      if (h.cmsg_type != SO_MARK) continue;
      if (!sk.sk_socket->owner.net_raw && !sk.sk_socket->owner.net_admin) return err(EPERM);
      if (data.size() != sizeof(u32)) return err(EINVAL);
      std::memcpy(&ipc.mark.emplace(), data.data(), sizeof(u32));
      continue;
    }
    if (h.cmsg_level != SOL_IP) continue;
    auto int_value = [&] {
      int v = 0;
      std::memcpy(&v, data.data(), std::min(data.size(), sizeof v));
      return v;
    };
    switch (h.cmsg_type) {
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
      default: return err(EINVAL);
    }
  }
  return {};
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

void ip_cmsg_recv(inet_sock& sk, const sk_buff& s, msg_in& m) {
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
  if (sk.cmsg_flags & IP_CMSG_ORIGDSTADDR) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = ip.daddr.raw();
    if (s.transport_offset() + 4 <= s.len() || s.transport() + 4 <= s.tail) {
      std::memcpy(&a.sin_port, s.transport() + 2, 2);
    }
    put_cmsg(m.control, SOL_IP, IP_ORIGDSTADDR, bytes_of(a));
  }
  if ((sk.cmsg_flags & IP_CMSG_RECVFRAGSIZE) && ipcb(s).frag_max_size) {
    const int size = ipcb(s).frag_max_size;
    put_cmsg(m.control, SOL_IP, IP_RECVFRAGSIZE, bytes_of(size));
  }
}

namespace {

// Whether the extension at `ext`, the rest of an ICMP error, is one that can be read (RFC 4884 §7).
bool is_valid_extension(const_bytes ext) {
  if (std::to_integer<u8>(ext[0]) >> 4 != 2) return true;  // not a version to judge
  if (be16::load(&ext[2]).raw() && csum_fold(csum_partial(ext.data(), ext.size(), 0)).raw())
    return false;
  constexpr size_t header = 4;
  for (size_t at = header; at < ext.size();) {
    if (ext.size() - at < header) return false;
    const size_t length = be16::load(&ext[at]).host();
    if (length < header || length > ext.size() - at) return false;
    at += length;
  }
  return true;
}

// Where the extension of an error begins in the payload that the reader gets (ip_icmp_error_rfc4884).
sock_ee_data_rfc4884 rfc4884_of(const icmphdr& h, const_bytes payload) {
  sock_ee_data_rfc4884 r{};
  if (h.type != ICMP_DEST_UNREACH && h.type != ICMP_TIME_EXCEEDED && h.type != ICMP_PARAMETERPROB)
    return r;
  const auto* body = reinterpret_cast<const std::byte*>(&h + 1);
  const size_t stripped = static_cast<size_t>(payload.data() - body);
  size_t at = (h.info().host() >> 16 & 0xff) * size_t{4};  // the quote's length, in words
  constexpr size_t least = 128, header = 4;
  if (at < least || at < stripped) return r;
  at -= stripped;
  if (at + header > payload.size()) return r;
  r.len = static_cast<u16>(at);
  if (!is_valid_extension(payload.subspan(at))) r.flags |= SO_EE_RFC4884_FLAG_INVALID;
  return r;
}

}  // namespace

void ip_icmp_error(inet_sock& sk, const sk_buff& icmp, int error, u16 port, u32 info,
                   const_bytes payload) {
  // Data stands at the quoted IP header; the ICMP header and the outer one stand before it.
  const iphdr& quoted = *reinterpret_cast<const iphdr*>(icmp.data);
  const icmphdr& h = *reinterpret_cast<const icmphdr*>(icmp.transport());
  exterr e{};
  e.ee.ee_errno = static_cast<u32>(error);
  e.ee.ee_origin = SO_EE_ORIGIN_ICMP;
  e.ee.ee_type = h.type;
  e.ee.ee_code = h.code;
  e.ee.ee_info = info;
  if (sk.recverr_rfc4884) e.ee.ee_rfc4884 = rfc4884_of(h, payload);
  e.addr = quoted.daddr.raw();
  e.port = htons(port);
  queue_error(sk, e, &ip_hdr(icmp), icmp.skb_iif, payload);
}

void ip_local_error(inet_sock& sk, int error, be32 daddr, u16 port, u32 info) {
  if (!sk.recverr) return;
  exterr e{};
  e.ee.ee_errno = static_cast<u32>(error);
  e.ee.ee_origin = SO_EE_ORIGIN_LOCAL;
  e.ee.ee_info = info;
  e.addr = daddr.raw();
  e.port = htons(port);
  queue_error(sk, e, nullptr, 0, {});
}

result<size_t> ip_recv_error(inet_sock& sk, msg_in& m) {
  skb_ptr p = sk.error_queue.dequeue();
  if (!p) return err(EAGAIN);
  const exterr e = p->cb_as<exterr>();
  const size_t n = std::min<size_t>(p->len(), m.data.size());
  if (n) std::memcpy(m.data.data(), p->data, n);
  if (n < p->len()) m.flags |= MSG_TRUNC;
  m.flags |= MSG_ERRQUEUE;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = e.addr;
  to.sin_port = e.port;
  std::memcpy(&m.name, &to, sizeof to);
  m.namelen = sizeof to;
  struct {
    sock_extended_err ee;
    sockaddr_in offender;
  } errhdr{};
  errhdr.ee = e.ee;
  if (e.ee.ee_origin == SO_EE_ORIGIN_ICMP) {
    errhdr.offender.sin_family = AF_INET;
    errhdr.offender.sin_addr.s_addr = ip_hdr(*p).saddr.raw();
  }
  if (e.ee.ee_origin == SO_EE_ORIGIN_ICMP) ip_cmsg_recv(sk, *p, m);
  put_cmsg(m.control, SOL_IP, IP_RECVERR, bytes_of(errhdr));
  // The pending error was that of the entry just read.
  sk.sk_err = 0;
  if (const sk_buff* next = sk.error_queue.peek()) {
    const exterr following = const_cast<sk_buff*>(next)->cb_as<exterr>();
    if (following.ee.ee_origin != SO_EE_ORIGIN_LOCAL)
      sk.sk_err = static_cast<int>(following.ee.ee_errno);
  }
  consume_skb(std::move(p));
  return n;
}

}  // namespace linnet
