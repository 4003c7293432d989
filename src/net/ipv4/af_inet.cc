// AF_INET: making sockets, and the calls that datagram and raw sockets share.
#include <linux/in_route.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "net/core/dev_ioctl.hh"
#include "net/core/l3mdev.hh"
#include "net/core/world.hh"
#include "net/ipv4/arp.hh"
#include "net/ipv4/devinet_ioctl.hh"
#include "net/ipv4/inet_ports.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/ip_tunnel_ioctl.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/ipv4/ping.hh"
#include "net/ipv4/raw.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/udp.hh"

namespace linnet {
namespace {

sockaddr_in load_in(const_bytes a) {
  sockaddr_in r{};
  std::memcpy(&r, a.data(), std::min(a.size(), sizeof r));
  return r;
}

void inet_release(socket& s) {
  inet_sock& sk = inet_sk(s);
  sk.mc_list.drop();
  sk.unbind();
  s.sk = nullptr;
  sk_free(&sk);
}

// What an address is to the tables that a socket's device is in.
u8 bound_addr_type(const inet_sock& sk, be32 addr) {
  if (!addr) return RTN_LOCAL;
  const u32 vrf_table = l3mdev_fib_table_by_index(sk.ns, sk.bound_dev_if);
  return inet_addr_type_table(sk.ns, addr, vrf_table ? vrf_table : u32{RT_TABLE_LOCAL});
}

// inet_addr_valid_or_nonlocal. Ping sockets are bound to none of the groups.
bool may_bind_to(const inet_sock& sk, be32 addr, u8 type) {
  if (!addr || type == RTN_LOCAL) return true;
  const bool group = type == RTN_MULTICAST || type == RTN_BROADCAST;
  if (group) return sk.protocol != IPPROTO_ICMP || sk.type == SOCK_RAW;
  return ipv4_of(sk.ns).sysctl_ip_nonlocal_bind || sk.freebind || sk.transparent;
}

}  // namespace

// inet_bind, raw_bind and ping_bind.
status inet_bind(socket& s, const_bytes addr) {
  inet_sock& sk = inet_sk(s);
  const bool raw = sk.type == SOCK_RAW;
  if (addr.size() < sizeof(sockaddr_in)) return err(EINVAL);
  if (raw && sk.state != TCP_CLOSE) return err(EINVAL);
  const sockaddr_in a = load_in(addr);
  const be32 want = be32::from_raw(a.sin_addr.s_addr);
  if (!raw && a.sin_family != AF_INET && (a.sin_family != AF_UNSPEC || want))
    return err(EAFNOSUPPORT);
  const u8 type = bound_addr_type(sk, want);
  if (!may_bind_to(sk, want, type)) return err(EADDRNOTAVAIL);
  const u16 port = ntohs(a.sin_port);
  const bool group = type == RTN_MULTICAST || type == RTN_BROADCAST;
  if (!raw) {
    const bool privileged =
        port && sk.protocol != IPPROTO_ICMP && inet_port_requires_bind_service(sk.ns, port);
    if (privileged && !s.owner.net_bind_service) return err(EACCES);
    const bool ping = sk.protocol == IPPROTO_ICMP;
    if (sk.inet_num || (!ping && sk.state != TCP_CLOSE)) return err(EINVAL);
  }
  sk.inet_rcv_saddr = want;
  sk.inet_saddr = group ? be32() : want;
  if (raw) return {};
  if (port || !sk.bind_address_no_port) {
    if (status got = sk.get_port(port); !got) {
      sk.inet_rcv_saddr = sk.inet_saddr = be32();
      return got;
    }
  }
  if (want) sk.userlocks |= SOCK_BINDADDR_LOCK;
  if (port) sk.userlocks |= SOCK_BINDPORT_LOCK;
  sk.inet_daddr = be32();
  if (sk.type != SOCK_STREAM)
    sk.inet_dport = 0;  // of a stream it tells that there was a connection
  return {};
}

namespace {

status inet_autobind(inet_sock& sk) {
  if (sk.type == SOCK_RAW || sk.inet_num) return {};
  return sk.get_port(0) ? status() : status(err(EAGAIN));
}

}  // namespace

void inet_disconnect(inet_sock& sk) {
  sk.state = TCP_CLOSE;
  sk.inet_daddr = be32();
  sk.inet_dport = 0;
  sk.bound_dev_if = 0;
  const bool port_kept = sk.userlocks & SOCK_BINDPORT_LOCK;
  if (!(sk.userlocks & SOCK_BINDADDR_LOCK)) {
    sk.inet_saddr = sk.inet_rcv_saddr = be32();
    if (port_kept) sk.rehashed();
  }
  if (!port_kept) sk.unbind();
}

status inet_dgram_abort(inet_sock& sk, int error) {
  sk.sk_err = error;
  sk_error_report(sk);
  inet_disconnect(sk);
  return {};
}

namespace {

// inet_dgram_connect, __ip4_datagram_connect.
status inet_connect(socket& s, const_bytes addr, int) {
  inet_sock& sk = inet_sk(s);
  if (addr.size() < sizeof(sa_family_t)) return err(EINVAL);
  const sockaddr_in a = load_in(addr);
  if (a.sin_family == AF_UNSPEC) {
    inet_disconnect(sk);
    return {};
  }
  if (status bound = inet_autobind(sk); !bound) return bound;
  if (addr.size() < sizeof(sockaddr_in)) return err(EINVAL);
  if (a.sin_family != AF_INET) return err(EAFNOSUPPORT);
  const be32 daddr = be32::from_raw(a.sin_addr.s_addr);
  ipcm_cookie ipc(sk);
  auto r = inet_route_for(sk, daddr, ipc, sk.protocol, sk.inet_num, ntohs(a.sin_port));
  if (!r) return std::unexpected(r.error());
  // Linux looks again with the source that it found: one that joins its own group is none (ip_route_connect).
  if (ipv4_is_multicast(r->fl4.saddr)) return err(EINVAL);
  if ((r->rt->rt_flags & RTCF_BROADCAST) && !sk.broadcast) return err(EACCES);
  if (!sk.inet_saddr) sk.inet_saddr = r->fl4.saddr;
  if (!sk.inet_rcv_saddr) sk.inet_rcv_saddr = r->fl4.saddr;
  sk.inet_daddr = r->fl4.daddr;
  sk.inet_dport = ntohs(a.sin_port);
  sk.state = TCP_ESTABLISHED;
  sk.rehashed();
  sk.id = static_cast<u16>(sk.ns.c.rand.next());
  return {};
}

result<u32> inet_getname(socket& s, sockaddr_storage& out, bool peer) {
  const inet_sock& sk = inet_sk(s);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  if (peer) {
    if (sk.state != TCP_ESTABLISHED || !sk.inet_dport) return err(ENOTCONN);
    a.sin_port = htons(sk.inet_dport);
    a.sin_addr.s_addr = sk.inet_daddr.raw();
  } else {
    const be32 addr = sk.inet_rcv_saddr ? sk.inet_rcv_saddr : sk.inet_saddr;
    a.sin_port = htons(sk.inet_num);
    a.sin_addr.s_addr = addr.raw();
  }
  std::memcpy(&out, &a, sizeof a);
  return static_cast<u32>(sizeof a);
}

}  // namespace

result<int> inet_ioctl(socket& s, unsigned cmd, bytes arg) {
  inet_sock& sk = inet_sk(s);
  auto put_int = [&](int v) -> result<int> {
    if (arg.size() < sizeof v) return err(EFAULT);
    std::memcpy(arg.data(), &v, sizeof v);
    return 0;
  };
  // Ping sockets have no such questions.
  const bool ping = sk.type == SOCK_DGRAM && sk.protocol == IPPROTO_ICMP;
  if (ping && (cmd == SIOCOUTQ || cmd == SIOCINQ)) return err(ENOIOCTLCMD);
  switch (cmd) {
    case SIOCOUTQ:
      if (sk.type == SOCK_STREAM) break;  // counts bytes of its stream
      return put_int(sk.wmem_alloc);
    case SIOCPROTOPRIVATE:
    case SIOCPROTOPRIVATE + 1:
      if (sk.type == SOCK_RAW)
        return err(EINVAL);  // of multicast routers' interfaces: there are none
      break;
    case SIOCRTMSG:
    case SIOCGIFPFLAGS:
    case SIOCSIFPFLAGS: return err(EINVAL);
    case SIOCINQ:
      if (sk.type == SOCK_STREAM) break;
      return put_int(std::max(0, sk.first_packet_length()));
    case SIOCSARP:
    case SIOCGARP:
    case SIOCDARP: return arp_ioctl(sk.ns, s.owner, cmd, arg);
    default: break;
  }
  if (is_tunnel_ioctl(cmd)) return ip_tunnel_ioctl(sk.ns, s.owner, cmd, arg);
  if (auto r = sk.ioctl(cmd, arg); r || r.error() != ENOIOCTLCMD) return r;
  return devinet_ioctl(sk.ns, s.owner, cmd, arg);
}

namespace {

status inet_shutdown(socket& s, int how) {
  inet_sock& sk = inet_sk(s);
  if (how < SHUT_RD || how > SHUT_RDWR) return err(EINVAL);
  // Also of a socket without a peer, which only hears that it has none.
  sk.shutdown |= static_cast<u8>(how + 1);
  sk_data_ready(sk);
  return sk.state == TCP_ESTABLISHED ? status() : status(err(ENOTCONN));
}

}  // namespace

status inet_setsockopt(socket& s, int level, int name, const sockopt_value& value) {
  if (level == IPPROTO_IP) return ip_setsockopt(s, name, value);
  inet_sock& sk = inet_sk(s);
  if (!sk.has_level(level)) return err(ENOPROTOOPT);
  const bool known = sk.check_getsockopt(level, name).has_value();
  if (known && !value.has(std::min(value.size(), sizeof(int)))) return err(EFAULT);
  return sk.setsockopt(level, name, value);
}

status inet_getsockopt_level(const socket& s, int level, int name) {
  if (level == IPPROTO_IP) return ip_getsockopt_check(s, name);
  return inet_sk(s).check_getsockopt(level, name);
}

result<u32> inet_getsockopt(socket& s, int level, int name, bytes value) {
  if (level == IPPROTO_IP) return ip_getsockopt(s, name, value);
  return inet_sk(s).getsockopt(level, name, value);
}

namespace {

result<size_t> inet_sendmsg(socket& s, const msg_out& m, int flags) {
  inet_sock& sk = inet_sk(s);
  if (status bound = inet_autobind(sk); !bound) return std::unexpected(bound.error());
  return sk.sendmsg(m, flags);
}

result<size_t> inet_recvmsg(socket& s, msg_in& m, int flags) {
  inet_sock& sk = inet_sk(s);
  if (flags & MSG_ERRQUEUE) return ip_recv_error(sk, m);
  return sk.recvmsg(m, flags);
}

// inet_create. Linux's order of refusals: the type, then the protocol, then the right to it.
status inet_create(net& n, socket& s, int protocol) {
  if (protocol < 0 || protocol >= IPPROTO_MAX) return err(EINVAL);
  switch (s.type) {
    case SOCK_RAW:
      if (protocol == IPPROTO_IP) return err(EPROTONOSUPPORT);
      if (!s.owner.net_raw) return err(EPERM);
      s.sk = raw_alloc(n, s, static_cast<u16>(protocol));
      break;
    case SOCK_DGRAM:
      if (protocol == IPPROTO_ICMP) {
        if (!ping_allowed(n, s.owner.gid)) return err(EACCES);
        s.sk = ping_alloc(n, s);
      } else if (protocol == IPPROTO_IP || protocol == IPPROTO_UDP) {
        s.sk = udp_alloc(n, s, IPPROTO_UDP);
      } else if (protocol == IPPROTO_UDPLITE) {
        s.sk = udp_alloc(n, s, IPPROTO_UDPLITE);
      } else {
        return err(EPROTONOSUPPORT);
      }
      break;
    case SOCK_STREAM:
      if (protocol != IPPROTO_IP && protocol != IPPROTO_TCP) return err(EPROTONOSUPPORT);
      s.sk = tcp_alloc(n, s);
      break;
    default: return err(ESOCKTNOSUPPORT);
  }
  s.ops = s.type == SOCK_STREAM ? &inet_stream_ops : &inet_dgram_ops;
  s.sk->txrehash = true;
  // Protocols without ports of their own let everybody bind where others are (INET_PROTOSW_REUSE).
  s.sk->reuseaddr = s.type == SOCK_RAW || s.sk->protocol == IPPROTO_ICMP;
  if (ipv4_of(n).sysctl_ip_no_pmtu_disc) inet_sk(s).pmtudisc = IP_PMTUDISC_DONT;
  return {};
}

const net_proto_family inet_family_ops = {.family = AF_INET, .create = inet_create};

}  // namespace

void inet_fill_sender(msg_in& m, const inet_sock& sk, const sk_buff& s) {
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_port = htons(sk.peer_port(s));
  from.sin_addr.s_addr = ip_hdr(s).saddr.raw();
  std::memcpy(&m.name, &from, sizeof from);
  m.namelen = sizeof from;
}

result<size_t> inet_sock::recvmsg(msg_in& m, int flags) {
  inet_sock& sk = *this;
  if ((flags & MSG_OOB)) return err(EOPNOTSUPP);
  int error = 0;
  skb_ptr p = skb_recv_datagram(sk, flags, error);
  if (!p) {
    if (error) return err(error);
    return 0;
  }
  const const_bytes data = const_bytes(p->payload()).subspan(sk.recv_skip());
  const size_t n = std::min(data.size(), m.data.size());
  if (n) std::memcpy(m.data.data(), data.data(), n);
  if (n < data.size()) m.flags |= MSG_TRUNC;
  sock_recv_cmsgs(m, sk, *p);
  inet_fill_sender(m, sk, *p);
  ip_cmsg_recv(sk, *p, m);
  const size_t whole = data.size();
  consume_skb(std::move(p));
  // Ping sockets always say what was copied.
  return flags & MSG_TRUNC && sk.type == SOCK_RAW ? whole : n;
}

const proto_ops inet_dgram_ops = {.family = AF_INET,
                                  .release = inet_release,
                                  .bind = inet_bind,
                                  .connect = inet_connect,
                                  .accept = sock_no_accept,
                                  .getname = inet_getname,
                                  .poll = datagram_poll,
                                  .ioctl = inet_ioctl,
                                  .listen = sock_no_listen,
                                  .shutdown = inet_shutdown,
                                  .setsockopt = inet_setsockopt,
                                  .getsockopt = inet_getsockopt,
                                  .sendmsg = inet_sendmsg,
                                  .recvmsg = inet_recvmsg,
                                  .getsockopt_level = inet_getsockopt_level};

void inet_init(world& w) { w.families[AF_INET] = &inet_family_ops; }

}  // namespace linnet
