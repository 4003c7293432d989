// One connection as the script sees it: the ports that stand behind its packets, and how its sequence numbers and time
// stamps are related to those on the wire. A script counts each side from 0; the wire's numbers of the stack's side
// are learnt from its SYN, those of the far side are the script's own.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tests/support/packetdrill/packet.hh"

namespace linnet::packetdrill {

struct flow {
  be32 local, remote;
  u16 local_port = 0, remote_port = 0;  // 0: not known yet
  bool udp = false;
  bool begun = false;                // a packet of it was seen
  bool expects_syn = true;           // the next SYN of the stack's may bring a new initial number
  u32 local_base = 0;                // the wire's number less the script's
  std::vector<std::byte> written{};  // what programs have sent, for packets to be compared with
  bool written_known = true;
  bool urgent = false;  // the far side has sent urgent data: what is read has holes
  u64 read = 0;         // bytes that programs have read

  // Time stamps of the stack's: the script's value and the wire's.
  std::map<u32, u32> stamps{};

  bool owns(const packet_fields&) const;  // a packet from the stack
  packet_fields to_wire(const packet_spec&) const;
  // With the script's numbers, for people.
  packet_fields to_script(packet_fields) const;

  // A packet of the stack's against what the script expects. Learns numbers from it. The answer says what differs;
  // empty: nothing. `stamp_tick` in microseconds, 0: values of time stamps are not compared.
  std::string match(const packet_spec&, const packet_fields&, s64 stamp_tick, s64 tolerance);

 private:
  std::string match_tcp(const packet_spec&, const packet_fields&);
  std::string match_icmp(const packet_spec&, const packet_fields&) const;
  std::string match_options(const packet_spec&, const packet_fields&, s64 stamp_tick,
                            s64 tolerance);
  std::string match_payload(const packet_fields& script_numbers) const;
};

// What the far side sends: a byte for each place in its stream.
constexpr std::byte inbound_byte(u32 seq) { return static_cast<std::byte>(seq * 7 + (seq >> 8)); }
// What programs write when the script leaves it open.
constexpr std::byte outbound_byte(u64 offset) {
  return static_cast<std::byte>(offset * 13 + (offset >> 8) + 1);
}

}  // namespace linnet::packetdrill
