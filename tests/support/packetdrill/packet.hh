// Packets as fields and as bytes: what a script's packet is made into, and what a packet from the stack is read as.
// Numbers are the wire's, not yet relative to anything.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endian.hh"
#include "tests/support/packetdrill/script.hh"

namespace linnet::packetdrill {

// Option kinds that the stack's own headers don't name.
inline constexpr u8 tcpopt_md5 = 19, tcpopt_fastopen = 34, tcpopt_experimental = 254;

struct packet_fields {
  be32 saddr, daddr;
  u8 tos = 0, ttl = 64;
  u16 id = 0, frag_off = 0;
  protocol proto = protocol::tcp;
  u16 source = 0, dest = 0;
  // TCP
  u32 seq = 0, ack = 0;
  u8 flags = 0;
  u16 window = 0, urg_ptr = 0;
  std::vector<tcp_option> options{};
  std::vector<std::byte> payload{};
  // ICMP: `payload` is what it quotes or carries
  u8 type = 0, code = 0;
  u32 info = 0;
  bool checksums_ok = true;
};

std::vector<std::byte> encode_options(const std::vector<tcp_option>&);
// What follows a malformed option is one option of kind 255.
std::vector<tcp_option> decode_options(const_bytes);

// An IPv4 packet, with its checksums.
std::vector<std::byte> encode(const packet_fields&);
// Null when it isn't IPv4 with one of the three protocols. A packet cut short (what ICMP quotes) has as much payload as
// there is.
std::optional<packet_fields> decode(const_bytes);

// In the script's notation. Sequence numbers are written as they are.
std::string describe(const packet_fields&);

std::optional<u8> icmp_type(std::string_view name);
std::optional<u8> icmp_code(u8 type, std::string_view name);

}  // namespace linnet::packetdrill
