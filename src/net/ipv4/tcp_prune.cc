// A receive buffer that is full, or may not grow for want of memory. First what came in many small packets is put together,
// which costs less; then what is out of order goes, the farthest first, though the peer was told of it (RFC 2018 §8 allows it);
// and if that does not help, what comes is dropped.
#include "net/core/skb_pool.hh"
#include "net/core/tracepoint.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_memory.hh"

namespace linnet {
namespace {

constexpr u32 page_room =
    4096 - 320;  // SKB_MAX_ORDER(0, 0): a page's data beside what every block ends with

// The window was promised for larger pieces than came: more room for what is here, less to be promised (tcp_clamp_window).
void clamp_window(tcp_sock& sk) {
  const s64 most = tcp_sysctl(sk).rmem[2];
  const tcp_memory& m = tcp_memory_of(sk.ns);
  sk.ack.quick = 0;
  if (sk.rcvbuf < most && !(sk.userlocks & 2) && !m.under_pressure() && m.allocated < m.limits[0])
    sk.rcvbuf = static_cast<int>(std::min<s64>(sk.rmem_alloc, most));
  if (sk.rmem_alloc > sk.rcvbuf) sk.rcv_ssthresh = std::min(sk.window_clamp, 2u * sk.advmss);
}

// What Linux would hold as one packet: packets whose costs are joined stand with the last of them.
struct run {
  std::vector<skb_ptr> packets{};
  u32 len = 0;
  const sk_buff& last() const { return *packets.back(); }
  u32 seq() const { return tcp_cb(*packets.front()).seq; }
  u32 end_seq() const { return tcp_cb(last()).end_seq; }
  bool fin() const { return tcp_cb(last()).flags & TCPHDR_FIN; }
};

// Worth putting together: it costs more than its data would.
bool bloated(const tcp_sock& sk, const run& r) {
  return tcp_win_from_space(sk, static_cast<int>(r.last().truesize)) > static_cast<int>(r.len);
}

std::vector<run> take_runs(tcp_sock& sk) {
  std::vector<run> runs;
  while (skb_ptr p = sk.receive_queue.dequeue()) {
    if (!tcp_cb(*p).joined || runs.empty()) runs.emplace_back();
    runs.back().len += p->len();
    runs.back().packets.push_back(std::move(p));
  }
  return runs;
}

// Data from `start` on, put into as few packets as pages allow.
class packer {
 public:
  packer(tcp_sock& sk, u32 start) : sk_(sk), at_(start) {}

  // What of the packet is new. `left`: how much more there will be with it.
  void add(const sk_buff& s, u32 left) {
    u32 offset = at_ - tcp_cb(s).seq;
    while (offset < s.len()) {
      if (!to_ || !room_) begin(s, left);
      const u32 n = std::min(s.len() - offset, room_);
      skb_put_data(*to_, s.payload().subspan(offset, n));
      tcp_cb(*to_).end_seq += n;
      at_ += n;
      offset += n;
      room_ -= n;
      left -= n;
    }
  }
  std::vector<skb_ptr> take() {
    finish();
    return std::move(done_);
  }

 private:
  void begin(const sk_buff& like, u32 left) {
    finish();
    room_ = std::min(left, page_room);
    to_ = alloc_skb(sk_.ns.c, room_);
    tcp_cb(*to_) = tcp_cb(like);
    tcp_cb(*to_).seq = tcp_cb(*to_).end_seq = at_;
    tcp_cb(*to_).joined = false;
    to_->tstamp = like.tstamp;
  }
  void finish() {
    if (!to_) return;
    skb_set_owner_r(*to_, sk_);
    done_.push_back(std::move(to_));
  }

