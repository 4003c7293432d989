// send(2) and its like: bytes into the send queue, cut into segments as they come, and pushed when there is reason to.
#include "net/ipv4/tcp_recover.hh"
#include "net/ipv4/tcp_units.hh"

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
  u32 goal = tcp_gso_max_size;
  const u32 cutoff = sk.max_window > TCP_MSS_DEFAULT ? sk.max_window >> 1 : sk.max_window;
  if (cutoff && goal > cutoff) goal = std::max(cutoff, 68u - sk.tcp_header_len);
  return std::max(goal / mss_now, 1u) * mss_now;
}

}  // namespace

result<size_t> tcp_sock::sendmsg(const msg_out& m, int flags) {
  if (const int e = not_connected(*this)) return err(e);
  tcp_mstamp_refresh(*this);
  tcp_rate_check_app_limited(*this);
  size_t copied = 0;
  const u32 mss_now = tcp_current_mss(*this), size_goal = xmit_size_goal(*this, mss_now, flags);
  while (copied < m.data.size()) {
    if (sk_err || (shutdown & SEND_SHUTDOWN))
      return copied ? result<size_t>(copied) : err(stream_error(*this));
    tcp_segment* s = write_queue.empty() ? nullptr : &write_queue.back();
    if (!s || s->eor || s->len() >= mss_now || !s->skb->tailroom() || (s->flags & TCPHDR_FIN)) {
      const bool fresh =
          !s || s->eor || (s->flags & TCPHDR_FIN) || s->unit_offset + s->len() >= size_goal;
      if (fresh && (wmem_queued >= sndbuf || !tcp_unsent_below_limit(*this, 0))) {
        nospace = true;
        if (copied) tcp_push(*this, flags & ~MSG_MORE, mss_now, TCP_NAGLE_PUSH, size_goal);
        return copied ? result<size_t>(copied) : err(EAGAIN);
      }
      // The next of a unit, or the first of a new one.
      const bool continues =
          s && !s->eor && !(s->flags & TCPHDR_FIN) && s->unit_offset + s->len() < size_goal;
      const u32 offset = continues ? s->unit_offset + s->len() : 0;
      if (continues && !copied) s->flags &= static_cast<u8>(~TCPHDR_PSH);
      if (!offset) tcp_slow_start_after_idle_check(*this);
      s = &tcp_new_segment(*this, mss_now);
      s->unit_offset = offset;
      if (!offset) tcp_charge(*this, *s, tcp_unit_overhead);
    }
    const size_t n =
        std::min<size_t>({m.data.size() - copied, mss_now - s->len(), s->skb->tailroom()});
    skb_put_data(*s->skb, m.data.subspan(copied, n));
    tcp_charge(*this, *s, static_cast<u32>(n));
    if (!copied) s->flags &= static_cast<u8>(~TCPHDR_PSH);
    write_seq += static_cast<u32>(n);
    s->end_seq += static_cast<u32>(n);
    copied += n;
    if (copied == m.data.size() && (flags & MSG_EOR)) s->eor = true;
    const u32 unit_length = s->unit_offset + s->len();
    if (unit_length < size_goal || copied == m.data.size() || (flags & MSG_OOB)) continue;
    if (forced_push(*this)) {
      mark_push(*this, *s);
      tcp_write_xmit(*this, mss_now, TCP_NAGLE_PUSH, 0);
    } else if (const tcp_segment* head = tcp_send_head(*this);
               head && !after(s->end_seq - unit_length, head->seq)) {
      tcp_push_one(*this, mss_now);  // there is only this one
    }
  }
  if (copied) tcp_push(*this, flags, mss_now, nonagle, size_goal);
  return copied;
}

}  // namespace linnet
