// send(2) and its like: bytes into the send queue, as much together as goes down at once, pushed when there is reason to.
#include "net/core/skb_pool.hh"
#include "net/ipv4/tcp_memory.hh"
#include "net/ipv4/tcp_recover.hh"
#include "net/ipv4/tcp_stream.hh"
#include "net/ipv4/tcp_units.hh"
#include "net/ipv4/tcp_zerocopy.hh"

namespace linnet {

// TCP_NOTSENT_LOWAT: what may wait to be sent. Who was told to wait is woken at half of it (tcp_stream_memory_free).
bool tcp_unsent_below_limit(const tcp_sock& sk, int shift) {
  const u32 limit =
      sk.notsent_lowat ? sk.notsent_lowat : static_cast<u32>(tcp_sysctl(sk).notsent_lowat);
  return (sk.write_seq - sk.snd_nxt) << shift < limit;
}

namespace {

constexpr u8 SEND_SHUTDOWN = 2;

// sk_stream_wait_connect: only a connection that is being made is worth waiting for.
int not_connected(tcp_sock& sk) {
  if (TCPF(sk.state) & (TCPF(TCP_ESTABLISHED) | TCPF(TCP_CLOSE_WAIT))) return 0;
  if (sk.state == TCP_SYN_RECV && sk.fastopen_rsk) return 0;  // opened by the SYN
  if (sk.sk_err) return sock_error(sk);
  return tcp_syn_state(sk.state) ? EAGAIN : EPIPE;
}

// sk_stream_error. EPIPE is the caller's SIGPIPE.
int stream_error(tcp_sock& sk) {
  const int e = sock_error(sk);
  return e ? e : EPIPE;
}

bool forced_push(const tcp_sock& sk) {
  return after(sk.write_seq, sk.pushed_seq + (sk.max_window >> 1));
}
void mark_push(tcp_sock& sk, tcp_segment& s) {
  s.flags |= TCPHDR_PSH;
  sk.pushed_seq = sk.write_seq;
}

// As many bytes as go down together: what a header can say, half of the peer's largest window, whole segments
// (tcp_xmit_size_goal).
u32 xmit_size_goal(const tcp_sock& sk, u32 mss_now, int flags) {
  if (flags & MSG_OOB) return mss_now;
  u32 goal = sk.gso_max_size;
  const u32 cutoff = sk.max_window > TCP_MSS_DEFAULT ? sk.max_window >> 1 : sk.max_window;
  if (cutoff && goal > cutoff) goal = std::max(cutoff, 68u - sk.tcp_header_len);
  return std::max(std::min(goal / mss_now, u32{sk.gso_max_segs}), 1u) * mss_now;
}

// Whether the send buffer, and TCP's memory, take a segment more.
bool room_for(tcp_sock& sk, u32 truesize) {
  return sk.wmem_queued < sk.sndbuf && tcp_unsent_below_limit(sk, 0) &&
         likely(tcp_mem_schedule(sk, static_cast<int>(truesize), tcp_mem_kind::send));
}

// The segment that takes the next bytes, with `wanted` of them to come; null: the send buffer is full.
tcp_segment* segment_for(tcp_sock& sk, u32 size_goal, size_t wanted, const tcp_zerocopy* calls) {
  tcp_segment* s = sk.write_queue.empty() ? nullptr : &sk.write_queue.back();
  const bool tells_others = s && calls && s->zerocopy && s->zerocopy != calls;
  if (s && s->skb && s->len() < size_goal && !s->eor && s->skb->block->refs == 1 && !tells_others)
    return s;
  if (!room_for(sk, skb_head_truesize)) return nullptr;
  tcp_segment& fresh = tcp_new_segment(sk, static_cast<u32>(std::min<size_t>(wanted, size_goal)));
  tcp_slow_start_after_idle_check(sk);
  return &fresh;
}

// A segment is full: what there is goes on its way, if it is half a window's worth or alone.
void push_full(tcp_sock& sk, tcp_segment& s, u32 mss_now) {
  if (forced_push(sk)) {
    mark_push(sk, s);
    tcp_write_xmit(sk, mss_now, TCP_NAGLE_PUSH, 0);
  } else if (&s == tcp_send_head(sk)) {
    tcp_push_one(sk, mss_now);
  }
}

// sendmsg, whose bytes are those of `calls` if there are.
result<size_t> sendmsg_locked(tcp_sock& sk, const msg_out& m, int flags, tcp_zerocopy* calls) {
  tcp_mstamp_refresh(sk);
  tcp_rate_check_app_limited(sk);
  size_t copied = 0;
  const u32 mss_now = tcp_current_mss(sk), size_goal = xmit_size_goal(sk, mss_now, flags);
  while (copied < m.data.size()) {
    if (sk.sk_err || (sk.shutdown & SEND_SHUTDOWN))
      return copied ? result<size_t>(copied) : err(stream_error(sk));
    tcp_segment* s = segment_for(sk, size_goal, m.data.size() - copied, calls);
    if (!s) {
      sk.nospace = true;
      if (copied) tcp_push(sk, flags & ~MSG_MORE, mss_now, TCP_NAGLE_PUSH, size_goal);
      return copied ? result<size_t>(copied) : err(EAGAIN);
    }
    const size_t room = std::min<size_t>(m.data.size() - copied, size_goal - s->len());
    const u32 n = tcp_append(sk, *s, m.data.subspan(copied, room), size_goal);
    if (unlikely(calls && !s->zerocopy)) {
      s->zerocopy = calls;
      tcp_zerocopy_get(*calls);
    }
    if (!copied) s->flags &= static_cast<u8>(~TCPHDR_PSH);
    sk.write_seq += n;
    s->end_seq += n;
    copied += n;
    if (copied == m.data.size()) {
      s->eor = flags & MSG_EOR;
    } else if (s->len() >= size_goal && !(flags & MSG_OOB)) {
      push_full(sk, *s, mss_now);
    }
  }
  if (copied) tcp_push(sk, flags, mss_now, sk.nonagle, size_goal);
  tcp_mem_update(sk);
  return copied;
}

}  // namespace

result<size_t> tcp_sock::sendmsg(const msg_out& m, int flags) {
  if (unlikely(flags & MSG_FASTOPEN || defer_connect))
    return tcp_sendmsg_fastopen(*this, m.name, m.data);
  tcp_zerocopy* calls = nullptr;
  if (unlikely(flags & MSG_ZEROCOPY) && zerocopy && !m.data.empty()) {
    calls = tcp_zerocopy_begin(*this);
    if (!calls) return err(ENOBUFS);
  }
  const int e = not_connected(*this);
  const auto sent = e ? result<size_t>(err(e)) : sendmsg_locked(*this, m, flags, calls);
  if (unlikely(calls != nullptr)) {
    if (sent)
      tcp_zerocopy_put(*this, *calls);
    else
      tcp_zerocopy_abort(*this, *calls);
  }
  return sent;
}

u32 tcp_send_unit(const socket& s) {
  tcp_sock& sk = tcp_sk(s);
  if (!sk.dst) return skb_handover_max;
  return std::min(xmit_size_goal(sk, tcp_current_mss(sk), 0), skb_handover_max);
}

result<size_t> tcp_send_skb(socket& s, skb_ptr& p, int flags) {
  tcp_sock& sk = tcp_sk(s);
  constexpr int known = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE | MSG_EOR;
  if (flags & ~known) return err(EOPNOTSUPP);
  if (p->len() > skb_handover_max) return err(EMSGSIZE);
  if (unlikely(sk.defer_connect)) {
    const auto sent = sk.sendmsg({.name = {}, .data = p->payload(), .control = {}}, flags);
    if (sent) skb_pull(*p, static_cast<u32>(*sent));
    return sent;
  }
  if (const int e = not_connected(sk)) return err(e);
  if (sk.sk_err || (sk.shutdown & SEND_SHUTDOWN)) return err(stream_error(sk));
  const u32 n = p->len();
  if (!n) return 0;
  tcp_mstamp_refresh(sk);
  tcp_rate_check_app_limited(sk);
  if (!room_for(sk, n + skb_head_truesize)) {
    sk.nospace = true;
    return err(EAGAIN);
  }
  const u32 mss_now = tcp_current_mss(sk);
  tcp_segment& segment = tcp_new_segment(sk, 0);
  tcp_slow_start_after_idle_check(sk);
  tcp_take_over(sk, segment, std::move(p));
  segment.end_seq += n;
  segment.eor = flags & MSG_EOR;
  sk.write_seq += n;
  if (forced_push(sk)) mark_push(sk, segment);
  tcp_push(sk, flags, mss_now, sk.nonagle, xmit_size_goal(sk, mss_now, flags));
  tcp_mem_update(sk);
  return n;
}

}  // namespace linnet
