// Buffers: packets that only have bytes (net/socket.hh), with their world.
#include "api/state.hh"

namespace linnet::v0 {

buffer::buffer() noexcept = default;
buffer::buffer(std::shared_ptr<void> world, sk_buff* packet) noexcept
    : world_(std::move(world)), packet_(packet) {}
buffer::buffer(buffer&& o) noexcept
    : world_(std::move(o.world_)), packet_(std::exchange(o.packet_, nullptr)) {}
buffer& buffer::operator=(buffer&& o) noexcept {
  if (this == &o) return *this;
  clear();
  world_ = std::move(o.world_);
  packet_ = std::exchange(o.packet_, nullptr);
  return *this;
}
buffer::~buffer() { clear(); }

void buffer::clear() noexcept {
  consume_skb(skb_ptr(std::exchange(packet_, nullptr)));
  world_.reset();
}

std::size_t buffer::size() const { return packet_ ? packet_->len() : 0; }

std::span<const std::byte> buffer::data() const {
  return packet_ ? std::as_const(*packet_).payload() : const_bytes();
}

std::span<std::byte> buffer::writable() {
  if (!packet_) return {};
  skb_unshare(*packet_);
  return packet_->payload();
}

void buffer::trim(std::size_t n) {
  if (n < size()) skb_trim(*packet_, static_cast<u32>(n));
}

void buffer::drop(std::size_t n) {
  if (packet_) skb_pull(*packet_, static_cast<u32>(std::min(n, size())));
}

}  // namespace linnet::v0
