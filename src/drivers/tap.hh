// A device whose other end is a TAP device of the host: frames go out by write(2) and come in by read(2).
#pragma once

#include <memory>
#include <string>

#include "net/core/net_device.hh"

namespace linnet {

struct tap_device : net_device {
  ~tap_device() override;
  int fd = -1;  // readable: poll_rx; writable again: netif_wake_queue
  // Who serves fd, or null, and what it is asked: to tell when fd is writable; to let go of it.
  void* owner = nullptr;
  void (*want_write)(tap_device&) = nullptr;
  void (*gone)(tap_device&) = nullptr;

  // Reads what is there, at most `budget` frames, and delivers it. Returns how many.
  int poll_rx(int budget);
};

// Opens the host's TAP device `tap_name` (made if it isn't there, which needs CAP_NET_ADMIN) and registers
// its other end as `name` in `n`. The host's errno with the step that failed.
result<ref<tap_device>> tap_attach(net& n, std::string_view name, std::string_view tap_name);

}  // namespace linnet
