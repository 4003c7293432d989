// AF_PACKET (man 7 packet): sockets that see and send frames as they are on a device, below the protocols. A
// socket looks on through a tap (net/core/dev.hh) while it has a protocol and its device is up. Made by the
// family (af_packet.cc), filled by packet_rcv (packet_io.cc) or, with a ring, by tpacket_rcv (packet_ring.cc), set
// up by options (packet_sockopt.cc). Those of type SOCK_PACKET name devices and have neither (packet_spkt.cc).
#pragma once

#include <linux/if_packet.h>

#include "net/core/dev.hh"
#include "net/core/sock.hh"
#include "net/packet/packet_fanout.hh"
#include "net/packet/packet_ring.hh"

namespace linnet {

// A membership of PACKET_ADD_MEMBERSHIP, held `count` times (struct packet_mclist).
struct packet_mclist {
  int ifindex;
  u16 type, alen;
  hw_addr addr;
  u32 count;
  bool same(const packet_mclist& o) const {
    return ifindex == o.ifindex && type == o.type && alen == o.alen && addr == o.addr;
  }
};

struct packet_sock final : sock {
  packet_sock(net&, socket&, be16 protocol);
  ~packet_sock() override;

  void register_hook();
  void unregister_hook();

  struct hook : packet_tap {
    packet_sock* po;
  } prot_hook{};
  bool running = false;        // prot_hook is in the namespace's list
  be16 num;                    // protocol, as bound
  int ifindex = 0;             // bound to: 0 for all, -1 when the device is gone
  ref<net_device> cached_dev;  // where a send without address goes
  std::vector<packet_mclist> mclist;
  packet_fanout* fanout = nullptr;  // the group it belongs to
  packet_rollover rollover;

  u32 tp_packets = 0, tp_drops = 0;  // since PACKET_STATISTICS was last read
  bool auxdata = false, origdev = false;
  bool has_vnet_hdr = false;  // a struct virtio_net_hdr is in front of each frame
  u32 tp_freeze_q_cnt = 0;    // times that a ring of blocks was full (since then, too)

  int tp_version = TPACKET_V1;
  u32 tp_hdrlen = TPACKET_HDRLEN;
  u32 tp_reserve = 0;  // bytes to leave free in front of each frame's data
  int tp_tstamp = 0;   // PACKET_TIMESTAMP: kept; there is no hardware that stamps
  int copy_thresh = 0;
  bool tp_loss = false;        // a frame that can't be sent is passed over, not reported
  bool tp_tx_has_off = false;  // frames to send say where their data begins
  bool qdisc_bypass = false;   // packet_direct_xmit
  packet_ring_buffer rx_ring, tx_ring;
  tpacket_blocks blocks;  // of rx_ring, in version 3
};

inline packet_sock& pkt_sk(const socket& s) { return static_cast<packet_sock&>(*s.sk); }

struct netns_packet {
  std::vector<packet_sock*> sklist;  // in the order of creation
  std::vector<std::unique_ptr<packet_fanout>> fanouts;
  u16 next_fanout_id = 0;
};

// What receiving keeps beside the bytes.
struct packet_skb_cb {
  union {
    sockaddr_ll sll;
    sockaddr_pkt pkt;  // of SOCK_PACKET
  };
  u32 origlen;  // before the filter cut it
};
inline packet_skb_cb& PACKET_SKB_CB(sk_buff& s) { return s.cb_as<packet_skb_cb>(); }

// A packet as the socket sees it: a handle on the stack that owns nothing and shares all, with data where this kind
// of socket's reader expects it.
sk_buff packet_view(const packet_sock&, const sk_buff&, const net_device&);
// How many bytes of it the socket's filter lets the reader have; 0 for a packet that he doesn't get.
u32 packet_filter(const packet_sock&, const sk_buff& view);
sockaddr_ll packet_address(const packet_sock&, const sk_buff& view, const net_device&,
                           const net_device& orig);
// The tag that goes beside a packet, as readers see it; all zero without one.
struct packet_vlan {
  u32 status = 0;  // TP_STATUS_VLAN_*
  u16 tci = 0, tpid = 0;
};
packet_vlan packet_vlan_of(const sk_buff&);
u32 packet_csum_status(const sk_buff&);  // TP_STATUS_CSUM*

// Sees one device, or (null) all, and packets of `proto` (network order). EINVAL in a fanout group.
status packet_do_bind(packet_sock&, net_device*, be16 proto);
void packet_release(socket&);
result<int> packet_ioctl(socket&, unsigned cmd, bytes arg);
extern const proto_ops packet_ops_spkt;

void packet_rcv_spkt(packet_tap&, const sk_buff&, net_device&, const net_device& orig);
void packet_rcv(packet_tap&, const sk_buff&, net_device&, const net_device& orig);
void tpacket_rcv(packet_tap&, const sk_buff&, net_device&, const net_device& orig);
u32 prb_room_of_block(u32 block_size, u32 sizeof_priv);  // for packets with their headers
result<size_t> packet_sendmsg(socket&, const msg_out&, int flags);
result<size_t> packet_sendmsg_spkt(socket&, const msg_out&, int flags);
result<size_t> tpacket_snd(socket&, const msg_out&);  // of a transmit ring
result<std::vector<const shared_pages*>> packet_mmap(socket&, u64 length, u64 offset);
result<size_t> packet_recvmsg(socket&, msg_in&, int flags);
status packet_setsockopt(socket&, int level, int name, const sockopt_value&);
status packet_getsockopt_level(const socket&, int level, int name);
result<u32> packet_getsockopt(socket&, int level, int name, bytes out);

// Gives up what the socket joined: on `only` one device, or (null) everywhere.
void packet_flush_mclist(packet_sock&, const net_device* only);

void packet_diag_init(world&);
void packet_proc_init(world&);
void packet_init(world&);

}  // namespace linnet
