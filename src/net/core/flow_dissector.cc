// Reads headers from the outside in; a loop with one function for each protocol, so nothing nests however deep a
// packet's tunnels are.
#include "net/core/flow_dissector.hh"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "wire/gre.hh"
#include "wire/ip.hh"

namespace linnet {

namespace {

constexpr int end_of_headers = -1;
constexpr u16 gre_csum = 0x8000, gre_routing = 0x4000, gre_key = 0x2000, gre_seq = 0x1000;
constexpr u16 gre_version = 7;
constexpr u16 proto_ip = 0x0800, proto_ipv6 = 0x86dd, proto_teb = 0x6558;

struct reader {
  const_bytes rest;
  flow_keys& keys;

  bool skip(size_t n) {
    if (rest.size() < n) return false;
    rest = rest.subspan(n);
    return true;
  }
  template <class T>
  const T* header() const {
    return rest.size() < sizeof(T) ? nullptr : reinterpret_cast<const T*>(rest.data());
  }

  // Each returns the protocol of what comes next, or end_of_headers.
  int ipv4();
  int ipv6();
  int gre();
  void ports(int protocol);
};

int reader::ipv4() {
  const auto* ip = header<iphdr>();
  if (!ip || ip->version() != 4 || ip->header_len() < sizeof *ip || !skip(ip->header_len()))
    return end_of_headers;
  keys.addr_family = AF_INET;
  keys.src = keys.dst = {};
  std::memcpy(keys.src.data(), &ip->saddr, 4);
  std::memcpy(keys.dst.data(), &ip->daddr, 4);
  keys.ip_proto = ip->protocol;
  // Of fragments only the first has ports, and all of them must be one flow.
  keys.is_fragment = ip->frag_off.host() & (ip_mf | ip_offset);
  return keys.is_fragment ? end_of_headers : ip->protocol;
}

int reader::ipv6() {
  constexpr size_t length = 40;
  if (rest.size() < length) return end_of_headers;
  const auto* h = reinterpret_cast<const u8*>(rest.data());
  if (h[0] >> 4 != 6) return end_of_headers;
  keys.addr_family = AF_INET6;
  keys.flow_label = u32{h[1] & 0xfu} << 16 | u32{h[2]} << 8 | h[3];
  keys.ip_proto = h[6];
  std::memcpy(keys.src.data(), h + 8, 16);
  std::memcpy(keys.dst.data(), h + 24, 16);
  skip(length);
  return keys.ip_proto;
}

int reader::gre() {
  const auto* g = header<gre_base_hdr>();
  if (!g || (g->flags.host() & (gre_version | gre_routing))) return end_of_headers;
  const u16 flags = g->flags.host();
  u16 protocol = g->protocol.host();
  if (!skip(sizeof *g + (flags & gre_csum ? 4u : 0) + (flags & gre_key ? 4u : 0) +
            (flags & gre_seq ? 4u : 0)))
    return end_of_headers;
  if (protocol == proto_teb) {
    if (rest.size() < 14) return end_of_headers;
    protocol = be16::load(rest.data() + 12).host();
    skip(14);
  }
  if (protocol == proto_ip) return IPPROTO_IPIP;
  return protocol == proto_ipv6 ? int{IPPROTO_IPV6} : end_of_headers;
}

void reader::ports(int protocol) {
  switch (protocol) {
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE:
    case IPPROTO_SCTP:
    case IPPROTO_DCCP:
    case IPPROTO_ESP:  // the security parameter index takes the place of both
      if (rest.size() < 4) return;
      keys.sport = be16::load(rest.data());
      keys.dport = be16::load(rest.data() + 2);
      break;
    case IPPROTO_AH:  // the same, behind its lengths
      if (rest.size() < 8) return;
      keys.sport = be16::load(rest.data() + 4);
      keys.dport = be16::load(rest.data() + 6);
      break;
    default: break;
  }
}

}  // namespace

flow_keys flow_dissect_ipv4(const_bytes headers, bool stop_at_encap) {
  flow_keys keys;
  reader r{headers, keys};
  int next = r.ipv4();
  while (next == IPPROTO_IPIP || next == IPPROTO_IPV6 || next == IPPROTO_GRE) {
    int inner = next;
    if (next == IPPROTO_GRE) {
      inner = r.gre();
      if (inner == end_of_headers) return keys;
    }
    keys.encapsulated = true;
    if (stop_at_encap) return keys;
    next = inner == IPPROTO_IPV6 ? r.ipv6() : r.ipv4();
  }
  if (next != end_of_headers) r.ports(next);
  return keys;
}

}  // namespace linnet
