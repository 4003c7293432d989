// What is sent: one message, or the frames of a ring that their writer has marked. SOCK_RAW and SOCK_PACKET give whole frames;
// SOCK_DGRAM what is in them, and the device makes the header.
#include <netinet/ip6.h>

#include <algorithm>

#include "net/core/cmsg.hh"
#include "net/core/filter.hh"
#include "net/core/skb_pool.hh"
#include "net/core/virtio_net.hh"
#include "net/core/vlan.hh"
#include "net/packet/af_packet.hh"
#include "wire/ethernet.hh"

namespace linnet {
namespace {

// Where one message goes.
struct packet_dest {
  net_device* dev;
  be16 proto;
  const u8* addr;  // null: none given
};

result<packet_dest> destination(const packet_sock& po, const_bytes name, sockaddr_ll& sll) {
  if (!name.data()) return packet_dest{po.cached_dev.get(), po.num, nullptr};
  if (name.size() < sizeof sll) return err(EINVAL);
  std::memcpy(&sll, name.data(), sizeof sll);
  constexpr size_t head = offsetof(sockaddr_ll, sll_addr);
  if (name.size() < head + sll.sll_halen) return err(EINVAL);
  net_device* dev = dev_get_by_index(po.ns, sll.sll_ifindex);
  if (po.type == SOCK_DGRAM && dev && name.size() < head + dev->addr_len) return err(EINVAL);
  return packet_dest{dev, be16::from_raw(sll.sll_protocol), sll.sll_halen ? sll.sll_addr : nullptr};
}

// The control messages of a send (sock_cmsg_send).
status control_of(const packet_sock& po, const_bytes control, sockcm_cookie& c) {
  cmsg_walk walk(control);
  while (const auto m = walk.next())
    if (m->level == SOL_SOCKET)
      if (status ok = sock_cmsg_send(po, m->type, m->data, c); !ok) return ok;
  return walk.malformed() ? status(err(EINVAL)) : status();
}

// Four bytes more than the MTU are for a VLAN tag only.
bool too_long(const net_device& dev, const sk_buff& s, size_t len, u32 reserve) {
  if (len <= dev.mtu + reserve) return false;
  const auto* eth = skb_header<ethhdr>(s);
  return dev.type != ARPHRD_ETHER || !eth || eth->h_proto != be16(ETH_P_8021Q);
}

// A frame that was given whole says itself what it holds, and behind which tags (packet_parse_headers).
void parse_headers(const net_device& dev, sk_buff& s, be16 proto, u16 type) {
  s.protocol = proto;
  if (dev.header_ops && type == SOCK_RAW && (!proto || proto == be16(ETH_P_ALL)))
    s.protocol = dev.header_ops->parse_protocol ? dev.header_ops->parse_protocol(s)
                                                : skb_header<ethhdr>(s)->h_proto;
  u32 depth;
  if (dev.type == ARPHRD_ETHER && eth_type_vlan(s.protocol) &&
      vlan_get_protocol(s, s.protocol, &depth))
    s.network_header = static_cast<u16>(s.mac_header + depth);
}

// A frame to be sent, and the header that came in front of it.
struct packet_frame {
  const_bytes data;
  const virtio_net_hdr* vnet = nullptr;
  bool from_ring = false;
  // What is to be cut may be as long as it likes, and in a ring all that has such a header.
  bool any_length() const { return vnet && (from_ring || vnet->gso_type); }
};

// Of a longer frame only the headers are in the packet's own memory: those of a ring always, others when they do not fit one
// page (packet_alloc_skb, tpacket_fill_skb). EMSGSIZE: it would take too many.
status lay_out(sk_buff& s, const net_device& dev, const packet_frame& f) {
  if (f.from_ring && !f.vnet) return {};
  constexpr u32 page = 4096, most_frags = 17;
  const u32 len = static_cast<u32>(f.data.size()), hard = dev.hard_header_len;
  const u32 room = ((hard + dev.needed_headroom) & ~15u) + 16;
  const u32 linear =
      std::max<u32>(f.vnet ? f.vnet->hdr_len : 0, f.from_ring ? hard : std::min(len, hard));
  if (linear >= len || (!f.from_ring && room + len < page)) return {};
  const u32 frags = (len - linear + page - 1) / page;
  if (frags > most_frags) return err(EMSGSIZE);
  const u32 truesize = skb_linear_truesize(room + linear);
  skb_set_paged(s, frags, linear, std::min(truesize, 0xffffu));
  s.truesize = truesize + (f.from_ring ? len - linear : frags * page);
  return {};
}

// Makes a packet of it.
result<skb_ptr> build(packet_sock& po, const packet_dest& to, u32 mark, const packet_frame& f) {
  net_device& dev = *to.dev;
  const bool raw = po.type != SOCK_DGRAM;
  const u32 reserve = raw ? dev.hard_header_len : 0;
  const size_t len = f.data.size();
  skb_ptr p = alloc_skb(po.ns.c, skb_default_headroom + static_cast<u32>(len));
  skb_reserve(*p, skb_default_headroom);
  skb_put_data(*p, f.data);
  p->dev = &dev;
  p->reset_mac_header();
  // What is too short for an IP header behind the longest header may have a shorter one.
  const bool odd = len < reserve + sizeof(ip6_hdr) && dev.min_header_len != dev.hard_header_len;
  p->network_header = static_cast<u16>(p->mac_header + (odd ? 0 : reserve));
  auto refuse = [&](int e, skb_drop_reason why) -> result<skb_ptr> {
    kfree_skb_reason(std::move(p), why);
    return err(e);
  };
  if (status ok = lay_out(*p, dev, f); !ok)
    return refuse(ok.error().code, skb_drop_reason::PKT_TOO_BIG);
  if (raw) {
    if (len < std::min<u32>(reserve, dev.min_header_len))
      return refuse(EINVAL, skb_drop_reason::HDR_TRUNC);
  } else if (dev.header_ops) {
    if (!dev.header_ops->create(*p, dev, to.proto.host(), to.addr, nullptr))
      return refuse(EINVAL, skb_drop_reason::NEIGH_HH_FILLFAIL);
  }
  if (!f.any_length() && too_long(dev, *p, len, reserve))
    return refuse(EMSGSIZE, skb_drop_reason::PKT_TOO_BIG);
  p->protocol = to.proto;
  if (raw) parse_headers(dev, *p, to.proto, po.type);
  p->transport_header = p->network_header;
  p->priority = po.priority;
  p->mark = mark;
  if (f.vnet)
    if (status ok = virtio_net_hdr_to_skb(*p, *f.vnet); !ok)
      return refuse(EINVAL, skb_drop_reason::NOT_SPECIFIED);
  skb_set_owner_w(*p, po);
  return p;
}

// Sends it (po->xmit). What the device or its queue has against it: ENOBUFS, ENOMEM.
status transmit(const packet_sock& po, net_device& dev, skb_ptr p) {
  cpu& c = po.ns.c;
  const int outer = std::exchange(c.xmit_error, 0);
  sk_buff_head one;
  one.enqueue(std::move(p));
  if (po.qdisc_bypass) {
    dev_direct_xmit(dev, std::move(one));
  } else {
    dev_queue_xmit(dev, std::move(one));
  }
  if (const int e = std::exchange(c.xmit_error, outer)) return err(e);
  return {};
}

// Takes the header off a frame's front (packet_snd_vnet_parse). EINVAL: it is too short, or says that it is.
status take_vnet(packet_frame& f, virtio_net_hdr& h) {
  if (f.data.size() < sizeof h) return err(EINVAL);
  std::memcpy(&h, f.data.data(), sizeof h);
  f.data = f.data.subspan(sizeof h);
  f.vnet = &h;
  const u32 sum_end = u32{h.csum_start} + h.csum_offset + 2;
  if ((h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) && sum_end > h.hdr_len)
    h.hdr_len = static_cast<u16>(sum_end);
  return h.hdr_len <= f.data.size() ? status() : err(EINVAL);
}

// What both ways of sending ask first: where to, and with which mark.
result<packet_dest> prepare(socket& s, const msg_out& m, sockaddr_ll& sll, u32& mark) {
  auto to = destination(pkt_sk(s), m.name, sll);
  if (!to) return to;
  if (!to->dev) return err(ENXIO);
  if (!to->dev->up()) return err(ENETDOWN);
  sockcm_cookie c = sockcm_init(pkt_sk(s));
  if (status ok = control_of(pkt_sk(s), m.control, c); !ok) return std::unexpected(ok.error());
  mark = c.mark;
  return to;
}

u32 longest(const packet_sock& po, const net_device& dev) {
  return dev.mtu + (po.type != SOCK_DGRAM ? dev.hard_header_len : 0u) + VLAN_HLEN;
}

// A frame to send, as its writer described it (tpacket_parse_header). The header is read once: the writer may change
// it under our eyes.
result<packet_frame> frame_data(const packet_sock& po, const std::byte* frame, u32 size_max) {
  const u32 header = po.tp_hdrlen - static_cast<u32>(sizeof(sockaddr_ll));
  u32 len, mac, net;
  auto read = [&](const auto& h) {
    len = status_load(h.tp_len);
    mac = status_load(h.tp_mac);
    net = status_load(h.tp_net);
  };
  switch (po.tp_version) {
    case TPACKET_V1: read(*reinterpret_cast<const tpacket_hdr*>(frame)); break;
    case TPACKET_V2: read(*reinterpret_cast<const tpacket2_hdr*>(frame)); break;
    default:
      if (reinterpret_cast<const tpacket3_hdr*>(frame)->tp_next_offset) return err(EINVAL);
      read(*reinterpret_cast<const tpacket3_hdr*>(frame));
  }
  if (len > size_max) return err(EMSGSIZE);
  u32 off = header;
  if (po.tp_tx_has_off) {
    off = po.type == SOCK_DGRAM ? net : mac;
    if (off < header || off > po.tx_ring.frame_size - len) return err(EINVAL);
  }
  return packet_frame{.data = const_bytes(frame + off, len), .from_ring = true};
}

}  // namespace

// packet_snd, and its gate packet_sendmsg.
result<size_t> packet_sendmsg(socket& s, const msg_out& m, int) {
  packet_sock& po = pkt_sk(s);
  if (po.tx_ring) return tpacket_snd(s, m);
  sockaddr_ll sll{};
  u32 mark = 0;
  auto to = prepare(s, m, sll, mark);
  if (!to) return std::unexpected(to.error());
  packet_frame f{.data = m.data};
  virtio_net_hdr vnet;
  if (po.has_vnet_hdr) {
    if (m.data.size() >= sizeof vnet && m.unreadable()) return err(EFAULT);
    if (status ok = take_vnet(f, vnet); !ok) return std::unexpected(ok.error());
  }
  if (!f.any_length() && f.data.size() > longest(po, *to->dev)) return err(EMSGSIZE);
  if (const int e = sock_error(po)) return err(e);
  if (po.wmem_alloc >= po.sndbuf) return err(EAGAIN);
  if (m.unreadable()) return err(EFAULT);
  auto p = build(po, *to, mark, f);
  if (!p) return std::unexpected(p.error());
  if (status sent = transmit(po, *to->dev, std::move(*p)); !sent)
    return std::unexpected(sent.error());
  return m.data.size();
}

// A whole frame, to the device that the address names; what becomes of it there nobody is told.
result<size_t> packet_sendmsg_spkt(socket& s, const msg_out& m, int) {
  packet_sock& po = pkt_sk(s);
  sockaddr_pkt to{};
  if (!m.has_name()) return err(ENOTCONN);
  if (m.name.size() < sizeof(sockaddr)) return err(EINVAL);
  std::memcpy(&to, m.name.data(), std::min(m.name.size(), sizeof to));
  if (m.name.size() != sizeof to) to.spkt_protocol = 0;
  const auto* name = reinterpret_cast<const char*>(to.spkt_device);
  net_device* dev =
      dev_get_by_name(po.ns, std::string_view(name, strnlen(name, sizeof to.spkt_device - 1)));
  if (!dev) return err(ENODEV);
  if (!dev->up()) return err(ENETDOWN);
  if (m.data.size() > longest(po, *dev)) return err(EMSGSIZE);
  if (po.wmem_alloc >= po.sndbuf) return err(ENOBUFS);
  if (m.unreadable()) return err(EFAULT);
  if (m.data.empty()) return err(EINVAL);
  sockcm_cookie c = sockcm_init(po);
  if (status ok = control_of(po, m.control, c); !ok) return std::unexpected(ok.error());
  auto p = build(po, {dev, be16::from_raw(to.spkt_protocol), nullptr}, c.mark, {.data = m.data});
  if (!p) return std::unexpected(p.error());
  (void)transmit(po, *dev, std::move(*p));
  return m.data.size();
}

// Sends all frames that are marked so, and returns the sum of their lengths. Linux marks a frame AVAILABLE when the
// last user of its memory has freed it; here the packet is a copy, and the frame is its writer's again at once.
result<size_t> tpacket_snd(socket& s, const msg_out& m) {
  packet_sock& po = pkt_sk(s);
  sockaddr_ll sll{};
  u32 mark = 0;
  auto to = prepare(s, m, sll, mark);
  if (!to) return std::unexpected(to.error());
  packet_ring_buffer& ring = po.tx_ring;
  const u32 header = po.tp_hdrlen - static_cast<u32>(sizeof(sockaddr_ll));
  u32 size_max = ring.frame_size - header;
  if (!po.has_vnet_hdr) size_max = std::min(size_max, longest(po, *to->dev));
  size_t sum = 0;
  // Once around at most: the writer may mark frames as fast as we send them.
  for (u32 n = 0; n <= ring.frame_max; ++n) {
    std::byte* frame = ring.frame(ring.head);
    if (packet_get_status(po, frame) != TP_STATUS_SEND_REQUEST) break;
    if (po.wmem_alloc >= po.sndbuf) return sum ? result<size_t>(sum) : err(EAGAIN);
    auto f = frame_data(po, frame, size_max);
    virtio_net_hdr vnet;
    status ok = f ? status() : std::unexpected(f.error());
    if (ok && po.has_vnet_hdr) ok = take_vnet(*f, vnet);
    auto p = ok ? build(po, *to, mark, *f) : result<skb_ptr>(std::unexpected(ok.error()));
    if (!p && !po.tp_loss) {
      packet_set_status(po, frame, TP_STATUS_WRONG_FORMAT);
      return std::unexpected(p.error());
    }
    // What the device refuses is still to be sent.
    if (p)
      if (status sent = transmit(po, *to->dev, std::move(*p)); !sent)
        return std::unexpected(sent.error());
    packet_set_status(po, frame, TP_STATUS_AVAILABLE);
    ring.increment_head();
    if (p) sum += f->data.size();
  }
  return sum;
}

}  // namespace linnet
