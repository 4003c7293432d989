// A sender that fills the queue of its own device waits in it, behind itself, and what it sends again stands behind what
// it sent first. So about a millisecond's worth may be below (net.ipv4.tcp_limit_output_bytes at most), whatever the window allows.
// Who was held up goes on by the pacing timer, as soon as a packet of his is freed: not from within the function that freed it.
#include "net/ipv4/tcp_tsq.hh"

#include "net/core/world.hh"
#include "net/ipv4/snmp.hh"

namespace linnet {
namespace {

constexpr unsigned pacing_shift = 10;  // a millisecond of the rate (sk_pacing_shift)

void tcp_wfree(sk_buff& s) {
  auto& sk = static_cast<tcp_sock&>(*s.sk);
  if (unlikely(sk.tsq_throttled) && !sk.done) {
    sk.tsq_throttled = false;
    sk.ns.c.timers.mod(sk.pacing_timer(), sk.ns.w.now());
  }
  sock_wfree_silently(s);
}

}  // namespace

void tcp_set_owner_w(sk_buff& p, tcp_sock& sk) {
  skb_set_owner_w(p, sk);
  p.destructor = tcp_wfree;
}

bool tcp_small_queue_check(tcp_sock& sk, const tcp_segment& s, unsigned factor) {
  u64 limit = std::max<u64>(2 * static_cast<u64>(s.charged), sk.pacing_rate >> pacing_shift);
  if (!sk.pacing_needed)
    limit = std::min(limit, static_cast<u64>(tcp_sysctl(sk).limit_output_bytes));
  if (likely(static_cast<u64>(sk.wmem_alloc) < limit << factor)) return false;
  // The acks of one piece must not have to wait for another's.
  if (sk.rtx_queue.empty() || &sk.rtx_queue.front() == &sk.rtx_queue.back()) return false;
  sk.tsq_throttled = true;
  return true;
}

// Packets of a sock leave the host in the order in which they were sent. So if this one has not left, those sent after it have not
// either, and what is charged for packets on their way is as much as all of these together at least.
bool tcp_still_in_host_queue(tcp_sock& sk, const tcp_segment& s) {
  auto& place =
      const_cast<list_node<tcp_tsorted_tag>&>(static_cast<const list_node<tcp_tsorted_tag>&>(s));
  if (!s.len() || !place.linked()) return false;
  s64 charged = 0;
  for (auto it = list<tcp_segment, tcp_tsorted_tag>::iterator(&place);
       it != sk.tsorted_sent_queue.end(); ++it)
    if ((charged += it->charged) > sk.wmem_alloc) return false;
  sk.tsq_throttled = true;
  net_inc_stats(sk.ns, LINUX_MIB_TCPSPURIOUS_RTX_HOSTQUEUES);
  return true;
}

}  // namespace linnet
