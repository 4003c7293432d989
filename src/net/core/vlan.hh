// VLAN tags of packets, and which device takes which VLAN. A tag that arrives is taken out of the frame first and goes
// on beside the packet (vlan_proto, vlan_tci); it is put back into the frame where a device can't take it so. What a
// VLAN's device does with its packets is net/8021q.
#pragma once

#include <array>
#include <memory>

#include "net/core/net_device.hh"
#include "wire/vlan.hh"

namespace linnet {

inline bool eth_type_vlan(be16 proto) {
  return proto == be16(ETH_P_8021Q) || proto == be16(ETH_P_8021AD);
}
inline u16 skb_vlan_tag_get_id(const sk_buff& s) { return s.vlan_tci & VLAN_VID_MASK; }
inline void vlan_hwaccel_put_tag(sk_buff& s, be16 proto, u16 tci) {
  s.vlan_proto = proto;
  s.vlan_tci = tci;
  s.vlan_present = 1;
}
inline void vlan_hwaccel_clear_tag(sk_buff& s) { s.vlan_present = 0; }

// Takes the tag that begins at data out of the frame. False: the frame is too short.
bool skb_vlan_untag(sk_buff&);
// Puts a tag into the frame that begins at data, `mac_len` bytes from there (vlan_insert_inner_tag). The packet's
// protocol becomes the tag's only when the tag is the outermost.
void vlan_insert_inner_tag(sk_buff&, be16 proto, u16 tci, u32 mac_len);
// The tag beside the packet goes into the frame (__vlan_hwaccel_push_inside).
void vlan_hwaccel_push_inside(sk_buff&);
// Whether the device takes packets with such a tag beside them.
inline bool vlan_hw_offload_capable(u64 features, be16 proto) {
  return (features &
          (proto == be16(ETH_P_8021Q) ? NETIF_F_HW_VLAN_CTAG_TX : NETIF_F_HW_VLAN_STAG_TX)) != 0;
}
// The protocol inside a frame's tags, and where it begins (vlan_get_protocol_and_depth). Data stands at the Ethernet
// header; 0 when the frame ends before.
be16 vlan_get_protocol(const sk_buff&, be16 type, u32* depth);

// The devices of the VLANs on one device (struct vlan_info), in blocks so that a few cost little.
struct vlan_info {
  static constexpr unsigned block_len = 512;
  using block = std::array<net_device*, block_len>;
  std::array<std::unique_ptr<block>, 2 * VLAN_N_VID / block_len> blocks;
  unsigned nr_vlan_devs = 0;

  net_device* find(be16 proto, u16 vid) const {
    const unsigned at = index(proto, vid);
    const block* b = blocks[at / block_len].get();
    return b ? (*b)[at % block_len] : nullptr;
  }
  void set(be16 proto, u16 vid, net_device* dev) {
    const unsigned at = index(proto, vid);
    auto& b = blocks[at / block_len];
    if (!b) b = std::make_unique<block>();
    (*b)[at % block_len] = dev;
  }
  // Calls `f` with each device, 802.1Q's before 802.1ad's, each by number.
  template <class F>
  void for_each(F&& f) const {
    for (const auto& b : blocks)
      if (b)
        for (net_device* dev : *b)
          if (dev) f(*dev);
  }

 private:
  static unsigned index(be16 proto, u16 vid) {
    return (proto == be16(ETH_P_8021AD) ? unsigned{VLAN_N_VID} : 0) + vid;
  }
};

inline net_device* vlan_find_dev(const net_device& real_dev, be16 proto, u16 vid) {
  return real_dev.vlan_info ? real_dev.vlan_info->find(proto, vid) : nullptr;
}

}  // namespace linnet
