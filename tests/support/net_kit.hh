// What tests and benchmarks set worlds up with: netlink requests as short calls, a device whose other end is
// a function, and a record of what was traced.
#pragma once

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/socket.h>

#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "net/core/dev.hh"
#include "net/core/tracepoint.hh"
#include "net/ethernet/eth.hh"
#include "net/netlink/netlink.hh"
#include "world/boot.hh"
#include "world/loop.hh"

namespace linnet::kit {

// A netlink message under construction.
class message {
 public:
  message(u16 type, u16 flags) {
    nlmsghdr h{};
    h.nlmsg_type = type;
    h.nlmsg_flags = static_cast<u16>(NLM_F_REQUEST | flags);
    h.nlmsg_seq = 1;
    put(&h, sizeof h);
  }
  template <class T>
  message& head(const T& t) {
    put(&t, sizeof t);
    return *this;
  }
  message& attr(u16 type, const void* p, size_t n) {
    const nlattr a = {static_cast<u16>(sizeof a + n), type};
    put(&a, sizeof a);
    put(p, n);
    return *this;
  }
  message& attr(u16 type, std::string_view s) {
    const std::string z(s);
    return attr(type, z.c_str(), z.size() + 1);
  }
  template <class T>
    requires std::is_arithmetic_v<T>
  message& attr(u16 type, T v) {
    return attr(type, &v, sizeof v);
  }
  message& addr(u16 type, be32 v) { return attr(type, &v, sizeof v); }
  size_t nest(u16 type) {
    const size_t at = size_;
    attr(type, nullptr, 0);
    return at;
  }
  message& end(size_t at) {
    const u16 len = static_cast<u16>(size_ - at);
    std::memcpy(b_.data() + at, &len, sizeof len);
    return *this;
  }
  const_bytes bytes() {
    const u32 len = static_cast<u32>(size_);
    std::memcpy(b_.data(), &len, sizeof len);
    return {b_.data(), size_};
  }

