// The queues and accounting of socks.
#include "net/core/sock.hh"

#include <sys/epoll.h>

#include <algorithm>

#include "net/core/dst.hh"
#include "net/core/filter.hh"
#include "net/core/sysctl.hh"
#include "net/core/tracepoint.hh"
#include "net/core/world.hh"

namespace linnet {
namespace {

constexpr u8 RCV_SHUTDOWN = 1, SEND_SHUTDOWN = 2;

void sock_rfree(sk_buff& s) { s.sk->rmem_alloc -= static_cast<int>(s.truesize); }

void sock_end(sock* sk) {
  if (unlikely(sk->ns.w.sock_ends)) sk->ns.w.sock_ends(*sk);
  delete sk;
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
  ++n.sock_inuse;
}

sock::~sock() {
  receive_queue.purge(skb_drop_reason::SOCKET_CLOSE);
  error_queue.purge(skb_drop_reason::SOCKET_CLOSE);
  --ns.c.socks_live;
  --ns.sock_inuse;
}

void sk_free(sock* sk) {
  sk->dead = true;
  sk->sk_socket = nullptr;
  sk->receive_queue.purge(skb_drop_reason::SOCKET_CLOSE);
  sk->error_queue.purge(skb_drop_reason::SOCKET_CLOSE);
  if (sk->wmem_alloc == 0) sock_end(sk);
}

u64 sock_gen_cookie(sock& sk) {
  if (!sk.cookie) sk.cookie = ++sk.ns.w.last_cookie;
  return sk.cookie;
}

u64 sock_i_ino(const sock& sk) { return sk.sk_socket ? sk.sk_socket->ino : 0; }
u32 sock_i_uid(const sock& sk) { return sk.sk_socket ? sk.sk_socket->owner.uid : 0; }

void skb_set_owner_r(sk_buff& s, sock& sk) {
  skb_orphan(s);
  s.sk = &sk;
  s.destructor = sock_rfree;
  sk.rmem_alloc += static_cast<int>(s.truesize);
}

void sock_wfree_silently(sk_buff& s) {
  sock& sk = *s.sk;
  sk.wmem_alloc -= static_cast<int>(s.truesize);
  if (unlikely(sk.dead && sk.wmem_alloc == 0)) sock_end(&sk);
}

void sock_wfree(sk_buff& s) {
  sock& sk = *s.sk;
  const bool tell = likely(!sk.dead);
  sock_wfree_silently(s);
  if (tell) sk_write_space(sk);
}

void skb_set_owner_w(sk_buff& s, sock& sk) {
  skb_orphan(s);
  s.sk = &sk;
  s.destructor = sock_wfree;
  sk.wmem_alloc += static_cast<int>(s.truesize);
}

void skb_tstamp_tx(sk_buff& s, u32 kind) {
  if (s.sk && !s.sk->dead) s.sk->tx_stamped(s, kind);
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
  sock_enqueue_rcv_skb(sk, std::move(p));
  return true;
}

void sock_enqueue_rcv_skb(sock& sk, skb_ptr p) {
  skb_set_owner_r(*p, sk);
  sock_queue_charged_skb(sk, std::move(p));
}

void sock_queue_charged_skb(sock& sk, skb_ptr p) {
  if (!p->tstamp && sock_wants_stamp(sk)) p->tstamp = sk.ns.w.clk->real();
  sock_skb_set_dropcount(sk, *p);
  trace(sk.ns.c, tp::sock_queue_rcv_skb, p.get(), nullptr);
  p->dev = nullptr;  // may go before the packet is read; skb_iif says which it was
  skb_dst_force(*p);
  sk.receive_queue.enqueue(std::move(p));
  sk_data_ready(sk);
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
  error = EAGAIN;  // also when it was shut down: only who waits then hears that nothing will come
  return skb_ptr();
}

int sock_error(sock& sk) { return std::exchange(sk.sk_err, 0); }

void sk_data_ready(sock& sk) { wake(sk); }
void sk_write_space(sock& sk) { wake(sk); }
void sk_error_report(sock& sk) { wake(sk); }

u32 datagram_poll(const socket& s) {
  const sock& sk = *s.sk;
  u32 mask = 0;
  if (sk.sk_err || !sk.error_queue.empty())
    mask |= EPOLLERR | (sk.select_err_queue ? EPOLLPRI : 0u);
  if (sk.shutdown & RCV_SHUTDOWN) mask |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
  if (sk.shutdown == (RCV_SHUTDOWN | SEND_SHUTDOWN)) mask |= EPOLLHUP;
  if (!sk.receive_queue.empty()) mask |= EPOLLIN | EPOLLRDNORM;
  if ((sk.wmem_alloc << 1) <= sk.sndbuf) mask |= EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
  return mask;
}

status sock_no_bind(socket&, const_bytes) { return err(EOPNOTSUPP); }
status sock_no_connect(socket&, const_bytes, int) { return err(EOPNOTSUPP); }
result<socket_ptr> sock_no_accept(socket&, int) { return err(EOPNOTSUPP); }
status sock_no_listen(socket&, int) { return err(EOPNOTSUPP); }
status sock_no_shutdown(socket&, int) { return err(EOPNOTSUPP); }

}  // namespace linnet
