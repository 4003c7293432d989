// The queues and accounting of socks, and the options of SOL_SOCKET.
#include "net/core/sock.hh"

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include <algorithm>

#include "net/core/dst.hh"
#include "net/core/filter.hh"
#include "net/core/net_device.hh"
#include "net/core/tracepoint.hh"

namespace linnet {
namespace {

constexpr u8 RCV_SHUTDOWN = 1, SEND_SHUTDOWN = 2;

void sock_rfree(sk_buff& s) { s.sk->rmem_alloc -= static_cast<int>(s.truesize); }

void sock_wfree(sk_buff& s) {
  sock& sk = *s.sk;
  sk.wmem_alloc -= static_cast<int>(s.truesize);
  if (unlikely(sk.dead)) {
    if (sk.wmem_alloc == 0) delete &sk;
    return;
  }
  sk_write_space(sk);
}

void wake(const sock& sk) {
  socket* s = sk.sk_socket;
  if (s && s->wake) s->wake(*s, s->wake_arg);
}

}  // namespace

sock::sock(net& n, socket& s, u16 family_, u8 protocol_)
    : ns(n),
      ns_hold(&n),
      sk_socket(&s),
      family(family_),
      type(static_cast<u16>(s.type)),
      protocol(protocol_) {
  ++n.c.socks_live;
}

sock::~sock() {
  receive_queue.purge(skb_drop_reason::SOCKET_CLOSE);
  error_queue.purge(skb_drop_reason::SOCKET_CLOSE);
  --ns.c.socks_live;
}

void sk_free(sock* sk) {
  sk->dead = true;
  sk->sk_socket = nullptr;
  sk->receive_queue.purge(skb_drop_reason::SOCKET_CLOSE);
  sk->error_queue.purge(skb_drop_reason::SOCKET_CLOSE);
  if (sk->wmem_alloc == 0) delete sk;
}

void skb_set_owner_r(sk_buff& s, sock& sk) {
  skb_orphan(s);
  s.sk = &sk;
  s.destructor = sock_rfree;
  sk.rmem_alloc += static_cast<int>(s.truesize);
}

void skb_set_owner_w(sk_buff& s, sock& sk) {
  skb_orphan(s);
  s.sk = &sk;
  s.destructor = sock_wfree;
  sk.wmem_alloc += static_cast<int>(s.truesize);
}

bool sock_queue_rcv_skb(sock& sk, skb_ptr p) {
  if (unlikely(!sk_filter_trim_cap(sk, *p, 1))) {
    kfree_skb_reason(std::move(p), skb_drop_reason::SOCKET_FILTER);
    return false;
  }
  return sock_queue_filtered_skb(sk, std::move(p));
}

bool sock_queue_filtered_skb(sock& sk, skb_ptr p) {
  if (sk.rmem_alloc >= sk.rcvbuf) {
    ++sk.drops;
    kfree_skb_reason(std::move(p), skb_drop_reason::SOCKET_RCVBUFF);
    return false;
  }
  skb_set_owner_r(*p, sk);
  if (!p->tstamp && (sk.rcvtstamp || sk.rcvtstampns)) p->tstamp = sk.ns.w.clk->real();
  trace(sk.ns.c, tp::sock_queue_rcv_skb, p.get(), nullptr);
  p->dev = nullptr;  // may go before the packet is read; skb_iif says which it was
  skb_dst_force(*p);
  sk.receive_queue.enqueue(std::move(p));
  sk_data_ready(sk);
  return true;
}

bool sock_queue_err_skb(sock& sk, skb_ptr p) {
  if (sk.rmem_alloc + static_cast<int>(p->truesize) >= sk.rcvbuf) {
    kfree_skb_reason(std::move(p), skb_drop_reason::SOCKET_RCVBUFF);
    return false;
  }
  skb_set_owner_r(*p, sk);
  p->dev = nullptr;
  skb_dst_force(*p);
  sk.error_queue.enqueue(std::move(p));
  sk_error_report(sk);
  return true;
}

skb_ptr skb_recv_datagram(sock& sk, int flags, int& error) {
  error = sock_error(sk);
  if (error) return skb_ptr();
  if (sk_buff* first = sk.receive_queue.peek()) {
    if (flags & MSG_PEEK) return skb_clone(*first);
    return sk.receive_queue.dequeue();
  }
  error = sk.shutdown & RCV_SHUTDOWN ? 0 : EAGAIN;
  return skb_ptr();
}

int sock_error(sock& sk) { return std::exchange(sk.sk_err, 0); }

void sk_data_ready(sock& sk) { wake(sk); }
void sk_write_space(sock& sk) { wake(sk); }
void sk_error_report(sock& sk) { wake(sk); }

u32 datagram_poll(const socket& s) {
  const sock& sk = *s.sk;
  u32 mask = 0;
  if (sk.sk_err || !sk.error_queue.empty()) mask |= EPOLLERR;
  if (sk.shutdown & RCV_SHUTDOWN) mask |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
  if (sk.shutdown == (RCV_SHUTDOWN | SEND_SHUTDOWN)) mask |= EPOLLHUP;
  if (!sk.receive_queue.empty()) mask |= EPOLLIN | EPOLLRDNORM;
  if ((sk.wmem_alloc << 1) <= sk.sndbuf) mask |= EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
  return mask;
}

void put_cmsg(std::vector<std::byte>& control, int level, int type, const_bytes data) {
  cmsghdr h{};
  h.cmsg_len = CMSG_LEN(data.size());
  h.cmsg_level = level;
  h.cmsg_type = type;
  const size_t at = control.size();
  control.resize(at + CMSG_SPACE(data.size()));
  std::memcpy(control.data() + at, &h, sizeof h);
  if (!data.empty()) std::memcpy(control.data() + at + CMSG_LEN(0), data.data(), data.size());
}

void sock_recv_cmsgs(msg_in& m, sock& sk, const sk_buff& s) {
  sk.stamp = s.tstamp ? s.tstamp : sk.ns.w.clk->real();
  if (sk.rcvtstampns) {
    const timespec ts = {sk.stamp / ns_per_sec, sk.stamp % ns_per_sec};
    put_cmsg(m.control, SOL_SOCKET, SO_TIMESTAMPNS, std::as_bytes(std::span(&ts, 1)));
  } else if (sk.rcvtstamp) {
    const timeval tv = {sk.stamp / ns_per_sec, sk.stamp % ns_per_sec / ns_per_us};
    put_cmsg(m.control, SOL_SOCKET, SO_TIMESTAMP, std::as_bytes(std::span(&tv, 1)));
  }
  if (sk.rxq_ovfl && sk.drops) {
    put_cmsg(m.control, SOL_SOCKET, SO_RXQ_OVFL, std::as_bytes(std::span(&sk.drops, 1)));
  }
}

result<int> sockopt_int(const_bytes value) {
  if (value.size() < sizeof(int)) return err(EINVAL);
  int v;
  std::memcpy(&v, value.data(), sizeof v);
  return v;
}

result<u32> sockopt_put(bytes out, const void* p, size_t len) {
  const size_t n = std::min(out.size(), len);
  std::memcpy(out.data(), p, n);
  return static_cast<u32>(n);
}

namespace {

// struct timeval to ktime: zero means for ever (sock_set_timeout). EDOM, EINVAL.
result<ktime> timeout_of(const_bytes value) {
  timeval tv;
  if (value.size() < sizeof tv) return err(EINVAL);
  std::memcpy(&tv, value.data(), sizeof tv);
  if (tv.tv_usec < 0 || tv.tv_usec >= 1'000'000) return err(EDOM);
  if (tv.tv_sec < 0) return 0;
  if (tv.tv_sec == 0 && tv.tv_usec == 0) return ktime_max;
  if (tv.tv_sec > ktime_max / ns_per_sec - 1) return ktime_max;
  return tv.tv_sec * ns_per_sec + tv.tv_usec * ns_per_us;
}

timeval timeval_of(ktime t) {
  if (t == ktime_max) return {0, 0};
  return {t / ns_per_sec, t % ns_per_sec / ns_per_us};
}

status bind_to_device(socket& s, const_bytes value) {
  sock& sk = *s.sk;
  char name[IFNAMSIZ] = {};
  std::memcpy(name, value.data(), std::min(value.size(), sizeof name - 1));
  int index = 0;
  if (name[0]) {
    const net_device* dev = dev_get_by_name(sk.ns, name);
    if (!dev) return err(ENODEV);
    index = dev->ifindex;
  }
  if (sk.bound_dev_if && !s.owner.net_raw) return err(EPERM);
  sk.bound_dev_if = index;
  return {};
}

// SO_SNDBUF and SO_RCVBUF: doubled for overhead; limited by *mem_max unless forced.
int buffer_size(int v, int least, bool force) {
  if (!force) v = static_cast<int>(std::min<u32>(static_cast<u32>(v), sk_mem_default));
  v = std::clamp(v, 0, INT32_MAX / 2);
  return std::max(v * 2, least);
}

}  // namespace

status sk_setsockopt(socket& s, int name, const_bytes value) {
  sock& sk = *s.sk;
  if (name == SO_BINDTODEVICE) return bind_to_device(s, value);
  if (name == SO_ATTACH_FILTER) return sk_attach_filter(sk, value);
  auto iv = sockopt_int(value);
  if (!iv) return std::unexpected(iv.error());
  const int v = *iv;
  switch (name) {
    case SO_DEBUG: return v && !s.owner.net_admin ? status(err(EACCES)) : status();
    case SO_REUSEADDR: sk.reuseaddr = v; return {};
    case SO_REUSEPORT: sk.reuseport = v; return {};
    case SO_TYPE:
    case SO_PROTOCOL:
    case SO_DOMAIN:
    case SO_ERROR: return err(ENOPROTOOPT);
    case SO_DONTROUTE: sk.dontroute = v; return {};
    case SO_BROADCAST: sk.broadcast = v; return {};
    case SO_SNDBUFFORCE:
      if (!s.owner.net_admin) return err(EPERM);
      [[fallthrough]];
    case SO_SNDBUF:
      sk.userlocks |= 1;
      sk.sndbuf = buffer_size(v, sk_min_sndbuf, name == SO_SNDBUFFORCE);
      sk_write_space(sk);
      return {};
    case SO_RCVBUFFORCE:
      if (!s.owner.net_admin) return err(EPERM);
      [[fallthrough]];
    case SO_RCVBUF:
      sk.userlocks |= 2;
      sk.rcvbuf = buffer_size(v, sk_min_rcvbuf, name == SO_RCVBUFFORCE);
      return {};
    case SO_KEEPALIVE:
      sk.set_keepalive(v);
      sk.keepalive = v;
      return {};
    case SO_OOBINLINE: sk.oobinline = v; return {};
    case SO_NO_CHECK: sk.no_check = v; return {};
    case SO_PRIORITY:
      if ((v < 0 || v > 6) && !s.owner.net_admin) return err(EPERM);
      sk.priority = static_cast<u32>(v);
      return {};
    case SO_LINGER: {
      linger l;
      if (value.size() < sizeof l) return err(EINVAL);
      std::memcpy(&l, value.data(), sizeof l);
      sk.linger = l.l_onoff;
      sk.linger_time = l.l_linger;
      return {};
    }
    case SO_PASSCRED: sk.passcred = v; return {};
    case SO_TIMESTAMP:
      sk.rcvtstamp = v;
      sk.rcvtstampns = false;
      return {};
    case SO_TIMESTAMPNS:
      sk.rcvtstampns = v;
      sk.rcvtstamp = v;
      return {};
    case SO_RCVLOWAT: sk.rcvlowat = v < 0 ? INT32_MAX : std::max(v, 1); return {};
    case SO_RCVTIMEO: {
      auto t = timeout_of(value);
      if (!t) return std::unexpected(t.error());
      sk.rcvtimeo = *t;
      return {};
    }
    case SO_SNDTIMEO: {
      auto t = timeout_of(value);
      if (!t) return std::unexpected(t.error());
      sk.sndtimeo = *t;
      return {};
    }
    case SO_MARK:
      if (!s.owner.net_admin && !s.owner.net_raw) return err(EPERM);
      sk.mark = static_cast<u32>(v);
      return {};
    case SO_DETACH_FILTER: return sk_detach_filter(sk);
    case SO_LOCK_FILTER:
      if (sk.filter_locked && !v) return err(EPERM);
      sk.filter_locked = v;
      return {};
    case SO_RXQ_OVFL: sk.rxq_ovfl = v; return {};
    case SO_BINDTOIFINDEX:
      if (v < 0) return err(EINVAL);
      if (v && !dev_get_by_index(sk.ns, v)) return err(ENODEV);
      sk.bound_dev_if = v;
      return {};
    case SO_INCOMING_CPU: sk.incoming_cpu = v; return {};
    default: return err(ENOPROTOOPT);
  }
}

result<u32> sk_getsockopt(socket& s, int name, bytes out) {
  sock& sk = *s.sk;
  switch (name) {
    case SO_DEBUG: return sockopt_put_int(out, 0);
    case SO_DONTROUTE: return sockopt_put_int(out, sk.dontroute);
    case SO_BROADCAST: return sockopt_put_int(out, sk.broadcast);
    case SO_SNDBUF: return sockopt_put_int(out, sk.sndbuf);
    case SO_RCVBUF: return sockopt_put_int(out, sk.rcvbuf);
    case SO_REUSEADDR: return sockopt_put_int(out, sk.reuseaddr);
    case SO_REUSEPORT: return sockopt_put_int(out, sk.reuseport);
    case SO_KEEPALIVE: return sockopt_put_int(out, sk.keepalive);
    case SO_TYPE: return sockopt_put_int(out, sk.type);
    case SO_PROTOCOL: return sockopt_put_int(out, sk.protocol);
    case SO_DOMAIN: return sockopt_put_int(out, sk.family);
    case SO_ERROR: {
      int e = sock_error(sk);
      if (!e) e = std::exchange(sk.sk_err_soft, 0);
      return sockopt_put_int(out, e);
    }
    case SO_OOBINLINE: return sockopt_put_int(out, sk.oobinline);
    case SO_NO_CHECK: return sockopt_put_int(out, sk.no_check);
    case SO_PRIORITY: return sockopt_put_int(out, static_cast<int>(sk.priority));
    case SO_LINGER: {
      const linger l = {sk.linger, sk.linger_time};
      return sockopt_put(out, &l, sizeof l);
    }
    case SO_TIMESTAMP: return sockopt_put_int(out, sk.rcvtstamp && !sk.rcvtstampns);
    case SO_TIMESTAMPNS: return sockopt_put_int(out, sk.rcvtstampns);
    case SO_RCVTIMEO:
    case SO_SNDTIMEO: {
      const timeval tv = timeval_of(name == SO_RCVTIMEO ? sk.rcvtimeo : sk.sndtimeo);
      return sockopt_put(out, &tv, sizeof tv);
    }
    case SO_RCVLOWAT: return sockopt_put_int(out, sk.rcvlowat);
    case SO_SNDLOWAT: return sockopt_put_int(out, 1);
    case SO_PASSCRED: return sockopt_put_int(out, sk.passcred);
    case SO_ACCEPTCONN: return sockopt_put_int(out, sk.state == 10);  // TCP_LISTEN
    case SO_MARK: return sockopt_put_int(out, static_cast<int>(sk.mark));
    case SO_LOCK_FILTER: return sockopt_put_int(out, sk.filter_locked);
    case SO_BPF_EXTENSIONS: return sockopt_put_int(out, SKF_AD_MAX);
    case SO_RXQ_OVFL: return sockopt_put_int(out, sk.rxq_ovfl);
    case SO_BINDTOIFINDEX: return sockopt_put_int(out, sk.bound_dev_if);
    case SO_BINDTODEVICE: {
      const net_device* dev = dev_get_by_index(sk.ns, sk.bound_dev_if);
      if (!dev) return u32{0};
      if (out.size() < IFNAMSIZ) return err(EINVAL);
      return sockopt_put(out, dev->name.c_str(), dev->name.size() + 1);
    }
    case SO_INCOMING_CPU: return sockopt_put_int(out, sk.incoming_cpu);
    case SO_COOKIE:
      if (out.size() < sizeof sk.cookie) return err(EINVAL);
      if (!sk.cookie) sk.cookie = ++sk.ns.w.last_cookie;
      return sockopt_put(out, &sk.cookie, sizeof sk.cookie);
    default: return err(ENOPROTOOPT);
  }
}

status sock_no_bind(socket&, const_bytes) { return err(EOPNOTSUPP); }
status sock_no_connect(socket&, const_bytes, int) { return err(EOPNOTSUPP); }
result<socket_ptr> sock_no_accept(socket&, int) { return err(EOPNOTSUPP); }
status sock_no_listen(socket&, int) { return err(EOPNOTSUPP); }
status sock_no_shutdown(socket&, int) { return err(EOPNOTSUPP); }

}  // namespace linnet
