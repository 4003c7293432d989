// SOCK_PACKET, the packet sockets of Linux before 2.2: a bound address and a message's is a device's name (struct
// sockaddr_pkt). Frames come whole; there are no options but SOL_SOCKET's, no rings and no counts.
#include <linux/if.h>

#include <algorithm>
#include <string_view>

#include "net/core/dst.hh"
#include "net/packet/af_packet.hh"

namespace linnet {
namespace {

constexpr size_t name_room = sizeof(sockaddr::sa_data);  // shorter than a device's name may be

// packet_bind_spkt.
status packet_bind_spkt(socket& s, const_bytes addr) {
  packet_sock& po = pkt_sk(s);
  sockaddr a;
  if (addr.size() != sizeof a) return err(EINVAL);
  std::memcpy(&a, addr.data(), sizeof a);
  const std::string_view name(a.sa_data, strnlen(a.sa_data, name_room));
  net_device* dev = dev_get_by_name(po.ns, name);
  return dev ? packet_do_bind(po, dev, po.num) : err(ENODEV);
}

// packet_getname_spkt.
result<u32> packet_getname_spkt(socket& s, sockaddr_storage& out, bool peer) {
  if (peer) return err(EOPNOTSUPP);
  const packet_sock& po = pkt_sk(s);
  sockaddr a{};
  a.sa_family = AF_PACKET;
  if (const net_device* dev = dev_get_by_index(po.ns, po.ifindex)) {
    const std::string_view name = dev->name;
    name.copy(a.sa_data, name_room - 1);
  }
  std::memcpy(&out, &a, sizeof a);
  return static_cast<u32>(sizeof a);
}

status no_setsockopt(socket&, int, int, const sockopt_value&) { return err(EOPNOTSUPP); }
result<u32> no_getsockopt(socket&, int, int, bytes) { return err(EOPNOTSUPP); }
status no_getsockopt_level(const socket&, int level, int) {
  return level == SOL_SOCKET ? status() : err(EOPNOTSUPP);
}

}  // namespace

void packet_rcv_spkt(packet_tap& tap, const sk_buff& s, net_device& dev, const net_device&) {
  packet_sock& po = *static_cast<packet_sock::hook&>(tap).po;
  if (s.pkt == pkt_type::loopback) return;
  skb_ptr p = skb_clone(s);
  p->data = p->mac();
  p->dev = nullptr;
  skb_dst_drop(*p);
  packet_skb_cb& cb = PACKET_SKB_CB(*p);
  cb = {.pkt = {}, .origlen = p->len()};
  cb.pkt.spkt_family = dev.type;
  cb.pkt.spkt_protocol = p->protocol.raw();
  const std::string_view name = dev.name;
  name.copy(reinterpret_cast<char*>(cb.pkt.spkt_device), sizeof cb.pkt.spkt_device - 1);
  (void)sock_queue_rcv_skb(po, std::move(p));
}

const proto_ops packet_ops_spkt = {.family = AF_PACKET,
                                   .release = packet_release,
                                   .bind = packet_bind_spkt,
                                   .connect = sock_no_connect,
                                   .accept = sock_no_accept,
                                   .getname = packet_getname_spkt,
                                   .poll = datagram_poll,
                                   .ioctl = packet_ioctl,
                                   .listen = sock_no_listen,
                                   .shutdown = sock_no_shutdown,
                                   .setsockopt = no_setsockopt,
                                   .getsockopt = no_getsockopt,
                                   .sendmsg = packet_sendmsg_spkt,
                                   .recvmsg = packet_recvmsg,
                                   .getsockopt_level = no_getsockopt_level};

}  // namespace linnet
