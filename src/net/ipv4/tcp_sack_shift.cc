// Linux keeps what was selectively acked in as few pieces as it can: a piece that is acked behind one that was moves into that, whole
// or as many segments of it as the block covers. That saves memory and makes its queue shorter. Here pieces stay where they are,
// since their data stands in one block each and would have to be copied; `shifted` says that a piece belongs to the one before
// it, and `run_seq` where the first of such a run begins. What counts is the same: the send buffer gets back what a packet's
// head costs, and the counters say what Linux's do.
#include "net/ipv4/tcp_sack_shift.hh"

#include "net/core/sk_memory.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp_units.hh"

namespace linnet {
namespace {

// A run has so many segments of eight bytes at most (tcp_skb_shift).
constexpr u32 longest_run = 65535 * 8;

tcp_segment* prev_in_rtx(const tcp_sock& sk, const tcp_segment& s) {
  auto it =
      tcp_segment_list::iterator(const_cast<list_node<>*>(static_cast<const list_node<>*>(&s)));
  if (it == sk.rtx_queue.begin()) return nullptr;
  --it;
  return &*it;
}

bool only_acked(const tcp_segment& s) { return (s.sacked & TCPCB_TAGBITS) == TCPCB_SACKED_ACKED; }

u32 begin_of_run(const tcp_sock& sk, const tcp_segment& s) {
  const u32 begin = s.shifted ? s.run_seq : s.seq;
  return before(begin, sk.snd_una) ? sk.snd_una : begin;
}

// Whether `s` may go into the piece before it (tcp_skb_can_collapse, skb_shift).
bool may_join(const tcp_sock& sk, const tcp_segment& to, const tcp_segment& s, u32 len) {
  return s.len() && !to.eor && !to.zerocopy && !s.zerocopy &&
         to.end_seq - begin_of_run(sk, to) + len < longest_run;
}

void join(tcp_sock& sk, const tcp_segment& to, tcp_segment& s) {
  s.shifted = true;
  s.run_seq = begin_of_run(sk, to);
  tcp_charge(sk, s, -static_cast<int>(skb_head_truesize));
}

// A hole is filled: the run behind it goes on with this one.
void join_next_run(tcp_sock& sk, tcp_segment& s, u32 mss) {
  tcp_segment* next = tcp_next_in_rtx(sk, s);
  if (!next || next->shifted || !only_acked(*next) || next->seglen() != mss) return;
  u32 end = next->end_seq;
  for (tcp_segment* p = tcp_next_in_rtx(sk, *next); p && p->shifted; p = tcp_next_in_rtx(sk, *p))
    end = p->end_seq;
  if (!may_join(sk, s, *next, end - next->seq)) return;
  join(sk, s, *next);
  for (tcp_segment* p = tcp_next_in_rtx(sk, *next); p && p->shifted; p = tcp_next_in_rtx(sk, *p))
    p->run_seq = next->run_seq;
  net_inc_stats(sk.ns, LINUX_MIB_SACKMERGED);
}

// What began a run and is acked a second time goes with all of it that the block covers; `s` is the last of that. True: there is
// more of the run, which is one by itself now.
bool take_rest_of_run(tcp_sock& sk, tcp_sacktag_state& st, tcp_segment*& s, u32 end) {
  const u32 run_seq = s->run_seq;
  tcp_segment* p = tcp_next_in_rtx(sk, *s);
  for (; p && p->shifted && !before(end, p->end_seq); p = tcp_next_in_rtx(sk, *p)) {
    tcp_sacktag_one(sk, st, *p, true);
    p->run_seq = run_seq;
    s = p;
  }
  if (!p || !p->shifted) return false;
  p->shifted = false;
  const u32 begin = p->seq;
  while ((p = tcp_next_in_rtx(sk, *p)) && p->shifted) p->run_seq = begin;
  return true;
}

// How many bytes from the front of `s` on the block covers, in whole segments; 0: none. `mss`: how long those are.
u32 covered_front(const tcp_segment& s, u32 end, u32 mss) {
  const u32 len = end - s.seq;
  return len - len % mss;
}

struct plan {
  tcp_shift what;
  u32 len = 0;
  u32 mss = 0;
};

plan plan_of(const tcp_sock& sk, const tcp_segment& s, const tcp_segment* prev, u32 start, u32 end,
             bool dup_sack) {
  using enum tcp_shift;
  // What goes again and was not lost is not acked without being lost first, unless twice.
  if (!dup_sack && (s.sacked & (TCPCB_LOST | TCPCB_SACKED_RETRANS)) == TCPCB_SACKED_RETRANS)
    return {fallback};
  if (!s.len() || !after(s.end_seq, sk.snd_una)) return {fallback};
  if (!prev || !only_acked(*prev) || prev->eor) return {fallback};
  const bool whole = !after(start, s.seq) && !before(end, s.end_seq);
  if (!whole) {
    if (!after(s.end_seq, start) || s.pcount <= 1) return {noop};
    if (after(start, s.seq)) return {fallback};
  }
  const u32 mss = whole ? s.seglen() : s.gso_size;
  if (mss != prev->seglen()) return {fallback};
  const u32 len = whole ? s.len() : covered_front(s, end, mss);
  if (!len) return {noop};
  if (!after(s.seq + len, sk.snd_una) || !may_join(sk, *prev, s, len)) return {fallback};
  return {done, len, mss};
}

}  // namespace

tcp_shift tcp_shift_skb_data(tcp_sock& sk, tcp_sacktag_state& st, tcp_segment*& s, u32 start,
                             u32 end, bool dup_sack) {
  const tcp_segment* prev = prev_in_rtx(sk, *s);
  plan p = plan_of(sk, *s, prev, start, end, dup_sack);
  bool part = p.what == tcp_shift::done && p.len < s->len();
  if (part && !tcp_fragment(sk, *s, p.len, p.mss)) p.what = tcp_shift::fallback;
  if (p.what == tcp_shift::fallback) net_inc_stats(sk.ns, LINUX_MIB_SACKSHIFTFALLBACK);
  if (p.what != tcp_shift::done) return p.what;
  tcp_sacktag_one(sk, st, *s, dup_sack);
  join(sk, *prev, *s);
  if (dup_sack) part |= take_rest_of_run(sk, st, s, end);
  net_inc_stats(sk.ns, part ? LINUX_MIB_SACKSHIFTED : LINUX_MIB_SACKMERGED);
  if (!part) join_next_run(sk, *s, p.mss);
  return tcp_shift::done;
}

}  // namespace linnet
