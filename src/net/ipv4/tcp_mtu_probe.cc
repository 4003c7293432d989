// How large a packet the path takes, found out by sending one that is larger (RFC 4821), where routers that drop what is too
// large may not say so. tcp_mtu_probing 2 searches from tcp_base_mss upwards; 1 does so once nothing arrives any more, and
// starts below tcp_base_mss each time that this happens. The search halves what lies between search_low, known to arrive, and
// search_high. A probe is data of the send queue, so that its loss costs little: it goes again in pieces, and says nothing about
// congestion.
#include "net/ipv4/tcp_mtu_probe.hh"
#include "net/core/skb_pool.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_recover.hh"
#include "net/ipv4/tcp_units.hh"
#include "net/ipv4/tcp_zerocopy.hh"

namespace linnet {
namespace {

// The segments' own headers count here, without options.
u32 highest(const tcp_sock& sk) {
  return sk.rx_opt.mss_clamp + static_cast<u32>(sizeof(tcphdr) + sizeof(iphdr));
}

// The range is searched. After a while the path may have changed (tcp_mtu_check_reprobe).
void check_reprobe(tcp_sock& sk) {
  const u32 now = tcp_jiffies(sk.ns);
  if (now - sk.mtup.probe_timestamp_ms < u64(tcp_sysctl(sk).probe_interval) * 1000) return;
  sk.mtup.probe_size = 0;
  sk.mtup.search_high = highest(sk);
  sk.mtup.search_low = tcp_mss_to_mtu(sk, tcp_current_mss(sk));
  sk.mtup.probe_timestamp_ms = now;
}

// Whether the queue begins with that much that may go in one packet (tcp_can_coalesce_send_queue_head).
bool can_coalesce(const tcp_sock& sk, u32 len) {
  for (const tcp_segment& s : sk.write_queue) {
    if (len <= s.len()) return true;
    if (s.eor) return false;
    len -= s.len();
  }
  return true;
}

// Moves the first `size` bytes of the queue into a segment of their own.
tcp_segment& build_probe(tcp_sock& sk, u32 size, u32 mss_now) {
  auto* probe = new (*tcp_of(sk.ns).segments) tcp_segment;
  probe->seq = sk.write_queue.front().seq;
  probe->end_seq = probe->seq + size;
  probe->flags = TCPHDR_ACK;
  probe->skb = alloc_skb(sk.ns.c, tcp_headroom + size);
  skb_reserve(*probe->skb, tcp_headroom);
  tcp_charge(sk, *probe, static_cast<int>(size) + skb_head_truesize);
  while (probe->len() < size) {
    tcp_segment& s = sk.write_queue.front();
    const u32 n = std::min(s.len(), size - probe->len());
    skb_put_data(*probe->skb, s.skb->payload().first(n));
    if (!probe->zerocopy && s.zerocopy) {
      probe->zerocopy = s.zerocopy;
      tcp_zerocopy_get(*s.zerocopy);
    }
    if (n == s.len()) {
      probe->flags |= s.flags;
      probe->eor = s.eor;
      tcp_free_segment(sk, s);
    } else {
      probe->flags |= s.flags & static_cast<u8>(~(TCPHDR_FIN | TCPHDR_PSH));
      skb_pull(*s.skb, n);
      s.seq += n;
      tcp_charge(sk, s, -static_cast<int>(n));
      tcp_set_tso_segs(s, mss_now);
    }
  }
  probe->nr_frags = 1;
  probe->pcount = 1;
  sk.write_queue.push_front(*probe);
  return *probe;
}

}  // namespace

void tcp_mtup_init(tcp_sock& sk) {
  sk.mtup.enabled = tcp_sysctl(sk).mtu_probing > 1;
  sk.mtup.search_high = highest(sk);
  sk.mtup.search_low = tcp_mss_to_mtu(sk, static_cast<u32>(tcp_sysctl(sk).base_mss));
  sk.mtup.probe_size = 0;
  if (sk.mtup.enabled) sk.mtup.probe_timestamp_ms = tcp_jiffies(sk.ns);
}

int tcp_mtu_probe(tcp_sock& sk) {
  auto& m = sk.mtup;
  // The options of a probe have to be those of all segments, and there must be others to tell of its loss.
  if (likely(!m.enabled) || m.probe_size || sk.ca_state != TCP_CA_Open || sk.snd_cwnd < 11 ||
      sk.rx_opt.num_sacks || sk.rx_opt.dsack)
    return -1;
  const u32 mss_now = tcp_current_mss(sk);
  const u32 size = tcp_mtu_to_mss(sk, (m.search_high + m.search_low) >> 1);
  const u32 needed = size + (sk.reordering + 1) * sk.mss_cache;
  const s64 interval = s64{m.search_high} - m.search_low;
  if (size > tcp_mtu_to_mss(sk, m.search_high) ||
      interval < std::max<s64>(1, tcp_sysctl(sk).probe_threshold)) {
    check_reprobe(sk);
    return -1;
  }
  if (sk.write_seq - sk.snd_nxt < needed || sk.snd_wnd < needed) return -1;
  if (after(sk.snd_nxt + needed, tcp_wnd_end(sk))) return 0;
  if (const u32 in_flight = tcp_packets_in_flight(sk); in_flight + 2 > sk.snd_cwnd)
    return in_flight ? 0 : -1;
  if (!can_coalesce(sk, size)) return -1;
  tcp_segment& probe = build_probe(sk, size, mss_now);
  if (tcp_transmit_skb(sk, probe)) return -1;  // it is cut as others are
  sk.tsorted_sent_queue.push_back(probe);
  --sk.snd_cwnd;  // as if it were two
  tcp_event_new_data_sent(sk, probe);
  m.probe_size = tcp_mss_to_mtu(sk, probe.len());
  m.probe_seq_start = probe.seq;
  m.probe_seq_end = probe.end_seq;
  return 1;
}

void tcp_mtup_probe_success(tcp_sock& sk) {
  // The window stays what it was in bytes.
  const u64 window = u64{sk.snd_cwnd} * tcp_mss_to_mtu(sk, sk.mss_cache);
  sk.snd_cwnd = static_cast<u32>(std::max<u64>(1, window / sk.mtup.probe_size));
  sk.snd_cwnd_cnt = 0;
  sk.snd_cwnd_stamp_ms = tcp_jiffies(sk.ns);
  sk.snd_ssthresh = tcp_current_ssthresh(sk);
  sk.mtup.search_low = std::exchange(sk.mtup.probe_size, 0u);
  tcp_sync_mss(sk, sk.pmtu_cookie);
  net_inc_stats(sk.ns, LINUX_MIB_TCPMTUPSUCCESS);
}

void tcp_mtup_probe_failed(tcp_sock& sk) {
  sk.mtup.search_high = std::exchange(sk.mtup.probe_size, 0u) - 1;
  net_inc_stats(sk.ns, LINUX_MIB_TCPMTUPFAIL);
  ++sk.snd_cwnd;  // what the probe took
  tcp_simple_retransmit(sk);
}

void tcp_mtu_black_hole(tcp_sock& sk) {
  const tcp_settings& set = tcp_sysctl(sk);
  if (!set.mtu_probing) return;
  if (!sk.mtup.enabled) {
    sk.mtup.enabled = true;
    sk.mtup.probe_timestamp_ms = tcp_jiffies(sk.ns);
  } else {
    s64 mss = tcp_mtu_to_mss(sk, sk.mtup.search_low) >> 1;
    mss = std::max({std::min(set.base_mss, mss), set.mtu_probe_floor, set.min_snd_mss});
    sk.mtup.search_low = tcp_mss_to_mtu(sk, static_cast<u32>(mss));
  }
  tcp_sync_mss(sk, sk.pmtu_cookie);
}

}  // namespace linnet
