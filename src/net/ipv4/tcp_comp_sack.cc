// Fewer selective acks (RFC 2018's are one for each segment behind a hole): the first three tell the peer of the hole, those
// after them wait for each other, a twentieth of a round trip at most and net.ipv4.tcp_comp_sack_delay_ns. Each ack says all that
// the ones before would have said, as long as it has room for all blocks.
#include "net/ipv4/tcp_comp_sack.hh"
#include "net/core/world.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

ktime compress_delay(const tcp_sock& sk) {
  u32 rtt = sk.rcv_rtt_est.rtt_us;  // three binary places, as srtt_us
  if (sk.srtt_us && sk.srtt_us < rtt) rtt = sk.srtt_us;
  return std::min<ktime>(tcp_sysctl(sk).comp_sack_delay_ns, ktime{rtt} * (1000 >> 3) / 20);
}

}  // namespace

bool tcp_compress_ack(tcp_sock& sk) {
  if (tcp_is_reno(sk) || sk.compressed_ack >= tcp_sysctl(sk).comp_sack_nr) return false;
  if (sk.compressed_ack_rcv_nxt != sk.rcv_nxt) {
    sk.compressed_ack_rcv_nxt = sk.rcv_nxt;
    sk.dup_ack_counter = 0;
  }
  if (sk.dup_ack_counter < TCP_FASTRETRANS_THRESH) {
    ++sk.dup_ack_counter;
    return false;
  }
  const ktime delay = compress_delay(sk);
  if (!delay) return false;
  ++sk.compressed_ack;
  if (!sk.compressed_ack_timer().pending())
    sk.ns.c.timers.mod(sk.compressed_ack_timer(), sk.ns.w.now() + delay);
  return true;
}

void tcp_compressed_ack_sent(tcp_sock& sk) {
  net_inc_stats(sk.ns, LINUX_MIB_TCPACKCOMPRESSED, sk.compressed_ack);
  sk.compressed_ack = 0;
  sk.ns.c.timers.del(sk.compressed_ack_timer());
}

void tcp_sack_compress_send_ack(tcp_sock& sk) {
  if (!sk.compressed_ack) return;
  --sk.compressed_ack;  // this one goes
  tcp_compressed_ack_sent(sk);
  tcp_send_ack(sk);
}

void tcp_on_compressed_ack_timer(timer& t) {
  tcp_sock& sk = tcp_sock::of<tcp_on_compressed_ack_timer>(t);
  if (sk.state == TCP_CLOSE || !sk.compressed_ack) return;
  tcp_mstamp_refresh(sk);
  tcp_sack_compress_send_ack(sk);
}

}  // namespace linnet
