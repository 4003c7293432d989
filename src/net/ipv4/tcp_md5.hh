// TCP's MD5 signatures (RFC 2385): which key a socket has for which peer (TCP_MD5SIG), and the digest of a segment.
#pragma once

#include <linux/tcp.h>

#include <memory>
#include <vector>

#include "base/endian.hh"
#include "base/md5.hh"
#include "base/result.hh"
#include "net/core/drop_reason.hh"
#include "wire/tcp.hh"

namespace linnet {

struct net;
struct sk_buff;
struct tcp_endpoint;
struct tcp_sock;

// A key for the peers of a prefix, perhaps of one VRF only.
struct tcp_md5sig_key {
  be32 addr;
  u8 prefixlen = 32, keylen = 0, flags = 0;  // TCP_MD5SIG_FLAG_*
  int l3index = 0;
  std::array<std::byte, TCP_MD5SIG_MAXKEYLEN> key{};
};

struct tcp_md5sig_info {
  std::vector<tcp_md5sig_key> keys;  // the newest first
};

// TCP_MD5SIG and TCP_MD5SIG_EXT.
status tcp_parse_md5_keys(tcp_sock&, int optname, const_bytes);
// A connection gets the key that its handshake was signed with, for its peer alone.
void tcp_md5_inherit(tcp_sock& child, const tcp_md5sig_key&);
// The best key for a peer; null: segments are not signed.
const tcp_md5sig_key* tcp_md5_do_lookup(const tcp_sock&, int l3index, be32 addr);
// The key of a connection or a request of `sk`.
const tcp_md5sig_key* tcp_md5_lookup(const tcp_sock& sk, const tcp_endpoint& addr_sk);
inline u32 tcp_md5_room(const tcp_md5sig_key* k) { return k ? TCPOLEN_MD5SIG_ALIGNED : 0; }

// The signature of a segment: its addresses, its header without options and checksum, its data (RFC 2385 §2.0).
md5::digest tcp_v4_md5_hash(const tcp_md5sig_key&, be32 saddr, be32 daddr, const tcphdr&,
                            const_bytes data);
// Writes it behind the option's head, which stands at `option` in the finished header.
void tcp_v4_md5_sign(const tcp_md5sig_key&, be32 saddr, be32 daddr, const tcphdr&, const_bytes data,
                     u8* option);
// The signature in a segment's options, or null (tcp_parse_md5sig_option).
const std::byte* tcp_parse_md5sig_option(const tcphdr&);
bool tcp_md5_hash_matches(const tcp_md5sig_key&, const sk_buff&, const std::byte* signature);
// Whether a segment for `sk` is signed as it should be: not_dropped_yet, or why not.
skb_drop_reason tcp_inbound_md5_hash(const tcp_sock& sk, const sk_buff&, int dif, int sdif);

}  // namespace linnet
