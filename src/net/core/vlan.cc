// Taking VLAN tags out of frames and putting them in: the addresses move by four bytes.
#include "net/core/vlan.hh"

namespace linnet {
namespace {

// vlan_set_encap_proto: what the tag says is inside; a length there means 802.3, raw or with LLC.
be16 encapsulated_proto(const vlan_hdr& h) {
  if (h.h_vlan_encapsulated_proto.host() >= ETH_P_802_3_MIN) return h.h_vlan_encapsulated_proto;
  const be16 first = be16::load(&h + 1);
  return be16(first.raw() == 0xffff ? ETH_P_802_3 : ETH_P_802_2);
}

}  // namespace

bool skb_vlan_untag(sk_buff& s) {
  if (unlikely(s.vlan_present)) return true;
  if (unlikely(s.len() < VLAN_HLEN + sizeof(u16))) return false;
  skb_unshare(s);
  const vlan_hdr h = *reinterpret_cast<const vlan_hdr*>(s.data);
  vlan_hwaccel_put_tag(s, s.protocol, h.h_vlan_TCI.host());
  s.protocol = encapsulated_proto(*reinterpret_cast<const vlan_hdr*>(s.data));
  skb_pull(s, VLAN_HLEN);
  // What stands before the tag's protocol (skb_reorder_vlan_header).
  const u32 mac_len = static_cast<u32>(s.data - s.mac());
  if (mac_len > VLAN_HLEN + ETH_TLEN)
    std::memmove(s.mac() + VLAN_HLEN, s.mac(), mac_len - VLAN_HLEN - ETH_TLEN);
  s.mac_header = static_cast<u16>(s.mac_header + VLAN_HLEN);
  s.reset_network_header();
  s.reset_transport_header();
  s.mac_len = static_cast<u8>(s.network_header - s.mac_header);
  return true;
}

void vlan_insert_inner_tag(sk_buff& s, be16 proto, u16 tci, u32 mac_len) {
  skb_cow_head(s, VLAN_HLEN);
  skb_push(s, VLAN_HLEN);
  if (mac_len > ETH_TLEN) std::memmove(s.data, s.data + VLAN_HLEN, mac_len - ETH_TLEN);
  s.mac_header = static_cast<u16>(s.mac_header - VLAN_HLEN);
  const vlan_hdr h = {.h_vlan_TCI = be16(tci), .h_vlan_encapsulated_proto = be16()};
  std::byte* at = s.data + mac_len - ETH_TLEN;
  std::memcpy(at, &proto, sizeof proto);
  std::memcpy(at + sizeof proto, &h.h_vlan_TCI, sizeof h.h_vlan_TCI);
}

void vlan_hwaccel_push_inside(sk_buff& s) {
  s.reset_mac_header();
  vlan_insert_inner_tag(s, s.vlan_proto, s.vlan_tci, ETH_HLEN);
  s.protocol = s.vlan_proto;
  vlan_hwaccel_clear_tag(s);
}

be16 vlan_get_protocol(const sk_buff& s, be16 type, u32* depth) {
  u32 at = ETH_HLEN;
  for (int tags = 0; eth_type_vlan(type) && tags < 8; ++tags, at += VLAN_HLEN) {
    const auto* h = skb_header<vlan_hdr>(s, at);
    if (!h) return {};
    type = h->h_vlan_encapsulated_proto;
  }
  if (eth_type_vlan(type)) return {};
  if (depth) *depth = at;
  return type;
}

}  // namespace linnet
