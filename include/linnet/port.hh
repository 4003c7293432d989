// Devices whose other end is not in the world: a port, whose frames the program reads and injects, and the host's TAP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <linnet/address.hh>
#include <linnet/world.hh>

namespace linnet::v0 {

/// How a port begins.
struct port_options {
  std::optional<mac_address> address{};  ///< Its Ethernet address; without one, a random one.
  std::uint32_t mtu = 1500;              ///< Bytes, without the Ethernet header; 68 to 65521.
  std::size_t queue =
      1024;  ///< How many frames wait for the program before more are dropped (FULL_RING).
};

/// An Ethernet device of a namespace whose cable ends in the program. Destroying it removes the device. It follows its
/// device through `ip link set ... netns`, and goes with it when it's deleted.
class port {
 public:
  /// Adds device `name`, down. EEXIST, EINVAL (name, address or MTU).
  static result<port> add(const net&, std::string_view name, const port_options& = {});

  /// Leaves the other empty, only to be destroyed or assigned to.
  port(port&&) noexcept;
  /// The same.
  port& operator=(port&&) noexcept;
  ~port();

  /// Frames enter the device, in order, and are processed when the world runs. Each begins with the Ethernet header and has
  /// no checksum behind it; 14 bytes to the MTU and 18 more. Returns how many were taken: what is of another length,
  /// or comes while the device is down, is dropped and counted (rx_errors, rx_dropped).
  std::size_t inject(std::span<const std::span<const std::byte>> frames);
  /// One.
  bool inject(std::span<const std::byte> frame);

  /// How many frames that the world has sent wait to be read.
  std::size_t pending() const;
  /// Takes the oldest frame: copies as much of it as there is room for, and returns its whole length; 0: there is none.
  std::size_t read(std::span<std::byte> frame);
  /// Hands up to `at_most` frames to the function, oldest first, without copying; each is gone after its call. Returns
  /// how many.
  std::size_t drain(const std::function<void(std::span<const std::byte>)>& take,
                    std::size_t at_most = SIZE_MAX);
  /// From now on the world calls back when there are frames where there were none. Empty: no more.
  void on_frames(std::function<void()>);

  /// As if the cable were plugged in (as it is at first) or pulled out.
  void set_carrier(bool);

 private:
  struct state;
  explicit port(std::unique_ptr<state>);
  std::unique_ptr<state> state_;
};

/// Adds device `name`, down, that is the other end of the host's TAP device `tap`, and is served while the world runs.
/// Makes the TAP device if it isn't there, which takes CAP_NET_ADMIN on the host, as its use does unless it's yours
/// (`ip tuntap add TAP mode tap user YOU`). Real clock only (EINVAL). The host's errno, with the step that failed.
status attach_tap(const net&, std::string_view name, std::string_view tap);

}  // namespace linnet::v0
