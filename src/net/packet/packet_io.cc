// Frames in and out. SOCK_RAW has them from the link-layer header on; SOCK_DGRAM from the network header on, and
// the device makes the header of what is sent.
#include <algorithm>

#include "net/core/dst.hh"
#include "net/core/filter.hh"
#include "net/packet/af_packet.hh"
#include "wire/ethernet.hh"

namespace linnet {

namespace {

constexpr u32 VLAN_HLEN = 4;

}  // namespace

void packet_rcv(packet_tap& tap, const sk_buff& s, net_device& dev) {
  packet_sock& po = *static_cast<packet_sock::hook&>(tap).po;
  if (s.pkt == pkt_type::loopback) return;
  skb_ptr p = skb_clone(s);
  if (dev.header_ops) {
    if (po.type != SOCK_DGRAM) {
      p->data = p->mac();
    } else if (p->pkt == pkt_type::outgoing) {
      p->data = p->network();  // what goes out has its header in front
    }
  }
  const u32 len = p->len();
  const u32 keep = po.filter.empty() ? len : std::min(len, bpf_prog_run(po.filter, *p));
  if (!keep && !po.filter.empty()) return consume_skb(std::move(p));  // not a loss

  hw_addr from{};
  sockaddr_ll sll{};
  sll.sll_family = AF_PACKET;
  sll.sll_protocol = p->protocol.raw();
  sll.sll_ifindex = dev.ifindex;
  sll.sll_hatype = dev.type;
  sll.sll_pkttype = static_cast<u8>(p->pkt);
  if (dev.header_ops && dev.header_ops->parse) sll.sll_halen = dev.header_ops->parse(*p, from);
  std::memcpy(sll.sll_addr, from.data(), sizeof sll.sll_addr);
  PACKET_SKB_CB(*p) = {.sll = sll, .origlen = len};
  skb_trim(*p, keep);
  p->dev = nullptr;
  skb_dst_drop(*p);
  if (sock_queue_filtered_skb(po, std::move(p))) {
    ++po.tp_packets;
  } else {
    ++po.tp_drops;
  }
}

namespace {

bool checksum_known(const sk_buff& s) {
  return s.summed == ip_summed::unnecessary || s.summed == ip_summed::partial || s.csum_valid;
}

void put_auxdata(msg_in& m, const sk_buff& s, u32 origlen) {
  tpacket_auxdata aux{};
  aux.tp_status = TP_STATUS_USER;
  if (s.summed == ip_summed::partial) {
    aux.tp_status |= TP_STATUS_CSUMNOTREADY;
  } else if (s.pkt != pkt_type::outgoing && checksum_known(s)) {
    aux.tp_status |= TP_STATUS_CSUM_VALID;
  }
  aux.tp_len = origlen;
  aux.tp_snaplen = s.len();
  aux.tp_net = static_cast<u16>(s.network() - s.data);
  put_cmsg(m.control, SOL_PACKET, PACKET_AUXDATA, std::as_bytes(std::span(&aux, 1)));
}

// Where one message goes.
struct packet_dest {
  net_device* dev;
  be16 proto;
  const u8* addr;  // null: none given
};

result<packet_dest> destination(const packet_sock& po, const_bytes name, sockaddr_ll& sll) {
  if (name.empty()) return packet_dest{po.cached_dev.get(), po.num, nullptr};
  if (name.size() < sizeof sll) return err(EINVAL);
  std::memcpy(&sll, name.data(), sizeof sll);
  constexpr size_t head = offsetof(sockaddr_ll, sll_addr);
  if (name.size() < head + sll.sll_halen) return err(EINVAL);
  net_device* dev = dev_get_by_index(po.ns, sll.sll_ifindex);
  if (po.type == SOCK_DGRAM && dev && name.size() < head + dev->addr_len) return err(EINVAL);
  return packet_dest{dev, be16::from_raw(sll.sll_protocol), sll.sll_halen ? sll.sll_addr : nullptr};
}

// The control messages of a send: SO_MARK is understood (sock_cmsg_send).
status control_of(const socket& s, const_bytes control, u32& mark) {
  while (control.size() >= sizeof(cmsghdr)) {
    cmsghdr h;
    std::memcpy(&h, control.data(), sizeof h);
    if (h.cmsg_len < sizeof h || h.cmsg_len > control.size()) return err(EINVAL);
    if (h.cmsg_level == SOL_SOCKET) {
      if (h.cmsg_type != SO_MARK || h.cmsg_len != CMSG_LEN(sizeof mark)) return err(EINVAL);
      if (!s.owner.net_admin && !s.owner.net_raw) return err(EPERM);
      std::memcpy(&mark, control.data() + CMSG_LEN(0), sizeof mark);
    }
    control = control.subspan(std::min(control.size(), CMSG_ALIGN(h.cmsg_len)));
  }
  return {};
}

// Four bytes more than the MTU are for a VLAN tag only.
bool too_long(const net_device& dev, const sk_buff& s, size_t len, u32 reserve) {
  if (len <= dev.mtu + reserve) return false;
  const auto* eth = skb_header<ethhdr>(s);
  return dev.type != ARPHRD_ETHER || !eth || eth->h_proto != be16(ETH_P_8021Q);
}

}  // namespace

// packet_snd.
result<size_t> packet_sendmsg(socket& s, const msg_out& m, int) {
  packet_sock& po = pkt_sk(s);
  sockaddr_ll sll{};
  auto to = destination(po, m.name, sll);
  if (!to) return std::unexpected(to.error());
  if (!to->dev) return err(ENXIO);
  net_device& dev = *to->dev;
  if (!dev.up()) return err(ENETDOWN);
  u32 mark = po.mark;
  if (status ok = control_of(s, m.control, mark); !ok) return std::unexpected(ok.error());
  const bool raw = po.type == SOCK_RAW;
  const u32 reserve = raw ? dev.hard_header_len : 0;
  const size_t len = m.data.size();
  if (len > size_t{dev.mtu} + reserve + VLAN_HLEN) return err(EMSGSIZE);
  if (const int e = sock_error(po)) return err(e);
  if (po.wmem_alloc >= po.sndbuf) return err(EAGAIN);

  skb_ptr p = alloc_skb(po.ns.c, skb_default_headroom + static_cast<u32>(len));
  skb_reserve(*p, skb_default_headroom);
  skb_put_data(*p, m.data);
  p->dev = &dev;
  p->reset_mac_header();
  p->network_header = static_cast<u16>(p->mac_header + reserve);
  auto refuse = [&](int e, skb_drop_reason why) -> result<size_t> {
    kfree_skb_reason(std::move(p), why);
    return err(e);
  };
  if (raw) {
    if (len < reserve) return refuse(EINVAL, skb_drop_reason::HDR_TRUNC);
  } else if (dev.header_ops) {
    if (!dev.header_ops->create(*p, dev, to->proto.host(), to->addr, nullptr))
      return refuse(EINVAL, skb_drop_reason::NEIGH_HH_FILLFAIL);
  }
  if (too_long(dev, *p, len, reserve)) return refuse(EMSGSIZE, skb_drop_reason::PKT_TOO_BIG);
  p->transport_header = p->network_header;
  p->protocol = to->proto;
  if (raw && dev.header_ops && (!to->proto || to->proto == be16(ETH_P_ALL)))
    p->protocol = skb_header<ethhdr>(*p)->h_proto;
  p->priority = po.priority;
  p->mark = mark;
  skb_set_owner_w(*p, po);
  sk_buff_head one;
  one.enqueue(std::move(p));
  dev_queue_xmit(dev, std::move(one));
  return len;
}

result<size_t> packet_recvmsg(socket& s, msg_in& m, int flags) {
  packet_sock& po = pkt_sk(s);
  if (flags & ~(MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC | MSG_ERRQUEUE)) return err(EINVAL);
  if (flags & MSG_ERRQUEUE) return err(EAGAIN);  // nothing is ever put there
  int error = 0;
  skb_ptr p = skb_recv_datagram(po, flags, error);
  if (!p) return err(error ? error : EAGAIN);
  const size_t len = p->len(), n = std::min(len, m.data.size());
  if (n) std::memcpy(m.data.data(), p->data, n);
  if (n < len) m.flags |= MSG_TRUNC;
  sock_recv_cmsgs(m, po, *p);
  const packet_skb_cb& cb = PACKET_SKB_CB(*p);
  std::memcpy(&m.name, &cb.sll, sizeof cb.sll);
  m.namelen = sizeof cb.sll;
  if (po.auxdata) put_auxdata(m, *p, cb.origlen);
  consume_skb(std::move(p));
  return flags & MSG_TRUNC ? len : n;
}

}  // namespace linnet
