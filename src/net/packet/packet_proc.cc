// /proc/net/ptype: who is shown packets, by Linux's names for the handlers. First who looks on at one device, then who
// looks on everywhere, then the protocols among which packet sockets for one protocol stand, by the buckets of
// Linux's hash. In each the latest comes first. (Sockets for one protocol at one device are in none of these lists.)
#include <linux/if_ether.h>

#include <ranges>

#include "net/core/net_device.hh"
#include "net/core/procfs.hh"
#include "net/core/world.hh"
#include "net/packet/af_packet.hh"

namespace linnet {
namespace {

constexpr u16 buckets = 16;

const char* handler_of(u16 type) {
  switch (type) {
    case ETH_P_IP: return "ip_rcv";
    case ETH_P_ARP: return "arp_rcv";
    case ETH_P_IPV6: return "ipv6_rcv";
    case ETH_P_802_2: return "llc_rcv";
    case ETH_P_MVRP: return "mrp_rcv";
    default: return "";
  }
}

const char* handler_of(const packet_tap& t) {
  if (t.func == packet_rcv) return "packet_rcv";
  return t.func == tpacket_rcv ? "tpacket_rcv" : "packet_rcv_fanout";
}

bool watches_all(const packet_tap& t) { return t.type.host() == ETH_P_ALL; }

void show(std::string& out, u16 type, const char* device, const char* handler) {
  if (type == ETH_P_ALL)
    out += "ALL ";
  else
    seq_printf(out, "%04x", type);
  seq_printf(out, " %-8s %s\n", device, handler);
}

void ptype_show(net& n, std::string& out) {
  out += "Type Device      Function\n";
  const auto latest = n.taps | std::views::reverse;
  for (const auto& [index, dev] : n.dev_base)
    for (const packet_tap* t : latest)
      if (t->dev == dev && watches_all(*t)) show(out, ETH_P_ALL, dev->name.c_str(), handler_of(*t));
  for (const packet_tap* t : latest)
    if (!t->dev && watches_all(*t)) show(out, ETH_P_ALL, "", handler_of(*t));
  for (u16 bucket = 0; bucket < buckets; ++bucket) {
    for (const packet_tap* t : latest)
      if (!t->dev && !watches_all(*t) && t->type.host() % buckets == bucket)
        show(out, t->type.host(), "", handler_of(*t));
    for (const packet_type* p : n.w.ptypes | std::views::reverse)
      if (p->type.host() % buckets == bucket)
        show(out, p->type.host(), "", handler_of(p->type.host()));
  }
}

}  // namespace

void packet_proc_init(world& w) { proc_register(w, {"ptype", ptype_show}); }

}  // namespace linnet
