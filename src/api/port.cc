// Ports and TAP devices.
#include "drivers/port.hh"

#include "api/state.hh"
#include "world/attach.hh"

namespace linnet::v0 {

struct port::state {
  state(std::shared_ptr<world::state> s, ref<port_device> d) : w(std::move(s)), dev(std::move(d)) {
    dev->owner = this;
    dev->ready = [](port_device& p) {
      auto& self = *static_cast<state*>(p.owner);
      if (self.on_frames) self.w->mark(self.due);
    };
  }
  ~state() {
    unregister_netdevice(*dev);
    dev->ready = nullptr;
  }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  static void run(void* p) {
    auto& self = *static_cast<state*>(p);
    if (self.dev->tx.empty()) return;
    if (const auto f = self.on_frames) (*f)();  // which may destroy the port
  }

  const std::shared_ptr<world::state> w;
  const ref<port_device> dev;
  std::shared_ptr<std::function<void()>> on_frames;
  callback due{run, this};
};

port::port(std::unique_ptr<state> s) : state_(std::move(s)) {}
port::port(port&&) noexcept = default;
port& port::operator=(port&&) noexcept = default;
port::~port() = default;

result<port> port::add(const net& n, std::string_view name, const port_options& o) {
  port_params params{.mtu = o.mtu, .tx_limit = o.queue};
  if (o.address) params.address = std::as_bytes(std::span(o.address->bytes));
  auto dev = port_add(n.impl().n, name, params);
  if (!dev) return std::unexpected(to_public(dev.error()));
  return port(std::make_unique<state>(n.impl().w, std::move(*dev)));
}

std::size_t port::inject(std::span<const std::span<const std::byte>> frames) {
  std::size_t taken = 0;
  for (auto f : frames) taken += state_->dev->registered && state_->dev->inject(f);
  return taken;
}

bool port::inject(std::span<const std::byte> frame) { return inject({&frame, 1}) == 1; }

std::size_t port::pending() const { return state_->dev->tx.qlen(); }

std::size_t port::read(std::span<std::byte> frame) {
  skb_ptr p = state_->dev->tx.dequeue();
  if (!p) return 0;
  const std::size_t length = p->len();
  if (const std::size_t n = std::min(length, frame.size())) std::memcpy(frame.data(), p->data, n);
  consume_skb(std::move(p));
  return length;
}

std::size_t port::drain(const std::function<void(std::span<const std::byte>)>& take,
                        std::size_t at_most) {
  const ref<port_device> dev = state_->dev;  // should the function destroy the port
  std::size_t n = 0;
  for (; n < at_most; ++n) {
    skb_ptr p = dev->tx.dequeue();
    if (!p) break;
    take(p->payload());
    consume_skb(std::move(p));
  }
  return n;
}

void port::on_frames(std::function<void()> f) {
  state_->on_frames = f ? std::make_shared<std::function<void()>>(std::move(f)) : nullptr;
  if (state_->on_frames && pending()) state_->w->mark(state_->due);
}

void port::set_carrier(bool on) {
  if (!state_->dev->registered) return;
  if (on)
    netif_carrier_on(*state_->dev);
  else
    netif_carrier_off(*state_->dev);
}

status attach_tap(const net& n, std::string_view name, std::string_view tap) {
  host_loop* loop = n.impl().w->loop.get();
  if (!loop) return fail(EINVAL, "a world on the virtual clock cannot meet the host's network");
  const descriptor_watcher by = {
      .watch = [loop](int fd, u32 events,
                      std::function<void(u32)> f) { loop->watch(fd, events, std::move(f)); },
      .unwatch = [loop](int fd) { loop->unwatch(fd); }};
  return to_public(linnet::attach_tap(by, n.impl().n, name, tap));
}

}  // namespace linnet::v0
