// The pieces of the send queue: how they grow, how many segments on the wire each stands for, how they are cut. A piece's
// data stands in one block, so that what goes out is a clone with headers in front; only a piece that shares its block with
// another, or with a clone that is still on its way, is copied to go (tcp_header.cc).
#include "net/ipv4/tcp_units.hh"
#include "net/ipv4/tcp_zerocopy.hh"

#include "net/core/net_device.hh"
#include "net/core/skb_pool.hh"
#include "net/ipv4/snmp.hh"

namespace linnet {
namespace {

// sk_page_frag: what Linux copies the data of a send call into, piece after piece.
constexpr u32 page_frag_size = 32768;

// How many of those pieces the next `n` bytes of a segment take that has some already if `more`.
u8 take_page_frags(tcp_sock& sk, u32 n, bool more) {
  u32 frags = more && sk.page_offset ? 0 : 1;
  sk.page_offset += n;
  for (; sk.page_offset > page_frag_size; sk.page_offset -= page_frag_size) ++frags;
  if (sk.page_offset == page_frag_size) sk.page_offset = 0;
  return static_cast<u8>(frags);
}

// Gives the data a larger block, twice as large at least so that many small pieces cost little.
void grow(cpu& c, tcp_segment& s, u32 wanted, u32 limit) {
  const u32 room = std::min(std::max(wanted, 2 * s.len()), std::max(limit, wanted));
  skb_ptr p = alloc_skb(c, tcp_headroom + room);
  skb_reserve(*p, tcp_headroom);
  skb_put_data(*p, s.skb->payload());
  consume_skb(std::move(s.skb));
  s.skb = std::move(p);
}

}  // namespace

void tcp_setup_caps(tcp_sock& sk, const rtable& rt) {
  const net_device& dev = *rt.dev;
  sk.gso_max_size = std::min(dev.gso_max_size, gso_legacy_max_size) - tcp_gso_headers;
  // What is signed is signed segment by segment.
  sk.gso_max_segs = sk.md5sig ? u16{1} : static_cast<u16>(std::clamp(dev.gso_max_segs, 1u, 65535u));
}

void tcp_set_tso_segs(tcp_segment& s, u32 mss_now) {
  if (s.len() <= mss_now) {
    s.pcount = 1;
    s.gso_size = 0;
  } else {
    s.pcount = static_cast<u16>((s.len() + mss_now - 1) / mss_now);
    s.gso_size = static_cast<u16>(mss_now);
  }
}

u32 tcp_init_tso_segs(tcp_segment& s, u32 mss_now) {
  if (!s.pcount || (s.pcount > 1 && s.gso_size != mss_now)) tcp_set_tso_segs(s, mss_now);
  return s.pcount;
}

void tcp_adjust_pcount(tcp_sock& sk, const tcp_segment& s, int decr) {
  const u32 d = static_cast<u32>(decr);
  sk.packets_out -= d;
  if (s.sacked & TCPCB_SACKED_ACKED) sk.sacked_out -= d;
  if (s.sacked & TCPCB_SACKED_RETRANS) sk.retrans_out -= d;
  if (s.sacked & TCPCB_LOST) sk.lost_out -= d;
  // Without SACK nobody knows which one it was.
  if (tcp_is_reno(sk) && decr > 0) sk.sacked_out -= std::min(sk.sacked_out, d);
}

void tcp_charge(tcp_sock& sk, tcp_segment& s, int size) {
  s.charged += size;
  sk.wmem_queued += size;
}

u32 tcp_append(tcp_sock& sk, tcp_segment& s, const_bytes data, u32 limit) {
  const u32 n = static_cast<u32>(data.size());
  if (s.skb->tailroom() < n) grow(sk.ns.c, s, s.len() + n, limit);
  s.nr_frags = static_cast<u8>(s.nr_frags + take_page_frags(sk, n, s.len() != 0));
  skb_put_data(*s.skb, data);
  tcp_charge(sk, s, static_cast<int>(n));
  s.pcount = 0;
  return n;
}

static_assert(skb_handover_headroom >= tcp_headroom);

void tcp_take_over(tcp_sock& sk, tcp_segment& s, skb_ptr data) {
  s.skb = skb_move_to(sk.ns.c, std::move(data));
  if (unlikely(s.skb->headroom() < tcp_headroom)) skb_expand(*s.skb, tcp_headroom, 0);
  s.nr_frags = static_cast<u8>((s.len() + page_frag_size - 1) / page_frag_size);
  tcp_charge(sk, s, static_cast<int>(s.len()));
}

// ---- cutting

namespace {

// The part of a block's data from `from` to `to`, by itself.
skb_ptr copy_part(cpu& c, const sk_buff& s, u32 from, u32 to) {
  skb_ptr p = alloc_skb(c, tcp_headroom + to - from);
  skb_reserve(*p, tcp_headroom);
  skb_put_data(*p, const_bytes(s.payload()).subspan(from, to - from));
  return p;
}

// Parts the data of `s` after `len` bytes. While nobody else has the block, the smaller part moves out of it, so that both
// have room for headers; otherwise they share it.
skb_ptr split_data(cpu& c, tcp_segment& s, u32 len) {
  const u32 all = s.len();
  skb_ptr rest;
  if (s.skb->block->refs > 1) {
    rest = skb_clone(*s.skb);
    skb_pull(*rest, len);
    skb_trim(*s.skb, len);
  } else if (len < all - len) {
    rest = std::move(s.skb);
    s.skb = copy_part(c, *rest, 0, len);
    skb_pull(*rest, len);
  } else {
    rest = copy_part(c, *s.skb, len, all);
    skb_trim(*s.skb, len);
  }
  return rest;
}

// A segment behind `s` with what `s` has of the moment when it was sent.
tcp_segment& insert_behind(tcp_sock& sk, tcp_segment& s) {
  auto* rest = new (*tcp_of(sk.ns).segments) tcp_segment;
  const bool sent = before(s.seq, sk.snd_nxt);
  const auto behind = ++tcp_segment_list::iterator(static_cast<list_node<>*>(&s));
  (sent ? sk.rtx_queue : sk.write_queue).insert(behind, *rest);
  if (static_cast<list_node<tcp_tsorted_tag>&>(s).linked()) {
    auto by_time =
        list<tcp_segment, tcp_tsorted_tag>::iterator(static_cast<list_node<tcp_tsorted_tag>*>(&s));
    sk.tsorted_sent_queue.insert(++by_time, *rest);
  }
  rest->flags = s.flags;
  rest->sacked = s.sacked;
  rest->eor = s.eor;
  rest->mstamp_us = s.mstamp_us;
  rest->first_tx_mstamp = s.first_tx_mstamp;
  rest->delivered_mstamp = s.delivered_mstamp;
  rest->delivered = s.delivered;
  rest->app_limited = s.app_limited;
  rest->zerocopy = s.zerocopy;
  if (rest->zerocopy) tcp_zerocopy_get(*rest->zerocopy);
  return *rest;
}

// Whether a queue of what was sent has become so large by cutting that its peer must be acknowledging bit by bit, to make it
// so (CVE-2019-11478). The first and the last segment may be cut nevertheless, for losses to be mended.
bool cut_too_often(const tcp_sock& sk, const tcp_segment& s) {
  constexpr s64 largest = gso_legacy_max_size + 576;  // SKB_TRUESIZE(GSO_LEGACY_MAX_SIZE)
  const s64 most = sk.sndbuf + 2 * largest;
  return sk.wmem_queued >> 1 > most && &s != &sk.rtx_queue.front() && &s != &sk.rtx_queue.back();
}

}  // namespace

// Cuts `s` after `len` bytes; the rest becomes a segment of its own behind it (tcp_fragment, tso_fragment).
bool tcp_fragment(tcp_sock& sk, tcp_segment& s, u32 len, u32 mss_now) {
  if (!s.skb || len >= s.len()) return false;
  const bool sent = before(s.seq, sk.snd_nxt);
  if (unlikely(sent && cut_too_often(sk, s))) {
    net_inc_stats(sk.ns, LINUX_MIB_TCPWQUEUETOOBIG);
    return false;
  }
  tcp_segment& rest = insert_behind(sk, s);
  const u32 nlen = s.len() - len;
  rest.skb = split_data(sk.ns.c, s, len);
  rest.seq = s.seq + len;
  rest.end_seq = s.end_seq;
  s.end_seq = rest.seq;
  s.eor = false;
  s.flags &= static_cast<u8>(~(TCPHDR_FIN | TCPHDR_PSH));
  rest.nr_frags = static_cast<u8>(nlen / page_frag_size + 1);
  s.nr_frags = static_cast<u8>(std::min<u32>(s.nr_frags, len / page_frag_size + 1));
  tcp_charge(sk, s, -static_cast<int>(nlen));
  tcp_charge(sk, rest, static_cast<int>(nlen + skb_head_truesize));
  const int segs = s.pcount;
  tcp_set_tso_segs(s, mss_now);
  tcp_set_tso_segs(rest, mss_now);
  if (sent && !before(sk.snd_nxt, rest.end_seq)) {
    if (const int diff = segs - s.pcount - rest.pcount) tcp_adjust_pcount(sk, s, diff);
  }
  return true;
}

// What the peer has of the front of a segment goes.
void tcp_trim_head(tcp_sock& sk, tcp_segment& s, u32 len) {
  skb_pull(*s.skb, len);
  s.seq += len;
  tcp_charge(sk, s, -static_cast<int>(len));
  if (s.pcount > 1) tcp_set_tso_segs(s, s.gso_size);
}

}  // namespace linnet
