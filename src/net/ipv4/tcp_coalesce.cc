// Linux hangs what arrives onto the last packet in the queue, which saves a packet's head, if nobody else has that and it
// has room for more pieces of pages (skb_try_coalesce). Here only short pieces move into its block. Of others the costs are
// joined: the run's stand with its last packet, so that they are free when all of it is read, as there.
#include "net/core/skb_pool.hh"
#include "net/core/tracepoint.hh"
#include "net/core/world.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp_ofo.hh"

namespace linnet {
namespace {

constexpr u32 max_skb_frags = 17;      // MAX_SKB_FRAGS
constexpr u32 copied_together = 1024;  // what is as short is copied behind what there is

bool may_coalesce(const sk_buff& tail, const sk_buff& from) {
  if (tcp_cb(tail).end_seq != tcp_cb(from).seq || (tcp_cb(tail).flags & TCPHDR_FIN)) return false;
  return tcp_cb(tail).joined || tail.block->refs == 1;
}

// What is left of the costs of a packet in pieces of pages without its head.
u32 without_head(const sk_buff& s) {
  return s.truesize - std::min<u32>(s.truesize, skb_shinfo(s).linear.truesize);
}

}  // namespace

tcp_coalesced tcp_try_coalesce(tcp_sock& sk, sk_buff& tail, sk_buff& from) {
  if (!may_coalesce(tail, from)) return tcp_coalesced::no;
  const u32 have = skb_shinfo(tail).nr_frags, more = skb_shinfo(from).nr_frags;
  const bool fits = tail.block->refs == 1 && from.len() <= tail.tailroom();
  if (more ? have + more > max_skb_frags : have || !fits) return tcp_coalesced::no;
  const u32 delta = more ? without_head(from) : 0;
  sk.rmem_alloc += static_cast<int>(delta);
  net_inc_stats(sk.ns, LINUX_MIB_TCPRCVCOALESCE);
  if (fits && (!more || from.len() <= copied_together)) {
    skb_put_data(tail, from.payload());
    tail.truesize += delta;
    if (more) skb_shinfo(tail).nr_frags = static_cast<u8>(have + more);
    tcp_cb(tail).end_seq = tcp_cb(from).end_seq;
    tcp_cb(tail).flags |= tcp_cb(from).flags;
    return tcp_coalesced::eaten;
  }
  skb_shinfo(from).nr_frags = static_cast<u8>(have + more);
  sk.rmem_alloc -= static_cast<int>(tail.truesize + delta);  // which is charged again in one
  from.truesize = std::exchange(tail.truesize, 0u) + delta;
  tcp_cb(from).joined = true;
  return tcp_coalesced::joined;
}

void tcp_queue_run(tcp_sock& sk, sk_buff_head&& run) {
  sk_buff& first = *run.peek();
  if (&first == run.last()) return consume_skb(tcp_queue_rcv(sk, run.dequeue()));
  sk_buff& last = *run.last();
  tcp_rcv_nxt_update(sk, tcp_cb(last).end_seq);
  sk_buff* tail = sk.receive_queue.last();
  const u32 have = tail ? skb_shinfo(*tail).nr_frags : 0, more = skb_shinfo(last).nr_frags;
  if (tail && more && have + more <= max_skb_frags && may_coalesce(*tail, first)) {
    net_inc_stats(sk.ns, LINUX_MIB_TCPRCVCOALESCE);
    sk.rmem_alloc -= static_cast<int>(last.truesize);
    last.truesize = without_head(last);
    sk.rmem_alloc += static_cast<int>(last.truesize);
    last.truesize += std::exchange(tail->truesize, 0u);
    skb_shinfo(last).nr_frags = static_cast<u8>(have + more);
    tcp_cb(first).joined = true;
  }
  for (sk_buff* s = &first; s; s = s->next) {
    if (unlikely(!s->tstamp && sock_wants_stamp(sk))) s->tstamp = sk.ns.w.clk->real();
    trace(sk.ns.c, tp::sock_queue_rcv_skb, s, nullptr);
  }
  sk.receive_queue.splice(std::move(run));
}

}  // namespace linnet
