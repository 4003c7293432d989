// /proc/net/netlink: the bound sockets of each protocol, in the order of port ids. (On Linux the kernel's own
// sockets are in it too, as port 0.)
#include "net/core/procfs.hh"
#include "net/netlink/af_netlink.hh"

namespace linnet {
namespace {

void netlink_show(net& n, std::string& out) {
  out +=
      "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n";
  for (int protocol = 0; protocol < MAX_LINKS; ++protocol) {
    const netns_netlink::table* t = netlink_table_find(n, protocol);
    if (!t) continue;
    for (auto& [port, sk] : t->ports) {
      netlink_dump_deferred(*sk);
      seq_printf(out, "%016x %-3d %-10u %08x %-8d %-8d %-5d %-8d %-8u %-8d\n", 0, protocol, port,
                 sk->groups.empty() ? 0u : sk->groups[0], sk->rmem_alloc, sk->wmem_alloc,
                 sk->cb ? 1 : 0, 2, sk->drops, static_cast<int>(sock_i_ino(*sk)));
    }
  }
}

}  // namespace

void netlink_proc_init(world& w) { proc_register(w, {"netlink", netlink_show}); }

}  // namespace linnet
