// One step of a packet's path as the recorder keeps it: what the tracepoint said, the device's name as it was,
// and the packet's headers as they were. Nothing in it points anywhere, so it stays true when devices,
// namespaces and packets are gone.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/endian.hh"
#include "net/core/sk_buff.hh"
#include "net/core/tracepoint.hh"

namespace linnet {

inline constexpr size_t trace_snap =
    60;  // an IP header, a transport header, and what an ICMP error quotes

struct alignas(32) trace_record {
  u64 seq;  // counts from 1
  ktime time;
  u64 skb_id;
  trace_match match;
  u32 net_inum;
  int ifindex;
  u32 len;
  tp point;
  skb_drop_reason reason;
  pkt_type pkt;
  u8 snap_len;
  be16 protocol;                           // ETH_P_* of what is in snap, network order
  std::array<char, 16> dev;                // not terminated when all 16 are used
  std::array<std::byte, trace_snap> snap;  // from the network header on

  std::string_view dev_name() const { return {dev.data(), strnlen(dev.data(), dev.size())}; }
};
static_assert(sizeof(trace_record) <= 160, "a record costs memory traffic at each step");

void fill_record(trace_record&, const trace_event&, u64 seq);

// A packet by the headers in a record.
struct packet_view {
  enum class kind : u8 { none, ip, arp, other };
  kind what = kind::none;
  u16 ethertype = 0;
  // ip
  u32 src = 0, dst = 0;  // host order; of ARP the sender's and the target's address
  u8 protocol = 0, ttl = 0, tos = 0, header_len = 20;
  u16 len = 0, id = 0, frag = 0;
  bool has_l4 = false;       // what follows was in the record
  u16 sport = 0, dport = 0;  // UDP, TCP
  u8 icmp_type = 0, icmp_code = 0;
  u16 icmp_id = 0, icmp_seq = 0;
  // arp
  u16 arp_op = 0;
  std::array<u8, 6> arp_sha{};
};
packet_view view_of(const trace_record&);

// "10.0.1.2 > 10.0.2.2 icmp echo request 56 bytes, id 7, seq 1".
std::string packet_title(const packet_view&);
std::string icmp_name(u8 type, u8 code);  // "echo request", "host unreachable"
std::string ip_text(u32 host_order);
std::string protocol_name(u8 ip_protocol);
std::string_view trace_note_name(trace_note);

// Packet ids as people write them: "12", or "12.1" for a packet of cpu 1.
std::string id_text(u64 skb_id);
bool parse_id(std::string_view, u64& skb_id);

}  // namespace linnet
