// The socket calls: checks that are the same for every family, then the family's function.
#include "net/socket.hh"

#include <linux/if.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include "net/8021q/vlan.hh"
#include "net/core/dev_ioctl.hh"
#include "net/core/optmem.hh"
#include "net/core/sock.hh"
#include "net/core/world.hh"
#include "net/ipv4/devinet_ioctl.hh"
#include "net/ipv4/inet_sock.hh"

namespace linnet {

socket::~socket() {
  if (ops) {
    const clock::moment here(*ns->w.clk);
    ops->release(*this);
  }
  net_put_user(*ns);
}

result<socket_ptr> sock_create(net& n, const cred& who, int family, int type, int protocol) {
  if (family < 0 || family >= AF_MAX) return err(EAFNOSUPPORT);
  if (type < 0 || type >= 11) return err(EINVAL);                    // SOCK_MAX
  if (family == AF_INET && type == SOCK_PACKET) family = AF_PACKET;  // how it was asked for once
  const net_proto_family* f = n.w.families[static_cast<size_t>(family)];
  if (!f) return err(EAFNOSUPPORT);
  net_get_user(n);
  auto s = std::make_unique<socket>(n, who, type);
  if (status made = f->create(n, *s, protocol); !made) {
    s->ops = nullptr;
    return std::unexpected(made.error());
  }
  return s;
}

status sock_bind(socket& s, const_bytes addr) {
  if (addr.size() > sizeof(sockaddr_storage)) return err(EINVAL);
  return s.ops->bind(s, addr);
}

status sock_connect(socket& s, const_bytes addr, int flags) {
  if (addr.size() > sizeof(sockaddr_storage)) return err(EINVAL);
  const clock::moment here(*s.ns->w.clk);
  return s.ops->connect(s, addr, flags);
}

status sock_listen(socket& s, int backlog) { return s.ops->listen(s, backlog); }
result<socket_ptr> sock_accept(socket& s, int flags) { return s.ops->accept(s, flags); }

result<u32> sock_getname(socket& s, sockaddr_storage& out, bool peer) {
  return s.ops->getname(s, out, peer);
}

status sock_shutdown(socket& s, int how) { return s.ops->shutdown(s, how); }
u32 sock_poll(const socket& s) { return s.ops->poll(s); }

result<size_t> sock_sendmsg(socket& s, const msg_out& m, int flags) {
  if (m.name.size() > sizeof(sockaddr_storage)) return err(EINVAL);
  if (!control_fits(*s.sk, m.control.size())) return err(ENOBUFS);
  const clock::moment here(*s.ns->w.clk);
  return s.ops->sendmsg(s, m, flags);
}

result<size_t> sock_recvmsg(socket& s, msg_in& m, int flags) {
  const clock::moment here(*s.ns->w.clk);
  return s.ops->recvmsg(s, m, flags);
}

result<u32> sock_send_unit(const socket& s) {
  if (!s.ops->send_unit) return err(EOPNOTSUPP);
  return s.ops->send_unit(s);
}

result<skb_ptr> sock_alloc_skb(const socket& s, u32 size) {
  if (!s.ops->send_skb) return err(EOPNOTSUPP);
  if (size > skb_handover_max) return err(EMSGSIZE);
  skb_ptr p = alloc_skb(s.ns->c, skb_handover_headroom + size);
  skb_reserve(*p, skb_handover_headroom);
  return p;
}

result<size_t> sock_send_skb(socket& s, skb_ptr& p, int flags) {
  if (!s.ops->send_skb) return err(EOPNOTSUPP);
  const clock::moment here(*s.ns->w.clk);
  return s.ops->send_skb(s, p, flags);
}

result<skb_ptr> sock_recv_skb(socket& s, int flags) {
  if (!s.ops->recv_skb) return err(EOPNOTSUPP);
  const clock::moment here(*s.ns->w.clk);
  return s.ops->recv_skb(s, flags);
}

bool sock_has_deferred(const socket& s) { return s.ops->deferred && s.ops->deferred(s, false); }

std::optional<const_bytes> sock_queue_head(const socket& s) {
  if (s.ops->deferred) s.ops->deferred(s, true);
  const bool inet = s.sk->family == AF_INET;
  const sk_buff* head = inet ? inet_sk(s).first_good() : s.sk->receive_queue.peek();
  if (!head) return {};
  return head->payload().subspan(inet ? inet_sk(s).recv_skip() : 0);
}

bool sock_head_is_wrong(const socket& s) {
  return s.sk->family == AF_INET && inet_sk(s).first_good() != s.sk->receive_queue.peek();
}

void sock_drop_wrong(socket& s) {
  const clock::moment here(*s.ns->w.clk);
  if (s.sk->family == AF_INET) inet_sk(s).first_packet_length();
}

status sock_getsockopt_level(const socket& s, int level, int name) {
  if (level == SOL_SOCKET || !s.ops->getsockopt_level) return {};
  return s.ops->getsockopt_level(s, level, name);
}

status sock_setsockopt(socket& s, int level, int name, const sockopt_value& value) {
  if (level == SOL_SOCKET) return sk_setsockopt(s, name, value);
  return s.ops->setsockopt(s, level, name, value);
}

result<u32> sock_getsockopt(socket& s, int level, int name, bytes value) {
  if (status ok = sock_getsockopt_level(s, level, name); !ok) return std::unexpected(ok.error());
  if (level == SOL_SOCKET) return sk_getsockopt(s, name, value);
  return s.ops->getsockopt(s, level, name, value);
}

result<std::vector<const shared_pages*>> sock_mmap(socket& s, u64 length, u64 offset) {
  if (!s.ops->mmap) return err(ENODEV);
  return s.ops->mmap(s, length, offset);
}

namespace {

result<int> last_stamp(sock& sk, unsigned cmd, bytes arg) {
  const auto t = sock_gettstamp(sk);
  if (!t) return std::unexpected(t.error());
  const timespec ts = {*t / ns_per_sec, *t % ns_per_sec};
  const timeval tv = {ts.tv_sec, ts.tv_nsec / ns_per_us};
  if (arg.size() < sizeof ts) return err(EFAULT);
  if (cmd == SIOCGSTAMPNS_OLD)
    std::memcpy(arg.data(), &ts, sizeof ts);
  else
    std::memcpy(arg.data(), &tv, sizeof tv);
  return 0;
}

}  // namespace

result<int> sock_ioctl(socket& s, unsigned cmd, bytes arg) {
  if (cmd == SIOCGIFVLAN || cmd == SIOCSIFVLAN) return vlan_ioctl(*s.ns, s.owner, arg);
  if ((cmd == SIOCGSTAMP_OLD || cmd == SIOCGSTAMPNS_OLD) && s.ops->family != AF_NETLINK)
    return last_stamp(*s.sk, cmd, arg);
  auto r = s.ops->ioctl(s, cmd, arg);
  if (r || r.error() != ENOIOCTLCMD) return r;
  return dev_ioctl(*s.ns, s.owner, cmd, arg);
}

result<int> sock_interface_ioctl(net& n, const cred& who, unsigned cmd, bytes arg) {
  if (cmd == SIOCGIFCONF) return devinet_ioctl(n, who, cmd, arg);
  return dev_ioctl(n, who, cmd, arg);
}

ktime sock_rcvtimeo(const socket& s) { return s.sk->rcvtimeo; }
ktime sock_sndtimeo(const socket& s) { return s.sk->sndtimeo; }

}  // namespace linnet
