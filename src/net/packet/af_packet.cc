// The family: making, binding and naming packet sockets, following their devices up, down and away, and
// /proc/net/packet.
#include "net/packet/af_packet.hh"

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include <algorithm>

#include "net/core/procfs.hh"
#include "net/core/world.hh"
#include "net/ipv4/devinet_ioctl.hh"

namespace linnet {

packet_sock::packet_sock(net& n, socket& s, be16 protocol_)
    : sock(n, s, AF_PACKET, 0), num(protocol_), blocks(*this) {
  prot_hook.type = num;
  prot_hook.owner = this;
  prot_hook.func = type == SOCK_PACKET ? packet_rcv_spkt : packet_rcv;
  prot_hook.po = this;
  n.packet->sklist.push_back(this);
  if (num) register_hook();
}

packet_sock::~packet_sock() = default;

void packet_sock::register_hook() {
  if (running) return;
  if (fanout) {
    fanout_link(*this);
  } else {
    dev_add_tap(ns, prot_hook);
  }
  running = true;
}

void packet_sock::unregister_hook() {
  if (!running) return;
  if (fanout) {
    fanout_unlink(*this);
  } else {
    dev_remove_tap(ns, prot_hook);
  }
  running = false;
}

void packet_release(socket& s) {
  packet_sock& po = pkt_sk(s);
  po.unregister_hook();
  fanout_release(po);
  packet_flush_mclist(po, nullptr);
  (void)packet_set_ring(po, {}, true, false);
  (void)packet_set_ring(po, {}, true, true);
  std::erase(po.ns.packet->sklist, &po);
  po.cached_dev = {};
  s.sk = nullptr;
  sk_free(&po);
}

namespace {

void goes_down(packet_sock& po) {
  po.sk_err = ENETDOWN;
  sk_error_report(po);
}

}  // namespace

status packet_do_bind(packet_sock& po, net_device* dev, be16 proto) {
  if (po.fanout) return err(EINVAL);
  const bool rehook = po.prot_hook.type != proto || po.prot_hook.dev != dev;
  if (rehook) {
    po.unregister_hook();
    po.num = po.prot_hook.type = proto;
    po.prot_hook.dev = dev;
    po.ifindex = dev ? dev->ifindex : 0;
    po.cached_dev = ref<net_device>(dev);
  }
  if (!proto || !rehook) return {};
  if (!dev || dev->up()) {
    po.register_hook();
  } else {
    goes_down(po);
  }
  return {};
}

namespace {

status packet_bind(socket& s, const_bytes addr) {
  packet_sock& po = pkt_sk(s);
  sockaddr_ll sll{};
  if (addr.size() < sizeof sll) return err(EINVAL);
  std::memcpy(&sll, addr.data(), sizeof sll);
  if (sll.sll_family != AF_PACKET) return err(EINVAL);
  const be16 proto = sll.sll_protocol ? be16::from_raw(sll.sll_protocol) : po.num;
  if (po.fanout) return err(EINVAL);
  net_device* dev = nullptr;
  if (sll.sll_ifindex) {
    dev = dev_get_by_index(po.ns, sll.sll_ifindex);
    if (!dev) return err(ENODEV);
  }
  return packet_do_bind(po, dev, proto);
}

result<u32> packet_getname(socket& s, sockaddr_storage& out, bool peer) {
  if (peer) return err(EOPNOTSUPP);
  const packet_sock& po = pkt_sk(s);
  sockaddr_ll sll{};
  sll.sll_family = AF_PACKET;
  sll.sll_ifindex = po.ifindex;
  sll.sll_protocol = po.num.raw();
  if (const net_device* dev = dev_get_by_index(po.ns, po.ifindex)) {
    sll.sll_hatype = dev->type;
    sll.sll_halen = dev->addr_len;
    std::memcpy(sll.sll_addr, dev->dev_addr.data(),
                std::min(sizeof sll.sll_addr, dev->dev_addr.size()));
  }
  std::memcpy(&out, &sll, sizeof sll);
  return static_cast<u32>(offsetof(sockaddr_ll, sll_addr) + sll.sll_halen);
}

}  // namespace

result<int> packet_ioctl(socket& s, unsigned cmd, bytes arg) {
  packet_sock& po = pkt_sk(s);
  if (cmd != SIOCOUTQ && cmd != SIOCINQ) return devinet_ioctl(po.ns, s.owner, cmd, arg);
  const sk_buff* first = po.receive_queue.peek();
  const int v = cmd == SIOCOUTQ ? po.wmem_alloc : first ? static_cast<int>(first->len()) : 0;
  if (arg.size() < sizeof v) return err(EFAULT);
  std::memcpy(arg.data(), &v, sizeof v);
  return 0;
}

namespace {

u32 packet_poll(const socket& s) {
  const packet_sock& po = pkt_sk(s);
  u32 mask = datagram_poll(s);
  if (packet_ring_readable(po)) mask |= EPOLLIN | EPOLLRDNORM;
  if (po.tx_ring && packet_get_status(po, po.tx_ring.frame(po.tx_ring.head)) == TP_STATUS_AVAILABLE)
    mask |= EPOLLOUT | EPOLLWRNORM;
  return mask;
}

const proto_ops packet_ops = {.family = AF_PACKET,
                              .release = packet_release,
                              .bind = packet_bind,
                              .connect = sock_no_connect,
                              .accept = sock_no_accept,
                              .getname = packet_getname,
                              .poll = packet_poll,
                              .ioctl = packet_ioctl,
                              .listen = sock_no_listen,
                              .shutdown = sock_no_shutdown,
                              .setsockopt = packet_setsockopt,
                              .getsockopt = packet_getsockopt,
                              .sendmsg = packet_sendmsg,
                              .recvmsg = packet_recvmsg,
                              .mmap = packet_mmap,
                              .getsockopt_level = packet_getsockopt_level};

// packet_create. `protocol` is in network order.
status packet_create(net& n, socket& s, int protocol) {
  if (!s.owner.net_raw) return err(EPERM);
  if (s.type != SOCK_RAW && s.type != SOCK_DGRAM && s.type != SOCK_PACKET)
    return err(ESOCKTNOSUPPORT);
  s.sk = new packet_sock(n, s, be16::from_raw(static_cast<u16>(protocol)));
  s.ops = s.type == SOCK_PACKET ? &packet_ops_spkt : &packet_ops;
  return {};
}

const net_proto_family packet_family = {.family = AF_PACKET, .create = packet_create};

// packet_notifier.
void packet_netdev_event(net_device& dev, netdev_event e) {
  const bool gone = e == netdev_event::unregister;
  if (!gone && e != netdev_event::up && e != netdev_event::down) return;
  for (packet_sock* po : dev.nd_net->packet->sklist) {
    if (gone) packet_flush_mclist(*po, &dev);
    if (po->ifindex != dev.ifindex) continue;
    if (e == netdev_event::up) {
      if (po->num) po->register_hook();
      continue;
    }
    if (po->running) {
      po->unregister_hook();
      goes_down(*po);
    }
    if (gone) {
      po->cached_dev = {};
      po->ifindex = -1;
      po->prot_hook.dev = nullptr;
    }
  }
}

void packet_show(net& n, std::string& out) {
  out += "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n";
  for (const packet_sock* po : n.packet->sklist) {
    seq_printf(out, "%016x %-6d %-4d %04x   %-5d %1d %-6u %-6u %-6u\n", 0, po->running ? 3 : 2,
               po->type, po->num.host(), po->ifindex, po->running,
               static_cast<unsigned>(po->rmem_alloc), po->sk_socket->owner.uid,
               static_cast<unsigned>(sock_i_ino(*po)));
  }
}

void packet_net_init(net& n) {
  n.packet = {new netns_packet, [](netns_packet* p) { delete p; }};
}

}  // namespace

void packet_init(world& w) {
  w.families[AF_PACKET] = &packet_family;
  w.pernet.push_back({packet_net_init, nullptr});
  w.netdev_chain.push_back(packet_netdev_event);
  proc_register(w, {"packet", packet_show});
  packet_proc_init(w);
  packet_diag_init(w);
}

}  // namespace linnet
