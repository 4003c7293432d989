// Which flow a packet belongs to, read from its headers (struct flow_keys): IPv4 and IPv6 addresses, the protocol above,
// and ports. Headers of tunnels (IP in IP, GRE) are gone into unless the caller wants to stop there. What is cut short
// or unknown ends the reading; what was found so far counts.
#pragma once

#include <array>

#include "net/core/sk_buff.hh"

namespace linnet {

struct flow_keys {
  u8 addr_family = 0;  // AF_INET, AF_INET6; 0: no addresses
  u8 ip_proto = 0;
  bool is_fragment = false;
  bool encapsulated = false;  // a tunnel's header was seen (FLOW_DIS_ENCAPSULATION)
  u32 flow_label = 0;
  std::array<u8, 16> src{}, dst{};  // IPv4 in the first four bytes
  be16 sport, dport;
};

// `headers`: from an IPv4 header on (skb_flow_dissect_flow_keys; `stop_at_encap`: FLOW_DISSECTOR_F_STOP_AT_ENCAP).
flow_keys flow_dissect_ipv4(const_bytes headers, bool stop_at_encap);

}  // namespace linnet
