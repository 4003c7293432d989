// SYN cookies: a listener under a flood keeps nothing, and lets the number that it answers with remember the request
// (D. J. Bernstein). 24 bits are a keyed hash that says when the number was made and for whom; what else there is of
// options is in the low bits of the time stamp, if the peer sends those.
#include <linux/tcp.h>

#include "base/hash.hh"
#include "net/core/world.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

constexpr u16 mss_table[] = {536, 1300, 1440, 1460};
constexpr u32 cookie_mask = (1u << 24) - 1;
constexpr u32 max_age = 2;  // minutes
constexpr u32 ts_bits = 6, ts_mask = (1u << ts_bits) - 1, ts_sack = 1 << 4, ts_ecn = 1 << 5,
              ts_wscale = 0xf;

u32 hash(const net& n, const iphdr& ip, const tcphdr& th, u32 count, unsigned which) {
  u64 h = tcp_of(n).secret[which];
  for (const u64 v : {u64{ip.saddr.raw()} << 32 | ip.daddr.raw(),
                      u64{th.source.raw()} << 32 | u64{th.dest.raw()} << 16, u64{count}})
    h = hash_mix(h, v);
  return static_cast<u32>(h >> 16);
}

u32 minutes(const net& n) { return tcp_jiffies(n) / 60000; }

u32 secure_cookie(const net& n, const iphdr& ip, const tcphdr& th, u32 sseq, u32 data) {
  const u32 count = minutes(n);
  return hash(n, ip, th, 0, 0) + sseq + (count << 24) +
         ((hash(n, ip, th, count, 1) + data) & cookie_mask);
}

// What was put in; the table's size when it is none of ours, or too old.
u32 check_cookie(const net& n, const iphdr& ip, const tcphdr& th, u32 cookie, u32 sseq) {
  cookie -= hash(n, ip, th, 0, 0) + sseq;
  const u32 count = minutes(n), age = (count - (cookie >> 24)) & 0xff;
  if (age >= max_age) return ~0u;
  return (cookie - hash(n, ip, th, count - age, 1)) & cookie_mask;
}

}  // namespace

u32 cookie_v4_init_sequence(const net& n, const sk_buff& s, u16& mss) {
  u32 i = std::size(mss_table) - 1;
  while (i && mss < mss_table[i]) --i;
  mss = mss_table[i];
  return secure_cookie(n, ip_hdr(s), tcp_hdr(s), tcp_hdr(s).seq.host(), i);
}

// A time stamp not later than now whose low bits are the options.
u32 cookie_init_timestamp(const net& n, const tcp_request_sock& req) {
  const u32 now = tcp_jiffies(n) + 0;
  const u32 options = (req.wscale_ok ? req.snd_wscale : ts_wscale) | (req.sack_ok ? ts_sack : 0) |
                      (req.ecn_ok ? ts_ecn : 0);
  u32 ts = (now & ~ts_mask) | options;
  if (ts > now) ts -= 1u << ts_bits;
  return ts + req.ts_off;
}

tcp_sock* cookie_v4_check(tcp_sock& l, sk_buff& s, bool& reset) {
  net& n = l.ns;
  const tcphdr& th = tcp_hdr(s);
  const tcp_settings& set = tcp_of(n).settings;
  const u32 cookie = th.ack_seq.host() - 1;
  if (!set.syncookies) return nullptr;
  // None were sent lately: nobody can have one.
  const u64 now = static_cast<u64>(n.w.now());
  if (set.syncookies != 2 &&
      (!l.queue->synq_overflow || now - l.queue->synq_overflow > u64{max_age} * 60 * ns_per_sec))
    return nullptr;
  const u32 mssind = check_cookie(n, ip_hdr(s), th, cookie, th.seq.host() - 1);
  if (mssind >= std::size(mss_table)) {
    net_inc_stats(n, LINUX_MIB_SYNCOOKIESFAILED);
    return nullptr;
  }
  net_inc_stats(n, LINUX_MIB_SYNCOOKIESRECV);
  tcp_options_received o;
  tcp_parse_options(th, o, false, set);
  auto req = std::make_unique<tcp_request_sock>(l);
  req->laddr = ip_hdr(s).daddr;
  req->raddr = ip_hdr(s).saddr;
  req->lport = th.dest.host();
  req->rport = th.source.host();
  req->dif = l.bound_dev_if;
  req->mark = l.mark;
  req->ts_off = secure_tcp_seq(n, req->laddr, req->raddr, req->lport, req->rport).ts_off;
  if (o.saw_tstamp && o.rcv_tsecr) {
    const u32 options = (o.rcv_tsecr - req->ts_off) & ts_mask;
    req->sack_ok = options & ts_sack;
    req->ecn_ok = options & ts_ecn;
    if ((options & ts_wscale) != ts_wscale) {
      req->wscale_ok = true;
      req->snd_wscale = options & ts_wscale;
    }
    req->tstamp_ok = true;
    req->ts_recent = o.rcv_tsval;
  }
  if ((req->tstamp_ok && !set.timestamps) || (req->sack_ok && !set.sack) ||
      (req->wscale_ok && !set.window_scaling))
    return nullptr;
  req->mss = mss_table[mssind];
  req->snt_isn = cookie;
  req->rcv_isn = th.seq.host() - 1;
  req->rcv_nxt = th.seq.host();
  tcp_request_init_rwin(*req);
  tcp_sock* child = tcp_create_openreq_child(*req, s);
  if (!child) reset = false;
  return child;
}

}  // namespace linnet
