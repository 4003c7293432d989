// What TCP's send queue is made of.
#pragma once

#include "base/list.hh"
#include "base/slab.hh"
#include "net/core/sk_buff.hh"

namespace linnet {

// tcp_segment::sacked.
inline constexpr u8 TCPCB_SACKED_ACKED = 1, TCPCB_SACKED_RETRANS = 2, TCPCB_LOST = 4,
                    TCPCB_TAGBITS = TCPCB_SACKED_ACKED | TCPCB_SACKED_RETRANS | TCPCB_LOST,
                    TCPCB_EVER_RETRANS = 0x80;

// Calls of send with MSG_ZEROCOPY, one after another, whose data is in the send queue (struct ubuf_info_msgzc). Segments
// that have some of it hold references.
struct tcp_zerocopy {
  u32 refs = 1;
  u32 first = 0, calls = 0;
};

// A piece of the send queue: what Linux keeps in a queued sk_buff's private data. Its packet holds data only, with
// headroom for headers; what goes out is a clone. It may stand for many segments on the wire (`pcount`), which are cut
// below (net/core/gso.hh); all counts of packets in this file are of those. First in the write queue, then, once sent, in
// the retransmission queue (by sequence) and in the order of sending.
struct tcp_segment : list_node<>, list_node<struct tcp_tsorted_tag> {
  skb_ptr skb;
  u32 seq = 0, end_seq = 0;
  u8 flags = 0;   // TCPHDR_*
  u8 sacked = 0;  // TCPCB_*
  bool eor = false;
  bool shifted = false;  // selectively acked, and in Linux's queue a part of the piece before it
  u16 pcount = 0;        // segments on the wire; 0: not counted yet (tcp_gso_segs)
  u16 gso_size = 0;      // bytes of each but the last; 0: it is one
  u8 nr_frags = 0;       // pieces of pages that Linux would hold the data in
  int charged = 0;       // of the send buffer: what Linux's sk_buff costs
  u64 mstamp_us = 0;     // when it was sent last
  // Of the moment when it was sent (struct tcp_skb_cb.tx), for delivery rates.
  u64 first_tx_mstamp = 0, delivered_mstamp = 0;
  u32 delivered = 0, delivered_ce = 0;
  bool app_limited = false;
  u32 run_seq =
      0;  // of what was selectively acked: where the piece begins that Linux would hold it in
  tcp_zerocopy* zerocopy = nullptr;

  tcp_segment() = default;
  ~tcp_segment();
  static void* operator new(size_t, slab_pool& p) { return p.alloc(); }
  static void operator delete(void* p, slab_pool&) { slab_pool::free(p); }
  static void operator delete(void* p) { slab_pool::free(p); }
  u32 len() const { return skb ? skb->len() : 0; }
  u32 seglen() const { return pcount == 1 ? len() : gso_size; }  // tcp_skb_seglen
};

using tcp_segment_list = list<tcp_segment>;

}  // namespace linnet
