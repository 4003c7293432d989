// Each direction's place in its stream, time stamps, and what a packet of the stack's is compared with.
#include "tests/support/packetdrill/flow.hh"

#include <linux/icmp.h>
#include <netinet/in.h>

#include <cstdlib>

#include "wire/tcp.hh"

namespace linnet::packetdrill {
namespace {

std::string differs(const char* field, u64 expected, u64 actual) {
  return std::string("live packet field ") + field + ": expected: " + std::to_string(expected) +
         " vs actual: " + std::to_string(actual);
}

std::string match_ip(const packet_spec& spec, const packet_fields& live) {
  using ecn = packet_spec::ecn;
  const u8 bits = live.tos & 3;
  switch (spec.ecn_bits) {
    case ecn::unchecked: break;
    case ecn::no:
      if (bits != 0) return differs("ipv4_ecn", 0, bits);
      break;
    case ecn::ect1:
      if (bits != 1) return differs("ipv4_ecn", 1, bits);
      break;
    case ecn::ect0:
      if (bits != 2) return differs("ipv4_ecn", 2, bits);
      break;
    case ecn::ect01:
      if (bits != 1 && bits != 2) return differs("ipv4_ecn", 2, bits);
      break;
    case ecn::ce:
      if (bits != 3) return differs("ipv4_ecn", 3, bits);
      break;
  }
  if (spec.tos && live.tos != *spec.tos) return differs("ipv4_tos", *spec.tos, live.tos);
  if (spec.ttl && live.ttl != *spec.ttl) return differs("ipv4_ttl", *spec.ttl, live.ttl);
  if (!live.checksums_ok) return "live packet has a wrong checksum";
  return {};
}

}  // namespace

bool flow::owns(const packet_fields& p) const {
  if (p.saddr != local || p.daddr != remote) return false;
  if (p.proto == protocol::icmp) return true;
  if ((p.proto == protocol::udp) != udp) return false;
  return (!local_port || p.source == local_port) && (!remote_port || p.dest == remote_port);
}

packet_fields flow::to_wire(const packet_spec& s) const {
  packet_fields p;
  p.saddr = remote;
  p.daddr = local;
  p.proto = s.proto;
  static constexpr u8 bits[] = {0, 0, 2, 1, 2, 3};  // as packet_spec::ecn
  p.tos = s.tos ? *s.tos : bits[static_cast<size_t>(s.ecn_bits)];
  p.ttl = s.ttl.value_or(64);
  p.source = s.source.value_or(remote_port);
  p.dest = s.dest.value_or(local_port);
  if (s.proto == protocol::icmp) {
    p.type = s.type;
    p.code = s.code;
    p.info = s.mtu;
    if (s.echo_id) p.info = u32{*s.echo_id} << 16;
    if (!s.echoes_udp && !s.echoes_tcp) return p;
    // What it quotes went the other way.
    packet_fields q;
    q.saddr = local;
    q.daddr = remote;
    q.proto = s.echoes_udp ? protocol::udp : protocol::tcp;
    q.source = local_port;
    q.dest = remote_port;
    q.frag_off = 0x4000;
    q.seq = s.seq + local_base;
    q.payload.resize(s.length);
    auto quoted = encode(q);
    quoted.resize(
        std::min<size_t>(quoted.size(), 28));  // the header and eight bytes, as RFC 792 has it
    p.payload = std::move(quoted);
    return p;
  }
  p.payload.resize(s.length);
  if (s.proto == protocol::udp) return p;
  for (u32 i = 0; i < s.length; ++i) p.payload[i] = inbound_byte(s.seq + i);
  p.seq = s.seq;
  p.flags = s.flags;
  if (s.ack) p.ack = *s.ack + local_base;
  p.window = s.window.value_or(0);
  p.urg_ptr = s.urg_ptr.value_or(0);
  if (s.urg_ptr) p.flags |= TCPHDR_URG;
  p.options = s.options;
  for (tcp_option& o : p.options) {
    if (o.kind == TCPOPT_SACK)
      for (u32& v : o.values) v += local_base;
    if (o.kind == TCPOPT_TIMESTAMP && !stamps.empty()) {
      // One that the script has seen; else by the distance to the first.
      const auto it = stamps.find(o.values[1]);
      if (it != stamps.end())
        o.values[1] = it->second;
      else if (o.values[1])
        o.values[1] += stamps.begin()->second - stamps.begin()->first;
    }
  }
  return p;
}

packet_fields flow::to_script(packet_fields p) const {
  if (p.proto != protocol::tcp) return p;
  p.seq -= local_base;
  for (tcp_option& o : p.options)
    if (o.kind == TCPOPT_TIMESTAMP && !stamps.empty())
      o.values[0] -= stamps.begin()->second - stamps.begin()->first;
  return p;
}

std::string flow::match(const packet_spec& spec, const packet_fields& live, s64 stamp_tick,
                        s64 tolerance) {
  if (live.proto != spec.proto) return "live packet is of another protocol";
  if (std::string e = match_ip(spec, live); !e.empty()) return e;
  if (spec.source && live.source != *spec.source)
    return differs("source_port", *spec.source, live.source);
  if (spec.dest && live.dest != *spec.dest) return differs("dest_port", *spec.dest, live.dest);
  if (spec.proto == protocol::icmp) return match_icmp(spec, live);
  if (spec.proto == protocol::udp) {
    if (live.payload.size() != spec.length)
      return differs("udp_payload", spec.length, live.payload.size());
    local_port = live.source;
    remote_port = live.dest;
    return {};
  }
  if (std::string e = match_tcp(spec, live); !e.empty()) return e;
  if (std::string e = match_options(spec, live, stamp_tick, tolerance); !e.empty()) return e;
  local_port = live.source;
  remote_port = live.dest;
  return {};
}

std::string flow::match_tcp(const packet_spec& spec, const packet_fields& live) {
  if (live.flags != spec.flags) {
    for (const auto& [bit, name] : {std::pair{TCPHDR_SYN, "tcp_syn"},
                                    {TCPHDR_FIN, "tcp_fin"},
                                    {TCPHDR_RST, "tcp_rst"},
                                    {TCPHDR_PSH, "tcp_psh"},
                                    {TCPHDR_ACK, "tcp_ack"},
                                    {TCPHDR_URG, "tcp_urg"},
                                    {TCPHDR_ECE, "tcp_ece"},
                                    {TCPHDR_CWR, "tcp_cwr"}})
      if ((live.flags ^ spec.flags) & bit)
        return differs(name, (spec.flags & bit) != 0, (live.flags & bit) != 0);
  }
  u32 base = local_base;
  if (live.flags & TCPHDR_SYN && expects_syn) base = live.seq - spec.seq;
  if (live.seq - base != spec.seq) return differs("tcp_seq", spec.seq, live.seq - base);
  if (live.payload.size() != spec.length)
    return differs("tcp_data_length", spec.length, live.payload.size());
  if (spec.ack && live.ack != *spec.ack) return differs("tcp_ack_seq", *spec.ack, live.ack);
  if (spec.window && live.window != *spec.window)
    return differs("tcp_window", *spec.window, live.window);
  if (spec.urg_ptr && live.urg_ptr != *spec.urg_ptr)
    return differs("tcp_urg_ptr", *spec.urg_ptr, live.urg_ptr);
  if (live.flags & TCPHDR_SYN) {
    local_base = base;
    expects_syn = false;
  }
  return match_payload(to_script(live));
}

std::string flow::match_payload(const packet_fields& p) const {
  if (!written_known || p.flags & TCPHDR_SYN) return {};
  for (size_t i = 0; i < p.payload.size(); ++i) {
    const size_t at = p.seq - 1 + i;
    if (at >= written.size()) return "live packet carries data that nobody wrote";
    if (p.payload[i] != written[at])
      return differs("payload byte", std::to_integer<u64>(written[at]),
                     std::to_integer<u64>(p.payload[i]));
  }
  return {};
}

std::string flow::match_options(const packet_spec& spec, const packet_fields& live, s64 stamp_tick,
                                s64 tolerance) {
  if (spec.any_options) {
    for (const tcp_option& l : live.options)
      if (l.kind == TCPOPT_TIMESTAMP && live.flags & TCPHDR_SYN && stamps.empty())
        stamps.emplace(0, l.values[0]);
    return {};
  }
  if (spec.options.size() != live.options.size()) return "bad outbound TCP options";
  for (size_t i = 0; i < spec.options.size(); ++i) {
    const tcp_option &s = spec.options[i], &l = live.options[i];
    const std::string which = "bad value outbound TCP option " + std::to_string(s.kind);
    if (s.kind != l.kind) return "bad outbound TCP options";
    if (s.kind == TCPOPT_TIMESTAMP) {
      if (s.values[1] != l.values[1]) return which + ": the echo differs";
      if (stamp_tick && !stamps.empty()) {
        const auto& [first_script, first_live] = *stamps.begin();
        const s64 by = static_cast<s32>((l.values[0] - first_live) - (s.values[0] - first_script));
        if (std::abs(by) * stamp_tick > tolerance + stamp_tick)
          return which + ": the time stamp differs";
      }
      stamps.insert_or_assign(s.values[0], l.values[0]);
    } else if (!(s == l)) {
      return which;
    }
  }
  return {};
}

std::string flow::match_icmp(const packet_spec& spec, const packet_fields& live) const {
  if (live.type != spec.type) return differs("icmp_type", spec.type, live.type);
  if (live.code != spec.code) return differs("icmp_code", spec.code, live.code);
  if (spec.mtu && (live.info & 0xffff) != spec.mtu)
    return differs("icmp_mtu", spec.mtu, live.info & 0xffff);
  if (spec.echo_id && live.info >> 16 != *spec.echo_id)
    return differs("icmp_id", *spec.echo_id, live.info >> 16);
  if (!spec.echoes_udp && !spec.echoes_tcp) return {};
  const auto quoted = decode(live.payload);
  if (!quoted) return "live packet quotes nothing that can be read";
  if ((quoted->proto == protocol::udp) != spec.echoes_udp)
    return "live packet quotes another protocol";
  if (spec.echoes_tcp && quoted->seq != spec.seq)
    return differs("icmp_quoted_seq", spec.seq, quoted->seq);
  return {};
}

}  // namespace linnet::packetdrill
