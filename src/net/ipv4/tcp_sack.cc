// The scoreboard: what the peer has beyond its cumulative ack (RFC 2018), what it got twice (RFC 2883), and for peers
// without SACK, how many duplicate acks stand for it.
#include <linux/tcp.h>

#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_sack_shift.hh"

namespace linnet {

tcp_segment* tcp_next_in_rtx(const tcp_sock& sk, const tcp_segment& s) {
  auto it =
      tcp_segment_list::iterator(const_cast<list_node<>*>(static_cast<const list_node<>*>(&s)));
  ++it;
  return it == sk.rtx_queue.end() ? nullptr : &*it;
}

void tcp_count_delivered(tcp_sock& sk, u32 delivered, bool ece_ack) {
  sk.delivered += delivered;
  if (ece_ack) sk.delivered_ce += delivered;
}

void tcp_check_sack_reordering(tcp_sock& sk, u32 low_seq, int ts) {
  const u32 fack = tcp_highest_sack_seq(sk);
  if (!before(low_seq, fack)) return;
  const u32 metric = fack - low_seq, mss = sk.mss_cache;
  if (metric > sk.reordering * mss && mss)
    sk.reordering =
        std::min<u32>((metric + mss - 1) / mss, static_cast<u32>(tcp_sysctl(sk).max_reordering));
  ++sk.reord_seen;  // for RACK's window
  net_inc_stats(sk.ns, ts ? LINUX_MIB_TCPTSREORDER : LINUX_MIB_TCPSACKREORDER);
}

namespace {

constexpr unsigned max_blocks = 4;

struct sack_blocks {
  std::array<tcp_sack_block, max_blocks> b;
  unsigned n = 0;
};

sack_blocks blocks_of(const tcphdr& th) {
  sack_blocks out;
  const u8* p = reinterpret_cast<const u8*>(&th + 1);
  s32 left = static_cast<s32>(th.header_len()) - static_cast<s32>(sizeof(tcphdr));
  while (left > 0) {
    if (*p == TCPOPT_EOL) break;
    if (*p == TCPOPT_NOP) {
      ++p, --left;
      continue;
    }
    if (left < 2 || p[1] < 2 || p[1] > left) break;
    if (p[0] == TCPOPT_SACK && p[1] >= 10 && !((p[1] - 2u) % TCPOLEN_SACK_PERBLOCK)) {
      out.n = std::min((p[1] - 2u) / TCPOLEN_SACK_PERBLOCK, max_blocks);
      for (unsigned i = 0; i < out.n; ++i)
        out.b[i] = {be32::load(p + 2 + 8 * i).host(), be32::load(p + 6 + 8 * i).host()};
    }
    left -= p[1];
    p += p[1];
  }
  return out;
}

// What a believable block looks like (tcp_is_sackblock_valid).
bool block_valid(const tcp_sock& sk, bool is_dsack, u32 start, u32 end) {
  if (after(end, sk.snd_nxt) || !before(start, end) || !before(start, sk.snd_nxt)) return false;
  if (after(start, sk.snd_una)) return true;
  if (!is_dsack || !sk.undo_marker) return false;
  if (after(end, sk.snd_una)) return false;
  if (!before(start, sk.undo_marker)) return true;
  if (!after(end, sk.undo_marker)) return false;
  return !before(start, end - sk.max_window);
}

// tcp_dsack_seen: something went once too often. How many segments; 0: it cannot be believed.
u32 dsack_seen(tcp_sock& sk, u32 start, u32 end, tcp_sacktag_state& st) {
  const u32 len = end - start;
  u32 dup_segs = 1;
  if (st.mss_now && len > st.mss_now) dup_segs = (len + st.mss_now - 1) / st.mss_now;
  sk.dsack_dups += dup_segs;
  if (sk.dsack_dups > sk.total_retrans) return 0;  // cannot be ours
  st.flag |= FLAG_DSACKING_ACK;
  if (sk.tlp_high_seq && sk.tlp_retrans && end == sk.tlp_high_seq) st.flag |= FLAG_DSACK_TLP;
  sk.rx_opt.sack_ok = true;
  sk.rack.dsack_seen = true;
  return dup_segs;
}

// So many segments that went again turned out to have been in vain.
void less_undo_retrans(tcp_sock& sk, u32 segs) {
  sk.undo_retrans -= std::min(sk.undo_retrans, segs);
}

bool check_dsack(tcp_sock& sk, const sk_buff& ack, const sack_blocks& all, u32 prior_snd_una,
                 tcp_sacktag_state& st) {
  const auto [start, end] = all.b[0];
  if (before(start, tcp_cb(ack).ack_seq)) {
    net_inc_stats(sk.ns, LINUX_MIB_TCPDSACKRECV);
  } else if (all.n > 1 && !after(end, all.b[1].end_seq) && !before(start, all.b[1].start_seq)) {
    net_inc_stats(sk.ns, LINUX_MIB_TCPDSACKOFORECV);
  } else {
    return false;
  }
  const u32 dup_segs = dsack_seen(sk, start, end, st);
  if (!dup_segs) {
    net_inc_stats(sk.ns, LINUX_MIB_TCPDSACKIGNOREDDUBIOUS);
    return false;
  }
  net_inc_stats(sk.ns, LINUX_MIB_TCPDSACKRECVSEGS, dup_segs);
  // Something that was sent again only now.
  if (sk.undo_marker && static_cast<s32>(sk.undo_retrans) > 0 && !after(end, prior_snd_una) &&
      after(end, sk.undo_marker))
    less_undo_retrans(sk, dup_segs);
  return true;
}

// Whether a block covers the segment. One that it covers in part is cut, where whole segments on the wire end; the part in
// front is `s` then (tcp_match_skb_to_sack).
bool match_to_sack(tcp_sock& sk, tcp_segment& s, u32 start, u32 end) {
  bool in_sack = !after(start, s.seq) && !before(end, s.end_seq);
  if (s.pcount <= 1 || in_sack || !after(s.end_seq, start)) return in_sack;
  const u32 mss = s.gso_size;
  in_sack = !after(start, s.seq);
  u32 len = in_sack ? end - s.seq : std::max(start - s.seq, mss);
  if (len < mss) return false;
  if (len > mss) {
    const u32 whole = len / mss * mss;
    len = !in_sack && whole < len ? whole + mss : whole;
  }
  if (len >= s.len() && !in_sack) return false;
  return tcp_fragment(sk, s, len, mss) && in_sack;
}

}  // namespace

void tcp_sacktag_one(tcp_sock& sk, tcp_sacktag_state& st, tcp_segment& s, bool dup) {
  if (dup && (s.sacked & TCPCB_EVER_RETRANS)) {
    if (sk.undo_marker && static_cast<s32>(sk.undo_retrans) > 0 && after(s.end_seq, sk.undo_marker))
      less_undo_retrans(sk, s.pcount);
    if ((s.sacked & TCPCB_SACKED_ACKED) && before(s.seq, st.reord)) st.reord = s.seq;
  }
  if (!after(s.end_seq, sk.snd_una)) return;
  if (!(s.sacked & TCPCB_SACKED_ACKED)) {
    tcp_rack_advance(sk, s.sacked, s.end_seq, s.mstamp_us);
    if (s.sacked & TCPCB_SACKED_RETRANS) {
      // The retransmission or the original: either way nothing of it is lost.
      if (s.sacked & TCPCB_LOST) {
        s.sacked &= static_cast<u8>(~(TCPCB_LOST | TCPCB_SACKED_RETRANS));
        sk.lost_out -= s.pcount;
        sk.retrans_out -= s.pcount;
      }
    } else {
      if (!(s.sacked & TCPCB_EVER_RETRANS)) {
        // A hole is filled that was never sent again: the network reorders.
        if (before(s.seq, tcp_highest_sack_seq(sk)) && before(s.seq, st.reord)) st.reord = s.seq;
        if (!after(s.end_seq, sk.high_seq)) st.flag |= FLAG_ORIG_SACK_ACKED;
        if (!st.first_sackt) st.first_sackt = s.mstamp_us;
        st.last_sackt = s.mstamp_us;
      }
      if (s.sacked & TCPCB_LOST) {
        s.sacked &= static_cast<u8>(~TCPCB_LOST);
        sk.lost_out -= s.pcount;
      }
    }
    if (!sk.sacked_out || after(s.end_seq, sk.highest_sack_end)) sk.highest_sack_end = s.end_seq;
    s.sacked |= TCPCB_SACKED_ACKED;
    st.flag |= FLAG_DATA_SACKED;
    sk.sacked_out += s.pcount;
    st.sack_delivered += s.pcount;
    tcp_rate_skb_delivered(sk, s, *st.rate);
    if (!before(s.seq, sk.snd_una)) list<tcp_segment, tcp_tsorted_tag>::remove(s);
  }
  if (dup && (s.sacked & TCPCB_SACKED_RETRANS)) {
    s.sacked &= static_cast<u8>(~TCPCB_SACKED_RETRANS);
    sk.retrans_out -= s.pcount;
  }
}

namespace {

// All that a block covers (tcp_sacktag_walk).
void sacktag_walk(tcp_sock& sk, tcp_sacktag_state& st, tcp_sack_block b, bool dup) {
  for (tcp_segment* s = tcp_rtx_head(sk); s; s = tcp_next_in_rtx(sk, *s)) {
    if (!before(s->seq, b.end_seq)) break;
    if ((s->sacked & TCPCB_SACKED_ACKED) && !dup) continue;
    if (!after(s->end_seq, b.start_seq)) continue;
    if (!s->shifted &&
        tcp_shift_skb_data(sk, st, s, b.start_seq, b.end_seq, dup) != tcp_shift::fallback)
      continue;  // what went into another piece is not moved a second time
    if (match_to_sack(sk, *s, b.start_seq, b.end_seq)) tcp_sacktag_one(sk, st, *s, dup);
  }
}

}  // namespace

int tcp_sacktag_write_queue(tcp_sock& sk, const sk_buff& ack, u32 prior_snd_una,
                            tcp_sacktag_state& st) {
  const sack_blocks all = blocks_of(tcp_hdr(ack));
  if (!all.n) return 0;
  st.reord = sk.snd_nxt;
  st.mss_now = tcp_current_mss(sk);
  const bool found_dup = check_dsack(sk, ack, all, prior_snd_una, st);
  // Long past: an ack that overtook many.
  if (before(tcp_cb(ack).ack_seq, prior_snd_una - sk.max_window)) return 0;
  if (!sk.packets_out) return st.flag;
  sack_blocks use;
  std::array<bool, max_blocks> is_dup{};
  for (unsigned i = 0; i < all.n; ++i) {
    const bool dup = found_dup && i == 0;
    if (!block_valid(sk, dup, all.b[i].start_seq, all.b[i].end_seq)) {
      if (dup)
        net_inc_stats(
            sk.ns, sk.undo_marker ? LINUX_MIB_TCPDSACKIGNOREDOLD : LINUX_MIB_TCPDSACKIGNOREDNOUNDO);
      else if (tcp_cb(ack).ack_seq != sk.snd_una && !after(all.b[i].end_seq, sk.snd_una))
        continue;  // an old ack's
      else
        net_inc_stats(sk.ns, LINUX_MIB_TCPSACKDISCARD);
      continue;
    }
    if (!after(all.b[i].end_seq, prior_snd_una)) continue;
    // In order: insertion among four.
    unsigned at = use.n++;
    for (; at > 0 && before(all.b[i].start_seq, use.b[at - 1].start_seq); --at) {
      use.b[at] = use.b[at - 1];
      is_dup[at] = is_dup[at - 1];
    }
    use.b[at] = all.b[i];
    is_dup[at] = dup;
  }
  for (unsigned i = 0; i < use.n; ++i) sacktag_walk(sk, st, use.b[i], is_dup[i]);
  if (sk.ca_state != TCP_CA_Loss || sk.undo_marker) tcp_check_sack_reordering(sk, st.reord, 0);
  return st.flag;
}

// ---- without SACK: each duplicate ack says that one more segment has left the network

namespace {

bool limit_reno_sacked(tcp_sock& sk) {
  const u32 holes = std::clamp(sk.lost_out, 1u, std::max(sk.packets_out, 1u));
  if (sk.sacked_out + holes > sk.packets_out) {
    sk.sacked_out = sk.packets_out - holes;
    return true;
  }
  return false;
}

void check_reno_reordering(tcp_sock& sk, u32 addend) {
  if (!limit_reno_sacked(sk)) return;
  sk.reordering =
      std::min<u32>(sk.packets_out + addend, static_cast<u32>(tcp_sysctl(sk).max_reordering));
  ++sk.reord_seen;
  net_inc_stats(sk.ns, LINUX_MIB_TCPRENOREORDER);
}

}  // namespace

void tcp_add_reno_sack(tcp_sock& sk, int num_dupack, bool ece_ack) {
  if (!num_dupack) return;
  const u32 prior = sk.sacked_out;
  sk.sacked_out += static_cast<u32>(num_dupack);
  check_reno_reordering(sk, 0);
  const s32 delivered = static_cast<s32>(sk.sacked_out - prior);
  if (delivered > 0) tcp_count_delivered(sk, static_cast<u32>(delivered), ece_ack);
}

void tcp_remove_reno_sacks(tcp_sock& sk, int acked, bool ece_ack) {
  if (acked > 0) {
    tcp_count_delivered(
        sk, static_cast<u32>(std::max<s32>(acked - static_cast<s32>(sk.sacked_out), 1)), ece_ack);
    sk.sacked_out = static_cast<u32>(acked - 1) >= sk.sacked_out
                        ? 0
                        : sk.sacked_out - static_cast<u32>(acked - 1);
  }
  check_reno_reordering(sk, static_cast<u32>(std::max(acked, 0)));
}

void tcp_reset_reno_sack(tcp_sock& sk) { sk.sacked_out = 0; }

}  // namespace linnet
