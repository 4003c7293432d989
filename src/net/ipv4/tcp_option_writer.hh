// Options of a segment under construction, each padded to whole words so that what follows is aligned.
#pragma once

#include <array>
#include <cstring>

#include "net/ipv4/tcp_metrics.hh"
#include "wire/tcp.hh"

namespace linnet {

struct tcp_md5sig_key;
struct tcp_sock;

// How many bytes of selective acks an established connection's segment has room for beside other options, and with what.
struct tcp_sack_room {
  u32 blocks = 0, other = 0;
  u32 size() const {
    return blocks ? TCPOLEN_SACK_BASE_ALIGNED + blocks * TCPOLEN_SACK_PERBLOCK : 0;
  }
};
tcp_sack_room tcp_established_options(const tcp_sock&, const tcp_md5sig_key*);

class tcp_option_writer {
 public:
  static constexpr u32 most = 40;  // MAX_TCP_OPTION_SPACE

  u32 size() const { return n_; }
  u32 left() const { return most - n_; }
  const_bytes bytes() const { return std::as_bytes(std::span(b_.data(), n_)); }

  void word(u32 v) {
    const be32 w(v);
    std::memcpy(b_.data() + n_, &w, 4);
    n_ += 4;
  }
  void mss(u16 v) { word(u32{TCPOPT_MSS} << 24 | TCPOLEN_MSS << 16 | v); }
  // The padding of a time stamp has room for SACK permitted.
  void tstamp(u32 val, u32 ecr, bool with_sack_perm) {
    word(with_sack_perm ? u32{TCPOPT_SACK_PERM} << 24 | TCPOLEN_SACK_PERM << 16 |
                              u32{TCPOPT_TIMESTAMP} << 8 | TCPOLEN_TIMESTAMP
                        : padded(TCPOPT_TIMESTAMP, TCPOLEN_TIMESTAMP));
    word(val);
    word(ecr);
  }
  void sack_perm() { word(padded(TCPOPT_SACK_PERM, TCPOLEN_SACK_PERM)); }
  void wscale(u8 shift) {
    word(u32{TCPOPT_NOP} << 24 | u32{TCPOPT_WINDOW} << 16 | TCPOLEN_WINDOW << 8 | shift);
  }
  void sack_head(u32 blocks) { word(padded(TCPOPT_SACK, 2 + blocks * TCPOLEN_SACK_PERBLOCK)); }
  // Room for a signature, which comes when all else stands. Returns its place.
  u32 md5() {
    word(padded(TCPOPT_MD5SIG, TCPOLEN_MD5SIG));
    const u32 at = n_;
    for (int i = 0; i < 4; ++i) word(0);
    return at;
  }
  // False: there is no room for it.
  bool fastopen(const tcp_fastopen_cookie& c) {
    const u32 base = c.exp ? TCPOLEN_EXP_FASTOPEN_BASE : TCPOLEN_FASTOPEN_BASE,
              size = static_cast<u32>(c.len);
    if (((base + size + 3) & ~3u) > left()) return false;
    byte(c.exp ? TCPOPT_EXP : TCPOPT_FASTOPEN);
    byte(static_cast<u8>(base + size));
    if (c.exp) {
      byte(TCPOPT_FASTOPEN_MAGIC >> 8);
      byte(TCPOPT_FASTOPEN_MAGIC & 0xff);
    }
    std::memcpy(b_.data() + n_, c.val.data(), size);
    n_ += size;
    while (n_ & 3) byte(TCPOPT_NOP);
    return true;
  }

 private:
  static constexpr u32 padded(u8 kind, u32 size) {
    return u32{TCPOPT_NOP} << 24 | u32{TCPOPT_NOP} << 16 | u32{kind} << 8 | size;
  }
  void byte(u8 v) { b_[n_++] = v; }

  std::array<u8, most> b_;
  u32 n_ = 0;
};

}  // namespace linnet
