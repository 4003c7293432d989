// Walks the receive queue as a read does (tcp_recvmsg), and leaves it as it is.
#include "net/ipv4/tcp_peek.hh"

namespace linnet {

// Past a packet that has no more data; the end of the stream counts as read with the last byte before it.
void tcp_read_walk::leave_if_done() {
  const tcp_skb_cb& cb = tcp_cb(*at_);
  if (seq_ - cb.seq < at_->len()) return;
  if (cb.flags & TCPHDR_FIN) {
    ++seq_;
    ended_ = true;
  }
  at_ = at_->next;
}

const_bytes tcp_read_walk::next(size_t most) {
  while (at_ && !ended_) {
    if (at_mark() && any_) break;
    const u32 offset = seq_ - tcp_cb(*at_).seq;
    if (unlikely(offset >= at_->len())) {
      leave_if_done();
      continue;
    }
    if (at_mark() && !sk_.oobinline) {  // not of this stream
      ++seq_;
      continue;
    }
    const const_bytes rest = const_bytes(at_->payload()).subspan(offset);
    size_t n = std::min(rest.size(), most);
    if (unlikely(sk_.urg_data))
      if (const u32 to_urgent = sk_.urg_seq - seq_; to_urgent) n = std::min<size_t>(n, to_urgent);
    stamp_ = at_->tstamp;
    seq_ += static_cast<u32>(n);
    any_ = true;
    leave_if_done();
    return rest.first(n);
  }
  return {};
}

size_t tcp_peek_pieces(const tcp_sock& sk, std::span<const_bytes> pieces) {
  tcp_read_walk walk(sk);
  size_t n = 0;
  for (; n < pieces.size(); ++n) {
    pieces[n] = walk.next(~size_t{0});
    if (pieces[n].empty()) break;
  }
  return n;
}

}  // namespace linnet
