// /proc/net/route: the main table's unicast routes (and those that refuse), one line for each, of several next
// hops the first. Addresses are network-order words in hexadecimal.
#include <linux/route.h>

#include "net/core/procfs.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/fib_walk.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/proc.hh"

namespace linnet {
namespace {

unsigned flags_of(u8 type, be32 mask, const fib_info& fi) {
  unsigned flags = RTF_UP;
  if (type == RTN_UNREACHABLE || type == RTN_PROHIBIT) flags |= RTF_REJECT;
  if (fib_info_nh(fi, 0).gw_family) flags |= RTF_GATEWAY;
  if (mask.raw() == 0xffffffff) flags |= RTF_HOST;
  return flags;
}

std::string line_of(const fib_trie::cursor& at, const fib_alias& a) {
  const fib_info& fi = *a.info;
  const be32 mask = inet_make_mask(at.plen);
  const u32 advmss = fi.metric(RTAX_ADVMSS);
  const fib_nh& nh = fib_info_nh(fi, 0);
  const be32 gw = nh.gw_family == AF_INET ? nh.gw : be32();
  std::string s;
  seq_printf(s, "%s\t%08X\t%08X\t%04X\t%d\t%u\t%d\t%08X\t%d\t%u\t%u",
             nh.dev ? nh.dev->name.c_str() : "*", be32(at.key).raw(), gw.raw(),
             flags_of(a.type, mask, fi), 0, 0, static_cast<s32>(fi.priority), mask.raw(),
             advmss ? static_cast<s32>(advmss) + 40 : 0, fi.metric(RTAX_WINDOW),
             fi.metric(RTAX_RTT) >> 3);
  return s;
}

}  // namespace

void fib_route_show(net& n, std::string& out) {
  seq_pad_line(
      out, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
      127);
  const fib_table* main = fib_get_table(n, RT_TABLE_MAIN);
  if (!main || !main->trie) return;
  fib_walk walk(*main->trie);
  for (auto aliases = walk.next(); !aliases.empty(); aliases = walk.next())
    for (const fib_alias& a : aliases)
      if (a.tb_id == main->id && a.type != RTN_BROADCAST && a.type != RTN_MULTICAST)
        seq_pad_line(out, line_of(walk.at(), a), 127);
}

}  // namespace linnet
