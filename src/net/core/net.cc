// Namespaces: creation with loopback, users, teardown.
#include "net/core/net.hh"

#include "net/core/net_device.hh"
#include "net/core/world.hh"

namespace linnet {

net::net(world& world_, cpu& cpu_, u32 inum_) : w(world_), c(cpu_), inum(inum_) {}

net::~net() = default;

net& net_create(world& w, cpu& c) {
  ref<net> n(new net(w, c, w.last_inum++));
  n->users = 1;
  w.nets.emplace(n->inum, n);
  for (auto& ops : w.pernet) ops.init(*n);
  return *n;
}

void net_get_user(net& n) { ++n.users; }

// cleanup_net.
static void net_cleanup(net& n) {
  ref<net> hold(&n);
  n.alive = false;
  net_nsid_exit(n);
  n.w.net_exit_hook(n);
  // Virtual devices are deleted, others go home to the first namespace; loopback goes last.
  while (true) {
    net_device* dev = nullptr;
    for (auto& [index, d] : n.dev_base) {
      if (d.get() != n.loopback_dev) {
        dev = d.get();
        break;
      }
    }
    if (!dev) break;
    if (!dev->rtnl_link_ops && n.w.init_net && n.w.init_net != &n && !dev->netns_local) {
      if (dev_change_net_namespace(*dev, *n.w.init_net, "dev%d")) continue;
    }
    if (dev->rtnl_link_ops && dev->rtnl_link_ops->dellink) {
      dev->rtnl_link_ops->dellink(*dev);
    } else {
      unregister_netdevice(*dev);
    }
  }
  if (n.loopback_dev) unregister_netdevice(*n.loopback_dev);
  n.loopback_dev = nullptr;
  for (size_t i = n.w.pernet.size(); i-- > 0;) {
    if (n.w.pernet[i].exit) n.w.pernet[i].exit(n);
  }
  net_nsid_exit(n);
  n.w.nets.erase(n.inum);
}

void net_put_user(net& n) {
  if (--n.users == 0 && n.alive) net_cleanup(n);
}

net* net_by_inum(world& w, u32 inum) {
  auto it = w.nets.find(inum);
  return it == w.nets.end() ? nullptr : it->second.get();
}

net_device* dev_get_by_index(const net& n, int ifindex) {
  auto it = n.dev_base.find(ifindex);
  return it == n.dev_base.end() ? nullptr : it->second.get();
}

net_device* dev_get_by_name(const net& n, std::string_view name) {
  auto it = n.dev_name_head.find(name);
  return it == n.dev_name_head.end() ? nullptr : it->second;
}

}  // namespace linnet
