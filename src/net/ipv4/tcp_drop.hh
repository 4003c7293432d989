// Segments that a socket does not want.
#pragma once

#include "net/core/skb_pool.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {

// Frees a segment unused, and counts as many as it stands for among what the socket dropped (tcp_drop_reason).
inline void tcp_drop(tcp_sock& sk, skb_ptr p, skb_drop_reason why) {
  sk.drops += p->gso ? std::max<u32>(skb_shinfo(*p).gso_segs, 1) : 1;
  kfree_skb_reason(std::move(p), why);
}

}  // namespace linnet
