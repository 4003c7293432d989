// MSG_ZEROCOPY on a stream: who sends so is told by the error queue when the stack needs his memory no more, which is when
// the peer has acknowledged it. Here everything is copied, as Linux does on loopback and on what ends in another namespace,
// and the notice says so (SO_EE_CODE_ZEROCOPY_COPIED).
//
// Calls in a row share a tcp_zerocopy as long as the data of the last one has not been sent; the segments that have some of
// their data hold references, and the last to go sends one notice for all. What waits for that, and notices that nobody has
// read, count against the caller's net.core.optmem_max.
#include "net/ipv4/tcp_zerocopy.hh"
#include "net/core/optmem.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/udp_sock.hh"

namespace linnet {
namespace {

// What a notice costs: an sk_buff without data (SKB_TRUESIZE(0)).
constexpr int notice_cost = 576;

}  // namespace

tcp_zerocopy* tcp_zerocopy_begin(tcp_sock& sk) {
  tcp_zerocopy* last = sk.write_queue.empty() ? nullptr : sk.write_queue.back().zerocopy;
  if (last && last->first + last->calls == sk.zerocopy_key) {
    ++last->calls;
    ++sk.zerocopy_key;
    ++last->refs;
    return last;
  }
  if (sk.zerocopy_mem + notice_cost > sysctl_optmem_max(sk.ns.w)) return nullptr;
  sk.zerocopy_mem += notice_cost;
  return new tcp_zerocopy{.refs = 1, .first = sk.zerocopy_key++, .calls = 1};
}

void tcp_zerocopy_get(tcp_zerocopy& z) { ++z.refs; }

void tcp_zerocopy_put(tcp_sock& sk, tcp_zerocopy& z) {
  if (--z.refs) return;
  sk.zerocopy_mem -= notice_cost;
  if (z.calls && !sk.orphaned) ip_zerocopy_done(sk, z.first, z.calls);
  delete &z;
}

void tcp_zerocopy_abort(tcp_sock& sk, tcp_zerocopy& z) {
  --sk.zerocopy_key;
  --z.calls;
  tcp_zerocopy_put(sk, z);
}

}  // namespace linnet
