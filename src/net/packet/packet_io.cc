// What arrives: into a socket's receive queue, and from there to the reader. SOCK_RAW has frames from the link-layer
// header on; SOCK_DGRAM from the network header on.
#include <algorithm>

#include "net/core/dst.hh"
#include "net/core/filter.hh"
#include "net/core/virtio_net.hh"
#include "net/packet/af_packet.hh"

namespace linnet {

sk_buff packet_view(const packet_sock& po, const sk_buff& s, const net_device& dev) {
  sk_buff view = s;
  if (!dev.header_ops) return view;
  if (po.type != SOCK_DGRAM) {
    view.data = view.mac();
  } else if (view.pkt == pkt_type::outgoing) {
    view.data = view.network();  // what goes out has its header in front
  }
  return view;
}

u32 packet_filter(const packet_sock& po, const sk_buff& view) {
  if (!po.filter) return view.len();
  return std::min(view.len(), bpf_prog_run(*po.filter, view));
}

sockaddr_ll packet_address(const packet_sock& po, const sk_buff& view, const net_device& dev,
                           const net_device& orig) {
  hw_addr from{};
  sockaddr_ll sll{};
  sll.sll_family = AF_PACKET;
  sll.sll_protocol = view.protocol.raw();
  sll.sll_ifindex = po.origdev ? orig.ifindex : dev.ifindex;
  sll.sll_hatype = dev.type;
  sll.sll_pkttype = static_cast<u8>(view.pkt);
  if (dev.header_ops && dev.header_ops->parse) sll.sll_halen = dev.header_ops->parse(view, from);
  std::memcpy(sll.sll_addr, from.data(), sizeof sll.sll_addr);
  return sll;
}

packet_vlan packet_vlan_of(const sk_buff& s) {
  if (likely(!s.vlan_present)) return {};
  return {TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID, s.vlan_tci, s.vlan_proto.host()};
}

u32 packet_csum_status(const sk_buff& s) {
  if (s.summed == ip_summed::partial) return TP_STATUS_CSUMNOTREADY;
  const bool known = s.summed == ip_summed::unnecessary;
  return s.pkt != pkt_type::outgoing && known ? u32{TP_STATUS_CSUM_VALID} : 0;
}

void packet_rcv(packet_tap& tap, const sk_buff& s, net_device& dev, const net_device& orig) {
  packet_sock& po = *static_cast<packet_sock::hook&>(tap).po;
  if (s.pkt == pkt_type::loopback) return;
  const sk_buff view = packet_view(po, s, dev);
  const u32 keep = packet_filter(po, view);
  if (!keep) return;  // not a loss
  skb_ptr p = skb_clone(s);
  p->data = view.data;
  PACKET_SKB_CB(*p) = {.sll = packet_address(po, view, dev, orig), .origlen = view.len()};
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

void put_auxdata(msg_in& m, const sk_buff& s, u32 origlen) {
  tpacket_auxdata aux{};
  aux.tp_status = TP_STATUS_USER | packet_csum_status(s);
  aux.tp_len = origlen;
  aux.tp_snaplen = s.len();
  aux.tp_net = static_cast<u16>(s.network() - s.data);
  const packet_vlan vlan = packet_vlan_of(s);
  aux.tp_status |= vlan.status;
  aux.tp_vlan_tci = vlan.tci;
  aux.tp_vlan_tpid = vlan.tpid;
  put_cmsg(m.control, SOL_PACKET, PACKET_AUXDATA, std::as_bytes(std::span(&aux, 1)));
}

// The header in front of the frame takes the first bytes of the reader's room (packet_rcv_vnet).
status put_vnet(msg_in& m, const sk_buff& s) {
  virtio_net_hdr h;
  if (m.data.size() < sizeof h || !virtio_net_hdr_from_skb(s, h)) return err(EINVAL);
  std::memcpy(m.data.data(), &h, sizeof h);
  return {};
}

}  // namespace

result<size_t> packet_recvmsg(socket& s, msg_in& m, int flags) {
  packet_sock& po = pkt_sk(s);
  if (flags & ~(MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC | MSG_ERRQUEUE)) return err(EINVAL);
  if (flags & MSG_ERRQUEUE) return err(EAGAIN);  // nothing is ever put there
  int error = 0;
  skb_ptr p = skb_recv_datagram(po, flags, error);
  if (!p) return err(error ? error : EAGAIN);
  size_t vnet = 0;
  if (po.has_vnet_hdr) {
    if (status ok = put_vnet(m, *p); !ok) {
      kfree_skb_reason(std::move(p), skb_drop_reason::NOT_SPECIFIED);
      return std::unexpected(ok.error());
    }
    vnet = sizeof(virtio_net_hdr);
  }
  const size_t len = p->len(), n = std::min(len, m.data.size() - vnet);
  if (n) std::memcpy(m.data.data() + vnet, p->data, n);
  if (n < len) m.flags |= MSG_TRUNC;
  sock_recv_cmsgs(m, po, *p);
  const packet_skb_cb& cb = PACKET_SKB_CB(*p);
  m.namelen = po.type == SOCK_PACKET ? sizeof cb.pkt : sizeof cb.sll;
  std::memcpy(&m.name, &cb.sll, m.namelen);
  if (po.auxdata) put_auxdata(m, *p, cb.origlen);
  consume_skb(std::move(p));
  return vnet + (flags & MSG_TRUNC ? len : n);
}

}  // namespace linnet
