// When UDP's checksums are looked at. That of a short datagram, of one that a filter is to see and of one that nobody wants is
// looked at when it comes (udp.cc); any other waits in its socket's queue, right or wrong, until it is read, shown or asked for.
// Then a wrong one goes, with its memory, and counts as an error.
//
// `summed` tells what is known, and whether the reader hears of it (IP_CHECKSUM):
//   unnecessary, partial   nobody has to look
//   complete               found right here, over the whole datagram; the sum is for the reader
//   none                   not looked at, or only by the way (IPSKB_CSUM_*)
#include "base/checksum.hh"
#include "net/ipv4/ip.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/udp_sock.hh"
#include "wire/ip.hh"
#include "wire/udp.hh"

namespace linnet {
namespace {

// How much of the datagram its checksum covers; 0: it has none.
u32 covered(const sk_buff& s) {
  const auto& h = *reinterpret_cast<const udphdr*>(s.data);
  if (ip_hdr(s).protocol == IPPROTO_UDPLITE && h.len) return h.len.host();
  return h.check ? s.len() : 0;
}

}  // namespace

bool udp_checksum_right(sk_buff& s) {
  u16& flags = ipcb(s).flags;
  if (!(flags & (IPSKB_CSUM_RIGHT | IPSKB_CSUM_WRONG))) {
    const iphdr& ip = ip_hdr(s);
    const u32 pseudo = csum_tcpudp_nofold(ip.saddr, ip.daddr, s.len(), ip.protocol, 0);
    const u32 n = covered(s);
    const bool right = !n || csum_fold(csum_partial(s.data, n, pseudo)).raw() == 0;
    flags |= right ? IPSKB_CSUM_RIGHT : IPSKB_CSUM_WRONG;
  }
  return flags & IPSKB_CSUM_RIGHT;
}

bool udp_checksum_finish(sk_buff& s) {
  if (!udp_checksum_right(s)) return false;
  s.summed = covered(s) == s.len() ? ip_summed::complete : ip_summed::unnecessary;
  return true;
}

void udp_sock::count_wrong() {
  count(UDP_MIB_CSUMERRORS);
  count(UDP_MIB_INERRORS);
  ++drops;
}

// Takes one out of the queue that was only looked at (__sk_queue_drop_skb). What stands before it the reader has to himself.
void udp_sock::drop_wrong(const sk_buff& wrong) {
  u32 before = 0;
  for (const sk_buff* s = receive_queue.peek(); s != &wrong; s = s->next) ++before;
  if (before >= reader_queue) reader_queue = receive_queue.qlen();
  --reader_queue;
  const int size = static_cast<int>(wrong.truesize);
  receive_queue.filter([&](const sk_buff& s) {
    return &s == &wrong ? skb_drop_reason::UDP_CSUM : skb_drop_reason::not_dropped_yet;
  });
  count_wrong();
  rmem_release(size, true);
}

int udp_sock::first_packet_length() {
  int freed = 0, length = -1;
  for (look(); sk_buff* s = receive_queue.peek(); look()) {
    if (likely(udp_checksum_complete(*s))) {
      length = static_cast<int>(s->len() - recv_skip());
      break;
    }
    --reader_queue;
    freed += static_cast<int>(s->truesize);
    count_wrong();
    kfree_skb_reason(receive_queue.dequeue(), skb_drop_reason::UDP_CSUM);
  }
  if (unlikely(freed)) rmem_release(freed, true);
  return length;
}

const sk_buff* udp_sock::first_good() {
  sk_buff* s = receive_queue.peek();
  while (unlikely(s && !udp_checksum_good(*s))) s = s->next;
  return s;
}

}  // namespace linnet
