// Walks the receive queue as a read does (tcp_recvmsg), and leaves it as it is.
#include "net/ipv4/tcp_peek.hh"

namespace linnet {

size_t tcp_peek_pieces(const tcp_sock& sk, std::span<const_bytes> pieces) {
  size_t n = 0;
  u32 seq = sk.copied_seq;
  for (const sk_buff* s = sk.receive_queue.peek(); s && n < pieces.size(); s = s->next) {
    const tcp_skb_cb& cb = tcp_cb(*s);
    while (seq - cb.seq < s->len() && n < pieces.size()) {
      const const_bytes rest = const_bytes(s->payload()).subspan(seq - cb.seq);
      const u32 to_urgent = sk.urg_data ? sk.urg_seq - seq : ~0u;
      if (to_urgent == 0 && !sk.oobinline) {
        if (n) return n;
        ++seq;  // not of this stream: a read passes over it
        continue;
      }
      const bool ends_there = to_urgent && to_urgent < rest.size();
      pieces[n++] = ends_there ? rest.first(to_urgent) : rest;
      if (ends_there) return n;
      seq += static_cast<u32>(rest.size());
    }
    if (cb.flags & TCPHDR_FIN) break;
  }
  return n;
}

}  // namespace linnet
