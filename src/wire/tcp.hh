// TCP header and option kinds (RFC 9293 §3.1, 7323, 2018, 2385, 7413).
#pragma once

#include "base/endian.hh"

namespace linnet {

inline constexpr u8 TCPHDR_FIN = 0x01, TCPHDR_SYN = 0x02, TCPHDR_RST = 0x04, TCPHDR_PSH = 0x08,
                    TCPHDR_ACK = 0x10, TCPHDR_URG = 0x20, TCPHDR_ECE = 0x40, TCPHDR_CWR = 0x80;

struct tcphdr {
  be16 source;
  be16 dest;
  be32 seq;
  be32 ack_seq;
  u8 doff_res;  // data offset in words (upper four bits), reserved bits
  u8 flags;     // TCPHDR_*
  be16 window;
  be16 check;
  be16 urg_ptr;

  u32 header_len() const { return u32{doff_res} >> 4 << 2; }
  void set_header_len(u32 n) { doff_res = static_cast<u8>(n << 2); }  // bytes
  bool has(u8 flag) const { return (flags & flag) != 0; }
};
static_assert(sizeof(tcphdr) == 20 && alignof(tcphdr) == 1);

inline constexpr u8 TCPOPT_EOL = 0, TCPOPT_NOP = 1, TCPOPT_MSS = 2, TCPOPT_WINDOW = 3,
                    TCPOPT_SACK_PERM = 4, TCPOPT_SACK = 5, TCPOPT_TIMESTAMP = 8, TCPOPT_MD5SIG = 19,
                    TCPOPT_FASTOPEN = 34, TCPOPT_EXP = 254;
inline constexpr u16 TCPOPT_FASTOPEN_MAGIC = 0xf989;  // RFC 7413 §5: its mark among experiments
inline constexpr u32 TCPOLEN_MSS = 4, TCPOLEN_WINDOW = 3, TCPOLEN_SACK_PERM = 2,
                     TCPOLEN_TIMESTAMP = 10, TCPOLEN_MD5SIG = 18, TCPOLEN_FASTOPEN_BASE = 2,
                     TCPOLEN_EXP_FASTOPEN_BASE = 4;
// With the padding that keeps what follows aligned.
inline constexpr u32 TCPOLEN_TSTAMP_ALIGNED = 12, TCPOLEN_WSCALE_ALIGNED = 4,
                     TCPOLEN_SACKPERM_ALIGNED = 4, TCPOLEN_SACK_BASE_ALIGNED = 4,
                     TCPOLEN_SACK_PERBLOCK = 8, TCPOLEN_MD5SIG_ALIGNED = 20;
inline constexpr u32 tcp_max_header = 60;

}  // namespace linnet
