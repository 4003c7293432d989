// Keys are few, and looked for only where a socket has any; a segment costs one look at the length of its options.
#include "net/ipv4/tcp_md5.hh"

#include <algorithm>
#include <cstring>

#include "net/core/l3mdev.hh"
#include "net/core/net_device.hh"
#include "net/core/optmem.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

constexpr u32 key_cost = 136;  // what one counts for against optmem_max

be32 masked(be32 addr, u8 prefixlen) {
  return prefixlen ? be32(addr.host() & ~u32{0} << (32 - prefixlen)) : be32();
}

bool same(const tcp_md5sig_key& a, const tcp_md5sig_key& b) {
  return a.addr == b.addr && a.prefixlen == b.prefixlen && a.l3index == b.l3index &&
         (a.flags & TCP_MD5SIG_FLAG_IFINDEX) == (b.flags & TCP_MD5SIG_FLAG_IFINDEX);
}

// A key for the peer's VRF before one for any, then the longer prefix (better_md5_match).
bool better(const tcp_md5sig_key* old, const tcp_md5sig_key& k) {
  if (!old) return true;
  if (old->l3index && !k.l3index) return false;
  if (!old->l3index && k.l3index) return true;
  return old->prefixlen < k.prefixlen;
}

status add_key(tcp_sock& sk, const tcp_md5sig_key& k) {
  if (!sk.md5sig) sk.md5sig = std::make_unique<tcp_md5sig_info>();
  auto& keys = sk.md5sig->keys;
  if (const auto old = std::ranges::find_if(keys, [&](const auto& o) { return same(o, k); });
      old != keys.end()) {
    old->keylen = k.keylen;
    old->key = k.key;
    return {};
  }
  const u64 used = keys.size() * key_cost + sk_filter_omem(sk);
  if (!optmem_fits(sk.ns.w, used, key_cost)) return err(ENOMEM);
  keys.insert(keys.begin(), k);
  sk.gso_max_segs = 1;  // nothing below could sign the pieces of a large packet
  return {};
}

status delete_key(tcp_sock& sk, const tcp_md5sig_key& k) {
  if (!sk.md5sig) return err(ENOENT);
  return std::erase_if(sk.md5sig->keys, [&](const auto& o) { return same(o, k); }) ? status()
                                                                                   : err(ENOENT);
}

}  // namespace

status tcp_parse_md5_keys(tcp_sock& sk, int optname, const_bytes value) {
  tcp_md5sig cmd{};
  if (value.size() < sizeof cmd) return err(EINVAL);
  std::memcpy(&cmd, value.data(), sizeof cmd);
  sockaddr_in peer;
  std::memcpy(&peer, &cmd.tcpm_addr, sizeof peer);
  if (peer.sin_family != AF_INET) return err(EINVAL);
  tcp_md5sig_key k;
  k.addr = be32::from_raw(peer.sin_addr.s_addr);
  k.flags = cmd.tcpm_flags & TCP_MD5SIG_FLAG_IFINDEX;
  if (optname == TCP_MD5SIG_EXT && cmd.tcpm_flags & TCP_MD5SIG_FLAG_PREFIX) {
    k.prefixlen = cmd.tcpm_prefixlen;
    if (k.prefixlen > 32) return err(EINVAL);
  }
  if (optname == TCP_MD5SIG_EXT && cmd.tcpm_ifindex && k.flags) {
    const net_device* dev = dev_get_by_index(sk.ns, cmd.tcpm_ifindex);
    if (!dev || !netif_is_l3_master(*dev)) return err(EINVAL);
    k.l3index = dev->ifindex;
  }
  if (!cmd.tcpm_keylen) return delete_key(sk, k);
  if (cmd.tcpm_keylen > TCP_MD5SIG_MAXKEYLEN) return err(EINVAL);
  k.keylen = static_cast<u8>(cmd.tcpm_keylen);
  std::memcpy(k.key.data(), cmd.tcpm_key, k.keylen);
  return add_key(sk, k);
}

void tcp_md5_inherit(tcp_sock& child, const tcp_md5sig_key& key) {
  tcp_md5sig_key k = key;
  k.addr = child.inet_daddr;
  k.prefixlen = 32;
  (void)add_key(child, k);
  child.tcp_header_len += TCPOLEN_MD5SIG_ALIGNED;
}

