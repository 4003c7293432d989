// TAP (the host's Documentation/networking/tuntap.rst). The descriptor does not block; a full one stops the
// queue until it is writable.
#include "drivers/tap.hh"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "net/core/dev.hh"
#include "net/ethernet/eth.hh"

namespace linnet {
namespace {

tap_device& of(net_device& d) { return static_cast<tap_device&>(d); }

void tap_xmit(net_device& dev, sk_buff_head&& list) {
  tap_device& tap = of(dev);
  while (skb_ptr p = list.dequeue()) {
    if (tap.tx_stopped) {  // the rest of a burst whose head did not fit
      ++dev.stats.tx_dropped;
      kfree_skb_reason(std::move(p), skb_drop_reason::FULL_RING);
      continue;
    }
    const ssize_t n = write(tap.fd, p->data, p->len());
    if (n >= 0) {
      ++dev.stats.tx_packets;
      dev.stats.tx_bytes += p->len();
      consume_skb(std::move(p));
      continue;
    }
    if (errno == EAGAIN && tap.owner) {
      tap.tx_stopped = true;
      tap.want_write(tap);
    } else {
      ++dev.stats.tx_errors;
    }
    ++dev.stats.tx_dropped;
    kfree_skb_reason(std::move(p), skb_drop_reason::FULL_RING);
  }
}

void tap_uninit(net_device& dev) {
  tap_device& tap = of(dev);
  if (tap.owner) tap.gone(tap);
}

constexpr net_device_ops tap_ops = {.ndo_start_xmit = tap_xmit,
                                    .ndo_set_mac_address = eth_mac_addr,
                                    .ndo_uninit = tap_uninit,
                                    .ndo_set_rx_mode = eth_set_rx_mode};

}  // namespace

tap_device::~tap_device() {
  if (fd >= 0) close(fd);
}

int tap_device::poll_rx(int budget) {
  cpu& c = nd_net->c;
  sk_buff_head burst;
  int n = 0;
  const u32 room = mtu + ETH_HLEN + 4;
  for (; n < budget; ++n) {
    skb_ptr p = alloc_skb(c, skb_default_headroom + room);
    skb_reserve(*p, skb_default_headroom);
    const ssize_t len = read(fd, p->data, room);
    if (len <= 0) {
      consume_skb(std::move(p));
      break;
    }
    skb_put(*p, static_cast<u32>(len));
    if (!up()) {
      ++stats.rx_dropped;
      kfree_skb_reason(std::move(p), skb_drop_reason::DEV_READY);
      continue;
    }
    if (!eth_type_trans(*p, *this)) {
      ++stats.rx_errors;
      kfree_skb_reason(std::move(p), skb_drop_reason::PKT_TOO_SMALL);
      continue;
    }
    ++stats.rx_packets;
    stats.rx_bytes += static_cast<u64>(len);
    if (p->pkt == pkt_type::multicast) ++stats.multicast;
    burst.enqueue(std::move(p));
  }
  netif_receive_skb_list(c, std::move(burst));
  return n;
}

result<ref<tap_device>> tap_attach(net& n, std::string_view name, std::string_view tap_name) {
  if (tap_name.empty() || tap_name.size() >= IFNAMSIZ)
    return err(EINVAL, "the TAP device's name is not valid");
  ref<tap_device> tap(new tap_device);
  tap->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tap->fd < 0) return err(errno, "/dev/net/tun cannot be opened");
  ifreq r{};
  r.ifr_flags = IFF_TAP | IFF_NO_PI;
  std::memcpy(r.ifr_name, tap_name.data(), tap_name.size());
  if (ioctl(tap->fd, TUNSETIFF, &r) < 0) {
    return err(errno,
               "TUNSETIFF (it takes CAP_NET_ADMIN, or a device made with `ip tuntap add user`)");
  }
  ether_setup(*tap);
  tap->ops = &tap_ops;
  tap->max_mtu = ETH_MAX_MTU - ETH_HLEN;
  tap->live_addr_change = true;
  eth_hw_addr_random(*tap, n.c);
  if (status s = register_netdevice(n, tap, name); !s) return std::unexpected(s.error());
  return tap;
}

}  // namespace linnet
