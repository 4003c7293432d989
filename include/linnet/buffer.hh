// Bytes that change hands without being copied: socket::make_buffer gives room to write into, socket::send_buffer hands it
// over, socket::recv_buffer takes what has come. What was received by one socket may go to another as it is.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <linnet/error.hh>

namespace linnet {
/// @cond
struct sk_buff;
/// @endcond
}  // namespace linnet

namespace linnet::v0 {

class socket;
class world;

/// A piece of a packet's memory. It belongs to the world of the socket that it came from, which lives on until the last of
/// its buffers is gone; sockets of another world don't take it (EXDEV).
class buffer {
 public:
  /// The most bytes that one holds.
  static constexpr std::size_t max_size = 65536;

  /// One without memory.
  buffer() noexcept;
  /// Leaves the other empty.
  buffer(buffer&&) noexcept;
  /// The same.
  buffer& operator=(buffer&&) noexcept;
  ~buffer();

  /// How many bytes there are.
  std::size_t size() const;
  /// No bytes: nothing was asked for, all was sent, or the stream is at its end.
  bool empty() const { return size() == 0; }
  /// The bytes. Those of a received buffer may be read by others, too: the sender's stack until it has its
  /// acknowledgement, a capture.
  std::span<const std::byte> data() const;
  /// The bytes to be written: the same, or a copy of those that others read.
  std::span<std::byte> writable();
  /// Takes bytes off the end, until there are `n` (when there are more).
  void trim(std::size_t n);
  /// Takes `n` bytes off the front, or all that there are.
  void drop(std::size_t n);

 private:
  friend class socket;
  buffer(std::shared_ptr<void> world, sk_buff* packet) noexcept;
  void clear() noexcept;

  std::shared_ptr<void> world_;
  sk_buff* packet_ = nullptr;
};

}  // namespace linnet::v0
