// Makes a world with every subsystem registered and its first namespace, as a kernel boots.
#pragma once

#include <memory>

#include "net/core/world.hh"

namespace linnet {

struct world_options {
  bool virtual_time = false;
  u64 seed = 0;  // 0 with a monotonic clock: taken from the host
  unsigned cpus = 1;
};

std::unique_ptr<world> boot_world(const world_options& = {});

}  // namespace linnet
