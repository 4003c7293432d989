// What is said of a tunnel beside a packet, not by the tunnel's device: by the route that a packet goes by (`encap ip`,
// struct lwtunnel_state) on its way into a tunnel, and by the tunnel (`external`) on its way out of one (struct
// metadata_dst).
#pragma once

#include <array>

#include "base/endian.hh"
#include "net/core/dst.hh"

namespace linnet {

// Flags of a key, in host order: those of <linux/if_tunnel.h>'s TUNNEL_* that IPv4's tunnels know.
inline constexpr u16 tunnel_csum = 0x01, tunnel_key_present = 0x04, tunnel_seq = 0x08,
                     tunnel_dont_fragment = 0x0100;

// The outside of a packet in a tunnel (struct ip_tunnel_key).
struct ip_tunnel_key {
  u64 tun_id = 0;  // GRE's key is its lower half
  be32 src = {}, dst = {};
  u16 tun_flags = 0;
  u8 tos = 0;  // 1: as inside
  u8 ttl = 0;  // 0: as inside
  bool operator==(const ip_tunnel_key&) const = default;
};

// What a route or a nexthop object says. Shared and never changed.
struct lwtunnel_state : refcounted {
  u16 type = 0;  // LWTUNNEL_ENCAP_IP, or LWTUNNEL_ENCAP_IP6, by which nothing can be sent
  ip_tunnel_key key;
  std::array<u8, 16> src6{}, dst6{};  // of an IPv6 tunnel, instead of key.src and key.dst
  bool same(const lwtunnel_state& o) const {
    return type == o.type && key == o.key && src6 == o.src6 && dst6 == o.dst6;
  }
};
// lwtunnel_cmp_encap; null: none.
inline bool lwtunnel_same(const lwtunnel_state* a, const lwtunnel_state* b) {
  return a == b || (a && b && a->same(*b));
}

// In place of a route: how the packet came out of a tunnel, or with `tx` how it is to go into one.
struct metadata_dst : dst_entry {
  ip_tunnel_key key;
  bool tx = false;
};
// skb_metadata_dst: null when the packet has a route, or nothing.
inline const metadata_dst* skb_metadata_dst(const sk_buff& s) {
  return s.dst && s.dst->metadata ? static_cast<const metadata_dst*>(s.dst) : nullptr;
}
// Whether what stands at the packet is a route.
inline bool skb_valid_dst(const sk_buff& s) { return s.dst && !s.dst->metadata; }

}  // namespace linnet