  tcp_sock& sk_;
  u32 at_, room_ = 0;
  skb_ptr to_{};
  std::vector<skb_ptr> done_{};
};

void put_back(tcp_sock& sk, run& r) {
  for (skb_ptr& p : r.packets) sk.receive_queue.enqueue(std::move(p));
}

// The receive queue, from the first run on that is worth it up to a FIN (tcp_collapse).
void collapse_queue(tcp_sock& sk) {
  std::vector<run> runs = take_runs(sk);
  size_t i = 0;
  u32 start = sk.copied_seq;
  for (; i < runs.size(); ++i) {
    run& r = runs[i];
    if (!r.fin() && (bloated(sk, r) || before(r.seq(), start))) break;
    start = r.end_seq();
    put_back(sk, r);
  }
  packer to(sk, start);
  for (; i < runs.size() && !runs[i].fin(); ++i) {
    for (const skb_ptr& p : runs[i].packets) {
      const u32 from = after(start, tcp_cb(*p).seq) ? start : tcp_cb(*p).seq;
      to.add(*p, sk.rcv_nxt - from);
    }
    run& r = runs[i];
    net_inc_stats(sk.ns, LINUX_MIB_TCPRCVCOLLAPSED);
    for (skb_ptr& p : r.packets) consume_skb(std::move(p));
  }
  for (skb_ptr& p : to.take()) sk.receive_queue.enqueue(std::move(p));
  for (; i < runs.size(); ++i) put_back(sk, runs[i]);
}

using ofo_iterator = decltype(tcp_sock::out_of_order_queue)::iterator;

u32 end_of(const sk_buff_head& r) { return tcp_cb(*r.last()).end_seq; }
u32 cost_of(const sk_buff_head& r) { return r.last()->truesize; }

// Runs that touch, put together (tcp_collapse of out_of_order_queue).
void collapse_range(tcp_sock& sk, ofo_iterator first, ofo_iterator last, u32 start, u32 end) {
  auto& q = sk.out_of_order_queue;
  const auto fin = [](const sk_buff_head& r) { return tcp_cb(*r.last()).flags & TCPHDR_FIN; };
  const auto worth = [&](u32 seq, const sk_buff_head& r) {
    return !fin(r) &&
           tcp_win_from_space(sk, static_cast<int>(cost_of(r))) > static_cast<int>(end_of(r) - seq);
  };
  while (first != last && !worth(first->first, first->second)) {
    start = end_of(first->second);
    ++first;
  }
  packer to(sk, start);
  while (first != last && !fin(first->second)) {
    for (const sk_buff* s = first->second.peek(); s; s = s->next) {
      const u32 from = after(start, tcp_cb(*s).seq) ? start : tcp_cb(*s).seq;
      to.add(*s, end - from);
    }
    net_inc_stats(sk.ns, LINUX_MIB_TCPRCVCOLLAPSED);
    first->second.purge(skb_drop_reason::consumed);
    first = q.erase(first);
  }
  for (skb_ptr& p : to.take()) q[tcp_cb(*p).seq].enqueue(std::move(p));
}

// tcp_collapse_ofo_queue. Runs of a packet or two that are short anyway are left alone, but not for ever.
void collapse_ofo(tcp_sock& sk) {
  auto& q = sk.out_of_order_queue;
  s64 sum_tiny = 0;
  for (auto it = q.begin(); it != q.end();) {
    const auto head = it;
    const u32 start = head->first;
    u32 end = end_of(head->second), truesize = 0;
    for (; it != q.end() && !after(it->first, end); ++it) {
      truesize += cost_of(it->second);
      if (after(end_of(it->second), end)) end = end_of(it->second);
    }
    if (truesize != cost_of(head->second) || end - start >= page_room) {
      collapse_range(sk, head, it, start, end);
    } else if ((sum_tiny += truesize) > sk.rcvbuf >> 3) {
      return;
    }
  }
}

// Lets go of an eighth of the buffer at a time. False: there was nothing to let go of (tcp_prune_ofo_queue).
bool prune_ofo(tcp_sock& sk) {
  auto& q = sk.out_of_order_queue;
  s64 goal = sk.rcvbuf >> 3;
  bool pruned = false;
  while (!q.empty()) {
    const auto farthest = std::prev(q.end());
    pruned = true;
    goal -= cost_of(farthest->second);
    ++sk.drops;
    farthest->second.purge(skb_drop_reason::TCP_OFO_QUEUE_PRUNE);
    q.erase(farthest);
    if (goal > 0 && !q.empty()) continue;
    if (sk.rmem_alloc <= sk.rcvbuf && !tcp_under_memory_pressure(sk)) break;
    goal = sk.rcvbuf >> 3;
  }
  if (!pruned) return false;
  net_inc_stats(sk.ns, LINUX_MIB_OFOPRUNED);
  if (sk.rx_opt.sack_ok) {  // tcp_sack_reset
    sk.rx_opt.dsack = false;
    sk.rx_opt.num_sacks = 0;
  }
  return true;
}

// False: nothing helped (tcp_prune_queue).
bool prune_queue(tcp_sock& sk) {
  net_inc_stats(sk.ns, LINUX_MIB_PRUNECALLED);
  const auto fits = [&] { return sk.rmem_alloc <= sk.rcvbuf; };
  if (sk.rmem_alloc >= sk.rcvbuf)
    clamp_window(sk);
  else if (tcp_under_memory_pressure(sk))
    sk.rcv_ssthresh = std::min(sk.rcv_ssthresh, 4u * sk.advmss);
  if (fits()) return true;
  collapse_ofo(sk);
  if (!sk.receive_queue.empty()) collapse_queue(sk);
  if (fits()) return true;
  prune_ofo(sk);
  if (fits()) return true;
  net_inc_stats(sk.ns, LINUX_MIB_RCVPRUNED);
  return false;
}

}  // namespace

bool tcp_try_rmem_schedule(tcp_sock& sk, const sk_buff& s) {
  const int size = static_cast<int>(s.truesize);
  const auto granted = [&] { return tcp_mem_schedule(sk, size, tcp_mem_kind::receive); };
  if (likely(sk.rmem_alloc <= sk.rcvbuf && granted())) return true;
  if (!prune_queue(sk)) return false;
  while (!granted())
    if (!prune_ofo(sk)) return false;
  return true;
}

}  // namespace linnet