const tcp_md5sig_key* tcp_md5_do_lookup(const tcp_sock& sk, int l3index, be32 addr) {
  if (likely(!sk.md5sig)) return nullptr;
  const tcp_md5sig_key* best = nullptr;
  for (const tcp_md5sig_key& k : sk.md5sig->keys) {
    if (k.flags & TCP_MD5SIG_FLAG_IFINDEX && k.l3index != l3index) continue;
    if (masked(k.addr, k.prefixlen) == masked(addr, k.prefixlen) && better(best, k)) best = &k;
  }
  return best;
}

const tcp_md5sig_key* tcp_md5_lookup(const tcp_sock& sk, const tcp_endpoint& addr_sk) {
  if (likely(!sk.md5sig)) return nullptr;
  return tcp_md5_do_lookup(sk, l3mdev_master_ifindex_by_index(sk.ns, addr_sk.dif), addr_sk.raddr);
}

md5::digest tcp_v4_md5_hash(const tcp_md5sig_key& key, be32 saddr, be32 daddr, const tcphdr& th,
                            const_bytes data) {
  struct {
    be32 saddr, daddr;
    u8 pad, protocol;
    be16 len;
    tcphdr th;
  } head{saddr, daddr, 0, IPPROTO_TCP, {}, th};
  static_assert(sizeof head == 12 + sizeof(tcphdr));
  head.len = static_cast<u16>(th.header_len() + data.size());
  head.th.check = be16();
  md5 m;
  m.update(std::as_bytes(std::span(&head, 1)));
  m.update(data);
  m.update(const_bytes(key.key).first(key.keylen));
  return m.final();
}

void tcp_v4_md5_sign(const tcp_md5sig_key& key, be32 saddr, be32 daddr, const tcphdr& th,
                     const_bytes data, u8* option) {
  const md5::digest d = tcp_v4_md5_hash(key, saddr, daddr, th, data);
  std::memcpy(option, d.data(), d.size());
}

const std::byte* tcp_parse_md5sig_option(const tcphdr& th) {
  const u8* p = reinterpret_cast<const u8*>(&th + 1);
  s32 left = static_cast<s32>(th.header_len()) - static_cast<s32>(sizeof(tcphdr));
  while (left >= static_cast<s32>(TCPOLEN_MD5SIG)) {
    const u8 kind = *p++;
    if (kind == TCPOPT_EOL) return nullptr;
    if (kind == TCPOPT_NOP) {
      --left;
      continue;
    }
    const u8 size = *p++;
    if (size < 2 || size > left) return nullptr;
    if (kind == TCPOPT_MD5SIG && size == TCPOLEN_MD5SIG)
      return reinterpret_cast<const std::byte*>(p);
    p += size - 2;
    left -= size;
  }
  return nullptr;
}

bool tcp_md5_hash_matches(const tcp_md5sig_key& key, const sk_buff& s, const std::byte* signature) {
  const tcphdr& th = tcp_hdr(s);
  const auto* data = s.transport() + th.header_len();
  const const_bytes rest(data, static_cast<size_t>(s.tail - data));
  const md5::digest d = tcp_v4_md5_hash(key, ip_hdr(s).saddr, ip_hdr(s).daddr, th, rest);
  return std::memcmp(d.data(), signature, d.size()) == 0;
}

skb_drop_reason tcp_inbound_md5_hash(const tcp_sock& sk, const sk_buff& s, int dif, int sdif) {
  const tcp_md5sig_key* key = tcp_md5_do_lookup(sk, sdif ? dif : 0, ip_hdr(s).saddr);
  const tcphdr& th = tcp_hdr(s);
  // What most segments have, no option or a time stamp, is no signature.
  const bool short_options = th.header_len() < sizeof(tcphdr) + TCPOLEN_MD5SIG;
  const std::byte* signature = short_options ? nullptr : tcp_parse_md5sig_option(th);
  const auto drop = [&](int mib, skb_drop_reason why) {
    net_inc_stats(sk.ns, mib);
    return why;
  };
  if (!key && !signature) return skb_drop_reason::not_dropped_yet;
  if (!signature) return drop(LINUX_MIB_TCPMD5NOTFOUND, skb_drop_reason::TCP_MD5NOTFOUND);
  if (!key) return drop(LINUX_MIB_TCPMD5UNEXPECTED, skb_drop_reason::TCP_MD5UNEXPECTED);
  if (!tcp_md5_hash_matches(*key, s, signature))
    return drop(LINUX_MIB_TCPMD5FAILURE, skb_drop_reason::TCP_MD5FAILURE);
  return skb_drop_reason::not_dropped_yet;
}

}  // namespace linnet
