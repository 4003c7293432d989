// The world, its device and the passing of time. The calls on sockets are in linnet_calls.cc, epoll in linnet_epoll.cc.
#include "tests/support/packetdrill/linnet_kernel.hh"

#include <linux/if_ether.h>

#include "net/core/dev.hh"
#include "tests/support/net_kit.hh"
#include "world/loop.hh"

namespace linnet::packetdrill {

// A device without link layer, as TUN's, whose other end is a queue.
struct script_device : net_device {
  std::function<void(sk_buff&)> on_send;

  static void xmit(net_device& d, sk_buff_head&& list) {
    auto& self = static_cast<script_device&>(d);
    while (skb_ptr p = list.dequeue()) {
      ++d.stats.tx_packets;
      d.stats.tx_bytes += p->len();
      if (p->summed == ip_summed::partial) skb_checksum_help(*p);
      if (self.on_send) self.on_send(*p);
      consume_skb(std::move(p));
    }
  }
  static constexpr net_device_ops xmit_ops = {.ndo_start_xmit = xmit};

  explicit script_device(u32 mtu_) {
    ops = &xmit_ops;
    type = ARPHRD_NONE;
    flags = IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST;
    addr_len = 0;
    hard_header_len = min_header_len = 0;
    mtu = mtu_;
    noqueue = true;
  }
  void receive(const_bytes packet) {
    skb_ptr p = alloc_skb(nd_net->c, skb_default_headroom + static_cast<u32>(packet.size()));
    skb_reserve(*p, skb_default_headroom);
    skb_put_data(*p, packet);
    p->dev = this;
    p->reset_mac_header();
    p->mac_len = 0;
    p->protocol = ETH_P_IP;
    p->pkt = pkt_type::host;
    ++stats.rx_packets;
    stats.rx_bytes += packet.size();
    netif_receive_skb(std::move(p));
  }
};

linnet_kernel::linnet_kernel(const addresses& a, std::function<int()> new_fd, bool virtual_time)
    : w_(boot_world({.virtual_time = virtual_time, .seed = 1})), new_fd_(std::move(new_fd)) {
  // A machine that has been up for a while.
  if (virtual_time) static_cast<virtual_clock&>(*w_->clk).advance_to(1000 * ns_per_sec);
  world_poll(*w_);
  device_ = ref<script_device>(new script_device(a.mtu));
  net& n = ns();
  const bool made = register_netdevice(n, device_, "tun0") && kit::set_up(n, "lo") &&
                    kit::set_up(n, "tun0") &&
                    kit::add_addr(n, "tun0", a.local, static_cast<u8>(a.prefix)) &&
                    kit::add_route(n, be32(), 0, be32(a.local.host() + 1));
  if (!made) throw script_error("the world cannot be set up");
  if (virtual_time) world_run_for(*w_, 100 * ns_per_ms);
  device_->on_send = [this](sk_buff& s) {
    const const_bytes b = s.payload();
    sent_.push_back({now(), {b.begin(), b.end()}});
  };
}

linnet_kernel::~linnet_kernel() {
  sleeping_ = {};
  files_.clear();
  device_->on_send = {};
  dev_close(*device_);
  // Until the last connection has ended.
  if (w_->clk->is_virtual()) world_run_for(*w_, 200 * ns_per_sec);
}

void linnet_kernel::poll_world() { world_poll(*w_); }

s64 linnet_kernel::until_next() const {
  const ktime next = std::min(world_next_timer(*w_).value_or(ktime_max), deadline_);
  return next == ktime_max ? next : std::max<ktime>(next - w_->now(), 0) / 1000;
}

s64 linnet_kernel::now() { return w_->now() / 1000; }

void linnet_kernel::inject(const_bytes packet) {
  device_->receive(packet);
  world_poll(*w_);
  retry();
}

void linnet_kernel::advance(s64 until, bool for_packet, bool for_call) {
  auto& clk = static_cast<virtual_clock&>(*w_->clk);
  const ktime end = until * 1000;
  while (true) {
    world_poll(*w_);
    if (retry()) continue;
    if (for_packet && !sent_.empty()) return;
    if (for_call && done_) return;
    ktime next = world_next_timer(*w_).value_or(ktime_max);
    if (sleeping_) next = std::min(next, deadline_);
    if (next > end) break;
    clk.advance_to(next);
  }
  clk.advance_to(end);
  world_poll(*w_);
}

// Makes the sleeping call again. True when it has ended.
bool linnet_kernel::retry() {
  if (!sleeping_) return false;
  deadline_ = ktime_max;
  errno = 0;
  const s64 v = sleeping_();
  if (v < 0 && errno == ERESTART) return false;
  done_ = outcome{v, v < 0 ? errno : 0, now()};
  sleeping_ = {};
  world_poll(*w_);
  return true;
}

void linnet_kernel::sleep_until(s64 time) { advance(std::max(time, now()), false, false); }

std::optional<captured> linnet_kernel::next_packet(s64 until) {
  if (sent_.empty() && w_->clk->is_virtual()) advance(std::max(until, now()), true, false);
  if (sent_.empty()) return {};
  captured c = std::move(sent_.front());
  sent_.pop_front();
  return c;
}

void linnet_kernel::command(const std::string& text) {
  run_command(ns(), text);
  world_poll(*w_);
}

void linnet_kernel::start(call c) {
  done_.reset();
  sleeping_ = std::move(c);
  retry();
}

std::optional<outcome> linnet_kernel::finish(s64 until) {
  if (!done_) advance(std::max(until, now()), false, true);
  return std::exchange(done_, {});
}

// A call that sleeps though the script doesn't say so may do it, and makes the script late.
std::optional<outcome> linnet_kernel::run(const call& c) {
  start(c);
  return finish(now() + 10'000'000);
}

}  // namespace linnet::packetdrill
