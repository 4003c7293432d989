// Data that came before what is in front of it: kept until the hole is filled, with the SACK blocks that tell the peer of it
// (RFC 2018), and of what it sent twice (RFC 2883). Packets that follow each other are one entry of the queue, a run, as long as
// Linux would put them into one packet. Entries may overlap; what an entry covers goes.
#include "net/ipv4/tcp_ofo.hh"

#include <linux/tcp.h>

#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp_comp_sack.hh"
#include "net/ipv4/tcp_drop.hh"
#include "net/ipv4/tcp_memory.hh"

namespace linnet {

using enum skb_drop_reason;

void tcp_dsack_set(tcp_sock& sk, u32 seq, u32 end_seq) {
  if (tcp_is_reno(sk) || !tcp_sysctl(sk).dsack) return;
  net_inc_stats(sk.ns,
                before(seq, sk.rcv_nxt) ? LINUX_MIB_TCPDSACKOLDSENT : LINUX_MIB_TCPDSACKOFOSENT);
  sk.rx_opt.dsack = true;
  sk.duplicate_sack = {seq, end_seq};
}

namespace {

// Two pieces that touch are told of as one (tcp_sack_extend).
bool sack_extend(tcp_sack_block& b, u32 seq, u32 end_seq) {
  if (after(seq, b.end_seq) || after(b.start_seq, end_seq)) return false;
  if (before(seq, b.start_seq)) b.start_seq = seq;
  if (after(end_seq, b.end_seq)) b.end_seq = end_seq;
  return true;
}

void dsack_extend(tcp_sock& sk, u32 seq, u32 end_seq) {
  if (!sk.rx_opt.dsack)
    tcp_dsack_set(sk, seq, end_seq);
  else
    sack_extend(sk.duplicate_sack, seq, end_seq);
}

constexpr u8 sack_blocks_expected =
    2;  // TCP_SACK_BLOCKS_EXPECTED: those that an ack has room for at any rate

// The block that has the newest piece goes first (RFC 2018 §4); the oldest falls off the end.
void sack_new_ofo(tcp_sock& sk, u32 seq, u32 end_seq) {
  auto& o = sk.rx_opt;
  auto& acks = sk.selective_acks;
  for (u8 i = 0; i < o.num_sacks; ++i) {
    if (!sack_extend(acks[i], seq, end_seq)) continue;
    if (i >= sack_blocks_expected) tcp_sack_compress_send_ack(sk);
    for (; i > 0; --i) std::swap(acks[i], acks[i - 1u]);
    // It may have grown to touch others.
    for (u8 j = 1; j < o.num_sacks;) {
      if (!sack_extend(acks[0], acks[j].start_seq, acks[j].end_seq)) {
        ++j;
        continue;
      }
      for (u8 k = j; k + 1 < o.num_sacks; ++k) acks[k] = acks[k + 1u];
      --o.num_sacks;
    }
    return;
  }
  if (o.num_sacks >= sack_blocks_expected) tcp_sack_compress_send_ack(sk);
  if (o.num_sacks == acks.size()) --o.num_sacks;
  for (u8 i = o.num_sacks; i > 0; --i) acks[i] = acks[i - 1u];
  acks[0] = {seq, end_seq};
  ++o.num_sacks;
}

using run_iterator = decltype(tcp_sock::out_of_order_queue)::iterator;

u32 end_of(const sk_buff_head& run) { return tcp_cb(*run.last()).end_seq; }

// A run counts as one segment that was dropped, as it is one packet on Linux.
void drop_run(tcp_sock& sk, sk_buff_head& run, skb_drop_reason why) {
  ++sk.drops;
  run.purge(why);
}

// A run that another covers.
run_iterator drop_covered(tcp_sock& sk, run_iterator run) {
  dsack_extend(sk, run->first, end_of(run->second));
  net_inc_stats(sk.ns, LINUX_MIB_TCPOFOMERGE);
  drop_run(sk, run->second, TCP_OFOMERGE);
  return sk.out_of_order_queue.erase(run);
}

// Those behind a new one that it covers; what it covers of the last is told of.
void merge_right(tcp_sock& sk, run_iterator next, u32 end_seq) {
  while (next != sk.out_of_order_queue.end() && after(end_seq, next->first)) {
    if (before(end_seq, end_of(next->second))) return dsack_extend(sk, next->first, end_seq);
    next = drop_covered(sk, next);
  }
}

// A packet that goes on where a run ends. True: it is dealt with.
bool coalesce(tcp_sock& sk, sk_buff_head& run, skb_ptr& p) {
  const u32 truesize = p->truesize;
  const tcp_coalesced how = tcp_try_coalesce(sk, *run.last(), *p);
  if (how == tcp_coalesced::no) return false;
  if (!tcp_is_reno(sk)) tcp_grow_window(sk, *p, truesize, true);
  if (how == tcp_coalesced::eaten) {
    consume_skb(std::move(p));
  } else {
    skb_set_owner_r(*p, sk);
    run.enqueue(std::move(p));
  }
  return true;
}

// All of it is there.
bool drop_present(tcp_sock& sk, skb_ptr& p) {
  net_inc_stats(sk.ns, LINUX_MIB_TCPOFOMERGE);
  tcp_dsack_set(sk, tcp_cb(*p).seq, tcp_cb(*p).end_seq);
  tcp_drop(sk, std::move(p), TCP_OFOMERGE);
  return true;
}

// Where a packet has its place, with what it covers gone. True: it went into a run, or was there.
bool insert(tcp_sock& sk, skb_ptr& p) {
  auto& q = sk.out_of_order_queue;
  const u32 seq = tcp_cb(*p).seq, end_seq = tcp_cb(*p).end_seq;
  auto next = q.upper_bound(seq);
  if (next != q.begin()) {
    auto at = std::prev(next);
    if (!before(seq, end_of(at->second)) && coalesce(sk, at->second, p)) return true;
    while (at != q.begin() && before(seq, end_of(std::prev(at)->second))) --at;
    for (; at != next; ++at) {  // runs that overlap each other, and it
      const u32 at_end = end_of(at->second);
      if (!before(seq, at_end)) continue;
      if (!after(end_seq, at_end)) return drop_present(sk, p);
      if (seq == at->first) {
        next = drop_covered(sk, at);
        break;
      }
      tcp_dsack_set(sk, seq, at_end);
    }
  }
  merge_right(sk, next, end_seq);
  return false;
}

}  // namespace

void tcp_sack_remove(tcp_sock& sk) {
  auto& o = sk.rx_opt;
  if (sk.out_of_order_queue.empty()) {
    o.num_sacks = 0;
    return;
  }
  for (u8 i = 0; i < o.num_sacks;) {
    if (before(sk.rcv_nxt, sk.selective_acks[i].start_seq)) {
      ++i;
      continue;
    }
    for (u8 j = i; j + 1 < o.num_sacks; ++j) sk.selective_acks[j] = sk.selective_acks[j + 1u];
    --o.num_sacks;
  }
}

void tcp_ofo_queue(tcp_sock& sk) {
  u32 dsack_high = sk.rcv_nxt;
  auto& q = sk.out_of_order_queue;
  bool fin = false;
  while (!q.empty() && !fin) {
    auto first = q.begin();
    const u32 seq = first->first, end_seq = end_of(first->second);
    if (after(seq, sk.rcv_nxt)) break;
    if (before(seq, dsack_high)) {
      const u32 dsack = dsack_high;
      if (before(end_seq, dsack_high)) dsack_high = end_seq;
      dsack_extend(sk, seq, dsack);
    }
    sk_buff_head run = std::move(first->second);
    q.erase(first);
    if (!after(end_seq, sk.rcv_nxt)) {
      drop_run(sk, run, TCP_OFO_DROP);
      continue;
    }
    fin = tcp_cb(*run.last()).flags & TCPHDR_FIN;
    tcp_queue_run(sk, std::move(run));
    if (fin) tcp_fin(sk);
  }
}

void tcp_data_queue_ofo(tcp_sock& sk, skb_ptr p) {
  tcp_ecn_check_ce(sk, *p);
  const u32 seq = tcp_cb(*p).seq, end_seq = tcp_cb(*p).end_seq;
  if (unlikely(!tcp_try_rmem_schedule(sk, *p))) {
    net_inc_stats(sk.ns, LINUX_MIB_TCPOFODROP);
    sk_data_ready(sk);
    return tcp_drop(sk, std::move(p), PROTO_MEM);
  }
  sk.ack.pending |= ICSK_ACK_SCHED;
  ++sk.rcv_ooopack;
  net_inc_stats(sk.ns, LINUX_MIB_TCPOFOQUEUE);
  p->dev = nullptr;
  skb_dst_drop(*p);
  const bool done = insert(sk, p);
  if (!tcp_is_reno(sk))
    sack_new_ofo(sk, seq, end_seq);  // its block is the newest, or the newest again
  if (done) return;
  if (!tcp_is_reno(sk)) tcp_grow_window(sk, *p, p->truesize, false);
  skb_set_owner_r(*p, sk);
  sk.out_of_order_queue[seq].enqueue(std::move(p));
}

void tcp_ofo_purge(tcp_sock& sk) {
  for (auto& [seq, run] : sk.out_of_order_queue) run.purge(SOCKET_CLOSE);
  sk.out_of_order_queue.clear();
  sk.rx_opt.num_sacks = 0;
}

}  // namespace linnet
