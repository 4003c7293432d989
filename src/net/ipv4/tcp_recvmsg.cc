// recv(2) and its like: bytes from the receive queue, copied or handed over, and the window that this opens.
#include "net/core/skb_pool.hh"
#include "net/ipv4/tcp_memory.hh"
#include "net/ipv4/tcp_peek.hh"
#include "net/ipv4/tcp_stream.hh"
#include "net/ipv4/tcp_units.hh"

namespace linnet {
namespace {

constexpr u8 RCV_SHUTDOWN = 1;

// Tells the peer that there is room again, when that is worth a segment (tcp_cleanup_rbuf).
void cleanup_rbuf(tcp_sock& sk, size_t copied) {
  bool time_to_ack = false;
  auto& ack = sk.ack;
  if (ack.pending & ICSK_ACK_SCHED) {
    time_to_ack =
        sk.rcv_nxt - sk.rcv_wup > ack.rcv_mss ||
        (copied &&
         ((ack.pending & ICSK_ACK_PUSHED2) || ((ack.pending & ICSK_ACK_PUSHED) && !ack.pingpong)) &&
         !sk.rmem_alloc);
  }
  if (copied && !time_to_ack && !(sk.shutdown & RCV_SHUTDOWN)) {
    const u32 now = tcp_receive_window(sk);
    if (2 * now <= sk.window_clamp) {
      const u32 fresh = tcp_select_window_space(sk);
      time_to_ack = fresh && fresh >= 2 * now;
    }
  }
  if (time_to_ack) {
    tcp_mstamp_refresh(sk);
    tcp_send_ack(sk);
  }
}

// The urgent byte, out of band (tcp_recv_urg).
result<size_t> recv_urg(tcp_sock& sk, msg_in& m, int flags) {
  if (sk.oobinline || !sk.urg_data || sk.urg_data == TCP_URG_READ) return err(EINVAL);
  if (sk.state == TCP_CLOSE && !sk.orphaned && sk.rcv_nxt == 0) return err(ENOTCONN);
  if (sk.urg_data & TCP_URG_VALID) {
    const std::byte c{static_cast<u8>(sk.urg_data)};
    if (!(flags & MSG_PEEK)) sk.urg_data = TCP_URG_READ;
    m.flags |= MSG_OOB;
    if (m.data.empty()) {
      m.flags |= MSG_TRUNC;
      return 0;
    }
    if (!(flags & MSG_TRUNC)) m.data[0] = c;
    return 1;
  }
  if (sk.state == TCP_CLOSE || (sk.shutdown & RCV_SHUTDOWN)) return 0;
  return err(EAGAIN);
}

// Nothing was copied: what the reader is told.
result<size_t> nothing_to_read(tcp_sock& sk) {
  if (sk.done || sk.state == TCP_CLOSE) {
    if (sk.sk_err) return err(sock_error(sk));
    if (sk.shutdown & RCV_SHUTDOWN) return 0;
    return err(ENOTCONN);
  }
  if (sk.sk_err) return err(sock_error(sk));
  if (sk.shutdown & RCV_SHUTDOWN) return 0;
  return err(EAGAIN);
}

// What a walk has passed is done with.
void take_read(tcp_sock& sk, const tcp_read_walk& walk) {
  while (sk.receive_queue.peek() != walk.at()) consume_skb(sk.receive_queue.dequeue());
  sk.copied_seq = walk.seq();
  if (unlikely(sk.urg_data) && after(sk.copied_seq, sk.urg_seq)) sk.urg_data = 0;
}

// Reads the stream into `to`, dropping what has been read unless `peek`. `stamp`: when its last packet came.
size_t read_stream(tcp_sock& sk, bytes to, bool discard, bool peek, ktime& stamp) {
  tcp_read_walk walk(sk);
  size_t copied = 0;
  while (copied < to.size()) {
    const const_bytes piece = walk.next(to.size() - copied);
    if (piece.empty()) break;
    if (!discard) std::memcpy(to.data() + copied, piece.data(), piece.size());
    copied += piece.size();
  }
  stamp = walk.stamp();
  if (!peek) take_read(sk, walk);
  return copied;
}

// Bytes were taken: the window is larger now, and what was charged is free.
void was_read(tcp_sock& sk, size_t copied) {
  tcp_rcv_space_adjust(sk);
  cleanup_rbuf(sk, copied);
  tcp_mem_update(sk);
}

result<size_t> tcp_recvmsg_locked(tcp_sock& sk, msg_in& m, int flags, ktime& stamp) {
  if (flags & MSG_OOB) return recv_urg(sk, m, flags);
  const size_t copied = read_stream(sk, m.data, flags & MSG_TRUNC, flags & MSG_PEEK, stamp);
  if (!copied && !m.data.empty()) {
    auto r = nothing_to_read(sk);
    if (!(flags & MSG_PEEK)) cleanup_rbuf(sk, 0);
    return r;
  }
  if (!(flags & MSG_PEEK)) was_read(sk, copied);
  return copied;
}

// The first packet that waits, when all that is left of it is plain data: with its bytes, no more.
skb_ptr take_first(tcp_sock& sk) {
  const sk_buff* s = sk.receive_queue.peek();
  if (!s || sk.urg_data) return skb_ptr();
  const tcp_skb_cb cb = tcp_cb(*s);
  const u32 offset = sk.copied_seq - cb.seq;
  if (offset >= s->len()) return skb_ptr();
  skb_ptr first = sk.receive_queue.dequeue();
  skb_pull(*first, offset);
  sk.copied_seq = cb.seq + offset + first->len() + ((cb.flags & TCPHDR_FIN) != 0);
  return skb_renew(std::move(first));
}

// The same with an urgent byte in the way: a copy of what is before it, or behind. Null: there is nothing.
skb_ptr copy_first(tcp_sock& sk) {
  const u32 unread = sk.rcv_nxt - sk.copied_seq;
  if (sk.receive_queue.empty()) return skb_ptr();
  const u32 room = std::clamp(unread, 1u, skb_handover_max);
  skb_ptr p = alloc_skb(sk.ns.c, tcp_headroom + room);
  skb_reserve(*p, tcp_headroom);
  skb_put(*p, room);
  ktime stamp = 0;
  const size_t copied = read_stream(sk, p->payload(), false, false, stamp);
  skb_trim(*p, static_cast<u32>(copied));
  if (copied) return p;
  consume_skb(std::move(p));
  return skb_ptr();
}

}  // namespace

result<size_t> tcp_recvmsg(socket& s, msg_in& m, int flags) {
  tcp_sock& sk = tcp_sk(s);
  if (flags & MSG_ERRQUEUE) return ip_recv_error(sk, m);
  if (sk.state == TCP_LISTEN) return err(ENOTCONN);
  ktime stamp = 0;
  const auto read = tcp_recvmsg_locked(sk, m, flags, stamp);
  if (unlikely(read && stamp && (sk.rcvtstamp || sk.tsflags))) sock_recv_timestamp_of(m, sk, stamp);
  if (unlikely(read && sk.recvmsg_inq)) tcp_put_inq(sk, m);
  return read;
}

result<skb_ptr> tcp_recv_skb(socket& s, int flags) {
  tcp_sock& sk = tcp_sk(s);
  if (flags & ~MSG_DONTWAIT) return err(EOPNOTSUPP);
  if (sk.state == TCP_LISTEN) return err(ENOTCONN);
  skb_ptr p = take_first(sk);
  if (unlikely(!p)) p = copy_first(sk);
  if (!p) {
    const auto none = nothing_to_read(sk);
    cleanup_rbuf(sk, 0);
    if (!none) return std::unexpected(none.error());
    return p;
  }
  was_read(sk, p->len());
  return p;
}

// TCP_INQ, of the bytes that a reader would get now; 1 when all that he would get is the end (tcp_inq_hint).
void tcp_put_inq(const tcp_sock& sk, msg_in& m) {
  int inq = static_cast<int>(tcp_unread(sk));
  if (inq == 0 && tcp_stream_ended(sk)) inq = 1;
  put_cmsg(m.control, IPPROTO_TCP, TCP_CM_INQ, std::as_bytes(std::span(&inq, 1)));
}

}  // namespace linnet