 private:
  void put(const void* p, size_t n) {
    const size_t padded = (n + 3) & ~size_t{3};
    assert(size_ + padded <= b_.size());
    if (n) std::memcpy(b_.data() + size_, p, n);
    size_ += padded;
  }
  alignas(4) std::array<std::byte, 1024> b_{};
  size_t size_ = 0;
};

inline be32 ip4(u8 a, u8 b, u8 c, u8 d) {
  return be32(static_cast<u32>(a) << 24 | static_cast<u32>(b) << 16 | static_cast<u32>(c) << 8 | d);
}

// In these worlds a namespace's descriptor is its inode number.
inline void name_namespaces_by_inum(world& w) {
  w.net_by_fd = [&w](const cred&, int fd) { return net_by_inum(w, static_cast<u32>(fd)); };
}

inline status add_veth(net& n, std::string_view name, net& peer_net, std::string_view peer) {
  message m(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
  m.head(ifinfomsg{}).attr(IFLA_IFNAME, name);
  const size_t info = m.nest(IFLA_LINKINFO);
  m.attr(IFLA_INFO_KIND, std::string_view("veth"));
  const size_t data = m.nest(IFLA_INFO_DATA), other = m.nest(VETH_INFO_PEER);
  m.head(ifinfomsg{}).attr(IFLA_IFNAME, peer).attr(IFLA_NET_NS_FD, static_cast<int>(peer_net.inum));
  m.end(other).end(data).end(info);
  return netlink_talk(n, m.bytes());
}

inline status set_up(net& n, std::string_view dev, bool up = true) {
  ifinfomsg ifm{};
  ifm.ifi_change = IFF_UP;
  ifm.ifi_flags = up ? IFF_UP : 0;
  message m(RTM_NEWLINK, NLM_F_ACK);
  m.head(ifm).attr(IFLA_IFNAME, dev);
  return netlink_talk(n, m.bytes());
}

inline status add_addr(net& n, std::string_view dev, be32 addr, u8 prefixlen) {
  const net_device* d = dev_get_by_name(n, dev);
  if (!d) return err(ENODEV);
  ifaddrmsg ifa{};
  ifa.ifa_family = AF_INET;
  ifa.ifa_prefixlen = prefixlen;
  ifa.ifa_index = static_cast<u32>(d->ifindex);
  message m(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
  const be32 brd = addr | be32(prefixlen < 31 ? ~u32{0} >> prefixlen : 0);
  m.head(ifa).addr(IFA_LOCAL, addr).addr(IFA_ADDRESS, addr);
  if (prefixlen < 31) m.addr(IFA_BROADCAST, brd);
  return netlink_talk(n, m.bytes());
}

inline status add_route(net& n, be32 dst, u8 prefixlen, be32 gw) {
  rtmsg r{};
  r.rtm_family = AF_INET;
  r.rtm_dst_len = prefixlen;
  r.rtm_table = RT_TABLE_MAIN;
  r.rtm_protocol = RTPROT_BOOT;
  r.rtm_scope = RT_SCOPE_UNIVERSE;
  r.rtm_type = RTN_UNICAST;
  message m(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
  m.head(r);
  if (prefixlen) m.addr(RTA_DST, dst);
  m.addr(RTA_GATEWAY, gw);
  return netlink_talk(n, m.bytes());
}

inline status add_neigh(net& n, std::string_view dev, be32 addr, const mac_addr& mac,
                        u16 state = NUD_PERMANENT) {
  const net_device* d = dev_get_by_name(n, dev);
  if (!d) return err(ENODEV);
  ndmsg ndm{};
  ndm.ndm_family = AF_INET;
  ndm.ndm_ifindex = d->ifindex;
  ndm.ndm_state = state;
  message m(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK);
  m.head(ndm).addr(NDA_DST, addr).attr(NDA_LLADDR, mac.data(), mac.size());
  return netlink_talk(n, m.bytes());
}

// An Ethernet device with nobody behind it: what the stack sends goes to `on_send`, frames are put in by
// receive().
struct memory_device : net_device {
  std::function<void(sk_buff_head&&)> on_send;

  static ref<memory_device> add(net& n, std::string_view name, u8 last_octet) {
    static constexpr net_device_ops ops_ = {.ndo_start_xmit =
                                                [](net_device& d, sk_buff_head&& list) {
                                                  auto& self = static_cast<memory_device&>(d);
                                                  for (const sk_buff* s = list.peek(); s;
                                                       s = s->next) {
                                                    ++d.stats.tx_packets;
                                                    d.stats.tx_bytes += s->len();
                                                  }
                                                  if (self.on_send)
                                                    return self.on_send(std::move(list));
                                                  list.purge(skb_drop_reason::consumed);
                                                },
                                            .ndo_set_mac_address = eth_mac_addr};
    ref<memory_device> dev(new memory_device);
    ether_setup(*dev);
    dev->ops = &ops_;
    dev->noqueue = true;
    dev->dev_addr = {0x02, 0, 0, 0, 0, last_octet};
    if (!register_netdevice(n, dev, name)) return {};
    return dev;
  }

  skb_ptr frame(const_bytes f) {
    skb_ptr p = alloc_skb(nd_net->c, 32 + static_cast<u32>(f.size()));
    skb_reserve(*p, 32);
    skb_put_data(*p, f);
    if (!eth_type_trans(*p, *this)) {
      kfree_skb_reason(std::move(p), skb_drop_reason::PKT_TOO_SMALL);
      return {};
    }
    ++stats.rx_packets;
    stats.rx_bytes += f.size();
    return p;
  }
  void receive(const_bytes f) {
    if (skb_ptr p = frame(f)) netif_receive_skb(std::move(p));
  }
};

// Remembers every event; `hash` is the same for the same run.
struct recorder : tracer {
  std::vector<trace_event> events;
  u64 hash = 14695981039346656037u;
  void on_event(const trace_event& e) override {
    events.push_back(e);
    auto mix = [this](u64 v) { hash = (hash ^ v) * 1099511628211u; };
    mix(static_cast<u64>(e.time));
    mix(e.skb_id);
    mix(e.net_inum);
    mix(static_cast<u64>(e.ifindex));
    mix(e.len);
    mix(static_cast<u64>(e.point));
    mix(static_cast<u64>(e.reason));
    for (u32 v : {e.match.a, e.match.b, e.match.c, e.match.d}) mix(v);
  }
  size_t count(skb_drop_reason why) const {
    size_t n = 0;
    for (auto& e : events) n += e.point == tp::kfree_skb && e.reason == why;
    return n;
  }
  size_t count(tp point) const {
    size_t n = 0;
    for (auto& e : events) n += e.point == point;
    return n;
  }
};

}  // namespace linnet::kit
