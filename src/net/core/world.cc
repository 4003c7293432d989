// A world's life: cpus first, namespaces torn down before the registries they depend on.
#include "net/core/world.hh"

#include "net/core/net_device.hh"

namespace linnet {

world::world(std::unique_ptr<linnet::clock> c, u64 seed_, unsigned n_cpus)
    : clk(std::move(c)), seed(seed_), last_inum(4026531840) {
  for (unsigned i = 0; i < n_cpus; ++i) {
    cpus.push_back(std::make_unique<cpu>(*this, i, seed + i));
  }
}

world::~world() {
  // The first namespace goes last: devices without a kind return to it.
  while (!nets.empty()) {
    auto it = std::prev(nets.end());
    net& n = *it->second;
    n.users = 1;
    net_put_user(n);
  }
  init_net = nullptr;
}

}  // namespace linnet
