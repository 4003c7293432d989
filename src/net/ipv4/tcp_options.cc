// A segment's options, read (RFC 9293 §3.1, 7323, 2018).
#include <linux/tcp.h>

#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

u32 be32_at(const u8* p) { return be32::load(p).host(); }
u16 be16_at(const u8* p) { return be16::load(p).host(); }

// Of a SYN only. What is no cookie by its length is as good as none.
void parse_fastopen(const u8* p, u32 len, bool exp, const tcphdr& th, tcp_fastopen_cookie* foc) {
  if (!foc || !th.has(TCPHDR_SYN) || len & 1) return;
  foc->exp = exp;
  if (len >= tcp_fastopen_cookie::min_size && len <= tcp_fastopen_cookie::max_size) {
    std::memcpy(foc->val.data(), p, len);
    foc->len = static_cast<int>(len);
  } else {
    foc->len = len ? -1 : 0;
  }
}

void parse_one(u8 kind, u8 size, const u8* p, const tcphdr& th, tcp_options_received& o,
               bool established, const tcp_settings& set, tcp_fastopen_cookie* foc) {
  const bool syn = th.has(TCPHDR_SYN);
  switch (kind) {
    case TCPOPT_MSS:
      if (size == TCPOLEN_MSS && syn && !established) {
        u16 mss = be16_at(p);
        if (!mss) return;
        if (o.user_mss && o.user_mss < mss) mss = o.user_mss;
        o.mss_clamp = mss;
      }
      return;
    case TCPOPT_WINDOW:
      if (size == TCPOLEN_WINDOW && syn && !established && set.window_scaling) {
        o.wscale_ok = true;
        o.snd_wscale = std::min<u8>(*p, TCP_MAX_WSCALE);
      }
      return;
    case TCPOPT_TIMESTAMP:
      if (size == TCPOLEN_TIMESTAMP &&
          ((established && o.tstamp_ok) || (!established && set.timestamps))) {
        o.saw_tstamp = true;
        o.rcv_tsval = be32_at(p);
        o.rcv_tsecr = be32_at(p + 4);
      }
      return;
    case TCPOPT_SACK_PERM:
      if (size == TCPOLEN_SACK_PERM && syn && !established && set.sack) {
        o.sack_ok = true;
        o.dsack = false;
        o.num_sacks = 0;
      }
      return;
    case TCPOPT_FASTOPEN: return parse_fastopen(p, size - TCPOLEN_FASTOPEN_BASE, false, th, foc);
    case TCPOPT_EXP:
      if (size >= TCPOLEN_EXP_FASTOPEN_BASE && be16_at(p) == TCPOPT_FASTOPEN_MAGIC)
        parse_fastopen(p + 2, size - TCPOLEN_EXP_FASTOPEN_BASE, true, th, foc);
      return;
    default: return;  // SACK blocks are read when the ack is (tcp_sack.cc)
  }
}

}  // namespace

void tcp_parse_options(const tcphdr& th, tcp_options_received& o, bool established,
                       const tcp_settings& set, tcp_fastopen_cookie* foc) {
  const u8* p = reinterpret_cast<const u8*>(&th + 1);
  s32 left = static_cast<s32>(th.header_len()) - static_cast<s32>(sizeof(tcphdr));
  o.saw_tstamp = false;
  while (left > 0) {
    const u8 kind = *p++;
    if (kind == TCPOPT_EOL) return;
    if (kind == TCPOPT_NOP) {
      --left;
      continue;
    }
    if (left < 2) return;
    const u8 size = *p++;
    if (size < 2 || size > left) return;  // silly, or cut off
    parse_one(kind, size, p, th, o, established, set, foc);
    p += size - 2;
    left -= size;
  }
}

// Most segments have either no options or a time stamp in its usual place. False: no options.
bool tcp_fast_parse_options(const tcphdr& th, tcp_sock& sk) {
  tcp_options_received& o = sk.rx_opt;
  if (th.header_len() == sizeof(tcphdr)) {
    o.saw_tstamp = false;
    return false;
  }
  const u8* p = reinterpret_cast<const u8*>(&th + 1);
  if (o.tstamp_ok && th.header_len() == sizeof(tcphdr) + TCPOLEN_TSTAMP_ALIGNED &&
      be32_at(p) == (u32{TCPOPT_NOP} << 24 | u32{TCPOPT_NOP} << 16 | u32{TCPOPT_TIMESTAMP} << 8 |
                     TCPOLEN_TIMESTAMP)) {
    o.saw_tstamp = true;
    o.rcv_tsval = be32_at(p + 4);
    const u32 ecr = be32_at(p + 8);
    o.rcv_tsecr = ecr ? ecr - sk.tsoffset : 0;
    return true;
  }
  tcp_parse_options(th, o, true, tcp_sysctl(sk));
  if (o.saw_tstamp && o.rcv_tsecr) o.rcv_tsecr -= sk.tsoffset;
  return true;
}

}  // namespace linnet
