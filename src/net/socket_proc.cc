// /proc/net/protocols: each kind of socket with the size of its structure here, how many of it are in their tables, what
// memory they hold together (a number where it is counted, -1 where not), and which calls it answers itself.
#include "net/socket_proc.hh"

#include "net/core/procfs.hh"
#include "net/core/world.hh"
#include "net/ipv4/ping.hh"
#include "net/ipv4/proc.hh"
#include "net/ipv4/raw.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/udp_sock.hh"
#include "net/netlink/af_netlink.hh"
#include "net/packet/af_packet.hh"

namespace linnet {
namespace {

size_t packet_in_use(const net& n) { return n.packet->sklist.size(); }

size_t netlink_in_use(const net& n) {
  size_t bound = 0;
  for (int protocol = 0; protocol < MAX_LINKS; ++protocol)
    if (const auto* t = netlink_table_find(n, protocol)) bound += t->ports.size();
  return bound;
}

// In Linux's order, the last to have registered first. The letters stand under their titles: close, connect, disconnect,
// accept, ioctl, init, destroy, shutdown, setsockopt, getsockopt, sendpage, sendmsg, recvmsg, bind, backlog, hash,
// unhash, get_port, memory pressure.
struct protocol_line {
  const char* name;
  size_t size;
  size_t (*in_use)(const net&);
  bool counts_memory;
  const char* pressure;
  unsigned max_header;
  bool slab;
  const char* calls;
};

const protocol_line lines[] = {
    {"PACKET", sizeof(packet_sock), packet_in_use, false, "NI", 0, false, "nnnnnnnnnnnnnnnnnnn"},
    {"UDP-Lite", sizeof(udp_sock), udplite_in_use, true, "NI", 0, true, "yyynyyynyyyyynnyyyn"},
    {"PING", ping_obj_size, ping_in_use, false, "NI", 0, true, "yyynnynnyyyynyyyyyn"},
    {"RAW", raw_obj_size, raw_in_use, false, "NI", 0, true, "yyynyyynyyyynyyyynn"},
    {"UDP", sizeof(udp_sock), udp_in_use, true, "NI", 0, true, "yyynyyynyyyyynnyyyn"},
    {"TCP", sizeof(tcp_sock), tcp_in_use, true, "no", 256, true, "yyyyyyyyyyyyynyyyyy"},
    {"NETLINK", sizeof(netlink_sock), netlink_in_use, false, "NI", 0, false, "nnnnnnnnnnnnnnnnnnn"},
};

void protocols_show(net& n, std::string& out) {
  out +=
      "protocol  size sockets  memory press maxhdr  slab module     "
      "cl co di ac io in de sh ss gs se re sp bi br ha uh gp em\n";
  for (const protocol_line& p : lines) {
    seq_printf(out, "%-9s %4zu %6zu  %6d   %-3s %6u   %-3s  %-10s ", p.name, p.size, p.in_use(n),
               p.counts_memory ? 0 : -1, p.pressure, p.max_header, p.slab ? "yes" : "no", "kernel");
    for (const char* c = p.calls; *c; ++c) seq_printf(out, " %c%s", *c, c[1] ? " " : "");
    out += '\n';
  }
}

}  // namespace

void socket_proc_init(world& w) { proc_register(w, {"protocols", protocols_show}); }

}  // namespace linnet
